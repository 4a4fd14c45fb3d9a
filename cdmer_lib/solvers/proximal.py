"""The proximal steps of both papers' solvers, and how their penalty grows."""

import numpy as np


def soft_threshold(A, zeta):
    """Shrink every entry of A towards 0 by zeta: the S_zeta[A] of paper A, Algorithm 1."""
    return A - np.clip(A, -zeta, zeta)


def shrink_factors(d, kappa):
    """Factors (d_i - d_{kappa+1}) / d_i of equation (13) of paper B, 0 where d_i <= d_{kappa+1}.

    d (K,) holds the norm of each block, or (K, p) those of p problems; d_{kappa+1} is the largest
    norm after the kappa largest ones. kappa is the number of blocks to keep, an int or one for
    each problem (p,). For kappa = K nothing is shrunk. The result has the shape of d.
    """
    ordered = np.concatenate([-np.sort(-d, axis=0), np.zeros((1, *d.shape[1:]))])
    threshold = np.take_along_axis(ordered, np.broadcast_to(kappa, (1, *d.shape[1:])), axis=0)
    kept = d > threshold
    return np.where(kept, 1 - threshold / np.where(kept, d, 1), 0)


def penalties(first, rho, largest, max_iter):
    """Yield the penalty of each of ``max_iter`` iterations: it grows by rho, up to the largest."""
    for _ in range(max_iter):
        yield first
        first = min(rho * first, largest)
