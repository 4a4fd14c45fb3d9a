"""A sweep: one method, one task, every point of a grid, scored on the target."""

import time
from functools import cached_property

import numpy as np
import pandas as pd

from ..errors import InvalidInput
from ..protocol import DATABASES, LABELS, TASKS, Database, get_task
from ..statistics.metrics import accuracy, confusion, mean_f1, uar
from .criteria import CRITERIA
from .grids import get_grid, given, registered
from .schedule import Part, solved
from .store import MOST_CLASSES, as_digits, in_grid_order

SCORES = {"mean_f1": mean_f1, "accuracy": accuracy, "uar": uar}
CRITERIA_AND_AFTER = [*CRITERIA, "predicted", "seconds"]


class Problem:
    """A method on a task: what a sweep solves and what a file of the store belongs to.

    Arguments as for :func:`sweep`. Attributes: ``method`` (a Method), ``fixed`` (dict), ``task`` (a
    Task), ``estimator``, ``source`` and ``target`` (each a Database, loaded on first use) and
    ``classes``, the labels of both. Labels that are no codes from 0 to 35 are replaced by 1, 2, ...
    in both databases, in the order of ``words``, which is None where they are kept.
    """

    def __init__(self, method, task, data=None, root=None, **fixed):
        self.method, self.fixed = given(method, fixed)
        self.task = get_task(task)
        self.estimator = self.method.kind(**self.fixed)
        self._data, self._root = data or {}, root

    def __str__(self):
        return f"{self.method} {self.task}"

    source = property(lambda self: self._coded[0])
    target = property(lambda self: self._coded[1])
    words = property(lambda self: self._coded[2])

    @property
    def classes(self):
        ours = {self.task.source, self.task.target} <= set(DATABASES)
        return list(LABELS) if ours else np.union1d(self.source.y, self.target.y).tolist()

    @cached_property
    def twin(self):
        """The Problem that needs the same solutions, or None: see ``twin`` of DomainAdapter."""
        name, ends = self.method.kind.twin, (self.task.target, self.task.source)
        task = next((task for task in TASKS if (task.source, task.target) == ends), None)
        other = registered().get(name)
        if task is None or other is None or other.twin != self.method:
            return None
        return Problem(name, task, self._data, self._root, **self.fixed)

    @cached_property
    def _coded(self):
        """Source and target with labels as the store can write them, and what code 1, ... means."""
        from ..data import load_database

        names = self.task.source, self.task.target
        pair = [self._data.get(name) or load_database(name, self._root) for name in names]
        kinds = {"number" if d.y.dtype.kind in "iu" else "word" for d in pair}
        if len(kinds) > 1:
            raise InvalidInput(
                f"{self.task}: expected labels of one kind, found numbers in one database and "
                "words in the other; recode one of them"
            )
        labels = np.union1d(*(d.y for d in pair))
        if kinds == {"number"} and labels[0] >= 0 and labels[-1] < MOST_CLASSES:
            return *pair, None
        coded = (Database(d.name, d.X, np.searchsorted(labels, d.y) + 1, d.subjects) for d in pair)
        return *coded, labels.tolist()

    def points(self, grid):
        """The points (list of dict) of a named grid, or of your own; none has a fixed argument."""
        named, sizes = isinstance(grid, str), (len(self.source.y), len(self.target.y))
        points = get_grid(self.method, grid, *sizes) if named else list(grid)
        if not points:
            raise InvalidInput("expected a grid of at least one point, found none")
        if twice := sorted(self.fixed.keys() & set().union(*points)):
            raise InvalidInput(
                f"{', '.join(twice)} of {self.method} cannot be fixed (--set): the grid "
                f"{grid if named else 'given'} has values of it; pass points of your own to sweep()"
            )
        return points

    def stored(self, store, grid=None):
        """What a store holds of this problem, as :meth:`Store.load`; None without a store."""
        there = store.root.is_dir()
        return store.load(self.method, self.task, grid, **self.fixed) if there else None

    def in_batches(self, solve, work, n_jobs=1, progress=True, *, more=(), label=""):
        """Yield what ``solve`` returns for each batch of some work, in any order.

        ``solve``, ``work`` and ``more`` are as in :class:`~cdmer_lib.experiments.schedule.Part`.
        ``label`` ends the text of the progress bar.
        """
        part = Part(self, solve, work, more)
        for _, result in solved([part] if work else [], n_jobs, progress, lambda: f"{self}{label}"):
            yield result


