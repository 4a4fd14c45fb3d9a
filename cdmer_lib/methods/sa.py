"""SA: subspace alignment. Source: Fernando et al., ICCV 2013; a row of both papers."""

from ..solvers.subspaces import principal_directions
from .ranges import cheap, every_k
from .subspace import Subspace


class SA(Subspace):
    """Turn the source's principal subspace onto the target's; train a linear SVM there.

    min_M ||P_s M - P_t||_F has the solution M = P_s'P_t, so that the source becomes
    A_s = X_s P_s P_s'P_t and the target A_t = X_t P_t. Directions are those of each domain's
    centred samples; the samples themselves are not centred.

    Parameters
    ----------
    k : int, default=10
        Dimension of both subspaces, each capped at its own rank.

    Attributes
    ----------
    Ps_, Pt_ : ndarray of shape (n_features, rank)
        Principal directions of the source and of the target.
    """

    grids = cheap(every_k(max))  # PCA bases have at most n - 1 directions

    def _share(self, Xs, Xt):
        self.Ps_, self.Pt_ = principal_directions(Xs), principal_directions(Xt)
        self.M_ = self.Ps_.T @ self.Pt_
        self.Zs_ = Xs @ self.Ps_

    def _rows(self, X):
        return X @ self.Pt_

    def _prefix(self, k, rows=None):
        A_s = self.Zs_[:, :k] @ self.M_[:k, :k]
        return (A_s if rows is None else rows[:, :k]) @ A_s.T
