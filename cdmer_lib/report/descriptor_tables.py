"""Tables V and VI beside those of other clips."""

import pandas as pd

from ..protocol import TASKS
from .published import published_cells

TABLES = {"V": TASKS[:6], "VI": TASKS[6:]}  # among the subsets of SMIC; with CASME II
BASELINE_ROW = {"SVM": "LBP-TOP(R3P8)"}  # the name that published_cells gives this row


def descriptor_comparison(scores):
    """Scores of descriptors beside the printed cells of Tables V and VI.

    Parameters
    ----------
    scores : DataFrame
        Of :func:`~cdmer_lib.experiments.descriptor_rows.score_descriptors`, on any clips.

    Returns
    -------
    DataFrame
        ``table``, ``descriptor``, ``task``, ``printed_f1``, ``printed_percent``, ``mean_f1``,
        ``percent``. On other clips than the paper's the two are not expected to be equal.
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

    Returns
    -------
    Series indexed by task, then by "V", "VI" (over the means of a table's tasks)
    """
    pairs = both[["descriptor", "task", "printed_f1", "mean_f1"]]
    found = {task: _spearman(rows) for task, rows in pairs.groupby("task", sort=False)}
    for table, rows in both.groupby("table"):
        found[table] = _spearman(rows.groupby("descriptor")[["printed_f1", "mean_f1"]].mean())
    return pd.Series(found, name="rank correlation")


def _spearman(rows):
    return rows["printed_f1"].corr(rows["mean_f1"], method="spearman")


def printed_layout(both, table):
    """One table as the paper sets it: "mean F1 / accuracy" by descriptor and task, with means."""
    rows = both[both["table"] == table]
    parts = []
    for value, digits in (("mean_f1", 4), ("percent", 2)):
        part = rows.pivot(index="descriptor", columns="task", values=value)
        part["Average"] = part.mean(axis=1)
        parts.append(part.map(f"{{:.{digits}f}}".format))
    order = [task.letters for task in TABLES[table]] + ["Average"]
    return (
        (parts[0] + " / " + parts[1])
        .loc[rows["descriptor"].unique(), order]
        .rename_axis(columns=None)
    )
