"""A face at rest: landmarks, relief, reflectance in two kinds of light, texture.

A face is drawn on a canvas of 280 x 340 face pixels, the size of a CASME II crop, and a margin: x
to the right, y downwards. It is a relief, a paraboloid with Gaussian bumps, of which the picture
follows Lambert's law: a shading that is linear in the light, times a reflectance with skin texture
at several scales, brows, eyes, lips and hair. All amounts are our choice.
"""

import csv
import zlib
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
from scipy.fft import irfft2, rfft2

from ..errors import InvalidInput

WIDTH, HEIGHT = 280, 340
MIDLINE = WIDTH / 2
MARGIN = 36  # face pixels drawn beyond the crop on every side
SHAPE = (HEIGHT + 2 * MARGIN, WIDTH + 2 * MARGIN)
# Coordinates of the canvas: shapes (rows, 1) and (1, columns).
Y, X = np.ogrid[-MARGIN : HEIGHT + MARGIN, -MARGIN : WIDTH + MARGIN]
Y, X = np.float32(Y) + 0.5, np.float32(X) + 0.5

# Skin texture: size of the details in face pixels (one pixel at 112 x 112 is 2.5 x 3) and weight.
SKIN_SCALES = {1.0: 0.6, 2.0: 0.6, 4.0: 0.5, 8.0: 0.6, 16.0: 0.9, 32.0: 1.2}


def table(name, n_words):
    """Rows of a CSV file of this folder: tuples of ``n_words`` str, then float; no header."""
    with open(Path(__file__).with_name(name), encoding="utf-8", newline="") as file:
        rows = list(csv.reader(line for line in file if not line.startswith("#")))[1:]
    return [(*row[:n_words], *map(float, row[n_words:])) for row in rows]


LANDMARKS, SIZES = table("landmarks.csv", 1), table("sizes.csv", 1)


def whole(number):
    """Return a number as int. Raises ``ValueError`` for all but whole numbers from 0 up."""
    if not isinstance(number, (int, np.integer)) or number < 0:
        raise InvalidInput(f"expected whole numbers as seed, label and index, found {number!r}")
    return int(number)


def generator(seed, *key):
    """Return the random Generator of one thing, named by words and whole numbers.

    So things can be drawn alone and in any order. A word is turned into its CRC-32.
    """
    words = [zlib.crc32(k.encode()) if isinstance(k, str) else whole(k) for k in key]
    return np.random.default_rng([whole(seed), *words])


def band_noise(shape, scale, rng):
    """Return periodic float32 noise of variance 1, details of about ``scale`` pixels (or a pair).

    White noise is filtered by the difference of two Gaussians of widths ``scale``, ``2 * scale``.
    """
    rows, columns = np.broadcast_to(np.asarray(scale, dtype=np.float32), 2)
    fy = np.fft.fftfreq(shape[0]).astype(np.float32)[:, None] * rows
    fx = np.fft.rfftfreq(shape[1]).astype(np.float32) * columns
    squared = 2 * np.pi**2 * (fy**2 + fx**2)
    spectrum = rfft2(rng.standard_normal(shape, dtype=np.float32))
    band = irfft2(spectrum * (np.exp(-squared) - np.exp(-4 * squared)), s=shape)
    return (band / band.std()).astype(np.float32)


def bell(z):
    """The Gaussian exp(-z^2 / 2)."""
    return np.exp(-0.5 * z**2)


def step(distance, softness):
    """A soft step: near 1 where ``distance`` is well above 0, near 0 where well below."""
    return 1 / (1 + np.exp(-np.clip(distance / softness, -40, 40)))


def mix(weights, parts):
    """Return the sum of ``weights[k] * parts[k]``, of shape ``parts.shape[1:]``."""
    # no BLAS product: its last bit depends on where the arrays lie in memory, and can change a grey
    return sum(weight * part for weight, part in zip(weights, parts, strict=True))


class Geometry:
    """Landmarks and sizes of a subject's face: ``people`` is ``"CASME2"``, ``"SMIC"``, ``"SAMM"``.

    ``points`` maps a landmark to (distance from the midline, y), ``sizes`` a name to a length; in
    face pixels, and for both halves of the face.
    """

    def __init__(self, people, number, seed):
        rng = generator(seed, "geometry", people, number)
        self.points = points = {}
        for name, out, y, *spread in LANDMARKS:
            points[name] = np.array([out, y]) + spread * rng.standard_normal(2).clip(-2, 2)
        brow = rng.normal(0, 3)  # brows go up and down together
        points["inner_brow"][1] += brow
        points["outer_brow"][1] += brow
        points["mouth_corner"][1] = points["mouth"][1] + rng.normal(1, 1.5)
        points["ala"][1] = points["nose_tip"][1] + rng.normal(3, 1.5)
        self.sizes = {name: rng.normal(mean, spread) for name, mean, spread in SIZES}


