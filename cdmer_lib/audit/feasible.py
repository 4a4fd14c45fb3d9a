"""Which confusion matrices give two printed numbers: an exhaustive search over the integers.

Accuracy and mean F1 see a confusion matrix only through its hits h_c (the diagonal) and its
predicted totals p_c (the column sums); the true totals n_c (the row sums) are the class counts.
Of class c, r_c = n_c - h_c clips are missed, and s_c = p_c - h_c clips of other classes are given
to it; R = sum r = sum s. Off-diagonal entries with these margins exist if and only if
r_c + s_c <= R for each c (Gale's condition for a table with an empty diagonal: what class c misses
must go to other columns). So a search over h and p alone is complete.
"""

from itertools import permutations

import numpy as np

from ..errors import InvalidInput
from ..report.printed_digits import TOLERANCE, rounds_to

# Twice 10^d mean F1 has a denominator of at most C (2N/C)^C for C classes and N samples (the
# 2N = sum of n + p spread evenly). Up to N = 500 it is therefore whole, or 8e-9 and more away from
# a whole number, where double precision errs by 1e-11: rounds_to decides as integers would.
MAX_SAMPLES = 500


def macro_f1(counts, hits, predicted):
    """Mean F1 of confusion matrices: the mean over classes of 2 h / (n + p), a fraction.

    ``counts`` are the true samples n of each class, ``hits`` the diagonal h, ``predicted`` the
    column sums p: numbers, or arrays that broadcast. A class that is never predicted has F1 0.
    """
    return sum(_f1(counts, hits, predicted)) / len(counts)


def _f1(counts, hits, predicted):
    return [2 * h / np.maximum(n + p, 1) for n, h, p in zip(counts, hits, predicted)]


def _recall(counts, hits, predicted):
    each = [h / max(n, 1) for n, h in zip(counts, hits)]
    return sum(each) / len(counts) + 0 * sum(predicted)  # of the shape that predicted have


def _precision(counts, hits, predicted):
    return sum(h / np.maximum(p, 1) for h, p in zip(hits, predicted)) / len(counts)


def _f1_of_means(*matrix):
    precision, recall = _precision(*matrix), _recall(*matrix)
    return 2 * precision * recall / np.maximum(precision + recall, 1e-300)


OTHER_SCORES = {  # what else a printed "mean F1" might mean; arguments as for macro_f1
    "F1 of mean precision and mean recall": _f1_of_means,
    "mean F1 of the predicted classes": lambda counts, hits, predicted: (
        sum(_f1(counts, hits, predicted)) / np.maximum(sum(np.minimum(p, 1) for p in predicted), 1)
    ),
    "F1 weighted by class counts": lambda counts, hits, predicted: (
        sum(n * f1 for n, f1 in zip(counts, _f1(counts, hits, predicted))) / sum(counts)
    ),
    "mean recall": _recall,
    "mean precision": _precision,
}


def all_hits(counts, n_hits):
    """Every diagonal with the trace ``n_hits``: int, a row a diagonal, a column a class."""
    check_size(counts)
    free = np.indices(np.add(counts[:-1], 1)).reshape(len(counts) - 1, -1)
    last = n_hits - free.sum(axis=0)
    return np.vstack([free, last]).T[(last >= 0) & (last <= counts[-1])]


def range_of_macro_f1(counts, hits):
    """Bounds of mean F1 for each diagonal, a row of ``hits``: two arrays, lowest and highest.

    Mean F1 is convex in the predicted totals. So the highest value lies at a corner: one class gets
    all wrong labels but those of its own samples, and these go to one other class. The lowest is
    Cauchy's bound, (sum sqrt h)^2 / (2 N), as a mean over the classes.
    """
    missed, highest = counts - hits, 0
    for one, other in permutations(range(len(counts)), 2):
        either = counts + hits
        either[:, one] += missed.sum(axis=1) - missed[:, one]
        either[:, other] += missed[:, one]
        highest = np.maximum(highest, (hits / np.maximum(either, 1)).sum(axis=1))
    lowest = np.sqrt(hits).sum(axis=1) ** 2 / (2 * sum(counts))
    return 2 / len(counts) * lowest, 2 / len(counts) * highest


