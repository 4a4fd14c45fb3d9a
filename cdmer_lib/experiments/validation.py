"""What a choice without target labels looks at: held-out source labels and the way back.

Every grid point is fitted again without a fifth of the source at a time, always with the whole
unlabelled target, and labels that fifth; and the labels that it gives the target train the same
point from the target back to the source. All that needs as many fits as a point has folds and
one more, so the grids are thinned: as many points of the printed range as asked for, spread
evenly, none chosen for its score.
"""

import numpy as np
import pandas as pd
from sklearn.base import clone
from sklearn.model_selection import StratifiedKFold

from ..methods.density_ratio import ulsif
from ..protocol import get_task
from .provenance import input_hash, run_record
from .store import Store
from .sweep import get_problem, in_batches, in_grid_order, solve_batch

# A fit of these two takes seconds, so that they get fewer points and folds.
SLOW = {"TSRG": (15, 3), "DRFS-T": (15, 3)}
N_POINTS, N_FOLDS = 30, 5


def thinned(points, n=N_POINTS):
    """At most ``n`` of the points, evenly spread over the grid's order, both ends among them."""
    return [points[i] for i in np.unique(np.linspace(0, len(points) - 1, n).round().astype(int))]


def held_out_labels(estimator, Xs, ys, Xt, n_folds=N_FOLDS, seed=0):
    """Label every source sample by a fit without it.

    Parameters
    ----------
    estimator : DomainAdapter
    Xs, ys, Xt : ndarray
    n_folds, seed : int
        Stratified folds, shuffled.

    Returns
    -------
    ndarray of shape (n_s,)
        A held-out row is labelled as the method labels any new row.
    """
    labels = np.empty_like(ys)
    folds = StratifiedKFold(n_folds, shuffle=True, random_state=seed)
    for train, test in folds.split(Xs, ys):
        labels[test] = clone(estimator).fit(Xs[train], ys[train], Xt).predict(Xs[test])
    return labels


def reverse_labels(estimator, Xs, Xt, predicted):
    """Label the source by a fit from the target, with the labels ``predicted`` there, back to it.

    Source: Zhong et al., Cross validation framework to choose amongst models and datasets for
    transfer learning (ECML PKDD 2010).
    """
    if len(set(predicted)) == 1:
        return np.full(len(Xs), predicted[0])
    return clone(estimator).fit(Xt, predicted, Xs).predict(Xs)


def source_weights(Xs, Xt, lam=1.0):
    """Density ratio target / source at the source samples: uLSIF with the linear kernel, mean 1.

    Parameters
    ----------
    Xs : ndarray of shape (n_s, n_features)
    Xt : ndarray of shape (n_t, n_features)
    lam : float

    Returns
    -------
    ndarray of shape (n_s,)
    """
    weights = ulsif(Xs @ Xt.T, Xt @ Xt.T, lam)
    return weights / weights.mean() if weights.any() else np.ones(len(Xs))


def validate(method, task, store=None, *, data=None, root=None, n_jobs=1, progress=True, **fixed):
    """Record, for a thinned grid, what the choices without target labels need.

    Parameters
    ----------
    method, task, data, root, n_jobs, progress, **fixed
        As for :func:`~cdmer_lib.experiments.sweep`.
    store : Store, default=None
        Where to look and to write; ``None`` means ``results/validation``.

    Returns
    -------
    DataFrame
        As a sweep with its predictions, and ``held_out``, ``reverse``: labels of the source
        samples as digits. ``attrs["weights"]`` are those of :func:`source_weights`.
    """
    store, task = store or Store("results/validation"), get_task(task)
    if (known := store.load(method, task, **fixed)) is not None:
        return known
    problem = get_problem(method, task, data, root, **fixed)
    n_points, n_folds = SLOW.get(method, (N_POINTS, N_FOLDS))
    points = thinned(problem.points(method, "paper"), n_points)
    source, target = problem.source, problem.target
    arguments = problem.estimator, source.X, source.y, target.X, target.y, n_folds
    frames = in_batches(_validate, arguments, points, 1, n_jobs, progress, f"{method} {task}")
    table = in_grid_order(pd.concat(frames), points)
    databases = (source, target)
    table.attrs["weights"] = source_weights(source.X, target.X).round(6).tolist()
    table.attrs["provenance"] = run_record(n_jobs) | {
        "inputs": {d.name: input_hash(d) for d in databases},
        "samples": [len(d.y) for d in databases],
    }
    with store.writing(method, task, **fixed):
        store.save(table, method, task, **fixed)
    return table


def _validate(estimator, Xs, ys, Xt, yt, n_folds, points):
    """The table of one point."""
    (point,) = points
    model = clone(estimator).set_params(**point)
    table = solve_batch(model, Xs, ys, Xt, yt, points)
    predicted = np.array(list(map(int, table["predicted"][0])))
    table["held_out"] = "".join(map(str, held_out_labels(model, Xs, ys, Xt, n_folds)))
    table["reverse"] = "".join(map(str, reverse_labels(model, Xs, Xt, predicted)))
    return table
