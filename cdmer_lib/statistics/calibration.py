"""Statistics of LBP-TOP(R3P8) features that say how alike two sets of databases are."""

from itertools import combinations

import numpy as np
import pandas as pd

from ..experiments.provenance import input_hash
from ..experiments.sweep import sweep
from ..protocol import BINS, PLANES, TASKS, facial_blocks, facial_columns, letter

FRAMES = 16 - 2 * 3  # frames that have a full neighbourhood of radius 3


def variance_over_noise(database):
    """Variance between clips in each facial block, over that of independent voxels: (85,).

    A bin with the share p of a block's n voxels would vary by p (1 - p) / n if these were drawn
    independently. Both variances are summed over a block's bins and planes.
    """
    mean, variance = database.X.mean(axis=0), database.X.var(axis=0)
    noise = mean * (1 - mean)
    return np.array([
        variance[c].sum() / noise[c].sum() * FRAMES
        * (b.rows.stop - b.rows.start) * (b.columns.stop - b.columns.start)
        for b, c in zip(facial_blocks(), facial_columns(), strict=True)
    ])  # fmt: skip


def class_share(database):
    """Share of a facial block's variance between the class means: (85,), 2 / (n - 1) by chance."""
    X, y = database.X - database.X.mean(axis=0), database.y
    between = sum((y == code).mean() * X[y == code].mean(axis=0) ** 2 for code in np.unique(y))
    variance = (X**2).mean(axis=0)
    return np.array([between[c].sum() / variance[c].sum() for c in facial_columns()])


def domain_gap(source, target):
    """Distance of the mean features: its square is the linear MMD, paper B's equation (2)."""
    return float(np.linalg.norm(source.X.mean(axis=0) - target.X.mean(axis=0)))


def non_uniform_share(database):
    """Mean share of the last bin (codes that are not uniform) in the whole face: (3,) by plane."""
    whole = database.X[:, facial_columns()[0]].mean(axis=0)
    return whole.reshape(len(PLANES), BINS)[:, -1]


def mean_block_histogram(X):
    """Mean over clips and over the 85 facial blocks: (n, 15045) -> (3, 59), planes and labels."""
    mean = X.mean(axis=0)
    return np.mean([mean[c] for c in facial_columns()], axis=0).reshape(len(PLANES), BINS)


def statistics(databases):
    """Every statistic of a list of databases, of each of their pairs and of each task among them.

    Returns a DataFrame: ``statistic`` (``mean_f1`` is that of the linear SVM), ``of`` (letters of a
    database, pair or task), ``item`` (facial block 0 to 84, plane, or empty) and ``value``.
    """
    data, rows = {database.name: database for database in databases}, []
    for d in databases:
        for measure in (variance_over_noise, class_share, non_uniform_share):
            values = measure(d)
            items = PLANES if len(values) == len(PLANES) else map(str, range(len(values)))
            rows += [(measure.__name__, letter(d.name), *pair) for pair in zip(items, values)]
    for a, b in combinations(databases, 2):
        rows.append(("domain_gap", letter(a.name) + letter(b.name), "", domain_gap(a, b)))
    for task in TASKS:
        if {task.source, task.target} <= set(data):
            score = sweep("SVM", task, "paper", data, progress=False)["mean_f1"].iloc[0]
            rows.append(("mean_f1", task.letters, "", score))
    table = pd.DataFrame(rows, columns=["statistic", "of", "item", "value"])
    table.attrs["inputs"] = {name: input_hash(database) for name, database in data.items()}
    return table
