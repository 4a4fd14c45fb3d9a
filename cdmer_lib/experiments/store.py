"""The results store: finished sweeps as one Parquet file a task, written atomically.

``<root>/<grid>/<method>/<task>.parquet`` has a row a grid point and carries its provenance in its
own metadata. A run adds a batch at a time by replacing the file, so a kill at any moment loses at
most the batches under way, and the next run solves only what is missing.
"""

import os
from pathlib import Path

import pandas as pd

from ..protocol import TASKS, get_task
from .provenance import input_hash, run_record
from .sweep import get_problem, in_grid_order, solve_points


class Store:
    """A folder of finished sweeps.

    Parameters
    ----------
    root : path, default="results"
    """

    def __init__(self, root="results"):
        self.root = Path(root)

    def path(self, method, task, grid, **fixed):
        """File of one sweep."""
        variant = "".join(f",{name}={value}" for name, value in sorted(fixed.items()))
        return self.root / grid / f"{method}{variant}" / f"{get_task(task).slug}.parquet"

    def load(self, method, task, grid, **fixed):
        """Table of one sweep with ``attrs["provenance"]``, or None where nothing is stored.

        The last two columns are ``predicted`` (label codes as digits) and ``seconds``.
        """
        path = self.path(method, task, grid, **fixed)
        return pd.read_parquet(path) if path.exists() else None

    def tasks(self, method, grid, **fixed):
        """The tasks that are stored, in the papers' order."""
        return [task for task in TASKS if self.path(method, task, grid, **fixed).exists()]

    def save(self, table, method, task, grid, **fixed):
        """Write one sweep: completely, or not at all."""
        path = self.path(method, task, grid, **fixed)
        path.parent.mkdir(parents=True, exist_ok=True)
        partial = path.with_suffix(f".{os.getpid()}.partial")
        try:
            table.to_parquet(partial, index=False, compression="zstd")
            os.replace(partial, path)
        finally:
            partial.unlink(missing_ok=True)


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
    """
    store, task = store or Store(), get_task(task)
    problem = get_problem(method, task, data, root, **fixed)
    points = problem.points(method, grid)
    inputs = {d.name: input_hash(d) for d in (problem.source, problem.target)}
    table = store.load(method, task, grid, **fixed)
    provenance = {"inputs": inputs, "runs": []} if table is None else table.attrs["provenance"]
    if provenance["inputs"] != inputs:
        raise ValueError(
            f"{store.path(method, task, grid, **fixed)} was computed from {provenance['inputs']}, "
            f"the data found are {inputs}; use another store, or remove that file"
        )
    missing = points if table is None else _missing(points, table)
    if missing:
        record = run_record(n_jobs) | {"points": 0}
        provenance["runs"].append(record)
        for frame in solve_points(problem, missing, n_jobs, progress, f"{method} {task}"):
            record["points"] += len(frame)
            table = pd.concat([table, frame], ignore_index=True)
            table.attrs["provenance"] = provenance
            store.save(table, method, task, grid, **fixed)
    complete = in_grid_order(table, points)
    complete.attrs["provenance"] = provenance
    if missing:
        store.save(complete, method, task, grid, **fixed)
    return complete


def _missing(points, table):
    done = set(table[list(points[0])].itertuples(index=False, name=None))
    return [point for point in points if tuple(point.values()) not in done]
