"""LBP-SIP: invariances, a scalar oracle, code maps by hand."""

import numpy as np
import pytest

from cdmer_lib.descriptors import DESCRIPTORS, LBPSIP
from cdmer_lib.descriptors.lbp_sip import sip_codes
from cdmer_lib.protocol import facial_blocks


def blocks_of(descriptor, clip):
    """Features regrouped by block: shape (85, 20)."""
    row = descriptor.extract(clip)[0]
    return np.array([row[columns] for columns in descriptor.block_slices])


def seen_in_a_mirror():
    """For each block of a grid that is its own mirror image, the block on the other side."""
    blocks = facial_blocks(16)
    place = {(b.level, b.row, b.column): i for i, b in enumerate(blocks)}
    return [place[b.level, b.row, b.level - 1 - b.column] for b in blocks]


def with_bits(order):
    """Where each code goes when bit k of the new code is bit ``order[k]`` of the old one."""
    codes = range(2 ** len(order))
    return [sum((code >> old & 1) << new for new, old in enumerate(order)) for code in codes]


def permuted(features, spatial, temporal):
    """Histograms (85, 20) whose bins are renamed: old code -> new code."""
    new = np.empty_like(features)
    new[:, spatial] = features[:, :16]
    new[:, 16 + np.array(temporal)] = features[:, 16:]
    return new


@pytest.fixture(params=[1, 3], ids="R{}".format)
def sip(request):
    return LBPSIP(R=request.param)


@pytest.fixture
def clip(sip):
    """Few grey values, so that neighbours are often equal; the core is 16 x 16."""
    side = 16 + 2 * sip.R
    return np.random.default_rng(3).integers(0, 6, (9, side, side)).astype(float)


def test_grey_level_shift_and_scale_change_nothing(sip, clip):
    features = sip.extract(clip)
    for a, b in [(1, 100), (3, 0), (0.1, 7.3), (1 / 3, -50)]:
        assert np.array_equal(sip.extract(a * clip + b), features)


def test_left_right_flip_swaps_two_neighbours_and_the_blocks(sip, clip):
    expected = permuted(blocks_of(sip, clip), with_bits([2, 1, 0, 3]), range(4))
    flipped = blocks_of(sip, clip[:, :, ::-1])
    np.testing.assert_array_equal(flipped, expected[seen_in_a_mirror()])


def test_time_reversal_swaps_the_temporal_bits(sip, clip):
    expected = permuted(blocks_of(sip, clip), range(16), with_bits([1, 0]))
    np.testing.assert_array_equal(blocks_of(sip, clip[::-1]), expected)


def test_turning_the_frames_turns_the_spatial_bits(sip, clip):
    """A quarter turn to the left: right goes up, above goes left, ..."""
    whole = permuted(blocks_of(sip, clip), with_bits([3, 0, 1, 2]), range(4))[0]
    np.testing.assert_array_equal(blocks_of(sip, np.rot90(clip, axes=(1, 2)))[0], whole)


@pytest.mark.parametrize("value", [0, 7.3, -255])
def test_constant_clip_has_all_bits_set(sip, value):
    features = blocks_of(sip, np.full((16, 112, 112), value))
    assert np.array_equal(features, np.tile(np.eye(20)[15] + np.eye(20)[19], (85, 1)))


def test_rounding_does_not_decide(sip, clip):
    noise = np.random.default_rng(0).uniform(-1e-10, 1e-10, clip.shape)
    assert np.array_equal(sip.extract(clip + noise), sip.extract(clip))


def test_integers_are_as_good_as_floats(sip, clip):
    assert np.array_equal(sip.extract(clip.astype(np.uint8)), sip.extract(clip))


def slow_histograms(clip, R):
    """Every block, every voxel, every neighbour, one after the other."""
    T, H, W = (length - 2 * R for length in clip.shape)
    histograms = []
    for block in facial_blocks(H, W):
        spatial, temporal, n = [0] * 16, [0] * 4, 0
        for t in range(R, T + R):
            for y in range(R + block.rows.start, R + block.rows.stop):
                for x in range(R + block.columns.start, R + block.columns.stop):
                    centre = clip[t][y][x]
                    code = 0
                    code += 1 if clip[t][y][x + R] >= centre else 0
                    code += 2 if clip[t][y - R][x] >= centre else 0
                    code += 4 if clip[t][y][x - R] >= centre else 0
                    code += 8 if clip[t][y + R][x] >= centre else 0
                    spatial[code] += 1
                    code = 0
                    code += 1 if clip[t - R][y][x] >= centre else 0
                    code += 2 if clip[t + R][y][x] >= centre else 0
                    temporal[code] += 1
                    n += 1
        histograms.append([count / n for count in spatial + temporal])
    return histograms


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("levels", [3, 256])
def test_against_the_definition(sip, seed, levels):
    shape = (2 * sip.R + 2, 2 * sip.R + 17, 2 * sip.R + 24)
    clip = np.random.default_rng(seed).integers(0, levels, shape).astype(float)
    np.testing.assert_array_equal(blocks_of(sip, clip), slow_histograms(clip, sip.R))


