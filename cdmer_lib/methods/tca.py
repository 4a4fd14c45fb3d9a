"""TCA: transfer component analysis. Source: Pan et al., IEEE TNN 2011; a row of both papers."""

import numpy as np

from ..solvers.subspaces import transfer_components
from .base import parameters
from .ranges import POSITIVE, cheap, every_k
from .subspace import Subspace


@parameters
class TCA(Subspace):
    """Project on components that keep variance and match means; train a linear SVM there.

    max_W tr(W'K H K W) with W'(K L K + mu I)W = I: K the linear kernel of all n samples, H the
    centring matrix, L = e e' with e = [1/n_s; -1/n_t], so that tr(W'K L K W) is the squared
    difference of the means. The columns of W are generalised eigenvectors in descending order,
    each scaled to unit length, which keeps the components and changes their weights.

    Parameters
    ----------
    k : int, default=10
        Number of components.
    mu : float, default=1.0
        Weight of ||W||^2.

    Attributes
    ----------
    W_ : ndarray of shape (n_s + n_t, n_s + n_t)
        All components, the best first.
    """

    grids = cheap(every_k(lambda n_s, n_t: n_s + n_t + 1))  # a component for each sample

    mu: POSITIVE = 1.0

    def _share(self, Xs, Xt):
        self.X_ = np.vstack([Xs, Xt])
        K = self.X_ @ self.X_.T
        W = transfer_components(K, len(Xs), self.mu)
        self.W_ = W / np.linalg.norm(W, axis=0)
        self.Zs_ = K[: len(Xs)] @ self.W_

    def _rows(self, X):
        return X @ self.X_.T @ self.W_

    def _prefix(self, k, rows=None):
        Z = self.Zs_ if rows is None else rows
        return Z[:, :k] @ self.Zs_[:, :k].T
