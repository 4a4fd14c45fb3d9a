"""From grey clips to the input of C3D."""

import numpy as np

from ..errors import InvalidInput

CHANNEL_MEANS = (90.25, 97.66, 101.41)  # blue, green, red: means of the Sports-1M mean cube


def network_input(clips, mean=CHANNEL_MEANS):
    """Grey clips as the colour clips that the network was trained on, less the mean.

    Grey is copied to the three channels. Paper A does not say what it did: the files of SMIC and
    CASME II are in colour, its other descriptors and the clips here are grey. Levels stay 0..255,
    as in Caffe. The published pipeline shrinks a video to 128 x 171 and cuts out 112 x 112; clips
    here are faces of 112 x 112 already, of which nothing is cut off.

    Parameters
    ----------
    clips : ndarray of shape (n, T, H, W)
        Grey levels, 0..255.
    mean : three numbers, or ndarray of shape (3, T, H, W)
        In the order of the network's channels, which is blue, green, red.

    Returns
    -------
    ndarray of shape (n, 3, T, H, W), float32
    """
    mean = np.asarray(mean, dtype=np.float64)
    if mean.shape == (3,):
        mean = mean[:, None, None, None]
    return (np.asarray(clips)[:, None] - mean).astype(np.float32)


def read_mean(path, frames=16, size=112):
    """The mean cube of a NumPy file, its middle cut out as Caffe's test phase does.

    Parameters
    ----------
    path : path
        ``.npy`` of shape (3, frames, H, W), H and W at least ``size`` (128 x 171 in the published
        one), or the same with a leading axis of 1; channels blue, green, red.
    frames, size : int

    Returns
    -------
    ndarray of shape (3, frames, size, size)

    Raises
    ------
    ValueError
        Another file or shape.
    """
    try:
        cube = np.load(path, allow_pickle=False)
    except (OSError, ValueError) as error:
        raise InvalidInput(f"{path}: expected the mean cube as a .npy file ({error})") from None
    found = cube.shape
    cube = cube[0] if cube.ndim == 5 and len(cube) == 1 else cube
    if cube.ndim != 4 or cube.shape[:2] != (3, frames) or min(cube.shape[2:]) < size:
        raise InvalidInput(
            f"{path}: expected a mean cube of shape (3, {frames}, H, W), H and W at least {size}, "
            f"found {found}"
        )
    top, left = ((side - size) // 2 for side in cube.shape[2:])
    return cube[:, :, top : top + size, left : left + size].astype(np.float64)
