"""From the frames of a clip to the benchmark's 16 x 112 x 112 grey values."""

from .reading import read_frames, resize, to_grey
from .tim import interpolate


def normalised_clip(frames, size=112, n_frames=16):
    """Grey, resize, then interpolate in time; the values stay real.

    Paper A, Section II-A, names both steps. Both are linear, one in space and one in time, so that
    their order does not matter; frames first takes less memory.

    Parameters
    ----------
    frames : array-like of shape (n, H, W) or (n, H, W, 3)
        Grey or RGB, integers or floats, time forwards.
    size, n_frames : int
        Of the result.

    Returns
    -------
    ndarray of shape (n_frames, size, size), float64

    Raises
    ------
    ValueError
        No frame, or another number of axes.
    """
    return interpolate(resize(to_grey(frames), size), n_frames)


__all__ = ["interpolate", "normalised_clip", "read_frames", "resize", "to_grey"]
