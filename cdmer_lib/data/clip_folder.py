"""The clips of a database on disk: their folders and frames, and what was found wrong."""

import os
import re
from collections import Counter
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

from .fetch import readable


@dataclass(frozen=True)
class ClipFolder:
    """One clip of a database, found but not read.

    ``database`` is a key of ``cdmer_lib.DATABASES``; ``subject`` is written as the official folders
    write it (``sub01`` in CASME II, ``s1`` in SMIC); ``name`` is that of the clip's folder;
    ``label`` is 1 Negative, 2 Positive or 3 Surprise; ``frames`` are the files in time order.
    """

    database: str
    subject: str
    name: str
    label: int
    frames: tuple[Path, ...] = field(repr=False)

    def __str__(self):
        return f"{self.database} {self.subject}/{self.name}"


class Finding(NamedTuple):
    """Something noticed while a database was indexed."""

    level: str  # error: a clip cannot be used; fault: it is incomplete or doubtful; note: harmless
    kind: str
    where: str
    detail: str


@dataclass
class Index:
    """What a database's folder holds."""

    expected: Counter  # (subject, label) -> number of clips that should be there
    clips: list[ClipFolder] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)

    def add(self, level, kind, where, detail):
        """Add a :class:`Finding`."""
        self.findings.append(Finding(level, kind, where, detail))

    def error(self, kind, where, expected, found, advice):
        """Add an error: what was expected, what was found and what to do."""
        self.add("error", kind, where, f"expected {expected}, found {found}; {advice}")

    def add_strays(self, where, paths):
        """Note the files and folders that are no part of the layout."""
        if paths:
            self.add("note", "stray files", where, shorten(path.name for path in paths))

    def subfolders(self, folder, pattern, where):
        """Pairs (match, path) of the subfolders of this name; all else in the folder is noted."""
        folders, strays = entries(folder)
        matches = [(re.fullmatch(pattern, path.name, re.IGNORECASE), path) for path in folders]
        self.add_strays(where, strays + [path for match, path in matches if not match])
        return [pair for pair in matches if pair[0]]

    def frames(self, folder, pattern, where, example):
        """The frames of a clip's folder by number; that there are none is an error."""
        frames, strays = numbered_frames(folder, pattern)
        if frames:
            self.add_strays(where, strays)
        else:
            expected = f"files such as {example} in {folder}"
            self.error("no frames", where, expected, "none", "copy them from the database")
        return frames

    def add_clip(self, database, subject, name, label, frames):
        """Add a clip of these numbered frames; gaps in their numbers are a fault."""
        if gaps := missing_numbers(frames):
            detail = f"{len(gaps)} absent: {shorten(gaps)}"
            self.add("fault", "missing frames", f"{subject}/{name}", detail)
        self.clips.append(ClipFolder(database, subject, name, label, tuple(frames.values())))


def entries(folder):
    """Return the subfolders and the files of a folder, each a list of Path sorted by name."""
    folders, files = [], []
    with readable(folder), os.scandir(folder) as scan:
        for entry in sorted(scan, key=lambda entry: entry.name):
            (folders if entry.is_dir() else files).append(Path(entry.path))
    return folders, files


def numbered_frames(folder, pattern):
    """Return the frames of a clip's folder by ascending number, and a list of all else in it.

    ``pattern`` is a regular expression for the whole file name, in any case; its group is the
    number. Second files of the same number are no frames.
    """
    strays, files = entries(folder)
    frames = {}
    for path in files:
        match = re.fullmatch(pattern, path.name, re.IGNORECASE)
        if not match or frames.setdefault(int(match[1]), path) != path:
            strays.append(path)
    return dict(sorted(frames.items())), strays


def missing_numbers(numbers):
    """Return the frame numbers that an evenly numbered clip lacks.

    The step of the clip is the smallest one: a camera may count time in units finer than frames.
    """
    numbers = sorted(numbers)
    step = min((b - a for a, b in pairwise(numbers)), default=1)
    return sorted(set(range(numbers[0], numbers[-1], step)).difference(numbers))


def shorten(items, most=5):
    """Return the first items as text, and how many more there are."""
    items = [str(item) for item in items]
    more = f" and {len(items) - most} more" if len(items) > most else ""
    return ", ".join(items[:most]) + more


def plain(name):
    """Return a name in lower case without spaces, hyphens and underscores."""
    return re.sub(r"[\s_-]", "", name).lower()
