"""The coding sheet of the synthetic CASME II, with the irregularities of the real one."""

import os
from datetime import datetime
from pathlib import Path

from openpyxl import Workbook

from ..data.casme2 import MISPRINTED_OFFSET, PATCH
from .seeds import generator

FILE = "CASME2-coding-20140508.xlsx"
HEADER = (
    "Subject", "Filename", None, "OnsetFrame", "ApexFrame", "OffsetFrame", None, "Action Units",
    "Estimated Emotion",
)  # fmt: skip
NO_APEX = ("sub04", "EP12_01f")


def write_sheet(folder, planned, truths, seed):
    """Write the sheet of all planned clips but the one that has no row; atomically.

    Parameters
    ----------
    folder : path
    planned : list of PlannedClip
    truths : dict
        ``(subject, name)`` -> a row of ground truth, for the clips that have pictures.
    seed : int
        For the frame numbers and units of the other rows.
    """
    book = Workbook()
    book.properties.created = book.properties.modified = datetime(2014, 5, 8)
    sheet = book.active
    sheet.append(HEADER)
    for clip in planned:
        key = (clip.subject, clip.name)
        if key == (PATCH.subject, PATCH.name):
            continue
        onset, apex, offset, units = _cells(key, truths, seed)
        # the offset is printed wrongly where the real sheet has it wrong
        offset, _ = MISPRINTED_OFFSET.get(key, (offset, None))
        apex = "/" if key == NO_APEX else apex
        number = clip.subject.removeprefix("sub")
        sheet.append((number, clip.name, None, onset, apex, offset, None, units, clip.emotion))
    path = Path(folder) / FILE
    scratch = path.with_name(f".part-{FILE}")
    book.save(scratch)
    os.replace(scratch, path)


def _cells(key, truths, seed):
    if key in truths:
        truth = truths[key]
        return truth["onset"], truth["apex"], truth["offset"], truth["action_units"]
    rng = generator(seed, "row", *key)
    onset = int(rng.integers(20, 200))
    apex = onset + int(rng.integers(12, 45))
    units = sorted(rng.choice([4, 7, 12, 14, 15, 17, 24], rng.integers(1, 3), replace=False))
    return onset, apex, apex + int(rng.integers(15, 50)), "+".join(map(str, units))
