"""From a number to where it comes from: the cell's entry with point, command and deviations."""

from functools import cache

import numpy as np
import pandas as pd

from ..data import load_database
from ..errors import InvalidInput
from ..experiments.grids import given
from ..experiments.verify import verify
from ..protocol import get_task
from ..selection.choices import DEFAULT_CRITERION, best_on_target
from .cell_table import cell_table
from .compare import EXACT, NOT_RUN, comparison
from .printed_digits import mean_of_printed
from .published import concerning

LINES = {  # columns: mean F1, accuracy, both ends of the spread of mean F1, the point
    "printed": ["printed_f1", "printed_percent"],
    "best on target": ["mean_f1", "percent", "low", "high", "parameters"],
    "without labels": [f"chosen_{x}" for x in ("f1", "percent", "low", "high", "parameters")],
}


def cell_id(method, task):
    """HTML anchor of a cell: method and number of the experiment."""
    return f"{method}-{get_task(task).number}".lower()


def decimals(value, digits=4):
    """A mean F1 as the papers set it, without the 0 before the point; a dash for NaN."""
    return "–" if np.isnan(value) else f"{value:.{digits}f}".removeprefix("0")


def commands(method, task):
    """What recomputes a cell: its points; the whole grid; the choice without labels."""
    name = f"--method {method} --task {get_task(task).number}"
    whole = f"cdmer run {name} --grid paper --store again"
    return [f"cdmer cell {name}", whole, f"cdmer validate {name} --store again"]


def overview(table):
    """Mean F1 in three lines a method: printed, best on the target, chosen without its labels.

    ``table`` is a :func:`~cdmer_lib.report.cell_table.cell_table`. Returns a DataFrame of HTML: a
    column a task, and the mean of those that were run. Each number links to its entry on the page
    of cells. Of the others, printed numbers are shown alone (CSS class ``not-run``).
    """
    rows, number = {}, template("cells.html").module.number
    for method, cells in table.groupby("method", sort=False):
        was_run = cells["verdict"] != NOT_RUN
        for line, columns in LINES.items():
            row = rows[method, line] = {}
            numbers = zip(cells["task"], cells["verdict"], cells[columns].to_numpy())
            for task, verdict, (f1, _, *spread) in numbers:
                told = decimals(f1), verdict, _width(*spread[:2]) if spread else None
                shown = not spread or verdict != NOT_RUN
                row[task] = number(cell_id(method, task), *told) if shown else ""
            row["mean"] = decimals(mean_of_printed(cells.loc[was_run, columns[0]]))
    return pd.DataFrame.from_dict(rows, orient="index")


def entries(tables, method):
    """The entries of a method's cells: numbers, parameters, command and deviations.

    ``tables`` is a dict of :func:`~cdmer_lib.report.cell_table.cell_table` by paper. Returns an
    HTML table as text: for each task a heading, which carries the id of :func:`cell_id` and links
    to the log of deviations, a row a number, and the commands where it was run.
    """
    cells = pd.concat(table.assign(paper=paper) for paper, table in tables.items())
    parts = [
        (cell_id(method, task), get_task(task), concerning(method, get_task(task).number),
         _numbers(rows), [] if NOT_RUN in set(rows["verdict"]) else commands(method, task))
        for task, rows in cells[cells["method"] == method].groupby("task", sort=False)
    ]  # fmt: skip
    return template("cells.html").module.entries(method, parts)


@cache
def template(name):
    """A file of this folder as a Jinja template."""
    from jinja2 import Environment, PackageLoader

    how = {"autoescape": "html" in name, "trim_blocks": True, "lstrip_blocks": True}
    return Environment(loader=PackageLoader(__package__, "."), **how).get_template(name)


def _numbers(cells):
    """(which, number, spread, where it comes from): printed in each paper, best, without labels."""
    for cell in cells[cells["printed_f1"].notna()].itertuples():
        away = "" if cell.verdict in (EXACT, NOT_RUN) else f" ({cell.samples:+g} samples)"
        pair = f"{decimals(cell.printed_f1)} / {cell.printed_percent:.2f}"
        yield f"paper {cell.paper}", pair, "", cell.verdict + away
    for line in ("best on target", "without labels"):
        f1, percent, *ends, point = cells[LINES[line]].iloc[0]
        if not np.isnan(f1):
            yield line, f"{decimals(f1)} / {percent:.2f}", _width(*ends), point


def _width(low, high):
    return "" if np.isnan(low) else f"[{decimals(low, 2)}, {decimals(high, 2)}]"


def describe_cell(store, method, task, *, data=None, root=None, longest=np.inf):
    """A cell as text: printed, best, without labels, deviations; its two points solved again.

    ``method`` is a name, a class or an estimator; ``data`` are databases by name, ``root`` is
    where to look for them. Points whose stored runs took more than ``longest`` seconds together
    are not solved again, and the text says so.

    Raises ``ValueError`` for an unknown task, or a printed grid that is not stored whole, and
    ``LabelsDiffer`` if a point is stable and its labels are not the stored ones.
    """
    task, (method, fixed) = get_task(task), given(method)
    sweep = store.found().load(method, task, "paper", **fixed)
    if sweep is None:
        raise InvalidInput(
            f"{method} {task}: not stored whole; cdmer run --grid paper completes it"
        )
    data = data or {name: load_database(name, root) for name in (task.source, task.target)}
    only = {"methods": [method], "tasks": [task], **fixed}
    own, of_b = cell_table(store, "A", data=data, **only), comparison(store, "B", "paper", **only)
    rows = sorted({best_on_target(sweep).name, *own["chosen_row"].dropna().astype(int)})
    of, seconds = f"{len(rows)} of {len(sweep)} points", sweep["seconds"].iloc[rows].sum()
    if seconds > longest:
        lines = [f"{method}, {task}: {of}, not solved again here: some {seconds:.0f} s (--again)"]
    else:
        differ = verify(store, method, task, rows=rows, data=data, **fixed)["differing"].sum()
        found = f"{differ} labels of unstable ones differ" if differ else "every label as stored"
        lines = [f"{method}, {task}: {of} solved again, {found}"]
    cells = pd.concat([own.assign(paper="A"), of_b.assign(paper="B")])
    lines += ["  {:16}{:16}{:14}{}".format(*row) for row in _numbers(cells)]
    lines.append(f"spreads: 95 per cent of replicates; without labels: by {DEFAULT_CRITERION}")
    for entry in concerning(method, task.number):
        lines.append(f"  {entry.id}  paper {entry.paper}, {entry.place}: {entry.here}")
    return "\n".join(lines)
