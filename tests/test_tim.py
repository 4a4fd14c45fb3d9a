"""The temporal interpolation model: the linear map against the graph embedding."""

import numpy as np
import pytest
from scipy.linalg import eigh, svd

from cdmer_lib.clips.tim import curve, interpolate, tim_matrix


def laplacian(n):
    """Of the path graph, edge by edge."""
    L = np.zeros((n, n))
    for i in range(n - 1):
        L[i, i] += 1
        L[i + 1, i + 1] += 1
        L[i, i + 1] = L[i + 1, i] = -1
    return L


def interpolate_by_embedding(frames, n_frames=16):
    """TIM as published: embed the frames, follow the curve, map back.

    With Q = S V' from the SVD of the centred frames X - m = U S V' (a frame a column), the
    embedding solves Q L Q' w = lambda Q Q' w. Its coordinates Q'w are the curve's up to scale,
    which the first frame fixes; the new frames are U (W')^-1 (scaled curve) + m.
    """
    n = len(frames)
    X = frames.reshape(n, -1).T
    mean = X.mean(axis=1, keepdims=True)
    U, S, Vt = svd(X - mean, full_matrices=False)
    U, Q = U[:, : n - 1], S[: n - 1, None] * Vt[: n - 1]
    W = eigh(Q @ laplacian(n) @ Q.T, Q @ Q.T)[1]  # columns w_1 .. w_{n-1}, slowest first
    scale = (Q[:, 0] @ W) / curve([1 / n], n)[0, 1:]
    path = scale * curve(np.linspace(1 / n, 1, n_frames), n)[:, 1:]  # (n_frames, n - 1)
    new = U @ np.linalg.solve(W.T, path.T) + mean
    return new.T.reshape(n_frames, *frames.shape[1:])


@pytest.mark.parametrize("n", [1, 2, 3, 7, 16, 40])
def test_the_curve_at_the_frames_is_the_laplacians_eigenvectors(n):
    Y, L = curve(np.arange(1, n + 1) / n, n), laplacian(n)
    values = 2 - 2 * np.cos(np.pi * np.arange(n) / n)
    np.testing.assert_allclose(L @ Y, values * Y, atol=1e-12)
    np.testing.assert_allclose(Y.T @ Y, np.diag([n] + [n / 2] * (n - 1)), atol=1e-11)


@pytest.mark.parametrize("n", [3, 7, 16, 33])
@pytest.mark.parametrize("n_out", [1, 10, 16])
def test_the_linear_map_equals_the_graph_embedding(n, n_out):
    frames = np.random.default_rng(n).uniform(0, 255, (n, 9, 8))
    slow = interpolate_by_embedding(frames, n_out)
    np.testing.assert_allclose(interpolate(frames, n_out), slow, atol=1e-8)


@pytest.mark.parametrize("n", [1, 2, 7, 10, 16, 100])
def test_what_interpolation_keeps(n):
    M = tim_matrix(n, 16)
    np.testing.assert_allclose(M.sum(axis=1), 1, atol=1e-12)  # a constant clip, a grey-level shift
    np.testing.assert_allclose(M[[0, -1]], np.eye(n)[[0, -1]], atol=1e-12)  # the end frames
    np.testing.assert_allclose(M[::-1, ::-1], M, atol=1e-12)  # time reversed
    np.testing.assert_allclose(tim_matrix(n, n), np.eye(n), atol=1e-12)


def test_seven_frames_become_sixteen_on_a_smooth_path():
    t = np.arange(1, 8) / 7
    frames = np.cos(2 * np.pi * (t - 1 / 14))[:, None] * [1.0, -2.0]  # the second eigenvector
    at = np.linspace(1 / 7, 1, 16)
    expected = np.cos(2 * np.pi * (at - 1 / 14))[:, None] * [1.0, -2.0]
    np.testing.assert_allclose(interpolate(frames), expected, atol=1e-12)


def test_repeated_frames():
    """Those that differ by next to nothing are embedded, and the map is its continuous limit."""
    rng = np.random.default_rng(0)
    frames = rng.uniform(0, 255, (6, 5, 5))[[0, 0, 1, 2, 3, 3]]
    nearly = frames + rng.normal(0, 1e-3, frames.shape)
    np.testing.assert_allclose(interpolate(frames), interpolate_by_embedding(nearly), atol=0.1)


def test_no_frame():
    with pytest.raises(ValueError, match="at least one frame"):
        interpolate(np.empty((0, 4, 4)))
