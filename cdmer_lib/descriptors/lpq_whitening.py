"""The whitening of LPQ-TOP: axes along which a model of images has uncorrelated coefficients.

Source: Päivärinta et al. (2011) and the public function that paper A names.
"""

from functools import cache

import numpy as np

from ..errors import InvalidInput

M = 5  # side of the window
OFFSETS = np.arange(M) - M // 2
FREQUENCIES = ((0, 1), (1, 0), (1, 1), (1, -1))  # cycles a window along the two axes


@cache
def whitening(plane, rho):
    """V of A D A = U S V' with D = M C M', the covariance of the eight parts: shape (8, 8).

    C holds rho^distance on XY, rho^|ds| rho^|dt| on the planes with time. The public function
    scales by A = diag(1.000007, 1.000006, ..., 1) since D has equal singular values, for which
    the SVD is free to turn the axes. The largest entry of each column is made positive: the SVD
    leaves its sign open, which only renames bins.
    """
    if not 0 < rho < 1:
        raise InvalidInput(f"expected a correlation decorr with 0 <= decorr < 1, found {rho}")
    down, across = (k.ravel() for k in np.meshgrid(OFFSETS, OFFSETS, indexing="ij"))
    steps = np.abs(down[:, None] - down), np.abs(across[:, None] - across)
    C = rho ** (np.hypot(*steps) if plane == "XY" else np.add(*steps))
    angles = 2 * np.pi / M * (np.array(FREQUENCIES) @ [down, across])
    parts = np.stack([np.cos(angles), np.sin(angles)], axis=1).reshape(8, -1)
    A = 1 + 1e-6 * np.arange(7, -1, -1)
    V = np.linalg.svd(A[:, None] * (parts @ C @ parts.T) * A)[2].T
    return V * np.sign(V[np.abs(V).argmax(axis=0), np.arange(8)])
