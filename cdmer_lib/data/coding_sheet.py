"""Databases with a coding sheet, an Excel file that says what is in which clip's folder."""

import difflib
import re
from collections import Counter
from collections.abc import Callable
from typing import NamedTuple

from ..errors import InvalidInput, LayoutError
from ..protocol import LABELS
from .clip_folder import COPY, Index, plain, shorten
from .reading import expecting

DROPPED = 0  # the label of an emotion that the three-class rule drops
NO_ROW = "negative (no row)"  # the emotion of a clip that the sheet does not have


class Coding(NamedTuple):
    """How one database is coded: its folders, its sheet, its emotions."""

    database: str
    subject: str  # pattern of a subject's folder, its group the number; and of a cell of the sheet
    written: str  # a subject as the folders write it, such as sub{:02d}
    frame: str  # pattern of a frame's file name, its group the number
    example: str  # of such a name
    columns: tuple  # subject, clip, onset, apex, offset, emotion, as the sheet names them
    label_of: dict  # emotion in lower case -> 1 to 3, or DROPPED
    meant: Callable  # (row, frames) -> the offset that a known misprint stands for, or None


class Row(NamedTuple):
    """One row of the coding sheet."""

    subject: str  # as the folders are written; the cell itself where it makes no sense
    name: str
    onset: int | None  # frame numbers; None where the cell holds no number (an apex "/")
    apex: int | None
    offset: int | None
    emotion: str
    label: int | None  # 1 to 3; DROPPED, or None for an unknown emotion


def index_rows(coding, rows, folder, sheet):
    """Return the :class:`~.clip_folder.Index` of the clips that the rows of a sheet name."""
    tally = Counter((row.subject, row.label) for row in rows)
    subjects = [row.subject for row in rows if row.label]
    found = Index({s: tuple(tally[s, label] for label in LABELS) for s in subjects})
    folders, seen = _clip_folders(found, coding, folder, sheet), set()
    for row in rows:
        key, where, wrong = row[:2], f"{row.subject}/{row.name}", f"in {sheet}; correct the sheet"
        if key in seen:
            found.error("duplicate clips", where, "one row for each clip", f"a second one {wrong}")
        elif row.label is None:
            found.error("unknown labels", where, "a known emotion", f"{row.emotion!r} {wrong}")
        elif row.label and not re.fullmatch(coding.subject, row.subject):
            expected = f"a subject such as 1 or {coding.written.format(1)}"
            found.error("bad subject", where, expected, f"{row.subject!r} {wrong}")
        elif key not in folders and row.label == DROPPED:
            found.add("note", "row without a folder", where, f"dropped anyway: {row.emotion}")
        elif key not in folders:
            names = [name for subject, name in folders if subject == row.subject]
            near = shorten(difflib.get_close_matches(row.name, names)) or "nothing like it"
            advice = " (or pass patch=False)" if row.emotion == NO_ROW else ""
            found.error("row without a folder", where, f"{folder / where} ({row.emotion})",
                        f"{near} of that subject; {COPY}{advice}")  # fmt: skip
        elif row.label and (
            frames := found.frames(folders[key], coding.frame, where, coding.example)
        ):
            frames = _chosen_frames(found, coding, row, where, frames)
            found.add_clip(coding.database, row.subject, row.name, row.label, frames)
        seen.add(key)
    for key in folders.keys() - seen:
        found.add("note", "folder without a row", "/".join(key),
                  "ignored: the sheet does not name it")  # fmt: skip
    found.findings.sort()
    return found


def _clip_folders(found, coding, folder, sheet):
    folders = {}  # (subject, clip) -> folder
    for match, path in found.subfolders(folder, coding.subject, folder.name, besides=[sheet]):
        for _, clip in found.subfolders(path, ".*", path.name):
            key = (coding.written.format(int(match[1])), clip.name)
            if folders.setdefault(key, clip) != clip:
                both = f"{folders[key]} and {clip}; remove one"
                found.error("duplicate clips", "/".join(key), "one folder", both)
    return folders


def _chosen_frames(found, coding, row, where, frames):
    """Return the frames from onset to offset, or all of them where the sheet must be wrong."""
    level, kind = "note", "odd onset or offset"
    onset, apex, offset = row[2:5]
    if meant := coding.meant(row, frames):
        found.add(level, kind, where, f"offset {offset} is a known misprint for {meant}")
        offset = meant
    if apex is None and row.emotion != NO_ROW:
        found.add(level, kind, where, "no apex; it is not needed")
    if row.emotion == NO_ROW:
        kind, problem = "folder without a row", "Negative"
    elif onset is None or offset is None:
        problem = "no onset or no offset in the sheet"
    elif not onset <= (onset if apex is None else apex) <= offset:
        problem = f"onset {onset}, apex {apex}, offset {offset} are out of order"
    elif onset not in frames or offset not in frames:
        level, problem = "fault", f"onset {onset} or offset {offset} is no frame on disk"
    else:
        return {n: path for n, path in frames.items() if onset <= n <= offset}
    taken = f"the frames on disk are used, {min(frames)} to {max(frames)}"
    found.add(level, kind, where, f"{problem}; {taken}")
    return frames


def read_sheet(path, coding):
    """Return the rows of a coding sheet in its order, a list of :class:`Row`.

    Columns are found by their names, whatever their case and spaces, in the first row that has
    them all: lines of text may stand above. Numbers that Excel made of names are turned back.
    Raises ``LayoutError`` for a file that is no such sheet.
    """
    import pandas as pd

    wanted = [plain(title) for title in coding.columns]
    kind = f"the coding sheet as an Excel file (.xlsx) with the columns {', '.join(coding.columns)}"
    with expecting(path, kind, advice="copy it from the database again", error=LayoutError):
        sheet = pd.read_excel(path, header=None, dtype=str, na_filter=False).fillna("#N/A")
        lines = sheet.astype(str).to_numpy().tolist()
        names = [[plain(cell) for cell in line] for line in lines]
        header = max(names, key=lambda cells: len({*wanted} & {*cells}), default=[])
        if absent := [title for title in coding.columns if plain(title) not in header]:
            there = ", ".join(lines[names.index(header)]) if header else "no line of names"
            raise InvalidInput(f"no {', '.join(absent)} among {there}")
    rows, places = [], [header.index(title) for title in wanted]
    for line in lines[names.index(header) + 1 :]:
        subject, name, *frames, emotion = (line[place].strip() for place in places)
        if subject or name:
            number = _number(re.sub("^sub", "", subject, flags=re.IGNORECASE))
            subject = subject if number is None else coding.written.format(number)
            emotion = emotion.lower()
            label = coding.label_of.get(emotion)
            rows.append(Row(subject, name, *map(_number, frames), emotion, label))
    return rows


def _number(text):
    """The whole number in a cell, which Excel may write as ``7.0``; else None."""
    match = re.fullmatch(r"\s*0*([0-9]{1,9})(?:\.0)?", text)
    return int(match[1]) if match else None
