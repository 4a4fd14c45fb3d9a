"""Who is in which released clip. The released files do not say it; three sources together do.

SMIC: a public listing names the clips of each person, and the released labels run in its order.
CASME II: see :data:`CASME2_RUNS`. :func:`segments`, :func:`neighbours` and :func:`possible_people`
are the evidence; ``tests/test_data_people.py`` and the page *How wide is a cell?* go through it.
"""

from itertools import chain

import numpy as np

from .smic import SUBJECT_COUNTS

CODES = {"N": 1, "P": 2, "S": 3}

# CASME II as public lists have it, in the coding sheet's order: each clip that may be among the
# released ones, N (Negative, or a repression, which the papers drop), P or S. Happiness, surprise,
# and disgust with repression: the composite-database protocol
# (github.com/IcedDoggie/ME_Autoencoders, combined_3dbs.csv, commit 3dcc586). The nine clips of
# sadness and fear, and sub24/EP02_07 without a row in the sheet: the clips that
# github.com/IcedDoggie/Micro-Expression-with-Deep-Learning sets aside as such
# (train_spatial_only.py, commit 23bbe7b); it has sub09/EP02_02f too, which is not released. The
# first list has 88 of the sheet's 90 clips of disgust and repression: sub04/EP12_01f, which has no
# apex, is one that it lacks; the labels put the other between the last two Surprises of sub05.
CASME2_LISTED = {
    "sub01": "PNN", "sub02": "NNNNNPSSS", "sub03": "SNNNN", "sub04": "NNN", "sub05": "SPSSSNS",
    "sub06": "PSSN", "sub07": "NNNNN", "sub08": "N", "sub09": "PPNPNNPNNPN", "sub10": "N",
    "sub11": "NNNN", "sub12": "NSPNSSSPNNN", "sub13": "PP", "sub14": "PPP", "sub15": "PSN",
    "sub16": "PNP", "sub17": "PSPNNNNNPPPNNNNNPNNNNNNNNNNPNNNNN", "sub19": "PPSSPSNNNSSN",
    "sub20": "NN", "sub21": "N", "sub22": "NN", "sub23": "PNNNNNNN", "sub24": "NNNNNNS",
    "sub25": "NNSSN", "sub26": "PNNPNNNNNNNN",
}  # fmt: skip

# The released rows of CASME II: each run of one person, with its labels. What each rests on:
# - 117 of the 130 rows have one possible person by their labels alone, given the list above.
# - The features, without labels or list, fall into these 22 runs (:func:`segments`), and each run
#   lies within one person's possible rows. They decide rows 1, 2, 25, 30, 38, 42, 98 and 106 to
#   108, counted from 0. All clips but rows 37 and 60 have their nearest neighbour in their run.
# - Row 37 could be sub09's last clip or sub10's only one: it resembles no clip of sub09.
# - Rows 99 and 100 are one person (correlation .90), sub20 or sub22: the number is not known.
# sub08, sub18 and one or two of sub20 to sub22 have no clip that the papers keep.
CASME2_RUNS = {
    "sub01": "PNN", "sub02": "PSSS", "sub03": "SNNNN", "sub04": "NNN", "sub05": "SPSSSNS",
    "sub06": "PSSN", "sub07": "NNNNN", "sub09": "PPPPNP", "sub10": "N", "sub11": "NNNN",
    "sub12": "NSPNSSSPNNN", "sub13": "PP", "sub14": "PPP", "sub15": "PSN", "sub16": "PP",
    "sub17": "PSPNNNNPPPNPNNNNNNNPNNNN", "sub19": "PPSSPSNNNSSN", "sub20 or sub22": "NN",
    "sub23": "PNNNN", "sub24": "NNNNNNS", "sub25": "NNSSN", "sub26": "PNNPNNNNNNNN",
}  # fmt: skip


def released_subjects(database, labels):
    """The person in each sample of the released features.

    Parameters
    ----------
    database : str
    labels : ndarray of shape (n_samples,)

    Returns
    -------
    ndarray of shape (n_samples,) of str, or None
        ``None`` where the labels do not run as the released ones.
    """
    if database == "CASME2":
        runs = {person: [CODES[c] for c in run] for person, run in CASME2_RUNS.items()}
    else:
        runs = {
            person: np.repeat([1, 2, 3], counts).tolist()
            for person, counts in SUBJECT_COUNTS[database].items()
        }
    if labels.tolist() != list(chain(*runs.values())):
        return None
    return np.repeat(list(runs), [len(run) for run in runs.values()])


