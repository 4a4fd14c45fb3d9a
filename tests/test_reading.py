"""Reading frames: invariances, a slow oracle for the resizing, golden values, bad files."""

import os

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from cdmer_lib.clips.reading import FORMATS, bicubic_matrix, read_frames, resize, to_grey

rng = np.random.default_rng(5)


# Resizing.


def keys(x):
    """Keys' cubic convolution kernel with a = -1/2, as in his equation (15)."""
    x = abs(x)
    if x < 1:
        return 3 / 2 * x**3 - 5 / 2 * x**2 + 1
    if x < 2:
        return -1 / 2 * x**3 + 5 / 2 * x**2 - 4 * x + 2
    return 0.0


def resized_slowly(row, n_out):
    """One row, pixel by pixel: a sum over a signal that is mirrored without end."""
    n_in, result = len(row), []
    s = n_out / n_in
    stretch = min(s, 1)
    for j in range(n_out):
        centre = (j + 0.5) / s - 0.5
        total = weight = 0.0
        for i in range(-3 * n_in, 4 * n_in):
            w = keys(stretch * (centre - i))
            place = i % (2 * n_in)
            total += w * row[place if place < n_in else 2 * n_in - 1 - place]
            weight += w
        result.append(total / weight)
    return result


@given(st.integers(1, 16), st.integers(1, 16))
def test_matrix_equals_the_slow_sum(n_in, n_out):
    row = np.random.default_rng(n_in).normal(size=n_in)
    np.testing.assert_allclose(
        bicubic_matrix(n_in, n_out) @ row, resized_slowly(row, n_out), atol=1e-12
    )


@pytest.mark.parametrize("shape", [(112, 112), (280, 231), (139, 170), (8, 8), (1, 5), (113, 111)])
def test_constant_stays_constant_and_target_size_unchanged(shape):
    np.testing.assert_allclose(resize(np.full((2, *shape), 137.3)), 137.3, rtol=1e-13)
    frames = rng.uniform(0, 255, (2, *shape))
    out = resize(frames)
    assert out.shape == (2, 112, 112) and out.dtype == np.float64
    if shape == (112, 112):
        np.testing.assert_array_equal(out, frames)


def test_resizing_is_linear_and_commutes_with_flips():
    frames = rng.uniform(0, 255, (3, 170, 139))
    out = resize(frames)
    np.testing.assert_allclose(resize(frames[:, :, ::-1]), out[:, :, ::-1], atol=1e-11)
    np.testing.assert_allclose(resize(frames[:, ::-1]), out[:, ::-1], atol=1e-11)
    np.testing.assert_allclose(resize(frames[::-1]), out[::-1], atol=1e-11)
    np.testing.assert_allclose(resize(2 * frames + 7), 2 * out + 7, atol=1e-11)
    np.testing.assert_allclose(
        resize(frames.transpose(0, 2, 1)), out.transpose(0, 2, 1), atol=1e-11
    )


def test_a_ramp_stays_a_ramp_inside():
    # cubic convolution keeps straight lines; shrunk by 2.5, pixel j lies at 2.5 j + 0.75
    ramp = np.tile(np.arange(280.0), (280, 1))
    out = resize(ramp[None])[0]
    np.testing.assert_allclose(out[5, 3:-3], 2.5 * np.arange(3, 109) + 0.75, atol=0.02)


def test_fine_stripes_fade_instead_of_aliasing():
    stripes = np.tile([0.0, 255.0], (280, 140))
    assert np.ptp(resize(stripes[None])[0][:, 3:-3]) < 10


def test_values_as_matlab_prints_them():
    # imresize([1 2 3; 4 5 6; 7 8 9], [2 2]) as quoted from MATLAB in a public answer,
    # https://e-learn.cn/qa/q-649468.html. That version continued the end pixels instead of
    # mirroring them: so they are continued here by hand, and the same scale is kept.
    padded = np.pad(np.arange(1.0, 10).reshape(3, 3), 6, mode="edge")
    out = resize(padded[None], 10)[0, 4:6, 4:6]
    np.testing.assert_allclose(out, [[2.1296, 3.5648], [6.4352, 7.8704]], atol=5e-5)


@pytest.mark.parametrize("shape", [(280, 231), (60, 75)])
def test_inner_pixels_equal_pillow(shape):
    # Pillow cuts the kernel at the border where MATLAB mirrors; inside they are the same
    frame = rng.uniform(0, 255, shape).astype(np.float32)
    pillow = Image.fromarray(frame).resize((112, 112), Image.Resampling.BICUBIC)
    np.testing.assert_allclose(
        resize(frame[None])[0][4:-4, 4:-4], np.asarray(pillow)[4:-4, 4:-4], atol=1e-3
    )


# Grey levels.


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, ">u2", np.float16, np.float64])
def test_grey_of_each_type_is_the_same(dtype):
    levels = rng.integers(0, 256, (2, 5, 4))
    scale = 257 if dtype in (np.uint16, ">u2") else 1
    grey = to_grey((levels * scale).astype(dtype))
    assert grey.dtype == np.float64
    np.testing.assert_array_equal(grey, levels)
    colour = np.repeat((levels * scale).astype(dtype)[..., None], 3, axis=3)
    np.testing.assert_allclose(to_grey(colour), levels, atol=1e-12)


def test_grey_weights_and_no_rounding():
    pure = np.eye(3)[None, None] * 255  # one row: red, green, blue
    np.testing.assert_allclose(to_grey(pure.astype(np.uint8))[0, 0], [76.245, 149.685, 29.07])


