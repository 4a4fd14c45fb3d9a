"""Ranges of parameters and grids of points, from which each method makes its own ``grids``."""

from itertools import product

import numpy as np


def colon(*runs):
    """MATLAB's [a:step:b ...]: the printed decimals, not their accumulated rounding.

    Parameters
    ----------
    *runs : tuple of (start, step, stop)

    Returns
    -------
    list of float
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
