"""Filling the store: one sweep, or all of them, solving only what is missing."""

from contextlib import contextmanager

import pandas as pd

from ..errors import InvalidInput
from ..protocol import TASKS, get_task
from .grids import grid_names, registered
from .provenance import input_hash, run_record
from .store import Store, hashed_arguments, in_grid_order, missing_points
from .sweep import CRITERIA_AND_AFTER, Problem, solve_both_ways, solve_points


def run(method, task, grid="quick", store=None, *, data=None, root=None, n_jobs=1, progress=True,
        both_ways=False, **fixed):  # fmt: skip
    """Compute the points of a grid that are not stored yet, store them, return the complete sweep.

    ``grid`` is the name of a grid, ``store`` (a Store) is where points are read and written, by
    default the folder ``results``; the rest is as for :func:`~cdmer_lib.experiments.sweep`. With
    ``both_ways``, points that the method's ``twin`` lacks too, on the task the other way round, are
    solved for both and stored for both. Raises
    InvalidInput if the stored part was computed from other inputs, and Busy if another run is
    writing the same file.
    """
    problem = Problem(method, task, data, root, **fixed)
    store = store or Store()
    with filling(store, problem, problem.points(grid), n_jobs) as file:
        missing = file.missing
        if both_ways and missing and problem.twin:
            missing = _both_ways(store, problem, file, grid, n_jobs, progress)
        for frame in solve_points(problem, missing, n_jobs, progress):
            file.add(frame)
        return file.complete()


def _both_ways(store, problem, file, grid, n_jobs, progress):
    """Solve and store what a problem and its twin both lack; what the problem lacks afterwards."""
    twin = problem.twin
    with filling(store, twin, twin.points(grid), n_jobs) as back:
        both = [point for point in file.missing if point in back.missing]
        more = problem.target.y, twin.estimator, problem.classes
        for frame, frame_back in problem.in_batches(
            solve_both_ways, both, n_jobs, progress, more=more, label=f" and {twin}"
        ):
            file.add(frame)
            back.add(frame_back)
        if both:
            back.complete()
    return [point for point in file.missing if point not in both]


@contextmanager
def filling(store, problem, points, n_jobs=1):
    """Context with a :class:`File`, which takes the same arguments; no other run may write it.

    Where no point is missing, nothing is locked, and nothing may be added.
    """
    file = File(store, problem, points, n_jobs)
    if not file.missing:
        yield file
        return
    with store.writing(problem.method, problem.task, **problem.fixed):
        yield File(store, problem, points, n_jobs)  # read again: another run may have added some


class File:
    """The file of a problem while a run adds to it. Each change is written at once.

    At the end it shall have ``points``, a list of dict. ``table`` is what is stored (a DataFrame,
    or None), ``missing`` the points that were not stored, each once, and ``provenance`` a dict that
    is written with the table. Raises InvalidInput if the file was computed from other inputs.
    """

    def __init__(self, store, problem, points, n_jobs=1):
        self.store, self.problem, self.points = store, problem, points
        self.unique = list({tuple(point.values()): point for point in points}.values())
        self.record = run_record(n_jobs) | {"points": 0}
        databases = problem.source, problem.target
        inputs = {d.name: input_hash(d) for d in databases}
        self.table, self.missing = problem.stored(store), self.unique
        self.provenance = {"inputs": inputs, "runs": []}
        if self.table is not None:
            self.provenance = self.table.attrs["provenance"]
            self.missing = missing_points(self.unique, self.table)
        if hashed := hashed_arguments(problem.fixed):
            self.provenance["fixed"] = hashed
        self.provenance["samples"] = [len(d.y) for d in databases]
        if self.table is None and problem.words is not None:
            self.provenance["labels"] = problem.words
        if self.provenance.get("labels") != problem.words:
            path = store.path(problem.method, problem.task, **problem.fixed)
            raise InvalidInput(
                f"{path} was computed with the labels {self.provenance.get('labels')}, the data "
                f"found have {problem.words}; use another store, or remove that file"
            )
        if self.provenance["inputs"] != inputs:
            path = store.path(problem.method, problem.task, **problem.fixed)
            raise InvalidInput(
                f"{path} was computed from {self.provenance['inputs']}, the data found are {inputs}"
                "; use another store, or remove that file"
            )

    def add(self, frame):
        """Append the rows of ``frame``, a table of points that were missing."""
        if not self.record["points"]:
            self.provenance["runs"].append(self.record)
        self.record["points"] += len(frame)
        self._save(_joined(self.table, frame))

    def mark(self, frame):
        """Set the columns of ``frame`` that are no parameters, at the points of its rows."""
        names = list(self.points[0])
        stored, marked = (pd.MultiIndex.from_frame(t[names]) for t in (self.table, frame))
        for name in frame.columns.difference(names, sort=False):
            if name not in self.table:
                self.table[name] = pd.array([pd.NA] * len(self.table), dtype="boolean")
            at = stored.get_indexer(marked), self.table.columns.get_loc(name)
            self.table.iloc[at] = frame[name].to_numpy()
        self._save(self.table)

    def complete(self):
        """The rows of all points, in their order; a file with new rows is sorted: it is smaller."""
        if self.record["points"]:
            ordered = _joined(in_grid_order(self.table, self.unique), self.table)
            self._save(ordered.drop_duplicates(list(self.points[0]), ignore_index=True))
        complete = in_grid_order(self.table, self.points)
        complete.attrs["provenance"] = self.provenance
        return complete

    def _save(self, table):
        self.table = table
        table.attrs["provenance"] = self.provenance
        self.store.save(table, self.problem.method, self.problem.task, **self.problem.fixed)


def planned(store, methods=None, tasks=None, data=None, root=None):
    """What :func:`run_all` solves, in its order; arguments as there. Yields the same tuples."""
    from ..data import available

    names = {name for task in TASKS for name in (task.source, task.target)}
    here = data or {name for name in names if available(name, root)}
    sweeps = [(method, "paper", {}) for method in registered()]
    for method, fixed in store.variants():
        for grid in grid_names(method):
            sweep = method, grid, fixed
            if sweep not in sweeps and store.tasks(method, grid, **fixed):
                sweeps.append(sweep)
    for method, grid, fixed in sorted(sweeps, key=lambda sweep: registered()[sweep[0]].heavy):
        for task in map(get_task, tasks or TASKS):
            if {task.source, task.target} <= set(here) and method in (methods or registered()):
                yield method, grid, task, fixed


def run_all(store=None, methods=None, tasks=None, **options):
    """Solve what the store lacks, for the tasks whose data can be had, the cheap methods first.

    These are the printed range of every method, and each grid of each variant that the store holds
    whole for at least one task. What two of them share is solved once. ``methods`` and ``tasks``
    are lists that limit them; ``options`` are ``data``, ``root``, ``n_jobs`` and ``progress`` of
    :func:`run`. Yields (method, grid, task, fixed) of each sweep once it is complete.
    """
    store = store or Store()
    where = options.get("data"), options.get("root")
    plan = list(planned(store, methods, tasks, *where))
    for method, grid, task, fixed in plan:
        twin = Problem(method, task, *where, **fixed).twin
        both = twin is not None and (twin.method, grid, twin.task, fixed) in plan
        run(method, task, grid, store, both_ways=both, **options, **fixed)
        yield method, grid, task, fixed


def _joined(table, frame):
    """Both tables, one below the other; a criterion that one of them lacks is NaN there."""
    if table is None:
        return frame
    both = pd.concat([table, frame], ignore_index=True)
    last = [name for name in CRITERIA_AND_AFTER if name in both]
    return both[[name for name in both if name not in last] + last]
