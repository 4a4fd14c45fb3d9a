"""The second benchmark: a doctoral thesis's table beside the store's sweeps on its features.

Source: Yuan Zong's thesis (Southeast University), tables 3.3 to 3.6 and 4.2 to 4.5. It chooses a
grid point by the accuracy on the target, and prints the unweighted average recall (UAR) beside it.
"""

from itertools import product

import pandas as pd

from ..experiments.grids import get_grid
from ..experiments.store import in_grid_order, missing_points
from ..methods.ranges import colon, points
from ..protocol import TASKS
from .compare import EXACT, NOT_RUN, in_samples, near_or_open, parameters
from .printed_digits import possible_hits, rounds_to
from .published import thesis_cells

MISPRINT = "no whole number"
COLUMNS = [
    "row", "task", "printed_percent", "printed_uar", "verdict", "percent", "uar", "samples",
    "parameters", "on_grid", "above", "points", "grid",
]  # fmt: skip
#: Printed row: method, grid (a name or points), fixed arguments. SVM and the weighted ones are
#: one-vs-rest, as the thesis states; all else is as paper A's rows have it.
#:
#: :meta hide-value:
ROWS = {
    "SVM": ("SVM", "paper", {"strategy": "ovr"}),
    "KMM": ("IW-SVM", "single", {"ratio": "KMM"}),
    "KLIEP": ("IW-SVM", "single", {"ratio": "KLIEP"}),
    "uLSIF": ("IW-SVM", "paper", {}),
    "STM": ("STM", points(lam=colon((0.01, 0.01, 0.09), (0.1, 0.1, 1), (2, 1, 15))), {}),
    "TCA": ("TCA", "paper", {}),
    "GFK": ("GFK", "paper", {}),
    "SA": ("SA", "paper", {}),
    "TKL": ("TKL", "paper", {}),
    "DRFS-S": ("TSRG", "paper", {}),
    "DRFS-T": ("DRFS-T", "paper", {}),
    "DRLS": ("DRLS", "paper", {}),
    "TTRM+ASSM": ("RSTR", "paper", {}),  # its descendant
}

OTHER_RULE = ("TCA", "GFK", "SA", "TKL", "DRFS-S", "DRFS-T")  # stored with strategy=ovr too


def best_by_accuracy(table):
    """The thesis's rule: the largest accuracy **on the target**, of equal ones the largest UAR.

    ``table`` is a sweep; the result is a row of it (Series), the first of those that are equal in
    both.
    """
    accuracy = table["accuracy"].round(12)
    return table.loc[table["uar"].round(12)[accuracy == accuracy.max()].idxmax()]


def printed_so(accuracy, uar, percent, uar_percent):
    """Whether scores (fractions, or arrays) are printed as these two numbers, in per cent.

    The thesis rounds some UAR and cuts others off after two digits: both are taken.
    """
    units = round(100 * uar_percent)
    either = [rounds_to(1e4 * uar, units, rule) for rule in ("nearest", "truncated")]
    return rounds_to(1e4 * accuracy, round(100 * percent)) & (either[0] | either[1])


def thesis_comparison(store, rows=ROWS, tasks=TASKS, **fixed):
    """Every printed cell beside the store's best by accuracy.

    ``store`` is the Store of sweeps on the earlier features, ``rows`` are keys of :data:`ROWS`,
    ``tasks`` Tasks; ``fixed`` are arguments of a stored variant in place of those of
    :data:`ROWS`. Returns a DataFrame, :data:`COLUMNS`: ``verdict`` "exact" (equal in all printed
    digits of both numbers), "no whole number" (no number of clips is printed so), "within one
    sample" or "open" by ``samples``, the accuracies' difference, or "not run: data absent";
    ``on_grid`` is the number of points with both printed numbers, ``above`` of those with a larger
    accuracy; ``points`` of ``grid`` are stored.
    """
    printed = thesis_cells().set_index(["method", "experiment"])[["war_percent", "uar_percent"]]
    found = []
    for name, task in product(rows, tasks):
        method, grid, own = ROWS[name]
        percent, uar = printed.loc[name, str(task.number)]
        row = dict(zip(COLUMNS, (name, task.letters, percent, uar, NOT_RUN)))
        found.append(row)
        table = store.load(method, task, **(fixed or own))
        if table is None:
            continue
        sizes = table.attrs["provenance"]["samples"]
        wanted = get_grid(method, grid, *sizes) if isinstance(grid, str) else grid
        lacking = missing_points(wanted, table)
        table = in_grid_order(table, [point for point in wanted if point not in lacking])
        best = best_by_accuracy(table)
        same = printed_so(table["accuracy"], table["uar"], percent, uar)
        samples = in_samples(percent, best["accuracy"], sizes[1])
        verdict = EXACT if same[best.name] else near_or_open(samples)
        row |= {
            "verdict": verdict if possible_hits(percent, sizes[1]) else MISPRINT,
            "percent": 100 * best["accuracy"], "uar": 100 * best["uar"], "samples": samples,
            "parameters": parameters(best), "on_grid": same.sum(),
            "above": (table["accuracy"] > percent / 100 + 1e-4).sum(),
            "points": len(table), "grid": len(wanted),
        }  # fmt: skip
    return pd.DataFrame(found, columns=COLUMNS)
