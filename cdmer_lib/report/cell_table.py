"""A cell in three columns: as printed, best on the target, and chosen without target labels."""

from functools import cache

import numpy as np
import pandas as pd

from ..data import load_database
from ..errors import DataUnavailable
from ..protocol import TASKS, get_task
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
    """What a method reaches where a criterion chooses its point without target labels.

    Parameters
    ----------
    store : Store
    method : str
    task : Task, int or str
    source, target : Database
        Target labels only score the chosen point.
    criterion : str
        A key of ``selection.CHOICES``.
    n_replicates, seed : int
        Of the bootstrap of the one chosen prediction, over people where they are known.
    **fixed
        Fixed arguments of a stored variant.

    Returns
    -------
    dict or None
        ``chosen_f1``, ``chosen_percent``, ``chosen_low``, ``chosen_high`` (95 per cent of the
        replicates), ``chosen_parameters``, ``chosen_row`` (position in the grid); ``None`` where
        nothing is recorded.
    """
    table = with_record(store, method, task, **fixed)
    if table is None:
        return None
    row = choose(table, source.y, criterion)
    one = bootstrap(row.to_frame().T, target.y, target.subjects, n_replicates, seed)
    low, high = interval(one["fixed"])
    return {
        "chosen_f1": row["mean_f1"],
        "chosen_percent": 100 * row["accuracy"],
        "chosen_low": low,
        "chosen_high": high,
        "chosen_parameters": parameters(row),
        "chosen_row": row.name,
    }


def cell_table(
    store, paper, criterion=DEFAULT_CRITERION, *, data=None, root=None, methods=None, tasks=TASKS,
    **fixed,
):  # fmt: skip
    """Every published cell of a paper, the best on the target, and the choice without its labels.

    Parameters
    ----------
    store : Store
        With the table of ``cdmer uncertainty`` and the record of ``cdmer validate``.
    paper : {"A", "B"}
    criterion : str
        A key of ``selection.CHOICES``.
    data, root
        Databases by name, or where to look.
    methods, tasks, **fixed
        As for :func:`~cdmer_lib.report.compare.comparison`; variants have no spread of the best.

    Returns
    -------
    DataFrame
        :func:`~cdmer_lib.report.compare.comparison` with ``low`` and ``high`` of the best point,
        chosen anew in every replicate, and the columns of :func:`chosen`; NaN where not run or
        not recorded. The spreads, 95 per cent of the replicates, resample people where they are
        known, else clips. With a choice inside they cover the chosen point's true score less often
        than that (:func:`~cdmer_lib.statistics.uncertainty.coverage`).

    Raises
    ------
    FileNotFoundError
        The store has no ``uncertainty.parquet``.
    """
    table = comparison(store, paper, "paper", methods, tasks, **fixed)
    path = store.root / "uncertainty.parquet"
    if not path.exists():
        raise DataUnavailable(f"expected {path}, found none; cdmer uncertainty writes it")
    widths = pd.read_parquet(path).set_index(["method", "task"])
    load = cache(lambda name: (data or {}).get(name) or load_database(name, root))
    own, rows = {str(method): method for method in methods or ()}, []
    for cell in table.itertuples():
        task, row = get_task(cell.task), {}
        if cell.verdict != NOT_RUN:
            if not fixed and (cell.method, task.number) in widths.index:
                width = widths.loc[(cell.method, task.number)]
                suffix = "" if np.isnan(width["low_subjects"]) else "_subjects"
                row = {"low": width["low" + suffix], "high": width["high" + suffix]}
            method = own.get(cell.method, cell.method)  # a table keeps the name of a class alone
            databases = load(task.source), load(task.target)
            row |= chosen(store, method, task, *databases, criterion, **fixed) or {}
        rows.append(row)
    return table.join(pd.DataFrame(rows, columns=ADDED))
