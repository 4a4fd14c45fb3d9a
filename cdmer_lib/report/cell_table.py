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

CHOSEN = [
    "chosen_f1", "chosen_percent", "chosen_low", "chosen_high", "chosen_parameters", "chosen_row",
]  # fmt: skip


def chosen(store, method, task, source, target, **fixed):
    """Scores of a method at the point that is chosen without target labels.

    ``store``, ``method``, ``task``, ``fixed``: as for Store.load. The labels of ``target`` (a
    Database, as ``source`` is) only score the point; the bootstrap of its one prediction is over
    people where they are known. Returns the columns of :func:`cell_table` that begin with
    ``chosen``, as a dict, which is empty where nothing is recorded.
    """
    table = with_record(store, method, task, **fixed)
    if table is None:
        return {}
    row = choose(table, source.y, DEFAULT_CRITERION)
    ends = interval(bootstrap(row.to_frame().T, target.y, target.subjects)["fixed"])
    scores = row["mean_f1"], 100 * row["accuracy"], *ends
    return dict(zip(CHOSEN, (*scores, parameters(row), row.name), strict=True))


def cell_table(store, paper, *, data=None, methods=None, tasks=TASKS, **fixed):
    """Every published cell of a paper, the best on the target, and the choice without its labels.

    Parameters
    ----------
    store : Store
        With the table of ``cdmer uncertainty`` and the record of ``cdmer validate``.
    data : dict of str to Database, default=None
        Databases by name.
    paper, methods, tasks, **fixed
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
    table, path = comparison(store, paper, "paper", methods, tasks, **fixed), store.uncertainty_path
    if not path.exists():
        raise DataUnavailable(f"expected {path}, found none; cdmer uncertainty writes it")
    widths = read_table(path)
    if widths.empty:
        wanted = "expected a row a cell, found none; cdmer uncertainty writes it"
        raise InvalidInput(f"{path}: {wanted}")
    widths = widths.set_index(["method", "task"])
    load = cache(lambda name: (data or {}).get(name) or load_database(name))
    cells, rows = product(methods or table["method"].unique(), tasks), []
    for (method, task), verdict in zip(cells, table["verdict"]):
        row = {}
        if verdict != NOT_RUN:
            problem = Problem(method, task, {n: load(n) for n in (task.source, task.target)})
            row = chosen(store, method, task, problem.source, problem.target, **fixed)
            if not fixed and (method, task.number) in widths.index:
                width = widths.loc[(method, task.number)].dropna()
                people = "_subjects" if "low_subjects" in width else ""
                row |= {"low": width["low" + people], "high": width["high" + people]}
        rows.append(row)
    return table.join(pd.DataFrame(rows, columns=["low", "high", *CHOSEN]))
