"""Bootstrap, permutation and held-out labels beside the plain loops, a replicate or a fit each."""

from pathlib import Path

import numpy as np
from sklearn.base import clone
from sklearn.metrics import f1_score
from sklearn.model_selection import StratifiedKFold
from timing import Form, compare, made_up, pair

from cdmer_lib import Database, Task
from cdmer_lib.experiments import Store, sweep
from cdmer_lib.methods import GFK
from cdmer_lib.selection.validation import held_out_labels
from cdmer_lib.statistics import confusion, mean_f1
from cdmer_lib.statistics.uncertainty import as_labels, bootstrap, permutation_maxima

ROOT = Path(__file__).parents[1]
FEW = 3  # replicates of the plain loops


def with_replacement(rng, y, labels):
    drawn = rng.integers(0, len(y), len(y))
    return y[drawn], labels[:, drawn]


def shuffled(rng, y, labels):
    return rng.permutation(y), labels


def resampled(what, fast, draw, table, y, n, tiny):
    """``draw(rng, y, labels)`` makes the true labels and the predictions of one replicate."""
    predicted, rng = as_labels(table), np.random.default_rng(0)

    def ours():
        fast(table, y, n_replicates=n)

    def plain():
        for _ in range(10 * FEW):
            mean_f1(confusion(*draw(rng, y, predicted))).max()

    def peer():
        for _ in range(FEW):
            true, found = draw(rng, y, predicted)
            max(f1_score(true, labels, average="macro") for labels in found)

    others = [
        Form("plain", plain, "a replicate at a time", units=10 * FEW),
        Form("peer", peer, "f1_score, a prediction at a time", "scikit-learn", FEW),
    ]
    ours = {"replicate": Form("ours", ours, "", "cdmer-lib", n)}
    return compare("statistics", what, f"{len(predicted)} x {len(y)}", ours, others, tiny)


def held_out(Xs, ys, Xt, points, tiny):
    some = points[::14]

    def loop():
        for point in some:
            for train, test in StratifiedKFold(3).split(Xs, ys):
                clone(GFK()).set_params(**point).fit(Xs[train], ys[train], Xt).predict(Xs[test])

    def fast():
        held_out_labels(GFK(), Xs, ys, Xt, points, n_folds=3)

    ours = {"point": Form("ours", fast, "", "cdmer-lib", len(points))}
    others = [Form("plain", loop, "a fit for each point and fold", units=len(some))]
    size = f"{len(Xs)}+{len(Xt)} x {Xs.shape[1]}"
    return compare("statistics", "held-out labels, GFK", size, ours, others, tiny)


def jobs(tiny=False):
    """(label, function without arguments that yields rows) of each statistic."""
    if tiny:
        (Xs, ys, Xt), points = made_up(15, 14, 20), [{"k": k} for k in range(1, 5)]
        y, data = np.arange(14) % 3 + 1, {"A": Database("A", Xs, ys + 1)}
        data["B"] = Database("B", Xt, y)
        table = sweep("GFK", Task(1, "A", "B"), points, data, progress=False, predictions=True)
    else:
        source, target = pair("V→N")
        (Xs, ys, Xt), y = (source.X, source.y, target.X), target.y
        points = [{"k": k} for k in range(1, 71)]
        table = Store(ROOT / "results").load("TGSR", "V->N", "paper")
    n, of = 20 if tiny else 1000, (table, y)
    kinds = {
        "bootstrap": (bootstrap, with_replacement),
        "permutation maxima": (permutation_maxima, shuffled),
    }
    found = [
        (what, lambda what=what, how=how: resampled(what, *how, *of, n, tiny))
        for what, how in kinds.items()
    ]
    return [*found, ("held-out labels", lambda: held_out(Xs, ys, Xt, points, tiny))]
