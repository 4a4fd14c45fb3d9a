"""The trail of every number: from a table to the cell's entry, its command and its deviations."""

from html import escape

import numpy as np
import pandas as pd

from ..experiments.grids import given
from ..experiments.verify import verify
from ..protocol import get_task
from ..selection.choices import DEFAULT_CRITERION
from .cell_table import cell_table
from .compare import NOT_RUN, TABLES
from .deviations import concerning
from .printed_digits import mean_of_printed

WITHOUT = "without labels"
LINES = ["printed", "best on target", WITHOUT]


def cell_id(method, task):
    """Anchor of a cell on the page of cells: method and number of the experiment."""
    return f"{method}-{get_task(task).number}".lower()


def decimals(value, digits=4):
    """A mean F1 as the papers set it, without the 0 before the point; a dash for NaN."""
    return "–" if np.isnan(value) else f"{value:.{digits}f}".removeprefix("0")


def width(low, high):
    """A spread, or nothing."""
    return "" if np.isnan(low) else f"[{decimals(low, 2)}, {decimals(high, 2)}]"


def overview(table, page="cells.html"):
    """Mean F1 in three lines a method: printed, best on the target, chosen without its labels.

    Parameters
    ----------
    table : DataFrame
        Of :func:`~cdmer_lib.report.cell_table.cell_table`.
    page : str
        Where each number links to.

    Returns
    -------
    DataFrame of HTML
        A column for each task that was run, and the mean over them.
    """
    run = table[table["verdict"] != NOT_RUN]
    rows = {}
    for method, cells in run.groupby("method", sort=False):
        for line, column in zip(LINES, ("printed_f1", "mean_f1", "chosen_f1"), strict=True):
            row = {
                cell.task: _number(cell, line, getattr(cell, column), page)
                for cell in cells.itertuples()
            }
            row["mean"] = decimals(mean_of_printed(cells[column]))
            rows[(method, line)] = row
    return pd.DataFrame.from_dict(rows, orient="index")[[*dict.fromkeys(run["task"]), "mean"]]


def _number(cell, line, value, page):
    """One number with its link, and its interval or the colour of its verdict."""
    link = f'<a href="{page}#{cell_id(cell.method, cell.task)}"'
    if line == "printed":
        kind = cell.verdict.split(":")[0].replace(" ", "-")
        return f'{link} class="verdict {kind}" title="{cell.verdict}">{decimals(value)}</a>'
    ends = (cell.low, cell.high) if line != WITHOUT else (cell.chosen_low, cell.chosen_high)
    return f'{link}>{decimals(value)}</a><span class="width">{width(*ends)}</span>'


def entries(tables, method, log="deviations.html"):
    """The entries of a method's cells: numbers, parameters, command and deviations.

    Parameters
    ----------
    tables : dict of str to DataFrame
        Of :func:`~cdmer_lib.report.cell_table.cell_table`, by paper.
    method : str
    log : str
        Page with the deviations log.

    Returns
    -------
    str
        An HTML table: for each task that was run a heading, which carries the id of
        :func:`cell_id`, a row a number, and the commands.
    """
    found = {}
    for paper, table in tables.items():
        for cell in table[(table["method"] == method) & (table["verdict"] != NOT_RUN)].itertuples():
            found.setdefault(cell.task, {})[paper] = cell
    lines = []
    for task, cells in found.items():
        number = get_task(task).number
        links = (
            f'<a href="{log}#{entry.id}" title="{escape(entry.place)}">{entry.id}</a>'
            for entry in concerning(method, number)
        )
        head = f"{method}, Exp.{number} ({task})</th><th>deviations {' '.join(links)}"
        lines.append(f'<tr id="{cell_id(method, task)}"><th colspan="3">{head}</th></tr>')
        for row in _numbers(cells):
            lines.append("<tr>" + "".join(f"<td>{escape(part)}</td>" for part in row) + "</tr>")
        code = "<br>".join(f"<code>{escape(command)}</code>" for command in commands(method, task))
        lines.append(f'<tr><td>again</td><td colspan="3">{code}</td></tr>')
    return f'<table class="dataframe entries">{"".join(lines)}</table>'


def _numbers(cells):
    """(which, number, interval, where it comes from): printed, best, without labels."""
    for paper, cell in cells.items():
        if not np.isnan(cell.printed_f1):
            which = f"paper {paper}"
            verdict = "" if cell.verdict == "exact" else f" ({cell.samples:+g} samples)"
            pair = _pair(cell.printed_f1, cell.printed_percent)
            yield which, pair, "", cell.verdict + verdict
    cell = next(iter(cells.values()))
    pair = _pair(cell.mean_f1, cell.percent)
    yield LINES[1], pair, width(cell.low, cell.high), cell.parameters
    if isinstance(cell.chosen_parameters, str):
        pair = _pair(cell.chosen_f1, cell.chosen_percent)
        yield WITHOUT, pair, width(cell.chosen_low, cell.chosen_high), cell.chosen_parameters


def _pair(f1, percent):
    return f"{decimals(f1)} / {percent:.2f}"


def commands(method, task):
    """What recomputes a cell: its points; the whole grid; the choice without labels."""
    name = f"--method {method} --task {get_task(task).number}"
    whole = f"cdmer run {name} --grid paper --store again"
    return [f"cdmer cell {name}", whole, f"cdmer validate {name} --store again"]


def describe_cell(store, method, task, *, data=None, root=None):
    """A cell as text: printed, best, without labels, deviations; the best point solved again.

    Parameters
    ----------
    store : Store
    method : str, type or DomainAdapter
        As for :func:`~cdmer_lib.experiments.sweep`.
    task : Task, int or str
    data, root
        Databases by name, or where to look.

    Returns
    -------
    str

    Raises
    ------
    ValueError
        Unknown task, or a printed grid that is not stored whole.
    LabelsDiffer
        If a point is stable and its labels are not the stored ones.
    """
    task, (method, fixed) = get_task(task), given(method)
    where = {"data": data, "root": root}
    tables = {p: cell_table(store, p, methods=[method], **where, **fixed) for p in TABLES}
    cells = {}
    for paper, table in tables.items():
        (cell,) = table[table["task"] == task.letters].itertuples()
        cells[paper] = cell
    sweep = store.load(method, task, "paper", **fixed)
    rows = [] if sweep is None else [sweep["mean_f1"].round(12).argmax()]
    if not np.isnan(cell.chosen_row):
        rows = sorted({*rows, int(cell.chosen_row)})
    again = verify(store, method, task, rows=rows, **where, **fixed)
    differing = again["differing"].sum()
    agree = f"{differing} labels of unstable ones differ" if differing else "every label as stored"
    solved = f"{len(rows)} of {len(sweep)} points solved again, {agree}"
    lines = [f"{method}, {task}: {solved}"]
    lines += ["  {:16}{:16}{:14}{}".format(*row) for row in _numbers(cells)]
    lines.append(f"spreads: 95 per cent of replicates; without labels: by {DEFAULT_CRITERION}")
    for entry in concerning(method, task.number):
        lines.append(f"  {entry.id}  paper {entry.paper}, {entry.place}: {entry.here}")
    return "\n".join(lines)
