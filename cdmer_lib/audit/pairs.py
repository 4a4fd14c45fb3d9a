"""Checks of printed cells against each other: the same cell twice, and other cells that agree."""

import numpy as np

from .averages import averaged_cells
from .feasible import reachable
from .table import KINDS


def disagreements(table, verdicts):
    """One cell, or one average, that is printed with different numbers in several places."""
    # An average is the same where it averages the same cells, whatever table it stands in.
    averaged = (averaged_cells(table, average) for average in table.averages.itertuples())
    averaged = [" ".join(sorted(cells["method"] + cells["task"])) for cells in averaged]
    for rows in (table.cells.assign(of=""), table.averages.assign(of=averaged)):
        for _, same in rows.groupby(["method", "task", "of"], sort=False):
            groups = same.groupby(KINDS, sort=False, dropna=False)["where"]
            printed = {table.show(*pair): "; ".join(where) for pair, where in groups}
            if len(printed) > 1:
                row = same.iloc[0]
                said = ", ".join(f"{pair} in {where}" for pair, where in printed.items())
                places, task = "; ".join(same["where"]), row["task"] or "mean of the row"
                text = "printed with different numbers"
                yield places, row["method"], task, " and ".join(printed), text, said


def identities(table, verdicts):
    """Different rows with both numbers equal on one task, unless both are constant guesses.

    The evidence says how likely that is by chance: how many of the task's pairs of rows have equal
    accuracies; and how often two confusion matrices with that accuracy have the same printed mean
    F1, if all choices of hits and predicted totals are equally likely.
    """
    cells = verdicts[(verdicts["constant"] < 0) & verdicts["mean_f1"].notna()]
    for (target, task, *pair), same in cells.groupby(["target", "task", *KINDS], sort=False):
        if len(same) < 2:
            continue
        on_task = cells.loc[cells["task"] == task, "accuracy_percent"]
        equal = sum(n * (n - 1) // 2 for n in on_task.value_counts())
        of = len(on_task) * (len(on_task) - 1) // 2
        said = f"{equal} of {of} pairs of rows on this task have equal accuracies"
        if hits := same["hits"].iloc[0]:
            number = reachable(table.counts[target], hits[0], table.decimals["mean_f1"])
            chance = np.sum((number / number.sum()) ** 2)
            said += f"; given that, mean F1 is equal with chance 1 in {1 / chance:.0f}"
        places, rows = "; ".join(same["where"].unique()), ", ".join(same["method"])
        yield places, rows, task, table.show(*pair), "rows with the same two numbers", said
