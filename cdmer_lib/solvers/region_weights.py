"""The kernels of the blocks, and their weights: the step in w of RSTR.

Source: paper A, equations (6) to (8), (12) and (13).
"""

import daqp
import numpy as np

from ..errors import InvalidInput


def block_kernels(X, Z, blocks, degree=1.0):
    """The kernel (x'z)^degree of each block of columns: (len(blocks), n, m).

    X is (n, n_features), Z (m, n_features), ``blocks`` a list of column numbers. Raises
    ``ValueError`` for a negative product under a degree that is not a whole number.
    """
    K = np.stack([X[:, block] @ Z[:, block].T for block in blocks])
    if degree == 1:
        return K
    if degree != round(degree) and K.min() < 0:
        raise InvalidInput(
            f"expected products x'z >= 0 for degree={degree}, found {K.min():.3g}; use a whole "
            "number, or features that are not negative"
        )
    return K**degree


def selection(P, Ks, k, L, gamma):
    """The quadratic form of (12), ||z - A w||^2 + gamma ||B w||^2 = w'Gw - 2 q'w + constant.

    P (n, c) is the regression matrix, Ks (K, n, n_s) the kernel of each block, k (K, n) the
    difference of the mean kernel columns of each block, L (c, n_s) the labels. Returns G (K, K)
    and q (K,).
    """
    A = (P.T @ Ks).reshape(len(Ks), -1)  # rows are the columns of A in the paper
    B = k @ P
    return A @ A.T + gamma * B @ B.T, A @ L.ravel()


def block_weights(G, q, lam, relative=True):
    """min_w w'Gw - 2 q'w + lambda sum w over w >= 0: the lasso (13), solved exactly.

    G is (K, K), q and the result are (K,). With ``relative`` lambda is lam * 2 max(q), a fraction
    of the smallest lambda that gives w = 0; else it is lam itself.
    """
    largest = 2 * q.max(initial=0)
    lam = lam * largest if relative else lam
    if lam >= largest:
        return np.zeros(len(q))
    size = np.sqrt(np.diag(G)).max()  # a common scale: the solver's tolerances are absolute
    none = np.zeros((0, len(q)))
    above = np.full(len(q), 1e30), np.zeros(len(q))
    w = daqp.solve(2 * G / size**2, (lam - 2 * q) / size, none, *above)[0]
    # what stands for 0 in the solver is about 1e-10 of the largest weight, and would decide alone
    # where all are 0; weights that are meant are above 1e-5 of it
    return np.where(w > 1e-7 * w.max(), w, 0) / size