@dataclass(frozen=True)
class Face:
    """A subject at rest on a canvas of :data:`SHAPE` face pixels."""

    normals: np.ndarray  # (3, rows, columns), unit normals: right, down, towards the camera
    reflectance: dict  # "visible" and "infrared": (rows, columns), about 0 to 1
    tint: np.ndarray  # (3, rows, columns), red, green and blue relative to luminance

    def picture(self, light, band="visible"):
        """The face under ``light`` (ambient, right, down, frontal): (rows, columns), 0 to 255."""
        ambient, *direction = light
        shading = np.float32(ambient) + mix(np.float32(direction), self.normals)
        return np.float32(255) * self.reflectance[band] * np.maximum(shading, np.float32(0.15))


@lru_cache(maxsize=4)
def draw_face(people, number, seed):
    """Return the :class:`Face` of a subject: ``people`` as for :class:`Geometry`."""
    geometry = Geometry(people, number, seed)
    down, right = np.gradient(_relief(geometry))
    normals = np.stack([-right, -down, np.ones_like(down)])
    normals = (normals / np.linalg.norm(normals, axis=0)).astype(np.float32)
    return Face(normals, *_paint(geometry, generator(seed, "skin", people, number)))


def _relief(geometry):
    """Height towards the camera, in face pixels: shape (rows, columns)."""
    points, sizes = geometry.points, geometry.sizes
    (eye, eyes), (_, tip), (_, lips) = points["eye"], points["nose_tip"], points["mouth"]
    (brow, brows), width = points["inner_brow"], sizes["nose_width"]
    bumps = [  # height, distance from the midline, y, spreads
        (9, 0, tip - 2, width + 2, 10),
        (5, 0, points["chin"][1] - 8, 24, 14),
        (5, 0, lips + 8, 32, 6),
        (4, 0, lips - 7, 30, 5),
        (-4, 0, lips + 24, 30, 7),
    ]
    for side in (-1, 1):
        bumps += [
            (-10, side * eye, eyes - 2, 26, 13),
            (5, side * eye, eyes, 15, 9),  # the eyeball
            (5, side * (brow + 28), brows, 34, 9),
            (8, side * points["cheek"][0], points["cheek"][1], 30, 24),
            (6, side * points["ala"][0], points["ala"][1], 8, 8),
        ]
    height = -0.0042 * (X - MIDLINE) ** 2 - 0.0013 * (Y - 165) ** 2
    ridge = np.clip((Y - eyes + 14) / (tip - eyes + 14), 0, 1) * step(tip + 3 - Y, 2.5)
    height = height + sizes["nose_height"] * ridge * bell((X - MIDLINE) / width)
    for amount, across, level, out, down in bumps:
        height += amount * (bell((Y - level) / down) * bell((X - (MIDLINE + across)) / out))
    return height


def _paint(geometry, rng):
    """Return the reflectance in both lights, and the tint: see :class:`Face`."""
    tone = rng.uniform(0.5, 0.68)
    contrast = 0.022 * np.exp(rng.normal(0, 0.45)).clip(0.4, 2)
    texture = sum(weight * band_noise(SHAPE, scale, rng) for scale, weight in SKIN_SCALES.items())
    texture = contrast * (texture + _folds(geometry.points, rng))
    infrared = (0.72 + 0.3 * (tone - 0.6)) * (1 + 0.6 * texture)
    layers = np.stack(np.broadcast_arrays(tone * (1 + texture), infrared, 1.16, 0.96, 0.80))
    visible, infrared, red, green, blue = layers

    def paint(mask, dark, dark_infrared, colour=()):
        for layer, value in zip(layers, (dark, dark_infrared, *np.array(colour)), strict=False):
            layer[:] = layer * (1 - mask) + value * mask

    points, sizes, (lips, line) = geometry.points, geometry.sizes, _lips(geometry)
    (ala, alae), brow = points["ala"], (points["inner_brow"], points["outer_brow"])
    lip_texture = 1 + 0.05 * band_noise(SHAPE, (5, 1.5), rng)
    paint(0.85 * lips, 0.58 * tone * lip_texture, 0.93 * infrared, (1.32, 0.89, 0.83))
    paint(0.8 * line, 0.1, 0.25)
    for side in (-1, 1):
        x, y = (X - (MIDLINE + side * 0.52 * ala)) / 6, (Y - alae - 3) / 3.2
        paint(0.8 * np.exp(-(x**2 + y**2)), 0.12, 0.22)  # nostril
        start, end = ((MIDLINE + side * across, level) for across, level in brow)
        stroke = _arc(X, Y, start, end, -sizes["brow_arch"], sizes["brow_thickness"])
        strands = 0.85 + 0.22 * band_noise(SHAPE, (4, 1.2), rng)
        paint(np.clip(stroke * strands, 0, 0.95), 0.16, 0.2)
        for mask, dark, dark_infrared in _eye(geometry, side):
            paint(mask, dark, dark_infrared, (1.05, 0.99, 0.95))
    hair = 0.12 + 0.05 * band_noise(SHAPE, (9, 1.3), rng)
    hair_infrared = 0.2 + 0.06 * band_noise(SHAPE, (9, 1.3), rng)
    hairline = sizes["hairline"] + 0.003 * (X - (MIDLINE + rng.normal(0, 25))) ** 2
    hairline = hairline + 2 * band_noise((1, SHAPE[1]), 6, rng)
    paint(step(hairline - Y, 2.5), hair, hair_infrared, (1.08, 0.98, 0.92))
    wall = 0.34 + 0.02 * band_noise(SHAPE, 20, rng)
    chin = points["chin"][1] + 14
    low = np.clip((Y - 185) / (chin - 185), 0, 1.0)
    jaw = sizes["face_width"] + (sizes["jaw_width"] - sizes["face_width"]) * low**1.6
    reach, across = jaw * np.sqrt(np.maximum(1 - low**5, 0)), np.abs(X - MIDLINE)
    neck = np.maximum(step(across - reach, 2.5), step(Y - chin, 2.5))
    paint(neck, 0.55 * visible, 0.55 * infrared)
    paint(step(across - np.maximum(reach, 88), 2.5), wall, 0.6 * wall, (1, 1, 1))
    lights = np.clip(layers[:2], 0.02, 1).astype(np.float32)
    tint = layers[2:] / (0.299 * red + 0.587 * green + 0.114 * blue)
    return dict(zip(("visible", "infrared"), lights, strict=True)), tint.astype(np.float32)