def solve_batch(estimator, Xs, ys, Xt, yt, classes, points):
    """Rows of a sweep (a DataFrame as the store has it) for some points.

    ``yt`` and ``classes``, all labels that there are, only score.
    """
    return _tables(estimator.predict_grid(Xs, ys, Xt, points), points, classes, yt)[0]


def solve_both_ways(estimator, Xs, ys, Xt, yt, twin, classes, points):
    """Two tables as that of :func:`solve_batch`: the second of ``twin``, with Xt as its source."""
    solved = estimator.predict_both_ways(twin, Xs, ys, Xt, yt, points)
    return _tables(solved, points, classes, yt, ys)


def _tables(solved, points, classes, *truth):
    """Rows of a sweep for ``solved`` points, (index, labels, scores, ...): a table for each way.

    ``truth`` are the right labels of each way.
    """
    start, found, tables = time.perf_counter(), [None] * len(points), []
    for index, *outcome in solved:
        found[index] = outcome
    seconds = (time.perf_counter() - start) / len(points) / len(truth)
    columns = list(zip(*found, strict=True))
    for y, labels, scores in zip(truth, columns[::2], columns[1::2], strict=True):
        frame, matrix = pd.DataFrame(points), confusion(y, labels, classes)
        for name, score in SCORES.items():
            frame[name] = score(matrix)
        if scores[0] is not None:
            for name, criterion in CRITERIA.items():
                frame[name] = [criterion(values) for values in scores]
        tables.append(frame.assign(predicted=as_digits(labels), seconds=seconds))
    return tables


def solve_points(problem, points, n_jobs=1, progress=True):
    """Yield the tables of :func:`solve_batch`; arguments as for :meth:`Problem.in_batches`."""
    more = problem.target.y, problem.classes
    return problem.in_batches(solve_batch, points, n_jobs, progress, more=more)


def sweep(
    method, task, grid="paper", data=None, *, root=None, n_jobs=1, progress=True, predictions=False,
    **fixed,
):  # fmt: skip
    """Score a method at every point of a grid on one task.

    Parameters
    ----------
    method : str, type or DomainAdapter
        A key of :data:`~cdmer_lib.METHODS`, or an estimator or class of your own.
    task : Task, int or str
    grid : str or list of dict, default="paper"
        A named grid ("paper", "quick", ...) or points of your own.
    data : dict of str to Database, default=None
        Databases by name. Others are loaded with :func:`~cdmer_lib.load_database`, which looks in
        ``root`` first and raises DataUnavailable where they cannot be had.
    n_jobs : int
        Processes; -1 for all cores.
    predictions : bool, default=False
        Keep the criteria, ``predicted`` and ``seconds`` too.
    **fixed
        Constructor arguments that all points share, such as ``blocks="facial"``. InvalidInput is
        raised for one that the grid varies.

    Returns a DataFrame, a row for each grid point in the grid's order: the parameters, then
    ``mean_f1``, ``accuracy`` (a fraction) and ``uar``.

    Examples
    --------
    >>> import numpy as np
    >>> from cdmer_lib import Database
    >>> y = np.repeat([1, 2, 3], 4)
    >>> X = np.eye(3)[y - 1] * [1, 2, 3] + np.arange(12)[:, None] % 4
    >>> data = {name: Database(name, X, y) for name in ("SMIC_VIS", "SMIC_NIR")}
    >>> sweep("SA", "V->N", [{"k": 1}, {"k": 2}], data, progress=False).round(2)
       k  mean_f1  accuracy   uar
    0  1      0.3      0.33  0.33
    1  2      1.0      1.00  1.00
    """
    problem = Problem(method, task, data, root, **fixed)
    points = problem.points(grid)
    frames = solve_points(problem, points, n_jobs, progress)
    table = in_grid_order(pd.concat(frames), points)
    return table if predictions else table.drop(columns=CRITERIA_AND_AFTER, errors="ignore")
