"""Parameter grids, as data: the ranges printed in the papers and shorter ones.

``GRIDS[method][name]`` is a list of dicts, one a point, in the papers' nesting (the last parameter
runs fastest), or a function of (n_s, n_t) that makes one where the range ends at the number of
samples. "paper" is the printed range. "quick" takes seconds to minutes and holds the points
behind the published cells. "coarse" (TGSR) has every kappa and 13 values of xi.
Source: paper A, Section IV-A.1; paper B, Section III-A.
"""

from itertools import product

import numpy as np

from ..methods import METHODS


def colon(*runs):
    """MATLAB's [a:step:b ...]: the printed decimals, not their accumulated rounding."""
    values = [
        start + step * np.arange(round((stop - start) / step) + 1) for start, step, stop in runs
    ]
    return [float(value) for value in np.round(np.concatenate(values), 10)]


def points(**ranges):
    """All combinations of the ranges, the last one running fastest."""
    return [dict(zip(ranges, values, strict=True)) for values in product(*ranges.values())]


def _union(*grids):
    seen = dict.fromkeys(tuple(point.items()) for grid in grids for point in grid)
    return [dict(items) for items in seen]


COARSE_XI = [0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0, 30.0, 100.0, 300.0, 1000.0]
KAPPA = list(range(1, 86))
# 276 values as printed: 0.01, 0.1, 1, 10 and 100 stand in two runs each
XI = colon(
    (0.001, 0.0002, 0.01), (0.01, 0.002, 0.1), (0.1, 0.02, 1),
    (1, 0.2, 10), (10, 2, 100), (100, 20, 1000),
)  # fmt: skip
# (kappa, xi) of the best cells, as paper B's text lists them for Exp. 1 to 12. Exp. 3 lists 4000,
# which is not on the printed grid.
TGSR_PUBLISHED = [
    {"kappa": kappa, "xi": xi}
    for kappa, xi in [
        (85, 0.0022), (46, 0.0036), (14, 4000.0), (85, 0.0044), (12, 44.0), (12, 280.0),
        (62, 0.0012), (28, 0.098), (85, 0.003), (85, 0.028), (85, 0.0016), (75, 0.022),
    ]
]  # fmt: skip

# (lam, mu) of a point that gives the published cell, by experiment: paper A does not list them.
REGENERATION_PUBLISHED = {
    method: {number: {"lam": lam, "mu": mu} for number, (lam, mu) in points.items()}
    for method, points in {
        "TSRG": {5: (0.01, 0.2), 6: (100.0, 0.1), 9: (0.01, 0.003),
                 10: (10.0, 0.09), 11: (0.1, 0.03), 12: (100.0, 0.004)},
        "DRFS-T": {5: (10.0, 0.2), 6: (10.0, 0.03), 9: (0.1, 0.002),
                   10: (10.0, 0.02), 11: (0.01, 0.08), 12: (100.0, 0.08)},
    }.items()
}  # fmt: skip
LAMBDA = [10.0**e for e in range(-3, 4)]
MU = colon((0.001, 0.001, 0.009), (0.01, 0.01, 0.09), (0.1, 0.1, 1), (2, 1, 10))
# 600 values as printed: many stand in two runs
LAMBDA_IW = [float(t * i) for t in (1, 10, 100, 1000, 10000, 100000) for i in range(1, 101)]
LAMBDA_STM = [
    *colon((0.001, 0.001, 0.009), (0.01, 0.01, 0.09), (0.1, 0.1, 1), (2, 1, 100)), 1000.0, 10000.0
]  # fmt: skip
LAMBDA_RSTR = [10.0**e for e in range(-1, 5)]
MU_RSTR, TAU_RSTR = colon((0.1, 0.1, 5)), colon((0.01, 0.01, 0.1))
REGENERATION = points(lam=LAMBDA, mu=MU)


def _cheap(grid):
    """A method whose whole printed range takes seconds: it is the quick grid too."""
    return {"paper": grid, "quick": grid}


def _all_k(stop):
    """Every k below ``stop(n_s, n_t)``."""
    return lambda n_s, n_t: points(k=range(1, stop(n_s, n_t)))


GRIDS = {
    "SVM": _cheap(points(C=[1.0])),
    # "single" is for KMM and KLIEP, which have no lambda
    "IW-SVM": {**_cheap(points(lam=LAMBDA_IW)), "single": points(lam=[1.0])},
    # PCA bases have at most n - 1 directions; TCA has a component for each sample
    "TCA": _cheap(_all_k(lambda n_s, n_t: n_s + n_t + 1)),
    "GFK": _cheap(_all_k(lambda n_s, n_t: min(n_s, n_t))),
    "SA": _cheap(_all_k(lambda n_s, n_t: max(n_s, n_t))),
    "STM": _cheap(points(lam=LAMBDA_STM)),
    "TKL": _cheap(points(zeta=colon((0.1, 0.1, 5)))),
    "TGSR": {
        "paper": points(kappa=KAPPA, xi=XI),
        "coarse": _union(
            points(kappa=KAPPA, xi=COARSE_XI),
            TGSR_PUBLISHED,
        ),
        "quick": _union(
            points(kappa=[1, 5, 12, 20, 28, 46, 62, 75, 85], xi=LAMBDA), TGSR_PUBLISHED
        ),
    },
    **{
        method: {
            "paper": REGENERATION,
            "quick": _union(points(lam=[0.1, 100.0], mu=[0.03, 0.3]), published.values()),
        }
        for method, published in REGENERATION_PUBLISHED.items()
    },
    "DRLS": _cheap(REGENERATION),
    # The print calls these ranges lambda, mu and tau. Scores near its table come from them as
    # weights gamma, mu and lambda of equation (8); "literal": lambda for lambda, tau for gamma.
    "RSTR": {
        **_cheap(points(gamma=LAMBDA_RSTR, mu=MU_RSTR, lam=TAU_RSTR)),
        "literal": points(lam=LAMBDA_RSTR, mu=MU_RSTR, gamma=TAU_RSTR),
    },
}


def grid_names(method):
    """Names of a method's grids."""
    return tuple(GRIDS.get(method) or getattr(METHODS[method], "grids", ()))


def get_grid(method, name, n_s=None, n_t=None):
    """The points of a named grid: of :data:`GRIDS`, or of the method's own attribute ``grids``.

    Parameters
    ----------
    method, name : str
    n_s, n_t : int, default=None
        Numbers of source and target samples, which end the ranges of k in TCA, GFK and SA.

    Raises
    ------
    ValueError
        Unknown method or grid; a grid that needs the numbers of samples, without them.
    """
    try:
        grid = (GRIDS.get(method) or METHODS[method].grids)[name]
    except (KeyError, AttributeError):
        known = ", ".join(f"{m}: {'/'.join(g)}" for m, g in GRIDS.items())
        raise ValueError(
            f"no grid {name!r} of method {method!r}; expected one of {known}"
        ) from None
    if not callable(grid):
        return grid
    if n_s is None or n_t is None:
        raise ValueError(f"the grid {name!r} of {method} needs n_s and n_t, the numbers of samples")
    return grid(n_s, n_t)
