"""TGSR for many (kappa, xi) at once, from the Gram matrices of the blocks.

Write W = D - P/mu for the matrix that Algorithm 1 shrinks and s_i for the factor of block i, so
that C_i = s_i W_i and P_i = -mu (1 - s_i) W_i. With Y_i = [X_s,i', sqrt(xi) delta_i] and
r = mu / mu' the next iteration, at mu', is

    W_i' = s_i W_i + Y_i m,    m = 2 (mu' I + 2 Y'Y)^-1 (L - sum_i [s_i - r (1 - s_i)] Y_i'W_i)

with one m of shape (n_s + 1, c) for all blocks. Only Z_i = Y_i'W_i and ||W_i||^2 enter the next
step, and both have a recurrence in the Gram matrices Y_i'Y_i: no array is as long as a feature
vector, and one matrix product serves all blocks of all points. W itself is a function of the past
s and m (:func:`replay`), wanted only at the end. xi scales the last column of Y, and mu depends on
the iteration alone, so that points run side by side. Memory: about
K (n_s + 1) c numbers a point, and K + (n_s + 1) c more for each iteration of the past.
"""

from typing import NamedTuple

import numpy as np
from scipy.linalg.blas import dgemm

from .proximal import shrink_factors

CACHE = 6_000_000  # bytes: so many points run side by side that Z stays in the processor's cache


class Solution(NamedTuple):
    """C_i = s_i (a_i 1 + Y_i M_i): s, a (K,), M (K, n_s + 1, c)."""

    s: np.ndarray
    a: np.ndarray
    M: np.ndarray
    n_iter: int

    def coefficients(self, Y):
        """The blocks C_i (d_i, c) of the regression matrix, from the blocks Y_i (d_i, n_s + 1)."""
        parts = zip(self.s, self.a, self.M, Y, strict=True)
        return [s * (a + Y_i @ M_i) for s, a, M_i, Y_i in parts]


def block_data(Xs, Xt, blocks):
    """Y_i = [X_s,i', mean(X_s,i) - mean(X_t,i)] for each block: list of (d_i, n_s + 1)."""
    Y = np.vstack([Xs, Xs.mean(axis=0) - Xt.mean(axis=0)]).T
    return [Y[block] for block in blocks]


