"""SAMM on disk: ``006/006_1_2/006_05562.jpg``, and the coding sheet beside or among the subjects.

A clip's folder holds the frames from its onset to its offset. The sheet begins with lines of text;
the names of its columns stand in row 14. Three apexes are missing; none is needed.
"""

from .coding_sheet import DROPPED, Coding, index_rows, read_sheet

# The three classes of MEGC 2019 (See et al., 2019).
LABEL_OF = dict.fromkeys(("anger", "contempt", "disgust", "fear", "sadness"), 1)
LABEL_OF |= {"happiness": 2, "surprise": 3, "other": DROPPED, "others": DROPPED}
N_ROWS = 159
# One clip ends with this frame, and the sheet gives it another offset. A public loader corrects it
# by the number of its row, the 57th (github.com/tvaranka/meb, datasets.py, commit 56a6f58).
MEANT_OFFSET = 5739

# Negative, Positive and Surprise of each subject: the public list of the composite evaluation
# (github.com/IcedDoggie/ME_Autoencoders, combined_3dbs.csv, commit 3dcc586).
SUBJECT_COUNTS = {
    "006": (9, 0, 2), "007": (1, 5, 2), "009": (3, 0, 1), "010": (4, 0, 0), "011": (13, 7, 0),
    "012": (2, 0, 1), "013": (6, 0, 0), "014": (2, 7, 1), "015": (2, 0, 1), "016": (2, 1, 2),
    "017": (3, 0, 1), "018": (2, 0, 1), "019": (0, 1, 0), "020": (2, 2, 0), "021": (2, 0, 0),
    "022": (3, 2, 0), "023": (1, 0, 0), "024": (1, 0, 0), "026": (9, 0, 0), "028": (1, 0, 2),
    "030": (3, 0, 0), "031": (1, 0, 0), "032": (4, 0, 0), "033": (4, 1, 0), "034": (3, 0, 0),
    "035": (7, 0, 1), "036": (1, 0, 0), "037": (1, 0, 0),
}  # fmt: skip


def _meant(row, frames):
    slipped = row.offset not in frames and max(frames) == MEANT_OFFSET
    return MEANT_OFFSET if slipped else None


CODING = Coding(
    "SAMM", r"0*([0-9]+)", "{:03d}", r"[0-9]+_([0-9]+)\.jpe?g", "006_05562.jpg",
    ("Subject", "Filename", "Onset Frame", "Apex Frame", "Offset Frame", "Estimated Emotion"),
    LABEL_OF, _meant,
)  # fmt: skip


def index_samm(folder, sheet):
    """Return the :class:`~.clip_folder.Index` of SAMM; the clips to expect are the public ones."""
    rows = read_sheet(sheet, CODING)
    found = index_rows(CODING, rows, folder, sheet)
    found.expected = SUBJECT_COUNTS
    if len(rows) != N_ROWS:
        found.add("note", "rows of the sheet", sheet.name, f"{len(rows)}, known {N_ROWS}")
    return found
