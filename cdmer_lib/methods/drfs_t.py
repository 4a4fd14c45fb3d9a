"""DRFS-T: domain regeneration in the original feature space with unchanged target.

Source: Zong et al., IEEE TIP 2018; a row of paper A.
"""

import numpy as np

from .machines import KernelMachine, close_call, gram_svm
from .regeneration_base import Regeneration, with_published

ROUNDING, N_SHAKES = 2e-5, 6  # of features of size 1 in single precision, a few times over


class DRFST(KernelMachine, Regeneration):
    """Regenerate the source so that it looks like the target; train a linear SVM on that.

    min_P ||X_t' - P'K_t||_F^2 + lam ||P'(K_s 1/n_s - K_t 1/n_t)||^2 + mu ||P||_1

    New rows are classified as they are: only the source is regenerated, as P'K_s.

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
            (5, 10.0, 0.2), (6, 10.0, 0.03), (9, 0.1, 0.002),
            (10, 10.0, 0.02), (11, 0.01, 0.08), (12, 100.0, 0.08),
        ]
    }  # fmt: skip
    grids = with_published(published)
    heavy, recorded, folds = True, 12, 3

    def _problem(self, Xs, codes, Xt, Ks, Kt):
        return Xt.T, Kt

    def _use(self):
        self.regenerated_ = self.Ks_.T @ self.P_
        self.svm_ = gram_svm(self.regenerated_ @ self.regenerated_.T, self.codes_)

    def _rows(self, X):
        return X @ self.regenerated_.T

    def _close(self, X):
        """Whether a label changes when what the SVM trains on is shaken as rounding shakes it.

        LIBSVM stops at a tolerance of 1e-3, so that a difference in the fifth decimal of the
        features can end as one in the third of the decision values.
        """
        labels, rng = self.svm_.predict(self._rows(X)), np.random.default_rng(0)
        for _ in range(N_SHAKES):
            shaken = self.regenerated_ + ROUNDING * rng.standard_normal(self.regenerated_.shape)
            svm = gram_svm(shaken @ shaken.T, self.codes_)
            if (svm.predict(X @ shaken.T) != labels).any():
                return True
        return close_call(self.svm_, self._rows(X), margin=1e-4)
