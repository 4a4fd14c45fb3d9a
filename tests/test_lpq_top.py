"""LPQ-TOP: invariances, blocks cut first, a scalar oracle, code maps by hand."""

import cmath
import math
from functools import cache

import numpy as np
import pytest

from cdmer_lib.descriptors import DESCRIPTORS, LPQTOP
from cdmer_lib.descriptors.lpq_top import AXES_SPACE_FIRST, lpq_codes, whitening
from cdmer_lib.protocol import facial_blocks

SIDE = 40  # eight blocks of 5: a window fits into the smallest block once


@pytest.fixture(params=[0, 0.1], ids="decorr={}".format)
def lpq(request):
    return LPQTOP(decorr=request.param)


@pytest.fixture
def clip():
    return np.random.default_rng(1).uniform(0, 255, (7, SIDE, SIDE))


def test_grey_level_shift_and_scale_change_nothing(lpq, clip):
    features = lpq.extract(clip)
    for a, b in [(1, 100), (3, 0), (0.1, 7.3), (1 / 3, -50)]:
        assert np.array_equal(lpq.extract(a * clip + b), features)


# Reversing the second axis of a plane conjugates the coefficient at (0, a) and swaps those at
# (a, a) and (a, -a); reversing the first conjugates the one at (a, 0), swaps the same two and
# conjugates them. Bit p of the new code is bit p of the list, negated where it is below 0.
SECOND_REVERSED = [0, -2, 2, 3, 6, 7, 4, 5]
FIRST_REVERSED = [0, 1, 2, -4, 6, -8, 4, -6]


def renamed(histograms, bits):
    """Histograms (85, 256) with the bins renamed by what happens to the bits."""
    new = np.empty_like(histograms)
    for code in range(256):
        of = [code >> bit & 1 if bit >= 0 else 1 - (code >> -bit - 1 & 1) for bit in bits]
        new[:, sum(value << p for p, value in enumerate(of))] = histograms[:, code]
    return new


def test_time_reversal_renames_the_bins_of_two_planes(clip):
    lpq = LPQTOP(decorr=0)
    before = dict(zip(lpq.planes, lpq.histograms(clip), strict=True))
    after = dict(zip(lpq.planes, lpq.histograms(clip[::-1]), strict=True))
    assert np.array_equal(after["XY"], before["XY"])
    assert np.array_equal(after["YT"], renamed(before["YT"], SECOND_REVERSED))
    assert np.array_equal(after["XT"], renamed(before["XT"], SECOND_REVERSED))


def test_left_right_flip_renames_the_bins_of_two_planes_and_swaps_the_blocks(clip):
    lpq = LPQTOP(decorr=0)
    place = {(b.level, b.row, b.column): i for i, b in enumerate(facial_blocks(SIDE))}
    mirror = [place[level, row, level - 1 - column] for level, row, column in place]
    before = dict(zip(lpq.planes, lpq.histograms(clip)[:, mirror], strict=True))
    after = dict(zip(lpq.planes, lpq.histograms(clip[:, :, ::-1]), strict=True))
    assert np.array_equal(after["XY"], renamed(before["XY"], SECOND_REVERSED))
    assert np.array_equal(after["YT"], before["YT"])
    assert np.array_equal(after["XT"], renamed(before["XT"], FIRST_REVERSED))


@pytest.mark.parametrize("value", [0, 7.3, -255])
def test_constant_clip_has_all_bits_set(lpq, value):
    histograms = lpq.histograms(np.full((16, 112, 112), value))
    assert np.array_equal(histograms, np.tile(np.eye(256)[255], (3, 85, 1)))


def test_rounding_does_not_decide(lpq):
    """Flat patches, and a clip that stands still: many coefficients are zero."""
    still = np.kron(np.random.default_rng(2).integers(0, 9, (5, 5)), np.ones((8, 8))) / 3
    clip = np.tile(still, (7, 1, 1))
    noise = np.random.default_rng(3).uniform(-1e-11, 1e-11, clip.shape)
    assert np.array_equal(lpq.extract(clip + noise), lpq.extract(clip))


def test_integers_are_as_good_as_floats(lpq, clip):
    grey = clip.astype(np.uint8)
    assert np.array_equal(lpq.extract(grey), lpq.extract(grey.astype(float)))


