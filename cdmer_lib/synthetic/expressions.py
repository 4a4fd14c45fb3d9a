"""Expressions: what a subject does in a clip, and how that moves and darkens the skin.

Negative, Positive and Surprise are distributions over action units (Ekman and Friesen's numbering),
not sets. Units by emotion follow the prototypes of the emotional Facial Action Coding System (FACS)
and the CASME II paper (Yan et al., PLoS ONE 2014). A unit moves the skin by a few pulls, Gaussian
bumps around landmarks. FACS says which landmark moves, and in which direction. Probabilities,
widths and strengths are our choice.
"""

import numpy as np

from .faces import MIDLINE, bell, generator, table

# Unit -> its probability in Negative, Positive and Surprise.
UNITS = {int(unit): by_class for unit, *by_class in table("units.csv", 1)}
HABIT = 0.5  # standard deviation, over subjects, of the log-odds of a unit


def _by_unit(name):
    """Unit -> its bumps: landmark, offset from it, widths, and the other columns of a table."""
    bumps = {}
    for unit, landmark, *n in table(name, 2):
        bumps.setdefault(int(unit), []).append((landmark, n[:2], n[2:4], n[4:]))
    return bumps


PULLS, WRINKLES = _by_unit("pulls.csv"), _by_unit("wrinkles.csv")


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
        """Strength of every unit at times (n_times,): shape (n_times, n_units), 0 to 1."""
        share = seconds[:, None] / self.duration - self._lags
        apex = self.apex / self.duration
        parts = share / apex, (share - apex) / (1 - apex)
        rise, fall = (0.5 - 0.5 * np.cos(np.pi * np.clip(part, 0, 1)) for part in parts)
        return rise * (1 - (1 - self._residue) * fall)

    def blinking(self, seconds):
        """Strength of the blink at times (n_times,), of the same shape."""
        strength, middle, width = self.blink
        return strength * bell((seconds - middle * self.duration) / width)

    def coding(self):
        """The action units as a coding sheet writes them: ``1+2``, ``4+L14``.

        The coding system names sides as the subject's own, so the right half of the picture is L.
        """
        left, right = self.sides.T
        sides = np.select([right < 0.15 * left, left < 0.15 * right], ["R", "L"], "")
        return "+".join(f"{side}{unit}" for side, unit in zip(sides, self.units, strict=True))


def _bumps(geometry, landmark, offset, spread, sides, x, y):
    """Of each half of the face: sign, strength, x and y from the bump's centre, its two factors."""
    across, level = geometry.points[landmark]
    for side, strength in zip((-1, 1), sides, strict=True):
        x_from = x - (MIDLINE + side * (across + offset[0]))
        y_from = (y - (level + offset[1]))[:, None]
        yield side, strength, x_from, y_from, bell(y_from / spread[1]), bell(x_from / spread[0])


def displacement(geometry, unit, sides, x, y):
    """Displacement of the skin by an action unit: (2, rows, columns), to the right and downwards.

    ``sides`` are its strengths in the left and the right half of the picture; 1 moves the skin by
    about one face pixel. ``x`` (columns,) and ``y`` (rows,) are face pixels.
    """
    field = np.zeros((2, len(y), len(x)), dtype=np.float32)
    for *place, towards in PULLS[unit]:
        for side, strength, _, _, rows, columns in _bumps(geometry, *place, sides, x, y):
            pull = strength * np.array([side * towards[0], towards[1]])
            field += (pull[:, None, None] * rows) * columns
    return field


def shadow(geometry, unit, sides, x, y):
    """Darkening (rows, columns) by a wrinkle, as a share; arguments of :func:`displacement`."""
    dark = np.zeros((len(y), len(x)), dtype=np.float32)
    for *place, (angle, period, depth) in WRINKLES.get(unit, ()):
        cos, sin = np.cos(np.deg2rad(angle)), np.sin(np.deg2rad(angle))
        for side, strength, right, down, rows, columns in _bumps(geometry, *place, sides, x, y):
            stripes = np.cos(2 * np.pi / period * (side * cos * right + sin * down))
            dark += (strength * depth * rows) * columns * (0.4 + 0.6 * stripes)
    return dark
