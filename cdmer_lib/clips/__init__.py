"""From the frames of a clip to the benchmark's 16 x 112 x 112 grey values."""

import numpy as np

from ..errors import InvalidInput
from .reading import read_frames, resize, to_grey
from .tim import interpolate

__all__ = ["as_clips", "interpolate", "normalised_clip", "read_frames", "resize", "to_grey"]


def normalised_clip(frames, size=112, n_frames=16):
    """Turn frames into grey levels, resize them, then interpolate in time (paper A, Section II-A).

    ``frames`` are as for :func:`to_grey`, in time order. Returns an ndarray of shape (n_frames,
    size, size), float64; nothing is rounded. Raises ``ValueError`` for no frame, or another shape
    or type. Both steps are linear, so their order does not matter.
    """
    return interpolate(resize(to_grey(frames), size), n_frames)


def as_clips(clips):
    """Return clips of shape (n, T, H, W), or one of (T, H, W), as float64 of shape (n, T, H, W).

    Raises ``ValueError`` for another shape, NaN or infinity.
    """
    clips = np.asarray(clips, dtype=np.float64)
    clips = clips[None] if clips.ndim == 3 else clips
    if clips.ndim != 4:
        raise InvalidInput(
            f"expected grey clips of shape (n, T, H, W) or (T, H, W), found {clips.shape}; "
            "turn colour into grey first (cdmer_lib.clips.normalised_clip does)"
        )
    if not np.isfinite(clips).all():
        raise InvalidInput("expected finite grey values, found NaN or infinity; read them again")
    return clips
