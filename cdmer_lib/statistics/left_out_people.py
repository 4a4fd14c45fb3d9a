"""What a method keeps when the tested person, or the tested clip alone, is not in its source.

SMIC-VIS and SMIC-NIR show the same clips of the same people, filmed by two cameras. On a task
between them, the source holds each tested clip and other clips of its person. Here either is left
out. Without a person, the frequent classes of that person are rarer in the source, so that a method
without any information stays below 1/3.
"""

import numpy as np
import pandas as pd
from sklearn.base import clone

from ..errors import InvalidInput
from ..experiments.grids import given
from ..experiments.store import points_of
from ..protocol import Database
from ..selection.choices import best_on_target
from .metrics import confusion, mean_f1
from .uncertainty import shuffle_within

LEAVE_OUT = ("nothing", "others", "clip", "person")
ROWS = ("as released", "shuffled", "shuffled within people")


def in_their_span(*databases):
    """The databases with features in coordinates of the span of all their samples.

    There are only as many columns as samples. Inner products stay the same, so that nothing changes
    for methods that see nothing else.
    """
    X = np.vstack([database.X for database in databases])
    value, U = np.linalg.eigh(X @ X.T)
    ends = np.cumsum([len(database.y) for database in databases])
    parts = np.split(U * np.sqrt(np.maximum(value, 0)), ends[:-1])
    return tuple(Database(d.name, Z, d.y, d.subjects) for d, Z in zip(databases, parts))


def left_out_labels(
    estimator, source, target, leave_out="person", *, rows=None, equal=False, seed=0
):
    """Label each target clip, (n,), by a machine whose source lacks some clips.

    ``source`` and ``target`` hold the same n clips in the same order, with ``subjects``; others
    raise InvalidInput. The estimator is fitted once for each person (or clip), to all of the target
    without labels. ``leave_out`` is what the source lacks: all clips of the tested "person"; the
    tested "clip"; at random, as many clips of "others" as the tested person has; "nothing". With an
    order ``rows`` (n,) clip i gets the features of clip ``rows[i]`` in both databases. ``equal``
    takes of each class only as many clips, at random, as other people show of the rarest class.
    """
    for kind in ("y", "subjects"):
        one, two = getattr(source, kind), getattr(target, kind)
        if one is None or not np.array_equal(one, two):
            raise InvalidInput(
                f"expected two databases of the same clips in one order, such as SMIC_VIS and "
                f"SMIC_NIR; {kind} of {source.name} and {target.name} differ or are not known"
            )
    if leave_out not in LEAVE_OUT:
        raise InvalidInput(f"expected one of {', '.join(LEAVE_OUT)}, found {leave_out!r}")
    y, people, clips = target.y, np.asarray(target.subjects), np.arange(len(target.y))
    rng, labels = np.random.default_rng(seed), np.empty_like(y)
    Xs, Xt = (d.X if rows is None else d.X[rows] for d in (source, target))
    groups = clips if leave_out == "clip" else people
    for group in dict.fromkeys(groups.tolist()):
        test = groups == group
        train = clips if leave_out == "nothing" else clips[~test]
        if leave_out == "others":
            train = np.setdiff1d(clips, rng.choice(train, test.sum(), False))
        if equal:
            train = _equal_classes(y, train, people != people[test][0], rng)
        labels[test] = clone(estimator).fit(Xs[train], y[train], Xt).predict(Xt[test])
    return labels


def _equal_classes(y, pool, others, rng):
    """Rows of the pool, as many of each class as the smallest class has among ``others``."""
    classes = np.unique(y[pool])
    n = min((y[others] == label).sum() for label in classes)
    return np.sort(np.concatenate([rng.choice(pool[y[pool] == c], n, False) for c in classes]))


def left_out_f1(estimator, source, target, leave_out="person", **options):
    """Mean F1 of :func:`left_out_labels` (a float), with the same arguments."""
    labels = left_out_labels(estimator, source, target, leave_out, **options)
    return float(mean_f1(confusion(target.y, labels)))


def shuffled_rows(people, n_orders, seed=0, within=False):
    """Random orders of n feature rows, (n_orders, n); ``within`` people, or over all of them."""
    orders = np.tile(np.arange(len(people)), (n_orders, 1))
    return shuffle_within(orders, people if within else None, np.random.default_rng(seed))


def best_estimator(store, method, task):
    """The method with the parameters of its best point of the printed grid on a task."""
    table = store.load(method, task, "paper")
    (point,) = points_of(table.loc[[best_on_target(table).name]])
    return given(method)[0].kind(**point)


def against_shuffled(table, rows="shuffled", classes="all"):
    """Each method beside its own null, with the tested person left out: means over the tasks.

    ``table`` is that of ``benchmarks/left_out_people.py``; ``rows`` and ``classes`` choose runs of
    it. Returns a DataFrame, a row a method: ``mean_f1`` as released; ``null`` and ``null_high``,
    mean and 95th percentile with shuffled rows; ``p``, the share of shuffles (and the true order)
    that reach ``mean_f1``.
    """
    some = table[(table["leave_out"] == "person") & (table["classes"] == classes)]
    means = some.pivot_table("mean_f1", ["rows", "order"], "method", sort=False)
    observed, null = means.loc[ROWS[0]].iloc[0].rename_axis(None), means.loc[rows]
    p = (1 + (null > observed - 1e-6).sum()) / (1 + len(null))
    high = null.quantile(0.95)
    return pd.DataFrame({"mean_f1": observed, "null": null.mean(), "null_high": high, "p": p})