def test_code_map_by_hand():
    before = [[0, 0, 0, 0], [0, 5, 1, 0], [0, 2, 9, 0], [0, 0, 0, 0]]
    now = [[0, 7, 3, 0], [1, 4, 6, 6], [8, 2, 5, 0], [0, 2, 9, 0]]
    after = [[0, 0, 0, 0], [0, 3, 6, 0], [0, 2, 4, 0], [0, 0, 0, 0]]
    # right 1, above 2, left 4, below 8; before 16, after 32
    expected = [
        [1 + 2 + 16, 1 + 32],  # 4: right 6, above 7, before 5;       6: right 6, after 6
        [1 + 2 + 4 + 8 + 16 + 32, 2 + 8 + 16],  # 2: all;  5: above 6, below 9, before 9
    ]
    assert sip_codes(np.array([before, now, after], float), R=1).tolist() == [expected]


def test_radius_three_reads_three_steps_away():
    clip = np.zeros((7, 7, 7))
    clip[3, 3, 3] = 1
    spatial = [((3, 3, 6), 1), ((3, 0, 3), 2), ((3, 3, 0), 4), ((3, 6, 3), 8)]
    temporal = [((0, 3, 3), 16), ((6, 3, 3), 32)]
    for step, code in [*spatial, *temporal, ((3, 3, 5), 0), ((4, 3, 3), 0)]:
        bright = clip.copy()
        bright[step] = 2
        assert sip_codes(bright, R=3).tolist() == [[[code]]]


def test_shapes_and_columns(sip):
    rng = np.random.default_rng(5)
    clips = rng.uniform(0, 255, (2, 16, 112, 112))
    features = sip.extract(clips)
    assert features.shape == (2, 1700) == (2, sip.n_features)
    assert np.array_equal(features[1:], sip.extract(clips[1]))
    assert len(sip.block_slices) == 85 and {len(columns) for columns in sip.block_slices} == {20}
    # one plane: the columns of a block are one run, and only its own pixels move them
    assert np.array_equal(np.concatenate(sip.block_slices), np.arange(1700))
    np.testing.assert_allclose(features.reshape(2, 85, 20)[..., :16].sum(axis=-1), 1)
    np.testing.assert_allclose(features.reshape(2, 85, 20)[..., 16:].sum(axis=-1), 1)


def test_only_blocks_that_see_a_pixel_change(sip):
    clip = np.random.default_rng(6).uniform(0, 255, (16, 112, 112))
    clip[8, 60, 20] = -1
    changed = clip.copy()
    changed[8, 60, 20] = 1000  # turns its own bits and one bit of each neighbour
    moved = (blocks_of(sip, clip) != blocks_of(sip, changed)).any(axis=1)
    row, column = 60 - sip.R, 20 - sip.R
    for block, differs in zip(facial_blocks(112 - 2 * sip.R), moved, strict=True):
        near = [
            (row + dy, column + dx)
            for dy, dx in [(0, 0), (0, sip.R), (0, -sip.R), (sip.R, 0), (-sip.R, 0)]
        ]
        sees = any(
            block.rows.start <= r < block.rows.stop
            and block.columns.start <= c < block.columns.stop
            for r, c in near
        )
        assert differs == sees


def test_by_printed_name():
    assert DESCRIPTORS["LBP-SIP(R1)"].R == 1 and DESCRIPTORS["LBP-SIP(R3)"].R == 3


@pytest.mark.parametrize("shape", [(6, 112, 112), (16, 6, 112), (16, 112, 6)])
def test_clips_too_small(shape):
    with pytest.raises(ValueError, match=r"R = 3 needs at least 7 frames.* found a clip of shape"):
        LBPSIP(R=3).extract(np.zeros(shape))
