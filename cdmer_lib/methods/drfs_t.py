"""DRFS-T: domain regeneration in the original feature space with unchanged target.

Source: Zong et al., IEEE TIP 2018; a row of paper A.
"""

from .regeneration_base import Regeneration
from .svm import close_call, decision_values, gram_svm


class DRFST(Regeneration):
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

    def _problem(self, Xs, codes, Xt, Ks, Kt):
        return Xt.T, Kt

    def _use(self):
        self.regenerated_ = self.Ks_.T @ self.P_
        self.svm_ = gram_svm(self.regenerated_ @ self.regenerated_.T, self.codes_)

    def _scores(self, X):
        return decision_values(self.svm_, X @ self.regenerated_.T)

    def _close(self, X):
        return close_call(
            self.svm_, X @ self.regenerated_.T, margin=5e-3
        )  # LIBSVM stops at 1e-3: rounding of what it trains on moves decisions as far

    def _decide(self, X):
        return self.svm_.predict(X @ self.regenerated_.T)
