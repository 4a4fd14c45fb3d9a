"""Two methods on the same samples, and many methods over the tasks."""

from itertools import combinations

import numpy as np
import pandas as pd
from scipy.stats import binomtest, friedmanchisquare, rankdata, studentized_range, wilcoxon


def mcnemar(y, a, b):
    """Exact McNemar test of two predictions ``a`` and ``b`` of the same samples, all (n,).

    Returns the number of samples that only ``a`` labels right, that of ``b``, and p (two-sided).

    Source: McNemar (1947), with the binomial distribution in place of its limit.
    """
    right_a, right_b = np.asarray(a) == y, np.asarray(b) == y
    only_a, only_b = int((right_a & ~right_b).sum()), int((right_b & ~right_a).sum())
    n = only_a + only_b
    return only_a, only_b, binomtest(only_a, n).pvalue if n else 1.0


def mcnemar_range(hits, other, n):
    """Smallest and largest p of :func:`mcnemar` if only the hits of both, of ``n``, are known."""
    both = range(max(0, hits + other - n), min(hits, other) + 1)  # samples that both label right
    splits = [(hits - k, hits + other - 2 * k) for k in both]
    p = [binomtest(only, n).pvalue if n else 1.0 for only, n in splits]
    return min(p), max(p)


def holm(p):
    """Holm's correction of p values, in their order. Source: Holm (1979)."""
    p = np.asarray(p, dtype=float)
    order, corrected = np.argsort(p, kind="stable"), np.empty(len(p))
    corrected[order] = np.maximum.accumulate(np.arange(len(p), 0, -1) * p[order])
    return np.minimum(corrected, 1)


def friedman(scores):
    """Friedman's test that all methods rank alike over the tasks.

    ``scores`` is a DataFrame with a row a task and a column a method; larger is better. Returns the
    mean rank of each method (a Series, the best first), p, and the critical difference of two mean
    ranks at 5 per cent (Nemenyi). The tasks share people, so that p is too small.

    Source: Demšar, Statistical comparisons of classifiers (JMLR 2006).
    """
    n, k = scores.shape
    ranks = pd.Series(rankdata(-scores, axis=1).mean(axis=0), index=scores.columns)
    ranks = ranks.sort_values(kind="stable")  # else processors order ties differently
    p = friedmanchisquare(*scores.to_numpy().T).pvalue
    q = studentized_range.ppf(0.95, k, np.inf) / np.sqrt(2)
    return ranks, p, q * np.sqrt(k * (k + 1) / (6 * n))


def wilcoxon_holm(scores):
    """Wilcoxon's signed-rank test of every pair of methods, corrected for their number by Holm.

    ``scores`` is as for :func:`friedman`. The result is a DataFrame: ``better``, ``worse`` (by the
    mean), ``p``, ``p_holm``, ``different`` (``p_holm < 0.05``), the smallest ``p`` first.

    Source: Benavoli, Corani and Mangili (JMLR 2016); Holm (1979).
    """
    rows = []
    for a, b in combinations(scores.columns, 2):
        better, worse = (a, b) if scores[a].mean() >= scores[b].mean() else (b, a)
        same = (scores[a] == scores[b]).all()
        rows.append((better, worse, 1.0 if same else wilcoxon(scores[a], scores[b]).pvalue))
    table = pd.DataFrame(rows, columns=["better", "worse", "p"])
    # Ties keep their order, also where rounding parts them: else it would be the processor's.
    table = table.sort_values("p", key=lambda p: p.round(12), kind="stable", ignore_index=True)
    table["p_holm"] = holm(table["p"])
    table["different"] = table["p_holm"] < 0.05
    return table
