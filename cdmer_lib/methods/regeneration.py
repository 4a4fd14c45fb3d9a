"""The objective behind TSRG, DRFS-T and DRLS, and its solver.

    min_P ||B - P'K||_F^2 + lambda ||P'k||^2 + mu ||P||_1

K (n, m) holds the kernel between all n = n_s + n_t samples and those whose image B (D, m) is
asked for, k (n,) is the difference of the mean kernel columns of source and target. Source: Zong
et al., TSRG (ACM MM 2017) and domain regeneration (TIP 2018); the solver is the inexact augmented
Lagrange method that paper A prints for RSTR, with its misprints put right.
"""

import numpy as np

CHUNK = 256  # columns at a time: their arrays stay in the processor's cache


def soft_threshold(A, zeta):
    """S_zeta[A]: shrink every entry towards 0 by zeta."""
    return A - np.clip(A, -zeta, zeta)


def ialm_plain(B, K, k, lam, mu, *, rho=1.1, kappa=1e-3, kappa_max=1e15, tol=1e-8, max_iter=1000):
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
    for iteration in range(1, max_iter + 1):
        Q = np.linalg.solve(G + kappa / 2 * np.eye(len(G)), R + (T + kappa * P) / 2)
        P = soft_threshold(Q - T / kappa, mu / kappa)
        T = T + kappa * (P - Q)
        kappa = min(rho * kappa, kappa_max)
        if np.abs(P - Q).max() < tol:
            break
    return P, iteration


class Regenerator:
    """The same iterates for many mu of one lambda, from one eigendecomposition.

    With W = Q - T/kappa and c = clip(W, +-mu/kappa): P = W - c and T = -kappa c, so the next
    W is P + U (h U'R - e h U'(P + T/kappa)), h = 1 / (e + kappa/2), where U e U' is the thin
    eigendecomposition of G = K K' + lambda k k' (rank at most m + 1). The matrix e h has norm at
    most 1, which makes single precision safe. Columns are independent and stop one chunk at a time.

    Parameters
    ----------
    K : ndarray of shape (n, m)
    k : ndarray of shape (n,)
    lam : float
    dtype : numpy dtype, default=float64
    """

    def __init__(self, K, k, lam, dtype=np.float64):
        root = np.c_[K, np.sqrt(lam) * k]
        U, singular, _ = np.linalg.svd(root, full_matrices=False)
        kept = singular > singular.max(initial=0) * 1e-12
        self.U, self.e, self.K = U[:, kept], singular[kept] ** 2, K
        self.dtype = dtype

    def solve(self, B, mu, *, rho=1.1, kappa=1e-3, kappa_max=1e15, tol=1e-8, max_iter=1000):
        """Minimise for one mu.

        Parameters
        ----------
        B : ndarray of shape (D, m)
        mu : float

        Returns
        -------
        P : ndarray of shape (n, D)
        n_iter : int
            The largest count of all chunks.
        """
        UR = (self.U.T @ self.K) @ B.T
        U, n_iter = self.U.astype(self.dtype), 0
        P = np.empty((len(U), len(B)), dtype=self.dtype)
        for start in range(0, len(B), CHUNK):
            columns = slice(start, start + CHUNK)
            P[:, columns], used = self._columns(
                U, UR[:, columns].astype(self.dtype), mu, rho, kappa, kappa_max, tol, max_iter
            )
            n_iter = max(n_iter, used)
        return P, n_iter

    def _columns(self, U, UR, mu, rho, kappa, kappa_max, tol, max_iter):
        P = np.ones((len(U), UR.shape[1]), dtype=self.dtype)
        shift = P / self.dtype(kappa)  # T / kappa
        for iteration in range(1, max_iter + 1):
            h = 1 / (self.e + kappa / 2)
            eh = (self.e * h).astype(self.dtype)[:, None]
            P += U @ (h.astype(self.dtype)[:, None] * UR - eh * (U.T @ (P + shift)))
            clipped = np.clip(P, -mu / kappa, mu / kappa)
            P -= clipped
            shift += clipped  # now (T_old - T_new) / kappa = Q - P
            gap = max(shift.max(), -shift.min())
            larger = min(rho * kappa, kappa_max)
            shift = clipped * self.dtype(-kappa / larger)
            kappa = larger
            if gap < tol:
                break
        return P, iteration


def kernel_columns(Xs, Xt):
    """Linear kernel of all samples against the source, against the target, and k.

    Returns
    -------
    Ks : ndarray of shape (n_s + n_t, n_s); Kt : (n_s + n_t, n_t); k : (n_s + n_t,)
    """
    X = np.vstack([Xs, Xt])
    Ks, Kt = X @ Xs.T, X @ Xt.T
    return Ks, Kt, Ks.mean(axis=1) - Kt.mean(axis=1)
