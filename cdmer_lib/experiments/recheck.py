"""Solving stored points anew: the store is only as good as what can be computed again."""

import numpy as np

from ..errors import LabelsDiffer
from .grids import get_grid
from .stability import stable_rows
from .sweep import SCORES, get_problem, solve_batch


def recheck(
    store, method, task, grid="paper", n=5, seed=0, *, rows=None, data=None, root=None, **fixed
):  # fmt: skip
    """Solve some stored points again and compare every predicted label.

    Parameters
    ----------
    store : Store
    method, task, grid, data, root, **fixed
        As for :func:`~cdmer_lib.experiments.resume.run`; the grid has to be stored whole.
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
    stored = store.load(method, task, grid, **fixed)
    if stored is None:
        raise ValueError(f"{method} {task}, grid {grid}: not stored whole; cdmer run completes it")
    stable = stable_rows(stored)
    if rows is None:
        rows = np.flatnonzero(stable)
        rows = np.random.default_rng(seed).choice(rows, min(n, len(rows)), replace=False)
    rows = np.sort(rows)
    sample = stored.loc[rows].reset_index(drop=True)
    problem = get_problem(method, task, data, root, **fixed)
    names = list(get_grid(method, grid, *stored.attrs["provenance"]["samples"])[0])
    points = sample[names].to_dict("records")
    source, target = problem.source, problem.target
    found = solve_batch(problem.estimator, source.X, source.y, target.X, target.y, points)
    sample["differing"] = [
        sum(a != b for a, b in zip(*pair, strict=True))
        for pair in zip(found["predicted"], sample["predicted"], strict=True)
    ]
    if wrong := [p for p, k, ok in zip(points, sample["differing"], stable[rows]) if k and ok]:
        raise LabelsDiffer(f"{method} {task}: labels differ from the stored ones at {wrong}")
    sample = sample[[*names, *SCORES, "differing"]]
    sample.attrs["not_stable"] = int((~stable).sum())
    return sample
