"""Bootstrap, permutation and held-out labels against the plain loops, on stored sweeps."""

import numpy as np
from sklearn.base import clone
from sklearn.metrics import f1_score
from sklearn.model_selection import StratifiedKFold
from timing import pair, report, seconds

from cdmer_lib.experiments import Store
from cdmer_lib.methods import GFK
from cdmer_lib.selection.validation import held_out_labels
from cdmer_lib.statistics import confusion, mean_f1
from cdmer_lib.statistics.uncertainty import as_labels, bootstrap, permutation_maxima

FEW = 3  # replicates of the plain loops; their time is taken per replicate


def plain_bootstrap(predicted, y, n):
    rng = np.random.default_rng(0)
    for _ in range(n):
        drawn = rng.integers(0, len(y), len(y))
        scores = [f1_score(y[drawn], labels[drawn], average="macro") for labels in predicted]
        max(scores)


def plain_permutation(predicted, y, n):
    rng = np.random.default_rng(0)
    for _ in range(n):
        shuffled = rng.permutation(y)
        max(f1_score(shuffled, labels, average="macro") for labels in predicted)


def plain_counts(predicted, y, n):
    """A replicate at a time, all predictions together."""
    rng = np.random.default_rng(0)
    for _ in range(n):
        drawn = rng.integers(0, len(y), len(y))
        mean_f1(confusion(y[drawn], predicted[:, drawn])).max()


def plain_held_out(model, Xs, ys, Xt, points):
    for point in points:
        for train, test in StratifiedKFold(5).split(Xs, ys):
            clone(model).set_params(**point).fit(Xs[train], ys[train], Xt).predict(Xs[test])


if __name__ == "__main__":
    source, target = pair("V→N")
    sweep = Store("results").load("TGSR", "V->N", "paper")
    predicted, n = as_labels(sweep), 1000
    loops = "scikit-learn's f1_score in a loop over the different predictions"
    for what, fast, plain in (
        ("bootstrap, choice inside, TGSR V→N", bootstrap, plain_bootstrap),
        ("permutation maxima, TGSR V→N", permutation_maxima, plain_permutation),
    ):
        ours = seconds(lambda fast=fast: fast(sweep, target.y, n_replicates=n)) / n
        slow = seconds(lambda plain=plain: plain(predicted, target.y, FEW)) / FEW
        report(what, ours, slow, loops)
        slow = seconds(lambda: plain_counts(predicted, target.y, 50)) / 50
        report("", ours, slow, "confusion matrices, a replicate at a time")
    points = [{"k": k} for k in range(1, 71)]
    arrays = GFK(), source.X, source.y, target.X
    ours = seconds(lambda: held_out_labels(*arrays, points)) / len(points)
    slow = seconds(lambda: plain_held_out(*arrays, points[::14])) / len(points[::14])
    report("held-out labels, GFK V→N, 70 points", ours, slow, "a fit for each point and fold")
