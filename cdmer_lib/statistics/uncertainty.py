"""How wide is a cell? Bootstrap and permutation of a stored sweep, with the selection inside.

The printed number is a maximum over a grid, chosen on the labels that score it. Both procedures
repeat the choice in every replicate.
"""

from time import perf_counter

import numpy as np
import pandas as pd
from joblib import delayed
from tqdm import tqdm

from ..data import load_database
from ..experiments.store import labels_of
from ..experiments.sweep import Problem
from ..parallel import workers
from ..selection.choices import best_on_target

CHUNK = 1 << 24  # numbers of a product at a time: 64 MiB


def as_labels(table):
    """The different predictions of a sweep as labels (p, n), in the grid's order."""
    return labels_of(table["predicted"].drop_duplicates()).astype(np.int8)


def replicate_f1(y, predicted, weights=None):
    """Mean F1 of every prediction, ``predicted`` (p, n), in every replicate: (b, p).

    True labels ``y`` are (n,), or (b, n) where replicates differ. ``weights`` (b, n) says how often
    each sample counts in each replicate; once by default. The mean is over the classes that occur
    in the replicate: it is the papers' mean F1 where all do, and NaN where nothing counts.
    """
    y = np.atleast_2d(y)
    weights = np.ones(y.shape) if weights is None else weights
    total, n_classes = 0.0, 0
    for label in np.unique(y):
        guess = (predicted == label).T.astype(np.float32)  # exact: counts are small integers
        true = np.float32(weights * (y == label))
        n_true = true.sum(axis=1)[:, None]
        either = np.float32(weights) @ guess + n_true
        total = total + np.where(n_true, 2 * (true @ guess) / np.maximum(either, 1), 0)
        n_classes = n_classes + (n_true > 0)
    return np.divide(total, n_classes, out=np.full(total.shape, np.nan), where=n_classes > 0)


def bootstrap(table, y, groups=None, n_replicates=1000, seed=0):
    """Resample the target; choose the grid point anew in every replicate.

    ``table`` is a stored sweep, ``y`` (n,) the target labels, ``seed`` an int or a Generator.
    Subjects ``groups`` (n,) are resampled in place of samples where they are given. Clips of one
    person are not independent: an interval over resampled clips is too narrow.

    Returns a DataFrame with a row a replicate: ``best``, mean F1 in the replicate of the point that
    the papers' rule chooses there; ``out_of_bag``, mean F1 of the same point on the samples that
    are not in the replicate; ``fixed``, mean F1 there of the point that is chosen on all samples.

    Source: Efron (1979); out-of-bag scores of a choice: Efron (1983).
    """
    predicted, scores = as_labels(table), []
    chosen = replicate_f1(y, predicted)[0].argmax()
    people = range(len(y)) if groups is None else groups
    draws = draw_people(people, n_replicates, np.random.default_rng(seed))
    for some in _chunks(draws, predicted):
        inside = replicate_f1(y, predicted, some)
        found, which = np.unique(inside.argmax(axis=1), return_inverse=True)
        outside = replicate_f1(y, predicted[found], some == 0)[range(len(some)), which]
        scores.append(np.column_stack([inside.max(axis=1), outside, inside[:, chosen]]))
    return pd.DataFrame(np.concatenate(scores), columns=["best", "out_of_bag", "fixed"])


def coverage(table, y, groups=None, n_trials=200, n_replicates=200, level=0.95, seed=0):
    """How often the interval of :func:`bootstrap` holds the true score of the point that is chosen.

    The target stands for the population, so that the true score of every point is known. A trial
    draws a target of the same size from it, with replacement, chooses the best point there, and
    makes intervals of the nominal ``level`` there. Other arguments as for :func:`bootstrap`.

    Returns a dict: ``best``, ``fixed``, the share of the trials in which the interval of that score
    holds the true score of the point chosen in the trial; ``above``, the share in which the whole
    interval of ``best`` lies above it; ``optimism``, how much lower it is than the score in the
    trial, on average.

    Source: the iterated bootstrap of Hall (1986) and Beran (1987), used here only to measure.
    """
    predicted, rng = as_labels(table), np.random.default_rng(seed)
    truth = replicate_f1(y, predicted)[0]
    members = _members(range(len(y)) if groups is None else groups)
    n, rows = len(members), []
    for trial in rng.multinomial(n, np.full(n, 1 / n), n_trials):
        there = replicate_f1(y, predicted, (trial @ members)[None])[0]
        chosen = there.argmax()
        true = truth[chosen]
        inside = replicate_f1(y, predicted, rng.multinomial(n, trial / n, n_replicates) @ members)
        low, high = interval([inside.max(axis=1), inside[:, chosen]], level)
        rows.append((*(low <= true) & (true <= high), low[0] > true, there[chosen] - true))
    means = np.mean(rows, axis=0).tolist()
    return dict(zip(("best", "fixed", "above", "optimism"), means, strict=True))


