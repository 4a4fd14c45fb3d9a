"""CASME II on disk: ``Cropped/sub01/EP02_01f/reg_img46.jpg`` and the coding sheet beside it."""

from .coding_sheet import DROPPED, NO_ROW, Coding, Row, index_rows, read_sheet

# Paper A's three classes.
LABEL_OF = {"happiness": 2, "disgust": 1, "sadness": 1, "fear": 1, "surprise": 3,
            "others": DROPPED, "repression": DROPPED}  # fmt: skip
# Offsets that the sheet gives wrongly: (subject, clip) -> (offset printed, offset meant).
MISPRINTED_OFFSET = {("sub07", "EP06_01"): (68, 91)}


def _meant(row, frames):
    printed, meant = MISPRINTED_OFFSET.get(row[:2], (None, None))
    return meant if row.offset == printed else None


CODING = Coding(
    "CASME2", r"sub0*([0-9]+)", "sub{:02d}", r"reg_img([0-9]+)\.jpe?g", "reg_img46.jpg",
    ("Subject", "Filename", "OnsetFrame", "ApexFrame", "OffsetFrame", "Estimated Emotion"),
    LABEL_OF, _meant,
)  # fmt: skip

# This folder has no row. The released labels are the sheet's order with one more Negative, among
# the last Negatives of sub23 and the first of sub24: almost surely this folder.
PATCH = Row("sub24", "EP02_07", None, None, None, NO_ROW, 1)
# MEGC 2019: repression is Negative, sadness and fear are dropped. Its public list lacks two of the
# sheet's 90 clips of disgust and repression: sub04/EP12_01f, which has no apex, and that of sub05
# (github.com/IcedDoggie/ME_Autoencoders, combined_3dbs.csv, commit 3dcc586).
MEGC = CODING._replace(
    database="CASME2_MEGC",
    label_of=LABEL_OF | {"repression": 1, "sadness": DROPPED, "fear": DROPPED},
)


def index_casme2_megc(cropped, sheet):
    """Return the :class:`~.clip_folder.Index` of CASME II as in MEGC 2019: 88, 32 and 25 clips."""
    rows = read_sheet(sheet, MEGC)
    for i, row in enumerate(rows):
        if row.label == 1 and (row.subject == "sub05" or row[:2] == ("sub04", "EP12_01f")):
            rows[i] = row._replace(label=DROPPED)
    return index_rows(MEGC, rows, cropped, sheet)


def index_casme2(cropped, sheet, patch=True):
    """Return the :class:`~.clip_folder.Index` of CASME II: without ``patch`` it has a clip less."""
    rows = read_sheet(sheet, CODING)
    return index_rows(CODING, with_patch(rows) if patch else rows, cropped, sheet)


def with_patch(rows):
    """Return the rows with :data:`PATCH` where its name sorts, unless they have it already."""
    place = next((i for i, row in enumerate(rows) if row[:2] >= PATCH[:2]), len(rows))
    there = any(row[:2] == PATCH[:2] for row in rows)
    return rows if there else [*rows[:place], PATCH, *rows[place:]]
