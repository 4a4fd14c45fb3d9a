"""The spectrum of TKL: a non-negative least-squares problem for each damping factor."""

import numpy as np
from scipy.optimize import nnls

JITTER = 1e-6  # added to the diagonal of the kernel, as in its authors' code


class SpectrumFit:
    """min ||K - Phi diag(l) Phi'||_F over l >= 0 with l_i >= zeta l_{i+1}, for many zeta.

    K is (n, n), Phi (n, d). The model is linear in l; its columns are the vectorised phi_i phi_i',
    and one QR decomposition serves every zeta. With l_i = sum_{j >= i} zeta^(j - i) m_j the
    constraints become m >= 0: a non-negative least-squares problem.
    """

    def __init__(self, K, Phi):
        columns = (Phi[:, None] * Phi).reshape(-1, Phi.shape[1])
        Q, self.R = np.linalg.qr(columns)
        self.target = Q.T @ K.ravel()

    def damped(self, zeta):
        """Eigenvalues l (d,) that fit best for this damping factor zeta."""
        i, j = np.indices((self.R.shape[1],) * 2)
        power = np.where(i <= j, (j - i) * np.log(zeta), -np.inf)
        # each column of the substitution scaled by its largest power, so that nothing overflows
        S = np.exp(power - power.max(axis=0))
        A = self.R @ S
        scale = np.linalg.norm(A, axis=0)
        scale[scale == 0] = 1
        m, _ = nnls(A / scale, self.target)
        return S @ (m / scale)
