"""How wide each cell is, and what chance reaches: one row for each stored sweep.

A cell needs four numbers beside it, all from stored labels: the spread of the best point, chosen
anew in every replicate; how often such a spread holds the true score of the chosen point; what the
choice scores on samples that it did not see; and what the best of so many points reaches if labels
are random.
"""

from time import perf_counter

import pandas as pd

from ..experiments.grids import registered
from ..selection.choices import best_on_target
from .uncertainty import bootstrap, coverage, interval, permutation_maxima


def cell_uncertainty(
    store, methods=None, *, data=None, root=None, n_replicates=1000, n_permutations=4999,
    n_trials=200, seed=0, n_jobs=1, progress=True,
):  # fmt: skip
    """Bootstrap and permute every stored sweep.

    Parameters
    ----------
    store : Store
    methods : list of str, default=None
        All of :data:`~cdmer_lib.METHODS` by default.
    data, root, n_jobs, progress
        As for :func:`~cdmer_lib.experiments.sweep`; only labels and subjects are needed.
    n_replicates, seed : int
    n_permutations : int
        More than replicates: the smallest p, 1 / (n_permutations + 1), is corrected for the number
        of cells.
    n_trials : int
        Of :func:`~cdmer_lib.statistics.uncertainty.coverage`, each with as many replicates.

    Returns
    -------
    DataFrame
        A row for each method and task whose printed grid is stored: ``method``, ``task``
        (number), ``n_points``, ``n_predictions`` (different ones), ``mean_f1`` (the best point);
        ``low``, ``high`` (95 per cent of the replicates over resampled clips lie between),
        ``coverage`` (how often that holds the true score of the chosen point), ``out_of_bag``
        (mean), the same with ``_subjects`` (over resampled people, NaN where they are not known);
        ``chance``, ``chance_high`` (mean and 95th percentile of the best point under permuted
        target labels) and ``p``, the share of permutations that reach the best point; the same
        with ``_subjects`` (labels permuted within each person); ``seconds``, on one core.
    """
    from joblib import Parallel, delayed
    from tqdm import tqdm

    from ..data import load_database

    cells = [(m, task) for m in methods or registered() for task in store.tasks(m, "paper")]
    names = {task.target for _, task in cells}
    data = {name: (data or {}).get(name) or load_database(name, root) for name in names}
    rows = Parallel(n_jobs=n_jobs, return_as="generator")(
        delayed(_cell)(store, method, task, data[task.target].y, data[task.target].subjects,
                       n_replicates, n_permutations, n_trials, seed)
        for method, task in cells
    )  # fmt: skip
    return pd.DataFrame(tqdm(rows, "cells", len(cells), disable=not progress))


def _cell(store, method, task, y, subjects, n_replicates, n_permutations, n_trials, seed):
    start = perf_counter()
    sweep = store.load(method, task, "paper")
    row = {
        "method": method,
        "task": task.number,
        "n_points": len(sweep),
        "n_predictions": sweep["predicted"].nunique(),
        "mean_f1": best_on_target(sweep)["mean_f1"],
    }
    for suffix, groups in {"": None, "_subjects": subjects}.items():
        if suffix and groups is None:
            continue
        found = bootstrap(sweep, y, groups, n_replicates, seed)
        row["low" + suffix], row["high" + suffix] = interval(found["best"])
        row["coverage" + suffix] = coverage(sweep, y, groups, n_trials, n_trials, seed=seed)["best"]
        row["out_of_bag" + suffix] = found["out_of_bag"].mean()
        maxima = permutation_maxima(sweep, y, n_permutations, seed, groups)
        reached = (maxima > row["mean_f1"] - 1e-6).sum()
        row["chance" + suffix] = maxima.mean()
        row["chance_high" + suffix] = interval(maxima, 0.9)[1]
        row["p" + suffix] = (reached + 1) / (n_permutations + 1)
    return row | {"seconds": perf_counter() - start}
