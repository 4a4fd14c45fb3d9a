"""The claims of both papers that the book examines, with the verdict that each was given."""

from ..errors import InvalidInput
from ..protocol import TASKS
from .published import published_cells, read

#: What can be said of a claim about methods, tasks or faces.
CLAIM_VERDICTS = ("holds", "in part", "does not hold", "cannot be told")


def claims():
    """The claims, a row each, by number (1 to 21).

    Returns a DataFrame: ``paper`` ("A" or "B"), ``place`` (section), ``label`` (of the book's
    section about it), ``text`` (in our words), ``print`` (do the printed numbers say it: "yes", "in
    part" or "no"), ``verdict`` (one of ``CLAIM_VERDICTS``).
    """
    return read("claims.csv", index_col="claim")


def settle(number, *evidence):
    """Check the evidence for the verdict that :func:`claims` gives to one claim.

    ``evidence`` are the conditions on which the verdict stands. If there are none, or one of them
    is false, the verdict has no ground: InvalidInput.
    """
    claim = claims().loc[number]
    failed = [place for place, holds in enumerate(evidence, 1) if not holds]
    if failed or not evidence:
        raise InvalidInput(
            f"claim {number}, {claim.text!r}: expected evidence for the verdict {claim.verdict!r}, "
            f"found that of {len(evidence)} conditions these fail: {failed}; mend the verdict in "
            "claims.csv or the evidence on its page"
        )


def printed_scores(paper, tables, column="mean_f1"):
    """Printed numbers as a DataFrame: a row a method, a column a task ("H→V", ...).

    ``paper`` and ``column`` are as in :func:`~cdmer_lib.report.published.published_cells`,
    ``tables`` a list of Roman numbers. Printed averages are left out; NaN where nothing is printed.
    """
    single = "table in @tables and experiment != 'avg' and method != 'Average'"
    cells = published_cells(paper).query(single)
    task = cells["source"] + "→" + cells["target"]
    wide = cells.assign(task=task).pivot(index="method", columns="task", values=column)
    return wide.reindex(columns=[task.letters for task in TASKS])
