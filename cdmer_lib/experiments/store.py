"""The results store: solved grid points, one Parquet file for each method and task.

``<root>/<method>/<task>.parquet`` has a row for each grid point, and its provenance as metadata. A
variant of a method has a folder of its own. A named grid is a selection of rows. Each batch that is
added replaces the whole file, so that a killed run loses only the batches under way.

Columns: the parameters, ``mean_f1``, ``accuracy`` (a fraction), ``uar``, the criteria where the
method has decision values (see :mod:`~cdmer_lib.experiments.criteria`), ``predicted`` (labels as
:func:`as_digits` writes them) and ``seconds``; then ``stable`` and ``degenerate`` where the points
were tested (see :mod:`~cdmer_lib.experiments.stability`).
"""

import hashlib
import json
import re
from ast import literal_eval
from itertools import takewhile

import numpy as np
import pandas as pd

from ..errors import IntegrityError, InvalidInput, StoreMissing
from ..files import locked, user_path
from ..protocol import TASKS, Task, get_task
from .grids import get_grid, given, registered, require_grid, widest_first
from .provenance import read_table, save_table

DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"
MOST_CLASSES = len(DIGITS)
HASHED = "@"  # begins a folder's text for a value that is too long for a name
FIRST_RESULTS = ("mean_f1", "held_out")  # the column after the parameters: of a sweep, of a record


class Store:
    """A folder of solved grid points; ``root`` is its path.

    In all methods, ``method`` and ``**fixed`` are as for
    :func:`~cdmer_lib.experiments.grids.given`, ``task`` is a Task, an int or a str, and ``grid``
    the name of a grid. An unknown one of them raises InvalidInput.

    Examples
    --------
    >>> Store("results").path("TGSR", "V->N", blocks="facial").as_posix()
    'results/TGSR,blocks=facial/05_V_N.parquet'
    """

    def __init__(self, root="results"):
        if not str(root):
            raise InvalidInput("expected the folder of a store, found an empty name")
        self.root = user_path(root)
        self.uncertainty_path = self.root / "uncertainty.parquet"  # of cdmer uncertainty

    @property
    def record_store(self):
        """The store of the records that ``cdmer validate`` makes: a folder of this one."""
        return Store(self.root / "validation")

    def found(self):
        """This store; StoreMissing is raised where it holds nothing."""
        if any(self.root.glob("*/*.parquet")):
            return self
        raise StoreMissing(
            f"expected a results store in {self.root.resolve()} (files such as "
            "SVM/05_V_N.parquet), found none: name another folder (--store), or fill this one with "
            "cdmer run; the finished results lie in the folder results of the project's source"
        )

    def path(self, method, task, **fixed):
        """The file of a method, or of a variant of it, on a task."""
        method, fixed = given(method, fixed)
        parts = (f",{name}={argument_text(value)}" for name, value in sorted(fixed.items()))
        return self.root / f"{method}{''.join(parts)}" / f"{get_task(task).slug}.parquet"

    def load(self, method, task, grid=None, **fixed):
        """Read a grid in its order, or every stored point if ``grid`` is None: DataFrame.

        The provenance is in its ``attrs``. The result is None where a point is missing, or all.
        Raises StoreMissing where there is no folder, IntegrityError for a damaged or foreign file.
        """
        path = self.path(method, task, **fixed)
        if grid is not None:
            require_grid(method, grid)
        if not path.exists():
            return None if self.root.is_dir() else self.found()
        table = read_table(path)
        if "samples" not in table.attrs.get("provenance", {}):
            raise IntegrityError(
                f"{path}: expected a file of cdmer run, found one without provenance, saved by "
                "another program; take it from a copy, or remove it and solve it again"
            )
        if grid is None:
            return table
        points = get_grid(method, grid, *table.attrs["provenance"]["samples"])
        return None if missing_points(points, table) else in_grid_order(table, points)

    def widest(self, method, task, **fixed):
        """Name of the widest grid that is stored whole, or None."""
        table = self.load(method, task, **fixed)
        if table is None:
            return None
        sizes = table.attrs["provenance"]["samples"]
        whole = (name for name in widest_first(method, *sizes)
                 if not missing_points(get_grid(method, name, *sizes), table))  # fmt: skip
        return next(whole, None)

    def tasks(self, method, grid, **fixed):
        """The tasks for which a grid is stored whole: the papers' in their order, then others."""
        papers, known = {task.slug for task in TASKS}, list(TASKS)
        for path in sorted(self.path(method, TASKS[0], **fixed).parent.glob("[0-9][0-9]*.parquet")):
            if path.stem not in papers:
                inputs = read_table(path).attrs.get("provenance", {}).get("inputs", {})
                known += [Task(int(path.stem.partition("_")[0]), *inputs)] if inputs else []
        return [task for task in known if self.load(method, task, grid, **fixed) is not None]

    def printed(self, methods=None, tasks=None):
        """Every (method, Task) whose printed grid is stored whole; the lists limit them."""
        wanted, store = [get_task(task) for task in tasks or ()], self.found()
        cells = ((m, task) for m in methods or registered() for task in store.tasks(m, "paper"))
        return [cell for cell in cells if not wanted or cell[1] in wanted]

    def variants(self):
        """Every stored method with its fixed arguments: list of (str, dict)."""
        found = []
        for folder in sorted({path.parent for path in self.root.glob("*/*.parquet")}):
            method, *rest = folder.name.split(",")
            if method in registered():
                fixed = dict(map(as_typed_argument, rest))
                if any(str(value).startswith(HASHED) for value in fixed.values()):
                    first = read_table(min(folder.glob("*.parquet")))
                    fixed |= first.attrs["provenance"]["fixed"]
                found.append((method, fixed))
        return found

    def save(self, table, method, task, **fixed):
        """Write the DataFrame ``table`` completely, or not at all."""
        save_table(table, self.path(method, task, **fixed))

    def writing(self, method, task, **fixed):
        """Context in which no other process may write a file; raises Busy if one does already."""
        return locked(self.path(method, task, **fixed))


