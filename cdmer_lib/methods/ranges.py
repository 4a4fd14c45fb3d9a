"""Ranges of parameters: what an argument may be, and the points of which a method's grids are made.

This is the one file that imports a private part of scikit-learn.
"""

from itertools import product
from numbers import Integral, Real

import numpy as np
from sklearn.utils._param_validation import Interval, StrOptions

POSITIVE = [Interval(Real, 0, None, closed="neither")]
NOT_NEGATIVE = [Interval(Real, 0, None, closed="left")]
AT_LEAST_1 = [Interval(Real, 1, None, closed="left")]
WIDTH = [Interval(Real, 1e-100, None, closed="left")]  # of a Gaussian: its square is not 0
COUNT = [Interval(Integral, 1, None, closed="left")]
BOOLEAN = ["boolean"]


def one_of(*words):
    """An argument that is one of some words."""
    return [StrOptions(set(words))]


def optional(constraints):
    """An argument in such a range, or ``None``."""
    return [*constraints, None]


STRATEGY = one_of("ovo", "ovr")  # of several classes: one-vs-one votes, or one-vs-rest
BLOCKS = [*one_of("authors", "facial"), *COUNT, list]  # see solvers.blocks.block_columns


def colon(*runs):
    """MATLAB's [start:step:stop ...] of some (start, step, stop): a list of float.

    The values are the printed decimals, without their accumulated rounding.
    """
    values = [
        start + step * np.arange(round((stop - start) / step) + 1) for start, step, stop in runs
    ]
    return [float(value) for value in np.round(np.concatenate(values), 10)]


def points(**ranges):
    """All combinations of the ranges, the last one running fastest: a list of dict."""
    return [dict(zip(ranges, values, strict=True)) for values in product(*ranges.values())]


def union(*grids):
    """The points of several grids, each once, in the order in which they come first."""
    seen = dict.fromkeys(tuple(point.items()) for grid in grids for point in grid)
    return [dict(items) for items in seen]


def cheap(grid):
    """A method whose whole printed range takes seconds: it is the quick grid too."""
    return {"paper": grid, "quick": grid}


def every_k(stop):
    """Every k below ``stop(n_s, n_t)``: a function of the two numbers of samples."""
    return lambda n_s, n_t: points(k=range(1, stop(n_s, n_t)))
