"""A cell in three columns: as printed, best on the target, and chosen without target labels."""

from functools import cache
from itertools import product

import pandas as pd

from ..data import load_database
from ..errors import DataUnavailable, InvalidInput
from ..experiments.provenance import read_table
from ..experiments.sweep import Problem
from ..protocol import TASKS
from ..selection.choices import DEFAULT_CRITERION, choose
from ..selection.validation import with_record
from ..statistics.uncertainty import bootstrap, interval
from .compare import NOT_RUN, comparison, parameters

ADDED = [
    "low", "high", "chosen_f1", "chosen_percent", "chosen_low", "chosen_high",
    "chosen_parameters", "chosen_row",
]  # fmt: skip


def chosen(
    store, method, task, source, target, criterion=DEFAULT_CRITERION, n_replicates=1000, seed=0,
    **fixed,
):  # fmt: skip
    """Scores of a method at the point that a criterion chooses without target labels.

    ``store``, ``method``, ``task``, ``fixed``: as for Store.load; ``criterion``: a key of
    ``selection.CHOICES``. The labels of ``target`` (a Database, as ``source`` is) only score the
    chosen point. ``n_replicates`` and ``seed`` are of the bootstrap of its one prediction, over
    people where they are known. Returns the columns of :func:`cell_table` that begin with
    ``chosen``, as a dict, or ``None`` where nothing is recorded.
    """
    table = with_record(store, method, task, **fixed)
    if table is None:
        return None
    row = choose(table, source.y, criterion)
    one = bootstrap(row.to_frame().T, target.y, target.subjects, n_replicates, seed)
    scores = row["mean_f1"], 100 * row["accuracy"], *interval(one["fixed"])
    return dict(zip(ADDED[2:], (*scores, parameters(row), row.name)))


def cell_table(
    store, paper, criterion=DEFAULT_CRITERION, *, data=None, root=None, methods=None, tasks=TASKS,
    **fixed,
):  # fmt: skip
    """Every published cell of a paper, the best on the target, and the choice without its labels.

    Parameters
    ----------
    store : Store
        With the table of ``cdmer uncertainty`` and the record of ``cdmer validate``.
    data, root
        Databases by name, or where to look.
    paper, criterion, methods, tasks, **fixed
        As for :func:`~cdmer_lib.report.compare.comparison` and :func:`chosen`. Variants have no
        spread of the best.

    Returns
    -------
    DataFrame
        :func:`~cdmer_lib.report.compare.comparison` with ``low`` and ``high`` of the best point,
        chosen anew in every replicate; and ``chosen_f1``, ``chosen_percent``, ``chosen_low``,
        ``chosen_high``, ``chosen_parameters``, ``chosen_row`` (position in the grid). NaN where not
        run or not recorded. Between low and high lie 95 per cent of the replicates, which draw
        people where they are known, else clips. They hold the true score less often than that
        where a point is chosen in each (:func:`~cdmer_lib.statistics.uncertainty.coverage`).

    Raises ``FileNotFoundError`` if the store has no ``uncertainty.parquet``.
    """
    table = comparison(store, paper, "paper", methods, tasks, **fixed)
    path = store.uncertainty_path
    if not path.exists():
        raise DataUnavailable(f"expected {path}, found none; cdmer uncertainty writes it")
    widths = read_table(path)
    if widths.empty:
        raise InvalidInput(
            f"{path}: expected a row a cell, found none; cdmer uncertainty writes it"
        )
    widths = widths.set_index(["method", "task"])
    load = cache(lambda name: (data or {}).get(name) or load_database(name, root))
    cells, rows = product(methods or table["method"].unique(), tasks), []
    for (method, task), verdict in zip(cells, table["verdict"]):
        row = {}
        if verdict != NOT_RUN:
            if not fixed and (method, task.number) in widths.index:
                width = widths.loc[(method, task.number)]
                people = "_subjects" if pd.notna(width.get("low_subjects")) else ""
                row = {"low": width["low" + people], "high": width["high" + people]}
            problem = Problem(method, task, {n: load(n) for n in (task.source, task.target)})
            databases = problem.source, problem.target
            row |= chosen(store, method, task, *databases, criterion, **fixed) or {}
        rows.append(row)
    return table.join(pd.DataFrame(rows, columns=ADDED))