def solve(Y, L, kappas, xis, **constants):
    """Solve TGSR at the points (kappas[j], xis[j]): equations (9) to (13) of paper B.

    Parameters
    ----------
    Y : list of K ndarray of shape (d_i, n_s + 1)
        From :func:`block_data`.
    L : ndarray of shape (n_s, c)
        One-hot source labels.
    kappas, xis : array-like of shape (p,)
    **constants
        ``mu``, ``rho``, ``mu_max``, ``tol`` and ``max_iter`` of :func:`tgsr_plain`.

    Yields
    ------
    j : int
        Index of a point, as soon as ``max |C - D| < tol`` there (or after ``max_iter``).
    solution : Solution
    """
    G = np.stack([Y_i.T @ Y_i for Y_i in Y])
    kappas, (xis, which) = np.asarray(kappas), np.unique(xis, return_inverse=True)
    roots = np.sqrt(xis)
    e, U = _spectra(G.sum(axis=0), roots)
    side_by_side = max(1, CACHE // (L.shape[1] * G[:, 0].nbytes))
    for start in range(0, len(kappas), side_by_side):
        some = slice(start, start + side_by_side)
        scaled = roots[which[some]], e[which[some]], U[which[some]]
        for j, solution in _solve(Y, G, L, kappas[some], *scaled, **constants):
            yield start + j, solution


def _solve(Y, G, L, kappas, roots, e, U, *, mu=1e-3, rho=1.1, mu_max=1e15, tol=1e-8, max_iter=1000):
    p, c, (K, n, _) = len(kappas), L.shape[1], G.shape
    one_product = G.transpose(1, 0, 2).reshape(n, K * n)
    size = np.array([len(Y_i) for Y_i in Y], dtype=float)
    target = np.c_[L.T, np.zeros(c)]
    Z = np.tile(np.stack([Y_i.sum(axis=0) for Y_i in Y]), (p, c, 1, 1))  # Y'W at W = 1
    d2 = np.tile(c * size, (p, 1))  # ||W_i||^2
    s, r, point = np.ones((p, K)), 1.0, np.arange(p)
    past_s, past_m = np.empty((256, p, K)), np.empty((256, p, c, n))
    for iteration in range(1, max_iter + 1):
        if iteration > len(past_s):  # twice the room
            past_s, past_m = (np.concatenate([x, np.empty_like(x)]) for x in (past_s, past_m))
        # m, with the scale sqrt(xi) of the last column of Y moved into it
        v = ((s - r * (1 - s))[:, None, None] @ Z)[:, :, 0]
        v[..., -1] *= roots[:, None]
        m = ((target - v) @ U / (mu / 2 + e)[:, None]) @ U.transpose(0, 2, 1)
        m[..., -1] *= roots[:, None]
        past_s[iteration - 1, point], past_m[iteration - 1, point] = s, m

        # Z and ||W_i||^2 = <W_i, s_i W_before + Y_i m>, in place
        Wm = _inner(Z, m)
        Z *= s[:, None, :, None]
        dgemm(1.0, one_product.T, m.reshape(-1, n).T, 1.0, Z.reshape(-1, K * n).T, overwrite_c=1)
        t, inner, before = r * (1 - s), s * d2 + Wm, d2
        d2 = np.maximum(s * inner + _inner(Z, m), 0)
        s = shrink_factors(np.sqrt(d2).T, kappas).T

        # C - D = t W_before - (1 - s) W; its largest entry is computed where its norms allow
        parts = t**2 * before + (1 - s) ** 2 * d2
        rounding = 1e-13 * parts  # what cancels in the difference that follows
        norm2 = parts - 2 * t * (1 - s) * inner - rounding
        done = np.full(len(point), iteration == max_iter)
        for j in np.flatnonzero((norm2 < 1.01 * tol**2 * c * size).all(axis=1)):
            past = past_s[:iteration, point[j]], past_m[:iteration, point[j]]
            done[j] |= _gap_below(tol, Y, t[j], 1 - s[j], *past, np.argsort(-norm2[j]))
        for j in np.flatnonzero(done):
            past = past_s[:iteration, point[j]], past_m[:iteration, point[j]]
            yield point[j], Solution(s[j], *replay(*past), iteration)
        if done.all():
            return
        if done.any():
            left = ~done
            state = (Z, d2, s, point, kappas, roots, e, U)
            Z, d2, s, point, kappas, roots, e, U = (x[left] for x in state)
        r = mu / min(rho * mu, mu_max)
        mu = min(rho * mu, mu_max)


def _inner(Z, m):
    """<W_i, Y_i m> = <Z_i, m> of each point and block: (p, c, K, n), (p, c, n) -> (p, K)."""
    return (Z @ m[..., None])[..., 0].sum(axis=1)


def _spectra(G, roots):
    """e (p, n) and U (p, n, n) of S G S = U e U', S = diag(1, .., 1, root), for each root.

    The null space is set to 0: Y maps it to 0, and rounding noise in it, divided by a small mu,
    would not stay small.
    """
    S = np.ones((len(roots), len(G)))
    S[:, -1] = roots
    e, U = np.linalg.eigh(S[:, :, None] * G * S[:, None])
    U *= (e > e.max(axis=1, keepdims=True) * len(G) * np.finfo(float).eps)[:, None]
    return e, U


def replay(s, m):
    """W after the steps W_i' = s_i W_i + Y_i m from W = 1, as W_i = a_i 1 + Y_i M_i.

    s is (T, K), m (T, c, n_s + 1); returns a (K,) and M (K, n_s + 1, c).
    """
    after = np.cumprod(np.vstack([np.ones((1, s.shape[1])), s[::-1]]), axis=0)[::-1]
    M = np.tensordot(after[1:], m, (0, 0))
    return after[0], M.transpose(0, 2, 1)


def _gap_below(tol, Y, t, u, s, m, order):
    """Whether max |t W_before - u W| < tol, the blocks taken in order: the first decide most."""
    t = t - u * s[-1]  # W_i = s_i W_before,i + Y_i m: one replay is enough
    for some in (order[:1], order[1:8], order[8:]):
        a, M = replay(s[:-1, some], m[:-1])
        M = t[some, None, None] * M - u[some, None, None] * m[-1].T
        parts = zip(some, t[some] * a, M, strict=True)
        if any(np.abs(Y[i] @ M_i + a_i).max() >= tol for i, a_i, M_i in parts):
            return False
    return True
