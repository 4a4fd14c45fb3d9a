"""What the papers print, and the log of deviations from it: the CSV files of this folder."""

from functools import cache
from importlib.resources import files

import pandas as pd

PAPERS = {"cdmer-benchmark": "A", "tgsr": "B"}
ROWS = {"Baseline": "SVM"}  # paper A's name for the row that paper B calls SVM


@cache
def read(name, **options):
    """A CSV file of this folder, UTF-8 in every locale, as :func:`pandas.read_csv` reads it."""
    return pd.read_csv(files(__package__) / name, encoding="utf-8", **options)


def published_cells(paper=None, table=None, method=None):
    """Cells of the papers' result tables.

    ``paper`` is "A" (the benchmark, with RSTR) or "B" (TGSR), ``table`` the Roman number of a
    printed table, ``method`` a row by its name in ``METHODS`` or ``DESCRIPTORS``; None takes all.

    Returns a DataFrame with the columns ``paper``, ``table``, ``method``, ``experiment`` ("1" to
    "12", or "avg"), ``source``, ``target`` (letters), ``mean_f1`` (a fraction),
    ``accuracy_percent``.
    """
    cells = read("published_results.csv").replace({"paper": PAPERS, "method": ROWS})
    for column, wanted in {"paper": paper, "table": table, "method": method}.items():
        if wanted is not None:
            cells = cells[cells[column] == wanted]
    return cells.reset_index(drop=True)


def thesis_cells():
    """Cells of the thesis behind paper A, Zong (Southeast University), on earlier features.

    Returns a DataFrame: ``method`` (the printed row), ``experiment`` ("1" to "12", "avg-I" or
    "avg-II"), ``source``, ``target`` (letters), ``war_percent`` (accuracy) and ``uar_percent`` as
    printed, ``tables`` (the tables of the thesis that print the cell).
    """
    return read("thesis_results.csv")


def later_cells():
    """The row MADTN, printed after papers A and B on the same twelve tasks.

    Returns a DataFrame with the columns of :func:`published_cells`. ``table`` is the type of the
    task, TYPE-I or TYPE-II, each with its average (``experiment`` "avg-I" or "avg-II").

    Source: Xia, Zheng, Zong and Jiang (ICPR 2020 workshops), doi 10.1007/978-3-030-68796-0_49; the
    row stands in the leaderboard.
    """
    from .leaderboard import as_cells, leaderboard

    (row,) = leaderboard().query("method == 'MADTN'").itertuples()
    return as_cells(row).assign(paper="MADTN").astype({"mean_f1": float, "accuracy_percent": float})


# What is here of a table, figure, equation or algorithm of the papers.
STATES = {
    "rebuilt": "computed here, beside the print",
    "in part": "computed for the six tasks without SMIC-HS; the others as printed",
    "on drawn faces": "computed on the synthetic databases, since the films are licensed",
    "from the authors' record": "drawn from the scores that the authors released",
    "derived and run": "derived, and compared with code",
    "corrected": "the print differs from what holds; the log says how, and the right form is run",
    "redrawn": "a picture of our own",
    "absent": "not here, with the reason in the row",
}


def paper_map():
    """Every table, figure, equation and algorithm of the two papers, and where it is rebuilt.

    Returns a DataFrame: ``paper`` ("A" or "B"), ``kind``, ``number`` as printed, ``what`` it is,
    ``pages`` of the book and ``entries`` of the log (lists of names), ``state``, of
    :data:`STATES`.
    """
    rows = read("paper_map.csv", keep_default_na=False, dtype=str)
    return rows.assign(**{name: rows[name].str.split(";") for name in ("pages", "entries")})


def deviations():
    """All entries of the log: id, paper, place, printed, here, evidence, effect, cells, rows, page.

    ``cells`` names the published cells whose difference an entry describes, as
    ``method:experiment;...``; ``rows`` the methods that it concerns, or "all"; ``page`` is the page
    of the book with the evidence.
    """
    return read("deviations.csv", dtype=str, keep_default_na=False)


def documented_in(method, experiment):
    """Id of the entry that describes a cell's difference, or an empty string."""
    cell = f"{method}:{experiment}"
    return next((e.id for e in deviations().itertuples() if cell in e.cells.split(";")), "")


def concerning(method, experiment):
    """The entries that concern a cell, as named tuples: first those that name the cell."""
    cell, rows = f"{method}:{experiment}", {method, "all"}
    entries = [
        entry for entry in deviations().itertuples()
        if cell in entry.cells.split(";") or rows & set(entry.rows.split(";"))
    ]  # fmt: skip
    return sorted(entries, key=lambda entry: cell not in entry.cells.split(";"))
