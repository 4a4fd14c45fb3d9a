"""The coding sheet of CASME II: which clips there are, with onset, apex, offset and emotion."""

import re
from pathlib import Path
from typing import NamedTuple

import pandas as pd

from ..errors import LayoutError
from .search_path import readable

# Paper A's three classes; 0 marks the emotions that it drops.
LABEL_OF = {
    "happiness": 2, "disgust": 1, "sadness": 1, "fear": 1, "surprise": 3,
    "others": 0, "repression": 0,
}  # fmt: skip
COLUMNS = {
    "subject": "Subject", "filename": "Filename", "onsetframe": "OnsetFrame",
    "apexframe": "ApexFrame", "offsetframe": "OffsetFrame", "estimatedemotion": "Estimated Emotion",
}  # fmt: skip


class Row(NamedTuple):
    """One row of the sheet.

    ``subject`` is written as the folders are (``sub01``); ``onset``, ``apex`` and ``offset`` are
    frame numbers, or None where the cell holds none (an apex ``/``); ``label`` is a code from 1
    to 3, 0 for a dropped emotion, None for an unknown one.
    """

    subject: str
    name: str
    onset: int | None
    apex: int | None
    offset: int | None
    emotion: str
    label: int | None


# On disk without a row. The released labels are the sheet's order with one Negative more inside
# the run of Negatives that crosses from sub23 to sub24: almost surely this folder.
PATCH = Row("sub24", "EP02_07", None, None, None, "negative (no row)", 1)

# Onset and offset that the sheet gives wrongly: (subject, clip) -> (offset printed, offset meant).
MISPRINTED_OFFSET = {("sub07", "EP06_01"): (68, 91)}


def read_sheet(path):
    """Return the rows of the coding sheet in the sheet's order, a list of :class:`Row`.

    Columns are found by their names, whatever their case and spaces; the empty ones and the
    action units are passed over. Numbers that Excel made of names are turned back (subject 1 is
    ``sub01``).

    Raises
    ------
    LayoutError
        Not an Excel file, a column is absent, or a subject is neither a number nor ``sub01``.
    """
    path = Path(path)
    try:
        with readable(path):
            sheet = pd.read_excel(path, dtype=str, na_filter=False)
    except PermissionError:
        raise
    except Exception as error:  # openpyxl and zipfile raise errors of many kinds
        raise LayoutError(
            f"{path}: expected the coding sheet as an Excel file (.xlsx), found one that cannot be "
            f"read ({error}); copy it from the database again"
        ) from error
    names = {re.sub(r"\s", "", str(name)).lower(): name for name in reversed(sheet.columns)}
    absent = [title for key, title in COLUMNS.items() if key not in names]
    if absent:
        raise LayoutError(
            f"{path}: expected the columns {', '.join(COLUMNS.values())}, found no "
            f"{', '.join(absent)} among {', '.join(map(str, sheet.columns))}; use the official "
            "sheet, or name its columns so"
        )
    table = sheet[[names[key] for key in COLUMNS]].astype(str)
    rows = [[cell.strip() for cell in cells] for cells in table.itertuples(index=False)]
    return [_row(path, i, cells) for i, cells in enumerate(rows, start=2) if any(cells[:2])]


def _row(path, line, cells):
    subject, name, onset, apex, offset, emotion = cells
    number = re.fullmatch(r"(?:sub)?\s*0*([0-9]+)(?:\.0)?", subject, re.IGNORECASE)
    if not number:
        raise LayoutError(
            f"{path}: expected a subject such as 1 or sub01 in row {line}, found {subject!r}; "
            "correct the sheet"
        )
    emotion = emotion.lower()
    numbers = map(_frame_number, (onset, apex, offset))
    return Row(f"sub{int(number[1]):02d}", name, *numbers, emotion, LABEL_OF.get(emotion))


def _frame_number(text):
    match = re.fullmatch(r"([0-9]+)(?:\.0)?", text)
    return int(match[1]) if match else None


def with_patch(rows):
    """Return the rows with :data:`PATCH` in its place: among its subject's rows, sorted by name.

    Rows that hold the clip already are returned as they are.
    """
    key = (PATCH.subject, PATCH.name)
    if any((row.subject, row.name) == key for row in rows):
        return list(rows)
    after = [i for i, row in enumerate(rows) if row.subject == PATCH.subject and row.name > key[1]]
    before = [i + 1 for i, row in enumerate(rows) if row.subject <= PATCH.subject]
    place = min(after) if after else max(before, default=0)
    return [*rows[:place], PATCH, *rows[place:]]
