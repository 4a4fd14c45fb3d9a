"""The base of all methods that end in a support vector machine."""

from ..solvers.gram_svm import decision_values, gram_svm
from .base import DomainAdapter
from .constraints import one_of


class KernelMachine(DomainAdapter):
    """A method that ends in a machine ``svm_`` of :func:`gram_svm` or :class:`OneVsRest`.

    A subclass writes ``_rows(X)``, the kernel (n, n_s) of rows X with the training samples. If all
    points of a grid share a part of the kernel, ``_rows`` returns that part, and ``_kernel(rows)``
    computes the kernel from it, for the point that was trained last. An argument ``strategy`` is
    the multi-class rule: "ovo", the one-vs-one votes of LIBSVM, or "ovr", one-vs-rest.
    """

    _parameter_constraints = {"strategy": one_of("ovo", "ovr")}

    def _gram_svm(self, K, codes):
        return gram_svm(K, codes, strategy=self.strategy)

    def _kernel(self, rows):
        return rows

    def _label(self, rows):
        K = self._kernel(rows)
        return self.svm_.predict(K), decision_values(self.svm_, K, len(self.class_order_))
