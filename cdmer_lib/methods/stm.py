"""STM: selective transfer machine. Source: Chu et al., CVPR 2013 and TPAMI 2017."""

import numpy as np

from ..solvers.gram_svm import OneVsRest
from ..solvers.selective_transfer import alternation, matching_kernels
from ..solvers.squared_hinge import EarlyStoppedSVM, SquaredHingeSVM
from .base import KernelMachine, parameters
from .ranges import POSITIVE, cheap, colon, one_of, points

LAMBDA = [
    *colon((0.001, 0.001, 0.009), (0.01, 0.01, 0.09), (0.1, 0.1, 1), (2, 1, 100)), 1000.0, 10000.0
]  # fmt: skip


@parameters
class STM(KernelMachine):
    """A linear SVM and the weights of its source samples, learnt together.

    One problem for each class against the rest, see :mod:`cdmer_lib.solvers.selective_transfer`.

    Parameters
    ----------
    lam : float, default=1.0
        Weight of the mean matching.
    solver : {"released", "exact"}, default="released"
        How each machine is trained: by the early-stopped conjugate gradients of the public code,
        which the printed row needs, or to its minimum.
    upper : float, default=2000.0
        Largest weight of a sample.
    C : float, default=1.0

    Attributes
    ----------
    weights_ : ndarray of shape (c, n_s)
        The weights that each class's last machine was trained with.
    n_passes_ : ndarray of shape (c,)
        Machines trained for each class.
    """

    grids = cheap(points(lam=LAMBDA))
    grid_parameters = ("lam",)
    points_per_batch = 16  # all lam share the kernels
    perturbations = 10  # three found all but one of the points that differ between processors

    lam: POSITIVE = 1.0
    solver: one_of("released", "exact") = "released"
    upper: POSITIVE = 2000.0
    C: POSITIVE = 1.0

    def _rows(self, X):
        return X @ self.Xs_.T

    def _share(self, Xs, Xt):
        self.Xs_, self.K_ = Xs, Xs @ Xs.T
        self.matching_ = matching_kernels(Xs, Xt)

    def _train(self, codes, lam):
        weights, n_passes = [], []

        def last_machine(K, y):
            passes = list(alternation(K, y, *self.matching_, lam, self._machine, upper=self.upper))
            s, machine, _ = passes[-1]
            weights.append(s)
            n_passes.append(len(passes))
            return machine

        self.svm_ = OneVsRest(last_machine, self.K_, codes)
        self.weights_, self.n_passes_ = np.array(weights), np.array(n_passes)

    def _machine(self, K, y, s):
        if self.solver == "released":
            return EarlyStoppedSVM(K, y, s, self.C)
        machine = SquaredHingeSVM(K, y, self.C * s / 2)
        machine.objective /= self.C
        return machine
