"""What a subject does in a clip: action units, their strength in each half, their course in time.

Negative, Positive and Surprise are distributions over action units, not sets: classes share units,
and a subject has habits. Units by emotion follow the prototypes of the emotional Facial Action
Coding System and the units that the CASME II paper lists for its emotions (Yan et al., PLoS ONE
2014); the probabilities are our choice, the strength of the habits was tuned (see
:mod:`cdmer_lib.synthetic`). Durations stay under half a second, the usual bound of a
micro-expression; a clip runs from onset to offset.
"""

import numpy as np

from .drawing import bell, generator

# Probability of each action unit in Negative, Positive and Surprise.
UNITS = {
    1: (0.12, 0.03, 0.70), 2: (0.06, 0.04, 0.75), 4: (0.65, 0.06, 0.08), 5: (0.03, 0.01, 0.25),
    6: (0.05, 0.40, 0.02), 7: (0.35, 0.12, 0.05), 9: (0.25, 0.03, 0.02), 10: (0.22, 0.05, 0.03),
    12: (0.06, 0.80, 0.06), 14: (0.12, 0.15, 0.05), 15: (0.18, 0.03, 0.03), 17: (0.22, 0.06, 0.04),
    20: (0.05, 0.04, 0.05), 25: (0.03, 0.10, 0.20), 26: (0.01, 0.02, 0.15),
}  # fmt: skip
MOST_UNITS = 4
HABIT = 0.5  # standard deviation, over subjects, of the log-odds of a unit
PEAK = (1.15, 2.75)  # largest displacement, pixels at 112 x 112; a camera may miss a little
SHORTEST, LONGEST = 0.26, 0.45  # seconds
BLINKS = 0.08  # share of clips with a part of a blink in them


class Performance:
    """What happens in front of the cameras in one clip, the same for all of them.

    Attributes
    ----------
    units : list of int
        Action units, ascending.
    sides : ndarray of shape (n_units, 2)
        Strength in the left and the right half of the picture, at most 1.
    peak : float
        Largest displacement in pixels at 112 x 112, for a crop without zoom.
    duration, apex : float
        Seconds from onset to offset, and to the apex.
    """

    def __init__(self, people, number, label, index, seed):
        habit = generator(seed, "habits", people, number).normal(0, HABIT, len(UNITS))
        rng = generator(seed, "performance", people, number, label, index)
        self.units = _draw_units(np.array([p[label - 1] for p in UNITS.values()]), habit, rng)
        n_units = len(self.units)
        strengths = rng.uniform(0.5, 1, n_units)
        balance = 1 - np.abs(rng.normal(0, 0.25, n_units)).clip(0, 0.8)
        balance[rng.random(n_units) < 0.1] = 0.05  # one-sided
        sides = np.stack([strengths, strengths * balance], axis=1)
        sides = np.where(rng.random((n_units, 1)) < 0.5, sides, sides[:, ::-1])
        self.sides = sides / sides.max()
        self.duration = rng.uniform(SHORTEST, LONGEST)
        blinks = rng.random() < BLINKS
        self.peak = rng.uniform(*PEAK)
        self.apex = self.duration * rng.uniform(0.3, 0.6)
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
        late = (np.asarray(seconds) - middle * self.duration) / width
        return strength * bell(late)

    def coding(self):
        """The action units as a coding sheet writes them: ``1+2``, ``4+L14``.

        The coding system names sides as the subject's own, so the right half of the picture is L.
        """
        words = []
        for unit, (left, right) in zip(self.units, self.sides, strict=True):
            side = "R" if right < 0.15 * left else "L" if left < 0.15 * right else ""
            words.append(f"{side}{unit}")
        return "+".join(words)


def _draw_units(probability, habit, rng):
    """One to :data:`MOST_UNITS` units, each with its probability changed by the habit."""
    odds = probability / (1 - probability) * np.exp(habit)
    chance = odds / (1 + odds)
    while True:
        drawn = np.flatnonzero(rng.random(len(chance)) < chance)
        if 1 <= len(drawn) <= MOST_UNITS:
            return [list(UNITS)[k] for k in drawn]
