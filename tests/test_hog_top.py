"""HOG-TOP and HIGO-TOP: invariances, a scalar oracle, gradient maps by hand."""

import math

import numpy as np
import pytest

from cdmer_lib.descriptors import DESCRIPTORS, HIGOTOP, HOGTOP
from cdmer_lib.protocol import facial_blocks

PARAMETERS = [(p, signed) for p in (4, 8) for signed in (True, False)]


@pytest.fixture(params=PARAMETERS, ids=lambda p: f"p={p[0]},signed={p[1]}")
def arguments(request):
    return dict(zip(("p", "signed"), request.param, strict=True))


@pytest.fixture(params=[HOGTOP, HIGOTOP])
def descriptor(request, arguments):
    return request.param(**arguments)


@pytest.fixture
def clip():
    """No two gradients are parallel to an edge of the bins; the core is 16 x 16."""
    return np.random.default_rng(2).uniform(0, 255, (9, 18, 18))


@pytest.fixture
def integers():
    """Few grey values: many gradients are zero, many lie on an edge of the bins."""
    return np.random.default_rng(3).integers(0, 4, (9, 18, 18)).astype(float)


def test_higo_forgets_shift_and_scale(arguments, clip, integers):
    higo = HIGOTOP(**arguments)
    for grey in (clip, integers):
        features = higo.extract(grey)
        for a, b in [(1, 100), (3, 0), (0.1, 7.3), (1 / 3, -50)]:
            assert np.array_equal(higo.extract(a * grey + b), features)


def test_hog_forgets_shift_and_scale(arguments, clip, integers):
    hog = HOGTOP(**arguments)
    for grey in (clip, integers):
        features = hog.extract(grey)
        for a, b in [(1, 100), (3, 0), (0.1, 7.3), (1 / 3, -50)]:
            np.testing.assert_allclose(hog.extract(a * grey + b), features, atol=1e-12)


