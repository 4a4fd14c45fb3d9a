"""One clip on disk: its folder, its frames in time order, and what was found wrong."""

import os
import re
from collections import Counter
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

from ..protocol import LABELS
from .search_path import readable


@dataclass(frozen=True)
class ClipFolder:
    """One clip of a database, found but not read.

    Attributes
    ----------
    database : str
        A key of ``cdmer_lib.DATABASES``.
    subject : str
        As the official folders write it: ``sub01`` (CASME II), ``s1`` (SMIC).
    name : str
        The name of the clip's folder.
    label : int
        1 Negative, 2 Positive, 3 Surprise.
    frames : tuple of Path
        The files of the frames in time order.
    """

    database: str
    subject: str
    name: str
    label: int
    frames: tuple[Path, ...] = field(repr=False)

    def __str__(self):
        return f"{self.database} {self.subject}/{self.name}"


class Finding(NamedTuple):
    """Something noticed while a database was indexed.

    ``level`` is ``error`` (a clip cannot be used as it is: the reader raises), ``fault`` (the
    clip can be used but is incomplete or doubtful) or ``note`` (harmless).
    """

    level: str
    kind: str
    where: str
    detail: str


class Index(NamedTuple):
    """What a database's folder holds.

    ``expected`` gives for each subject the numbers of Negative, Positive and Surprise clips that
    should be there.
    """

    clips: list[ClipFolder]
    findings: list[Finding]
    expected: dict[str, tuple[int, int, int]]


def entries(folder):
    """Return the subfolders and the files of a folder, each a list of Path sorted by name."""
    folders, files = [], []
    with readable(folder), os.scandir(folder) as scan:
        for entry in sorted(scan, key=lambda entry: entry.name):
            (folders if entry.is_dir() else files).append(Path(entry.path))
    return folders, files


def numbered_frames(folder, pattern):
    """Return the frames of a clip's folder by number, and everything else in it.

    Parameters
    ----------
    folder : Path
    pattern : str
        Regular expression for the whole file name, in any case; its group is the frame number.

    Returns
    -------
    frames : dict of int to Path, in ascending order of the number
    strays : list of Path
        Files of other names, subfolders, and second files of the same number.
    """
    strays, files = entries(folder)
    frames = {}
    for path in files:
        match = re.fullmatch(pattern, path.name, re.IGNORECASE)
        number = int(match[1]) if match else None
        if match and number not in frames:
            frames[number] = path
        else:
            strays.append(path)
    return dict(sorted(frames.items())), strays


def missing_numbers(numbers):
    """Return the frame numbers that an evenly numbered clip lacks.

    The smallest step between neighbours is taken for the step of the whole clip, since a camera
    may count time in units finer than its frames.
    """
    numbers = sorted(numbers)
    step = min((b - a for a, b in pairwise(numbers)), default=1)
    return sorted(set(range(numbers[0], numbers[-1], step)).difference(numbers))


def frame_findings(where, numbers, strays):
    """Return the findings on one clip's frames: gaps in the numbers, and stray files."""
    gaps = missing_numbers(numbers)
    if gaps:
        yield Finding("fault", "missing frames", where, f"{len(gaps)} absent: {shorten(gaps)}")
    yield from stray_findings(where, strays)


def stray_findings(where, strays):
    """Return a note that names the files and folders that are no part of the layout."""
    if strays:
        yield Finding("note", "stray files", where, shorten(path.name for path in strays))


def shorten(items, most=5):
    """Return the first items as text, and how many more there are."""
    items = [str(item) for item in items]
    more = f" and {len(items) - most} more" if len(items) > most else ""
    return ", ".join(items[:most]) + more


def count_by_subject(pairs):
    """Return subject -> (Negative, Positive, Surprise) from pairs of subject and label."""
    tally = Counter(pairs)
    return {s: tuple(tally[s, code] for code in LABELS) for s in dict.fromkeys(s for s, _ in tally)}
