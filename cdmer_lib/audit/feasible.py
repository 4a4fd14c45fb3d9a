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

MAX_CLASSES = 3
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
    """Every diagonal with the trace ``n_hits``: (many, 3) int, a third class of 0 where absent."""
    n = _padded(counts)
    h = np.indices(n[:2] + 1).reshape(2, -1).T
    h = np.column_stack([h, n_hits - h.sum(axis=1)])
    return h[(h[:, 2] >= 0) & (h[:, 2] <= n[2])]


def range_of_macro_f1(counts, hits):
    """Bounds of mean F1 for each diagonal, a row of ``hits``: two arrays, lowest and highest.

    Mean F1 is convex in the predicted totals. So the highest value lies at a corner, where all
    wrong labels fall on two classes. The lowest is Cauchy's bound, (sum sqrt h)^2 / (2 N).
    """
    n = _padded(counts)
    missed = (n - hits).sum(axis=1, keepdims=True)
    most = missed - (n - hits)
    most[:, len(counts) :] = 0
    highest = 0
    for first, second, third in permutations(range(MAX_CLASSES)):
        wrong = np.zeros_like(hits)
        wrong[:, first] = most[:, first]
        wrong[:, second] = np.minimum(most[:, second], missed[:, 0] - most[:, first])
        wrong[:, third] = missed[:, 0] - wrong.sum(axis=1)
        highest = np.maximum(highest, (hits / np.maximum(n + hits + wrong, 1)).sum(axis=1))
    lowest = np.sqrt(hits).sum(axis=1) ** 2 / (2 * n.sum())
    return 2 / len(counts) * lowest, 2 / len(counts) * highest


def totals(counts, hits):
    """All predicted totals of confusion matrices with these row sums and this padded diagonal.

    Returns ``predicted``, a list of int arrays that broadcast to (a, b), one a class, and
    ``possible``, a bool array of shape (a, b): where such a matrix exists.
    """
    missed = (_padded(counts) - hits).sum()
    most = missed - (_padded(counts) - hits)  # s_c <= R - r_c
    most[len(counts) :] = 0  # of two classes: a third, empty and never given
    s1 = np.arange(most[0] + 1)[:, None]
    s2 = np.arange(most[1] + 1)
    s3 = missed - s1 - s2
    predicted = [hits[0] + s1, hits[1] + s2, hits[2] + np.maximum(s3, 0)]
    return predicted[: len(counts)], (s3 >= 0) & (s3 <= most[2])


def _padded(counts):
    return np.array([*counts, 0][:MAX_CLASSES])


def witness(counts, n_hits, printed, decimals=4, rule="nearest", score=macro_f1):
    """A confusion matrix with these counts and hits whose score is printed so, or None.

    ``counts`` (a tuple of two or three int, at most ``MAX_SAMPLES`` in all) are its row sums,
    ``n_hits`` its trace. ``printed`` is a fraction with ``decimals`` digits, rounded by ``rule``;
    ``score`` is :func:`macro_f1` or one of :data:`OTHER_SCORES`. The matrix is an ndarray of int,
    rows true classes, columns predicted ones. For mean F1, ``None`` is a proof that there is none.
    """
    check_size(counts)
    return _first(counts, all_hits(counts, n_hits), printed, decimals, rule, score)


def recall_witness(counts, printed_uar, printed_f1):
    """A confusion matrix with these row sums, unweighted average recall and mean F1, or None.

    Both are text with the printed digits, such as ``"0.7605"``; ``counts`` as for :func:`witness`.
    ``None`` is a proof that there is none.
    """
    check_size(counts)
    uar, f1 = ((float(text), len(text.partition(".")[2])) for text in (printed_uar, printed_f1))
    hits = np.indices(_padded(counts) + 1).reshape(MAX_CLASSES, -1).T
    recall = _recall(counts, hits.T[: len(counts)], [0])
    hits = hits[rounds_to(10 ** uar[1] * recall, round(uar[0] * 10 ** uar[1]))]
    return _first(counts, hits, *f1)


def _first(counts, diagonals, printed, decimals, rule="nearest", score=macro_f1):
    """The first confusion matrix with one of these diagonals and this printed score, or None."""
    units, scale = round(printed * 10**decimals), 10**decimals
    if score is macro_f1:  # leave out the hopeless, and begin where the range lies around the print
        lowest, highest = range_of_macro_f1(counts, diagonals)
        inside = (lowest < printed + 1 / scale) & (highest > printed - 1 / scale)
        centre = np.abs((lowest + highest) / 2 - printed)[inside]
        diagonals = diagonals[inside][np.argsort(centre, kind="stable")]
    for padded in diagonals:
        hits = padded[: len(counts)]
        predicted, possible = totals(counts, padded)
        found = rounds_to(scale * score(counts, hits, predicted), units, rule) & possible
        if found.any():
            p = np.array([np.broadcast_to(p, possible.shape)[found] for p in predicted])
            nearest = np.abs(p - np.array(counts)[:, None]).sum(axis=0).argmin()
            return _with_margins(hits, np.array(counts) - hits, p[:, nearest] - hits)
    return None


def reachable(counts, n_hits, decimals=4):
    """How many choices of hits and predicted totals give each printed mean F1.

    Returns an int array of shape (10**decimals + 1,), by units of the last digit, rounded half up.
    Where it is 0, that print is impossible.
    """
    check_size(counts)
    scale = 10**decimals
    number = np.zeros(scale + 1, dtype=int)
    for padded in all_hits(counts, n_hits):
        predicted, possible = totals(counts, padded)
        value = scale * macro_f1(counts, padded[: len(counts)], predicted)
        units = np.floor(value + 0.5 + TOLERANCE).astype(int)
        number += np.bincount(units[possible], minlength=scale + 1)
    return number


def _with_margins(hits, missed, wrong):
    """A confusion matrix with this diagonal, row sums r and column sums s off the diagonal."""
    (r1, r2, r3), (_, s2, s3) = (np.append(margin, 0)[:MAX_CLASSES] for margin in (missed, wrong))
    low, high = max(0, r1 - s3, s2 - r3), min(r1, s2, r1 + r2 - s3)
    x = (low + high) // 2  # one entry is free; low <= high by Gale's condition
    off = [[0, x, r1 - x], [r2 - s3 + r1 - x, 0, s3 - r1 + x], [r3 - s2 + x, s2 - x, 0]]
    return np.diag(hits) + np.array(off)[: len(hits), : len(hits)]


def check_size(counts):
    """Raise ``ValueError`` for class counts that the search does not cover."""
    if not 2 <= len(counts) <= MAX_CLASSES or not 0 < sum(counts) <= MAX_SAMPLES or min(counts) < 0:
        raise InvalidInput(
            f"expected the counts of two or three classes, at most {MAX_SAMPLES} samples in all, "
            f"found {counts}"
        )
