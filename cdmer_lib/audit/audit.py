"""The audit of printed tables: what can be checked without data.

A mean F1 and an accuracy come from one confusion matrix of whole numbers, whose row sums are the
class counts of the target; an average comes from the cells beside it. So each print can be
possible or not, whatever the method.
"""

import pandas as pd

from ..errors import InvalidInput
from . import averages, cells
from .table import KINDS, papers_table, printed_table, read_table

CHECKS = {
    "accuracy": cells.accuracies,
    "confusion matrix": cells.matrices,
    "average": averages.averages,
    "same cell": cells.disagreements,
    "identical cells": cells.identities,
    "constant": cells.constants,
    "class order": cells.class_orders,
}
COLUMNS = ["check", "table", "row", "task", "printed", "finding", "evidence"]


def audit(table=None, counts=None, checks=None):
    """Find printed cells that contradict themselves or each other.

    The table is a CSV file (UTF-8, commas) or a DataFrame, a row a printed cell, with the columns

    - ``method``: name of the row. The row ``Average`` holds means over the methods of a task.
    - ``target``: name of the target database. Empty: the cell is the mean of its method's row.
    - ``mean_f1``, a fraction, 0.7381, and ``accuracy_percent``, 73.98. Each may be empty. A column
      is taken to have as many digits as its longest number.
    - ``source``, ``paper``, ``table``, ``place``, optional: the source database, and where the cell
      is printed. Averages are of the cells with the same paper and table.

    Parameters
    ----------
    table : path or DataFrame, default=None
        ``None`` audits the tables and the averages in the text of papers A and B.
    counts : dict of str to tuple of int, default=None
        True samples of each class by target, for two or three classes. The papers' databases are
        known by name and letter.
    checks : list of str, default=None
        Some of :data:`CHECKS`; all by default.

    Returns
    -------
    DataFrame
        A row a finding: ``check``, ``table``, ``row``, ``task``, ``printed``, ``finding``,
        ``evidence``. Hints in the evidence are guesses; all else is arithmetic.
        ``attrs["not checked"]`` counts what the table does not say enough about.

    Raises ``ValueError`` for a table that is not as above, a target without counts, an unknown
    check.

    Examples
    --------
    Of 71 clips 50 are 70.42 per cent. No number of them is 70.00 per cent.

    >>> import pandas as pd
    >>> from cdmer_lib.audit import audit
    >>> rows = [("one", "V", "0.6984", "70.42"), ("two", "V", "0.6984", "70.00")]
    >>> table = pd.DataFrame(rows, columns=["method", "target", "mean_f1", "accuracy_percent"])
    >>> for finding in audit(table, counts={"V": (23, 28, 20)}).itertuples():
    ...     print(finding.row, finding.printed, finding.finding)
    two 0.6984 / 70.00 no whole number of samples
    """
    checks = list(CHECKS) if checks is None else checks
    if unknown := [name for name in checks if name not in CHECKS]:
        raise InvalidInput(f"unknown check {unknown[0]!r}: expected some of {', '.join(CHECKS)}")
    if not isinstance(table, pd.DataFrame):
        table = papers_table() if table is None else read_table(table)
    printed = printed_table(table, counts)
    verdicts = cells.cell_verdicts(printed)
    rows = [(name, *row) for name in checks for row in CHECKS[name](printed, verdicts)]
    findings = pd.DataFrame(rows, columns=COLUMNS)
    lacking = printed.cells[KINDS].isna().any(axis=1).sum()
    complete = [averages.is_complete(printed, row) for row in printed.averages.itertuples()]
    findings.attrs["not checked"] = {
        "cells that lack one of their two numbers": int(lacking),
        "averages that lack a number, or a number of a cell": complete.count(False),
        "kinds of checks that were not asked for": len(set(CHECKS) - set(checks)),
    }
    return findings


def as_text(findings):
    """Findings for a terminal, grouped by check; and what could not be checked, if anything."""
    left = [f"{n} {what}" for what, n in findings.attrs["not checked"].items() if n]
    all_well = "every cell is possible, and the averages follow from their cells"
    lines = []
    if findings.empty:
        lines.append(f"no finding{' in what was checked' if left else ': ' + all_well}")
    for check, rows in findings.groupby("check", sort=False):
        lines.append(f"{check}: {len(rows)}")
        for row in rows.itertuples():
            lines.append(f"  {row.table} | {row.row} | {row.task} | {row.printed}: {row.finding}")
            lines.append(f"      {row.evidence}")
    if left:
        lines.append(f"not checked: {', '.join(left)}")
    return "\n".join(lines)
