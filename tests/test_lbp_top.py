"""LBP-TOP: invariances, a triple-loop oracle, hand-made volumes, the released layout."""

from math import cos, floor, pi, sin

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cdmer_lib.clips.tim import interpolate
from cdmer_lib.descriptors import DESCRIPTORS
from cdmer_lib.descriptors.lbp_top import AXES_TIME_FIRST, LBPTOP, lbp_codes, uniform_mapping

NAMES = [name for name in DESCRIPTORS if name.startswith("LBP-TOP")]


def some_clip(seed=0, shape=(16, 112, 112)):
    return np.random.default_rng(seed).integers(0, 256, shape).astype(float)


# --- invariances ------------------------------------------------------------------------------


@pytest.mark.parametrize("name", NAMES)
def test_grey_level_shift_and_scale_change_nothing(name):
    clip, descriptor = some_clip(), DESCRIPTORS[name]
    expected = descriptor.extract(clip)
    for other in (clip + 31, 0.25 * clip, 3 * clip - 100, clip / 255, clip.astype(np.uint8)):
        assert (descriptor.extract(other) == expected).all()


def circle(codes, P, place):
    """Codes with bit p moved to bit place(p)."""
    return sum((((codes >> p) & 1).astype(int) << (place(p) % P)) for p in range(P))


@pytest.mark.parametrize(("R", "P"), [(1, 4), (3, 4), (1, 8), (3, 8)])
@pytest.mark.parametrize("plane", AXES_TIME_FIRST)
def test_flips_of_an_axis_mirror_the_circle(R, P, plane):
    clip, (first, second) = some_clip(1, (9, 12, 13)), AXES_TIME_FIRST[plane]
    codes = lbp_codes(clip, AXES_TIME_FIRST[plane], R, P)
    (third,) = {0, 1, 2} - {first, second}
    mirrored = {  # -R sin is the first axis, R cos the second
        first: circle(codes, P, lambda p: -p),
        second: circle(codes, P, lambda p: P // 2 - p),
        third: codes,
    }
    for axis, expected in mirrored.items():
        flipped = lbp_codes(np.flip(clip, axis), AXES_TIME_FIRST[plane], R, P)
        assert (flipped == np.flip(expected, axis)).all()


def test_left_right_flip_and_time_reversal_only_move_what_is_counted():
    clip, descriptor = some_clip(2), DESCRIPTORS["LBP-TOP(R3P8)"]
    X = descriptor.extract(np.stack([clip, clip[:, :, ::-1], clip[::-1]]))
    whole = X[:, descriptor.block_slices[0]].reshape(3, 3, 59)  # the block that is the whole face
    np.testing.assert_array_equal(np.sort(whole[0], axis=1), np.sort(whole[1], axis=1))
    np.testing.assert_array_equal(whole[0, 0], whole[2, 0])  # XY does not see time
    np.testing.assert_array_equal(np.sort(whole[0], axis=1), np.sort(whole[2], axis=1))


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("grey", [0, 0.1, 1 / 3, 255, -7])
def test_a_constant_clip_has_one_pattern(name, grey):
    descriptor = DESCRIPTORS[name]
    X = descriptor.extract(np.full((16, 112, 112), grey))
    all_set = uniform_mapping(descriptor.P)[-1]  # every neighbour is "not below"
    assert (X.reshape(255, -1)[:, all_set] == 1).all()


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 2**32 - 1), st.floats(0.01, 100), st.floats(-1000, 1000))
def test_ties_do_not_hang_on_rounding(seed, scale, shift):
    # few grey values: many neighbours that equal the centre by interpolation
    clip = some_clip(seed, (7, 8, 9)) // 128
    for axes in AXES_TIME_FIRST.values():
        assert (lbp_codes(clip, axes, 3, 8) == lbp_codes(scale * clip + shift, axes, 3, 8)).all()


def test_a_clip_of_seven_frames():
    descriptor, short = DESCRIPTORS["LBP-TOP(R3P8)"], some_clip(3, (7, 112, 112))
    for clip in (short, interpolate(short)):
        np.testing.assert_allclose(descriptor.extract(clip).reshape(255, 59).sum(axis=1), 1)
    with pytest.raises(ValueError, match=r"at least 7 frames, rows and columns, found .*6, 112"):
        descriptor.extract(short[:6])


# --- against the definition --------------------------------------------------------------------


def slow_code(clip, t, y, x, plane, R, P):
    """The pattern of one voxel, neighbour by neighbour, bilinear from four voxels."""
    code = 0
    for p in range(P):
        first, second = -R * sin(2 * pi * p / P), R * cos(2 * pi * p / P)
        place = {"XY": (0, first, second), "XT": (first, 0, second), "YT": (first, second, 0)}
        at = [round(c + o, 9) for c, o in zip((t, y, x), place[plane], strict=True)]
        value = 0.0
        for corner in range(8):
            index, weight = [], 1.0
            for axis in range(3):
                upper = (corner >> axis) & 1
                share = at[axis] - floor(at[axis])
                index.append(floor(at[axis]) + upper)
                weight *= share if upper else 1 - share
            if weight > 0:
                value += weight * clip[tuple(index)]
        code |= (value >= clip[t, y, x] - 1e-7) << p
    return code