def as_typed_argument(text):
    """("sigma", 3.0) of "sigma=3.0": a number or True where it reads as one, else a word."""
    name, _, value = text.partition("=")
    try:
        return name, literal_eval(value)
    except (ValueError, SyntaxError):
        return name, value


def argument_text(value):
    """A fixed argument in the name of a folder: a short word or number itself, else a hash.

    >>> argument_text("facial"), argument_text(3.0), argument_text([[0, 2], [1, 3]])
    ('facial', '3.0', '@654727c620c6')
    """
    text, scalar = str(value), value is None or np.isscalar(value)
    short = scalar and re.fullmatch(r"[\w.+-]{1,40}", text, re.ASCII)
    if short and as_typed_argument(f"={text}")[1] == value:
        return text
    return HASHED + hashlib.sha256(json.dumps(_plain(value)).encode()).hexdigest()[:12]


def hashed_arguments(fixed):
    """Those fixed arguments that a folder's name has as a hash; the file's metadata keep them."""
    return {n: _plain(v) for n, v in fixed.items() if argument_text(v).startswith(HASHED)}


def _plain(value):
    """Arrays as lists, as JSON holds them; InvalidInput for what is none."""
    try:
        return json.loads(json.dumps(value, default=lambda array: array.tolist()))
    except (AttributeError, TypeError):
        raise InvalidInput(
            f"expected a number, a word or arrays as a fixed argument, found {value!r:.80}, which "
            "has no name in a store"
        ) from None


def as_digits(labels):
    """Write labels as the store does: int of shape (p, n) -> list of p str of length n.

    The labels 0 to 9 become digits, 10 to 35 the letters a to z; others raise InvalidInput.

    >>> as_digits([[1, 3, 12], [2, 2, 1]])
    ['13c', '221']
    >>> labels_of(["13c", "221"]).tolist()
    [[1, 3, 12], [2, 2, 1]]
    """
    labels = np.asarray(labels)
    if not np.isin(labels, range(MOST_CLASSES)).all():
        raise InvalidInput(f"expected labels from 0 to 35, found {labels.min()} to {labels.max()}")
    return ["".join(row) for row in np.array(list(DIGITS))[labels]]


def labels_of(column):
    """Read labels that :func:`as_digits` wrote: p str of length n -> ndarray (p, n) of int."""
    known, written = (np.frombuffer(s.encode(), np.uint8) for s in (DIGITS, "".join(column)))
    return np.searchsorted(known, written).reshape(len(column), -1)


def parameter_names(table):
    """Names of the parameters in a stored table (DataFrame), or in a row of it (Series): list."""
    return list(takewhile(lambda name: name not in FIRST_RESULTS, table.keys()))


def points_of(table):
    """The grid points of a stored table: a list of dict, one for each row."""
    return table[parameter_names(table)].to_dict("records")


def missing_points(points, table):
    """Those of some points (list of dict) that have no row in a stored table."""
    done = set(table[list(points[0])].itertuples(index=False, name=None))
    return [point for point in points if tuple(point.values()) not in done]


def in_grid_order(table, points):
    """Rows of ``table`` in the order of ``points``, which may hold a point more than once."""
    names = list(points[0])
    rows, wanted = table.drop_duplicates(names), pd.DataFrame(points)
    at = pd.MultiIndex.from_frame(rows[names]).get_indexer(pd.MultiIndex.from_frame(wanted))
    columns = [*names, *rows.columns.difference(names, sort=False)]
    return rows.iloc[at][columns].reset_index(drop=True)
