"""How the face lies in the frames of one clip."""

from dataclasses import dataclass

import numpy as np

from .geometry import HEIGHT, WIDTH


@dataclass(frozen=True)
class Framing:
    """Where the pixels of one clip's frames lie on the face.

    ``x`` (columns,) and ``y`` (rows,): face pixels. ``scale`` (2,): face pixels a frame pixel,
    right and down.
    """

    x: np.ndarray
    y: np.ndarray

    @property
    def scale(self):
        return np.array([self.x[1] - self.x[0], self.y[1] - self.y[0]])

    def at(self, size):
        """The same crop on ``size`` x ``size`` pixels: a :class:`Framing`."""
        return Framing(_centres(self.x, size), _centres(self.y, size))


def _centres(old, n):
    pitch = old[1] - old[0]
    edge, length = old[0] - pitch / 2, pitch * len(old)
    return edge + length * (np.arange(n) + 0.5) / n


def frame_face(camera, rng):
    """Draw the :class:`Framing` of a clip."""
    rows, columns = (round(side + 1.5 * rng.uniform(-1, 1) * side / 100) for side in camera.size)
    zoom = camera.zoom * (1 + 0.006 * rng.standard_normal())
    dx, dy = np.array(camera.shift) + camera.jitter * rng.standard_normal(2).clip(-2, 2)
    return Framing(
        WIDTH / 2 + dx + WIDTH / zoom * ((np.arange(columns) + 0.5) / columns - 0.5),
        HEIGHT / 2 + dy + HEIGHT / zoom * ((np.arange(rows) + 0.5) / rows - 0.5),
    )


def whole_face():
    """The :class:`Framing` of a crop that is exactly the face's own 280 x 340 pixels."""
    return Framing(np.arange(WIDTH) + 0.5, np.arange(HEIGHT) + 0.5)
