"""The named grids of a method, which stand in its class, and the method itself, however named.

"paper" is the printed range (paper A, Section IV-A.1; paper B, Section III-A), "quick" takes
seconds to minutes and holds the points behind the published cells, "coarse" (TGSR) has every kappa
and 13 values of xi. See :class:`~cdmer_lib.methods.base.DomainAdapter`.
"""

from ..errors import InvalidInput
from ..methods import METHODS
from ..methods.ranges import colon, points

__all__ = [
    "Method", "colon", "get_grid", "given", "grid_names", "method_class", "points", "widest_first",
]  # fmt: skip


class Method(str):
    """The name of a method, as the store knows it, that carries its class along.

    Parameters
    ----------
    name : str
    kind : type
        The estimator class.
    """

    def __new__(cls, name, kind):
        method = super().__new__(cls, name)
        method.kind = kind
        return method

    def __reduce__(self):
        return Method, (str(self), self.kind)


def given(method, fixed=None):
    """A method that is given by its name, its class or an estimator: name and fixed arguments.

    Parameters
    ----------
    method : str, type or DomainAdapter
        A key of :data:`~cdmer_lib.METHODS`, or a method of one's own: its name is then that of
        its class.
    fixed : dict, default=None
        Fixed arguments. Of an estimator, the arguments that are not their defaults join them.

    Returns
    -------
    method : Method
    fixed : dict

    Raises
    ------
    ValueError
        Unknown name; a class of one's own with the name of another method.
    """
    fixed = fixed or {}
    if isinstance(method, str):
        return Method(method, method_class(method)), fixed
    kind, own = (method, {}) if isinstance(method, type) else (type(method), method.get_params())
    default = kind().get_params()
    own = {name: value for name, value in own.items() if value != default[name]}
    name = next((name for name, other in METHODS.items() if other is kind), kind.__name__)
    if METHODS.get(name, kind) is not kind:
        raise InvalidInput(
            f"expected a class whose name is no row of METHODS, found another {name!r}: the two "
            "would share a file; rename it"
        )
    return Method(name, kind), own | fixed


def method_class(method):
    """The estimator class of a method, which is given as for :func:`given`."""
    if isinstance(method, type):
        return method
    if not isinstance(method, str):
        return type(method)
    kind = getattr(method, "kind", None) or METHODS.get(method)
    if kind is None:
        raise InvalidInput(f"unknown method {method!r}: expected one of {', '.join(METHODS)}")
    return kind


def grid_names(method):
    """Names of a method's grids, "paper" first."""
    return tuple(sorted(method_class(method).grids, key=lambda name: name != "paper"))


def widest_first(method, n_s, n_t):
    """Names of a method's grids, the widest first; "paper" before others of its length."""
    sizes = {name: len(get_grid(method, name, n_s, n_t)) for name in grid_names(method)}
    return sorted(sizes, key=sizes.get, reverse=True)


def get_grid(method, name, n_s=None, n_t=None):
    """The points of a method's named grid.

    Parameters
    ----------
    method : str, type or DomainAdapter
        As for :func:`given`.
    name : str
        Of a method that has no grid "paper", its widest one stands for it.
    n_s, n_t : int, default=None
        Numbers of source and target samples, which end the ranges of k in TCA, GFK and SA.

    Raises
    ------
    ValueError
        Unknown method or grid; a grid that needs the numbers of samples, without them.
    """
    kind = method_class(method)
    if name == "paper" and name not in kind.grids and kind.grids:
        name = widest_first(method, n_s, n_t)[0]
    if name not in kind.grids:
        known = ", ".join(grid_names(method)) or "the grids that its class has: it has none"
        raise InvalidInput(f"no grid {name!r} of method {method!r}; expected one of {known}")
    grid = kind.grids[name]
    if not callable(grid):
        return grid
    if n_s is None or n_t is None:
        raise InvalidInput(
            f"the grid {name!r} of {method} needs n_s and n_t, the numbers of samples"
        )
    return grid(n_s, n_t)
