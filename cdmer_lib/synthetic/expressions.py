"""Expressions: what a subject does in a clip, and how that moves and darkens the skin.

Negative, Positive and Surprise are distributions over action units (Ekman and Friesen's numbering),
not sets: classes share units, and a subject has habits. Units by emotion follow the prototypes of
the emotional Facial Action Coding System (FACS) and the units that the CASME II paper lists for its
emotions (Yan et al., PLoS ONE 2014). A clip runs from onset to offset, in less than half a second,
the usual bound of a micro-expression.

A unit moves the skin by a few pulls, Gaussian bumps around landmarks of the face. FACS says which
landmark moves, and in which direction. Probabilities, widths and strengths are our choice.
"""

import numpy as np

from .faces import MIDLINE, bell, bump, generator

# Probability of each action unit in Negative, Positive and Surprise.
UNITS = {
    1: (0.12, 0.03, 0.70), 2: (0.06, 0.04, 0.75), 4: (0.65, 0.06, 0.08), 5: (0.03, 0.01, 0.25),
    6: (0.05, 0.40, 0.02), 7: (0.35, 0.12, 0.05), 9: (0.25, 0.03, 0.02), 10: (0.22, 0.05, 0.03),
    12: (0.06, 0.80, 0.06), 14: (0.12, 0.15, 0.05), 15: (0.18, 0.03, 0.03), 17: (0.22, 0.06, 0.04),
    20: (0.05, 0.04, 0.05), 25: (0.03, 0.10, 0.20), 26: (0.01, 0.02, 0.15),
}  # fmt: skip
HABIT = 0.5  # standard deviation, over subjects, of the log-odds of a unit

# Pulls of each unit: landmark, offset from it, width of the bump, displacement of the skin. The
# last three are (away from the midline, downwards), in face pixels.
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
    4: ("inner_brow", (-18, 0), (9, 15), 0, 9, 0.08), 6: ("eye", (34, 6), (9, 13), 70, 8, 0.05),
    7: ("eye", (0, 14), (18, 5), 90, 0, 0.04), 9: ("inner_brow", (-20, 32), (10, 12), 80, 8, 0.08),
    10: ("ala", (14, 16), (7, 18), 20, 0, 0.06),
    12: ("mouth_corner", (12, -20), (7, 18), 20, 0, 0.07),
    14: ("mouth_corner", (9, 0), (5, 8), 0, 0, 0.09),
    15: ("mouth_corner", (5, 12), (7, 8), 30, 0, 0.06),
    17: ("chin", (6, -14), (18, 12), 60, 7, 0.05), 25: ("mouth", (8, 1), (20, 3), 90, 0, 0.3),
    26: ("mouth", (8, 2), (20, 4), 90, 0, 0.3),
}  # fmt: skip


