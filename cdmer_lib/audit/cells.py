"""Checks of one printed cell at a time: can these two numbers be, and is it a constant guess?"""

from functools import cache

import numpy as np
import pandas as pd

from ..report.printed_digits import possible_hits, slips
from .feasible import reachable, witness
from .score_definitions import OTHER_SCORES

CELL = ["method", "task", "target", "mean_f1", "accuracy_percent"]


def cell_verdicts(table, rule="nearest"):
    """Every distinct printed cell with what the class counts allow.

    Parameters
    ----------
    table : PrintedTable
    rule : str
        Of rounding, see :func:`~cdmer_lib.report.printed_digits.rounds_to`.

    Returns
    -------
    DataFrame
        ``method``, ``task``, ``target``, ``mean_f1``, ``accuracy_percent``; ``where`` (all tables
        that print it so); ``hits`` (list of int: the k of N that the accuracy can mean);
        ``witness`` (a confusion matrix with both printed numbers, or None); ``constant`` (index
        of the one class that was always predicted, or -1).
    """
    grouped = table.cells.groupby(CELL, sort=False, dropna=False)
    cells = grouped["where"].agg("; ".join).reset_index()
    cells["hits"] = [
        possible_hits(percent, sum(table.counts[target]), table.percent_decimals, rule)
        if percent == percent  # printed at all
        else []
        for target, percent in zip(cells["target"], cells["accuracy_percent"], strict=True)
    ]
    cells["witness"] = [_witness(table, cell, rule) for cell in cells.itertuples()]
    cells["constant"] = [_constant(table, cell) for cell in cells.itertuples()]
    return cells


def accuracies(table, verdicts):
    """Accuracies that are no whole number of samples."""
    for cell in verdicts[verdicts["hits"].str.len() == 0].itertuples():
        if np.isnan(cell.accuracy_percent):
            continue
        counts = table.counts[cell.target]
        n, percent = sum(counts), cell.accuracy_percent
        below = int(percent * n / 100)
        said = f"{percent * n / 100:.2f} of {n}; {below} would be {100 * below / n:.2f}"
        said += f", {below + 1} would be {100 * (below + 1) / n:.2f}"
        cut = possible_hits(percent, n, table.percent_decimals, "truncated")
        if cut:
            said += f"; {cut[0]} of {n} cut off, not rounded, is the print"
        units, scale = round(percent * table.percent_scale), table.percent_scale
        for other, slip in slips(units, 2 + table.percent_decimals).items():
            hits = possible_hits(other / scale, n, table.percent_decimals)
            if hits and _fits(table, cell, hits[0]):
                said += f"; hint: {other / scale:.2f} ({hits[0]} of {n}) is {slip} away"
        fitting = [str(k) for k in (below, below + 1) if _fits(table, cell, k)]
        said += f"; the printed mean F1 is possible with {' and '.join(fitting) or 'neither'}"
        yield _finding(table, "accuracy", cell, "no whole number of samples", said)


def matrices(table, verdicts):
    """Cells whose accuracy is possible, whose mean F1 at that accuracy is not."""
    printed = verdicts[(verdicts["hits"].str.len() > 0) & verdicts["mean_f1"].notna()]
    for cell in printed[printed["witness"].isna()].itertuples():
        counts, found = table.counts[cell.target], []
        for k in cell.hits:
            possible = np.flatnonzero(reachable(counts, k, table.f1_decimals))
            units = round(cell.mean_f1 * table.f1_scale)
            near = [*possible[possible < units][-1:], *possible[possible > units][:1]]
            near = [f"{u / table.f1_scale:.{table.f1_decimals}f}" for u in near]
            found.append(
                f"no confusion matrix with rows {', '.join(map(str, counts))} and {k} hits has "
                f"this mean F1; nearest: {' and '.join(near)}"
            )
            if witness(counts, k, cell.mean_f1, table.f1_decimals, "truncated") is not None:
                found.append("possible if digits are cut off, not rounded")
            others = [
                name for name, score in OTHER_SCORES.items()
                if witness(counts, k, cell.mean_f1, table.f1_decimals, score=score) is not None
            ]  # fmt: skip
            if others:
                found.append(f"possible as {', or as '.join(others)}")
        yield _finding(table, "confusion matrix", cell, "no confusion matrix", "; ".join(found))


def constants(table, verdicts):
    """Cells of a predictor that gives one class only, and cells one slip away from that."""
    for cell in verdicts.itertuples():
        for label, f1 in enumerate(constant_f1(table.counts[cell.target])):
            if table.counts[cell.target][label] not in cell.hits or np.isnan(cell.mean_f1):
                continue
            name = table.class_name(cell.target, label)
            said = (
                f"{table.counts[cell.target][label]} hits of {sum(table.counts[cell.target])}, as "
                f"always {name} has; its mean F1 is {f1:.{table.f1_decimals}f}"
            )
            near = slips(round(cell.mean_f1 * table.f1_scale), table.f1_decimals)
            if cell.constant == label:
                yield _finding(table, "constant", cell, f"always {name}", said)
            elif round(f1 * table.f1_scale) in near:
                slip = near[round(f1 * table.f1_scale)]
                said += f", {slip} from the print, which is "
                said += "impossible" if cell.witness is None else "possible"
                yield _finding(table, "constant", cell, f"a slip from always {name}", said)


def class_orders(table, verdicts):
    """Rows whose constant predictions on several targets of one source name several classes."""
    constant = verdicts[(verdicts["constant"] >= 0) & verdicts["task"].str.contains("→")]
    source = constant["task"].str.split("→").str[0]
    for _, rows in constant.groupby([constant["method"], source], sort=False):
        if rows["constant"].nunique() > 1:
            said = ", ".join(
                f"{cell.task} {table.class_name(cell.target, cell.constant)}"
                for cell in rows.itertuples()
            )
            text = "one trained classifier gives other classes on other targets"
            yield _finding(table, "class order", next(rows.itertuples()), text, said)


def constant_f1(counts):
    """Mean F1 of always predicting a class, for each class: 2 n / (n + N) over the classes."""
    return [2 * n / (n + sum(counts)) / len(counts) for n in counts]


def _constant(table, cell):
    for label, (n, f1) in enumerate(
        zip(table.counts[cell.target], constant_f1(table.counts[cell.target]), strict=True)
    ):
        if n in cell.hits and round(f1, table.f1_decimals) == cell.mean_f1:
            return label
    return -1


def _witness(table, cell, rule):
    found = (_search(table.counts[cell.target], k, cell.mean_f1, table.f1_decimals, rule)
             for k in cell.hits if not np.isnan(cell.mean_f1))  # fmt: skip
    return next((matrix for matrix in found if matrix is not None), None)


def _fits(table, cell, k):
    arguments = (table.counts[cell.target], k, cell.mean_f1, table.f1_decimals, "nearest")
    return np.isnan(cell.mean_f1) or _search(*arguments) is not None


_search = cache(witness)  # the papers print most cells several times


def _finding(table, check, cell, finding, evidence):
    return {
        "check": check, "table": cell.where, "row": cell.method, "task": cell.task,
        "printed": table.show(cell.mean_f1, cell.accuracy_percent),
        "finding": finding, "evidence": evidence,
    }  # fmt: skip


def as_frame(findings):
    """Findings as a DataFrame, with its columns also where there are none."""
    columns = ["check", "table", "row", "task", "printed", "finding", "evidence"]
    return pd.DataFrame(findings, columns=columns)
