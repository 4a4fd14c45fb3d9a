"""Filling the store: one sweep, or all of them, solving only what is missing."""

import joblib
import pandas as pd

from ..data import available
from ..methods import METHODS
from ..protocol import TASKS, get_task
from .grids import grid_names
from .provenance import input_hash, run_record
from .store import Store, missing_points
from .sweep import CRITERIA_AND_AFTER, get_problem, in_grid_order, solve_points

HEAVY = ("TGSR", "TSRG", "DRFS-T")  # hours for all tasks; the others take minutes


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
    problem = get_problem(method, task, data, root, **fixed)
    points = problem.points(method, grid)
    databases = (problem.source, problem.target)
    inputs = {d.name: input_hash(d) for d in databases}
    with store.writing(method, task, **fixed):
        table = store.load(method, task, **fixed)
        provenance = {"inputs": inputs, "runs": []} if table is None else table.attrs["provenance"]
        provenance["samples"] = [len(d.y) for d in databases]
        if provenance["inputs"] != inputs:
            raise ValueError(
                f"{store.path(method, task, **fixed)} was computed from {provenance['inputs']}, "
                f"the data found are {inputs}; use another store, or remove that file"
            )
        missing = points if table is None else missing_points(points, table)
        if missing:
            record = run_record(joblib.effective_n_jobs(n_jobs)) | {"points": 0}
            provenance["runs"].append(record)
            for frame in solve_points(problem, missing, n_jobs, progress, f"{method} {task}"):
                record["points"] += len(frame)
                table = _joined(table, frame)
                table.attrs["provenance"] = provenance
                store.save(table, method, task, **fixed)
            # in the order of the grid, in which neighbours are alike and the file is small
            complete = in_grid_order(table, _unique(points))
            table = _joined(complete, table).drop_duplicates(list(points[0]), ignore_index=True)
            table.attrs["provenance"] = provenance
            store.save(table, method, task, **fixed)
    complete = in_grid_order(table, points)
    complete.attrs["provenance"] = provenance
    return complete


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
    return sorted(sweeps.values(), key=lambda sweep: sweep[0] in HEAVY)


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
