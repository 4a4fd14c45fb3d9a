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
WINDOW = 8  # iterations between two looks at which columns are at rest


class Regenerator:
    """Solve the problem for many mu and one lambda, from one eigendecomposition.

    The iterates are those of :func:`~cdmer_lib.solvers.plain.rstr_plain`. With W = Q - T/kappa and
    c = clip(W, +-mu/kappa): P = W - c and T = -kappa c, so the next W is P + U m, m = h [U'R - e
    U'(P + T/kappa)], h = 1 / (e + kappa/2), where U e U' is the thin eigendecomposition of G = K K'
    + lambda k k' (rank at most m + 1). The matrix e h has norm at most 1, so that rounding is not
    amplified. Columns are independent. A chunk of them passes the test of Algorithm 1 at its own
    iteration, and all run as long as the slowest chunk (as printed, all must pass in one iteration,
    which may come a few iterations later). K is (n, m), k (n,).
    """

    def __init__(self, K, k, lam):
        root = np.c_[K, np.sqrt(lam) * k]
        U, singular, _ = np.linalg.svd(root, full_matrices=False)
        rank = max(1, np.count_nonzero(singular > singular[0] * 1e-12))
        self.U, self.e, self.K = np.asfortranarray(U[:, :rank]), singular[:rank] ** 2, K

    def solve(self, B, mu, *, rho=1.1, kappa=1e-3, kappa_max=1e15, tol=1e-8, max_iter=1000):
        """Solve the problem for one mu: P (n, D), and the number of iterations.

        B (D, m) is what the m samples should become; the other arguments are those of
        :func:`~cdmer_lib.solvers.plain.rstr_plain`.
        """
        kappas = np.array(list(penalties(kappa, rho, kappa_max, max_iter)))
        R = B @ (self.K.T @ self.U)  # (U'R)'
        P = np.empty((len(B), len(self.U)))
        chunks = [slice(start, start + CHUNK) for start in range(0, len(B), CHUNK)]
        # the products are small: threads wait for each other more than they compute (13 to 1)
        with threadpool_limits(1, user_api="blas"):
            runs = [_Columns(R[chunk], self.U, self.e, mu, kappas) for chunk in chunks]
            most = max([run.advance(tol=tol) for run in runs])
            for chunk, run in zip(chunks, runs, strict=True):
                run.advance(to=most)
                P[chunk][run.order] = run.P
        return P.T, most


class _Columns:
    """The iteration for some of the columns of P, stored as rows and changed in place.

    The first ``n`` rows are iterated. The others are 0, and stay so for some iterations ("at
    rest"), since no entry of T can pass mu. Then T = -U t, where t - 2 U'R shrinks by e h in each
    iteration: many iterations are one product of numbers. R (rows, r) holds the columns of U'R, U
    is (n, r), e (r,), kappas has the penalty of each iteration.
    """

    def __init__(self, R, U, e, mu, kappas):
        self.R, self.U, self.e, self.mu, self.kappas = R, U, e, mu, kappas
        self.P = np.ones((len(R), len(U)))
        self.c = np.full_like(self.P, -1 / kappas[0])  # -T / kappa
        self.order, self.n, self.done = np.arange(len(R)), len(R), 0
        self.scratch = np.empty_like(self.P), np.empty_like(self.P), np.empty_like(R)
        self.t, self.looked = np.zeros_like(R), 0  # as it was when so many iterations were done
        self.probe = 0  # a row that has not converged

    def advance(self, to=None, tol=0):
        """Iterate until max |P - Q| < tol, or up to an iteration; returns how many in all."""
        converged = False
        while self.done < (to or len(self.kappas)) and not converged:
            before = self._step()
            converged = to is None and self._converged(before, tol)
            if self.done % WINDOW == 0 and (self.n < len(self.P) or not self.looked):
                self._look()
        return self.done

    def _step(self):
        """One iteration of the first n rows; returns what -T / kappa was before."""
        last, kappa = self.kappas[max(self.done - 1, 0)], self.kappas[self.done]
        P, c = self.P[: self.n], self.c[: self.n]
        before, product, m = (some[: self.n] for some in self.scratch)
        np.multiply(c, last / kappa, out=before)
        if self.n:
            np.subtract(P, before, out=product)
            np.matmul(product, self.U, out=m)
            m *= -self.e
            m += self.R[: self.n]
            m *= 1 / (self.e + kappa / 2)
            dgemm(1, self.U, m.T, 1, P.T, overwrite_c=1)  # W = P + U m
            np.clip(P, -self.mu / kappa, self.mu / kappa, out=c)
            P -= c
        self.done += 1
        return before

    def _converged(self, before, tol):
        """Whether max |P - Q| = max |c - before| is below tol; most often one row tells."""
        if self.n:
            if np.abs(self.c[self.probe] - before[self.probe]).max() >= tol:
                return False
            gaps = np.abs(self.c[: self.n] - before).max(axis=1)
            self.probe = gaps.argmax()
            if gaps[self.probe] >= tol:
                return False
        change = self._left(self.looked, self.done) - self._left(self.looked, self.done - 1)
        change = change * (self.t - 2 * self.R) / self.kappas[self.done - 1]
        return all(
            np.abs(change[rows] @ self.U.T).max(initial=0) < tol
            for rows in (slice(self.n, self.n + 1), slice(self.n, None))
        )

    def _left(self, start, stop):
        """By how much t - 2 U'R shrinks in the iterations from start up to stop."""
        return np.prod(self.e / (self.e + self.kappas[start:stop, None] / 2), axis=0)

    def _look(self):
        """Find the rows that are at rest up to the next look, and put them last.

        All that are 0 are candidates at the first look, later those that have been at rest so far.
        """
        kappa, goal = self.kappas[self.done - 1], 2 * self.R
        if self.looked:
            idle, left = slice(self.n, None), self._left(self.looked, self.done)
            self.t[idle] = (self.t[idle] - goal[idle]) * left + goal[idle]
            T = self.t[idle] @ self.U.T
            self.c[idle] = T / kappa
        else:
            idle = ~self.P.any(axis=1)
            self.t[idle] = kappa * (self.c[idle] @ self.U)
            T = self.t[idle] @ self.U.T
        moves = (1 - self._left(self.done, self.done + WINDOW)) * (self.t - goal)[idle]
        others = np.linalg.norm(moves[:, 1:], axis=1)
        moves = np.abs(moves[:, 0]) * np.abs(self.U[:, 0]).max() + others
        rests = np.zeros(len(self.P), dtype=bool)
        rests[idle] = np.abs(T).max(axis=1) + moves < self.mu
        rows = np.argsort(rests, kind="stable")
        for name in ("P", "c", "R", "t", "order"):
            setattr(self, name, getattr(self, name)[rows])
        self.n, self.looked, self.probe = len(rows) - rests.sum(), self.done, 0


def kernel_columns(Xs, Xt):
    """Linear kernel of all n = n_s + n_t samples against the source, against the target, and k.

    Returns Ks (n, n_s), Kt (n, n_t) and k (n,), the difference of their mean columns.
    """
    X = np.vstack([Xs, Xt])
    Ks, Kt = X @ Xs.T, X @ Xt.T
    return Ks, Kt, Ks.mean(axis=1) - Kt.mean(axis=1)
