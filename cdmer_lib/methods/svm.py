"""The baseline: a linear LIBSVM C-SVC trained on the source, no adaptation.

Source: paper A, Section II-B ("Baseline"), and Section IV-A.1 (linear kernel, C = 1).
"""

import numpy as np

from ..solvers.gram_svm import gram_svm
from .base import KernelMachine, parameters
from .ranges import POSITIVE, STRATEGY, cheap, one_of, points


@parameters
class SVM(KernelMachine):
    """Linear support vector machine, trained on the source alone; the target is not used.

    Parameters
    ----------
    C : float, default=1.0
        Penalty of the slack variables.
    strategy : {"ovo", "ovr"}, default="ovo"
        Multi-class rule: one-vs-one votes (LIBSVM), or one-vs-rest.
    class_order : {"appearance", "sorted"}, default="appearance"
        How classes are numbered, which decides 1-1-1 vote ties: by first appearance in the
        source labels (LIBSVM), or sorted (scikit-learn).

    Attributes
    ----------
    Xs_ : ndarray of shape (n_s, n_features)
        Source samples, kept for the kernel.
    """

    grids = cheap(points(C=[1.0]))

    C: POSITIVE = 1.0
    strategy: STRATEGY = "ovo"
    class_order: one_of("appearance", "sorted") = "appearance"

    def _fit(self, Xs, codes, Xt):
        if self.class_order == "sorted":
            codes = np.searchsorted(self.classes_, self.class_order_[codes])
            self.class_order_ = self.classes_
        self.Xs_ = Xs
        self.svm_ = gram_svm(Xs @ Xs.T, codes, self.C, self.strategy)

    def _rows(self, X):
        return X @ self.Xs_.T
