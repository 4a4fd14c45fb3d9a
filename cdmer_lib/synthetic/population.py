"""Who is filmed and how often: subjects, classes and clips of the four databases.

SMIC: subjects and counts of the real sets (``cdmer_lib.data.smic.SUBJECT_COUNTS``).

CASME II: clips by subject and emotion. Totals by emotion are the coding sheet's. Happiness and
surprise by subject, and the sum of disgust and repression, are those of the composite-database
protocol's public list (github.com/IcedDoggie/ME_Autoencoders, combined_3dbs.csv, commit 3dcc586).
The order of the three classes within a subject is that of the released label vector. It fixes most
Negative counts. Where the end of one subject and the start of the next are both Negative (sub03 and
sub04, sub06 to sub08, sub20 to sub22, sub26), and for sadness and fear, we chose how many each has.
This choice is older than that of ``cdmer_lib.data.people``; the stored synthetic results depend on
it. Clip names imitate the real pattern and include the irregular ones; the others are made up.
"""

from collections import Counter
from dataclasses import dataclass

import numpy as np

from ..data.casme2 import LABEL_OF
from ..data.smic import SUBJECT_COUNTS
from ..protocol import database_info

EMOTIONS = {
    "D": "disgust", "A": "sadness", "F": "fear", "H": "happiness", "S": "surprise",
    "R": "repression", "O": "others",
}  # fmt: skip
# By subject: the emotions that are kept, in the sheet's order; repression; others.
CASME2_EMOTIONS = {
    1: ("HDD", 0, 6), 2: ("HSSS", 5, 4), 3: ("SDDDA", 1, 1), 4: ("DAF", 1, 1),
    5: ("SHSSSAS", 0, 12), 6: ("HSSD", 0, 1), 7: ("ADDD", 2, 3), 8: ("D", 0, 2),
    9: ("HHHHDHD", 3, 4), 10: ("", 0, 14), 11: ("DDDD", 0, 6), 12: ("DSHDSSSHDDD", 0, 1),
    13: ("HH", 0, 6), 14: ("HHH", 0, 1), 15: ("HSD", 0, 0), 16: ("HH", 1, 1),
    17: ("HSHDDDDHHHDHDDDDDDDHDDDA", 8, 4), 18: ("", 0, 3), 19: ("HHSSHSDDDSS", 0, 5),
    20: ("D", 1, 9), 21: ("D", 0, 1), 22: ("D", 1, 0), 23: ("HDDDDDDD", 0, 4),
    24: ("DDDS", 0, 7), 25: ("DDSSD", 0, 2), 26: ("HDDHDDDDDAAF", 4, 1),
}  # fmt: skip
# Irregular names of the real database, and the emotion that each must have.
CASME2_NAMES = {
    3: {"EP01_2": "S"}, 4: {"EP12_01f": "O"}, 7: {"EP06_01": "A", "EP06_02_01": "D"},
    9: {"EP09f": "H"}, 10: {"EP11_01": "O", "EP11_01f": "O"}, 24: {"EP02_07": "D"},
}  # fmt: skip


@dataclass(frozen=True)
class PlannedClip:
    """A clip to be made."""

    database: str
    subject: str
    name: str
    label: int | None  # 1, 2 or 3; None for an emotion that the 3-class rule drops
    index: int  # counts the clips of one subject and label from 1
    emotion: str | None = None  # the coding sheet's word (CASME II)


def plan(database):
    """Return the clips of a database in the released order: a list of :class:`PlannedClip`.

    CASME II has 256: the 255 rows of its sheet and sub24/EP02_07, which has no row. Raises
    ``ValueError`` for an unknown database.
    """
    database = database_info(database).name
    if database != "CASME2":
        return [
            PlannedClip(database, subject, f"{subject}_{code}_{index:02d}", label, index)
            for subject, counts in SUBJECT_COUNTS[database].items()
            for label, (code, count) in enumerate(zip(("ne", "po", "sur"), counts, strict=True), 1)
            for index in range(1, count + 1)
        ]
    clips = []
    for number, emotions in CASME2_EMOTIONS.items():
        subject, seen = f"sub{number:02d}", Counter()
        for name, letter in _casme2_rows(number, *emotions):
            label = LABEL_OF[EMOTIONS[letter]] or None
            seen[label] += 1
            clips.append(PlannedClip(database, subject, name, label, seen[label], EMOTIONS[letter]))
    return clips


def _casme2_rows(number, kept, repression, others):
    """Sorted names of one subject's clips, each with a letter of ``CASME2_EMOTIONS[number]``.

    They are the same for every seed, drawn again until each irregular name has its emotion.
    """
    rng = np.random.default_rng([2014, number])
    irregular = CASME2_NAMES.get(number, {})
    dropped = "R" * repression + "O" * others
    letters = np.array([" "] * (len(kept) + len(dropped)))
    while True:
        places = rng.permutation(len(letters))
        letters[np.sort(places[: len(kept)])] = list(kept)
        letters[places[len(kept) :]] = list(dropped)
        names = set(irregular)
        while len(names) < len(letters):
            f = "f" * int(rng.random() < 0.3)
            names.add(f"EP{rng.integers(1, 20):02d}_{rng.integers(1, 17):02d}{f}")
        rows = list(zip(sorted(names), letters.tolist(), strict=True))
        if irregular.items() <= set(rows):
            return rows
