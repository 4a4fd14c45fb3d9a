"""The picture of a face at rest: relief, reflectance in two kinds of light, texture.

A face is a relief (a paraboloid with brows, sockets, nose, cheeks, lips and chin in Gaussian
bumps) under Lambert's law, so that its picture is linear in the light and any light costs three
multiplications; times a reflectance with skin texture at several scales, brows, eyes, lips, hair.
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from .features import compose, step
from .geometry import HEIGHT, MARGIN, MIDLINE, WIDTH, draw_geometry
from .mixing import mix
from .seeds import generator

SHAPE = (HEIGHT + 2 * MARGIN, WIDTH + 2 * MARGIN)


@dataclass(frozen=True)
class Face:
    """A subject at rest on a canvas of :data:`SHAPE` face pixels.

    Attributes
    ----------
    normals : ndarray of shape (3, rows, columns)
        Unit normals of the relief: right, down, towards the camera.
    reflectance : dict
        ``"visible"`` and ``"infrared"``: ndarray of shape (rows, columns), about 0 to 1.
    tint : ndarray of shape (3, rows, columns)
        Red, green and blue relative to luminance.
    """

    normals: np.ndarray
    reflectance: dict
    tint: np.ndarray

    def picture(self, light, band="visible"):
        """The face under ``light`` (ambient, right, down, frontal): (rows, columns), 0 to 255."""
        ambient, *direction = light
        shading = np.float32(ambient) + mix(np.float32(direction), self.normals)
        return np.float32(255) * self.reflectance[band] * np.maximum(shading, np.float32(0.15))


def canvas():
    """Face coordinates of the canvas: x of shape (1, columns) and y of shape (rows, 1)."""
    y, x = np.ogrid[-MARGIN : HEIGHT + MARGIN, -MARGIN : WIDTH + MARGIN]
    return x.astype(np.float32) + 0.5, y.astype(np.float32) + 0.5


def bump(x, y, centre, spread):
    """A Gaussian bump of height 1, shape (rows, columns)."""
    return np.exp(-0.5 * ((y - centre[1]) / spread[1]) ** 2) * np.exp(
        -0.5 * ((x - centre[0]) / spread[0]) ** 2
    )


@lru_cache(maxsize=4)
def draw_face(people, number, seed):
    """Return the :class:`Face` of a subject: ``people`` is ``"CASME2"`` or ``"SMIC"``."""
    geometry = draw_geometry(people, number, seed)
    rng = generator(seed, "skin", people, number)
    x, y = canvas()
    normals = _normals(_relief(geometry, x, y))
    visible, infrared, tint = compose(geometry, x, y, rng)
    return Face(normals, {"visible": visible, "infrared": infrared}, tint)


def _relief(geometry, x, y):
    """Height towards the camera, in face pixels: shape (rows, columns)."""
    points, sizes = geometry.points, geometry.sizes
    height = -0.0042 * (x - MIDLINE) ** 2 - 0.0013 * (y - 165) ** 2
    eye, brow, tip = points["eye"], points["inner_brow"], points["nose_tip"]
    cheek, ala = points["cheek"], points["ala"]
    ridge = np.clip((y - eye[1] + 14) / (tip[1] - eye[1] + 14), 0, 1) * step(tip[1] + 3 - y, 2.5)
    height = height + sizes["nose_height"] * ridge * np.exp(
        -0.5 * ((x - MIDLINE) / sizes["nose_width"]) ** 2
    )
    height += 9 * bump(x, y, (MIDLINE, tip[1] - 2), (sizes["nose_width"] + 2, 10))
    height += 5 * bump(x, y, (MIDLINE, points["chin"][1] - 8), (24, 14))
    height += 5 * bump(x, y, (MIDLINE, points["mouth"][1] + 8), (32, 6))
    height += 4 * bump(x, y, (MIDLINE, points["mouth"][1] - 7), (30, 5))
    height -= 4 * bump(x, y, (MIDLINE, points["mouth"][1] + 24), (30, 7))
    for side in (-1, 1):
        height -= 10 * bump(x, y, (MIDLINE + side * eye[0], eye[1] - 2), (26, 13))
        height += 5 * bump(x, y, (MIDLINE + side * eye[0], eye[1]), (15, 9))  # the eyeball
        height += 5 * bump(x, y, (MIDLINE + side * (brow[0] + 28), brow[1]), (34, 9))
        height += 8 * bump(x, y, (MIDLINE + side * cheek[0], cheek[1]), (30, 24))
        height += 6 * bump(x, y, (MIDLINE + side * ala[0], ala[1]), (8, 8))
    return height


def _normals(height):
    down, right = np.gradient(height)
    normals = np.stack([-right, -down, np.ones_like(height)])
    return (normals / np.linalg.norm(normals, axis=0)).astype(np.float32)