def test_negative_turns_signed_orientations_by_half_a_circle(descriptor, clip):
    expected = descriptor.histograms(clip)
    if descriptor.signed:
        expected = np.roll(expected, descriptor.p // 2, axis=-1)
    np.testing.assert_allclose(descriptor.histograms(-clip), expected, atol=1e-12)


def mirrored_along_second(histograms, signed):
    """Angle a becomes half a turn - a: what the derivative along the second axis decides."""
    p = histograms.shape[-1]
    half = p // 2 if signed else p
    return histograms[..., [(half - 1 - b) % p for b in range(p)]]


def mirrored_along_first(histograms):
    """Angle a becomes -a."""
    return histograms[..., ::-1]


def test_left_right_flip_mirrors_the_bins_and_swaps_the_blocks(descriptor, clip):
    place = {(b.level, b.row, b.column): i for i, b in enumerate(facial_blocks(16))}
    mirror = [place[level, row, level - 1 - column] for level, row, column in place]
    XY, XT, YT = descriptor.histograms(clip)[:, mirror]
    expected = [*(mirrored_along_second(plane, descriptor.signed) for plane in (XY, XT)), YT]
    np.testing.assert_allclose(descriptor.histograms(clip[:, :, ::-1]), expected, atol=1e-12)


def test_time_reversal_mirrors_the_bins_of_two_planes(descriptor, clip):
    XY, XT, YT = descriptor.histograms(clip)
    expected = [XY, mirrored_along_first(XT), mirrored_along_first(YT)]
    np.testing.assert_allclose(descriptor.histograms(clip[::-1]), expected, atol=1e-12)


@pytest.mark.parametrize("value", [0, 7.3, -255])
def test_constant_clip_has_no_votes(descriptor, value):
    assert not descriptor.extract(np.full((16, 112, 112), value)).any()


def test_rounding_does_not_decide(descriptor, integers):
    noise = np.random.default_rng(4).uniform(-1e-10, 1e-10, integers.shape)
    expected = descriptor.extract(integers)
    np.testing.assert_allclose(descriptor.extract(integers + noise), expected, atol=1e-9)


def test_integers_are_as_good_as_floats(descriptor, integers):
    assert np.array_equal(
        descriptor.extract(integers.astype(np.uint8)), descriptor.extract(integers)
    )


def slow_histograms(clip, descriptor):
    """Every plane, every block, every voxel; the bin by trying the edges of all bins."""
    p = descriptor.p
    part = (2 * math.pi if descriptor.signed else math.pi) / p
    grey = clip.tolist()
    T, H, W = (length - 2 for length in clip.shape)
    planes = []
    for plane in ("XY", "XT", "YT"):
        histograms = []
        for block in facial_blocks(H, W):
            histogram = [0.0] * p
            for t in range(1, T + 1):
                for y in range(1 + block.rows.start, 1 + block.rows.stop):
                    for x in range(1 + block.columns.start, 1 + block.columns.stop):
                        dx = grey[t][y][x + 1] - grey[t][y][x - 1]
                        dy = grey[t][y + 1][x] - grey[t][y - 1][x]
                        dt = grey[t + 1][y][x] - grey[t - 1][y][x]
                        first, second = {"XY": (dy, dx), "XT": (dt, dx), "YT": (dt, dy)}[plane]
                        length = math.sqrt(first**2 + second**2)
                        if length == 0:
                            continue
                        angle = math.acos(second / length)
                        if first < 0:
                            angle = 2 * math.pi - angle
                        if not descriptor.signed and angle > math.pi - 1e-9:
                            angle -= math.pi
                        for b in range(p):
                            if part * b - 1e-9 <= angle < part * (b + 1) - 1e-9:
                                histogram[b] += 1 if type(descriptor) is HIGOTOP else length
            total = sum(histogram)
            histograms.append([votes / total if total else 0 for votes in histogram])
        planes.append(histograms)
    return planes


@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize("levels", [2, 4, 256])
def test_against_the_definition(descriptor, seed, levels):
    clip = np.random.default_rng(seed).integers(0, levels, (4, 18, 26)).astype(float)
    expected = slow_histograms(clip, descriptor)
    np.testing.assert_allclose(descriptor.histograms(clip), expected, atol=1e-12)


@pytest.mark.parametrize("signed", [True, False])
@pytest.mark.parametrize("p", [1, 3, 6, 9])
def test_any_number_of_bins(p, signed, integers):
    """With p odd and signed, no edge of a bin is opposite to another."""
    descriptor = HOGTOP(p, signed)
    expected = slow_histograms(integers, descriptor)
    np.testing.assert_allclose(descriptor.histograms(integers), expected, atol=1e-12)


# Three neighbouring lines of a plane. The voxels between have, from left to right, the derivatives
# along the first axis     4   2   0  -1   3   0  -2   (third line minus first)
# along the second axis    4  -5  -3   5   0   0   0   (right minus left)
# so that the angles are  45 158 180 349  90   - 270 degrees.
LINES = np.array(
    [[0, 1, 3, 2, 6, 0, 5, 8, 0], [0, 9, 4, 4, 1, 9, 1, 9, 1], [0, 5, 5, 2, 5, 3, 5, 6, 0]], float
)
SQUARES = [32, 29, 9, 26, 9, 0, 4]
BINS = {
    (4, True): [0, 1, 2, 3, 1, 0, 3],  # 90 degrees each
    (8, True): [1, 3, 4, 7, 2, 0, 6],  # 45
    (4, False): [1, 3, 0, 3, 2, 0, 2],  # 45, modulo 180
    (8, False): [2, 7, 0, 7, 4, 0, 4],  # 22.5, modulo 180
}


def on_plane(plane):
    """A clip with LINES on a plane, in the middle of the third axis."""
    clip = np.zeros({"XY": (3, 3, 9), "XT": (3, 3, 9), "YT": (3, 9, 3)}[plane])
    middle = {"XY": np.s_[1], "XT": np.s_[:, 1], "YT": np.s_[:, :, 1]}[plane]
    clip[middle] = LINES
    return clip


@pytest.mark.parametrize("plane", ["XY", "XT", "YT"])
def test_gradient_map_by_hand(descriptor, plane):
    bins, lengths = descriptor.gradients(on_plane(plane), plane)
    assert bins.size == 7
    assert bins.ravel().tolist() == BINS[descriptor.p, descriptor.signed]
    np.testing.assert_allclose(lengths.ravel() ** 2, SQUARES)


@pytest.mark.parametrize("plane", [0, 1, 2])
def test_histogram_by_hand(plane):
    clip = on_plane(["XY", "XT", "YT"][plane])
    hog, higo = (d(p=4).histograms(clip)[plane, 0] for d in (HOGTOP, HIGOTOP))
    lengths = np.array([32**0.5, 29**0.5 + 3, 3, 26**0.5 + 2])
    np.testing.assert_allclose(hog, lengths / lengths.sum())
    np.testing.assert_allclose(higo, np.array([1, 2, 1, 2]) / 6)


def test_four_bins_are_the_signs_of_the_two_derivatives(clip):
    """On XT with p = 4: which way an edge moves, however slowly."""
    grey = 100 + 50 * np.sin(0.2 * np.arange(18))
    still = np.tile(grey, (9, 18, 1))
    for speed in (0.01, 0.1, 1):  # pixels a frame, to the right
        x = np.arange(18) - speed * np.arange(9)[:, None, None]
        right = np.broadcast_to(100 + 50 * np.sin(0.2 * x), still.shape)
        XT = HIGOTOP(p=4).histograms(right)[1, 0]
        assert XT[0] == XT[2] == 0  # the derivatives differ in sign everywhere
        XT = HIGOTOP(p=4).histograms(right[::-1])[1, 0]
        assert XT[1] == XT[3] == 0
    assert HIGOTOP(p=4).histograms(still)[2, 0].sum() == 0  # on YT nothing changes


def test_shapes_and_columns(descriptor):
    clips = np.random.default_rng(6).uniform(0, 255, (2, 16, 112, 112))
    features = descriptor.extract(clips)
    assert features.shape == (2, 255 * descriptor.p) == (2, descriptor.n_features)
    assert np.array_equal(features[1:], descriptor.extract(clips[1]))
    histograms = descriptor.histograms(clips[0])
    assert histograms.shape == (3, 85, descriptor.p)
    np.testing.assert_allclose(histograms.sum(axis=-1), 1)
    for i, columns in enumerate(descriptor.block_slices):
        assert np.array_equal(features[0, columns], histograms[:, i].ravel())


def test_by_printed_name():
    for name, kind in [("HOG-TOP", HOGTOP), ("HIGO-TOP", HIGOTOP)]:
        for p in (4, 8):
            descriptor = DESCRIPTORS[f"{name}(p={p})"]
            assert type(descriptor) is kind
            assert (descriptor.p, descriptor.signed) == (p, True)


@pytest.mark.parametrize("shape", [(2, 112, 112), (16, 2, 112), (16, 112, 2)])
def test_clips_too_small(shape):
    for kind in (HOGTOP, HIGOTOP):
        with pytest.raises(ValueError, match=f"{kind.__name__} needs at least 3 .* found a clip"):
            kind(p=4).extract(np.zeros(shape))
