"""The named grids of a method; and the method itself, given by name, by class or as an estimator.

"paper" is the printed range (paper A, Section IV-A.1; paper B, Section III-A). "quick" takes
seconds to minutes and holds the points behind the published cells. "coarse" (TGSR) has every kappa
and 13 values of xi. Grids stand in the classes of the methods.
"""

from ..errors import InvalidInput


class Method(str):
    """The name of a method, as the store knows it, with its class as the attribute ``kind``."""

    def __new__(cls, name, kind=None):
        method = super().__new__(cls, name)
        method.kind = kind
        return method


def registered():
    """:data:`~cdmer_lib.METHODS`, imported on use: the methods need scikit-learn."""
    from ..methods import METHODS

    return METHODS


def given(method, fixed=None):
    """Name (a :class:`Method`) and fixed arguments (dict) of a method.

    ``method`` is a key of :data:`~cdmer_lib.METHODS`, or a class of your own, whose name is then
    the name of the method, or an estimator, whose arguments join ``fixed`` (dict) where they are
    not the defaults. Raises InvalidInput for an unknown method or argument, a value that it cannot
    have, and a class of your own with the name of another method.
    """
    methods, fixed = registered(), fixed or {}
    if isinstance(method, str):
        name, kind = str(method), getattr(method, "kind", None) or methods.get(method)
        if kind is None:
            raise InvalidInput(f"unknown method {method!r}: expected one of {', '.join(methods)}")
    else:
        kind = method if isinstance(method, type) else type(method)
        if not hasattr(kind, "grids"):
            raise InvalidInput(
                f"expected a method of this package's kind, found {kind.__name__}; an estimator of "
                "another library becomes one with cdmer_lib.experiments.other_libraries.wrap"
            )
        name = next((name for name, other in methods.items() if other is kind), kind.__name__)
        if methods.get(name, kind) is not kind:
            raise InvalidInput(
                f"expected a class whose name is no row of METHODS, found another {name!r}: the "
                "two would share a file; rename it"
            )
        if method is not kind:
            default, own = kind().get_params(), method.get_params()
            fixed = {key: own[key] for key in own if own[key] != default[key]} | fixed
    try:
        kind().set_params(**fixed)._validate_params()
    except ValueError as error:
        raise InvalidInput(str(error)) from None
    return Method(name, kind), fixed


def grid_names(method):
    """Names of a method's grids, "paper" first: list of str."""
    return sorted(given(method)[0].kind.grids, key=lambda name: name != "paper")


def widest_first(method, n_s, n_t):
    """Names of a method's grids, the widest first; "paper" before others of its length."""
    sizes = {name: len(get_grid(method, name, n_s, n_t)) for name in grid_names(method)}
    return sorted(sizes, key=sizes.get, reverse=True)


def get_grid(method, name, n_s=None, n_t=None):
    """The points of a method's named grid: list of dict.

    ``method`` is as for :func:`given`. For a method without a grid "paper", this name means its
    widest grid. ``n_s`` and ``n_t`` are the numbers of source and target samples; in TCA, GFK and
    SA they limit the range of k. Raises InvalidInput for an unknown method or grid, and where the
    numbers are needed and absent.
    """
    method = require_grid(method, name)
    grids = method.kind.grids
    grid = grids[name if name in grids else widest_first(method, n_s, n_t)[0]]
    if not callable(grid):
        return grid
    if n_s is None or n_t is None:
        raise InvalidInput(f"grid {name!r} of {method} needs n_s and n_t, the numbers of samples")
    return grid(n_s, n_t)


def require_grid(method, name):
    """The :class:`Method`; InvalidInput is raised where it has no grid of this name."""
    method = given(method)[0]
    if name not in method.kind.grids and not (name == "paper" and method.kind.grids):
        known = ", ".join(grid_names(method)) or "the grids that its class has: it has none"
        raise InvalidInput(f"no grid {name!r} of method {method!r}; expected one of {known}")
    return method
