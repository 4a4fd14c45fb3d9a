"""DRLS: domain regeneration in the label space. Source: Zong et al., IEEE TIP 2018."""

from .base import one_hot
from .ranges import cheap
from .regeneration_base import PRINTED, Regeneration


class DRLS(Regeneration):
    """Map both domains into the label space; the largest entry is the class, no SVM is trained.

    min_P ||L_s - P'K_s||_F^2 + lam ||P'(K_s 1/n_s - K_t 1/n_t)||^2 + mu ||P||_1

    A new row x is labelled by the largest entry of P'k(x). Parameters and attributes are those of
    :class:`~cdmer_lib.methods.regeneration_base.Regeneration`.
    """

    grids = cheap(PRINTED)
    points_per_batch = 37  # the printed values of mu, for one lam
    safe_margin = 1e-6  # a perturbation of 1e-12 moves the decision values by some 1e-11

    def _problem(self, codes):
        return one_hot(codes).T, self.Ks_

    def _scores(self, rows):
        return rows @ self.P_
