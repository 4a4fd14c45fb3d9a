"""The cameras: light, sharpness, noise, framing; frame rates and sizes are the real ones."""

from dataclasses import dataclass, replace

import numpy as np
from scipy.ndimage import gaussian_filter1d

from .faces import HEIGHT, WIDTH


@dataclass(frozen=True)
class Camera:
    """A camera, the light on the face, and how the face lies in the frame."""

    rate: float  # frames a second
    size: tuple  # mean rows and columns of a cropped frame; single clips differ by a few pixels
    light: tuple  # ambient, right, down, frontal
    noise: tuple  # standard deviation in grey levels at black; growth with the root of the signal
    blur: float  # standard deviation of the point spread, pixels of a frame
    zoom: float = 1.0  # scale of the face in the frame
    shift: tuple = (0, 0)  # of the face in the frame: right and down, face pixels
    head: float = 0.3  # size of the head motion left after registration, pixels at 112 x 112
    band: str = "visible"  # or "infrared"
    colour: bool = True  # a camera of visible light may be grey
    vignette: float = 0.0  # relative loss of brightness in the corners
    light_drift: float = 0.004  # relative change of brightness in a clip


CAMERAS = {
    "CASME2": Camera(200, (340, 280), (0.5, 0.02, -0.12, 0.62), (0.7, 0.08), 1.0, head=0.25),
    "SMIC_HS": Camera(100, (170, 139), (0.42, 0.18, -0.15, 0.68), (1.4, 0.16), 0.7, 1.07, (0, 7)),
    "SMIC_VIS": Camera(25, (170, 139), (0.45, 0.16, -0.15, 0.66), (1.0, 0.1), 0.8, 1.06, (0, 6)),
    "SMIC_NIR": Camera(25, (170, 139), (0.25, -0.05, 0.02, 0.85), (2.1, 0.14), 1.0, 1.06, (-1, 6),
                       band="infrared", vignette=0.25),
}  # fmt: skip
#: The papers' four, and the one of SAMM: grey, with our choice of the crop.
ALL_CAMERAS = CAMERAS | {"SAMM": replace(CAMERAS["CASME2"], noise=(0.9, 0.1), colour=False)}


@dataclass(frozen=True)
class Framing:
    """Where on the face the pixels of a clip's frames lie."""

    x: np.ndarray  # (columns,), face pixels
    y: np.ndarray  # (rows,), face pixels

    @property
    def scale(self):
        """Face pixels in a frame pixel: right and down."""
        return np.array([self.x[1] - self.x[0], self.y[1] - self.y[0]])

    def at(self, size):
        """The same crop on ``size`` x ``size`` pixels: a :class:`Framing`."""
        cells = np.arange(size) + 0.5
        edges = zip((self.x, self.y), self.scale, strict=True)
        return Framing(*(u[0] - du / 2 + du * len(u) * cells / size for u, du in edges))


def frame_face(camera, rng):
    """Draw the :class:`Framing` of a clip."""
    rows, columns = (round(side + 1.5 * rng.uniform(-1, 1) * side / 100) for side in camera.size)
    zoom = camera.zoom * (1 + 0.006 * rng.standard_normal())
    dx, dy = np.array(camera.shift) + 1.5 * rng.standard_normal(2).clip(-2, 2)
    return Framing(
        WIDTH / 2 + dx + WIDTH / zoom * ((np.arange(columns) + 0.5) / columns - 0.5),
        HEIGHT / 2 + dy + HEIGHT / zoom * ((np.arange(rows) + 0.5) / rows - 0.5),
    )


def head_motion(camera, n_frames, rng):
    """The head motion that is left: shifts (n_frames, 2), right and down; angles (n_frames,).

    Shifts are in pixels at 112 x 112, angles in radians.
    """
    seconds = np.arange(n_frames) / camera.rate
    tremor = rng.standard_normal((n_frames, 3))
    tremor = gaussian_filter1d(tremor, max(0.02 * camera.rate, 0.4), axis=0, mode="nearest")
    tremor /= max(tremor.std(), 1e-9)
    drift = rng.standard_normal(3) * 2 * (seconds[:, None] - seconds.mean())
    sway, turns = rng.standard_normal(3), rng.uniform(0.5, 1.5) * seconds[:, None] + rng.random(3)
    motion = drift + sway * np.sin(2 * np.pi * turns) + 0.25 * tremor
    motion *= camera.head * rng.uniform(0.4, 1.6)
    motion -= motion[0]
    return motion[:, :2], 0.006 * motion[:, 2]


def expose(luminance, tint, camera, rng):
    """Add noise to a luminance (rows, columns), 0 to 255, colour it and digitise it: uint8.

    ``tint`` is (rows, columns, 3) or None, for grey. A pixel's colours have the same noise.
    """
    read, shot = np.float32(camera.noise)
    spread = np.sqrt(read**2 + shot**2 * np.maximum(luminance, 0))
    picture = luminance + spread * rng.standard_normal(luminance.shape, dtype=np.float32)
    if tint is not None:
        picture = picture[..., None] * tint
    return np.clip(picture + np.float32(0.5), 0, 255).astype(np.uint8)
