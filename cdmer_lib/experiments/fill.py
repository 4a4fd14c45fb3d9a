"""Filling the store: one sweep, or all of them, solving only what is missing."""

from contextlib import ExitStack, contextmanager

import pandas as pd

from ..errors import InvalidInput
from ..protocol import DATABASES, TASKS, get_task
from .grids import grid_names, registered
from .provenance import input_hash, run_record
from .schedule import Part, solved
from .store import Store, hashed_arguments, in_grid_order, missing_points
from .sweep import CRITERIA_AND_AFTER, Problem, solve_batch, solve_both_ways, solve_points


def run(method, task, grid="quick", store=None, *, data=None, root=None, n_jobs=1, progress=True,
        **fixed):  # fmt: skip
    """Compute the points of a grid that are not stored yet, store them, return the complete sweep.

    ``grid`` is the name of a grid, ``store`` (a Store) is where points are read and written, by
    default the folder ``results``; the rest is as for :func:`~cdmer_lib.experiments.sweep`. Raises
    InvalidInput if the stored part was computed from other inputs, and Busy if another run is
    writing the same file.
    """
    problem = Problem(method, task, data, root, **fixed)
    with filling(store or Store(), problem, problem.points(grid), n_jobs) as file:
        for frame in solve_points(problem, file.missing, n_jobs, progress):
            file.add(frame)
        return file.complete()


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
        self.names = list(points[0])
        self.unique = list({tuple(point.values()): point for point in points}.values())
        self.record = run_record(n_jobs) | {"points": 0}
        self.table, self.missing = problem.stored(store), self.unique
        databases = problem.source, problem.target
        ours = {"inputs": {d.name: input_hash(d) for d in databases}, "labels": problem.words}
        self.provenance = {"runs": []} | {name: ours[name] for name in ours if ours[name]}
        if self.table is not None:
            self.provenance = self.table.attrs["provenance"]
            self.missing = missing_points(self.unique, self.table)
        if hashed := hashed_arguments(problem.fixed):
            self.provenance["fixed"] = hashed
        self.provenance["samples"] = [len(d.y) for d in databases]
        for name, kind in (("labels", "with the labels"), ("inputs", "from")):
            if (theirs := self.provenance.get(name)) != ours[name]:
                path = store.path(problem.method, problem.task, **problem.fixed)
                raise InvalidInput(
                    f"{path} was computed {kind} {theirs}, the data found have {ours[name]}; use "
                    "another store, or remove that file"
                )

    def add(self, frame):
        """Append the rows of ``frame``, a table of points that were missing."""
        if not self.record["points"]:
            self.provenance["runs"].append(self.record)
        self.record["points"] += len(frame)
        self._save(_joined(self.table, frame))

    def mark(self, frame):
        """Set the columns of ``frame`` that are no parameters, at the points of its rows."""
        stored, marked = (pd.MultiIndex.from_frame(t[self.names]) for t in (self.table, frame))
        for name in frame.columns.difference(self.names, sort=False):
            if name not in self.table:
                self.table[name] = pd.array([pd.NA] * len(self.table), dtype="boolean")
            at = stored.get_indexer(marked), self.table.columns.get_loc(name)
            self.table.iloc[at] = frame[name].to_numpy()
        self._save(self.table)

    def complete(self):
        """The rows of all points, in their order; a file with new rows is sorted: it is smaller."""
        if self.record["points"]:
            ordered = _joined(in_grid_order(self.table, self.unique), self.table)
            self._save(ordered.drop_duplicates(self.names, ignore_index=True))
        complete = in_grid_order(self.table, self.points)
        complete.attrs["provenance"] = self.provenance
        return complete

    def _save(self, table):
        self.table = table
        table.attrs["provenance"] = self.provenance
        self.store.save(table, self.problem.method, self.problem.task, **self.problem.fixed)


