"""From the frames of a clip to the benchmark's 16 x 112 x 112 grey values."""

import numpy as np

from ..errors import InvalidInput
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


def as_clips(clips):
    """Clips as float64 of shape (n, T, H, W), checked."""
    clips = np.asarray(clips, dtype=np.float64)
    if clips.ndim == 3:
        clips = clips[None]
    if clips.ndim != 4:
        raise InvalidInput(
            f"expected grey clips of shape (n, T, H, W) or (T, H, W), found {clips.shape}; "
            "turn colour into grey first (cdmer_lib.clips.normalised_clip does)"
        )
    if not np.isfinite(clips).all():
        raise InvalidInput(
            "expected finite grey values, found NaN or infinity; read the clip again"
        )
    return clips


__all__ = ["as_clips", "interpolate", "normalised_clip", "read_frames", "resize", "to_grey"]
