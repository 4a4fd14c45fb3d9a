"""The protocol on any databases: every method on every ordered pair, and a report to keep.

What the papers do for their twelve tasks: the best point on the target, which looks at its labels.
Beside it, what they do not: the point that is chosen without target labels, and intervals.
"""

import numpy as np

from ..errors import InvalidInput
from ..experiments.fill import run
from ..experiments.grids import given, registered
from ..experiments.provenance import run_record, write_table
from ..experiments.store import Store
from ..files import package_version, replacing, user_path
from ..protocol import tasks_between
from ..selection.choices import DEFAULT_CRITERION
from ..selection.validation import validate
from ..statistics.uncertainty import cell_uncertainty
from .cell_table import cell_table
from .cells import decimals, template
from .take_away import latex

SCORES = {  # columns of mean F1 and accuracy -> how the report calls them
    ("mean_f1", "percent"): "best on the target",
    ("chosen_f1", "chosen_percent"): "chosen without target labels",
}


def bench(data, out, methods=None, tasks=None, *, n_jobs=1, progress=True, n_permutations=999):
    """Run methods on every ordered pair of databases, and write a report.

    What is solved is kept in ``out/results``, a store, after every batch: the same call goes on
    after an interruption.

    Parameters
    ----------
    data : dict of str to Database
    out : path
        The folder of the report and of the store.
    methods : list of str, type or estimator, default=None
        Rows: keys of :data:`~cdmer_lib.METHODS`, or methods of your own; by default
        those whose whole grid takes seconds to minutes. The whole grid "paper" of each is solved.
    tasks : list of Task, default=None
        By default all that :func:`~cdmer_lib.protocol.tasks_between` gives.
    n_jobs, progress
        As for :func:`~cdmer_lib.experiments.sweep`.
    n_permutations : int, default=999
        Of the labels, for what chance reaches.

    Returns
    -------
    DataFrame
        A row for each method and task: ``method``, ``task``, ``mean_f1``, ``percent`` (accuracy)
        and ``parameters`` at the best point on the target, ``low`` and ``high`` (95 per cent of
        the bootstrap replicates), ``p`` (share of permuted labels that reach as much); the same
        beginning with ``chosen`` for the choice without target labels; ``n_points`` of the grid.
        ``attrs["left_out"]`` says why a method has no row.

    Raises ``ValueError`` where no method can be run on these databases.
    """
    out, tasks = user_path(out), tasks or tasks_between(data)
    store, how = Store(out / "results"), {"data": data, "n_jobs": n_jobs, "progress": progress}
    names, left_out = [], {}
    methods = methods or [name for name, kind in registered().items() if not kind.heavy]
    for method, fixed in map(given, methods):
        try:
            for task in tasks:
                run(method, task, "paper", store, **how, **fixed)
                validate(method, task, store, **how, **fixed)
            names.append(method)
        except InvalidInput as error:  # such as features that have no facial blocks
            left_out[str(method)] = str(error)
    if not names:
        raise InvalidInput(f"expected a method that these databases suit, found none: {left_out}")
    counts = {"n_permutations": n_permutations, "n_trials": 1}  # the report shows no coverage
    widths = cell_uncertainty(store, names, tasks, **counts, **how)
    write_table(widths, store.uncertainty_path, n_jobs)
    cells = cell_table(store, "A", data=data, methods=names, tasks=tasks)
    known = widths.assign(task=widths["task"].map({task.number: task.letters for task in tasks}))
    cells = cells.merge(known[["method", "task", "n_points", "p"]], "left", ["method", "task"])
    unprinted = ["printed_f1", "printed_percent", "verdict", "samples", "deviation", "grid"]
    cells = cells.drop(columns=[*unprinted, "seconds", "chosen_row"])
    cells.attrs["left_out"] = left_out
    write_report(cells, data, out)
    return cells


def as_table(cells, score):
    """Mean F1 with a row a method and a column a task, their mean, and the mean rank (1 is best).

    ``score`` is a column of the table of :func:`bench`. Ranks are over the tasks that every method
    has; ties share their mean rank.
    """
    order = {"index": cells["method"].unique(), "columns": cells["task"].unique()}
    table = cells.pivot(index="method", columns="task", values=score).reindex(**order)
    ranks = (-table.round(12)).rank()
    return table.assign(mean=table.mean(axis=1, skipna=False), rank=ranks.mean(axis=1))


def write_report(cells, data, out):
    """Write ``report.html``, ``report.md``, ``cells.csv`` and a LaTeX table for each score."""
    texts, pairs = {"cells.csv": cells.to_csv(index=False)}, {}
    for (f1, percent), title in SCORES.items():
        scores, percents = (as_table(cells, column) for column in (f1, percent))
        both = scores.map(decimals) + " / " + percents.map("{:.2f}".format)
        both = both.assign(rank=scores["rank"].map("{:.2f}".format)).rename_axis(columns=None)
        texts[f"{f1}.tex"] = latex(both.reset_index(), longtable=False)
        pairs[title] = both
    told = {
        "databases": _databases(data), "cells": cells, "pairs": pairs, "f1": decimals,
        "left_out": cells.attrs["left_out"], "criterion": DEFAULT_CRITERION,
        "version": package_version("cdmer-lib"), "record": run_record(1),
    }  # fmt: skip
    for name in ("report.html", "report.md"):
        texts[name] = template(f"{name}.jinja").render(told)
    for name, text in texts.items():
        with replacing(out / name) as partial:
            partial.write_text(text.rstrip() + "\n", encoding="utf-8")


def _databases(data):
    """A row for each database: name, samples, features, people, samples of each label."""
    return [
        (name, *d.X.shape, "unknown" if d.subjects is None else len(set(d.subjects)),
         ", ".join(f"{label}: {n}" for label, n in zip(*np.unique(d.y, return_counts=True))))
        for name, d in data.items()
    ]  # fmt: skip
