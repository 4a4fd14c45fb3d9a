"""Algorithm 1 of paper B, line by line: the slow and obvious form of TGSR.

:mod:`.tgsr_gram` computes the same iterates without any array as long as a feature vector; this
form is what it is tested against, and what the book derives step by step.
"""

from typing import NamedTuple

import numpy as np

from .regeneration import penalties, soft_threshold


class Result(NamedTuple):
    """C (n_features, c); gap: ``max |C - D|`` after each iteration; norms: d_i (n_iter, K)."""

    C: np.ndarray
    gap: np.ndarray
    norms: np.ndarray


def augmented(Xs, L, Xt, xi):
    """The pair of equation (6): X~ (n_features, n_s + 1) and L~ (c, n_s + 1)."""
    L = np.asarray(L, dtype=float)
    difference = Xs.mean(axis=0) - Xt.mean(axis=0)
    return np.c_[Xs.T, np.sqrt(xi) * difference], np.c_[L.T, np.zeros(L.shape[1])]


def update_D(X, L, C, P, mu):
    """Equation (12), (mu I + 2 X X')^-1 (2 X L' + P + mu C), by the matrix inversion lemma."""
    B = 2 * X @ L.T + P + mu * C
    small = mu * np.eye(X.shape[1]) + 2 * X.T @ X
    return (B - 2 * X @ np.linalg.solve(small, X.T @ B)) / mu


def shrink_factors(d, kappa):
    """Factors (d_i - d_{kappa+1}) / d_i of equation (13), 0 where d_i <= d_{kappa+1}.

    d : ndarray (K, ...), block norms, and kappa an int or an array of the trailing shape.
    For kappa = K there is no d_{K+1}: the threshold is 0 and nothing is shrunk.
    """
    ordered = np.concatenate([-np.sort(-d, axis=0), np.zeros((1, *d.shape[1:]))])
    threshold = np.take_along_axis(ordered, np.broadcast_to(kappa, (1, *d.shape[1:])), axis=0)
    kept = d > threshold
    return np.where(kept, 1 - threshold / np.where(kept, d, 1), 0)


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
    kappa, xi : int, float
        Number of blocks to keep, weight of the MMD term.
    sign : {1, -1}
        1: P + mu (C - D), which the Lagrangian (8) asks for; -1: P + mu (D - C), as printed.

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
    """The updates as printed in Algorithm 1 of paper A: the slow and obvious form.

    Parameters
    ----------
    B : ndarray of shape (D, m)
    K : ndarray of shape (n, m)
    k : ndarray of shape (n,)
    lam, mu : float

    Returns
    -------
    P : ndarray of shape (n, D)
    n_iter : int
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
