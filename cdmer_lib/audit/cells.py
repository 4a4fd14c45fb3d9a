"""Checks of printed cells: can these two numbers be, and do they agree with other cells?"""

from math import comb

import numpy as np
import pandas as pd

from .feasible import OTHER_SCORES, reachable
from .table import AVERAGE, KINDS


def cell_verdicts(table, rule="nearest"):
    """Every distinct cell of a PrintedTable with what the class counts allow.

    ``rule`` is one of ``printed_digits.RULES``. The columns of the DataFrame are ``method``,
    ``task``, ``target``, ``mean_f1``, ``accuracy_percent``; ``where`` (all tables that print it
    so); ``hits`` (list of int: the k of N that the accuracy can mean); ``witness`` (a confusion
    matrix with both numbers, or None); ``constant`` (the class always predicted, from 0, or -1).
    """
    names = ["method", "task", "target", *KINDS]
    cells = table.cells.groupby(names, sort=False, dropna=False)["where"].agg("; ".join)
    cells, found = cells.reset_index(), []
    for _, _, target, f1, percent, _ in cells.itertuples(index=False):
        hits = table.hits(target, percent, rule)
        always = enumerate(zip(table.counts[target], table.constant_f1(target)))
        constant = next((i for i, (n, value) in always if value == f1 and n in hits), -1)
        found.append((hits, table.witness(target, hits, f1, rule), constant))
    return cells.join(pd.DataFrame(found, columns=["hits", "witness", "constant"]))


def accuracies(table, verdicts):
    """Accuracies that are no whole number of samples."""
    wrong = (verdicts["hits"].map(len) == 0) & verdicts["accuracy_percent"].notna()
    for cell in verdicts[wrong].itertuples():
        n, percent = sum(table.counts[cell.target]), cell.accuracy_percent
        below = int(percent * n / 100)
        said = f"{percent * n / 100:.2f} of {n}; {below} would be {100 * below / n:.2f}"
        said += f", {below + 1} would be {100 * (below + 1) / n:.2f}"
        if cut := table.hits(cell.target, percent, "truncated"):
            said += f"; {cut[0]} of {n} cut off, not rounded, is the print"
        for value, slip in table.slips("accuracy_percent", percent).items():
            hits = table.hits(cell.target, value)
            if hits and _fits(table, cell, hits[0]):
                said += f"; hint: {value:.2f} ({hits[0]} of {n}) is {slip} away"
        fitting = [str(k) for k in (below, below + 1) if _fits(table, cell, k)]
        said += f"; the printed mean F1 is possible with {' and '.join(fitting) or 'neither'}"
        yield finding(table, cell, "no whole number of samples", said)


def matrices(table, verdicts):
    """Cells whose accuracy is possible, but not together with their mean F1."""
    printed = (verdicts["hits"].map(len) > 0) & verdicts["mean_f1"].notna()
    for cell in verdicts[printed & verdicts["witness"].isna()].itertuples():
        counts, said = table.counts[cell.target], []
        for k in cell.hits:
            number = reachable(counts, k, table.decimals["mean_f1"])
            possible = np.flatnonzero(number) / table.scale("mean_f1")
            near = [*possible[possible < cell.mean_f1][-1:], *possible[possible > cell.mean_f1][:1]]
            said.append(
                f"no confusion matrix with rows {', '.join(map(str, counts))} and {k} hits has "
                f"this mean F1; nearest: {' and '.join(table.text('mean_f1', f1) for f1 in near)}"
            )
            arguments = cell.target, [k], cell.mean_f1
            if table.witness(*arguments, "truncated") is not None:
                said.append("possible if digits are cut off, not rounded")
            found = {name: table.witness(*arguments, score=s) for name, s in OTHER_SCORES.items()}
            if others := [name for name, matrix in found.items() if matrix is not None]:
                said.append(f"possible as {', or as '.join(others)}")
        yield finding(table, cell, "no confusion matrix", "; ".join(said))


