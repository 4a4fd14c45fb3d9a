"""Where a subject's features lie: landmarks of a face in its own pixels.

A face is drawn on a canvas of 280 x 340 face pixels, the size of a CASME II crop (x to the right,
y downwards). A landmark off the midline is given as its distance from the midline, and holds for
both halves of the face. Means are rough anthropometry of a face crop with the eyes a third of the
way down; the spread between subjects is our choice.
"""

from dataclasses import dataclass

import numpy as np

from .drawing import generator

WIDTH, HEIGHT = 280, 340
MIDLINE = WIDTH / 2
MARGIN = 36  # face pixels drawn beyond the crop on every side

# Name: (distance from the midline, y), (spread of each), all in face pixels.
LANDMARKS = {
    "eye": ((54, 122), (3.5, 4)), "inner_brow": ((27, 92), (3, 4)),
    "outer_brow": ((84, 90), (4, 5)), "nose_tip": ((0, 206), (0, 6)),
    "ala": ((21, 210), (2.5, 5)), "mouth": ((0, 262), (0, 5)),
    "mouth_corner": ((41, 263), (4, 5)), "chin": ((0, 322), (0, 5)),
    "cheek": ((72, 190), (4, 6)), "forehead": ((38, 48), (4, 4)),
}  # fmt: skip
# Name: (mean, spread) of a length in face pixels.
SIZES = {
    "eye_width": (23, 1.5), "eye_height": (8.5, 1.2), "brow_thickness": (6, 1.2),
    "brow_arch": (7, 2.5), "nose_width": (12, 1.2), "nose_height": (27, 4), "upper_lip": (8, 1.3),
    "lower_lip": (11, 1.5), "face_width": (133, 5), "jaw_width": (98, 8), "hairline": (2, 14),
}  # fmt: skip


@dataclass(frozen=True)
class Geometry:
    """Landmarks and sizes of a face, in face pixels.

    ``points`` maps a landmark to (distance from the midline, y); ``sizes`` a feature to a length.
    """

    points: dict
    sizes: dict


def draw_geometry(people, number, seed):
    """Draw the :class:`Geometry` of a subject: ``people`` is ``"CASME2"`` or ``"SMIC"``."""
    rng = generator(seed, "geometry", people, number)
    points = {
        name: tuple(np.add(mean, np.multiply(spread, rng.standard_normal(2).clip(-2, 2))))
        for name, (mean, spread) in LANDMARKS.items()
    }
    brow = rng.normal(0, 3)  # brows go up and down together
    for name in ("inner_brow", "outer_brow"):
        points[name] = (points[name][0], points[name][1] + brow)
    points["mouth_corner"] = (points["mouth_corner"][0], points["mouth"][1] + rng.normal(1, 1.5))
    points["ala"] = (points["ala"][0], points["nose_tip"][1] + rng.normal(3, 1.5))
    return Geometry(points, {name: rng.normal(*drawn) for name, drawn in SIZES.items()})
