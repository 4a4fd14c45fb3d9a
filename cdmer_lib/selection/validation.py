"""What a choice without target labels looks at: held-out source labels, and the way back.

*Held-out*: every grid point is fitted again without a fifth of the source (TSRG and DRFS-T: a
third), always with the whole unlabelled target, and labels the part that was left out. *The way
back*: the labels that a point gave the target train the same point from the target to the source.
Four methods have a record of fewer points, none of them chosen for its score: ``recorded`` of the
method says which. They run through the ranges of all parameters.
"""

import numpy as np
import pandas as pd

from ..experiments.fill import filling, run
from ..experiments.grids import get_grid, given
from ..experiments.store import Store, as_digits, labels_of, parameter_names, points_of
from ..experiments.sweep import Problem
from ..solvers.density_ratio import ulsif


def source_weights(Xs, Xt):
    """Density ratio target / source at the source samples, (n_s,): uLSIF, linear kernel, mean 1."""
    weights = ulsif(Xs @ Xt.T, Xt @ Xt.T, lam=1.0)
    return weights / weights.mean() if weights.any() else np.ones(len(Xs))


def discriminator_weights(Xs, Xt):
    """As :func:`source_weights`, by a logistic regression that tells the two databases apart.

    The ratio is (n_s / n_t) p(target | x) / p(source | x), fitted without x.

    Source: Bickel, Brückner and Scheffer, Discriminative learning for differing training and test
    distributions (ICML 2007), as in You et al. (2019).
    """
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import cross_val_predict

    X = np.vstack([Xs, Xt])
    of_target = np.arange(len(X)) >= len(Xs)
    value, U = np.linalg.eigh(X @ X.T)
    Z = U * np.sqrt(np.maximum(value, 0))  # n coordinates with the same inner products
    model, folds = LogisticRegression(max_iter=5000), _folds(of_target)
    p = cross_val_predict(model, Z, of_target, cv=folds, method="predict_proba")[: len(Xs)]
    return len(Xs) / len(Xt) * p[:, 1] / p[:, 0]


WEIGHTS = {"weights": source_weights, "discriminator": discriminator_weights}


def thinned(points, n):
    """At most ``n`` of the points, evenly spread over the grid's order, both ends among them."""
    return [points[i] for i in np.unique(np.linspace(0, len(points) - 1, n).round().astype(int))]


def recorded_points(method, n_s, n_t):
    """Points of the grid "paper" for which records are computed (``recorded`` of the method)."""
    recorded = given(method)[0].kind.recorded
    if isinstance(recorded, list):
        return recorded
    grid = get_grid(method, "paper", n_s, n_t)
    return thinned(grid, recorded or len(grid))


def held_out_labels(estimator, Xs, ys, Xt, points, n_folds=5, seed=0):
    """Label every source sample by fits without it, as any new row is labelled.

    Source (n_s, n_features), (n_s,) and target (n_t, n_features); ``points`` is a list of dict; the
    ``n_folds`` parts are stratified and shuffled. Returns labels (len(points), n_s).
    """
    labels = np.empty((len(points), len(ys)), dtype=ys.dtype)
    for train, test in _folds(ys, n_folds, seed).split(Xs, ys):
        labels[:, test] = _labels(estimator, Xs[train], ys[train], Xt, points, Xs[test])
    return labels


def reverse_labels(estimator, Xs, Xt, points, predicted, X=None):
    """Label the source by fits that learn from the target, with the labels ``predicted`` there.

    ``predicted`` is (len(points), n_t), the result (len(points), n) for the n rows of ``X``, by
    default ``Xs``. Where the target has one class only, so has the source.

    Source: after Zhong et al., Cross validation framework to choose amongst models and datasets
    for transfer learning (ECML PKDD 2010). They train the way there with one part of the source,
    score on the rest (:func:`held_out_reverse_labels`), and weigh errors by a density ratio.
    """
    labels = np.repeat(predicted[:, :1], len(Xs if X is None else X), axis=1)
    alike, which = np.unique(predicted, axis=0, return_inverse=True)
    for label, y in enumerate(alike):
        rows = np.flatnonzero(which == label)
        if len(set(y)) > 1:
            labels[rows] = _labels(estimator, Xt, y, Xs, [points[row] for row in rows], X)
    return labels


