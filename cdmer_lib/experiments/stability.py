"""Stable points: grid points whose labels do not depend on the last digits of the features.

Libraries of linear algebra add up numbers in an order that depends on the processor, so that their
results differ between machines in the last of about sixteen digits. Some published iterations
amplify such differences until a label changes. A stored point is called *stable* if all its target
labels stay as they are when every feature is multiplied by 1 + 1e-12 z, z standard normal; this is
tried three times, with fixed seeds. It is called *degenerate* if, each time, the largest decision
values of a target sample are exactly equal, so that only the order of the classes decides.
"""

import numpy as np
import pandas as pd
from sklearn.base import clone

from ..errors import InvalidInput
from ..protocol import get_task
from .fill import filling
from .grids import given
from .provenance import run_record
from .store import Store
from .sweep import get_problem, in_batches

PERTURBATION, REPEATS, SEED = 1e-12, 3, 0


def perturbed(X, *seed):
    """X (n, n_features) with every entry multiplied by 1 + 1e-12 z, z standard normal."""
    return X * (1 + PERTURBATION * np.random.default_rng(seed).standard_normal(X.shape))


def margins(scores):
    """How far each sample is from another label: (n, c) decision values -> (n,).

    The largest value less the second largest, relative to the largest size of all of them.
    """
    ordered = np.sort(scores, axis=1)
    size = np.abs(scores, where=np.isfinite(scores), out=np.zeros(scores.shape)).max()
    return (ordered[:, -1] - ordered[:, -2]) / max(size, np.finfo(float).tiny)


def perturbed_labels(estimator, Xs, ys, Xt, points, repeat):
    """Label the target at some points from perturbed features.

    Parameters
    ----------
    estimator : DomainAdapter
    Xs, ys, Xt : ndarray
    points : list of dict
    repeat : int
        Which of the perturbations.

    Returns
    -------
    labels : ndarray of shape (len(points), n_t)
    margin : ndarray of shape (len(points),)
        The smallest of :func:`margins`; NaN where the method has no decision values.
    """
    Xs, Xt = (perturbed(X, SEED, repeat, i) for i, X in enumerate((Xs, Xt)))
    labels = np.empty((len(points), len(Xt)), dtype=ys.dtype)
    margin = np.full(len(points), np.nan)
    for index, labels[index], scores in clone(estimator).predict_grid(Xs, ys, Xt, points):
        if scores is not None:
            margin[index] = margins(scores).min()
    return labels, margin


def marked(estimator, Xs, ys, Xt, batch):
    """Test some points: table of their parameters, ``stable`` and ``degenerate``.

    Where a method labels by the largest decision value and moves it little
    (``estimator.safe_margin``), a point whose margin in the first repeat is above that is stable
    without further repeats.

    Parameters
    ----------
    estimator, Xs, ys, Xt
        As for :func:`perturbed_labels`.
    batch : list of (dict, str)
        Points, and their stored labels as digits.

    Returns
    -------
    DataFrame of len(batch) rows
    """
    points = [point for point, _ in batch]
    stored = np.array([list(map(int, digits)) for _, digits in batch])
    stable, tied = np.ones(len(points), dtype=bool), np.ones(len(points), dtype=bool)
    left = np.arange(len(points))
    for repeat in range(REPEATS):
        some = [points[i] for i in left]
        labels, margin = perturbed_labels(estimator, Xs, ys, Xt, some, repeat)
        stable[left] &= (labels == stored[left]).all(axis=1)
        tied[left] &= margin == 0
        left = left[~(margin > estimator.safe_margin)]
        if not len(left):
            break
    return pd.DataFrame(points).assign(stable=stable, degenerate=tied)


def mark_stable(
    method, task, store=None, *, n=None, data=None, root=None, n_jobs=1, progress=True, **fixed
):  # fmt: skip
    """Record with the stored points of a sweep whether they are stable; resumes.

    Parameters
    ----------
    method, task, data, root, n_jobs, progress, **fixed
        As for :func:`~cdmer_lib.experiments.sweep`.
    store : Store, default=None
        ``None`` means the folder ``results``.
    n : int, default=None
        Where a fit is expensive: only so many points, spread evenly over the stored ones, and the
        best one on the target. ``None`` means all.

    Returns
    -------
    DataFrame
        All stored points, with ``stable`` and ``degenerate`` (missing where not tested).

    Raises
    ------
    ValueError
        If nothing is stored, or was computed from other inputs.
    """
    store, task = store or Store(), get_task(task)
    method, fixed = given(method, fixed)
    problem = get_problem(method, task, data, root, **fixed)
    table = store.load(method, task, **fixed)
    if table is None:
        raise InvalidInput(f"{method} {task}: nothing is stored; cdmer run solves it")
    names = list(table.columns[: table.columns.get_loc("mean_f1")])
    rows = np.arange(len(table))
    if n is not None:
        spread = np.linspace(0, len(table) - 1, n).round().astype(int)
        rows = np.unique([*spread, table["mean_f1"].round(12).argmax()])
    if "stable" in table:
        rows = rows[table["stable"].isna().to_numpy()[rows]]
    points = table[names].to_dict("records")
    batch = [(points[row], table["predicted"].iloc[row]) for row in rows]
    arguments = problem.estimator, problem.source.X, problem.source.y, problem.target.X
    size, label = problem.estimator.points_per_batch, f"{method} {task}, stable points"
    with filling(store, problem, method, task, points, n_jobs, fixed) as file:
        test = {"perturbation": PERTURBATION, "repeats": REPEATS, "seed": SEED}
        file.provenance["stability"] = test | run_record(n_jobs)
        for frame in in_batches(marked, arguments, batch, size, n_jobs, progress, label):
            file.mark(frame)
        return file.table


def stable_rows(table):
    """Which points of a stored sweep a comparison between machines may be asked of.

    Parameters
    ----------
    table : DataFrame

    Returns
    -------
    ndarray of bool
        The points that were tested and are stable; all points where none was tested.
    """
    if "stable" not in table or table["stable"].isna().all():
        return np.ones(len(table), dtype=bool)
    return table["stable"].fillna(False).to_numpy(dtype=bool)
