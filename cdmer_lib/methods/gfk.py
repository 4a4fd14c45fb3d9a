"""GFK: geodesic flow kernel. Source: Gong et al., CVPR 2012; a row of both papers."""

import numpy as np

from ..solvers.subspaces import ends, flow_weights, principal_directions
from .ranges import cheap, every_k
from .subspace import Subspace


class GFK(Subspace):
    """Linear SVM on the kernel that integrates over all subspaces between source and target.

    With P_s'P_t = U cos(T) V', A = P_s U and E = (P_t V - A cos T) / sin T, the geodesic from the
    source's subspace to the target's is A cos(tT) + E sin(tT), t in [0, 1], and

        G = int_0^1 Phi(t) Phi(t)' dt = A L1 A' + A L2 E' + E L2 A' + E L3 E',
        L1 = (1 + sin 2T / 2T) / 2,  L2 = (1 - cos 2T) / 4T,  L3 = (1 - sin 2T / 2T) / 2.

    The halves stay: with C = 1 fixed, the scale of a kernel matters.

    Parameters
    ----------
    k : int, default=10
        Dimension of both subspaces, capped at the smaller rank.

    Attributes
    ----------
    Ps_, Pt_ : ndarray of shape (n_features, rank)
        Principal directions of the source and of the target.
    """

    grids = cheap(every_k(min))  # PCA bases have at most n - 1 directions

    def _share(self, Xs, Xt):
        self.Ps_, self.Pt_ = principal_directions(Xs), principal_directions(Xt)
        self.M_ = self.Ps_.T @ self.Pt_
        self.source_ = self._rows(Xs)

    def _rows(self, X):
        return X @ self.Ps_, X @ self.Pt_

    def _prefix(self, k, rows=None):
        k = min(k, *self.M_.shape)
        U, cosine, Vt = np.linalg.svd(self.M_[:k, :k])
        theta = np.arccos(np.clip(cosine, -1, 1))
        L1, L2, L3 = flow_weights(theta)
        a_s, e_s = ends(self.source_, U, Vt, theta)
        a, e = (a_s, e_s) if rows is None else ends(rows, U, Vt, theta)
        return (a * L1 + e * L2) @ a_s.T + (a * L2 + e * L3) @ e_s.T