def correlations(X, other=None):
    """Correlation of the rows of ``X`` (n, d) with those of ``other``, each less its mean row."""
    A, B = ((M - M.mean(axis=0)) for M in (X, X if other is None else other))
    A, B = (M - M.mean(axis=1, keepdims=True) for M in (A, B))
    A, B = (M / np.linalg.norm(M, axis=1, keepdims=True) for M in (A, B))
    return A @ B.T


def segments(R):
    """Cut a sequence of clips into runs that resemble each other, without labels.

    Of all ways to cut, the one for which a constant in each run and 0 between runs is nearest,
    in least squares, to the correlations of different clips. Nothing is chosen: the number of
    runs comes with it.

    Parameters
    ----------
    R : ndarray of shape (n, n)
        :func:`correlations`, in the order of the clips.

    Returns
    -------
    list of int
        The first row of each run.
    """
    n = len(R)
    sums = np.zeros((n + 1, n + 1))  # of all entries before (i, j), the diagonal left out
    sums[1:, 1:] = (R - np.diag(np.diag(R))).cumsum(0).cumsum(1)
    best, last = np.zeros(n + 1), np.zeros(n + 1, int)
    for j in range(1, n + 1):
        i = np.arange(j)
        total = np.maximum(sums[j, j] - sums[i, j] - sums[j, i] + sums[i, i], 0)
        pairs = np.maximum((j - i) * (j - i - 1), 1)
        gain = best[:j] + total**2 / pairs  # what the mean of a block explains
        last[j] = gain.argmax()
        best[j] = gain[last[j]]
    cuts, j = [], n
    while j:
        j = int(last[j])
        cuts.append(j)
    return cuts[::-1]


def neighbours(R, people, others=None):
    """How many clips have their nearest neighbour in the same person, and how many by chance.

    Parameters
    ----------
    R : ndarray of shape (n, m)
        :func:`correlations`; of the same clips, then the diagonal does not count, or of others.
    people : ndarray of shape (n,)
    others : ndarray of shape (m,), default=None
        The persons of the columns where these are other clips.

    Returns
    -------
    same : ndarray of shape (n,) of bool
    expected : float
        Of ``same.sum()`` if neighbours were drawn at random.
    """
    R, columns = R.copy(), people if others is None else others
    alike = np.equal.outer(people, columns)
    if others is None:
        np.fill_diagonal(R, -np.inf)
        expected = (alike.sum(axis=1) - 1).sum() / (len(people) - 1)
    else:
        expected = alike.mean(axis=1).sum()
    return columns[R.argmax(axis=1)] == people, float(expected)


def possible_people(labels, listed=CASME2_LISTED):
    """Who each clip can be by the labels alone.

    Parameters
    ----------
    labels : ndarray of shape (n,)
        In the order of the list; clips listed as ``N`` may be absent.
    listed : dict
        The persons, in order, each with the letters of its clips.

    Returns
    -------
    list of n sets of str
        Empty where the labels do not fit the list.
    """
    clips = [(person, CODES[c]) for person, letters in listed.items() for c in letters]
    n, m = len(labels), len(clips)
    before, after = np.zeros((2, n + 1, m + 1), bool)  # the first i rows fit the first p clips
    before[0, 0] = after[n, m] = True
    for p, (_, label) in enumerate(clips):
        if label == 1:
            before[:, p + 1] |= before[:, p]
        before[1:, p + 1] |= before[:-1, p] & (labels == label)
    for p, (_, label) in reversed(list(enumerate(clips))):
        if label == 1:
            after[:, p] |= after[:, p + 1]
        after[:-1, p] |= after[1:, p + 1] & (labels == label)
    fits = before[:-1, :-1] & after[1:, 1:]  # row i is clip p, and all others find their place
    fits &= np.equal.outer(labels, [label for _, label in clips])
    return [{clips[p][0] for p in np.flatnonzero(row)} for row in fits]