@pytest.mark.parametrize(("R", "P"), [(1, 4), (3, 4), (1, 8), (3, 8), (2, 6), (1, 16)])
@pytest.mark.parametrize("plane", AXES_TIME_FIRST)
def test_codes_equal_the_triple_loop(R, P, plane):
    clip = some_clip(R + P, (2 * R + 3, 2 * R + 5, 2 * R + 4))
    fast = lbp_codes(clip, AXES_TIME_FIRST[plane], R, P)
    for t, y, x in np.ndindex(fast.shape):
        assert fast[t, y, x] == slow_code(clip, t + R, y + R, x + R, plane, R, P)


@pytest.mark.parametrize("name", NAMES)
def test_features_equal_counting_block_by_block(name):
    descriptor, clip = DESCRIPTORS[name], some_clip(4)
    R, P = descriptor.R, descriptor.P
    length, expected = 112 - 2 * R, []
    for g in (1, 2, 4, 8):
        size = int(length / g + 0.5)
        ends = [(i * size, (i + 1) * size if i < g - 1 else length) for i in range(g)]
        for plane in ("XY", "XT", "YT"):
            labels = uniform_mapping(P)[lbp_codes(clip, AXES_TIME_FIRST[plane], R, P)]
            for left, right in ends:  # column-major: rows run fastest
                for top, bottom in ends:
                    part = labels[:, top:bottom, left:right]
                    counts = [(part == label).sum() for label in range(descriptor.n_bins)]
                    expected += [count / part.size for count in counts]
    np.testing.assert_allclose(descriptor.extract(clip)[0], expected, atol=1e-15)


# --- by hand ----------------------------------------------------------------------------------


def test_codes_of_a_volume_by_hand():
    """One bright voxel, R = 1, P = 4: bit 0 right, 1 up (earlier), 2 left, 3 down (later)."""
    clip = np.zeros((3, 4, 5))
    clip[1, 1, 2] = 9
    # the core is 1 x 2 x 3; around the bright voxel nothing reaches it
    expected = {
        "XY": [[15, 0, 15], [15, 15, 15]],
        "XT": [[15, 0, 15], [15, 15, 15]],
        "YT": [[15, 0, 15], [15, 15, 15]],
    }
    for plane, codes in expected.items():
        assert lbp_codes(clip, AXES_TIME_FIRST[plane], 1, 4).tolist() == [codes]
    # one dark voxel is below its neighbours' grey value: each misses the bit that points at it
    expected = {
        "XY": [[14, 15, 11], [15, 13, 15]],
        "XT": [[14, 15, 11], [15, 15, 15]],
        "YT": [[15, 15, 15], [15, 11, 15]],  # here the second axis, left and right, is y
    }
    for plane, codes in expected.items():
        assert lbp_codes(-clip, AXES_TIME_FIRST[plane], 1, 4).tolist() == [codes]


def test_a_ramp_has_the_code_of_its_direction():
    """Brighter to the right: neighbours 0, 1, 7 are brighter, 2 and 6 equal, 3, 4, 5 darker."""
    ramp = np.broadcast_to(np.arange(9.0), (7, 8, 9))
    assert np.unique(lbp_codes(ramp, AXES_TIME_FIRST["XY"], 3, 8)) == [0b11000111]
    assert np.unique(lbp_codes(ramp, AXES_TIME_FIRST["XT"], 3, 8)) == [0b11000111]
    assert np.unique(lbp_codes(ramp, AXES_TIME_FIRST["YT"], 3, 8)) == [0b11111111]
    later = np.broadcast_to(np.arange(7.0)[:, None, None], (7, 8, 9))  # brighter with time
    assert np.unique(lbp_codes(later, AXES_TIME_FIRST["XT"], 3, 8)) == [0b11110001]


def test_uniform_mapping():
    for P, labels in ((4, 15), (8, 59)):
        mapping = uniform_mapping(P)
        assert len(mapping) == 2**P and set(mapping) == set(range(labels))
    # P = 4: only 0101 and 1010 change more than twice
    assert uniform_mapping(4).tolist() == [0, 1, 2, 3, 4, 14, 5, 6, 7, 8, 14, 9, 10, 11, 12, 13]
    # P = 8: 0 and the first uniform codes in rising order, 255 the last of them
    assert uniform_mapping(8)[[0, 1, 2, 3, 4, 6, 5, 255]].tolist() == [0, 1, 2, 3, 4, 5, 58, 57]


@pytest.mark.parametrize(
    ("name", "width"), list(zip(NAMES, (3825, 15045, 3825, 15045), strict=True))
)
def test_width_and_blocks(name, width):
    descriptor = DESCRIPTORS[name]
    assert descriptor.n_features == width == descriptor.extract(some_clip()).shape[1]
    assert (np.sort(np.concatenate(descriptor.block_slices)) == np.arange(width)).all()


def test_bad_input():
    descriptor = LBPTOP(1, 8)
    with pytest.raises(ValueError, match="expected grey clips of shape"):
        descriptor.extract(np.zeros((16, 112, 112, 3, 1)))
    with pytest.raises(ValueError, match="NaN or infinity"):
        descriptor.extract(np.full((5, 20, 20), np.nan))
