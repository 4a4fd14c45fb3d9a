"""From image files to grey frames, and to frames of one size; grey levels stay real-valued.

Paper A says that frames are resized to 112 x 112. It names neither the interpolation nor the
conversion to grey. We assume what MATLAB, in which the authors worked, does by default:
``rgb2gray`` and ``imresize``, but without the rounding of ``rgb2gray`` to 8 bits.
"""

import os
import stat
from math import ceil

import numpy as np
from PIL import Image

from ..errors import InvalidInput

RGB_TO_GREY = np.array([0.299, 0.587, 0.114])  # ITU-R Recommendation BT.601
FORMATS = ("BMP", "JPEG", "PNG", "TIFF")
MOST_PIXELS = 1 << 25  # of a frame: a little more than 7680 x 4320
# Modes of Pillow that are taken as stored; palettes, alpha and others become RGB.
AS_STORED = ("L", "RGB", "I;16", "I;16B", "I", "F")


def read_frames(paths):
    """Read the frames of one clip.

    Parameters
    ----------
    paths : iterable of path
        Images in time order: BMP, JPEG, PNG or TIFF; colour, palette or grey; 8 or 16 bits; at
        most 2^25 pixels each. Alpha is left out.

    Returns
    -------
    ndarray of shape (n, H, W), float64, grey levels 0..255

    Raises
    ------
    ValueError
        No path; a file that cannot be read; frames of different size. The message names the file.
    """
    paths = list(paths)
    if not paths:
        raise InvalidInput("expected the frames of a clip, found no path; look at its folder")
    frames = [_read(path) for path in paths]
    for path, frame in zip(paths, frames, strict=True):
        if frame.shape != frames[0].shape:
            raise InvalidInput(
                f"{path}: expected frames of one size, found {frame.shape} (height, width) after "
                f"{frames[0].shape}; crop the clip again"
            )
    return np.stack(frames)


def _read(path):
    try:
        if not stat.S_ISREG(os.stat(path).st_mode):
            raise InvalidInput("a folder, a pipe or a device")  # a pipe would be waited for
        with Image.open(path, formats=FORMATS) as image:
            if image.width * image.height > MOST_PIXELS:
                raise InvalidInput(f"{image.width} x {image.height} pixels")
            pixels = np.asarray(image if image.mode in AS_STORED else image.convert("RGB"))
            if (image.format, image.mode) == ("PNG", "I"):  # 16 bits, as old versions of Pillow say
                pixels = pixels.astype(np.uint16)
        return to_grey(pixels[None])[0]
    except Exception as error:  # Pillow raises errors of many kinds on a broken file
        raise InvalidInput(
            f"{path}: expected an image, found a file that cannot be read ({error}); copy it from "
            "the database again, or leave the clip out"
        ) from error


def to_grey(frames):
    """Turn frames into grey levels from 0 to 255, without rounding.

    Parameters
    ----------
    frames : array of shape (n, H, W) or (n, H, W, 3)
        Grey or red, green, blue. uint8 is taken as it is, uint16 is divided by 257 (65535 becomes
        255), float is taken as levels from 0 to 255.

    Returns
    -------
    ndarray of shape (n, H, W), float64
        0.299 R + 0.587 G + 0.114 B (ITU-R BT.601; the weights of ``rgb2gray`` to three digits).

    Raises
    ------
    ValueError
        Another shape or type; no pixels; NaN or infinity.
    """
    frames = np.asarray(frames)
    colour = frames.ndim == 4 and frames.shape[3] == 3
    if not (colour or frames.ndim == 3) or not frames.size:
        raise InvalidInput(
            f"expected frames of shape (n, H, W) or (n, H, W, 3), found {frames.shape}; check the "
            "order of the axes"
        )
    kind, bits = frames.dtype.kind, 8 * frames.dtype.itemsize
    if kind != "f" and (kind, bits) not in {("u", 8), ("u", 16)}:  # in any byte order
        raise InvalidInput(
            f"expected frames as uint8, uint16 or float, found {frames.dtype}; convert them"
        )
    if kind == "f" and not np.isfinite(frames).all():
        raise InvalidInput(
            "expected finite grey levels, found NaN or infinity; read the clip again"
        )
    grey = frames @ RGB_TO_GREY if colour else frames.astype(np.float64)
    return grey / 257 if (kind, bits) == ("u", 16) else grey


def resize(frames, size=112):
    """Resize frames as MATLAB's ``imresize`` does: bicubic, widened against aliasing.

    Bicubic interpolation is linear and separable, so each frame F becomes A F B', with a
    :func:`bicubic_matrix` for its rows and one for its columns. A frame of the target size comes
    back unchanged. Values may leave the range of the input a little at strong edges; they are not
    clipped. The ratio of width to height is not kept.

    ``frames`` is an array of shape (n, H, W). Returns (n, size, size), float64. Raises
    ``ValueError`` for frames of another shape, or a size below 1.
    """
    frames = np.asarray(frames, dtype=np.float64)
    if frames.ndim != 3 or not frames.size or size < 1:
        raise InvalidInput(
            f"expected grey frames of shape (n, H, W) and a size from 1 up, found {frames.shape} "
            f"and {size}; convert colour with to_grey"
        )
    rows, columns = (bicubic_matrix(length, size) for length in frames.shape[1:])
    return rows @ frames @ columns.T


def bicubic_matrix(n_in, n_out):
    """The weights of bicubic interpolation from ``n_in`` pixels to ``n_out``: (n_out, n_in).

    Pixel j of the result lies at (j + 1/2) / s - 1/2 with s = n_out / n_in. Its weights are Keys'
    cubic kernel with a = -1/2, scaled to sum 1. When shrinking, the kernel is stretched by 1 / s,
    which makes it a low-pass filter against aliasing. Beyond its ends the signal is mirrored, the
    end pixel twice in a row. (Earlier versions of ``imresize`` repeat the end pixel instead, which
    changes the one or two outermost pixels.)

    Source: R. Keys, "Cubic convolution interpolation for digital image processing", 1981; the
    stretching and the mirroring as in MATLAB's ``imresize``.
    """
    s = n_out / n_in
    stretch = min(s, 1.0)
    centre = (np.arange(n_out) + 0.5) / s - 0.5
    reach = ceil(2 / stretch) + 1
    taps = np.floor(centre).astype(int)[:, None] + np.arange(-reach, reach + 1)
    x = np.abs(stretch * (centre[:, None] - taps))
    near = (1.5 * x - 2.5) * x * x + 1  # Keys' kernel up to 1, and from 1 to 2
    far = ((-0.5 * x + 2.5) * x - 4) * x + 2
    weights = np.where(x <= 1, near, np.where(x <= 2, far, 0.0))
    weights /= weights.sum(axis=1, keepdims=True)
    mirrored = np.concatenate([np.arange(n_in), np.arange(n_in)[::-1]])[taps % (2 * n_in)]
    matrix = np.zeros((n_out, n_in))
    np.add.at(matrix, (np.arange(n_out)[:, None], mirrored), weights)
    return matrix
