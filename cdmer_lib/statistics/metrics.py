"""Metrics of the benchmark, for one prediction or for a whole sweep at once.

Source: paper A, Section II-A.3: mean F1 is the main metric, accuracy the second; UAR (unweighted
average recall) is the one of the authors' earlier work.
"""

import numpy as np

from ..errors import InvalidInput


def confusion(y, predicted, classes=(1, 2, 3)):
    """Confusion counts (..., c, c): rows are true classes, columns predicted ones.

    True labels are (n,), predicted ones (..., n); leading axes are points of a sweep. Raises
    InvalidInput if the last axis of ``predicted`` is not n, or a label is not in ``classes``.
    """
    y, predicted = np.asarray(y), np.asarray(predicted)
    if predicted.shape[-1:] != y.shape:
        raise InvalidInput(
            f"expected one predicted label for each of {len(y)} samples, found {predicted.shape}"
        )
    outside = np.setdiff1d(np.append(y, predicted), classes)
    if outside.size:
        raise InvalidInput(f"expected labels in {classes}, found {outside.tolist()}")
    true = np.equal.outer(classes, y).astype(int)
    guess = np.equal.outer(classes, predicted).astype(int)
    return np.einsum("in,j...n->...ij", true, guess)


def accuracy(matrix):
    """Share of correct predictions, a fraction: (..., c, c) -> (...)."""
    return np.trace(matrix, axis1=-2, axis2=-1) / matrix.sum(axis=(-2, -1))


def mean_f1(matrix):
    """Mean over classes of 2 p r / (p + r); a class that is never predicted counts as 0."""
    hits = np.diagonal(matrix, axis1=-2, axis2=-1)
    either = matrix.sum(axis=-1) + matrix.sum(axis=-2)
    return np.mean(2 * hits / np.maximum(either, 1), axis=-1)


def uar(matrix):
    """Unweighted average recall over the classes that occur: (..., c, c) -> (...)."""
    hits, true = np.diagonal(matrix, axis1=-2, axis2=-1), matrix.sum(axis=-1)
    return np.sum(hits / np.maximum(true, 1), axis=-1) / (true > 0).sum(axis=-1)
