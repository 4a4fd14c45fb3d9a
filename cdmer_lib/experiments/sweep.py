"""A sweep: one method, one task, every point of a grid, scored on the target."""

import time
from typing import NamedTuple

import numpy as np
import pandas as pd
from joblib import Parallel, delayed
from sklearn.base import clone
from tqdm import tqdm

from ..data import load_database
from ..errors import InvalidInput
from ..protocol import get_task
from ..statistics.metrics import accuracy, confusion, mean_f1, uar
from .criteria import CRITERIA
from .grids import get_grid, given

SCORES = ["mean_f1", "accuracy", "uar"]
CRITERIA_AND_AFTER = [*CRITERIA, "predicted", "seconds"]


class Problem(NamedTuple):
    """A method on a task: the estimator with its fixed arguments, and the two databases."""

    estimator: object
    source: object
    target: object

    def points(self, method, grid):
        """The points of a method's named grid, for databases of this size."""
        return get_grid(method, grid, len(self.source.y), len(self.target.y))


def get_problem(method, task, data=None, root=None, **fixed):
    """Build a :class:`Problem`.

    Parameters
    ----------
    method : str, type or DomainAdapter
        A key of :data:`~cdmer_lib.METHODS`, or an estimator or class of one's own.
    task : Task, int or str
    data : dict of str to Database, default=None
        Databases by name; those not in it are loaded with :func:`~cdmer_lib.load_database`.
    root : path, default=None
        Folder to look in first.
    **fixed
        Constructor arguments that all points share, such as ``blocks="facial"``.

    Raises
    ------
    ValueError
        Unknown method, task or argument.
    DataUnavailable
        If a database is neither given nor to be had.
    """
    method, fixed = given(method, fixed)
    task, data = get_task(task), data or {}
    estimator = method.kind().set_params(**fixed)
    source, target = (
        data[name] if name in data else load_database(name, root)
        for name in (task.source, task.target)
    )
    return Problem(estimator, source, target)


def solve_batch(estimator, Xs, ys, Xt, yt, points):
    """Predict the target at some points: table of parameters, scores, labels and seconds.

    Parameters
    ----------
    estimator : DomainAdapter
        With the arguments that all points share.
    Xs, ys, Xt, yt : ndarray
        Source and target; ``yt`` is only used to score.
    points : list of dict

    Returns
    -------
    DataFrame with the parameters, ``mean_f1``, ``accuracy``, ``uar``, the criteria where the
    method has decision values, ``predicted`` (label codes as one string of digits) and
    ``seconds`` (the batch's time, shared out evenly).
    """
    start = time.perf_counter()
    found = [None] * len(points)
    for index, *found[index] in clone(estimator).predict_grid(Xs, ys, Xt, points):
        pass
    return _frame(points, yt, found, time.perf_counter() - start)


def _frame(points, y, found, seconds):
    """The table of a batch, from the (labels, decision values or None) of each point."""
    labels, scores = np.array([labels for labels, _ in found]), [scores for _, scores in found]
    frame = pd.DataFrame(points)
    matrix = confusion(y, labels)
    frame["mean_f1"], frame["accuracy"], frame["uar"] = (
        mean_f1(matrix),
        accuracy(matrix),
        uar(matrix),
    )
    if scores[0] is not None:
        for name, criterion in CRITERIA.items():
            frame[name] = [criterion(values) for values in scores]
    frame["predicted"] = ["".join(map(str, row)) for row in labels]
    frame["seconds"] = seconds / len(points)
    return frame


def solve_points(problem, points, n_jobs=1, progress=True, label=""):
    """Yield the tables of :func:`solve_batch`, batch by batch, in any order.

    A batch is as many points as the method solves side by side (``points_per_batch``).
    """
    estimator, source, target = problem
    arrays = source.X, source.y, target.X, target.y
    size = estimator.points_per_batch
    return in_batches(solve_batch, (estimator, *arrays), points, size, n_jobs, progress, label)


def in_batches(solve, arguments, points, size, n_jobs, progress, label):
    """Yield ``solve(*arguments, batch)`` for each batch of points, in any order.

    Arrays are arguments of their own, so that a backend sends them to its workers once.
    """
    batches = [points[i : i + size] for i in range(0, len(points), size)]
    parallel = Parallel(n_jobs=n_jobs, return_as="generator_unordered")
    with tqdm(total=len(points), desc=label, unit="point", disable=not progress) as bar:
        for solved in parallel(delayed(solve)(*arguments, batch) for batch in batches):
            yield solved
            bar.update(min(size, len(points) - bar.n))


def sweep(
    method, task, grid="paper", data=None, *, root=None, n_jobs=1, progress=True, predictions=False,
    **fixed,
):  # fmt: skip
    """Score a method at every point of a grid on one task.

    Parameters
    ----------
    method : str, type or DomainAdapter
        A key of :data:`~cdmer_lib.METHODS`, or an estimator or class of one's own. Arguments of
        an estimator that are not the defaults are fixed for all points.
    task : Task, int or str
        One of the twelve, e.g. ``5`` or ``"V->N"``.
    grid : str or list of dict, default="paper"
        A named grid ("paper", "quick", ...) or one's own points.
    data, root, **fixed
        As for :func:`get_problem`.
    n_jobs : int, default=1
        Processes; -1 for all cores.
    progress : bool, default=True
        Show a progress bar.
    predictions : bool, default=False
        Keep the criteria, ``predicted`` and ``seconds`` too.

    Returns
    -------
    DataFrame
        A row for each grid point in the grid's order: the parameters, then ``mean_f1``,
        ``accuracy`` (a fraction) and ``uar``.
    """
    method, fixed = given(method, fixed)
    problem = get_problem(method, task, data, root, **fixed)
    points = problem.points(method, grid) if isinstance(grid, str) else list(grid)
    if not points:
        raise InvalidInput("expected a grid of at least one point, found none")
    label = f"{method} {get_task(task)}"
    frames = solve_points(problem, points, n_jobs, progress, label)
    table = in_grid_order(pd.concat(frames), points)
    return table if predictions else table.drop(columns=CRITERIA_AND_AFTER, errors="ignore")


def in_grid_order(table, points):
    """Rows of ``table`` in the order of ``points``, which may hold a point more than once."""
    names = list(points[0])
    unique = table.drop_duplicates(names).set_index(names)
    wanted = pd.MultiIndex.from_frame(pd.DataFrame(points))
    unique.index = pd.MultiIndex.from_frame(unique.index.to_frame())
    return unique.loc[wanted].reset_index()
