"""Who is filmed and how often: subjects, classes and clips of the databases.

SMIC: subjects and counts of the real sets (``cdmer_lib.data.smic``). ``casme2_clips.csv`` and
``samm_clips.csv`` have the clips of CASME II and SAMM, and their sources.
"""

from collections import Counter
from dataclasses import dataclass

from ..data import casme2, samm
from ..data.smic import SUBJECT_COUNTS
from ..errors import InvalidInput
from ..protocol import database_info
from .cameras import ALL_CAMERAS
from .faces import table

LABEL_OF = {"CASME2": casme2.LABEL_OF, "SAMM": samm.LABEL_OF}


@dataclass(frozen=True)
class PlannedClip:
    """A clip to be made."""

    database: str
    subject: str
    name: str
    label: int | None  # 1, 2 or 3; None for an emotion that the 3-class rule drops
    index: int  # counts the clips of one subject and label from 1
    emotion: str | None = None  # the coding sheet's word (CASME II, SAMM)


def synthetic_name(database):
    """The name of a synthetic database; ``ValueError`` for any other."""
    name = database_info(database).name
    if name not in ALL_CAMERAS:
        known = ", ".join(ALL_CAMERAS)
        raise InvalidInput(f"expected one of the synthetic databases, {known}, found {name}")
    return name


def plan(database):
    """Return the clips of a database in the released order: a list of :class:`PlannedClip`.

    CASME II has 256: the 255 rows of its sheet and sub24/EP02_07, which has no row. SAMM has 159.
    Raises ``ValueError`` for an unknown database.
    """
    database = synthetic_name(database)
    if database not in LABEL_OF:
        return [
            PlannedClip(database, subject, f"{subject}_{code}_{index:02d}", label, index)
            for subject, counts in SUBJECT_COUNTS[database].items()
            for label, (code, count) in enumerate(zip(("ne", "po", "sur"), counts, strict=True), 1)
            for index in range(1, count + 1)
        ]
    clips, seen = [], Counter()
    for subject, name, emotion in table(f"{database.lower()}_clips.csv", 3):
        label = LABEL_OF[database][emotion.lower()] or None
        seen[subject, label] += 1
        clips.append(PlannedClip(database, subject, name, label, seen[subject, label], emotion))
    return clips
