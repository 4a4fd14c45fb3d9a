"""TGSR for many (kappa, xi) at once, from the Gram matrices of the blocks.

Write W = D - P/mu for the matrix that Algorithm 1 shrinks and s_i for the factor of block i, so
that C_i = s_i W_i and P_i = -mu (1 - s_i) W_i. With Y_i = [X_s,i', sqrt(xi) delta_i] and
r = mu / mu' the next iteration, at mu', is

    W_i' = s_i W_i + Y_i m,    m = 2 (mu' I + 2 Y'Y)^-1 (L - sum_i [s_i - r (1 - s_i)] Y_i'W_i)

with one m of shape (n_s + 1, c) for all blocks. So W_i = a_i 1 + Y_i M_i, where a_i and M_i obey
the same recurrence: no array is as long as a feature vector. Since xi scales only the last column
of Y, and mu depends on the iteration alone, all points share the Gram matrices Y_i'Y_i and run side
by side as the columns of one matrix product. Memory: about 6 K (n_s + 1) c p numbers for p points.
"""

from typing import NamedTuple

import numpy as np

from .algorithm1 import shrink_factors


class Solution(NamedTuple):
    """C_i = s_i (a_i 1 + Y_i M_i): s, a (K,) and (K, c), M (K, n_s + 1, c)."""

    s: np.ndarray
    a: np.ndarray
    M: np.ndarray
    n_iter: int

    def coefficients(self, Y):
        """The blocks C_i (d_i, c) of the regression matrix, from the blocks Y_i (d_i, n_s + 1)."""
        parts = zip(self.s, self.a, self.M, Y, strict=True)
        return [s * (a + Y_i @ M_i) for s, a, M_i, Y_i in parts]


class _Iterate(NamedTuple):
    """W at one iteration: a (K, q), M and Z = Y'W (K, n_s + 1, q), d2 = ||W_i||^2 (K, p)."""

    a: np.ndarray
    M: np.ndarray
    Z: np.ndarray
    d2: np.ndarray

    def take(self, points, columns):
        a, M, Z, d2 = self
        return _Iterate(a[:, columns], M[:, :, columns], Z[:, :, columns], d2[:, points])


class _ScaledSystems:
    """(mu I + 2 S G S)^-1 with S = diag(1, .., 1, sqrt(xi)): one eigendecomposition for each xi.

    The null space of S G S is left out: Y maps it to 0, and rounding noise in it, divided by a
    small mu, would not stay small.
    """

    def __init__(self, G, roots):
        self.spectra = {root: self._spectrum(G, root) for root in np.unique(roots)}

    @staticmethod
    def _spectrum(G, root):
        S = np.append(np.ones(len(G) - 1), root)
        e, U = np.linalg.eigh(S[:, None] * G * S)
        kept = e > e.max() * len(e) * np.finfo(float).eps
        return e[kept], U[:, kept]

    def solve(self, R, root_xi, mu):
        """R (n_s + 1, q), its column j at the xi whose root is root_xi[j]."""
        solution = np.empty_like(R)
        for root in np.unique(root_xi):
            e, U = self.spectra[root]
            at = root_xi == root
            solution[:, at] = U @ ((U.T @ R[:, at]) / (mu + 2 * e)[:, None])
        return solution


def block_data(Xs, Xt, blocks):
    """Y_i = [X_s,i', mean(X_s,i) - mean(X_t,i)] for each block: list of (d_i, n_s + 1)."""
    Y = np.vstack([Xs, Xs.mean(axis=0) - Xt.mean(axis=0)]).T
    return [Y[block] for block in blocks]


