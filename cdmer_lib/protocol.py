"""The benchmark's fixed facts: databases, label codes, class counts and the twelve tasks.

Source: Table I and Table II of the CDMER benchmark (paper A), with the class counts of
SMIC-VIS and SMIC-NIR in the order that the data have and the print swaps.
"""

import re
from dataclasses import dataclass, field
from itertools import permutations
from typing import NamedTuple

import numpy as np

from .errors import InvalidInput

LABELS = {1: "Negative", 2: "Positive", 3: "Surprise"}


@dataclass(frozen=True)
class DatabaseInfo:
    """What is known of a database before it is read; ``counts`` are in the order of LABELS."""

    name: str
    letter: str
    title: str
    counts: tuple[int, int, int]

    @property
    def n_samples(self):
        return sum(self.counts)


def _by_name(*infos):
    return {info.name: info for info in infos}


#: The papers' databases.
DATABASES = _by_name(
    DatabaseInfo("CASME2", "C", "CASME II (selected)", (73, 32, 25)),
    DatabaseInfo("SMIC_HS", "H", "SMIC (HS)", (70, 51, 43)),
    DatabaseInfo("SMIC_VIS", "V", "SMIC (VIS)", (23, 28, 20)),
    DatabaseInfo("SMIC_NIR", "N", "SMIC (NIR)", (23, 28, 20)),
)
#: Databases that the papers do not use and whose folders are read, with the three classes of MEGC
#: 2019: SAMM; and CASME II, which has other clips there than in the papers.
OTHER_DATABASES = _by_name(
    DatabaseInfo("SAMM", "SAMM", "SAMM (three classes)", (92, 26, 15)),
    DatabaseInfo("CASME2_MEGC", "CASME2_MEGC", "CASME II (as in MEGC 2019)", (88, 32, 25)),
)


def database_info(name):
    """The :class:`DatabaseInfo` of a name or letter; ``ValueError`` for any that is not known."""
    known = [*DATABASES.values(), *OTHER_DATABASES.values()]
    for info in known:
        if name in (info.name, info.letter):
            return info
    known = ", ".join(f"{info.name} ({info.letter})" for info in known)
    raise InvalidInput(f"unknown database {name!r}: expected one of {known}")


@dataclass(frozen=True, eq=False)
class Database:
    """Samples of one database, checked when made.

    Attributes
    ----------
    name : str
        A key of :data:`DATABASES` or its letter, or any other name that a file may have.
    X : ndarray of shape (n_samples, n_features), float64
        One sample a row.
    y : ndarray of shape (n_samples,)
        Labels: numbers or words. In the papers' databases 1 Negative, 2 Positive, 3 Surprise.
    subjects : ndarray of shape (n_samples,) or None
        The person in each clip, where known.

    Raises
    ------
    ValueError
        A name that is none, shapes that do not fit, a missing label, one outside 1..3 in the
        papers' databases, NaN or infinity in ``X``.
    """

    name: str
    X: np.ndarray = field(repr=False)
    y: np.ndarray = field(repr=False)
    subjects: np.ndarray | None = field(default=None, repr=False)

    def __post_init__(self):
        name = checked_name(self.name)
        if np.iscomplexobj(self.X):
            raise InvalidInput(
                f"{name}: expected real features, found complex ones; take their magnitude, "
                "or real and imaginary parts as columns of their own"
            )
        X = np.asarray(self.X, dtype=np.float64)
        y = np.asarray(self.y).ravel()
        if X.ndim != 2 or len(X) != len(y):
            raise InvalidInput(
                f"{name}: expected X of shape (n_samples, n_features) and one label a row, "
                f"found X {X.shape} and y {y.shape}; check the orientation of the feature matrix"
            )
        y = _checked_labels(name, y)
        bad = ~np.isfinite(X)
        if bad.any():
            row, column = np.argwhere(bad)[0]
            raise InvalidInput(
                f"{name}: expected finite features, found {bad.sum()} NaN or infinite, "
                f"the first at row {row}, column {column}; extract these samples again"
            )
        if self.subjects is not None and len(self.subjects) != len(y):
            raise InvalidInput(
                f"{name}: expected {len(y)} subjects, one a sample, found {len(self.subjects)}"
            )
        vars(self).update(name=name, X=X, y=y)

    @property
    def counts(self):
        """Samples of each label, in order; in the papers' databases of all three."""
        labels = LABELS if self.name in DATABASES else np.unique(self.y)
        return tuple(int((self.y == label).sum()) for label in labels)


