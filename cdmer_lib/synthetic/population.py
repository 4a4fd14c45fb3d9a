"""Who is filmed and how often: subjects, classes and clips of the databases.

SMIC and SAMM: subjects and counts of the real sets (``SUBJECT_COUNTS`` of ``cdmer_lib.data.smic``
and ``samm``). CASME II: ``casme2_clips.csv`` has the clips and their sources.
"""

from collections import Counter
from dataclasses import dataclass

from ..data import samm
from ..data.casme2 import LABEL_OF
from ..data.smic import SUBJECT_COUNTS
from ..errors import InvalidInput
from ..protocol import database_info
from .cameras import ALL_CAMERAS
from .faces import table


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
    if database == "SAMM":
        return _plan_samm()
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


# SAMM's clips of each emotion; those that the three classes drop are called Other.
SAMM_EMOTIONS = {
    1: {"Anger": 57, "Contempt": 12, "Disgust": 9, "Fear": 8, "Sadness": 6},
    2: {"Happiness": 26}, 3: {"Surprise": 15}, None: {"Other": 26},
}  # fmt: skip


def _plan_samm():
    """The real numbers by subject and class; names, and who has which emotion, are our choice."""
    words = {label: Counter(many).elements() for label, many in SAMM_EMOTIONS.items()}
    clips, others = [], SAMM_EMOTIONS[None]["Other"]
    for place, (subject, counts) in enumerate(samm.SUBJECT_COUNTS.items()):
        numbers = zip((1, 2, 3, None), (*counts, int(place < others)), strict=True)
        these = [(label, index) for label, n in numbers for index in range(1, n + 1)]
        for i, (label, index) in enumerate(these):
            name = f"{subject}_{1 + i // 9}_{2 + i % 9}"
            clips.append(PlannedClip("SAMM", subject, name, label, index, next(words[label])))
    return clips
