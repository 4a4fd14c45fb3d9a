"""DRLS: domain regeneration in the label space. Source: Zong et al., IEEE TIP 2018."""

import numpy as np

from .base import one_hot
from .ranges import cheap
from .regeneration_base import PRINTED, Regeneration


class DRLS(Regeneration):
    """Map both domains into the label space; the largest entry is the class, no SVM is trained.

    min_P ||L_s - P'K_s||_F^2 + lam ||P'(K_s 1/n_s - K_t 1/n_t)||^2 + mu ||P||_1

    A new row x is labelled by the largest entry of P'k(x).

    Parameters
    ----------
    lam, mu : float
        Weight of the difference of the means, weight of the sparsity of P.
    dtype : {"auto", "float32", "float64"}, default="float64"
        Precision of the iterations (P is small here); "auto" as for TSRG.
    max_iter : int, default=1000
    device : str, default="cpu"
        Another one, such as "cuda", is PyTorch's: same results, never required.

    Attributes
    ----------
    P_ : ndarray of shape (n_s + n_t, c)
    n_iter_ : int
    """

    grids = cheap(PRINTED)
    points_per_batch = 37  # the printed values of mu, for one lam
    safe_margin = 1e-6  # a perturbation of 1e-12 moves the decision values by some 1e-11

    def __init__(self, lam=0.1, mu=0.3, dtype="float64", max_iter=1000, device="cpu"):
        super().__init__(lam, mu, dtype, max_iter, device)

    def _problem(self, Xs, codes, Xt, Ks, Kt):
        return one_hot(codes).T, Ks

    def _use(self):
        pass

    def _scores(self, rows):
        return rows @ self.X_.T @ self.P_

    def _close(self, X):
        ordered = np.sort(self._scores(X), axis=1)
        return (ordered[:, -1:] - ordered[:, -2:-1] < 1e-4).any()  # of one class: nothing