def checked_name(name):
    """The full name of a database; raises ``ValueError`` where no file can have it."""
    if not (isinstance(name, str) and re.fullmatch(r"\w[\w.+-]{0,60}", name)):
        raise InvalidInput(
            "expected the name of a database: letters, digits, or any of _ . + - after the first, "
            f"at most 61; found {name!r}"
        )
    return {info.letter: info.name for info in DATABASES.values()}.get(name, name)


def _checked_labels(name, y):
    if name in DATABASES:
        if not np.isin(y, list(LABELS)).all():
            raise InvalidInput(
                f"{name}: expected label codes 1 (Negative), 2 (Positive), 3 (Surprise), "
                f"found {sorted(set(y.tolist()))}; recode them, or take another name"
            )
        return y.astype(int)
    if y.dtype.kind == "f" and np.array_equal(y, y.round()):  # false where a label is NaN
        return y.astype(int)
    if y.dtype.kind not in "biuOUS" or any(label in (None, "") or label != label for label in y):
        raise InvalidInput(
            f"{name}: expected a label for each sample, whole numbers or words, found "
            f"{y.dtype} such as {y[:3].tolist()}; a sample without label is no sample of a task"
        )
    return y.astype(str) if y.dtype.kind in "OS" else y


def letter(name):
    """The letter of one of the papers' databases; the name itself of any other."""
    return DATABASES[name].letter if name in DATABASES else name


@dataclass(frozen=True)
class Task:
    """One cross-database task: train on ``source``, test on ``target`` (Table II of paper A).

    Both are names of databases, the papers' own or others. Raises ``ValueError`` for a name that
    is none, and where both are the same.

    Examples
    --------
    >>> Task(1, "lab_A", "lab_B").letters
    'lab_A→lab_B'
    """

    number: int
    source: str
    target: str

    def __post_init__(self):
        vars(self).update(source=checked_name(self.source), target=checked_name(self.target))
        if self.source == self.target:
            raise InvalidInput(f"expected two databases in a task, found {self.source} twice")

    @property
    def letters(self):
        """The task in the papers' short form, ``V→N``; of other databases with their names."""
        return f"{letter(self.source)}→{letter(self.target)}"

    @property
    def slug(self):
        """A name for files: ``05_V_N``."""
        return f"{self.number:02d}_{self.letters.replace('→', '_')}"

    def __str__(self):
        return f"Exp.{self.number} ({self.letters})"


def tasks_between(names):
    """Every ordered pair of databases as a :class:`Task`, numbered from 1: tuple."""
    return tuple(Task(i, *pair) for i, pair in enumerate(permutations(names, 2), start=1))


#: The papers' twelve tasks, in their order.
TASKS = tuple(
    Task(number, *pair)
    for number, pair in enumerate(
        ["HV", "VH", "HN", "NH", "VN", "NV", "CH", "HC", "CV", "VC", "CN", "NC"], start=1
    )
)


def get_task(task):
    """A :class:`Task`: any task itself, one of the papers' by number or letters (``"V->N"``).

    Raises ``ValueError`` for anything else.
    """
    if isinstance(task, Task):
        return task
    for known in TASKS:
        if task in (known.number, str(known.number)):
            return known
        if isinstance(task, str) and task.replace("->", "→") == known.letters:
            return known
    raise InvalidInput(
        f"unknown task {task!r}: expected a number from 1 to {len(TASKS)} or letters such as "
        "'V->N', or a Task of databases of your own"
    )


