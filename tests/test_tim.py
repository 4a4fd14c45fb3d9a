"""The temporal interpolation model: the linear map against the graph embedding."""

import numpy as np
import pytest

from cdmer_lib.clips.tim import curve, interpolate, interpolate_by_embedding, tim_matrix


def laplacian(n):
    """Of the path graph, edge by edge."""
    L = np.zeros((n, n))
    for i in range(n - 1):
        L[i, i] += 1
        L[i + 1, i + 1] += 1
        L[i, i + 1] = L[i + 1, i] = -1
    return L


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
    frames = np.random.default_rng(0).uniform(0, 255, (6, 5, 5))[[0, 0, 1, 2, 3, 3]]
    with pytest.raises(ValueError, match="found rank 3 after centring in place of 5"):
        interpolate_by_embedding(frames)
    assert np.isfinite(interpolate(frames)).all()


def test_no_frame():
    with pytest.raises(ValueError, match="at least one frame"):
        interpolate(np.empty((0, 4, 4)))
