"""The estimator behind TSRG, DRFS-T and DRLS: their parameters and what their points share."""

import numpy as np

from ..solvers.regeneration import Regenerator, kernel_columns
from .base import DomainAdapter, KernelMachine, parameters
from .ranges import COUNT, NOT_NEGATIVE, STRATEGY, colon, points, union

LAMBDA = [10.0**e for e in range(-3, 4)]
MU = colon((0.001, 0.001, 0.009), (0.01, 0.01, 0.09), (0.1, 0.1, 1), (2, 1, 10))
PRINTED = points(lam=LAMBDA, mu=MU)  # the range of all three methods


def with_published(pairs):
    """``published`` from a (lam, mu) for each experiment, and grids: the quick one holds them."""
    published = {number: {"lam": lam, "mu": mu} for number, (lam, mu) in pairs.items()}
    few = points(lam=[0.1, 100.0], mu=[0.03, 0.3])
    return published, {"paper": PRINTED, "quick": union(few, published.values())}


@parameters
class Regeneration(DomainAdapter):
    """Base of the three methods: min_P ||B - P'K||_F^2 + lam ||P'k||^2 + mu ||P||_1.

    A subclass writes ``_problem(codes)``: the images B (D, m) that are asked for, and the kernel K
    (n_s + n_t, m) between all samples and those that are to have them. All points share the
    kernels; those of one ``lam`` share a decomposition.

    Parameters
    ----------
    lam, mu : float, default=0.1 and 0.3
        Weights of the squared difference of the means and of the sparsity of P.
    max_iter : int, default=1000

    Attributes
    ----------
    P_ : ndarray of shape (n_s + n_t, D)
    n_iter_ : int
    """

    grid_parameters = ("lam", "mu")
    points_per_batch = 4  # a kernel and a decomposition for each batch, some seconds a point

    lam: NOT_NEGATIVE = 0.1
    mu: NOT_NEGATIVE = 0.3
    max_iter: COUNT = 1000

    def _share(self, Xs, Xt):
        self.Xs_, self.Xt_, self.X_ = Xs, Xt, np.vstack([Xs, Xt])
        self.Ks_, self.Kt_, self.k_ = kernel_columns(Xs, Xt)
        self.regenerator_ = None, None

    def _train(self, codes, lam, mu):
        B, K = self._problem(codes)
        if self.regenerator_[0] != lam:
            self.regenerator_ = lam, Regenerator(K, self.k_, lam)
        self.P_, self.n_iter_ = self.regenerator_[1].solve(B, mu, max_iter=self.max_iter)

    def _rows(self, X):
        return X @ self.X_.T


@parameters
class RegeneratingMachine(KernelMachine, Regeneration):
    """Base of TSRG and DRFS-T, which end in an SVM: the ``strategy`` is that of KernelMachine.

    A subclass writes ``_read(codes)``: train the SVM, given ``P_``. TSRG from a to b and DRFS-T
    from b to a have the same P up to the order of its rows: each is the ``twin`` of the other.
    """

    heavy, recorded, folds = True, 12, 3

    strategy: STRATEGY = "ovo"

    def _train(self, codes, lam, mu):
        super()._train(codes, lam, mu)
        self._read(codes)

    def predict_both_ways(self, twin, Xs, ys, Xt, yt, points):
        """Predict the target, and the source by another method that is trained on the target.

        Parameters
        ----------
        twin : RegeneratingMachine
            An estimator of the method that ``twin`` names, with the same arguments.
        Xs, ys, Xt, points
            As for ``predict_grid``.
        yt : array-like of shape (n_t,)
            Target labels, which only ``twin`` sees: the target is its source.

        Yields
        ------
        index : int
            Position in ``points``.
        labels, scores
            What ``predict_grid(Xs, ys, Xt, points)`` yields for this point.
        labels, scores
            What ``twin.predict_grid(Xt, yt, Xs, points)`` yields, up to rounding.
        """
        points = self._complete(points)
        Xs, codes, Xt = self._check(Xs, ys, Xt)
        Xt, codes_back, Xs = twin._check(Xt, yt, Xs)
        self._share(Xs, Xt)
        twin._share(Xt, Xs)
        rows, rows_back = self._rows(Xt), twin._rows(Xs)
        for index, point in enumerate(points):
            self._train(codes, **point)
            twin.P_, twin.n_iter_ = np.roll(self.P_, len(Xt), axis=0), self.n_iter_
            twin._read(codes_back)
            found, scores = self._label(rows)
            found_back, scores_back = twin._label(rows_back)
            yield (
                index, self.class_order_[found], scores,
                twin.class_order_[found_back], scores_back,
            )  # fmt: skip
