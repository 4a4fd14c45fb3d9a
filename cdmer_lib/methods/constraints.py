"""Ranges of the constructor arguments; the one file that imports a private part of scikit-learn."""

from numbers import Integral, Real

from sklearn.utils._param_validation import Interval, StrOptions

POSITIVE = [Interval(Real, 0, None, closed="neither")]
NOT_NEGATIVE = [Interval(Real, 0, None, closed="left")]
AT_LEAST_1 = [Interval(Real, 1, None, closed="left")]
WIDTH = [Interval(Real, 1e-100, None, closed="left")]  # of a Gaussian: its square is not 0
COUNT = [Interval(Integral, 1, None, closed="left")]
BLOCKS = [StrOptions({"authors", "facial"}), *COUNT, list]  # see solvers.blocks.block_columns


def one_of(*words):
    """An argument that is one of some words."""
    return [StrOptions(set(words))]
