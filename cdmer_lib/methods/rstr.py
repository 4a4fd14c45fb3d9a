"""RSTR: region selective transfer regression. Source: paper A, equations (1) to (14)."""

from functools import cache

import numpy as np

from ..solvers.blocks import block_columns
from ..solvers.regeneration import Regenerator
from ..solvers.region_weights import block_kernels, block_weights, selection
from .base import DomainAdapter, one_hot, parameters
from .ranges import BLOCKS, BOOLEAN, COUNT, NOT_NEGATIVE, POSITIVE, cheap, colon, one_of, points

# as the print calls them
LAMBDA, MU = [10.0**e for e in range(-1, 5)], colon((0.1, 0.1, 5))
TAU = colon((0.01, 0.01, 0.1))


@parameters
class RSTR(DomainAdapter):
    """Kernel regression of the labels with a non-negative weight for each block of features.

    min_{P, w} ||L_s - P' sum_i w_i K_i^s||_F^2 + lambda ||w||_1 + mu ||P||_1
               + gamma ||P' sum_i w_i (K_i^s 1/n_s - K_i^t 1/n_t)||^2,   w >= 0    (8)

    P and w are solved in turn, P first; a new row is labelled by the largest entry of
    P' sum_i w_i k_i(x). The printed ranges call gamma lambda, and the weight of ||w||_1 tau.

    Parameters
    ----------
    gamma, mu : float, default=10.0 and 1.0
        Weights of the squared difference of the means and of the sparsity of P.
    lam : float, default=0.05
        Weight of the sparsity of w, see ``relative``.
    relative : bool, default=True
        ``lam`` is a fraction of the smallest weight that makes w zero; else the weight itself.
    blocks : {"authors", "facial"}, int or list of array-like, default="authors"
        Which columns form a block, see :func:`~cdmer_lib.solvers.blocks.block_columns`.
    degree : float, default=1.0
        Kernel (x'z)^degree of each block; other than whole numbers need x'z >= 0.
    start : {"ones", "mean"}, default="ones"
        First w: all ones, or 1/K each.
    n_alternations : int, default=1
        Number of times that P and w are both solved.
    misprints : {"none", "P", "w", "both"}, default="none"
        Where to follow the print against its own derivatives: sqrt(gamma) for gamma in the update
        of P (Algorithm 1), 1 for gamma in the update of w (equation (13)).

    Attributes
    ----------
    P_ : ndarray of shape (n_s + n_t, c)
    w_ : ndarray of shape (K,)
    """

    # With these letters the scores are near the printed ones; "literal" takes those of the print.
    grids = {
        **cheap(points(gamma=LAMBDA, mu=MU, lam=TAU)),
        "literal": points(lam=LAMBDA, mu=MU, gamma=TAU),
    }
    recorded = 430
    grid_parameters = ("gamma", "mu", "lam")
    points_per_batch = 500  # the printed values of mu and lambda, for one gamma
    safe_margin = 1e-6  # a perturbation of 1e-12 moves the decision values by some 1e-11

    gamma: NOT_NEGATIVE = 10.0
    mu: NOT_NEGATIVE = 1.0
    lam: NOT_NEGATIVE = 0.05
    relative: BOOLEAN = True
    blocks: BLOCKS = "authors"
    degree: POSITIVE = 1.0
    start: one_of("ones", "mean") = "ones"
    n_alternations: COUNT = 1
    misprints: one_of("none", "P", "w", "both") = "none"

    def _share(self, Xs, Xt):
        self.n_s_, self.X_ = len(Xs), np.vstack([Xs, Xt])
        self.blocks_ = block_columns(self.blocks, Xs.shape[1])
        self.K_ = self._rows(self.X_)

    def _train(self, codes, **point):
        ((_, self.P_, self.w_),) = self._solve(codes, [point])

    def _rows(self, X):
        return block_kernels(self.X_, X, self.blocks_, self.degree)

    def _scores(self, rows):
        return np.tensordot(self.w_, self.P_.T @ rows, 1).T

    def _grid(self, Xs, codes, Xt, points, X):
        self._share(Xs, Xt)
        rows = self.K_[:, :, len(Xs) :] if X is Xt else self._rows(X)
        for index, self.P_, self.w_ in self._solve(codes, points):
            scores = self._scores(rows)
            yield index, scores.argmax(axis=1), scores

    def _solve(self, codes, points):
        """Yield (index, P, w) of each point; those of one (gamma, mu) share the first P."""
        Ks, Kt = self.K_[:, :, : self.n_s_], self.K_[:, :, self.n_s_ :]
        k, L = Ks.mean(axis=2) - Kt.mean(axis=2), one_hot(codes).T
        ones = np.full(len(Ks), 1.0 if self.start == "ones" else 1 / len(Ks))
        in_P, in_w = (self.misprints in (which, "both") for which in "Pw")

        def solver(w, gamma):
            return Regenerator(np.tensordot(w, Ks, 1), w @ k, np.sqrt(gamma) if in_P else gamma)

        def form(P, gamma):
            return selection(P, Ks, k, L, 1.0 if in_w else gamma)

        # what the points share: a decomposition for each gamma, a first P for each (gamma, mu)
        first_solver = cache(lambda gamma: solver(ones, gamma))
        first_P = cache(lambda gamma, mu: first_solver(gamma).solve(L, mu)[0])
        first_form = cache(lambda gamma, mu: form(first_P(gamma, mu), gamma))
        for index, point in enumerate(points):
            gamma, mu, lam = point["gamma"], point["mu"], point["lam"]
            P = first_P(gamma, mu)
            w = block_weights(*first_form(gamma, mu), lam, self.relative)
            for _ in range(1, self.n_alternations):
                P = solver(w, gamma).solve(L, mu)[0]
                w = block_weights(*form(P, gamma), lam, self.relative)
            yield index, P, w
