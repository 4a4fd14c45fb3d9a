"""TKL: transfer kernel learning. Source: Long et al., IEEE TKDE 2015; a row of both papers."""

from numbers import Integral, Real

import numpy as np
from scipy.optimize import nnls
from sklearn.utils._param_validation import Interval

from .machines import KernelMachine, gram_svm
from .ranges import cheap, colon, points

JITTER = 1e-6  # added to the diagonal of the kernel, as in its authors' code


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

    _parameter_constraints = {
        "zeta": [Interval(Real, 0, None, closed="neither")],
        "d": [None, Interval(Integral, 1, None, closed="left")],
    }

    def __init__(self, zeta=1.1, d=None):
        self.zeta = zeta
        self.d = d

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
        self.svm_ = gram_svm(self.Phi_s_ * self.l_ @ self.Phi_s_.T, codes)


class SpectrumFit:
    """min ||K - Phi diag(l) Phi'||_F over l >= 0 with l_i >= zeta l_{i+1}, for many zeta.

    The model is linear in l, its columns are the vectorised phi_i phi_i'; one QR serves every
    zeta. With l_i = sum_{j >= i} zeta^(j - i) m_j all that remains of the constraints is m >= 0:
    a non-negative least-squares problem.

    Parameters
    ----------
    K : ndarray of shape (n, n)
    Phi : ndarray of shape (n, d)
    """

    def __init__(self, K, Phi):
        columns = (Phi[:, None] * Phi).reshape(-1, Phi.shape[1])
        Q, self.R = np.linalg.qr(columns)
        self.target = Q.T @ K.ravel()

    def damped(self, zeta):
        """The spectrum l (d,) of one zeta."""
        i, j = np.indices((self.R.shape[1],) * 2)
        power = np.where(i <= j, (j - i) * np.log(zeta), -np.inf)
        # each column of the substitution scaled by its largest power, so that nothing overflows
        S = np.exp(power - power.max(axis=0))
        A = self.R @ S
        scale = np.linalg.norm(A, axis=0)
        scale[scale == 0] = 1
        m, _ = nnls(A / scale, self.target)
        return S @ (m / scale)
