"""Printed numbers in whole units of their last digit: rules of rounding, and slips of the pen.

.7381 is 7381 units. Binary fractions are not exact, and so halves are compared in units.
"""

import numpy as np

from ..errors import InvalidInput

TOLERANCE = 1e-9  # in units; a number that is closer than this to a boundary lies on it
_INSIDE = {  # of the number minus the print, in units, and whether the print is even
    "nearest": lambda off, even: np.abs(off) < 0.5 + TOLERANCE,
    "half up": lambda off, even: (off > -0.5 - TOLERANCE) & (off < 0.5 - TOLERANCE),
    "half even": lambda off, even: np.abs(off) < 0.5 + (TOLERANCE if even else -TOLERANCE),
    "truncated": lambda off, even: (off > -TOLERANCE) & (off < 1 - TOLERANCE),
}
RULES = tuple(_INSIDE)


def rounds_to(value, units, rule="nearest"):
    """Whether numbers are printed as ``units`` under a rule of rounding, one of ``RULES``.

    ``value`` is a float or ndarray in units of the last printed digit (7381.4), ``units`` is the
    print (7381). "nearest" lets an exact half go up or down. ``ValueError``: an unknown rule.
    """
    if rule not in _INSIDE:
        raise InvalidInput(f"unknown rule of rounding {rule!r}: expected one of {', '.join(RULES)}")
    return _INSIDE[rule](np.asarray(value) - units, units % 2 == 0)


def mean_of_printed(values, decimals=4):
    """Mean of n numbers as printed, rounded like them, an exact half up; NaN of none, or of NaN."""
    units = np.round(np.asarray(values, dtype=float) * 10**decimals)
    return np.floor(units.mean() + 0.5) / 10**decimals if len(units) else np.nan


def possible_hits(percent, n_samples, decimals=2, rule="nearest"):
    """Whole numbers k of ``n_samples`` for which 100 k / n_samples is printed as ``percent``."""
    hits, scale = np.arange(n_samples + 1), 10**decimals
    return hits[rounds_to(100 * scale * hits / n_samples, round(percent * scale), rule)].tolist()


def slips(units, n_digits):
    """Numbers one slip away from a print: a dict to "one digit" or "two digits exchanged".

    ``units`` is the print, which has ``n_digits`` with its leading zeros: 705 and 4 for .0705.
    """
    text, found = f"{units:0{n_digits}d}", {}
    for i in range(len(text)):
        for digit in "0123456789":
            found[int(text[:i] + digit + text[i + 1 :])] = "one digit"
        exchanged = int(text[:i] + text[i : i + 2][::-1] + text[i + 2 :])
        found.setdefault(exchanged, "two digits exchanged")
    del found[units]
    return found
