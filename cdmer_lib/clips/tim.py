"""The temporal interpolation model (TIM): any number of frames to a fixed number.

Source: Zhou, Zhao and Pietikäinen, "Towards a practical lipreading system" (2011); paper A,
Section II-A, brings every clip to 16 frames with it. The frames are the vertices of a path graph
and are embedded by its Laplacian L. A smooth curve passes through the embedded frames; new frames
are points of this curve, mapped back.
"""

import numpy as np
from scipy.linalg import eigh, svd

from ..errors import InvalidInput


def curve(t, n):
    """The curve of a path graph with n vertices at times t in (0, 1]: shape (len(t), n).

    Column j is f_j(t) = sin(j pi t + pi (n - j) / (2 n)), j = 0 .. n - 1. At t = i/n, i = 1 .. n,
    it is the j-th eigenvector of the Laplacian (column 0 the constant one).
    """
    j = np.arange(n)
    return np.sin(np.pi * (j * np.asarray(t)[:, None] + (n - j) / (2 * n)))


def times(n_in, n_out):
    """Times of ``n_out`` frames, equally spaced from the first to the last of ``n_in``."""
    return np.linspace(1 / n_in, 1, n_out)


def tim_matrix(n_in, n_out=16):
    """The matrix of TIM, a linear map: new frames = matrix @ frames.

    The eigenvectors at the frames are orthogonal, so no system is solved: with Y = curve(i/n, n),
    Y'Y = n/2 (n for the constant), and the matrix is curve(t, n) (Y'Y)^-1 Y'.

    Returns an ndarray of shape (n_out, n_in). Its rows sum to 1; the first and the last new frame
    are the first and the last frame. Raises ``ValueError`` for a number of frames below one.
    """
    if min(n_in, n_out) < 1:
        raise InvalidInput(f"expected at least one frame in and out, found {n_in} and {n_out}")
    Y = curve(np.arange(1, n_in + 1) / n_in, n_in)
    return curve(times(n_in, n_out), n_in) / (Y**2).sum(axis=0) @ Y.T


def interpolate(frames, n_frames=16):
    """Bring a clip to ``n_frames`` frames by TIM.

    ``frames`` is array-like of shape (n, ...): grey values, time forwards. Returns an ndarray of
    shape (n_frames, ...), float64; where the frames change fast, it leaves their range.
    """
    frames = np.asarray(frames, dtype=np.float64)
    return np.tensordot(tim_matrix(len(frames), n_frames), frames, axes=1)


def interpolate_by_embedding(frames, n_frames=16):
    """TIM as published: embed the frames, follow the curve, map back. Slow; see the book.

    With Q = S V' from the SVD of the centred frames X - m = U S V' (a frame a column), the
    embedding solves Q L Q' w = lambda Q Q' w. Its coordinates Q'w are the curve's up to scale,
    which the first frame fixes; the new frames are U (W')^-1 (scaled curve) + m.

    Parameters and result as for :func:`interpolate`. Raises ``ValueError`` for frames that are
    linearly dependent after centring, such as a repeated frame: the embedding then has fewer
    coordinates than the curve, and does not follow it.
    """
    frames = np.asarray(frames, dtype=np.float64)
    n = len(frames)
    X = frames.reshape(n, -1).T
    mean = X.mean(axis=1, keepdims=True)
    U, S, Vt = svd(X - mean, full_matrices=False)
    rank = int(np.count_nonzero(S / S[0] > 1e-10))
    if rank < n - 1:
        raise InvalidInput(
            f"expected {n} frames of which none depends on the others, found rank {rank} after "
            f"centring in place of {n - 1}; use interpolate(), which needs no such thing"
        )
    U, Q = U[:, :rank], S[:rank, None] * Vt[:rank]
    L = 2 * np.eye(n) - np.eye(n, k=1) - np.eye(n, k=-1)  # of the path graph
    L[0, 0] = L[-1, -1] = 1
    W = eigh(Q @ L @ Q.T, Q @ Q.T)[1]  # columns w_1 .. w_{n-1}, slowest first
    scale = (Q[:, 0] @ W) / curve([1 / n], n)[0, 1:]
    path = scale * curve(times(n, n_frames), n)[:, 1:]  # (n_frames, n - 1)
    new = U @ np.linalg.solve(W.T, path.T) + mean
    return new.T.reshape(n_frames, *frames.shape[1:])
