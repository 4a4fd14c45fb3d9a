"""What is painted on the relief: skin, brows, eyes, lips, hair, in visible and infrared light.

Near infrared enters the skin deeper than visible light: skin is brighter and its texture fainter,
lips lose their contrast, brows and eyes stay dark. The amounts are ours; the skin's texture was
set by the statistics named in :mod:`cdmer_lib.synthetic`.
"""

import numpy as np

from .geometry import MIDLINE
from .texture import band_noise, many_scales

# Skin texture: size of the details in face pixels (one pixel at 112 x 112 is 2.5 x 3) and weight.
SKIN_SCALES = {1.0: 0.6, 2.0: 0.6, 4.0: 0.5, 8.0: 0.6, 16.0: 0.9, 32.0: 1.2}
SKIN_CONTRAST = 0.022
INFRARED_TEXTURE = 0.6  # share of the contrast that near infrared keeps


def step(distance, softness):
    """A soft step: 1 where ``distance`` is well above 0, 0 well below."""
    return 1 / (1 + np.exp(-np.clip(distance / softness, -40, 40)))


def compose(geometry, x, y, rng):
    """Return the reflectance in visible and infrared light, and the tint: see ``Face``."""
    shape = (y.size, x.size)
    tone = rng.uniform(0.5, 0.68)
    contrast = SKIN_CONTRAST * np.exp(rng.normal(0, 0.45)).clip(0.4, 2)
    texture = contrast * (many_scales(shape, SKIN_SCALES, rng) + _folds(geometry, x, y, rng))
    visible = tone * (1 + texture)
    infrared = (0.72 + 0.3 * (tone - 0.6)) * (1 + INFRARED_TEXTURE * texture)
    tint = np.ones((3, *shape), dtype=np.float32)

    def paint(mask, dark, dark_infrared, colour=None):
        nonlocal visible, infrared, tint
        visible = visible * (1 - mask) + dark * mask
        infrared = infrared * (1 - mask) + dark_infrared * mask
        if colour is not None:
            tint = tint * (1 - mask) + np.reshape(colour, (3, 1, 1)) * mask

    paint(np.float32(1), visible, infrared, (1.16, 0.96, 0.80))
    lips, line = _lips(geometry, x, y)
    lip_texture = 1 + 0.05 * band_noise(shape, (5, 1.5), rng)
    paint(0.85 * lips, 0.58 * tone * lip_texture, 0.93 * infrared, (1.32, 0.89, 0.83))
    paint(0.8 * line, 0.1, 0.25)
    for side in (-1, 1):
        paint(0.8 * _nostril(geometry, x, y, side), 0.12, 0.22)
        paint(_brow(geometry, x, y, side, band_noise(shape, (4, 1.2), rng)), 0.16, 0.2)
        for mask, dark, dark_infrared in _eye(geometry, x, y, side):
            paint(mask, dark, dark_infrared, (1.05, 0.99, 0.95))
    hair = 0.12 + 0.05 * band_noise(shape, (9, 1.3), rng)
    hair_infrared = 0.2 + 0.06 * band_noise(shape, (9, 1.3), rng)
    paint(_hair(geometry, x, y, rng), hair, hair_infrared, (1.08, 0.98, 0.92))
    wall = 0.34 + 0.02 * band_noise(shape, 20, rng)
    outside, behind = _outline(geometry, x, y)
    paint(outside, 0.55 * visible, 0.55 * infrared)
    paint(behind, wall, 0.6 * wall, (1, 1, 1))
    luminance = 0.299 * tint[0] + 0.587 * tint[1] + 0.114 * tint[2]
    return (
        np.clip(visible, 0.02, 1).astype(np.float32),
        np.clip(infrared, 0.02, 1).astype(np.float32),
        (tint / luminance).astype(np.float32),
    )


def _arc(x, y, start, end, sag, width):
    """A soft stroke from ``start`` to ``end`` that sags by ``sag`` pixels in its middle."""
    along = np.clip((x - start[0]) / (end[0] - start[0]), 0, 1)
    middle = start[1] + along * (end[1] - start[1]) + 4 * sag * along * (1 - along)
    beyond = np.maximum(0, np.abs(x - (start[0] + end[0]) / 2) - abs(end[0] - start[0]) / 2)
    return np.exp(-0.5 * (((y - middle) / width) ** 2 + (beyond / 6) ** 2))