def test_blocks_cut_first_have_the_codes_of_the_whole_clip(lpq):
    clip = np.random.default_rng(4).uniform(0, 255, (7, 42, 47))  # blocks of unequal size
    histograms = lpq.histograms(clip)
    for i, block in enumerate(facial_blocks(42, 47)):
        cut = clip[:, block.rows, block.columns]
        for plane, histogram in zip(lpq.planes, histograms[:, i], strict=True):
            codes = lpq.codes(cut, plane).ravel()
            expected = np.bincount(codes, minlength=256) / len(codes)
            assert np.array_equal(histogram, expected)


def slow_windows():
    """Weights of the eight parts by place in the window: (k of the first axis, k of the second)."""
    parts = []
    for u in [(0, 0.2), (0.2, 0), (0.2, 0.2), (0.2, -0.2)]:
        window = {
            (k, m): cmath.exp(-2j * math.pi * (u[0] * k + u[1] * m))
            for k in range(-2, 3)
            for m in range(-2, 3)
        }
        parts.append({place: weight.real for place, weight in window.items()})
        parts.append({place: weight.imag for place, weight in window.items()})
    return parts


@cache
def slow_covariance(plane, rho):
    """The 8 x 8 covariance of the parts, one pair of pixels at a time."""
    parts, D = slow_windows(), np.zeros((8, 8))
    for k, m in parts[0]:
        for i, j in parts[0]:
            apart = math.hypot(k - i, m - j) if plane == "XY" else abs(k - i) + abs(m - j)
            for p in range(8):
                for q in range(8):
                    D[p, q] += parts[p][k, m] * rho**apart * parts[q][i, j]
    return D


@cache
def slow_whitening(plane, decorr):
    if not decorr:
        return np.eye(8)
    scale = np.diag([1.000007, 1.000006, 1.000005, 1.000004, 1.000003, 1.000002, 1.000001, 1])
    V = np.linalg.svd(scale @ slow_covariance(plane, decorr) @ scale)[2].T
    for column in V.T:
        column *= np.sign(max(column, key=abs))
    return V


def slow_codes(clip, plane, decorr):
    """The codes of a volume: a list of each voxel's place in the map and its code."""
    parts, V = slow_windows(), slow_whitening(plane, decorr).tolist()
    first, second = AXES_SPACE_FIRST[plane]
    edge = [2 if axis in (first, second) else 0 for axis in range(3)]
    T, H, W = (n - 2 * e for n, e in zip(clip.shape, edge, strict=True))
    codes = []
    for t in range(T):
        for y in range(H):
            for x in range(W):
                F = [0.0] * 8
                for k, m in parts[0]:
                    place = [t + edge[0], y + edge[1], x + edge[2]]
                    place[first] -= k
                    place[second] -= m
                    grey = clip[tuple(place)]
                    for p in range(8):
                        F[p] += parts[p][k, m] * grey
                code = 0
                for p in range(8):
                    code += 2**p if sum(V[q][p] * F[q] for q in range(8)) >= -1e-9 else 0
                codes.append(((t, y, x), code))
    return codes


@pytest.mark.parametrize("plane", AXES_SPACE_FIRST)
@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("levels", [3, 256])
def test_code_maps_against_the_definition(lpq, plane, seed, levels):
    clip = np.random.default_rng(seed).integers(0, levels, (6, 7, 8)).astype(float)
    codes = lpq.codes(clip, plane)
    expected = slow_codes(clip, plane, lpq.decorr)
    assert len(expected) == codes.size
    assert all(codes[place] == code for place, code in expected)


def test_histograms_against_the_definition(lpq):
    clip = np.random.default_rng(5).uniform(0, 255, (5, SIDE, SIDE))
    histograms = lpq.histograms(clip)
    blocks = facial_blocks(SIDE)
    for i in [5, *range(21, 85, 9)]:  # one of the 4 x 4 grid, eight of the 8 x 8 grid
        for plane, histogram in zip(lpq.planes, histograms[:, i], strict=True):
            expected = [0] * 256
            codes = slow_codes(clip[:, blocks[i].rows, blocks[i].columns], plane, lpq.decorr)
            for _, code in codes:
                expected[code] += 1
            assert histogram.tolist() == [count / len(codes) for count in expected]


@pytest.mark.parametrize("plane", AXES_SPACE_FIRST)
@pytest.mark.parametrize("rho", [0.1, 0.9])
def test_whitening_makes_the_parts_uncorrelated(plane, rho):
    D, V = slow_covariance(plane, rho), whitening(plane, rho)
    np.testing.assert_allclose(V.T @ V, np.eye(8), atol=1e-12)
    S = V.T @ D @ V
    # within the scaling that tells equal singular values apart
    np.testing.assert_allclose(S, np.diag(np.diag(S)), atol=2e-5 * S.max())
    assert (np.diff(np.diag(S)) < 1e-4).all()