class Performance:
    """What a subject does in one clip: action units, their strength and time; for all cameras."""

    def __init__(self, people, number, label, index, seed):
        habit = generator(seed, "habits", people, number).normal(0, HABIT, len(UNITS))
        rng = generator(seed, "performance", people, number, label, index)
        probability = np.array([by_class[label - 1] for by_class in UNITS.values()])
        odds = probability / (1 - probability) * np.exp(habit)
        drawn = []
        while not 1 <= len(drawn) <= 4:
            drawn = np.flatnonzero(rng.random(len(odds)) < odds / (1 + odds))
        self.units = [list(UNITS)[k] for k in drawn]  # ascending
        n_units = len(self.units)
        strengths = rng.uniform(0.5, 1, n_units)
        balance = 1 - np.abs(rng.normal(0, 0.25, n_units)).clip(0, 0.8)
        balance[rng.random(n_units) < 0.1] = 0.05  # one-sided
        sides = np.stack([strengths, strengths * balance], axis=1)
        sides = np.where(rng.random((n_units, 1)) < 0.5, sides, sides[:, ::-1])
        # (n_units, 2): strength in the left and the right half of the picture, at most 1
        self.sides = sides / sides.max()
        self.duration = rng.uniform(0.26, 0.45)  # seconds from onset to offset
        blinks = rng.random() < 0.08  # in few clips there is a part of a blink
        self.peak = rng.uniform(1.15, 2.75)  # largest displacement, pixels of the 112 x 112 face
        self.apex = self.duration * rng.uniform(0.3, 0.6)  # seconds from the onset
        # delay of each unit after the first, as a share of the duration
        self._lags = np.append(0, rng.uniform(0, 0.12, n_units - 1))
        self._residue = rng.uniform(0, 0.3)  # share of the displacement that is left at the offset
        # strength (0 for none), its middle as a share of the duration, its width in seconds
        self.blink = blinks * rng.uniform(2, 5), rng.uniform(0.1, 0.9), rng.uniform(0.03, 0.05)

    def courses(self, seconds):
        """Strength of every unit at the given times: shape (n_times, n_units), 0 to 1."""
        share = np.asarray(seconds)[:, None] / self.duration - self._lags
        apex = self.apex / self.duration
        parts = share / apex, (share - apex) / (1 - apex)
        rise, fall = (0.5 - 0.5 * np.cos(np.pi * np.clip(part, 0, 1)) for part in parts)
        return rise * (1 - (1 - self._residue) * fall)

    def blinking(self, seconds):
        """Strength of the blink at the given times: shape (n_times,)."""
        strength, middle, width = self.blink
        return strength * bell((np.asarray(seconds) - middle * self.duration) / width)

    def coding(self):
        """The action units as a coding sheet writes them: ``1+2``, ``4+L14``.

        The coding system names sides as the subject's own, so the right half of the picture is L.
        """
        words = []
        for unit, (left, right) in zip(self.units, self.sides, strict=True):
            side = "R" if right < 0.15 * left else "L" if left < 0.15 * right else ""
            words.append(f"{side}{unit}")
        return "+".join(words)


def _bumps(geometry, landmark, offset, spread, sides, x, y):
    """Yield sign, strength and centre of each half of the face, and the factors of its bump."""
    across, level = geometry.points[landmark]
    for side, strength in zip((-1, 1), sides, strict=True):
        centre = MIDLINE + side * (across + offset[0]), level + offset[1]
        yield side, strength, centre, bump(x, y[:, None], centre, spread)


def displacement(geometry, unit, sides, x, y):
    """Displacement of the skin by an action unit, a key of :data:`PULLS`.

    ``sides`` are its strengths in the left and the right half of the picture; ``x`` (columns,) and
    ``y`` (rows,) are face pixels. Returns (2, rows, columns): to the right and downwards, in face
    pixels, of size about 1 where a side's strength is 1.
    """
    field = np.zeros((2, len(y), len(x)), dtype=np.float32)
    for *place, towards in PULLS[unit]:
        for side, strength, _, (rows, columns) in _bumps(geometry, *place, sides, x, y):
            pull = strength * np.array([side * towards[0], towards[1]])
            field += (pull[:, None, None] * rows) * columns
    return field


def shadow(geometry, unit, sides, x, y):
    """Darkening (rows, columns) by a wrinkle, as a share; arguments of :func:`displacement`."""
    dark = np.zeros((len(y), len(x)), dtype=np.float32)
    if unit not in WRINKLES:
        return dark
    *place, angle, period, depth = WRINKLES[unit]
    cos, sin = np.cos(np.deg2rad(angle)), np.sin(np.deg2rad(angle))
    for side, strength, centre, (rows, columns) in _bumps(geometry, *place, sides, x, y):
        patch = (strength * depth * rows) * columns
        if period:
            along = side * cos * (x - centre[0]) + sin * (y - centre[1])[:, None]
            patch = patch * (0.4 + 0.6 * np.cos(2 * np.pi / period * along))
        dark += patch
    return dark
