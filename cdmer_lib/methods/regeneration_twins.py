"""TSRG from a to b and DRFS-T from b to a: one matrix P, two methods.

Both write every sample of b as a combination of few samples that looks like a: TSRG minimises
||X_a' - P'K_a||^2 + .. with a for its source, DRFS-T with a for its target, K_a being the kernel of
all samples against a, and neither the term of the means nor ||P||_1 knows which is which. They
differ in what they do with P'K_b: TSRG classifies it, DRFS-T trains on it.
"""

import numpy as np

from .drfs_t import DRFST
from .tsrg import TSRG


def predict_twins(Xa, ya, Xb, yb, points, **fixed):
    """Both predictions at many (lam, mu), for the price of one.

    Parameters
    ----------
    Xa : array-like of shape (n_a, n_features)
    ya : array-like of shape (n_a,)
        Used by TSRG alone.
    Xb, yb
        As ``Xa`` and ``ya``; ``yb`` is used by DRFS-T alone.
    points : list of dict
        ``lam`` and ``mu``.
    **fixed
        Constructor arguments that both methods share.

    Yields
    ------
    index : int
        Position in ``points``.
    of_b : tuple of ndarray
        Labels (n_b,) of b by TSRG trained on a, and decision values (n_b, c).
    of_a : tuple of ndarray
        Labels (n_a,) of a by DRFS-T trained on the regenerated b, and decision values (n_a, c).
    """
    tsrg, drfs_t = TSRG(**fixed), DRFST(**fixed)
    a, codes_a, b = tsrg._check(Xa, ya, Xb)
    problem = tsrg._prepare(a, codes_a, b)
    source, codes_b, target = drfs_t._check(Xb, yb, Xa)
    drfs_t._prepare(source, codes_b, target)

    def read(P):
        swapped = np.vstack([P[len(a) :], P[: len(a)]])  # the source comes first
        return np.all([tsrg._read(P, b), drfs_t._read(swapped, target)])

    for index in tsrg._solve_points(*problem, tsrg._complete(points), read):
        yield index, tsrg._outcome(b), drfs_t._outcome(target)