def _arc(x, y, start, end, sag, width):
    """A soft stroke from ``start`` to ``end`` that sags by ``sag`` pixels in its middle."""
    along = np.clip((x - start[0]) / (end[0] - start[0]), 0, 1)
    middle = start[1] + along * (end[1] - start[1]) + 4 * sag * along * (1 - along)
    beyond = np.maximum(0, np.abs(x - (start[0] + end[0]) / 2) - abs(end[0] - start[0]) / 2)
    return np.exp(-0.5 * (((y - middle) / width) ** 2 + (beyond / 6) ** 2))


def _folds(points, rng):
    """Folds at rest, in units of the skin's contrast: forehead, under the eyes, nose to mouth."""
    (eye, eyes), (ala, alae) = points["eye"], points["ala"]
    corner, corners = points["mouth_corner"]
    folds = 0
    for k in range(3):
        level = points["forehead"][1] - 8 + 16 * k + rng.normal(0, 3)
        folds -= rng.uniform(0, 3) * _arc(X, Y, (70, level), (210, level), rng.normal(-3, 2), 1.4)
    for side in (-1, 1):
        start, end = ((MIDLINE + side * (eye + at), eyes + 17) for at in (-20, 18))
        folds -= rng.uniform(1, 4) * _arc(X, Y, start, end, 4, 2.5)
        start = (alae - 6, MIDLINE + side * (ala + 5))
        end = (corners - 2, MIDLINE + side * (corner + 11))
        folds -= rng.uniform(2, 6) * _arc(Y, X, start, end, 3 * side, 4)
    return folds


def _lips(geometry):
    """Masks of the lips and of the line between them."""
    (_, level), (reach, corner) = geometry.points["mouth"], geometry.points["mouth_corner"]
    across = (X - MIDLINE) / reach
    line = level + (corner - level) * across**2
    shape = np.maximum(1 - across**2, 0)
    bow = 1 - 0.25 * np.exp(-((across / 0.12) ** 2))
    top = line - geometry.sizes["upper_lip"] * shape**0.8 * bow
    bottom = line + geometry.sizes["lower_lip"] * shape**0.7
    inside = reach - np.abs(X - MIDLINE)
    lips = step(Y - top, 1.2) * step(bottom - Y, 1.5) * step(inside, 1.5)
    return lips, bell((Y - line) / 1.4) * step(inside, 2)


def _eye(geometry, side):
    """Masks of the parts of an eye, and the reflectances of each in both lights."""
    across, level = geometry.points["eye"]
    width, height = geometry.sizes["eye_width"], geometry.sizes["eye_height"]
    right, down = X - (MIDLINE + side * across), Y - level
    across = np.abs(right / width)
    upper = level - height * np.maximum(1 - across**2, 0)
    lower = level + 0.65 * height * np.maximum(1 - across**2, 0)
    opening = step(Y - upper, 0.9) * step(lower - Y, 0.9) * step(1 - across, 0.04)
    radius, glint = np.hypot(right, down + 1), np.hypot(right - 3, down + 3)
    return [
        (opening, 0.62, 0.55),
        (opening * step(0.42 * width - radius, 0.8), 0.17, 0.14),  # iris
        (opening * step(0.17 * width - radius, 0.8), 0.06, 0.05),  # pupil
        (opening * step(2.2 - glint, 0.5), 0.9, 0.95),  # glint
        (0.85 * (bell((Y - upper) / 1.6) * step(1.05 - across, 0.03)), 0.1, 0.12),  # upper lid
        (0.35 * (bell((Y - upper + 7) / 1.5) * step(1 - across, 0.06)), 0.25, 0.35),  # crease
        (0.4 * (bell((Y - lower) / 1.2) * step(1 - across, 0.05)), 0.2, 0.3),  # lower lid
    ]
