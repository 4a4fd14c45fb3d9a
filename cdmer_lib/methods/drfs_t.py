"""DRFS-T: domain regeneration in feature space. Source: Zong et al., IEEE TIP 2018; in paper A."""

from .regeneration_base import RegeneratingMachine, with_published


class DRFST(RegeneratingMachine):
    """Regenerate the source so that it looks like the target; train a linear SVM on that.

    min_P ||X_t' - P'K_t||_F^2 + lam ||P'(K_s 1/n_s - K_t 1/n_t)||^2 + mu ||P||_1

    Only the source is regenerated, as P'K_s; new rows are classified as they are. Parameters and
    attributes are those of :class:`~cdmer_lib.methods.regeneration_base.RegeneratingMachine`.
    """

    # (lam, mu) that give each published cell: the paper does not list them
    published, grids = with_published({
        5: (10.0, 0.2), 6: (10.0, 0.03), 9: (0.1, 0.002),
        10: (10.0, 0.02), 11: (0.01, 0.08), 12: (100.0, 0.08),
    })  # fmt: skip
    twin = "TSRG"

    def _problem(self, codes):
        return self.Xt_.T, self.Kt_

    def _read(self, codes):
        self.regenerated_ = self.Ks_.T @ self.P_
        self.svm_ = self._gram_svm(self.regenerated_ @ self.regenerated_.T, codes)

    def _rows(self, X):
        return X

    def _kernel(self, rows):
        return rows @ self.regenerated_.T
