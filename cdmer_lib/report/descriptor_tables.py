"""Tables V and VI beside those of other clips."""

import pandas as pd

from ..protocol import TASKS
from .printed_digits import mean_of_printed
from .published import published_cells

TABLES = {"V": TASKS[:6], "VI": TASKS[6:]}  # among the subsets of SMIC; with CASME II
BASELINE_ROW = {"SVM": "LBP-TOP(R3P8)"}  # the name that published_cells gives this row


def descriptor_comparison(scores):
    """Scores of descriptors beside the printed cells of Tables V and VI.

    ``scores`` are of :func:`~cdmer_lib.experiments.descriptor_rows.score_descriptors`, on any
    clips; on others than the paper's they are not expected to equal the print. Returns a DataFrame:
    ``table``, ``descriptor``, ``task``, ``printed_f1``, ``printed_percent``, ``mean_f1``,
    ``percent``.
    """
    printed = pd.concat([published_cells("A", table) for table in TABLES])
    printed["descriptor"] = printed["method"].replace(BASELINE_ROW)
    printed["task"] = printed["experiment"].map({str(t.number): t.letters for t in TASKS})
    names = {"mean_f1": "printed_f1", "accuracy_percent": "printed_percent"}
    keys = ["table", "descriptor", "task"]
    printed = printed.rename(columns=names)[[*keys, *names.values()]]
    ours = scores.assign(percent=100 * scores["accuracy"])
    return printed.merge(ours[[*keys[1:], "mean_f1", "percent"]])


def rank_correlations(both):
    """Spearman's rank correlation of mean F1 with the print, over the descriptors.

    A Series by task, then by "V", "VI": of the means over a table's tasks.
    """
    means = both.groupby(["table", "descriptor"])[["printed_f1", "mean_f1"]].mean()
    groups = [*both.groupby("task", sort=False), *means.groupby("table")]
    found = {key: rows["printed_f1"].corr(rows["mean_f1"], "spearman") for key, rows in groups}
    return pd.Series(found, name="rank correlation")


def printed_layout(both, table):
    """One table as the paper sets it: "mean F1 / accuracy" by descriptor and task, with means.

    The rows and columns are those that ``both``, a :func:`descriptor_comparison`, has of the table.
    A row that lacks a task has a dash there, and none of the averages. An average is that of the
    numbers as they are shown, an exact half rounded up, as the paper has it.
    """
    rows, parts = both[both["table"] == table], []
    tasks = [t.letters for t in TABLES[table] if t.letters in set(rows["task"])]
    for value, digits in (("mean_f1", 4), ("percent", 2)):
        part = rows.pivot(index="descriptor", columns="task", values=value)[tasks]
        part["Average"] = part.apply(mean_of_printed, axis=1, decimals=digits)
        parts.append(part.astype(object).map(f"{{:.{digits}f}}".format))
    whole = (parts[0] + " / " + parts[1]).replace("nan / nan", "–")
    return whole.loc[rows["descriptor"].unique()].rename_axis(columns=None)
