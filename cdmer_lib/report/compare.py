"""Published cells beside ours, with a verdict and the difference in samples."""

from itertools import product
from numbers import Real

import numpy as np
import pandas as pd

from ..errors import InvalidInput
from ..protocol import TASKS
from .published import documented_in, published_cells

TABLES = {"A": ["III", "IV"], "B": ["II", "III"]}  # the tables of domain-adaptation methods
COLUMNS = [
    "method", "task", "printed_f1", "printed_percent", "verdict", "mean_f1", "percent", "samples",
    "deviation", "parameters", "grid", "seconds",
]  # fmt: skip
NOT_PRINTED = "not printed"
NOT_RUN = "not run: data absent"
EXACT, NEAR, DOCUMENTED, OPEN = "exact", "within one sample", "documented", "open"
VERDICTS = [EXACT, NEAR, DOCUMENTED, OPEN, NOT_RUN]


def verdict(printed_f1, printed_percent, f1, accuracy, n_samples, entry=""):
    """One of :data:`VERDICTS`, and the difference of the accuracies in samples (to 0.1).

    "exact": equal in all printed digits, mean F1 to 4 decimals, accuracy in per cent to 2.
    "documented": an ``entry`` of the deviations log describes the difference. Of the rest, "within
    one sample": the accuracies differ by at most one sample; "open": by more. Where there is no
    published cell (NaN), the verdict is "not printed". Samples are ours minus printed.
    """
    samples = in_samples(printed_percent, accuracy, n_samples)
    if np.isnan(printed_f1):
        return NOT_PRINTED, samples
    if round(f1, 4) == printed_f1 and round(100 * accuracy, 2) == printed_percent:
        return EXACT, samples
    return DOCUMENTED if entry else near_or_open(samples), samples


def in_samples(printed_percent, accuracy, n_samples):
    """An accuracy less the printed one, in samples (to 0.1)."""
    return round((accuracy - printed_percent / 100) * n_samples, 1) + 0.0


def near_or_open(samples):
    """The verdict on a cell that is not exact, by its distance."""
    return NEAR if abs(samples) <= 1 else OPEN


def comparison(store, paper, grid=None, methods=None, tasks=TASKS, **fixed):
    """Every published cell of a paper's rows beside the store's best on the target.

    Parameters
    ----------
    store : Store
    paper : {"A", "B"}
    grid : str, default=None
        A named grid; ``None`` takes the widest that is stored whole.
    methods : list of str, default=None
        Rows, default all of :data:`~cdmer_lib.METHODS` that the paper prints. Others have NaN as
        ``printed_f1`` and ``printed_percent``, and the verdict "not printed".
    tasks : sequence of Task
    **fixed
        Fixed arguments of a stored variant, such as ``blocks="facial"``.

    Returns
    -------
    DataFrame
        :data:`COLUMNS`: ``task`` in letters, ``deviation`` an id in the log, ``seconds`` of the
        whole stored sweep. The verdict on a task that is not stored is "not run: data absent".

    Raises ``FileNotFoundError`` where the store holds nothing, ``ValueError`` for unknown names.
    """
    from ..methods import METHODS  # slow to import, and the audit needs none of it
    from ..selection.choices import best_on_target

    if paper not in TABLES:
        raise InvalidInput(f"unknown paper {paper!r}: expected A (the benchmark) or B (TGSR)")
    cells = published_cells(paper).query("table in @TABLES[@paper]")
    numbers = zip(cells["mean_f1"], cells["accuracy_percent"])
    printed = dict(zip(zip(cells["method"], cells["experiment"]), numbers))
    rows, store = [], store.found()
    methods = methods or [name for name in METHODS if name in set(cells["method"])]
    for method, task in product(methods, tasks):
        number = str(task.number) if task in TASKS else ""
        pair = printed.get((method, number), (np.nan, np.nan))
        row = dict(zip(COLUMNS, (method, task.letters, *pair, NOT_RUN)))
        rows.append(row)
        name = grid or store.widest(method, task, **fixed)
        sweep = name and store.load(method, task, name, **fixed)
        if sweep is not None:
            best, entry = best_on_target(sweep), documented_in(method, number)
            ours, n_samples = best[["mean_f1", "accuracy"]], sweep.attrs["provenance"]["samples"][1]
            row["verdict"], row["samples"] = verdict(*pair, *ours, n_samples, entry)
            row["mean_f1"], row["percent"] = best["mean_f1"], 100 * best["accuracy"]
            row["deviation"] = "" if row["verdict"] == EXACT else entry
            row |= {"parameters": parameters(best), "grid": name, "seconds": sweep["seconds"].sum()}
    return pd.DataFrame(rows, columns=COLUMNS)


def parameters(row):
    """Parameters of a stored point (a row of a sweep) as text: ``kappa=12, xi=44``."""
    from ..experiments.store import parameter_names

    return ", ".join(
        f"{name}={value:g}" if isinstance(value, Real) else f"{name}={value}"
        for name, value in row[parameter_names(row)].items()
    )


def each_once(tables):
    """The cells that were run, each counted once, though paper B reprints nine rows of paper A.

    ``tables`` is a dict of :func:`comparison` by paper, A first: its number is compared where the
    two print different ones (two cells of TKL). Adds ``papers``: "A", "B" or "A and B".
    """
    cells = pd.concat(table.assign(papers=paper) for paper, table in tables.items())
    cells = cells[cells["verdict"] != NOT_RUN]
    papers = cells.groupby(["method", "task"])["papers"].transform(" and ".join)
    return cells.assign(papers=papers).drop_duplicates(["method", "task"], ignore_index=True)


def headline(store):
    """The README's table, as Markdown: exact numbers of those that were run, a row a method."""
    cells = each_once({paper: comparison(store, paper) for paper in TABLES})
    lines = ["| row | printed in | exact |", "|---|---|---|"]
    for name, rows in [*cells.groupby("method", sort=False), ("all rows", cells)]:
        papers = "" if rows is cells else rows["papers"].iloc[0] + " "
        lines.append(f"| {name} | {papers}| {(rows['verdict'] == EXACT).sum()} of {len(rows)} |")
    return "\n".join(lines)
