"""CASME II on disk: ``Cropped/sub01/EP02_01f/reg_img46.jpg`` and the coding sheet beside it."""

import difflib
import re
from collections import Counter
from typing import NamedTuple

from ..errors import LayoutError
from .clip_folder import COPY, Index, plain, shorten
from .reading import is_file, readable

FRAME = r"reg_img([0-9]+)\.jpe?g"
SUBJECT = r"sub0*([0-9]+)"
# Paper A's three classes; 0 marks the emotions that it drops.
LABEL_OF = {"happiness": 2, "disgust": 1, "sadness": 1, "fear": 1, "surprise": 3, "others": 0,
            "repression": 0}  # fmt: skip
COLUMNS = ("Subject", "Filename", "OnsetFrame", "ApexFrame", "OffsetFrame", "Estimated Emotion")


class Row(NamedTuple):
    """One row of the coding sheet."""

    subject: str  # sub01, as the folders are written; the cell itself where it makes no sense
    name: str
    onset: int | None  # frame numbers; None where the cell holds no number (an apex "/")
    apex: int | None
    offset: int | None
    emotion: str
    label: int | None  # 1 to 3; 0 for a dropped emotion, None for an unknown one


# This folder has no row. The released labels are the sheet's order with one more Negative, among
# the last Negatives of sub23 and the first of sub24: almost surely this folder.
PATCH = Row("sub24", "EP02_07", None, None, None, "negative (no row)", 1)

# Offsets that the sheet gives wrongly: (subject, clip) -> (offset printed, offset meant).
MISPRINTED_OFFSET = {("sub07", "EP06_01"): (68, 91)}


def index_casme2(cropped, sheet, patch=True):
    """Return the :class:`~.clip_folder.Index` of CASME II.

    ``cropped`` holds the folders ``sub01``, ``sub02``, ...; ``sheet`` gives the order. With
    ``patch`` a complete copy has the released 73, 32 and 25 clips, without it 72, 32 and 25.
    """
    rows = read_sheet(sheet)
    rows = with_patch(rows) if patch else rows
    found = Index(Counter((row.subject, row.label) for row in rows if row.label))
    folders, seen = _clip_folders(found, cropped), set()
    for row in rows:
        key, where, wrong = row[:2], f"{row.subject}/{row.name}", f"in {sheet}; correct the sheet"
        if key in seen:
            found.error("duplicate clips", where, "one row for each clip", f"a second one {wrong}")
        elif row.label is None:
            found.error("unknown labels", where, "a known emotion", f"{row.emotion!r} {wrong}")
        elif row.label and not re.fullmatch(SUBJECT, row.subject):
            expected = "a subject such as 1 or sub01"
            found.error("bad subject", where, expected, f"{row.subject!r} {wrong}")
        elif key not in folders and row.label == 0:
            found.add("note", "row without a folder", where, f"dropped anyway: {row.emotion}")
        elif key not in folders:
            names = [name for subject, name in folders if subject == row.subject]
            near = shorten(difflib.get_close_matches(row.name, names)) or "nothing like it"
            advice = " (or pass patch=False)" if row is PATCH else ""
            found.error("row without a folder", where, f"{cropped / where} ({row.emotion})",
                        f"{near} of that subject; {COPY}{advice}")  # fmt: skip
        elif row.label and (frames := found.frames(folders[key], FRAME, where, "reg_img46.jpg")):
            frames = _chosen_frames(found, row, where, frames)
            found.add_clip("CASME2", row.subject, row.name, row.label, frames)
        seen.add(key)
    for key in folders.keys() - seen:
        detail = "ignored: the sheet does not name it"
        found.add("note", "folder without a row", "/".join(key), detail)
    found.findings.sort()
    return found


def _clip_folders(found, cropped):
    """Return (subject, clip) -> folder."""
    folders = {}
    for match, path in found.subfolders(cropped, SUBJECT, cropped.name):
        for _, clip in found.subfolders(path, ".*", path.name):
            key = (f"sub{int(match[1]):02d}", clip.name)
            if folders.setdefault(key, clip) != clip:
                both = f"{folders[key]} and {clip}; remove one"
                found.error("duplicate clips", "/".join(key), "one folder", both)
    return folders


def _chosen_frames(found, row, where, frames):
    """Return the frames from onset to offset, or all of them where the sheet must be wrong.

    The official cropped folders hold no others.
    """
    level, kind = "note", "odd onset or offset"
    onset, apex, offset = row[2:5]
    misprint, meant = MISPRINTED_OFFSET.get(row[:2], ("", ""))
    if offset == misprint:
        found.add(level, kind, where, f"offset {offset} is a known misprint for {meant}")
        offset = meant
    if apex is None and row is not PATCH:
        found.add(level, kind, where, "no apex; it is not needed")
    if row is PATCH:
        kind, problem = "folder without a row", "Negative"
    elif onset is None or offset is None:
        problem = "no onset or no offset in the sheet"
    elif not onset <= (onset if apex is None else apex) <= offset:
        problem = f"onset {onset}, apex {apex}, offset {offset} are out of order"
    elif onset not in frames or offset not in frames:
        level, problem = "fault", f"onset {onset} or offset {offset} is no frame on disk"
    else:
        return {n: path for n, path in frames.items() if onset <= n <= offset}
    problem += f"; the frames on disk are used, {min(frames)} to {max(frames)}"
    found.add(level, kind, where, problem)
    return frames


def read_sheet(path):
    """Return the rows of the coding sheet in its order, a list of :class:`Row`.

    Columns are found by their names, whatever their case and spaces. Numbers that Excel made of
    names are turned back. Raises ``LayoutError`` for a file that is no such sheet.
    """
    import pandas as pd

    try:
        is_file(path)  # a pipe would be waited for
        with readable(path):
            sheet = pd.read_excel(path, dtype=str, na_filter=False).fillna("#N/A")
        names = {plain(str(name)): name for name in reversed(sheet.columns)}
        if absent := [title for title in COLUMNS if plain(title) not in names]:
            raise LayoutError(f"no {', '.join(absent)} among {', '.join(map(str, sheet.columns))}")
    except PermissionError:
        raise
    except Exception as error:  # openpyxl and zipfile raise errors of many kinds
        raise LayoutError(
            f"{path}: expected the coding sheet as an Excel file (.xlsx) with the columns "
            f"{', '.join(COLUMNS)}, found {error}; copy it from the database again"
        ) from error
    rows = []
    table = sheet[[names[plain(title)] for title in COLUMNS]].astype(str)
    for cells in table.itertuples(index=False):
        subject, name, *numbers, emotion = (cell.strip() for cell in cells)
        if subject or name:
            match = re.fullmatch(r"(?:sub)?\s*0*([0-9]{1,9})(?:\.0)?", subject, re.IGNORECASE)
            subject = f"sub{int(match[1]):02d}" if match else subject
            numbers = (re.fullmatch(r"([0-9]{1,9})(?:\.0)?", number) for number in numbers)
            frames = (int(number[1]) if number else None for number in numbers)
            emotion = emotion.lower()
            rows.append(Row(subject, name, *frames, emotion, LABEL_OF.get(emotion)))
    return rows


def with_patch(rows):
    """Return the rows with :data:`PATCH` where its name sorts, unless they have it already."""
    if any(row[:2] == PATCH[:2] for row in rows):
        return list(rows)
    place = next((i for i, row in enumerate(rows) if row[:2] > PATCH[:2]), len(rows))
    return [*rows[:place], PATCH, *rows[place:]]
