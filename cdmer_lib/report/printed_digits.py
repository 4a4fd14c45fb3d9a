"""Printed numbers as whole units of their last digit: rules of rounding, and slips of the pen."""

import numpy as np

from ..errors import InvalidInput

RULES = ("nearest", "half up", "half even", "truncated")
TOLERANCE = 1e-9  # in units; what is closer to a boundary than this lies on it


def rounds_to(value, units, rule="nearest"):
    """Whether a number is printed as ``units`` whole units under a rule of rounding.

    Parameters
    ----------
    value : float or ndarray
        The number in units of the last printed digit: 0.73814 with four digits is 7381.4.
    units : int
        The print: 7381.
    rule : {"nearest", "half up", "half even", "truncated"}
        "nearest" lets an exact half go either way, and so admits what any of the others but
        "truncated" admits.

    Raises
    ------
    ValueError
        Unknown rule.
    """
    off = np.asarray(value) - units
    if rule == "truncated":
        return (off > -TOLERANCE) & (off < 1 - TOLERANCE)
    if rule == "nearest":
        return np.abs(off) < 0.5 + TOLERANCE
    below = np.abs(off + 0.5) < TOLERANCE  # exactly half a unit below the print
    inside = (np.abs(off) < 0.5 + TOLERANCE) & ~below & (np.abs(off - 0.5) >= TOLERANCE)
    if rule == "half up":
        return inside | below
    if rule == "half even":
        return inside | ((np.abs(off) < 0.5 + TOLERANCE) & (units % 2 == 0))
    raise InvalidInput(f"unknown rule of rounding {rule!r}: expected one of {', '.join(RULES)}")


def mean_of_printed(values, decimals=4):
    """Mean of numbers as printed, rounded like them; an exact half goes up.

    Counted in whole units of the last digit: in binary fractions such a half falls either way.

    Parameters
    ----------
    values : array-like of shape (n,)
        Rounded to ``decimals`` first.

    Returns
    -------
    float
        NaN where a value is.
    """
    units = np.round(np.asarray(values, dtype=float) * 10**decimals)
    if np.isnan(units).any():
        return np.nan
    return int(2 * units.sum() + len(units)) // (2 * len(units)) / 10**decimals


def possible_hits(percent, n_samples, decimals=2, rule="nearest"):
    """Whole numbers k of ``n_samples`` for which 100 k / n_samples is printed as ``percent``."""
    hits, scale = np.arange(n_samples + 1), 10**decimals
    return hits[rounds_to(100 * scale * hits / n_samples, round(percent * scale), rule)].tolist()


def slips(units, n_digits):
    """Numbers that differ from a printed one by one digit, or by two neighbours exchanged.

    Parameters
    ----------
    units : int
        The print in units of its last digit, e.g. 1705 for .1705.
    n_digits : int
        Digits to fill with leading zeros.

    Returns
    -------
    dict of int to str, units of the other number to "one digit" or "two digits exchanged"
    """
    text = f"{units:0{n_digits}d}"
    found = {}
    for i in range(len(text)):
        for digit in "0123456789":
            found[int(text[:i] + digit + text[i + 1 :])] = "one digit"
        if i:
            exchanged = text[: i - 1] + text[i] + text[i - 1] + text[i + 1 :]
            found.setdefault(int(exchanged), "two digits exchanged")
    found.pop(units, None)
    return found
