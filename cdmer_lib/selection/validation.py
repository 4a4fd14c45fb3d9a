"""What a choice without target labels looks at: held-out source labels and the way back.

Every grid point is fitted again without a fifth of the source at a time (TSRG and DRFS-T: a
third), always with the whole unlabelled target, and labels what was left out; and the labels that
it gave the target train the same point from the target back to the source. Points share their
work as in a sweep, so that whole grids of the cheap methods take minutes. The four others have
fewer points, none chosen for its score: TGSR every kappa with 13 values of xi, RSTR every seventh
point, TSRG and DRFS-T, where a fit takes seconds, every 23rd or 24th. These steps run through the
ranges of all parameters.
"""

import numpy as np
import pandas as pd
from sklearn.base import clone
from sklearn.model_selection import StratifiedKFold

from ..experiments.fill import filling, run
from ..experiments.grids import get_grid, given, method_class
from ..experiments.store import Store
from ..experiments.sweep import get_problem, in_batches
from ..protocol import get_task
from .source_weights import WEIGHTS


def thinned(points, n):
    """At most ``n`` of the points, evenly spread over the grid's order, both ends among them."""
    return [points[i] for i in np.unique(np.linspace(0, len(points) - 1, n).round().astype(int))]


def recorded_points(method, n_s, n_t):
    """The points of the printed grid that get a record, as the method's ``recorded`` has them.

    Parameters
    ----------
    method : str, type or DomainAdapter
    n_s, n_t : int
        Numbers of source and target samples.

    Returns
    -------
    list of dict
    """
    recorded = method_class(method).recorded
    if isinstance(recorded, list):
        return recorded
    grid = get_grid(method, "paper", n_s, n_t)
    return grid if recorded is None else thinned(grid, recorded)


def held_out_labels(estimator, Xs, ys, Xt, points, n_folds=5, seed=0):
    """Label every source sample by fits without it.

    Parameters
    ----------
    estimator : DomainAdapter
    Xs, ys, Xt : ndarray
    points : list of dict
    n_folds, seed : int
        Stratified folds, shuffled.

    Returns
    -------
    ndarray of shape (len(points), n_s)
        A held-out row is labelled as the method labels any new row.
    """
    labels = np.empty((len(points), len(ys)), dtype=ys.dtype)
    folds = StratifiedKFold(n_folds, shuffle=True, random_state=seed)
    for train, test in folds.split(Xs, ys):
        rest = Xs[train], ys[train], Xt
        for index, found, _ in estimator.predict_grid(*rest, points, X=Xs[test]):
            labels[index, test] = found
    return labels


def reverse_labels(estimator, Xs, Xt, points, predicted, X=None):
    """Label the source by fits from the target, with the labels predicted there, back to it.

    Parameters
    ----------
    estimator : DomainAdapter
    Xs, Xt : ndarray
    points : list of dict
    predicted : ndarray of shape (len(points), n_t)
    X : ndarray of shape (n, n_features), default=None
        The rows to label; those of ``Xs`` by default.

    Returns
    -------
    ndarray of shape (len(points), n)
        Where the target has one class only, so has the source.

    Source: after Zhong et al., Cross validation framework to choose amongst models and datasets
    for transfer learning (ECML PKDD 2010), whose way back starts from a part of the source, is
    scored on the rest, and weighs errors by a density ratio. Here the same samples teach the way
    there and score the way back, without weights. With the parts:
    :func:`held_out_reverse_labels`.
    """
    labels = np.repeat(predicted[:, :1], len(Xs if X is None else X), axis=1)
    alike, which = np.unique(predicted, axis=0, return_inverse=True)
    for label, y in enumerate(alike):
        rows = np.flatnonzero(which == label)
        if len(set(y)) > 1:
            some = [points[row] for row in rows]
            for index, found, _ in estimator.predict_grid(Xt, y, Xs, some, X=X):
                labels[rows[index]] = found
    return labels


