"""Bicubic interpolation with a filter against aliasing, as a matrix."""

from math import ceil

import numpy as np


def bicubic_matrix(n_in, n_out):
    """The weights of bicubic interpolation from ``n_in`` pixels to ``n_out``.

    Pixel j of the result lies at (j + 1/2) / s - 1/2 with s = n_out / n_in. Its weights are Keys'
    cubic kernel with a = -1/2, stretched by 1 / s when shrinking (which is the low-pass filter
    against aliasing), scaled to sum 1. Beyond its ends the signal is mirrored, the end pixel
    twice in a row. (Earlier versions of ``imresize`` continue the end pixel instead, which
    changes the one or two outermost pixels.)

    Source: R. Keys, "Cubic convolution interpolation for digital image processing", 1981; the
    stretching and the mirroring as in MATLAB's ``imresize``.

    Returns
    -------
    ndarray of shape (n_out, n_in)
    """
    s = n_out / n_in
    stretch = min(s, 1.0)
    centre = (np.arange(n_out) + 0.5) / s - 0.5
    reach = ceil(2 / stretch) + 1
    taps = np.floor(centre).astype(int)[:, None] + np.arange(-reach, reach + 1)
    weights = _cubic(stretch * (centre[:, None] - taps))
    weights /= weights.sum(axis=1, keepdims=True)
    mirrored = np.concatenate([np.arange(n_in), np.arange(n_in)[::-1]])[taps % (2 * n_in)]
    matrix = np.zeros((n_out, n_in))
    np.add.at(matrix, (np.arange(n_out)[:, None], mirrored), weights)
    return matrix


def _cubic(x):
    """Keys' kernel: 1 at 0, 0 at the other integers, 0 beyond 2."""
    x = np.abs(x)
    near = (1.5 * x - 2.5) * x * x + 1
    far = ((-0.5 * x + 2.5) * x - 4) * x + 2
    return np.where(x <= 1, near, np.where(x <= 2, far, 0.0))