def constants(table, verdicts):
    """Cells of a predictor that gives one class only, and cells one slip away from that."""
    for cell in verdicts[verdicts["mean_f1"].notna()].itertuples():
        counts, near = table.counts[cell.target], table.slips("mean_f1", cell.mean_f1)
        for label, f1 in enumerate(table.constant_f1(cell.target)):
            if counts[label] not in cell.hits:
                continue
            name = table.class_name(cell.target, label)
            said = f"{counts[label]} hits of {sum(counts)}, as always {name} has; its mean F1 is "
            said += table.text("mean_f1", f1)
            if cell.constant == label:
                yield finding(table, cell, f"always {name}", said)
            elif slip := near.get(f1):
                possible = "impossible" if cell.witness is None else "possible"
                said += f", {slip} from the print, which is {possible}"
                yield finding(table, cell, f"a slip from always {name}", said)


def class_orders(table, verdicts):
    """Methods that give one class on all of a target, and another on another, from one source."""
    constant = verdicts[(verdicts["constant"] >= 0) & verdicts["task"].str.contains("→")]
    source = constant["task"].str.split("→").str[0]
    for _, rows in constant.groupby([constant["method"], source], sort=False):
        if rows["constant"].nunique() > 1:
            cells = list(rows.itertuples())
            said = [f"{c.task} {table.class_name(c.target, c.constant)}" for c in cells]
            text = "one trained classifier gives other classes on other targets"
            yield finding(table, cells[0], text, ", ".join(said))


def disagreements(table, verdicts):
    """One cell, or one average, that is printed with different numbers in several places."""
    # An average is the same where it averages the same cells, whatever table it stands in.
    averaged = (averaged_cells(table, average) for average in table.averages.itertuples())
    averaged = [" ".join(sorted(cells["method"] + cells["task"])) for cells in averaged]
    for rows in (table.cells.assign(of=""), table.averages.assign(of=averaged)):
        for (method, task, _), same in rows.groupby(["method", "task", "of"], sort=False):
            groups = same.groupby(KINDS, sort=False, dropna=False)["where"]
            printed = {table.show(*pair): "; ".join(where) for pair, where in groups}
            if len(printed) > 1:
                said = ", ".join(f"{pair} in {where}" for pair, where in printed.items())
                row = "; ".join(same["where"]), method, task or "mean of the row"
                yield *row, " and ".join(printed), "printed with different numbers", said


def identities(table, verdicts):
    """Different rows with both numbers equal on one task, unless both are constant guesses.

    The evidence says how likely that is by chance, where all choices of hits and predicted totals
    with one accuracy are equally likely.
    """
    cells = verdicts[(verdicts["constant"] < 0) & verdicts["mean_f1"].notna()]
    for (target, task, *pair), same in cells.groupby(["target", "task", *KINDS], sort=False):
        if len(same) < 2:
            continue
        on_task = cells.loc[cells["task"] == task, "accuracy_percent"]
        equal, of = sum(comb(n, 2) for n in on_task.value_counts()), comb(len(on_task), 2)
        said = f"{equal} of {of} pairs of rows on this task have equal accuracies"
        if hits := same["hits"].iloc[0]:
            number = reachable(table.counts[target], hits[0], table.decimals["mean_f1"])
            chance = np.sum((number / number.sum()) ** 2)
            said += f"; given that, mean F1 is equal with chance 1 in {1 / chance:.0f}"
        places, rows = "; ".join(same["where"].unique()), ", ".join(same["method"])
        yield places, rows, task, table.show(*pair), "rows with the same two numbers", said


def averaged_cells(table, average):
    """The cells that a printed average is the mean of: of its method, or of its task."""
    same = ["paper", "table", "task" if average.method == AVERAGE else "method"]
    return table.cells[(table.cells[same] == [getattr(average, n) for n in same]).all(axis=1)]


def finding(table, cell, what, evidence):
    """A row of :func:`~cdmer_lib.audit.audit.audit` without its check."""
    printed = table.show(cell.mean_f1, cell.accuracy_percent)
    return cell.where, cell.method, cell.task, printed, what, evidence


def _fits(table, cell, k):
    return np.isnan(cell.mean_f1) or table.witness(cell.target, [k], cell.mean_f1) is not None
