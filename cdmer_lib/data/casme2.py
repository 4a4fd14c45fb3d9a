"""CASME II on disk: ``Cropped/sub01/EP02_01f/reg_img46.jpg`` and the coding sheet beside it."""

import difflib
import re
from collections import Counter
from typing import NamedTuple

from ..errors import LayoutError
from .clip_folder import Index, plain, shorten
from .reading import is_file, readable

FRAME = r"reg_img([0-9]+)\.jpe?g"
SUBJECT = r"sub0*([0-9]+)"
# Paper A's three classes; 0 marks the emotions that it drops.
LABEL_OF = {
    "happiness": 2, "disgust": 1, "sadness": 1, "fear": 1, "surprise": 3,
    "others": 0, "repression": 0,
}  # fmt: skip
COLUMNS = ("Subject", "Filename", "OnsetFrame", "ApexFrame", "OffsetFrame", "Estimated Emotion")


class Row(NamedTuple):
    """One row of the coding sheet."""

    subject: str  # as the folders are written: sub01; as the cell is where it makes no sense
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

    ``cropped`` holds the folders ``sub01``, ``sub02``, ...; ``sheet`` is the coding sheet. Clips of
    the kept emotions come in its order. With ``patch`` a complete copy has the released 73, 32 and
    25 clips in the released order, without it 72, 32 and 25. The frames of a clip are those from
    onset to offset, both included, when both are numbers of frames on disk and in order. Otherwise
    the sheet must be wrong, and all frames on disk are taken: the official folders hold no others.
    """
    rows = read_sheet(sheet)
    rows = with_patch(rows) if patch else rows
    found = Index(Counter((row.subject, row.label) for row in rows if row.label))
    folders, seen = _clip_folders(found, cropped), set()
    for row in rows:
        key, where = (row.subject, row.name), f"{row.subject}/{row.name}"
        if key in seen:
            found.error("duplicate clips", where, "one row for each clip",
                        f"a second one in {sheet}", "remove it")  # fmt: skip
        elif row.label is None:
            found.error("unknown labels", where, "an emotion of the database",
                        f"{row.emotion!r} in {sheet}", "correct the sheet")  # fmt: skip
        elif row.label and not re.fullmatch(SUBJECT, row.subject):
            found.error("bad subject", where, "a subject such as 1 or sub01",
                        f"{row.subject!r} in {sheet}", "correct the sheet")  # fmt: skip
        elif key not in folders and row.label == 0:
            found.add("note", "row without a folder", where, f"dropped anyway: {row.emotion}")
        elif key not in folders:
            names = [name for subject, name in folders if subject == row.subject]
            near = shorten(difflib.get_close_matches(row.name, names)) or "nothing like it"
            advice = ", or pass patch=False" if row is PATCH else ""
            found.error("row without a folder", where,
                        f"the folder {cropped / where} ({row.emotion})", f"{near} of that subject",
                        f"copy it from the database{advice}")  # fmt: skip
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
                both = f"{folders[key]} and {clip}"
                found.error("duplicate clips", "/".join(key), "one folder", both, "remove one")
    return folders


def _chosen_frames(found, row, where, frames):
    """Return the frames from onset to offset, or all of them where the sheet must be wrong."""
    level, kind = "note", "odd onset or offset"
    onset, apex, offset = row.onset, row.apex, row.offset
    misprint, meant = MISPRINTED_OFFSET.get((row.subject, row.name), ("", ""))
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
    on_disk = f"the frames on disk are used, {min(frames)} to {max(frames)}"
    found.add(level, kind, where, f"{problem}; {on_disk}")
    return frames


def read_sheet(path):
    """Return the rows of the coding sheet in the sheet's order, a list of :class:`Row`.

    Columns are found by their names, whatever their case and spaces. Numbers that Excel made of
    names are turned back (subject 1 is ``sub01``). Raises ``LayoutError`` for a file other than
    Excel's, or an absent column.
    """
    import pandas as pd

    try:
        is_file(path)  # a pipe would be waited for
        with readable(path):
            sheet = pd.read_excel(path, dtype=str, na_filter=False).fillna("#N/A")
    except PermissionError:
        raise
    except Exception as error:  # openpyxl and zipfile raise errors of many kinds
        raise LayoutError(
            f"{path}: expected the coding sheet as an Excel file (.xlsx), found one that cannot be "
            f"read ({error}); copy it from the database again"
        ) from error
    names = {plain(str(name)): name for name in reversed(sheet.columns)}
    absent = [title for title in COLUMNS if plain(title) not in names]
    if absent:
        raise LayoutError(
            f"{path}: expected the columns {', '.join(COLUMNS)}, found no {', '.join(absent)} "
            f"among {', '.join(map(str, sheet.columns))}; use the official sheet, or name its "
            "columns so"
        )
    rows = []
    table = sheet[[names[plain(title)] for title in COLUMNS]].astype(str)
    for cells in table.itertuples(index=False):
        subject, name, *numbers, emotion = (cell.strip() for cell in cells)
        if not (subject or name):
            continue
        match = re.fullmatch(r"(?:sub)?\s*0*([0-9]{1,9})(?:\.0)?", subject, re.IGNORECASE)
        subject = f"sub{int(match[1]):02d}" if match else subject
        numbers = (re.fullmatch(r"([0-9]{1,9})(?:\.0)?", number) for number in numbers)
        frames = (int(number[1]) if number else None for number in numbers)
        label = LABEL_OF.get(emotion.lower())
        rows.append(Row(subject, name, *frames, emotion.lower(), label))
    return rows


def with_patch(rows):
    """Return the rows, in the order of the subjects, with :data:`PATCH` where its name sorts.

    Rows that hold the clip already are returned as they are.
    """
    key = PATCH[:2]
    if any(row[:2] == key for row in rows):
        return list(rows)
    place = next((i for i, row in enumerate(rows) if row[:2] > key), len(rows))
    return [*rows[:place], PATCH, *rows[place:]]
