"""The clips of a database on disk: their folders and frames, and what was found wrong."""

import os
import re
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import islice, pairwise
from pathlib import Path
from typing import NamedTuple

from .reading import readable

MOST = 5  # names in one message
COPY = "copy it from the database"


@dataclass(frozen=True)
class ClipFolder:
    """One clip of a database, found but not read."""

    database: str  # CASME2, SMIC_HS, SMIC_VIS, SMIC_NIR, SAMM; any other in a layout of one's own
    subject: str  # as the official folders write it: sub01 in CASME II, s1 in SMIC, 006 in SAMM
    name: str  # of the clip's folder
    label: int | str  # 1 Negative, 2 Positive, 3 Surprise; a word in a layout of one's own
    frames: tuple[Path, ...] = field(repr=False)  # the files, in time order

    where = property(lambda self: f"{self.subject}/{self.name}".lstrip("/"))

    def __str__(self):
        return f"{self.database} {self.where}"


class Finding(NamedTuple):
    """Something noticed while a database was indexed."""

    level: str  # error: a clip cannot be used; fault: it is incomplete or doubtful; note: harmless
    kind: str
    where: str
    detail: str


@dataclass
class Index:
    """The clips found in a database's folder, and the problems found."""

    expected: dict  # subject -> numbers of Negative, Positive and Surprise clips to expect
    clips: list[ClipFolder] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)

    def add(self, level, kind, where, detail):
        self.findings.append(Finding(level, kind, printable(where), printable(detail)))

    def error(self, kind, where, expected, found):
        """Add an error: what was expected, and what was found with what to do."""
        self.add("error", kind, where, f"expected {expected}, found {found}")

    def add_strays(self, where, paths):
        if paths:
            self.add("note", "stray files", where, shorten(path.name for path in paths))

    @contextmanager
    def noting(self, level, kind, where):
        """Make a finding of an error inside, so that the search goes on."""
        try:
            yield
        except (ValueError, OSError) as error:
            self.add(level, kind, where, error)

    def entries(self, folder, where):
        """The :func:`entries` of a folder; that it cannot be read is an error of the report."""
        with self.noting("error", "unreadable folders", where):
            return entries(folder)
        return [], []

    def subfolders(self, folder, pattern, where, besides=()):
        """Pairs (match, path) of the subfolders of this name; all but ``besides`` is noted."""
        folders, strays = self.entries(folder, where)
        strays = [path for path in strays if path not in besides]
        matches = [(re.fullmatch(pattern, path.name, re.IGNORECASE), path) for path in folders]
        self.add_strays(where, strays + [path for match, path in matches if not match])
        return [pair for pair in matches if pair[0]]

    def frames(self, folder, pattern, where, example):
        """The frames of a clip's folder by number; that there are none is an error."""
        frames, strays = numbered_frames(*self.entries(folder, where), pattern)
        self.add_strays(where, strays)
        if not frames:
            self.error("no frames", where, f"files such as {example} in {folder}", f"none; {COPY}")
        return frames

    def add_clip(self, database, subject, name, label, frames):
        """Add a clip of these numbered frames, unless one of them is no file."""
        where = f"{subject}/{name}"
        if lost := [path.name for path in frames.values() if not os.path.isfile(path)]:
            lost = f"links to nowhere, or no files: {shorten(lost)}; {COPY}"
            self.error("unreadable frames", where, "image files", lost)
            return
        count, numbers = missing_numbers(frames)
        if count:
            detail = f"{count} absent: {shorten(islice(numbers, MOST), count)}"
            self.add("fault", "missing frames", where, detail)
        if len(frames) == 1:
            self.add("note", "one frame", where, "nothing moves in a clip of one frame")
        self.clips.append(ClipFolder(database, subject, name, label, tuple(frames.values())))


def entries(folder):
    """Return the subfolders of a folder and all else in it, each a list of Path sorted by name."""
    folders, files = [], []
    with readable(folder), os.scandir(folder) as scan:
        for entry in sorted(scan, key=lambda entry: entry.name):
            (folders if entry.is_dir() else files).append(Path(entry.path))
    return folders, files


def numbered_frames(folders, files, pattern):
    """Return the frames of a clip by ascending number, the group of ``pattern``, and all else."""
    strays, frames = list(folders), {}
    for path in files:
        match = re.fullmatch(pattern, path.name, re.IGNORECASE)
        if not match or frames.setdefault(int(match[1]), path) != path:  # the first of a number
            strays.append(path)
    return dict(sorted(frames.items())), strays


def missing_numbers(numbers):
    """Return how many frame numbers a clip lacks, and an iterator over them: they may be millions.

    The step of the clip is the smallest one: a camera may count time in units finer than frames.
    """
    numbers = sorted(numbers)
    first, last = numbers[0], numbers[-1]
    step = min((b - a for a, b in pairwise(numbers)), default=1)
    there = {n for n in numbers[:-1] if (n - first) % step == 0}
    lacking = (n for n in range(first, last, step) if n not in there)
    return -((first - last) // step) - len(there), lacking  # len of a range ends at 2^63


def shorten(items, count=None):
    """The first items as text, and how many more there are; ``count`` are there in all."""
    items = list(map(str, items))
    more = (count or len(items)) - MOST
    return ", ".join(items[:MOST]) + (f" and {more} more" if more > 0 else "")


def printable(text):
    """A text that can be written to any file: bytes that are not UTF-8 are shown as ``\\xd5``."""
    return str(text).encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")


def plain(name):
    """A name in lower case without spaces, hyphens and underscores."""
    return re.sub(r"[\s_-]", "", name).lower()
