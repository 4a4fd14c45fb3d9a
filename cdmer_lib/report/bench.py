"""The protocol on any databases: every method on every ordered pair, and a report to keep.

What the papers do for their twelve tasks: the best point on the target, which looks at its labels.
Beside it, what they do not: the point that is chosen without target labels, and intervals.
"""

from functools import cache
from importlib.resources import files
from io import StringIO

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
from .cells import decimals

SCORES = {  # columns of mean F1 and accuracy -> how the report calls them
    ("mean_f1", "percent"): "best on the target",
    ("chosen_f1", "chosen_percent"): "chosen without target labels",
}


def quick_methods():
    """Names of the methods whose whole grid takes seconds to minutes."""
    return [name for name, kind in registered().items() if not kind.heavy]


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
        :func:`quick_methods`. The whole grid "paper" of each is solved.
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
    for method, fixed in (given(method) for method in methods or quick_methods()):
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
    tables = {title: as_table(cells, f1) for (f1, _), title in SCORES.items()}
    told = {
        "databases": _databases(data), "cells": cells, "tables": tables,
        "pairs": {title: _pairs(cells, *pair) for pair, title in SCORES.items()},
        "picture": _picture(tables), "left_out": cells.attrs["left_out"],
        "criterion": DEFAULT_CRITERION, "version": package_version("cdmer-lib"),
        "record": run_record(1),
    }  # fmt: skip
    for name in ("report.html", "report.md"):
        _write(out / name, _template(name).render(told))
    _write(out / "cells.csv", cells.to_csv(index=False))
    for column, percent in SCORES:
        style = _pairs(cells, column, percent).style.format(escape="latex")
        style = style.format_index(escape="latex").format_index(escape="latex", axis="columns")
        _write(out / f"{column}.tex", style.to_latex(hrules=True).replace("→", r"$\to$"))


def _pairs(cells, f1, percent):
    """Mean F1 / accuracy in per cent as the papers set them, their means, the mean rank: text."""
    scores, percents = (as_table(cells, column) for column in (f1, percent))
    pairs = scores.map(decimals) + " / " + percents.map("{:.2f}".format)
    return pairs.assign(rank=scores["rank"].map("{:.2f}".format)).rename_axis(columns=None)


def _write(path, text):
    with replacing(path) as partial:
        partial.write_text(text.rstrip() + "\n", encoding="utf-8")


def _databases(data):
    """A row for each database: name, samples, features, people, samples of each label."""
    return [
        (name, *d.X.shape, "unknown" if d.subjects is None else len(set(d.subjects)),
         ", ".join(f"{label}: {n}" for label, n in zip(*np.unique(d.y, return_counts=True))))
        for name, d in data.items()
    ]  # fmt: skip


def _picture(tables):
    """Tables of :func:`as_table` as maps of colours with their numbers: SVG, as text."""
    from matplotlib.figure import Figure

    n_rows, n_columns = next(iter(tables.values())).shape
    size = 2 + 0.75 * n_columns, len(tables) * (0.9 + 0.32 * n_rows)
    figure = Figure(figsize=size, layout="constrained")
    axes = figure.subplots(len(tables), squeeze=False).flat
    for axis, (title, table) in zip(axes, tables.items()):
        table = table.drop(columns="rank")
        values = table.to_numpy(dtype=float)
        axis.imshow(values, cmap="Blues", vmin=0, vmax=1, aspect="auto")
        for (row, column), value in np.ndenumerate(values):
            how = {"ha": "center", "va": "center", "color": "white" if value > 0.6 else "black"}
            axis.text(column, row, decimals(value, 2), fontsize=9, **how)
        axis.set_xticks(range(table.shape[1]), table.columns, fontsize=9)
        axis.set_yticks(range(n_rows), table.index, fontsize=9)
        axis.set_title(f"mean F1, {title}", fontsize=10, loc="left")
    text = StringIO()
    figure.savefig(text, format="svg", metadata={"Date": None})
    return text.getvalue()[text.getvalue().index("<svg") :]


@cache
def _template(name):
    from jinja2 import Environment

    source = (files(__package__) / f"{name}.jinja").read_text(encoding="utf-8")
    blocks = {"trim_blocks": True, "lstrip_blocks": True}
    environment = Environment(autoescape=name.endswith("html"), **blocks)
    environment.filters["f1"] = decimals
    return environment.from_string(source)
