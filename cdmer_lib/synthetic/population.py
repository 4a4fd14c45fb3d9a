"""Who is filmed and how often: subjects, classes and clips of the four databases.

SMIC: subjects and counts of the real sets (``cdmer_lib.data.smic.SUBJECT_COUNTS``). CASME II:
``casme2_clips.csv`` has the clips and their sources.
"""

from collections import Counter
from dataclasses import dataclass

from ..data.casme2 import LABEL_OF
from ..data.smic import SUBJECT_COUNTS
from ..protocol import database_info
from .faces import table


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
    clips, seen = [], Counter()
    for subject, name, emotion in table("casme2_clips.csv", 3):
        label = LABEL_OF[emotion] or None
        seen[subject, label] += 1
        clips.append(PlannedClip(database, subject, name, label, seen[subject, label], emotion))
    return clips
