"""The coding sheet of CASME II: which clips there are, with onset, apex, offset and emotion."""

import re
from typing import NamedTuple

from ..errors import LayoutError
from .fetch import readable

# Paper A's three classes; 0 marks the emotions that it drops.
LABEL_OF = {
    "happiness": 2, "disgust": 1, "sadness": 1, "fear": 1, "surprise": 3,
    "others": 0, "repression": 0,
}  # fmt: skip
COLUMNS = ("Subject", "Filename", "OnsetFrame", "ApexFrame", "OffsetFrame", "Estimated Emotion")


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


# This folder has no row. The released labels are the sheet's order with one more Negative, among
# the last Negatives of sub23 and the first of sub24: almost surely this folder.
PATCH = Row("sub24", "EP02_07", None, None, None, "negative (no row)", 1)

# Offsets that the sheet gives wrongly: (subject, clip) -> (offset printed, offset meant).
MISPRINTED_OFFSET = {("sub07", "EP06_01"): (68, 91)}


def read_sheet(path):
    """Return the rows of the coding sheet in the sheet's order, a list of :class:`Row`.

    Columns are found by their names, whatever their case and spaces; other columns do not matter.
    Numbers that Excel made of names are turned back (subject 1 is ``sub01``).

    Raises
    ------
    LayoutError
        Not an Excel file, a column is absent, or a subject is neither a number nor ``sub01``.
    """
    import pandas as pd

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
    names = {_plain(name): name for name in reversed(sheet.columns)}
    absent = [title for title in COLUMNS if _plain(title) not in names]
    if absent:
        raise LayoutError(
            f"{path}: expected the columns {', '.join(COLUMNS)}, found no {', '.join(absent)} "
            f"among {', '.join(map(str, sheet.columns))}; use the official sheet, or name its "
            "columns so"
        )
    rows = []
    table = sheet[[names[_plain(title)] for title in COLUMNS]].astype(str)
    for line, cells in enumerate(table.itertuples(index=False), start=2):
        subject, name, *numbers, emotion = (cell.strip() for cell in cells)
        if not (subject or name):
            continue
        number = re.fullmatch(r"(?:sub)?\s*0*([0-9]+)(?:\.0)?", subject, re.IGNORECASE)
        if not number:
            raise LayoutError(
                f"{path}: expected a subject such as 1 or sub01 in row {line}, found {subject!r}; "
                "correct the sheet"
            )
        emotion, numbers = emotion.lower(), map(_frame_number, numbers)
        rows.append(Row(f"sub{int(number[1]):02d}", name, *numbers, emotion, LABEL_OF.get(emotion)))
    return rows


def _plain(title):
    return re.sub(r"\s", "", str(title)).lower()


def _frame_number(text):
    match = re.fullmatch(r"([0-9]+)(?:\.0)?", text)
    return int(match[1]) if match else None


def with_patch(rows):
    """Return the rows, in the order of the subjects, with :data:`PATCH` where its name sorts.

    Rows that hold the clip already are returned as they are.
    """
    key = (PATCH.subject, PATCH.name)
    if any(row[:2] == key for row in rows):
        return list(rows)
    place = next((i for i, row in enumerate(rows) if row[:2] > key), len(rows))
    return [*rows[:place], PATCH, *rows[place:]]
