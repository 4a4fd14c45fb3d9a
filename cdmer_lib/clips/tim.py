"""The temporal interpolation model (TIM): any number of frames to a fixed number.

Source: Zhou, Zhao and Pietikäinen, "Towards a practical lipreading system" (2011); paper A,
Section II-A, brings every clip to 16 frames with it. The frames are the vertices of a path graph.
Its Laplacian L embeds them: each frame becomes a point. A smooth curve passes through these points.
New frames are other points of the curve, mapped back.
"""

import numpy as np

from ..errors import InvalidInput


def curve(t, n):
    """The curve of a path graph with n vertices at times t in (0, 1]: shape (len(t), n).

    Column j is f_j(t) = sin(j pi t + pi (n - j) / (2 n)), j = 0 .. n - 1. At t = i/n, i = 1 .. n,
    it is the j-th eigenvector of the Laplacian (column 0 the constant one).
    """
    j = np.arange(n)
    return np.sin(np.pi * (j * np.asarray(t)[:, None] + (n - j) / (2 * n)))


def tim_matrix(n_in, n_out=16):
    """The matrix of TIM, a linear map: new frames = matrix @ frames.

    The eigenvectors at the frames are orthogonal, so no system is solved: with Y = curve(i/n, n),
    Y'Y = n/2 (n for the constant), and the matrix is curve(t, n) (Y'Y)^-1 Y' at equally spaced
    times t, from that of the first frame to that of the last.

    Returns an ndarray of shape (n_out, n_in). Its rows sum to 1; the first and the last new frame
    are the first and the last frame. Raises ``ValueError`` for a number of frames below one.
    """
    if min(n_in, n_out) < 1:
        raise InvalidInput(f"expected at least one frame in and out, found {n_in} and {n_out}")
    Y = curve(np.arange(1, n_in + 1) / n_in, n_in)
    return curve(np.linspace(1 / n_in, 1, n_out), n_in) / (Y**2).sum(axis=0) @ Y.T


def interpolate(frames, n_frames=16):
    """Bring a clip to ``n_frames`` frames by TIM.

    ``frames`` is array-like of shape (n, ...): grey values, time forwards. Returns an ndarray of
    shape (n_frames, ...), float64; where the frames change fast, it leaves their range.
    """
    frames = np.asarray(frames, dtype=np.float64)
    return np.tensordot(tim_matrix(len(frames), n_frames), frames, axes=1)