@dataclass(frozen=True)
class Protocol:
    """Leave one subject out: each person's clips are tested by what is learned from all others'.

    The databases are taken together. ``counts`` names those of a published evaluation, with its
    numbers of Negative, Positive and Surprise clips; empty, the protocol takes any databases.
    """

    title: str
    counts: dict = field(default_factory=dict)

    def differences(self, data):
        """What databases (dict of str to Database) have otherwise than published: list of str.

        Raises ``ValueError`` for other databases than the protocol's, and unknown people.
        """
        if self.counts and set(data) != set(self.counts):
            wanted, found = ", ".join(self.counts), ", ".join(data)
            raise InvalidInput(f"{self.title}: expected the databases {wanted}, found {found}")
        for name, database in data.items():
            if database.subjects is None:
                raise InvalidInput(f"{name}: expected the subject of each sample, found none")
        return [
            f"{name} has {', '.join(map(str, data[name].counts))} clips, not "
            f"{', '.join(map(str, counts))}"
            for name, counts in self.counts.items()
            if data[name].counts != counts
        ]


#: Protocols beside the tasks. MEGC2019 is the composite evaluation of See et al. (2019).
PROTOCOLS = {
    "LOSO": Protocol("leave one subject out"),
    "MEGC2019": Protocol(
        "composite evaluation of MEGC 2019",
        {name: database_info(name).counts for name in ("SMIC_HS", "CASME2_MEGC", "SAMM")},
    ),
}


def people(data):
    """The person of each sample of databases (dict of str to Database), one after another.

    ndarray of str. The three sets of SMIC show the same people, who keep their names there; so do
    the two selections of CASME II.
    """
    homes = {name: name.partition("_")[0] for name in DATABASES | OTHER_DATABASES}
    told = ([f"{homes.get(name, name)}/{s}" for s in d.subjects] for name, d in data.items())
    return np.array([person for persons in told for person in persons])


LEVELS = (1, 2, 4, 8)
CORE = 112 - 2 * 3  # rows and columns that have a full neighbourhood of radius 3
PLANES = ("XY", "XT", "YT")
BINS = 59  # uniform patterns of 8 neighbours, and one bin for the others


class Block(NamedTuple):
    """One facial block: its grid (1, 2, 4 or 8), its place in the grid, its pixels."""

    level: int
    row: int
    column: int
    rows: slice
    columns: slice


def block_edges(level, length=CORE):
    """Edges of ``level`` blocks on ``length`` pixels: shape (level + 1,).

    Every block has round(length / level) pixels, halves rounded up; the last takes the rest.
    """
    size = int(np.floor(length / level + 0.5))
    return np.append(np.arange(level) * size, length)


def facial_blocks(height=CORE, width=None):
    """The 85 blocks in released order: grid by grid, the row index running fastest.

    Parameters
    ----------
    height, width : int
        Pixels to cut; a square by default.
    """
    blocks = []
    for level in LEVELS:
        down, across = (block_edges(level, length) for length in (height, width or height))
        blocks += [
            Block(level, r, c, slice(down[r], down[r + 1]), slice(across[c], across[c + 1]))
            for c in range(level)
            for r in range(level)
        ]
    return blocks


def facial_columns(n_planes=3, n_bins=BINS):
    """Feature columns of each facial block in the released order.

    The released files run level -> plane -> block -> bin, so the columns of one block are
    ``n_planes`` separate runs.

    Returns
    -------
    list of 85 ndarray of shape (n_planes * n_bins,), in the order of :func:`facial_blocks`
    """
    columns, start = [], 0
    for level in LEVELS:
        shape = (n_planes, level * level, n_bins)
        run = start + np.arange(np.prod(shape)).reshape(shape)
        columns += list(run.transpose(1, 0, 2).reshape(level * level, -1))
        start = run[-1, -1, -1] + 1
    return columns