def totals(counts, hits):
    """All predicted totals of confusion matrices with these row sums and this diagonal.

    Returns ``predicted``, a list of int arrays that broadcast to one shape, one a class, and
    ``possible``, a bool array of that shape, (a, b) for three classes: where a matrix exists.
    """
    missed = np.subtract(counts, hits)
    most = missed.sum() - missed  # s_c <= R - r_c
    wrong = np.indices(most[:-1] + 1, sparse=True)
    last = missed.sum() - sum(wrong)
    predicted = [h + s for h, s in zip(hits, [*wrong, np.maximum(last, 0)])]
    return predicted, (last >= 0) & (last <= most[-1])


def witness(counts, n_hits, printed, decimals=4, rule="nearest", score=macro_f1):
    """A confusion matrix with these counts and hits whose score is printed so, or None.

    ``counts`` (a tuple of two or three int, at most ``MAX_SAMPLES`` in all) are its row sums,
    ``n_hits`` its trace. ``printed`` is a fraction with ``decimals`` digits, rounded by ``rule``;
    ``score`` is :func:`macro_f1` or one of :data:`OTHER_SCORES`. The matrix is an ndarray of int,
    rows true classes, columns predicted ones. For mean F1, ``None`` is a proof that there is none.
    """
    return _first(counts, all_hits(counts, n_hits), printed, decimals, rule, score)


def recall_witness(counts, printed_uar, printed_f1):
    """A confusion matrix with these row sums, unweighted average recall and mean F1, or None.

    Both are text with the printed digits, such as ``"0.7605"``; ``counts`` as for :func:`witness`.
    ``None`` is a proof that there is none.
    """
    check_size(counts)
    uar, f1 = ((float(text), len(text.partition(".")[2])) for text in (printed_uar, printed_f1))
    hits = np.indices(np.add(counts, 1)).reshape(len(counts), -1)
    scale, recall = 10 ** uar[1], _recall(counts, hits, [0])
    return _first(counts, hits.T[rounds_to(scale * recall, round(uar[0] * scale))], *f1)


def _first(counts, diagonals, printed, decimals, rule="nearest", score=macro_f1):
    """The first confusion matrix with one of these diagonals and this printed score, or None."""
    units, scale = round(printed * 10**decimals), 10**decimals
    if score is macro_f1:  # leave out the hopeless, and begin where the range lies around the print
        lowest, highest = range_of_macro_f1(counts, diagonals)
        inside = (lowest < printed + 1 / scale) & (highest > printed - 1 / scale)
        centre = np.abs((lowest + highest) / 2 - printed)[inside]
        diagonals = diagonals[inside][np.argsort(centre, kind="stable")]
    for hits in diagonals:
        predicted, possible = totals(counts, hits)
        found = rounds_to(scale * score(counts, hits, predicted), units, rule) & possible
        if found.any():
            p = np.array(np.broadcast_arrays(*predicted))[:, found]
            nearest = np.abs(p.T - counts).sum(axis=1).argmin()
            return _with_margins(hits, counts - hits, p[:, nearest] - hits)
    return None


def reachable(counts, n_hits, decimals=4):
    """How many choices of hits and predicted totals give each printed mean F1.

    Returns an int array of shape (10**decimals + 1,), by units of the last digit, rounded half up.
    Where it is 0, that print is impossible.
    """
    scale = 10**decimals
    number = np.zeros(scale + 1, dtype=int)
    for hits in all_hits(counts, n_hits):
        predicted, possible = totals(counts, hits)
        units = np.floor(scale * macro_f1(counts, hits, predicted) + 0.5 + TOLERANCE).astype(int)
        number += np.bincount(units[possible], minlength=scale + 1)
    return number


def _with_margins(hits, missed, wrong):
    """A confusion matrix with this diagonal, row sums r and column sums s off the diagonal."""
    (r1, r2, r3), (_, s2, s3) = (np.append(margin, 0)[:3] for margin in (missed, wrong))
    low, high = max(0, r1 - s3, s2 - r3), min(r1, s2, r1 + r2 - s3)
    x = (low + high) // 2  # one entry is free; low <= high by Gale's condition
    off = [[0, x, r1 - x], [r2 - s3 + r1 - x, 0, s3 - r1 + x], [r3 - s2 + x, s2 - x, 0]]
    return np.diag(hits) + np.array(off)[: len(hits), : len(hits)]


def check_size(counts):
    """Raise ``ValueError`` for class counts that the search does not cover."""
    if len(counts) not in (2, 3) or not 0 < sum(counts) <= MAX_SAMPLES or min(counts) < 0:
        raise InvalidInput(
            f"expected the counts of two or three classes, at most {MAX_SAMPLES} samples in all, "
            f"found {counts}"
        )