def held_out_reverse_labels(estimator, Xs, ys, Xt, points, n_folds=5, seed=0):
    """Label every source sample by the way there and back of fits that never saw it.

    Parameters
    ----------
    estimator, Xs, ys, Xt, points, n_folds, seed
        As for :func:`held_out_labels`.

    Returns
    -------
    ndarray of shape (len(points), n_s)

    Source: Zhong et al. (2010), without their weights.
    """
    labels = np.empty((len(points), len(ys)), dtype=ys.dtype)
    predicted = np.empty((len(points), len(Xt)), dtype=ys.dtype)
    folds = StratifiedKFold(n_folds, shuffle=True, random_state=seed)
    for train, test in folds.split(Xs, ys):
        for index, found, _ in estimator.predict_grid(Xs[train], ys[train], Xt, points):
            predicted[index] = found
        labels[:, test] = reverse_labels(estimator, Xs[train], Xt, points, predicted, Xs[test])
    return labels


def validate(method, task, store=None, *, data=None, root=None, n_jobs=1, progress=True, **fixed):
    """Record beside a stored sweep what the choices without target labels need.

    Parameters
    ----------
    method, task, data, root, n_jobs, progress, **fixed
        As for :func:`~cdmer_lib.experiments.sweep`.
    store : Store, default=None
        The sweeps; what they lack is solved first. ``None`` means the folder ``results``. The
        record goes to ``validation`` in the same folder, a batch at a time.

    Returns
    -------
    DataFrame
        Parameters, ``held_out`` and ``reverse``: labels of the source samples as digits.
        ``attrs["provenance"]`` has ``weights`` and ``discriminator``, see
        :mod:`~cdmer_lib.selection.source_weights`.
    """
    store, task = store or Store(), get_task(task)
    method, fixed = given(method, fixed)
    common = {"data": data, "root": root, "n_jobs": n_jobs, "progress": progress}
    sweep = run(method, task, "paper", store, **common, **fixed)
    problem = get_problem(method, task, data, root, **fixed)
    source, target = problem.source, problem.target
    points = recorded_points(method, len(source.y), len(target.y))
    predicted = dict(zip(map(tuple, sweep[list(points[0])].to_numpy()), sweep["predicted"]))
    arguments = problem.estimator, source.X, source.y, target.X, problem.estimator.folds
    size, label = problem.estimator.points_per_batch, f"{method} {task}, without labels"
    with filling(beside(store), problem, method, task, points, n_jobs, fixed) as file:
        if "weights" not in file.provenance:
            for name, weights in WEIGHTS.items():
                file.provenance[name] = weights(source.X, target.X).round(6).tolist()
        missing = [(point, predicted[tuple(point.values())]) for point in file.missing]
        for frame in in_batches(_validate, arguments, missing, size, n_jobs, progress, label):
            file.add(frame)
        return file.complete()


def beside(store):
    """The store of the records that belong to a store of sweeps."""
    return Store(store.root / "validation")


def with_record(store, method, task, grid="paper", **fixed):
    """A stored sweep joined with its record.

    Parameters
    ----------
    store : Store
    method, task, grid, **fixed
        As for :meth:`Store.load <cdmer_lib.experiments.store.Store.load>`.

    Returns
    -------
    DataFrame or None
        The sweep, with ``held_out`` and ``reverse`` (NaN at points that have no record) and, in
        ``attrs``, ``weights`` and ``discriminator``; ``None`` where sweep or record is absent.
    """
    method, fixed = given(method, fixed)
    sweep = store.load(method, task, grid, **fixed)
    record = beside(store).load(method, task, **fixed)
    if sweep is None or record is None:
        return None
    names = [name for name in record if name not in ("held_out", "reverse")]
    table = sweep.merge(record, "left", names)
    table.attrs = {name: record.attrs["provenance"][name] for name in WEIGHTS}
    return table


def _validate(estimator, Xs, ys, Xt, n_folds, batch):
    """The table of some points with the labels that they give the target."""
    points = [point for point, _ in batch]
    predicted = np.array([list(map(int, digits)) for _, digits in batch])
    held_out = held_out_labels(clone(estimator), Xs, ys, Xt, points, n_folds)
    reverse = reverse_labels(clone(estimator), Xs, Xt, points, predicted)
    table = pd.DataFrame(points)
    for name, labels in {"held_out": held_out, "reverse": reverse}.items():
        table[name] = ["".join(map(str, row)) for row in labels]
    return table
