"""Filling the store: one sweep, or all of them, solving only what is missing."""

from contextlib import contextmanager

import joblib
import pandas as pd

from ..data import available
from ..errors import InvalidInput
from ..methods import METHODS
from ..protocol import TASKS, get_task
from .grids import given, grid_names
from .provenance import input_hash, run_record
from .store import Store, missing_points
from .sweep import (
    CRITERIA_AND_AFTER,
    get_problem,
    in_grid_order,
    solve_points,
)


def run(method, task, grid="quick", store=None, *, data=None, root=None, n_jobs=1, progress=True,
        **fixed):  # fmt: skip
    """Solve what a stored sweep lacks.

    Parameters
    ----------
    method, task, data, root, n_jobs, progress, **fixed
        As for :func:`~cdmer_lib.experiments.sweep`.
    grid : str, default="quick"
        A named grid.
    store : Store, default=None
        Where to look and to write; ``None`` means the folder ``results``.

    Returns
    -------
    DataFrame
        The complete sweep.

    Raises
    ------
    ValueError
        If the stored part was computed from other inputs.
    BlockingIOError
        If another run is writing the same file.
    """
    store, task = store or Store(), get_task(task)
    method, fixed = given(method, fixed)
    problem = get_problem(method, task, data, root, **fixed)
    points = problem.points(method, grid)
    with filling(store, problem, method, task, points, n_jobs, fixed) as file:
        if file.missing:
            for frame in solve_points(problem, file.missing, n_jobs, progress, f"{method} {task}"):
                file.add(frame)
        return file.complete()


@contextmanager
def filling(store, problem, method, task, points, n_jobs, fixed):
    with store.writing(method, task, **fixed):
        yield File(store, problem, method, task, points, n_jobs, fixed)


class File:
    """A file of the store while a run fills it, and the points that it lacks."""

    def __init__(self, store, problem, method, task, points, n_jobs, fixed):
        self.store, self.points = store, points
        self.name, self.fixed = (method, task), fixed
        self.record = run_record(joblib.effective_n_jobs(n_jobs)) | {"points": 0}
        databases = (problem.source, problem.target)
        inputs = {d.name: input_hash(d) for d in databases}
        self.table = store.load(method, task, **fixed)
        self.provenance = {"inputs": inputs, "runs": []}
        self.missing = _unique(points)
        if self.table is not None:
            self.provenance = self.table.attrs["provenance"]
            self.missing = missing_points(self.missing, self.table)
        self.provenance["samples"] = [len(d.y) for d in databases]
        if self.provenance["inputs"] != inputs:
            raise InvalidInput(
                f"{store.path(method, task, **fixed)} was computed from "
                f"{self.provenance['inputs']}, the data found are {inputs}; use another store, or "
                "remove that file"
            )

    def add(self, frame):
        """Append a batch, and write."""
        if not self.record["points"]:
            self.provenance["runs"].append(self.record)
        self.record["points"] += len(frame)
        self._save(_joined(self.table, frame))

    def mark(self, frame):
        """Set the columns of ``frame`` that are no parameters at its points, and write."""
        names = list(self.points[0])
        found = pd.MultiIndex.from_frame(self.table[names])
        at = found.get_indexer(pd.MultiIndex.from_frame(frame[names]))
        for name in frame.columns.difference(names, sort=False):
            if name not in self.table:
                self.table[name] = pd.array([pd.NA] * len(self.table), dtype="boolean")
            self.table.iloc[at, self.table.columns.get_loc(name)] = frame[name].to_numpy()
        self._save(self.table)

    def complete(self):
        """All points, in their order; stored so too: neighbours are alike and the file is small."""
        if self.record["points"]:
            ordered = _joined(in_grid_order(self.table, _unique(self.points)), self.table)
            self._save(ordered.drop_duplicates(list(self.points[0]), ignore_index=True))
        complete = in_grid_order(self.table, self.points)
        complete.attrs["provenance"] = self.provenance
        return complete

    def _save(self, table):
        self.table = table
        table.attrs["provenance"] = self.provenance
        self.store.save(table, *self.name, **self.fixed)


def every_sweep(store):
    """What ``cdmer run --all`` solves, the cheap methods first.

    Returns
    -------
    list of (method, grid, fixed)
        The printed range of every method, and each grid of each variant that the store holds
        whole for some task: a store with some tasks says what the others should have.
    """
    sweeps = {(method, "paper"): (method, "paper", {}) for method in METHODS}
    for method, fixed in store.variants():
        for grid in grid_names(method):
            if store.tasks(method, grid, **fixed):
                sweeps.setdefault((method, grid, *fixed.items()), (method, grid, fixed))
    return sorted(sweeps.values(), key=lambda sweep: METHODS[sweep[0]].heavy)


def run_all(store=None, methods=None, tasks=None, **options):
    """Solve what the store lacks of :func:`every_sweep`, for the tasks whose data can be had.

    Parameters
    ----------
    store : Store, default=None
    methods, tasks : list, default=None
        Only these.
    **options
        ``data``, ``root``, ``n_jobs`` and ``progress`` of :func:`run`.

    Yields
    ------
    method, grid, task, fixed
        Each sweep once it is complete.
    """
    store = store or Store()
    names = {name for task in TASKS for name in (task.source, task.target)}
    here = options.get("data") or {n for n in names if available(n, options.get("root"))}
    for method, grid, fixed in every_sweep(store):
        for task in map(get_task, tasks or TASKS):
            if {task.source, task.target} <= set(here) and method in (methods or METHODS):
                run(method, task, grid, store, **options, **fixed)
                yield method, grid, task, fixed


def _joined(table, frame):
    """Both, one below the other; criteria that one of them lacks are NaN there."""
    if table is None:
        return frame
    both = pd.concat([table, frame], ignore_index=True)
    last = [name for name in CRITERIA_AND_AFTER if name in both]
    return both[[name for name in both if name not in last] + last]


def _unique(points):
    return list({tuple(point.values()): point for point in points}.values())
