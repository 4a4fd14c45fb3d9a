"""Who is in which released clip. The released files do not say it; three sources together do.

SMIC: a public listing names the clips of each person, and the released labels run in its order.
CASME II: ``people.csv`` names the sources. The other functions are the evidence, which the page
*Who is in a clip* and ``tests/test_data_people.py`` go through.
"""

import numpy as np

from .reading import own_table
from .smic import SUBJECT_COUNTS

CODES = {"N": 1, "P": 2, "S": 3}
# Person -> letters of their clips: those of the public lists, and those released.
_rows = own_table("people.csv")
CASME2_LISTED = {row["person"]: row["listed"] for row in _rows if row["listed"]}
CASME2_RUNS = {row["person"]: row["released"] for row in _rows if row["released"]}


def released_subjects(database, labels):
    """The person in each sample: ndarray of shape (n_samples,) of str.

    ``None`` where the ``labels``, of shape (n_samples,), do not run as the released ones.
    """
    runs = CASME2_RUNS
    if database != "CASME2":
        runs = {p: "N" * n + "P" * k + "S" * s for p, (n, k, s) in SUBJECT_COUNTS[database].items()}
    if labels.tolist() != [CODES[letter] for run in runs.values() for letter in run]:
        return None
    return np.repeat(list(runs), [len(run) for run in runs.values()])


def correlations(X, other=None):
    """Correlation of the rows of ``X`` (n, d) with those of ``other``, each less its mean row."""
    A, B = ((M - M.mean(axis=0)) for M in (X, X if other is None else other))
    return np.corrcoef(A, B)[: len(A), len(A) :]


def segments(R):
    """The first rows of the runs of clips that resemble each other: list of int.

    ``R``, of shape (n, n), are the :func:`correlations` in the order of the clips. Of all ways to
    cut, take the one for which a constant in each run and 0 between runs is nearest, in least
    squares, to the correlations of different clips. This gives the number of runs, too.
    """
    n = len(R)
    sums = np.zeros((n + 1, n + 1))  # of all entries before (i, j), the diagonal left out
    sums[1:, 1:] = (R - np.diag(np.diag(R))).cumsum(0).cumsum(1)
    best, cuts = np.zeros(n + 1), [[]]  # of the first j clips
    for j in range(1, n + 1):
        i = np.arange(j)  # the last run starts at i
        total = np.maximum(sums[j, j] - sums[i, j] - sums[j, i] + sums[i, i], 0)
        pairs = np.maximum((j - i) * (j - i - 1), 1)
        gain = best[:j] + total**2 / pairs  # what the mean of a block explains
        start = int(gain.argmax())
        best[j] = gain[start]
        cuts.append([*cuts[start], start])
    return cuts[n]


def neighbours(R, people, others=None):
    """Which clips have their nearest neighbour in the same person, and how many by chance.

    ``R`` are the :func:`correlations` of n clips, of the persons ``people``, with themselves, shape
    (n, n) (the diagonal does not count), or with m clips of the persons ``others``, shape (n, m).
    Returns an ndarray of shape (n,) of bool, and the number of True in it to expect if neighbours
    were drawn at random.
    """
    columns, free = (people if others is None else others), np.ones(R.shape, bool)
    if others is None:
        np.fill_diagonal(free, False)
    alike = np.equal.outer(people, columns) & free
    nearest = np.where(free, R, -np.inf).argmax(axis=1)
    return columns[nearest] == people, float(alike.sum() / free[0].sum())


def possible_people(labels, listed=CASME2_LISTED):
    """Who each clip can be by the labels alone: a list of n sets of str.

    ``labels``, of shape (n,), run in the order of ``listed``, a dict from each person to the
    letters of their clips; clips listed as ``N`` may be absent. Labels that do not fit: empty sets.
    """
    people = [person for person, letters in listed.items() for _ in letters]
    codes = np.array([CODES[letter] for letters in listed.values() for letter in letters])
    before = _fits(labels, codes)
    after = _fits(labels[::-1], codes[::-1])[::-1, ::-1]
    fits = before[:-1, :-1] & after[1:, 1:]  # row i is clip p, and all others find their place
    fits &= np.equal.outer(labels, codes)
    return [{people[p] for p in np.flatnonzero(row)} for row in fits]


def _fits(labels, codes):
    """Whether the first i labels can be those of the first p clips: shape (n + 1, m + 1)."""
    fits = np.zeros((len(labels) + 1, len(codes) + 1), bool)
    fits[0, 0] = True
    for p, code in enumerate(codes):
        fits[1:, p + 1] = fits[:-1, p] & (labels == code)
        if code == CODES["N"]:  # the clip may be absent
            fits[:, p + 1] |= fits[:, p]
    return fits
