"""TSRG: target sample re-generator. Source: Zong et al., ACM MM 2017; a row of both papers."""

from .machines import KernelMachine, close_call, gram_svm
from .regeneration_base import Regeneration, with_published


class TSRG(KernelMachine, Regeneration):
    """Regenerate the target so that it looks like the source; train a linear SVM on the source.

    min_P ||X_s' - P'K_s||_F^2 + lam ||P'(K_s 1/n_s - K_t 1/n_t)||^2 + mu ||P||_1

    A new row x is regenerated as P'k(x), k(x) its linear kernel with all training samples.

    Parameters
    ----------
    lam, mu : float
        Weight of the difference of the means, weight of the sparsity of P.
    dtype : {"auto", "float32", "float64"}, default="auto"
        Precision of the iterations; "auto" is float32, and float64 where a label would hang on
        the last digits.
    max_iter : int, default=1000
    device : str, default="cpu"
        Another one, such as "cuda", is PyTorch's: same results, never required.

    Attributes
    ----------
    P_ : ndarray of shape (n_s + n_t, n_features)
    n_iter_ : int
    """

    # a point that gives each published cell: the paper does not list them
    published = {
        number: {"lam": lam, "mu": mu}
        for number, lam, mu in [
            (5, 0.01, 0.2), (6, 100.0, 0.1), (9, 0.01, 0.003),
            (10, 10.0, 0.09), (11, 0.1, 0.03), (12, 100.0, 0.004),
        ]
    }  # fmt: skip
    grids = with_published(published)
    heavy, recorded, folds = True, 12, 3
    twin = "DRFS-T"

    def _problem(self, Xs, codes, Xt, Ks, Kt):
        return Xs.T, Ks

    def _use(self):
        self.PXs_ = self.P_ @ self.Xs_.T
        self.svm_ = gram_svm(self.Xs_ @ self.Xs_.T, self.codes_)

    def _rows(self, X):
        return X @ self.X_.T @ self.PXs_

    def _close(self, X):
        # rounding moves the decision values by some 1e-6
        return close_call(self.svm_, self._rows(X), margin=1e-4)