@pytest.mark.parametrize("frames, words", [
    (np.zeros((2, 3)), "shape"),
    (np.zeros((2, 3, 4, 2)), "shape"),
    (np.zeros((0, 3, 4)), "shape"),
    (np.zeros((2, 3, 4), int), "uint8, uint16 or float"),
    (np.zeros((2, 3, 4), bool), "uint8, uint16 or float"),
    (np.full((2, 3, 4), np.nan), "NaN"),
])  # fmt: skip
def test_grey_refuses(frames, words):
    with pytest.raises(ValueError, match=words):
        to_grey(frames)


@pytest.mark.parametrize("shape, size", [((4, 4), 112), ((1, 4, 4, 3), 112), ((1, 4, 4), 0),
                                         ((1, 0, 4), 112)])  # fmt: skip
def test_resize_refuses(shape, size):
    with pytest.raises(ValueError, match="expected grey frames"):
        resize(np.zeros(shape), size)


# Files.


@pytest.mark.parametrize("suffix", ["bmp", "png", "jpg"])
@pytest.mark.parametrize("colour", [False, True])
def test_frames_from_files(tmp_path, suffix, colour):
    images = rng.integers(0, 256, (3, 9, 7, 3) if colour else (3, 9, 7)).astype(np.uint8)
    paths = [tmp_path / f"{i}.{suffix}" for i in range(3)]
    for path, image in zip(paths, images, strict=True):
        Image.fromarray(image).save(path)
    frames = read_frames(paths)
    assert frames.shape == (3, 9, 7) and frames.dtype == np.float64
    stored = np.stack([np.asarray(Image.open(path)) for path in paths])
    np.testing.assert_array_equal(frames, to_grey(stored))
    if suffix != "jpg":
        np.testing.assert_array_equal(frames, to_grey(images))
    np.testing.assert_array_equal(read_frames(map(str, paths[::-1])), frames[::-1])


def test_files_of_other_kinds_agree(tmp_path):
    grey = rng.integers(0, 256, (6, 5)).astype(np.uint8)
    Image.fromarray(grey).save(tmp_path / "8.PNG")
    Image.fromarray(grey.astype(np.uint16) * 257).save(tmp_path / "16.png")
    Image.fromarray(grey).convert("RGB").save(tmp_path / "rgb.bmp")
    Image.fromarray(grey).convert("RGBA").save(tmp_path / "rgba.png")
    Image.fromarray(grey).convert("LA").save(tmp_path / "la.png")
    Image.fromarray(grey).convert("P").save(tmp_path / "palette.bmp")
    frames = read_frames(sorted(tmp_path.iterdir()))
    assert len(frames) == 6
    np.testing.assert_allclose(frames, np.broadcast_to(grey, frames.shape), atol=1e-12)


@pytest.mark.parametrize("content", [b"", b"no image", "cut", "absent"])
@pytest.mark.parametrize("suffix", ["bmp", "jpg"])
def test_a_broken_file_is_named(tmp_path, suffix, content):
    good, bad = tmp_path / f"good.{suffix}", tmp_path / f"bad.{suffix}"
    Image.fromarray(rng.integers(0, 256, (40, 40, 3)).astype(np.uint8)).save(good)
    if content != "absent":
        bad.write_bytes(good.read_bytes()[:500] if content == "cut" else content)
    with pytest.raises(ValueError, match=rf"bad\.{suffix}: expected an image"):
        read_frames([good, bad])


def test_frames_of_different_size_and_no_frames(tmp_path):
    for name, shape in (("a.bmp", (4, 5)), ("b.bmp", (5, 4))):
        Image.fromarray(np.zeros(shape, np.uint8)).save(tmp_path / name)
    with pytest.raises(ValueError, match=r"b\.bmp: expected frames of one size"):
        read_frames([tmp_path / "a.bmp", tmp_path / "b.bmp"])
    with pytest.raises(ValueError, match="found no path"):
        read_frames([])


def test_a_pipe_is_not_waited_for_and_many_pixels_are_not_decoded(tmp_path, monkeypatch):
    os.mkfifo(tmp_path / "pipe.bmp")
    with pytest.raises(ValueError, match=r"pipe\.bmp: expected an image"):
        read_frames([tmp_path / "pipe.bmp"])
    Image.new("1", (2**13, 2**13)).save(tmp_path / "large.png")
    monkeypatch.setattr(Image.Image, "load", None)
    with pytest.raises(ValueError, match=r"large\.png: expected an image.*8192 x 8192 pixels"):
        read_frames([tmp_path / "large.png"])


def test_formats_are_those_of_frames(tmp_path):
    for name in ("ICO", "GIF", "PPM"):
        Image.new("L", (16, 16)).save(tmp_path / "frame.bmp", name)
        with pytest.raises(ValueError, match=r"frame\.bmp: expected an image"):
            read_frames([tmp_path / "frame.bmp"])
    for name in FORMATS:
        Image.new("L", (16, 16), 7).save(tmp_path / "frame.bmp", name)
        assert (read_frames([tmp_path / "frame.bmp"]) == 7).all()


def test_16_bits_in_the_mode_of_old_versions_of_pillow(tmp_path, monkeypatch):
    grey = np.arange(64, dtype=np.uint16).reshape(8, 8) * 1000
    Image.fromarray(grey).save(tmp_path / "16.png")
    opened = Image.open

    def as_32_bits(path, **how):
        image = opened(path, **how)
        old = image.convert("I")
        old.format = image.format
        return old

    monkeypatch.setattr(Image, "open", as_32_bits)
    np.testing.assert_allclose(read_frames([tmp_path / "16.png"])[0], grey / 257)