def permutation_maxima(table, y, n_replicates=1000, seed=0, groups=None):
    """The largest mean F1 of the grid under target labels shuffled at random: (n_replicates,).

    Arguments as for :func:`bootstrap`. With ``groups`` labels are shuffled within each subject: a
    choice then knows who is in a clip, and how often this person shows each expression, no more.

    Source: Westfall and Young, Resampling-based multiple testing (1993): the maximum statistic.
    """
    predicted, rng = as_labels(table), np.random.default_rng(seed)
    shuffled = shuffle_within(np.tile(y, (n_replicates, 1)), groups, rng)
    maxima = [replicate_f1(some, predicted).max(axis=1) for some in _chunks(shuffled, predicted)]
    return np.concatenate(maxima)


def cell_uncertainty(
    store, methods=None, tasks=None, *, data=None, root=None, n_replicates=1000,
    n_permutations=4999, n_trials=200, seed=0, n_jobs=1, progress=True,
):  # fmt: skip
    """How wide each cell is, and what chance reaches: one row for each stored sweep.

    ``methods`` and ``tasks`` are lists, by default all that are stored. ``data``, ``root``,
    ``n_jobs`` and ``progress`` are as for :func:`~cdmer_lib.experiments.sweep`. ``n_replicates``
    are of :func:`bootstrap`, ``n_trials`` of :func:`coverage`, each with as many replicates. There
    are more permutations: the smallest p is corrected for the number of cells.

    Returns a DataFrame: ``method``, ``task`` (number), ``n_points``, ``n_predictions`` (different
    ones), ``mean_f1`` (the best point); ``low``, ``high`` (95 per cent of the replicates lie
    between), ``coverage``, ``out_of_bag`` (mean); ``chance``, ``chance_high`` (mean and 95th
    percentile of the best point under permuted target labels) and ``p``, the share of permutations
    that reach the best point; all again with ``_subjects``: people resampled, labels permuted
    within each of them (NaN where they are not known); ``seconds``, on one core.
    """
    cells = store.printed(methods, tasks)
    names = {name for _, task in cells for name in (task.source, task.target)}
    data = {name: (data or {}).get(name) or load_database(name, root) for name in names}
    counts = n_replicates, n_permutations, n_trials, seed
    targets = (Problem(*cell, data).target for cell in cells)
    jobs = [
        delayed(_cell)(store, *cell, t.y, t.subjects, *counts) for cell, t in zip(cells, targets)
    ]
    rows = workers(n_jobs, return_as="generator")(jobs)
    return pd.DataFrame(tqdm(rows, "cells", len(cells), disable=not progress))


def _cell(store, method, task, y, subjects, n_replicates, n_permutations, n_trials, seed):
    start = perf_counter()
    sweep = store.load(method, task, "paper")
    row = {
        "method": method, "task": task.number, "n_points": len(sweep),
        "n_predictions": sweep["predicted"].nunique(), "mean_f1": best_on_target(sweep)["mean_f1"],
    }  # fmt: skip
    kinds = {"": None} if subjects is None else {"": None, "_subjects": subjects}
    for suffix, groups in kinds.items():
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


def interval(values, level=0.95):
    """Percentile intervals of replicates (..., b), NaN left out: low and high, each (...)."""
    tail = 50 * (1 - level)
    return tuple(np.nanpercentile(values, [tail, 100 - tail], axis=-1))


def draw_people(people, n_draws, rng):
    """Draw as many people as there are, with replacement, and count their clips.

    ``people`` (n,) names the person of each clip, ``rng`` is a Generator. Returns how often each
    clip counts in each draw, (n_draws, n) of int.
    """
    members = _members(people)
    return rng.multinomial(len(members), np.full(len(members), 1 / len(members)), n_draws) @ members


def _members(people):
    """Which clips (n,) each person is in: (number of people, n) of int."""
    return np.equal.outer(np.unique(people), people).astype(np.int64)


def shuffle_within(rows, groups, rng):
    """Shuffle each row of an array (b, n), in place, within groups (n,), or whole if None."""
    groups = np.zeros(rows.shape[1]) if groups is None else np.asarray(groups)
    for columns in np.equal.outer(np.unique(groups), groups):
        rows[:, columns] = rng.permuted(rows[:, columns], axis=1)
    return rows


def _chunks(replicates, predicted):
    """The rows of an array in parts: the products of each with the predictions fit in memory."""
    size = max(1, CHUNK // len(predicted))
    return (replicates[i : i + size] for i in range(0, len(replicates), size))
