"""TSRG: target sample re-generator. Source: Zong et al., ACM MM 2017; a row of both papers."""

from .regeneration_base import RegeneratingMachine, with_published


class TSRG(RegeneratingMachine):
    """Regenerate the target so that it looks like the source; train a linear SVM on the source.

    min_P ||X_s' - P'K_s||_F^2 + lam ||P'(K_s 1/n_s - K_t 1/n_t)||^2 + mu ||P||_1

    A new row x is regenerated as P'k(x), k(x) its linear kernel with all training samples.
    Parameters and attributes are those of
    :class:`~cdmer_lib.methods.regeneration_base.RegeneratingMachine`.
    """

    # (lam, mu) that give each published cell: the paper does not list them
    published, grids = with_published({
        5: (0.01, 0.2), 6: (100.0, 0.1), 9: (0.01, 0.003),
        10: (10.0, 0.09), 11: (0.1, 0.03), 12: (100.0, 0.004),
    })  # fmt: skip
    twin = "DRFS-T"

    def _problem(self, codes):
        return self.Xs_.T, self.Ks_

    def _read(self, codes):
        self.PXs_ = self.P_ @ self.Xs_.T
        self.svm_ = self._gram_svm(self.Xs_ @ self.Xs_.T, codes)

    def _kernel(self, rows):
        return rows @ self.PXs_
