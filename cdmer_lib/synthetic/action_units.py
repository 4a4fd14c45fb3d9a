"""Action units as smooth displacement fields and wrinkle shadows, anchored to a face's landmarks.

An action unit (Ekman and Friesen's numbering) is a few pulls: Gaussian bumps of displacement
around a landmark, as skin moves over a muscle that contracts towards its origin. Which landmark
moves and in which direction is the Facial Action Coding System's description of the unit; widths
and relative strengths are our choice.
"""

import numpy as np

from .drawing import bump
from .faces import MIDLINE

# Each action unit is a few pulls: landmark, offset from it, width of the bump, displacement of the
# skin. The last three are (away from the midline, downwards), in face pixels.
PULLS = {
    1: [("inner_brow", (0, -2), (21, 20), (0.05, -1)),
        ("forehead", (-14, 6), (24, 20), (0, -0.45))],
    2: [("outer_brow", (-6, -2), (24, 19), (0.1, -1)), ("forehead", (30, 8), (26, 20), (0, -0.4))],
    4: [("inner_brow", (4, 0), (24, 17), (-0.7, 0.8)),
        ("inner_brow", (30, 2), (24, 15), (-0.2, 0.45))],
    5: [("eye", (0, -9), (19, 8), (0, -1))],
    6: [("cheek", (-8, -14), (32, 20), (-0.1, -1)), ("eye", (30, 8), (13, 13), (-0.4, -0.4))],
    7: [("eye", (-2, 10), (19, 8), (-0.2, -1)), ("eye", (0, -9), (18, 6), (0, 0.5))],
    9: [("ala", (2, -18), (15, 22), (0.1, -1)), ("inner_brow", (-8, 8), (15, 15), (-0.15, 0.5)),
        ("mouth_corner", (-20, -18), (15, 11), (0, -0.5))],
    10: [("mouth_corner", (-19, -14), (19, 13), (0.05, -1)),
         ("ala", (10, 0), (14, 16), (0.2, -0.5))],
    12: [("mouth_corner", (2, -1), (22, 18), (0.75, -0.85)),
         ("cheek", (-16, 22), (26, 24), (0.2, -0.5))],
    14: [("mouth_corner", (4, 0), (17, 15), (0.9, -0.05))],
    15: [("mouth_corner", (0, 5), (19, 18), (0.1, 1))],
    17: [("chin", (8, -12), (24, 20), (0, -1)), ("mouth", (10, 10), (20, 9), (0, -0.6))],
    20: [("mouth_corner", (0, 4), (24, 17), (1, 0.3))],
    25: [("mouth", (9, 10), (19, 9), (0, 0.9)), ("mouth", (9, -8), (17, 7), (0, -0.4))],
    26: [("chin", (14, -14), (36, 32), (0, 1)), ("mouth", (10, 12), (22, 12), (0, 0.5))],
    45: [("eye", (0, -6), (21, 6.5), (0, 1))],
}  # fmt: skip

# The shadow of skin that folds is a bump with stripes: landmark, offset and width as above; angle
# of the stripes' normal in degrees; their distance in face pixels, 0 for one plain shadow; relative
# darkening at full strength.
WRINKLES = {
    1: ("forehead", (-12, 4), (22, 16), 90, 13, 0.05),
    2: ("forehead", (30, 8), (24, 15), 90, 13, 0.04),
    4: ("inner_brow", (-18, 0), (9, 15), 0, 9, 0.08),
    6: ("eye", (34, 6), (9, 13), 70, 8, 0.05),
    7: ("eye", (0, 14), (18, 5), 90, 0, 0.04),
    9: ("inner_brow", (-20, 32), (10, 12), 80, 8, 0.08),
    10: ("ala", (14, 16), (7, 18), 20, 0, 0.06),
    12: ("mouth_corner", (12, -20), (7, 18), 20, 0, 0.07),
    14: ("mouth_corner", (9, 0), (5, 8), 0, 0, 0.09),
    15: ("mouth_corner", (5, 12), (7, 8), 30, 0, 0.06),
    17: ("chin", (6, -14), (18, 12), 60, 7, 0.05),
    25: ("mouth", (8, 1), (20, 3), 90, 0, 0.3),
    26: ("mouth", (8, 2), (20, 4), 90, 0, 0.3),
}


def _bumps(geometry, landmark, offset, spread, sides, x, y):
    """For each half: its sign, strength, centre, and the two factors of the bump there."""
    across, level = geometry.points[landmark]
    for side, strength in zip((-1, 1), sides, strict=True):
        centre = MIDLINE + side * (across + offset[0]), level + offset[1]
        yield side, strength, centre, bump(x, y[:, None], centre, spread)


def displacement(geometry, unit, sides, x, y):
    """Displacement of an action unit at the pixels (y, x).

    Parameters
    ----------
    geometry : Geometry
    unit : int, a key of :data:`PULLS`
    sides : (strength in the left half of the picture, strength in the right half)
    x, y : ndarray of shape (columns,) and (rows,), face pixels

    Returns
    -------
    ndarray of shape (2, rows, columns)
        To the right and downwards, face pixels, of size about 1 where a side's strength is 1.
    """
    field = np.zeros((2, len(y), len(x)), dtype=np.float32)
    for *place, towards in PULLS[unit]:
        for side, strength, _, (rows, columns) in _bumps(geometry, *place, sides, x, y):
            for axis, part in enumerate((side * towards[0], towards[1])):
                if part:
                    field[axis] += (strength * part * rows) * columns
    return field


def shadow(geometry, unit, sides, x, y):
    """Relative darkening by an action unit's wrinkle at full strength: (rows, columns)."""
    dark = np.zeros((len(y), len(x)), dtype=np.float32)
    if unit not in WRINKLES:
        return dark
    *place, angle, period, depth = WRINKLES[unit]
    angle = np.deg2rad(angle)
    for side, strength, centre, (rows, columns) in _bumps(geometry, *place, sides, x, y):
        patch = (strength * depth * rows) * columns
        if period:
            along = side * np.cos(angle) * (x - centre[0])
            along = along + np.sin(angle) * (y - centre[1])[:, None]
            patch = patch * (0.4 + 0.6 * np.cos(2 * np.pi / period * along))
        dark += patch
    return dark
