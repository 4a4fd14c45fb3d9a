"""What SA, GFK and TCA share: a dimension k, one factorisation for all k, every k a prefix."""

from ..solvers.gram_svm import gram_svm
from .constraints import COUNT
from .kernel_machine import KernelMachine


class Subspace(KernelMachine):
    """Base of the three methods: a linear SVM on a kernel that k decides.

    A subclass writes

    ``_share(Xs, Xt)``
        factorises once for all k;
    ``_rows(X)``
        rows (n, n_features) in the full bases, once for all k;
    ``_prefix(k, rows=None)``
        the kernel (n, n_s) between rows and the source; without rows, that of training.

    Attributes
    ----------
    k_ : int
        The k that the machine was trained at.
    """

    grid_parameters = ("k",)
    points_per_batch = 512  # a whole range of k shares one factorisation

    _parameter_constraints = {"k": COUNT}

    def __init__(self, k=10):
        self.k = k

    def _train(self, codes, k):
        self.k_ = k
        self.svm_ = gram_svm(self._prefix(k), codes)

    def _kernel(self, rows):
        return self._prefix(self.k_, rows)
