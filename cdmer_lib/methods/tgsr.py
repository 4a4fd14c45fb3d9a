"""TGSR: transfer group sparse regression, which keeps kappa blocks of features.

Source: paper B, equations (1) to (14) and Algorithm 1.
"""

import numpy as np

from ..errors import InvalidInput
from ..solvers.blocks import block_columns
from ..solvers.tgsr_gram import block_data, solve
from .base import DomainAdapter, one_hot, parameters
from .ranges import AT_LEAST_1, BLOCKS, COUNT, NOT_NEGATIVE, POSITIVE, colon, points, union

KAPPA = list(range(1, 86))
# 276 values as printed: 0.01, 0.1, 1, 10 and 100 stand in two runs each
XI = colon(
    (0.001, 0.0002, 0.01), (0.01, 0.002, 0.1), (0.1, 0.02, 1),
    (1, 0.2, 10), (10, 2, 100), (100, 20, 1000),
)  # fmt: skip
COARSE_XI = [0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0, 30.0, 100.0, 300.0, 1000.0]
COARSE = points(kappa=KAPPA, xi=COARSE_XI)
FEW = points(kappa=[1, 5, 12, 20, 28, 46, 62, 75, 85], xi=[10.0**e for e in range(-3, 4)])
# The best cells of Exp. 1 to 12, as paper B's text lists them. Exp. 3 lists 4000, which is not on
# the printed grid.
PUBLISHED = [
    (85, 0.0022), (46, 0.0036), (14, 4000.0), (85, 0.0044), (12, 44.0), (12, 280.0),
    (62, 0.0012), (28, 0.098), (85, 0.003), (85, 0.028), (85, 0.0016), (75, 0.022),
]  # fmt: skip


@parameters
class TGSR(DomainAdapter):
    """Transfer group sparse regression.

    Regresses the label matrix on the features, keeps ``kappa`` blocks of them and asks that the
    predicted labels of source and target have the same mean. Transductive in training only: a new
    row x is labelled by the largest entry of C'x (equation (14) needs no projection for that).

    Parameters
    ----------
    kappa : int, default=85
        Number of blocks to keep, 1..K. With kappa = K nothing is shrunk: a ridge regression.
    xi : float, default=0.001
        Weight of the squared difference of the mean predictions (MMD).
    blocks : {"authors", "facial"}, int or list of array-like, default="authors"
        Which columns form a block, see :func:`~cdmer_lib.solvers.blocks.block_columns`. The
        published numbers come from ``"authors"``; ``"facial"`` are the true facial blocks.
    mu_0, rho, mu_max, tol : float
        Penalty of Algorithm 1, its growth and bound, and the tolerance on ``max |C - D|``.
    max_iter : int, default=1000
        Bound on the iterations; the papers' grids need at most about 220.

    Attributes
    ----------
    C_ : ndarray of shape (n_features, c)
        Regression matrix, rows of unselected blocks 0, columns in the order of ``class_order_``.
    selected_ : ndarray of shape (K,), bool
    n_iter_ : int
    """

    published = {i: {"kappa": kappa, "xi": xi} for i, (kappa, xi) in enumerate(PUBLISHED, 1)}
    grids = {
        "paper": points(kappa=KAPPA, xi=XI),
        "coarse": union(COARSE, published.values()),
        "quick": union(FEW, published.values()),
    }
    heavy, recorded = True, COARSE
    grid_parameters = ("kappa", "xi")
    points_per_batch = 512  # some seconds; they share the Gram matrices
    safe_margin = 1e-6  # a perturbation of 1e-12 moves the decision values by some 1e-11

    kappa: COUNT = 85
    xi: NOT_NEGATIVE = 1e-3
    blocks: BLOCKS = "authors"
    mu_0: POSITIVE = 1e-3
    rho: AT_LEAST_1 = 1.1
    mu_max: POSITIVE = 1e15
    tol: POSITIVE = 1e-8
    max_iter: COUNT = 1000

    def _fit(self, Xs, codes, Xt):
        blocks = block_columns(self.blocks, Xs.shape[1])
        Y = block_data(Xs, Xt, blocks)
        _, solution = next(self._solve(Y, codes, [self.kappa], [self.xi]))
        self.C_ = np.empty((Xs.shape[1], len(self.classes_)))
        self.C_[np.concatenate(blocks)] = np.vstack(solution.coefficients(Y))
        self.selected_ = solution.s > 0
        self.n_iter_ = solution.n_iter

    def _scores(self, rows):
        return rows @ self.C_

    def _grid(self, Xs, codes, Xt, points, X):
        # the points share all Gram matrices
        blocks = block_columns(self.blocks, Xs.shape[1])
        Y = block_data(Xs, Xt, blocks)
        # X_i W_i = a_i X_i 1 + (X_i Y_i) M_i: the features are read once for all points
        XY = np.hstack([X[:, block] @ Y_i for block, Y_i in zip(blocks, Y, strict=True)])
        X1 = np.stack([X[:, block].sum(axis=1) for block in blocks], axis=1)
        kappas, xis = ([point[name] for point in points] for name in ("kappa", "xi"))
        for index, (s, a, M, _) in self._solve(Y, codes, kappas, xis):
            M = (s[:, None, None] * M).reshape(XY.shape[1], -1)
            scores = XY @ M + X1 @ (s * a)[:, None]
            yield index, scores.argmax(axis=1), scores

    def selection_path(self, Xs, ys, Xt, kappas):
        """Which blocks are kept at each of some values of kappa, at this ``xi``.

        Parameters
        ----------
        Xs, ys, Xt
            As for ``fit``.
        kappas : sequence of int

        Returns
        -------
        ndarray of shape (len(kappas), K), bool
        """
        Xs, codes, Xt = self._check(Xs, ys, Xt)
        Y = block_data(Xs, Xt, block_columns(self.blocks, Xs.shape[1]))
        kept = np.empty((len(kappas), len(Y)), dtype=bool)
        for index, solution in self._solve(Y, codes, kappas, [self.xi] * len(kappas)):
            kept[index] = solution.s > 0
        return kept

    def _solve(self, Y, codes, kappas, xis):
        largest = max(np.abs(Y_i[:, :-1]).sum(axis=0).max() for Y_i in Y)
        if self.tol * largest > 1:
            raise InvalidInput(
                f"expected features so small that a coefficient of tol={self.tol:g} changes no "
                f"label, found a sum of {largest:.3g} over a block: the iteration would stop at "
                "once; scale source and target by the same factor, or lower tol"
            )
        if max(kappas) > len(Y):
            raise InvalidInput(
                f"expected kappa in 1..{len(Y)} (the number of blocks), found {max(kappas)}"
            )
        constants = {name: getattr(self, name) for name in ("rho", "mu_max", "tol", "max_iter")}
        return solve(Y, one_hot(codes), kappas, xis, mu=self.mu_0, **constants)
