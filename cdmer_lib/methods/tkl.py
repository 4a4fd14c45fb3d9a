"""TKL: transfer kernel learning. Source: Long et al., IEEE TKDE 2015; a row of both papers."""

import numpy as np

from ..solvers.spectrum import JITTER, SpectrumFit
from .base import KernelMachine, parameters
from .ranges import COUNT, POSITIVE, STRATEGY, cheap, colon, optional, points


@parameters
class TKL(KernelMachine):
    """A source kernel extrapolated from the target's eigensystem, with a new spectrum.

    The d leading eigenpairs (V, Lambda) of the target kernel K_tt are extended to all samples by
    Phi = K_{.t} V Lambda^-1 (Nystroem), and the spectrum l is chosen so that the extrapolated
    source kernel is closest to the true one:

        min_l ||K_ss - Phi_s diag(l) Phi_s'||_F,   l_i >= zeta l_{i+1},  l >= 0.

    A linear SVM is trained on the kernel Phi diag(l) Phi'.

    Parameters
    ----------
    zeta : float, default=1.1
        Eigenspectrum damping factor.
    d : int or None, default=None
        Number of eigenpairs; None means min(n_t - 10, 200), at least 1.

    Attributes
    ----------
    l_ : ndarray of shape (d,)
        The spectrum.
    """

    grids = cheap(points(zeta=colon((0.1, 0.1, 5))))
    grid_parameters = ("zeta",)
    points_per_batch = 64  # all zeta share one eigendecomposition

    zeta: POSITIVE = 1.1
    d: optional(COUNT) = None
    strategy: STRATEGY = "ovo"

    def _rows(self, X):
        return X @ self.to_Phi_

    def _kernel(self, rows):
        return rows * self.l_ @ self.Phi_s_.T

    def _share(self, Xs, Xt):
        d = self.d or max(1, min(len(Xt) - 10, 200))
        value, V = np.linalg.eigh(Xt @ Xt.T + JITTER * np.eye(len(Xt)))
        value, V = value[::-1][:d], V[:, ::-1][:, :d]
        self.to_Phi_ = Xt.T @ (V / value)
        self.Phi_s_ = Xs @ self.to_Phi_
        self.fit_ = SpectrumFit(Xs @ Xs.T + JITTER * np.eye(len(Xs)), self.Phi_s_)

    def _train(self, codes, zeta):
        self.l_ = self.fit_.damped(zeta)
        self.svm_ = self._gram_svm(self.Phi_s_ * self.l_ @ self.Phi_s_.T, codes)
