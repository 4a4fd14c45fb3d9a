"""The four cameras: frame rate, frame size, light, sharpness, noise, framing.

Frame rates and the sizes of the cropped pictures are those of the real databases; noise, the
spread of the light and SMIC's framing were set by the statistics named in
:mod:`cdmer_lib.synthetic`; the rest is ours.
"""

from dataclasses import dataclass

import numpy as np
from scipy.ndimage import gaussian_filter1d


@dataclass(frozen=True)
class Camera:
    """A camera and the light in front of it.

    Attributes
    ----------
    rate : float
        Frames a second.
    size : (float, float)
        Mean rows and columns of a cropped frame; crops of single clips differ by a few pixels.
    band : {"visible", "infrared"}
    light : (float, float, float, float)
        Ambient, right, down, frontal.
    light_spread, light_drift : float
        Spread of the light between subjects and clips; relative change of brightness in a clip.
    blur : float
        Standard deviation of the point spread, in pixels of its frames.
    noise : (float, float)
        Standard deviation in grey levels at black, and its growth with the root of the signal.
    vignette : float
        Relative loss of brightness in the corners.
    zoom, shift : (float, float, float)
        Framing of the face: scale, then right and down in face pixels.
    jitter : float
        Spread of the framing between clips, face pixels.
    head : float
        Size of the head's motion that the registration leaves, in pixels at 112 x 112.
    """

    rate: float
    size: tuple
    band: str = "visible"
    light: tuple = (0.45, 0.1, -0.1, 0.7)
    light_spread: float = 0.08
    light_drift: float = 0.004
    blur: float = 0.8
    noise: tuple = (0.8, 0.1)
    vignette: float = 0.0
    zoom: float = 1.0
    shift: tuple = (0.0, 0.0)
    jitter: float = 1.5
    head: float = 0.3

    @property
    def colour(self):
        return self.band == "visible"


CAMERAS = {
    "CASME2": Camera(rate=200, size=(340, 280), light=(0.5, 0.02, -0.12, 0.62), blur=1.0,
                     noise=(0.7, 0.08), head=0.25),
    "SMIC_HS": Camera(rate=100, size=(170, 139), light=(0.42, 0.18, -0.15, 0.68), blur=0.7,
                      noise=(1.4, 0.16), zoom=1.07, shift=(0, 7)),
    "SMIC_VIS": Camera(rate=25, size=(170, 139), light=(0.45, 0.16, -0.15, 0.66), blur=0.8,
                       noise=(1.0, 0.10), zoom=1.06, shift=(0, 6)),
    "SMIC_NIR": Camera(rate=25, size=(170, 139), band="infrared", light=(0.25, -0.05, 0.02, 0.85),
                       blur=1.0, noise=(2.1, 0.14), vignette=0.25, zoom=1.06, shift=(-1, 6)),
}  # fmt: skip


def head_motion(camera, n_frames, rng):
    """What registration leaves of the head's motion.

    Returns
    -------
    shifts : ndarray of shape (n_frames, 2), pixels at 112 x 112, right and down
    angles : ndarray of shape (n_frames,), radians
    """
    seconds = np.arange(n_frames) / camera.rate
    tremor = rng.standard_normal((n_frames, 3))
    tremor = gaussian_filter1d(tremor, max(0.02 * camera.rate, 0.4), axis=0, mode="nearest")
    tremor /= max(tremor.std(), 1e-9)
    drift = rng.standard_normal(3) * 2 * (seconds[:, None] - seconds.mean())
    drift = drift + rng.standard_normal(3) * np.sin(
        2 * np.pi * (rng.uniform(0.5, 1.5) * seconds[:, None] + rng.random(3))
    )
    motion = camera.head * rng.uniform(0.4, 1.6) * (drift + 0.25 * tremor)
    motion -= motion[0]
    return motion[:, :2], 0.006 * motion[:, 2]


def brightness(camera, n_frames, rng):
    """Relative brightness of every frame, shape (n_frames,): slow drift and flicker."""
    seconds = np.arange(n_frames) / camera.rate
    drift = rng.normal() * seconds * 2 + 0.3 * rng.standard_normal(n_frames)
    return 1 + camera.light_drift * drift


def expose(luminance, tint, camera, rng):
    """Add shot and read noise to a picture, colour it and digitise it.

    The noise is drawn once a pixel: that of a sensor with a colour mosaic, whose channels are
    interpolated from each other, is much the same in all three.

    Parameters
    ----------
    luminance : ndarray of shape (rows, columns), float32, 0 to 255
    tint : ndarray of shape (rows, columns, 3), or None for a grey picture
    camera : Camera
    rng : numpy.random.Generator

    Returns
    -------
    ndarray of shape (rows, columns, 3) or (rows, columns), uint8
    """
    read, shot = (np.float32(part) for part in camera.noise)
    spread = np.sqrt(read**2 + shot**2 * np.maximum(luminance, 0))
    picture = luminance + spread * rng.standard_normal(luminance.shape, dtype=np.float32)
    if tint is not None:
        picture = picture[..., None] * tint
    return np.clip(picture + np.float32(0.5), 0, 255).astype(np.uint8)
