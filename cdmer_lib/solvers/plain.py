"""Algorithm 1 of paper B (TGSR) and of paper A (RSTR), line by line as they are printed.

These forms are slow and easy to read. The book derives them step by step, and the fast solvers,
:mod:`.tgsr_gram` and :mod:`.regeneration`, are tested against them.
"""

from typing import NamedTuple

import numpy as np

from .proximal import penalties, shrink_factors, soft_threshold


class Result(NamedTuple):
    """What :func:`tgsr_plain` returns.

    C is (n_features, c), gap (n_iter,) holds ``max |C - D|`` after each iteration, norms (n_iter,
    K) the block norms d_i.
    """

    C: np.ndarray
    gap: np.ndarray
    norms: np.ndarray


def augmented(Xs, L, Xt, xi):
    """Equation (6) of paper B: the MMD term as one more sample.

    Returns X~ (n_features, n_s + 1) and L~ (c, n_s + 1), for rows Xs, Xt and one-hot L (n_s, c).
    """
    L = np.asarray(L, dtype=float)
    difference = Xs.mean(axis=0) - Xt.mean(axis=0)
    return np.c_[Xs.T, np.sqrt(xi) * difference], np.c_[L.T, np.zeros(L.shape[1])]


def update_D(X, L, C, P, mu):
    """Equation (12) of paper B: (mu I + 2 X X')^-1 (2 X L' + P + mu C).

    X (n_features, m) has far fewer columns than rows, so the matrix inversion lemma is used: only
    an m x m system is solved. L is (c, m); C, P and the result are (n_features, c).
    """
    B = 2 * X @ L.T + P + mu * C
    small = mu * np.eye(X.shape[1]) + 2 * X.T @ X
    return (B - 2 * X @ np.linalg.solve(small, X.T @ B)) / mu


def tgsr_plain(
    Xs, L, Xt, blocks, kappa, xi, *, sign=1, mu=1e-3, rho=1.1, mu_max=1e15, tol=1e-8, max_iter=1000
):
    """Solve TGSR as paper B prints it.

    Parameters
    ----------
    Xs, Xt : ndarray of shape (n_s, n_features), (n_t, n_features)
    L : ndarray of shape (n_s, c)
        One-hot source labels.
    blocks : list of ndarray of int
        Columns of each block.
    kappa : int
        Number of blocks to keep, 1 to the number of blocks.
    xi : float
        Weight of the squared difference of the mean predictions (MMD), at least 0.
    sign : {1, -1}, default=1
        Update of P: 1 for P + mu (C - D), which follows from the Lagrangian (8); -1 for
        P + mu (D - C), as printed.
    mu, rho, mu_max : float
        First penalty, its growth in each iteration, its largest value.
    tol : float
        The iteration ends when every entry of C - D is smaller.
    max_iter : int

    Returns
    -------
    Result
    """
    X, L = augmented(Xs, L, Xt, xi)
    C = np.ones((X.shape[0], L.shape[0]))
    P = np.zeros_like(C)
    gap, norms = [], []
    while len(gap) < max_iter and not (gap and gap[-1] < tol):
        D = update_D(X, L, C, P, mu)
        W = D - P / mu
        d = np.array([np.linalg.norm(W[block]) for block in blocks])
        C = np.empty_like(W)
        for block, s in zip(blocks, shrink_factors(d, kappa), strict=True):
            C[block] = s * W[block]
        P = P + sign * mu * (C - D)
        mu = min(rho * mu, mu_max)
        gap.append(np.abs(C - D).max())
        norms.append(d)
    return Result(C, np.array(gap), np.array(norms))


def rstr_plain(B, K, k, lam, mu, *, rho=1.1, kappa=1e-3, kappa_max=1e15, tol=1e-8, max_iter=1000):
    """Solve min_P ||B - P'K||_F^2 + lam ||P'k||^2 + mu ||P||_1 as paper A prints it.

    Parameters
    ----------
    B : ndarray of shape (D, m)
        What the m samples should become.
    K : ndarray of shape (n, m)
        Kernel between all n samples and these m.
    k : ndarray of shape (n,)
        Difference of the mean kernel columns of source and target.
    lam : float
        Weight of the squared difference of the means, at least 0.
    mu : float
        Weight of the sparsity of P, at least 0.
    rho, kappa, kappa_max : float
        Growth of the penalty in each iteration, its first value, its largest value.
    tol : float
        The iteration ends when every entry of P - Q is smaller.
    max_iter : int

    Returns
    -------
    P : ndarray of shape (n, D)
    n_iter : int
        Iterations used.
    """
    G, R = K @ K.T + lam * np.outer(k, k), K @ B.T
    P, T = np.ones_like(R), np.ones_like(R)
    for iteration, kappa in enumerate(penalties(kappa, rho, kappa_max, max_iter), 1):
        Q = np.linalg.solve(G + kappa / 2 * np.eye(len(G)), R + (T + kappa * P) / 2)
        P = soft_threshold(Q - T / kappa, mu / kappa)
        T = T + kappa * (P - Q)
        if np.abs(P - Q).max() < tol:
            break
    return P, iteration


def movement_bound(G, R, P, T, kappa, rho=1.1, n=150):
    """How far each column of P can still move after an iteration of :func:`rstr_plain`: (D,).

    Standing still at P and T (n, D) is wrong by (G + kappa_i/2 I)^-1 r in each later iteration i,
    r = R + T/2 - G P, and no iteration enlarges a distance. So the sum of their 2-norms is a bound
    on ||P_i - P||: ``n`` of them, then a geometric series. G (n, n) and R (n, D) are as there.
    """
    e, V = np.linalg.eigh(G)
    r = V.T @ (R + T / 2 - G @ P)
    kappas = kappa * rho ** np.arange(1, n + 1)
    steps = np.sqrt((1 / (e + kappas[:, None] / 2) ** 2) @ r**2)
    return steps.sum(axis=0) + 2 / kappas[-1] / (rho - 1) * np.linalg.norm(r, axis=0)