# A single bright pixel j away from the centre gives the coefficient exp(2 pi i u'j): angles of
# 72 (j_second), 72 (j_first), 72 (j_first + j_second), 72 (j_first - j_second) degrees.
DOT = np.zeros((7, 7))
DOT[3, 3] = 1
DOT_CODES = [
    [255 - 16, 255, 255 - 2 - 64],
    [255 - 128, 255, 255 - 2 - 32],
    [255 - 8 - 64 - 128, 255 - 8 - 32 - 128, 255 - 2 - 8 - 16 - 32],
]
# A slope a y + b x + c has no part at (a, a) and (a, -a) and no real part at all: these are zero,
# which sets their bits. Falling along the second axis clears bit 1, along the first bit 3.
SLOPES = [((0, 1), 255), ((0, -1), 253), ((1, 0), 255), ((-1, 0), 247), ((-2, -1), 245)]


def on_plane(image, plane):
    """A clip that shows an image (first axis, second axis) on a plane."""
    return {"XY": image[None], "YT": image.T[:, :, None], "XT": image.T[:, None, :]}[plane]


def seen_on_plane(codes, plane):
    """The first map (first axis, second axis) of a plane."""
    return {"XY": codes[0], "YT": codes[:, :, 0].T, "XT": codes[:, 0].T}[plane]


@pytest.mark.parametrize("plane", AXES_SPACE_FIRST)
def test_code_map_of_a_dot_by_hand(plane):
    codes = lpq_codes(on_plane(DOT, plane), AXES_SPACE_FIRST[plane])
    assert seen_on_plane(codes, plane).tolist() == DOT_CODES


@pytest.mark.parametrize("plane", AXES_SPACE_FIRST)
@pytest.mark.parametrize(("slope", "code"), SLOPES)
def test_code_map_of_a_slope_by_hand(plane, slope, code):
    image = 50 + slope[0] * np.arange(6)[:, None] + slope[1] * np.arange(7.0)
    codes = lpq_codes(on_plane(image, plane), AXES_SPACE_FIRST[plane])
    assert seen_on_plane(codes, plane).tolist() == [[code] * 3] * 2


def test_shapes_and_columns(lpq):
    clips = np.random.default_rng(6).uniform(0, 255, (2, 16, 112, 112))
    features = lpq.extract(clips)
    assert features.shape == (2, 65280) == (2, lpq.n_features)
    assert np.array_equal(features[1:], lpq.extract(clips[1]))
    histograms = lpq.histograms(clips[0])
    assert histograms.shape == (3, 85, 256)
    np.testing.assert_allclose(histograms.sum(axis=-1), 1)
    for i, columns in enumerate(lpq.block_slices):
        assert np.array_equal(features[0, columns], histograms[:, i].ravel())


def test_only_blocks_that_hold_a_pixel_change(lpq):
    """Blocks are cut first: a pixel is no part of its neighbours."""
    clip = np.random.default_rng(7).uniform(0, 255, (16, 112, 112))
    changed = clip.copy()
    changed[8, 57, 20] += 1000
    rows = lpq.extract([clip, changed])
    for block, columns in zip(facial_blocks(112), lpq.block_slices, strict=True):
        holds = (block.rows.start <= 57 < block.rows.stop) and (
            block.columns.start <= 20 < block.columns.stop
        )
        assert (rows[0, columns] != rows[1, columns]).any() == holds


def test_by_printed_name():
    assert DESCRIPTORS["LPQ-TOP(decorr=0.1)"].decorr == 0.1
    assert DESCRIPTORS["LPQ-TOP(decorr=0)"].decorr == 0


@pytest.mark.parametrize("shape", [(4, 112, 112), (16, 35, 112), (16, 112, 36), (16, 3, 3)])
def test_clips_too_small(lpq, shape):
    with pytest.raises(ValueError, match=r"at least 5 frames and blocks of 5 x 5 .* found a clip"):
        lpq.extract(np.zeros(shape))


@pytest.mark.parametrize("decorr", [-0.1, 1])
def test_correlation_out_of_range(decorr):
    with pytest.raises(ValueError, match=rf"0 <= decorr < 1, found {decorr}"):
        LPQTOP(decorr=decorr).extract(np.zeros((16, 112, 112)))
