"""The estimator behind TSRG, DRFS-T and DRLS: their parameters and their sweep."""

from functools import cache, partial
from numbers import Integral, Real

import numpy as np
from sklearn.utils._param_validation import Interval, StrOptions

from .base import DomainAdapter
from .ranges import colon, points, union
from .regeneration import Regenerator, kernel_columns
from .regeneration_torch import TorchRegenerator

LAMBDA = [10.0**e for e in range(-3, 4)]
MU = colon((0.001, 0.001, 0.009), (0.01, 0.01, 0.09), (0.1, 0.1, 1), (2, 1, 10))
PRINTED = points(lam=LAMBDA, mu=MU)  # the range of all three methods


def with_published(published):
    """The printed grid, and a quick one that holds the points of the published cells."""
    few = points(lam=[0.1, 100.0], mu=[0.03, 0.3])
    return {"paper": PRINTED, "quick": union(few, published.values())}


class Regeneration(DomainAdapter):
    """Base of the three methods: their parameters, and one eigendecomposition for a whole sweep.

    A subclass says what the images B are (``_problem``), what is done with P (``_use``), which
    decision values follow, and whether rounding P to single precision could change a label
    (``_close``).
    """

    grid_parameters = ("lam", "mu")
    points_per_batch = 4  # a kernel and a decomposition for each batch, some seconds a point

    _parameter_constraints = {
        "lam": [Interval(Real, 0, None, closed="left")],
        "mu": [Interval(Real, 0, None, closed="left")],
        "dtype": [StrOptions({"auto", "float32", "float64"})],
        "max_iter": [Interval(Integral, 1, None, closed="left")],
        "device": [str],
    }

    def __init__(self, lam=0.1, mu=0.3, dtype="auto", max_iter=1000, device="cpu"):
        self.lam = lam
        self.mu = mu
        self.dtype = dtype
        self.max_iter = max_iter
        self.device = device

    def _fit(self, Xs, codes, Xt):
        problem = self._prepare(Xs, codes, Xt)
        point = {"lam": self.lam, "mu": self.mu}
        list(self._solve_points(*problem, [point], lambda P: self._read(P, Xt)))

    def _read(self, P, X):
        """Put P to use; whether no label of the rows X hangs on its last digits."""
        self.P_ = P
        self._use()
        return self.dtype != "auto" or not self._close(X)

    def _prepare(self, Xs, codes, Xt):
        self.Xs_, self.codes_, self.X_ = Xs, codes, np.vstack([Xs, Xt])
        self.Ks_, Kt, k = kernel_columns(Xs, Xt)
        return *self._problem(Xs, codes, Xt, self.Ks_, Kt), k

    def _grid(self, Xs, codes, Xt, points, X):
        problem = self._prepare(Xs, codes, Xt)
        for index in self._solve_points(*problem, points, lambda P: self._read(P, X)):
            yield index, *self._label(self._rows(X))

    def _solve_points(self, B, K, k, points, read):
        """Hand P of every point to ``read``, again in float64 where it asks for that.

        The points of one lam share its decomposition.
        """
        precisions = ("float32", "float64") if self.dtype == "auto" else (self.dtype,)
        for lam in dict.fromkeys(point["lam"] for point in points):
            regenerator = cache(partial(self._regenerator, K, k, lam))
            for index, point in enumerate(points):
                if point["lam"] == lam:
                    for dtype in precisions:
                        P, self.n_iter_ = regenerator(dtype).solve(
                            B, point["mu"], max_iter=self.max_iter
                        )
                        if read(P):
                            break
                    yield index

    def _regenerator(self, K, k, lam, dtype):
        dtype = np.dtype(dtype).type
        if self.device == "cpu":
            return Regenerator(K, k, lam, dtype)
        return TorchRegenerator(K, k, lam, dtype, self.device)
