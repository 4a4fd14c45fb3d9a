"""What a printed "mean F1" might mean: scores as functions of class counts, hits and totals.

Each takes ``counts`` (true samples n, one a class), ``hits`` (the diagonal h) and ``predicted``
(the column sums p), numbers or arrays that broadcast, and returns a fraction. A class that is
never predicted has F1 and precision 0.
"""

import numpy as np


def macro_f1(counts, hits, predicted):
    """Mean over classes of 2 h / (n + p)."""
    return sum(_f1(counts, hits, predicted)) / len(counts)


def _f1(counts, hits, predicted):
    return [2 * h / np.maximum(n + p, 1) for n, h, p in zip(counts, hits, predicted)]


def _recall(counts, hits, predicted):
    each = [h / max(n, 1) for n, h in zip(counts, hits)]
    return sum(each) / len(counts) + 0 * sum(predicted)  # of the shape that predicted have


def _precision(counts, hits, predicted):
    return sum(h / np.maximum(p, 1) for h, p in zip(hits, predicted)) / len(counts)


def _f1_of_means(counts, hits, predicted):
    p, r = _precision(counts, hits, predicted), _recall(counts, hits, predicted)
    return 2 * p * r / np.maximum(p + r, 1e-300)


def _f1_of_predicted(counts, hits, predicted):
    n_given = sum(np.minimum(p, 1) for p in predicted)
    return sum(_f1(counts, hits, predicted)) / np.maximum(n_given, 1)


def _weighted_f1(counts, hits, predicted):
    return sum(n * f for n, f in zip(counts, _f1(counts, hits, predicted))) / sum(counts)


OTHER_SCORES = {
    "F1 of mean precision and mean recall": _f1_of_means,
    "mean F1 of the predicted classes": _f1_of_predicted,
    "F1 weighted by class counts": _weighted_f1,
    "mean recall": _recall,
    "mean precision": _precision,
}