def _folds(geometry, x, y, rng):
    """Folds at rest, in units of the skin's contrast: forehead, under the eyes, nose to mouth."""
    points = geometry.points
    folds = 0
    for k in range(3):
        level = points["forehead"][1] - 8 + 16 * k + rng.normal(0, 3)
        depth = rng.uniform(0, 3)
        folds = folds - depth * _arc(x, y, (70, level), (210, level), rng.normal(-3, 2), 1.4)
    for side in (-1, 1):
        eye, ala, corner = points["eye"], points["ala"], points["mouth_corner"]
        bag = eye[1] + 17
        start, end = MIDLINE + side * (eye[0] - 20), MIDLINE + side * (eye[0] + 18)
        folds = folds - rng.uniform(1, 4) * _arc(x, y, (start, bag), (end, bag), 4, 2.5)
        start = (ala[1] - 6, MIDLINE + side * (ala[0] + 5))
        end = (corner[1] - 2, MIDLINE + side * (corner[0] + 11))
        folds = folds - rng.uniform(2, 6) * _arc(y, x, start, end, 3 * side, 4)
    return folds


def _lips(geometry, x, y):
    """Masks of the lips and of the line between them."""
    (_, level), (reach, corner) = geometry.points["mouth"], geometry.points["mouth_corner"]
    across = (x - MIDLINE) / reach
    line = level + (corner - level) * across**2
    shape = np.maximum(1 - across**2, 0)
    bow = 1 - 0.25 * np.exp(-((across / 0.12) ** 2))
    top = line - geometry.sizes["upper_lip"] * shape**0.8 * bow
    bottom = line + geometry.sizes["lower_lip"] * shape**0.7
    lips = step(y - top, 1.2) * step(bottom - y, 1.5) * step(reach - np.abs(x - MIDLINE), 1.5)
    between = np.exp(-0.5 * ((y - line) / 1.4) ** 2) * step(reach - np.abs(x - MIDLINE), 2)
    return lips, between


def _nostril(geometry, x, y, side):
    ala = geometry.points["ala"]
    centre = MIDLINE + side * 0.52 * ala[0]
    return np.exp(-(((x - centre) / 6) ** 2 + ((y - ala[1] - 3) / 3.2) ** 2))


def _brow(geometry, x, y, side, strands):
    inner, outer = geometry.points["inner_brow"], geometry.points["outer_brow"]
    start, end = (MIDLINE + side * inner[0], inner[1]), (MIDLINE + side * outer[0], outer[1])
    stroke = _arc(x, y, start, end, -geometry.sizes["brow_arch"], geometry.sizes["brow_thickness"])
    return np.clip(stroke * (0.85 + 0.22 * strands), 0, 0.95)


def _eye(geometry, x, y, side):
    """Eyeball, iris, pupil, glint, lid lines, crease: masks and reflectances in both lights."""
    centre = MIDLINE + side * geometry.points["eye"][0], geometry.points["eye"][1]
    width, height = geometry.sizes["eye_width"], geometry.sizes["eye_height"]
    across = (x - centre[0]) / width
    upper = centre[1] - height * np.maximum(1 - across**2, 0)
    lower = centre[1] + 0.65 * height * np.maximum(1 - across**2, 0)
    opening = step(y - upper, 0.9) * step(lower - y, 0.9) * step(1 - np.abs(across), 0.04)
    radius = np.hypot(x - centre[0], y - centre[1] + 1)
    lid = np.exp(-0.5 * ((y - upper) / 1.6) ** 2) * step(1.05 - np.abs(across), 0.03)
    crease = np.exp(-0.5 * ((y - upper + 7) / 1.5) ** 2) * step(1 - np.abs(across), 0.06)
    under = np.exp(-0.5 * ((y - lower) / 1.2) ** 2) * step(1 - np.abs(across), 0.05)
    return [
        (opening, 0.62, 0.55),
        (opening * step(0.42 * width - radius, 0.8), 0.17, 0.14),
        (opening * step(0.17 * width - radius, 0.8), 0.06, 0.05),
        (opening * step(2.2 - np.hypot(x - centre[0] - 3, y - centre[1] + 3), 0.5), 0.9, 0.95),
        (0.85 * lid, 0.1, 0.12),
        (0.35 * crease, 0.25, 0.35),
        (0.4 * under, 0.2, 0.3),
    ]


def _hair(geometry, x, y, rng):
    part = MIDLINE + rng.normal(0, 25)
    line = geometry.sizes["hairline"] + 0.003 * (x - part) ** 2
    line = line + 2 * band_noise((1, x.size), 6, rng)
    return step(line - y, 2.5)


def _outline(geometry, x, y):
    """Masks of the neck under the jaw and of what is behind the head."""
    sizes, chin = geometry.sizes, geometry.points["chin"][1] + 14
    low = np.clip((y - 185) / (chin - 185), 0, 1.0)
    jaw = sizes["face_width"] + (sizes["jaw_width"] - sizes["face_width"]) * low**1.6
    reach = jaw * np.sqrt(np.maximum(1 - low**5, 0))
    outside = np.maximum(step(np.abs(x - MIDLINE) - reach, 2.5), step(y - chin, 2.5))
    behind = step(np.abs(x - MIDLINE) - np.maximum(reach, 88), 2.5)
    return outside, behind
