"""The published cells, as printed."""

from functools import cache
from importlib.resources import files

import pandas as pd

PAPERS = {"cdmer-benchmark": "A", "tgsr": "B"}
ROWS = {"Baseline": "SVM"}  # paper A's name for the row that paper B calls SVM


@cache
def read(name, **options):
    """A CSV file of this folder with the rows and papers as the package names them."""
    table = pd.read_csv(files(__package__) / name, **options)
    return table.assign(paper=table["paper"].replace(PAPERS), method=table["method"].replace(ROWS))


def published_cells(paper=None, table=None, method=None):
    """Cells of the papers' result tables.

    Parameters
    ----------
    paper : {"A", "B"}, default=None
        The benchmark (with RSTR) or TGSR.
    table : str, default=None
        Roman number of the printed table.
    method : str, default=None
        A row, by its name in ``METHODS`` or ``DESCRIPTORS``.

    Returns
    -------
    DataFrame with columns ``paper``, ``table``, ``method``, ``experiment`` ("1".."12", or "avg"),
    ``source``, ``target`` (letters), ``mean_f1`` (a fraction), ``accuracy_percent``.
    """
    cells = read("published_results.csv")
    for column, wanted in {"paper": paper, "table": table, "method": method}.items():
        if wanted is not None:
            cells = cells[cells[column] == wanted]
    return cells.reset_index(drop=True)
