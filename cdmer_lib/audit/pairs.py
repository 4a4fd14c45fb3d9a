"""Checks of printed cells against each other: the same cell twice, and other cells that agree."""

from itertools import combinations

import numpy as np

from .averages import averaged_cells
from .feasible import reachable
from .table import AVERAGE


def disagreements(table, verdicts):
    """One cell, or one average, that is printed with different numbers in several places."""
    rows = table.cells.assign(of=table.cells["task"])
    yield from _disagreements(table, rows, ["method", "of"])
    averages = table.averages.copy()
    if len(averages):
        # An average is the same where it averages the same cells, whatever table it stands in.
        averages["of"] = [_averaged(table, row) for row in averages.itertuples()]
        yield from _disagreements(table, averages, ["method", "task", "of"])


def _averaged(table, average):
    name = "method" if average.method == AVERAGE else "task"
    return "; ".join(sorted(averaged_cells(table, average)[name]))


def _disagreements(table, rows, key):
    for _, same in rows.groupby(key, sort=False):
        pairs = same.groupby(["mean_f1", "accuracy_percent"], sort=False, dropna=False)
        if pairs.ngroups < 2:
            continue
        said = [f"{table.show(*pair)} in {'; '.join(group['where'])}" for pair, group in pairs]
        row = same.iloc[0]
        yield {
            "check": "same cell", "table": "; ".join(same["where"]), "row": row["method"],
            "task": row["task"] or "mean of the row",
            "printed": " and ".join(part.partition(" in ")[0] for part in said),
            "finding": "printed with different numbers", "evidence": ", ".join(said),
        }  # fmt: skip


def identities(table, verdicts):
    """Different rows with both numbers equal on one task, unless both are constant guesses.

    Evidence is how likely that is by chance: the share of the task's pairs of rows that agree in
    accuracy, and the chance that two confusion matrices with that accuracy, all choices of hits
    and predicted totals being equally likely, agree in the printed digits of mean F1.
    """
    numbers = ["target", "task", "mean_f1", "accuracy_percent"]
    cells = verdicts[(verdicts["constant"] < 0) & verdicts["mean_f1"].notna()]
    for (target, task, f1, percent), same in cells.groupby(numbers, sort=False):
        if len(same) < 2:
            continue
        on_task = cells.loc[cells["task"] == task, "accuracy_percent"].to_numpy()
        equal = [a == b for a, b in combinations(on_task, 2)]
        said = f"{sum(equal)} of {len(equal)} pairs of rows on this task have equal accuracies"
        hits = same["hits"].iloc[0]
        if hits:
            number = reachable(table.counts[target], hits[0], table.f1_decimals)
            chance = np.sum((number / number.sum()) ** 2)
            said += f"; given that, mean F1 is equal with chance 1 in {1 / chance:.0f}"
        yield {
            "check": "identical cells", "table": "; ".join(dict.fromkeys(same["where"])),
            "row": ", ".join(same["method"]), "task": task, "printed": table.show(f1, percent),
            "finding": "rows with the same two numbers", "evidence": said,
        }  # fmt: skip