def solve(Y, L, kappas, xis, *, mu=1e-3, rho=1.1, mu_max=1e15, tol=1e-8, max_iter=1000):
    """Solve TGSR at the points (kappas[j], xis[j]): equations (9) to (13) of paper B.

    Parameters
    ----------
    Y : list of K ndarray of shape (d_i, n_s + 1)
        From :func:`block_data`.
    L : ndarray of shape (n_s, c)
        One-hot source labels.
    kappas, xis : array-like of shape (p,)

    Yields
    ------
    j : int
        Index of a point, as soon as ``max |C - D| < tol`` there (or after ``max_iter``).
    solution : Solution
    """
    c, p, K = L.shape[1], len(kappas), len(Y)
    G = np.stack([Y_i.T @ Y_i for Y_i in Y])
    Y1 = np.stack([Y_i.sum(axis=0) for Y_i in Y])
    size = np.array([[float(len(Y_i))] for Y_i in Y])

    def wide(x):  # one number a point -> one a column
        return np.repeat(x, c, axis=-1)

    def narrow(x):  # sum over the c columns of each point
        return x.reshape(len(x), -1, c).sum(axis=2)

    point, kappas, root_xi = np.arange(p), np.asarray(kappas), wide(np.sqrt(xis))
    systems = _ScaledSystems(G.sum(axis=0), root_xi)
    L = np.tile(np.vstack([L, np.zeros(c)]), p)
    W = _Iterate(
        np.ones((K, p * c)),
        np.zeros((*Y1.shape, p * c)),
        np.repeat(Y1[:, :, None], p * c, axis=2),
        np.repeat(size * c, p, axis=1),
    )
    s, r = np.ones((K, p)), 1.0
    for iteration in range(1, max_iter + 1):
        # m of the recurrence, with the scale sqrt(xi) of the last column of Y moved into it
        v = np.einsum("kq,knq->nq", wide(s - r * (1 - s)), W.Z)
        v[-1] *= root_xi
        m = 2 * systems.solve(L - v, root_xi, mu)
        m[-1] *= root_xi

        before, before_s = W, wide(s)
        a = before_s * before.a
        M = before_s[:, None, :] * before.M
        M += m
        Z = G @ M
        Z += Y1[:, :, None] * a[:, None, :]
        sums = size * a + np.einsum("kn,knq->kq", Y1, M)
        W = _Iterate(a, M, Z, narrow(np.einsum("knq,knq->kq", M, Z) + a * sums))

        # C - D = t W_before - (1 - s) W; its largest entry is computed where its norm allows
        t = r * (1 - s)
        inner = s * before.d2 + narrow(np.einsum("knq,nq->kq", before.Z, m))
        s = shrink_factors(np.sqrt(np.maximum(W.d2, 0)), kappas)
        parts = t**2 * before.d2 + (1 - s) ** 2 * W.d2
        rounding = 1e-13 * parts  # what cancels in the difference that follows
        norm2 = (parts - 2 * t * (1 - s) * inner - rounding).sum(axis=0)
        done = np.full(len(point), iteration == max_iter)
        for j in np.flatnonzero(norm2 < 1.01 * tol**2 * c * size.sum()):
            q = slice(j * c, j * c + c)
            a_gap = t[:, j, None] * before.a[:, q] - (1 - s[:, j, None]) * W.a[:, q]
            M_gap = t[:, j, None, None] * before.M[:, :, q]
            M_gap -= (1 - s[:, j, None, None]) * W.M[:, :, q]
            gaps = zip(Y, M_gap, a_gap, strict=True)
            done[j] |= all(np.abs(Y_i @ M_i + a_i).max() < tol for Y_i, M_i, a_i in gaps)

        for j in np.flatnonzero(done):
            q = slice(j * c, j * c + c)
            yield point[j], Solution(s[:, j], W.a[:, q], W.M[:, :, q], iteration)
        if done.all():
            return
        if done.any():
            left, columns = np.flatnonzero(~done), np.flatnonzero(wide(~done))
            W, s, point, kappas = W.take(left, columns), s[:, left], point[left], kappas[left]
            L, root_xi = L[:, columns], root_xi[columns]
        r = mu / min(rho * mu, mu_max)
        mu = min(rho * mu, mu_max)