def planned(store, methods=None, tasks=None, data=None, root=None):
    """What :func:`run_all` completes, the cheap methods first; arguments and tuples as there."""
    from ..data import available

    here = set(data or (name for name in DATABASES if available(name, root)))
    sweeps = [(method, "paper", {}) for method in registered()]
    for method, fixed in store.variants():
        for grid in grid_names(method):
            sweep = method, grid, fixed
            if sweep not in sweeps and store.tasks(method, grid, **fixed):
                sweeps.append(sweep)
    for method, grid, fixed in sorted(sweeps, key=lambda sweep: registered()[sweep[0]].heavy):
        for task in map(get_task, tasks or TASKS):
            if {task.source, task.target} <= here and method in (methods or registered()):
                yield method, grid, task, fixed


def run_all(store=None, methods=None, tasks=None, *, data=None, root=None, n_jobs=1, progress=True):
    """Solve what the store lacks, for the tasks whose data can be had, all on one pool.

    These are the printed range of every method, and each grid of each variant that the store holds
    whole for at least one task. What two of them share is solved once: points of both, and what a
    method and its ``twin`` need on the two ways of a task. ``methods`` and ``tasks`` are lists that
    limit them; the rest is as for :func:`run`. Yields (method, grid, task, fixed) of each sweep
    once it is complete, in any order.

    The batches of all sweeps share ``n_jobs`` processes, the quick methods first (see
    :class:`~cdmer_lib.experiments.schedule.Schedule`), and each is written when it is done. In
    memory are the features of each database, once for all processes, the tables of incomplete
    sweeps, and in each process one batch: about 0.5 GB for TSRG and DRFS-T, the largest. A sweep is
    locked from the beginning until it is complete, so that Busy is raised before the work starts.
    """
    from ..data import load_database

    store, data, sweeps, files, done = store or Store(), dict(data or {}), {}, {}, set()
    for method, grid, task, fixed in list(planned(store, methods, tasks, data, root)):
        for name in {task.source, task.target} - set(data):
            data[name] = load_database(name, root)  # once: processes share what is the same object
        path = store.path(method, task, **fixed)
        sweeps.setdefault(path, []).append((method, grid, task, fixed))
    with ExitStack() as locks:
        for path, those in sweeps.items():
            method, _, task, fixed = those[0]
            problem = Problem(method, task, data, **fixed)
            points = [point for _, grid, *_ in those for point in problem.points(grid)]
            points = [{name: point[name] for name in points[0]} for point in points]
            lock = locks.enter_context(ExitStack())
            file = lock.enter_context(filling(store, problem, points, n_jobs))
            if file.missing:
                files[path] = file, lock
            else:
                yield from those
        parts = _parts(store, files)
        for part, frames in solved(
            parts, n_jobs, progress, lambda: f"{len(done)} of {len(files)} sweeps"
        ):
            frames = frames if len(part.files) > 1 else [frames]
            for path, frame in zip(part.files, frames, strict=True):
                file, lock = files[path]
                file.add(frame)
                if file.record["points"] == len(file.missing):
                    file.complete()
                    lock.close()
                    done.add(path)
                    yield from sweeps[path]


def _parts(store, files):
    """What files, (File, lock) by path, lack: a list of Part with the paths as files."""
    parts, shared = [], {}
    for path, (file, _) in files.items():
        problem, twin = file.problem, file.problem.twin
        back = twin and store.path(twin.method, twin.task, **twin.fixed)
        if path not in shared and back in files:
            both = [point for point in file.missing if point in files[back][0].missing]
            shared[path] = shared[back] = both
            more = problem.target.y, twin.estimator, problem.classes
            parts.append(Part(problem, solve_both_ways, both, more, (path, back)))
        alone = [point for point in file.missing if point not in shared.get(path, ())]
        more = problem.target.y, problem.classes
        parts.append(Part(problem, solve_batch, alone, more, (path,)))
    return [part for part in parts if part.work]


def _joined(table, frame):
    """Both tables, one below the other; a criterion that one of them lacks is NaN there."""
    if table is None:
        return frame
    both = pd.concat([table, frame], ignore_index=True)
    last = [name for name in CRITERIA_AND_AFTER if name in both]
    return both[[name for name in both if name not in last] + last]
