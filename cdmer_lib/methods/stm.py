"""STM: selective transfer machine. Source: Chu et al., CVPR 2013 and TPAMI 2017."""

import numpy as np
from sklearn.metrics.pairwise import rbf_kernel

from ..solvers.density_ratio import kmm, mean_matching
from ..solvers.gram_svm import OneVsRest, gram_svm
from ..solvers.squared_hinge import SquaredHingeSVM
from .constraints import COUNT, POSITIVE, WIDTH, one_of
from .kernel_machine import KernelMachine
from .ranges import cheap, colon, points

LAMBDA = [
    *colon((0.001, 0.001, 0.009), (0.01, 0.01, 0.09), (0.1, 0.1, 1), (2, 1, 100)), 1000.0, 10000.0
]  # fmt: skip


class STM(KernelMachine):
    """A linear SVM and the weights of its source samples, learnt together.

    min_{f, s} ||f||^2 / 2 + C sum_i s_i l(y_i f(x_i))
               + lam ||1/n_s sum_i s_i phi(x_i) - 1/n_t sum_j phi(z_j)||^2 n_s^2 / 2

    under 0 <= s_i <= upper and ``|sum s - n_s| <= n_s slack``, l the squared hinge, phi the feature
    map of a Gaussian kernel; one such problem for each class against the rest. It is convex in f
    and in s, not in both: the two are solved in turn.

    Parameters
    ----------
    lam : float, default=1.0
        Weight of the mean matching.
    loss : {"squared_hinge", "hinge"}, default="squared_hinge"
    start : {"ones", "kmm"}, default="ones"
        First weights: all ones, or those of kernel mean matching alone.
    n_alternations : int, default=5
        Number of machines trained; between two of them the weights are solved.
    sigma : float, default=1.0
        Width of the Gaussian kernel, exp(-d^2 / (2 sigma^2)).
    upper : float, default=1000.0
    C : float, default=1.0

    Attributes
    ----------
    weights_ : ndarray of shape (c, n_s)
        The weights that each class's last machine was trained with.
    """

    grids = cheap(points(lam=LAMBDA))
    grid_parameters = ("lam",)
    points_per_batch = 16  # all lam share the kernels

    _parameter_constraints = {
        "lam": POSITIVE,
        "loss": one_of("squared_hinge", "hinge"),
        "start": one_of("ones", "kmm"),
        "n_alternations": COUNT,
        "sigma": WIDTH,
        "upper": POSITIVE,
        "C": POSITIVE,
    }

    def __init__(
        self, lam=1.0, loss="squared_hinge", start="ones", n_alternations=5, sigma=1.0,
        upper=1000.0, C=1.0,
    ):  # fmt: skip
        self.lam = lam
        self.loss = loss
        self.start = start
        self.n_alternations = n_alternations
        self.sigma = sigma
        self.upper = upper
        self.C = C

    def _rows(self, X):
        return X @ self.Xs_.T

    def _share(self, Xs, Xt):
        self.Xs_, self.K_ = Xs, Xs @ Xs.T
        gamma = 1 / (2 * self.sigma**2)
        self.G_, Gst = rbf_kernel(Xs, gamma=gamma), rbf_kernel(Xs, Xt, gamma)
        self.f_ = -len(Xs) * Gst.mean(axis=1)
        self.first_ = (
            np.ones(len(Xs)) if self.start == "ones" else kmm(self.G_, Gst, upper=self.upper)
        )

    def _train(self, codes, lam):
        weights = []
        self.svm_ = OneVsRest(lambda K, y: self._machine(K, y, lam, weights), self.K_, codes)
        self.weights_ = np.array(weights)

    def _machine(self, K, y, lam, weights):
        s = self.first_
        svm, loss = self._weighted(K, y, s)
        for _ in range(1, self.n_alternations):
            s = mean_matching(self.G_, self.f_ + self.C / lam * loss, upper=self.upper)
            svm, loss = self._weighted(K, y, s)
        weights.append(s)
        return svm

    def _weighted(self, K, y, s):
        """The machine for weights s, and the loss of each sample."""
        if self.loss == "squared_hinge":
            svm, power = SquaredHingeSVM(K, y, self.C * s), 2
        else:
            svm, power = gram_svm(K, y, self.C, weights=s), 1
        return svm, np.maximum(0, 1 - y * svm.decision_function(K)) ** power
