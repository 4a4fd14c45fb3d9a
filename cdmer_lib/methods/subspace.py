"""What SA, GFK and TCA share: one factorisation, of which a dimension k uses the first k parts."""

from dataclasses import field

from .base import KernelMachine, parameters
from .ranges import COUNT, STRATEGY


@parameters
class Subspace(KernelMachine):
    """Base of the three methods: a linear SVM on a kernel that depends on the dimension k.

    A subclass writes ``_share(Xs, Xt)``, which factorises once for all k; ``_rows(X)``, the rows
    (n, n_features) in the full bases; and ``_prefix(k, rows=None)``, the kernel (n, n_s) between
    these rows and the source, or, without rows, of the source with itself. ``k_`` is the k of the
    last training. ``strategy`` is that of :class:`~cdmer_lib.methods.base.KernelMachine`.
    """

    grid_parameters = ("k",)
    points_per_batch = 512  # a whole range of k shares one factorisation

    k: COUNT = 10
    strategy: STRATEGY = field(default="ovo", kw_only=True)

    def _train(self, codes, k):
        self.k_ = k
        self.svm_ = self._gram_svm(self._prefix(k), codes)

    def _kernel(self, rows):
        return self._prefix(self.k_, rows)
