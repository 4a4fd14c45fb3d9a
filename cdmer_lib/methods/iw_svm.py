"""IW-SVM: importance-weighted SVM. Source: Hassan et al., IEEE TASLP 2013; a row of both papers."""

import numpy as np
from sklearn.metrics.pairwise import rbf_kernel

from ..errors import InvalidInput
from ..solvers.density_ratio import kliep, kmm, ulsif
from ..solvers.gram_svm import gram_svm
from .base import KernelMachine, parameters
from .ranges import BOOLEAN, POSITIVE, STRATEGY, WIDTH, cheap, one_of, optional, points

# 600 values as printed: many stand in two runs
LAMBDA = [float(t * i) for t in (1, 10, 100, 1000, 10000, 100000) for i in range(1, 101)]


@parameters
class IWSVM(KernelMachine):
    """Linear SVM whose source samples count as much as the target resembles them.

    Weights w estimate the density ratio target / source at the source samples; sample i has the
    penalty C w_i in every hinge loss.

    Parameters
    ----------
    lam : float, default=1.0
        Ridge of uLSIF; the other two estimators do not use it.
    ratio : {"uLSIF", "KMM", "KLIEP"}, default="uLSIF"
        The estimator, see :mod:`cdmer_lib.solvers.density_ratio`. The paper uses uLSIF.
    sigma : float or None, default=None
        Width of the Gaussian kernel of the estimator, exp(-d^2 / (2 sigma^2)); ``None`` is the
        linear kernel. All target samples are centres.
    scaled : bool, default=False
        Scale the weights to mean 1; else their size decides, with C, how hard the margin is.
    strategy : {"ovr", "ovo"}, default="ovr"
        Multi-class rule, one-vs-rest or one-vs-one votes.
    C : float, default=1.0

    Attributes
    ----------
    weights_ : ndarray of shape (n_s,)
    """

    # "single" is for KMM and KLIEP, which have no lambda
    grids = {**cheap(points(lam=LAMBDA)), "single": points(lam=[1.0])}
    grid_parameters = ("lam",)
    points_per_batch = 100  # all lam share one eigendecomposition

    lam: POSITIVE = 1.0
    ratio: one_of("uLSIF", "KMM", "KLIEP") = "uLSIF"
    sigma: optional(WIDTH) = None
    scaled: BOOLEAN = False
    strategy: STRATEGY = "ovr"
    C: POSITIVE = 1.0

    def _fit(self, Xs, codes, Xt):
        self.Xs_ = Xs
        self._weigh(Xs @ Xs.T, codes, self._weights(Xs, Xt, self.lam))

    def _rows(self, X):
        return X @ self.Xs_.T

    def _grid(self, Xs, codes, Xt, points, X):
        self.Xs_, Kss, K = Xs, Xs @ Xs.T, X @ Xs.T
        # of all lam in one call, which shares an eigendecomposition
        weights = self._weights(Xs, Xt, np.array([point["lam"] for point in points]))
        for index, w in enumerate(np.broadcast_to(weights, (len(points), len(Xs)))):
            self._weigh(Kss, codes, w)
            yield index, *self._label(K)

    def _weights(self, Xs, Xt, lam):
        def kernel(A, B):
            return A @ B.T if self.sigma is None else rbf_kernel(A, B, 1 / (2 * self.sigma**2))

        if self.ratio == "KMM":
            return kmm(kernel(Xs, Xs), kernel(Xs, Xt))
        Phi_s, Phi_t = kernel(Xs, Xt), kernel(Xt, Xt)
        return kliep(Phi_s, Phi_t) if self.ratio == "KLIEP" else ulsif(Phi_s, Phi_t, lam)

    def _weigh(self, Kss, codes, weights):
        if self.scaled and not weights.any():
            raise InvalidInput(
                "expected a positive weight to scale to mean 1, found none: the kernel puts no "
                "source sample near the target; use scaled=False, or a wider kernel"
            )
        self.weights_ = weights / weights.mean() if self.scaled else weights
        self.svm_ = gram_svm(Kss, codes, self.C, self.strategy, self.weights_)
