"""Solving stored points anew: the store is only as good as what can be computed again."""

import numpy as np

from .grids import get_grid
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
        Number of points drawn at random.
    rows : list of int, default=None
        Positions of points in the grid, in place of random ones.

    Returns
    -------
    DataFrame
        The parameters and scores of the points.

    Raises
    ------
    ValueError
        If the grid is not stored whole.
    AssertionError
        If a label differs, naming the points.
    """
    stored = store.load(method, task, grid, **fixed)
    if stored is None:
        raise ValueError(f"{method} {task}, grid {grid}: not stored whole; cdmer run completes it")
    if rows is None:
        rows = np.random.default_rng(seed).choice(len(stored), min(n, len(stored)), replace=False)
    sample = stored.loc[np.sort(rows)].reset_index(drop=True)
    problem = get_problem(method, task, data, root, **fixed)
    names = list(get_grid(method, grid, *stored.attrs["provenance"]["samples"])[0])
    points = sample[names].to_dict("records")
    source, target = problem.source, problem.target
    found = solve_batch(problem.estimator, source.X, source.y, target.X, target.y, points)
    differing = sample.loc[found["predicted"] != sample["predicted"], names].to_dict("records")
    assert not differing, f"{method} {task}: labels differ from the stored ones at {differing}"
    return sample[[*names, *SCORES]]
