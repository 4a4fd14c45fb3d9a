"""Solving stored points again: a store can be trusted if its labels can be computed again."""

import numpy as np

from ..errors import InvalidInput, LabelsDiffer
from ..parallel import workers
from .grids import given
from .stability import stable_rows
from .store import labels_of, parameter_names, points_of
from .sweep import SCORES, Problem, solve_batch


def verify(
    store, method, task, grid="paper", n=5, seed=0, *, rows=None, data=None, root=None, **fixed
):  # fmt: skip
    """Solve some stored points again and compare every predicted label.

    ``n`` points are drawn from the stable ones, or ``rows`` has their positions in the grid; other
    arguments as for :func:`~cdmer_lib.experiments.fill.run`.

    Returns the parameters and scores of the points, a DataFrame, with ``differing``, the number of
    labels that differ from the stored ones. ``attrs["not_stable"]`` is the number of points in the
    grid that are not stable. Raises InvalidInput where the grid is not stored whole, and
    LabelsDiffer, which names the points, where labels of stable points differ.
    """
    problem = Problem(method, task, data, root, **fixed)
    stored = store.load(problem.method, problem.task, grid, **problem.fixed)
    if stored is None:
        raise InvalidInput(f"{problem}, grid {grid}: not stored whole; cdmer run completes it")
    stable = stable_rows(stored)
    rows = _drawn(stable, n, seed) if rows is None else np.sort(rows)
    sample = _solved_again(problem, stored.loc[rows])
    wrong = points_of(sample[stable[rows] & (sample["differing"] > 0)])
    if wrong:
        raise LabelsDiffer(f"{problem}: labels differ from the stored ones at {wrong}")
    sample.attrs["not_stable"] = int((~stable).sum())
    return sample


def verify_store(
    store, methods=None, tasks=None, *, n=40, n_heavy=4, seed=0, data=None, root=None, n_jobs=1
):  # fmt: skip
    """Solve a sample of every stored printed grid again, and count instead of raising.

    ``n`` points of each sweep are drawn, ``n_heavy`` where fits are expensive. Yields a dict for
    each: ``method``, ``task`` (letters), ``points``, ``differing`` (labels of stable points that
    are not the stored ones), ``unstable`` (such points), ``differing_unstable``.
    """
    from joblib import delayed

    yield from workers(n_jobs, return_as="generator")(
        delayed(_verify_sweep)(store, Problem(method, task, data, root),
                               n_heavy if given(method)[0].kind.heavy else n, seed)
        for method, task in store.printed(methods, tasks)
    )  # fmt: skip


def _verify_sweep(store, problem, n, seed):
    stored = problem.stored(store, "paper")
    stable = stable_rows(stored)
    known = stored["stable"].notna() if "stable" in stored else stable
    rows = _drawn(known, n, seed)
    differing, stable = _solved_again(problem, stored.loc[rows])["differing"], stable[rows]
    return {
        "method": problem.method, "task": problem.task.letters, "points": len(rows),
        "differing": differing[stable].sum(), "unstable": (~stable).sum(),
        "differing_unstable": differing[~stable].sum(),
    }  # fmt: skip


def _solved_again(problem, stored):
    """Parameters and scores of stored points, and how many labels are ``differing`` when solved."""
    source, target = problem.source, problem.target
    arrays = source.X, source.y, target.X, target.y, problem.classes
    found = solve_batch(problem.estimator, *arrays, points_of(stored))
    sample = stored[[*parameter_names(stored), *SCORES]].reset_index(drop=True)
    labels = (labels_of(table["predicted"]) for table in (found, stored))
    return sample.assign(differing=np.not_equal(*labels).sum(axis=1))


def _drawn(which, n, seed):
    rows = np.flatnonzero(which)
    return np.sort(np.random.default_rng(seed).choice(rows, min(n, len(rows)), replace=False))
