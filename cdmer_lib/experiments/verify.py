"""Solving stored points anew: the store is only as good as what can be computed again."""

import numpy as np
from joblib import Parallel, delayed

from ..errors import InvalidInput, LabelsDiffer
from ..protocol import TASKS, get_task
from .grids import get_grid, given, method_class
from .stability import stable_rows
from .sweep import SCORES, get_problem, solve_batch


def verify(
    store, method, task, grid="paper", n=5, seed=0, *, rows=None, data=None, root=None, **fixed
):  # fmt: skip
    """Solve some stored points again and compare every predicted label.

    Parameters
    ----------
    store : Store
    method, task, grid, data, root, **fixed
        As for :func:`~cdmer_lib.experiments.fill.run`; the grid has to be stored whole.
    n, seed : int
        Number of points drawn at random from the stable ones, see
        :mod:`~cdmer_lib.experiments.stability`.
    rows : list of int, default=None
        Positions of points in the grid, in place of random ones.

    Returns
    -------
    DataFrame
        The parameters and scores of the points, and ``differing``, the number of labels that
        differ from the stored ones: 0 but for points among ``rows`` that are not stable.
        ``attrs["not_stable"]`` is the number of points of the grid that are not drawn from.

    Raises
    ------
    ValueError
        If the grid is not stored whole.
    LabelsDiffer
        If a label of a stable point differs, naming the points.
    """
    method, fixed = given(method, fixed)
    stored = store.load(method, task, grid, **fixed)
    if stored is None:
        raise InvalidInput(
            f"{method} {task}, grid {grid}: not stored whole; cdmer run completes it"
        )
    stable = stable_rows(stored)
    if rows is None:
        rows = _drawn(np.flatnonzero(stable), n, seed)
    rows = np.sort(rows)
    sample = solved_again(stored.loc[rows], method, task, grid, data=data, root=root, **fixed)
    names = list(sample.columns[: sample.columns.get_loc("mean_f1")])
    if len(wrong := sample.loc[stable[rows] & (sample["differing"] > 0), names]):
        raise LabelsDiffer(
            f"{method} {task}: labels differ from the stored ones at {wrong.to_dict('records')}"
        )
    sample.attrs["not_stable"] = int((~stable).sum())
    return sample


def solved_again(stored, method, task, grid="paper", *, data=None, root=None, **fixed):
    """Solve points again: their parameters, scores, and how many labels are ``differing``.

    Parameters
    ----------
    stored : DataFrame
        Rows of a stored sweep.
    method, task, grid, data, root, **fixed
        As for :func:`verify`.
    """
    problem = get_problem(method, task, data, root, **fixed)
    source, target = problem.source, problem.target
    names = list(get_grid(method, grid, len(source.y), len(target.y))[0])
    points, sample = stored[names].to_dict("records"), stored.reset_index(drop=True)
    found = solve_batch(problem.estimator, source.X, source.y, target.X, target.y, points)
    sample["differing"] = [
        sum(a != b for a, b in zip(*pair, strict=True))
        for pair in zip(found["predicted"], sample["predicted"], strict=True)
    ]
    return sample[[*names, *SCORES, "differing"]]


def verify_store(
    store, methods=None, tasks=None, *, n=40, n_heavy=4, seed=0, data=None, root=None, n_jobs=1
):  # fmt: skip
    """Solve a sample of every stored printed grid again, and count instead of raising.

    Parameters
    ----------
    store : Store
    methods, tasks : list, default=None
        Only these.
    n, n_heavy : int
        Points of each sweep; of a method whose fits are expensive.
    seed : int
    data, root
        Databases by name, or where to look.
    n_jobs : int

    Yields
    ------
    dict
        ``method``, ``task`` (letters), ``points``, ``differing`` (labels of stable points that are
        not the stored ones), ``unstable`` (points of the sample that are known not to be stable)
        and ``differing_unstable``.
    """
    jobs = (
        delayed(_verify_sweep)(store, method, task,
                                n_heavy if method_class(method).heavy else n, seed,
                                data=data, root=root)
        for method in methods or store.methods()
        for task in map(get_task, tasks or TASKS)
        if store.load(method, task, "paper") is not None
    )  # fmt: skip
    yield from Parallel(n_jobs=n_jobs, return_as="generator")(jobs)


def _verify_sweep(store, method, task, n, seed, **where):
    stored = store.load(method, task, "paper")
    known = stored["stable"].notna() if "stable" in stored else stable_rows(stored)
    rows = _drawn(np.flatnonzero(known), n, seed)
    sample = solved_again(stored.loc[rows], method, task, **where)
    stable = stable_rows(stored)[rows]
    return {
        "method": method,
        "task": task.letters,
        "points": len(rows),
        "differing": sample["differing"][stable].sum(),
        "unstable": (~stable).sum(),
        "differing_unstable": sample["differing"][~stable].sum(),
    }


def _drawn(rows, n, seed):
    return np.sort(np.random.default_rng(seed).choice(rows, min(n, len(rows)), replace=False))
