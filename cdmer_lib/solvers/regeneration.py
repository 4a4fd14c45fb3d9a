"""The objective behind TSRG, DRFS-T and DRLS, and its solver.

    min_P ||B - P'K||_F^2 + lambda ||P'k||^2 + mu ||P||_1

K (n, m) holds the kernel between all n = n_s + n_t samples and those whose image B (D, m) is
asked for, k (n,) is the difference of the mean kernel columns of source and target. Source: Zong
et al., TSRG (ACM MM 2017) and domain regeneration (TIP 2018); the solver is the inexact augmented
Lagrange method that paper A prints for RSTR, with its misprints put right.
"""

import numpy as np
from scipy.linalg.blas import dgemm
from threadpoolctl import threadpool_limits

from .proximal import penalties

CHUNK = 384  # columns at a time: their arrays stay in the processor's cache


class Regenerator:
    """Solve the problem for many mu and one lambda, from one eigendecomposition.

    The iterates are those of :func:`~cdmer_lib.solvers.plain.rstr_plain`. With W = Q - T/kappa and
    c = clip(W, +-mu/kappa): P = W - c and T = -kappa c, so the next W is P + U m, m = h U'R - e h
    U'(P + T/kappa), h = 1 / (e + kappa/2), where U e U' is the thin eigendecomposition of G = K K'
    + lambda k k' (rank at most m + 1). The matrix e h has norm at most 1, so that rounding is not
    amplified. While P = 0, only U'W = m is needed, and it costs no product. Columns are
    independent, and stop together as printed. K is (n, m), k (n,).
    """

    def __init__(self, K, k, lam):
        root = np.c_[K, np.sqrt(lam) * k]
        U, singular, _ = np.linalg.svd(root, full_matrices=False)
        rank = max(1, np.count_nonzero(singular > singular[0] * 1e-12))
        self.U, self.e, self.K = U[:, :rank], singular[:rank] ** 2, K

    def solve(self, B, mu, *, rho=1.1, kappa=1e-3, kappa_max=1e15, tol=1e-8, max_iter=1000):
        """Solve the problem for one mu: P (n, D), and the number of iterations.

        B (D, m) is what the m samples should become; the other arguments are those of
        :func:`~cdmer_lib.solvers.plain.rstr_plain`.
        """
        kappas = list(penalties(kappa, rho, kappa_max, max_iter))
        R = B @ (self.K.T @ self.U)  # (U'R)'
        P = np.ones((len(B), len(self.U)))
        chunks = [slice(start, start + CHUNK) for start in range(0, len(B), CHUNK)]
        # the products are small: threads wait for each other more than they compute (13 to 1)
        with threadpool_limits(1, user_api="blas"):
            columns = (_Columns(P[c], R[c], self.U, self.e, mu, kappa) for c in chunks)
            runs = [some.run(kappas, tol) for some in columns]
            used = [next(run) for run in runs]
            for run, n_iter in zip(runs, used, strict=True):
                for _ in range(max(used) - n_iter):
                    next(run)
        return P.T, max(used)


class _Columns:
    """The iteration for some of the columns of P, stored as rows and changed in place.

    With a large mu all these columns are 0 for most of the iterations ("at rest"). Then P + U m
    needs no product, and only m = U'W is stored. A column is 0 in the next iteration too if no
    entry of T can pass mu: that holds while the 2-norm of the change of T is smaller than the
    distance of the largest entry of T from mu ("slack").
    """

    def __init__(self, P, R, U, e, mu, kappa):
        self.P, self.R, self.U, self.e, self.mu = P, R, np.asfortranarray(U), e, mu
        self.c = np.full_like(P, -1 / kappa)  # -T / kappa
        self.before, self.product = np.empty_like(P), np.empty_like(P)
        self.m = None  # at rest: U'W
        self.probe = 0  # a row that has not converged

    def run(self, kappas, tol):
        """Yield the number of iterations when max |P - Q| < tol, and at every later one."""
        converged, last = False, kappas[0]
        for iteration, kappa in enumerate(kappas, 1):
            self._step(kappa, last / kappa, may_rest=iteration == 1)
            converged, last = converged or self._converged(tol), kappa
            if converged or iteration == len(kappas):
                yield iteration

    def _step(self, kappa, ratio, may_rest):
        h, bound = 1 / (self.e + kappa / 2), self.mu / kappa
        eh, hR = self.e * h, h * self.R
        if self.m is None:
            np.multiply(self.c, ratio, out=self.before)
            np.subtract(self.P, self.before, out=self.product)
            m = hR - eh * (self.product @ self.U)
            dgemm(1, self.U, m.T, 1, self.P.T, overwrite_c=1)  # W = P + U m
        else:
            self.m_before = ratio * self.m
            self.m = hR + eh * self.m_before
            if (_norms(kappa * self.m - self.T) < self.slack).all():
                return
            np.matmul(self.m_before, self.U.T, out=self.before)
            np.matmul(self.m, self.U.T, out=self.P)
            self.m, may_rest = None, True
        np.clip(self.P, -bound, bound, out=self.c)
        self.P -= self.c
        if may_rest and not self.P.any():
            self.m, self.m_before = self.c @ self.U, self.before @ self.U
            self.T = kappa * self.m  # -U'T
            self.slack = self.mu - kappa * np.abs(self.c).max(axis=1)

    def _converged(self, tol):
        """Whether max |P - Q| = max |c - before| is below tol; most often one row tells."""
        if self.m is not None:
            change = self.m - self.m_before
            return (
                _norms(change).max() < tol * len(self.U) and np.abs(change @ self.U.T).max() < tol
            )
        if np.abs(self.c[self.probe] - self.before[self.probe]).max() >= tol:
            return False
        gaps = np.abs(self.c - self.before).max(axis=1)
        self.probe = gaps.argmax()
        return gaps[self.probe] < tol


def _norms(A):
    """2-norms of the rows."""
    return np.sqrt(np.einsum("ij,ij->i", A, A))


def kernel_columns(Xs, Xt):
    """Linear kernel of all n = n_s + n_t samples against the source, against the target, and k.

    Returns Ks (n, n_s), Kt (n, n_t) and k (n,), the difference of their mean columns.
    """
    X = np.vstack([Xs, Xt])
    Ks, Kt = X @ Xs.T, X @ Xt.T
    return Ks, Kt, Ks.mean(axis=1) - Kt.mean(axis=1)
