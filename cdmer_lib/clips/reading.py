"""From image files to grey frames, and to frames of one size; grey levels stay real-valued.

Paper A says that frames are resized to 112 x 112, and no more. We assume what MATLAB, in which the
authors worked, does by default (``rgb2gray``, ``imresize``), without rounding to 8 bits.
"""

import os
import stat
from math import ceil

import numpy as np

from ..errors import InvalidInput

RGB_TO_GREY = np.array([0.299, 0.587, 0.114])  # ITU-R Recommendation BT.601
FORMATS = ("BMP", "JPEG", "PNG", "PPM", "TIFF")  # others, such as EPS, may run programs
MOST_PIXELS = 1 << 25  # of a frame: a little more than 7680 x 4320
AS_STORED = ("L", "RGB", "I;16", "I;16B", "I", "F")  # modes of Pillow; others become RGB


def read_frames(paths):
    """Read the frames of one clip: an ndarray of shape (n, H, W), float64, grey levels 0 to 255.

    ``paths`` are BMP, JPEG, PNG, PPM or TIFF files in time order; colour, with a palette, or grey;
    of 8 or 16 bits. Transparency is left out. Raises ``ValueError`` for no path. It names the file
    that is absent, cannot be read, has more than 2^25 pixels or another size than the first.
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
    from PIL import Image

    try:
        if not stat.S_ISREG(os.stat(path).st_mode):  # to open a pipe would take for ever
            raise OSError("a folder, a pipe or a device")
        with Image.open(path, formats=FORMATS) as image:
            if image.width * image.height > MOST_PIXELS:  # no pixel is unpacked yet
                raise OSError(f"{image.width} x {image.height} pixels, more than {MOST_PIXELS}")
            pixels = np.asarray(image if image.mode in AS_STORED else image.convert("RGB"))
            if image.mode == "I" and image.format in ("PNG", "PPM"):
                pixels = pixels.astype(np.uint16)  # Pillow stores 16 bits in 32, PNG before 10.3
        return to_grey(pixels[None])[0]
    except Exception as error:  # Pillow raises errors of many kinds on a broken file
        raise InvalidInput(
            f"{path}: expected an image ({', '.join(FORMATS)}), found a file that cannot be read "
            f"({error}); copy it from the database again, or leave the clip out"
        ) from error


def to_grey(frames):
    """Turn frames into grey levels from 0 to 255, without rounding: (n, H, W), float64.

    ``frames`` is an array of shape (n, H, W), grey, or (n, H, W, 3), red, green and blue. uint8 is
    taken as it is, uint16 is divided by 257 (65535 becomes 255), float is taken as levels from 0 to
    255. Grey is 0.299 R + 0.587 G + 0.114 B (ITU-R BT.601; the weights of ``rgb2gray`` to three
    digits). Raises ``ValueError`` for another shape or type, no pixels, NaN or infinity.
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
        raise InvalidInput(f"expected uint8, uint16 or float, found {frames.dtype}; convert them")
    if kind == "f" and not np.isfinite(frames).all():
        raise InvalidInput("expected finite grey levels, found NaN or infinity; read them again")
    grey = frames @ RGB_TO_GREY if colour else frames.astype(np.float64)
    return grey / 257 if (kind, bits) == ("u", 16) else grey


def resize(frames, size=112):
    """Resize frames, (n, H, W), as MATLAB's ``imresize`` does: (n, size, size), float64.

    Each frame F becomes A F B', with one :func:`bicubic_matrix` for its rows and one for its
    columns. Values may leave the range of the input a little at strong edges; they are not clipped.
    Raises ``ValueError`` for frames of another shape, or a size below 1.
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

    Pixel j of the result lies at (j + 1/2) / s - 1/2 with s = n_out / n_in. Its weights are the
    cubic kernel with a = -1/2, scaled to sum 1 (R. Keys, "Cubic convolution interpolation for
    digital image processing", 1981). As in MATLAB's ``imresize``, the kernel is stretched by 1 / s
    where s < 1, against aliasing, and the signal is mirrored beyond its ends, the end pixel twice
    in a row. (Earlier versions of ``imresize`` repeat the end pixel instead.)
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
