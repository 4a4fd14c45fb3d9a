"""From image files to grey frames, and to frames of one size; grey levels stay real-valued.

Paper A says that frames are resized to 112 x 112 and names neither the interpolation nor the
conversion to grey. Both follow here what MATLAB, in which the authors worked, does unasked:
``rgb2gray`` and ``imresize``. That is an assumption. One thing is left out of it: ``rgb2gray``
rounds to 8 bits when its input has 8 bits, and nothing is rounded here.
"""

import numpy as np
from PIL import Image

from ..errors import InvalidInput
from .bicubic import bicubic_matrix

RGB_TO_GREY = np.array([0.299, 0.587, 0.114])  # ITU-R Recommendation BT.601
# Modes of Pillow that are taken as stored; palettes, alpha and others become RGB.
AS_STORED = ("L", "RGB", "I;16", "I;16B", "I", "F")


def read_frames(paths):
    """Read the frames of one clip.

    Parameters
    ----------
    paths : iterable of path
        Image files in time order, colour, palette or grey, 8 or 16 bits; alpha is left out.

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
        # Pillow itself: imageio, which calls it, takes three times as long on small images
        with Image.open(path) as image:
            pixels = np.asarray(image if image.mode in AS_STORED else image.convert("RGB"))
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
    if not (frames.ndim == 3 or (frames.ndim == 4 and frames.shape[3] == 3)) or not frames.size:
        raise InvalidInput(
            f"expected frames of shape (n, H, W) or (n, H, W, 3), found {frames.shape}; check the "
            "order of the axes"
        )
    kind, size = frames.dtype.kind, frames.dtype.itemsize
    if kind != "f" and (kind, size) not in {("u", 1), ("u", 2)}:  # 16 bits in any byte order
        raise InvalidInput(
            f"expected frames as uint8, uint16 or float, found {frames.dtype}; convert them"
        )
    if kind == "f" and not np.isfinite(frames).all():
        raise InvalidInput(
            "expected finite grey levels, found NaN or infinity; read the clip again"
        )
    grey = frames @ RGB_TO_GREY if frames.ndim == 4 else frames.astype(np.float64)
    return grey / 257 if (kind, size) == ("u", 2) else grey


def resize(frames, size=112):
    """Resize frames as MATLAB's ``imresize`` does: bicubic, widened against aliasing.

    Bicubic interpolation is linear and separable, so each frame F becomes A F B' with one matrix
    for its rows and one for its columns, :func:`~cdmer_lib.clips.bicubic.bicubic_matrix`. Every
    row of either sums to 1: a constant frame stays constant up to rounding. A frame of the target
    size has A = B = I and comes back unchanged. Values may leave the range of the input a little
    at strong edges; they are not clipped.

    Parameters
    ----------
    frames : array of shape (n, H, W)
    size : int
        Height and width of the result; the ratio of width to height is not kept.

    Returns
    -------
    ndarray of shape (n, size, size), float64

    Raises
    ------
    ValueError
        Frames of another shape, or a size below 1.
    """
    frames = np.asarray(frames, dtype=np.float64)
    if frames.ndim != 3 or not frames.size or size < 1:
        raise InvalidInput(
            f"expected grey frames of shape (n, H, W) and a size from 1 up, found {frames.shape} "
            f"and {size}; convert colour with to_grey"
        )
    rows, columns = (bicubic_matrix(length, size) for length in frames.shape[1:])
    return rows @ frames @ columns.T