def held_out_reverse_labels(estimator, Xs, ys, Xt, points, n_folds=5, seed=0):
    """As :func:`held_out_labels`, by the way there and back. Source: Zhong et al., no weights."""
    labels = np.empty((len(points), len(ys)), dtype=ys.dtype)
    for train, test in _folds(ys, n_folds, seed).split(Xs, ys):
        there = _labels(estimator, Xs[train], ys[train], Xt, points)
        labels[:, test] = reverse_labels(estimator, Xs[train], Xt, points, there, Xs[test])
    return labels


def _labels(estimator, Xs, ys, Xt, points, X=None):
    """Labels that each point gives the rows ``X``, by default ``Xt``: (len(points), n)."""
    found = {index: labels for index, labels, _ in estimator.predict_grid(Xs, ys, Xt, points, X=X)}
    return np.array([found[index] for index in range(len(points))])


def validate(method, task, store=None, *, data=None, root=None, n_jobs=1, progress=True, **fixed):
    """Record for a stored sweep what the choices without target labels need.

    What the sweep lacks is solved first. The record goes to ``store.record_store``, one batch at a
    time. All arguments are as for :func:`~cdmer_lib.experiments.fill.run`. Returns a DataFrame of
    parameters, ``held_out`` and ``reverse``, the labels of the source samples as the store writes
    them; ``attrs["provenance"]`` has the ``weights`` and the ``discriminator`` of :data:`WEIGHTS`.
    """
    store, problem = store or Store(), Problem(method, task, data, root, **fixed)
    Xs, Xt = problem.source.X, problem.target.X
    common = {"data": data, "root": root, "n_jobs": n_jobs, "progress": progress}
    sweep = run(method, task, "paper", store, **common, **fixed)
    known = zip(points_of(sweep), sweep["predicted"], strict=True)
    predicted = {tuple(point.values()): digits for point, digits in known}
    points = recorded_points(problem.method, len(Xs), len(Xt))
    with filling(store.record_store, problem, points, n_jobs) as file:
        if "weights" not in file.provenance:
            for name, weights in WEIGHTS.items():
                file.provenance[name] = weights(Xs, Xt).round(6).tolist()
        work = [(point, predicted[tuple(point.values())]) for point in file.missing]
        for frame in problem.in_batches(_validate, work, n_jobs, progress, label=", no labels"):
            file.add(frame)
        return file.complete()


def with_record(store, method, task, **fixed):
    """The stored sweep of the printed grid joined with its record; None where one is absent.

    The DataFrame has ``held_out`` and ``reverse`` (NaN at points that have no record), and
    ``attrs`` has ``weights`` and ``discriminator``.
    """
    problem = Problem(method, task, **fixed)
    sweep, record = problem.stored(store, "paper"), problem.stored(store.record_store)
    if sweep is None or record is None:
        return None
    table = sweep.merge(record, "left", parameter_names(record))
    table.attrs = {name: record.attrs["provenance"][name] for name in WEIGHTS}
    return table


def _folds(y, n_folds=5, seed=0):
    """Stratified, shuffled parts: at most as many as the rarest class has samples, but two."""
    from sklearn.model_selection import StratifiedKFold

    rarest = np.unique(y, return_counts=True)[1].min()
    return StratifiedKFold(max(2, min(n_folds, rarest)), shuffle=True, random_state=seed)


def _validate(estimator, Xs, ys, Xt, batch):
    """The record of a batch: a list of points with the labels that they give the target."""
    points, predicted = [point for point, _ in batch], labels_of([digits for _, digits in batch])
    return pd.DataFrame(points).assign(
        held_out=as_digits(held_out_labels(estimator, Xs, ys, Xt, points, estimator.folds)),
        reverse=as_digits(reverse_labels(estimator, Xs, Xt, points, predicted)),
    )
