"""Stable points: grid points whose labels do not depend on the last digits of the features.

The order in which a library of linear algebra adds numbers depends on the processor. So results
differ between machines in the last of about sixteen digits. Some published iterations amplify such
differences until a label changes. A stored point is called *stable* if all its target labels stay
the same when every feature is multiplied by 1 + 1e-12 z, z standard normal; this is tried three
times, or as often as the method's ``perturbations`` say, with fixed seeds. A point is called
*degenerate* if, each time, the largest decision values of a target sample are exactly equal, so
that only the order of the classes decides.
"""

import numpy as np
import pandas as pd

from ..errors import InvalidInput
from .fill import File
from .provenance import run_record
from .store import Store, labels_of, points_of
from .sweep import Problem

PERTURBATION, SEED = 1e-12, 0


def perturbed(X, *seed):
    """X (n, n_features) with every entry multiplied by 1 + 1e-12 z, z standard normal."""
    return X * (1 + PERTURBATION * np.random.default_rng(seed).standard_normal(X.shape))


def margins(scores):
    """Largest decision value less the second, over the largest size of all: (n, c) -> (n,)."""
    ordered = np.sort(scores, axis=1)
    size = np.abs(scores, where=np.isfinite(scores), out=np.zeros(scores.shape)).max()
    return (ordered[:, -1] - ordered[:, -2]) / max(size, np.finfo(float).tiny)


def marked(estimator, Xs, ys, Xt, batch):
    """Test a batch, a list of points (dict) with their stored labels (str).

    Returns a DataFrame: parameters, ``stable``, ``degenerate``. Where a perturbation moves the
    decision values little, the method has a ``safe_margin``: a point above it is not solved again.
    """
    points, stored = [point for point, _ in batch], labels_of([digits for _, digits in batch])
    stable, tied = np.ones((2, len(points)), dtype=bool)
    left = np.arange(len(points))
    for repeat in range(estimator.perturbations):
        Xs_, Xt_ = (perturbed(X, SEED, repeat, i) for i, X in enumerate((Xs, Xt)))
        margin = np.full(len(points), np.nan)  # unknown where the method has no decision values
        some = [points[i] for i in left]
        for index, labels, scores in estimator.predict_grid(Xs_, ys, Xt_, some):
            point = left[index]
            if scores is not None:
                margin[point] = margins(scores).min()
            stable[point] &= (labels == stored[point]).all()
        tied[left] &= margin[left] == 0
        left = left[~(margin[left] > estimator.safe_margin)]
        if not len(left):
            break
    return pd.DataFrame(points).assign(stable=stable, degenerate=tied)


def mark_stable(
    method, task, store=None, *, n=None, data=None, root=None, n_jobs=1, progress=True, **fixed
):  # fmt: skip
    """Record with the stored points of a sweep whether they are stable, where that is unknown.

    The arguments are those of :func:`~cdmer_lib.experiments.fill.run`. With ``n``, only so
    many points are tested, spread evenly over the stored ones, and the best one. Returns all stored
    points, a DataFrame with ``stable`` and ``degenerate``. Raises InvalidInput where nothing is
    stored.
    """
    store, problem = store or Store(), Problem(method, task, data, root, **fixed)
    table = store.load(problem.method, problem.task, **problem.fixed)
    if table is None:
        raise InvalidInput(f"{problem}: nothing is stored; cdmer run solves it")
    rows = np.arange(len(table))
    if n is not None:
        spread = np.linspace(0, len(table) - 1, n).round().astype(int)
        rows = np.unique([*spread, table["mean_f1"].round(12).argmax()])
    if "stable" in table:
        rows = rows[table["stable"].isna().to_numpy()[rows]]
    some = table.iloc[rows]
    batch = list(zip(points_of(some), some["predicted"], strict=True))
    if not batch:
        return table
    with store.writing(problem.method, problem.task, **problem.fixed):
        file = File(store, problem, points_of(table), n_jobs)
        test = {"repeats": problem.estimator.perturbations, "seed": SEED}
        file.provenance["stability"] = {"perturbation": PERTURBATION} | test | run_record(n_jobs)
        for frame in problem.in_batches(marked, batch, n_jobs, progress, label=", stable points"):
            file.mark(frame)
        return file.table


def stable_rows(table):
    """The points that were tested and are stable, or all where none was tested: bool array."""
    if "stable" not in table or table["stable"].isna().all():
        return np.ones(len(table), dtype=bool)
    return table["stable"].fillna(False).to_numpy(dtype=bool)
