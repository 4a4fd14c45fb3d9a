"""IW-SVM under the conventions that the papers leave open: which of them do printed cells refute?

Paper A's row IW-SVM (six tasks without licensed data) and the rows uLSIF and KMM of the thesis
behind it (two tasks, earlier features) are held against every convention of ``ULSIF`` and ``KMM``,
uLSIF over the whole printed range of lambda. The thesis's rows SVM and KLIEP, which have no
parameter, are held against ``MACHINES``. No convention is chosen task by task.

One row a table, convention and task: the points run, the best point (``mean_f1``, ``percent``,
``uar``; by mean F1 in paper A, by accuracy in the thesis), ``samples`` (its correct clips less the
printed ones), whether it is ``exact``, the points with the printed pair (``on_grid``), and those
above the printed score (``above``).

    python benchmarks/iw_svm_conventions.py   # results/iw_svm_conventions.csv

It takes about 20 minutes on one core. ``--out FILE`` writes elsewhere, ``--task`` runs one task.
"""

import argparse
import platform
from functools import cached_property
from importlib.metadata import version
from itertools import product
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.metrics.pairwise import cosine_similarity, euclidean_distances
from sklearn.svm import LinearSVC

from cdmer_lib import TASKS, load_database
from cdmer_lib.methods.iw_svm import LAMBDA
from cdmer_lib.report import published, thesis
from cdmer_lib.solvers.density_ratio import kliep, mean_matching
from cdmer_lib.solvers.gram_svm import OneVsRest, gram_svm
from cdmer_lib.solvers.squared_hinge import SquaredHingeSVM
from cdmer_lib.statistics import accuracy, confusion, mean_f1, uar

NAMES = {"C": "CASME2", "V": "SMIC_VIS", "N": "SMIC_NIR"}
LAMBDAS = np.unique(LAMBDA)
WIDTHS = np.logspace(-3, 1, 9)  # those of the public code of uLSIF's author

# What is not named is the first line's.
PLAIN = {"kernel": "linear", "centres": "target", "clip": "alpha", "means": True, "relative": 0.0,
         "weights": "raw", "machine": "ovr"}  # fmt: skip
CHANGES = {
    "one-vs-one votes": {"machine": "ovo"},
    "squared hinge": {"machine": "squared hinge"},
    "the ratio clipped, not alpha": {"clip": "ratio"},
    "centres: the source": {"centres": "source"},
    "centres: source and target": {"centres": "both"},
    "centres: 100 of the target, seed 0": {"centres": "100"},
    "sums in H and h, not means": {"means": False},
    "relative ratio, 0.1": {"relative": 0.1},
    "relative ratio, 0.5": {"relative": 0.5},
    "weights of mean 1": {"weights": "mean 1"},
    "roots of the weights": {"weights": "root"},
    "the inverse of the ratio source / target": {"weights": "inverse"},
}
KERNELS = {
    "linear + 1": "linear + 1",
    "(linear + 1)^2": "(linear + 1)^2",
    "cosine": "cosine",
    "Gaussian, sigma 1": 1.0,
    "Gaussian, sigma 3": 3.0,
    "Gaussian, sigma 10": 10.0,
    "Gaussian, median distance": "median",
    "Gaussian, width left one out at each lambda": "left out",
}
OF_GAUSSIANS = ("the ratio clipped, not alpha", "weights of mean 1", "centres: source and target")
ULSIF = {"as the package": PLAIN}
ULSIF |= {name: PLAIN | change for name, change in CHANGES.items()}
ULSIF |= {name: PLAIN | {"kernel": kernel} for name, kernel in KERNELS.items()}
ULSIF |= {
    f"{name}; {change}": PLAIN | {"kernel": KERNELS[name]} | CHANGES[change]
    for name in ("Gaussian, sigma 3", "Gaussian, median distance")
    for change in OF_GAUSSIANS
}
# Machines for rows with known weights
MACHINES = ("ovr", "ovo", "squared hinge", "no offset", "penalised offset")
UPPER, SLACK = (1.0, 10.0, 1000.0), ("root", "upper", "none")  # of KMM's weights and of their sum
KMM = {
    f"{kernel}; at most {upper:g}; slack {slack}; {weights}": (kernel, upper, slack, weights)
    for kernel, upper, slack, weights in product(
        ("linear", *(k for k in KERNELS if "left" not in k)), UPPER, SLACK,
        ("raw", "mean 1", "root"),
    )
}  # fmt: skip
CONVENTIONS = {"IW-SVM": ULSIF, "uLSIF": ULSIF, "KMM": KMM}
CONVENTIONS |= {row: {machine: machine for machine in MACHINES} for row in ("SVM", "KLIEP")}


class Pair:
    """Source and target of a task, the printed pair of numbers, and kernels of all samples."""

    def __init__(self, source, target):
        self.X, self.n_s, self.truth = np.vstack([source.X, target.X]), len(source.X), target.y
        _, first = np.unique(source.y, return_index=True)
        self.classes = source.y[np.sort(first)]  # in order of first appearance, as LIBSVM has them
        self.codes = (source.y[:, None] == self.classes).argmax(axis=1)
        self.linear, self.squared = self.X @ self.X.T, euclidean_distances(self.X, squared=True)

    @cached_property
    def median(self):
        return np.sqrt(np.median(self.squared[np.triu_indices(len(self.X), 1)]))

    @cached_property
    def coordinates(self):
        """Coordinates of all samples with the inner products of the features: (n, n)."""
        e, V = np.linalg.eigh(self.linear)
        return V * np.sqrt(np.maximum(e, 0))

    def kernel(self, name):
        """All samples with all, (n_s + n_t, n_s + n_t); a number is a Gaussian's sigma."""
        if name == "cosine":
            return cosine_similarity(self.X)
        if name in ("linear", "linear + 1", "(linear + 1)^2"):
            return (self.linear + (name != "linear")) ** (2 if "^2" in name else 1)
        return np.exp(-self.squared / (2 * (self.median if name == "median" else name) ** 2))

    def centres(self, name):
        all_of = np.arange(len(self.X))
        source, target = np.split(all_of, [self.n_s])
        if name == "100":
            return np.random.default_rng(0).permutation(target)[:100]
        return {"source": source, "target": target, "both": all_of}[name]

    def ulsif(self, *, kernel, centres, clip, means, relative, weights, machine):
        """Weights (m, n_s) of all lambda."""
        at, flip = self.centres(centres), weights == "inverse"
        parts = []
        for width in WIDTHS if kernel == "left out" else [kernel]:
            Phi_s, Phi_t = np.split(self.kernel(width)[:, at], [self.n_s])
            near, far = (Phi_s, Phi_t) if flip else (Phi_t, Phi_s)
            H = (1 - relative) * far.T @ far / (len(far) if means else 1)
            H += relative * near.T @ near / (len(near) if means else 1)
            alpha = ridge(H, near.mean(axis=0) if means else near.sum(axis=0), LAMBDAS)
            alpha = np.maximum(alpha, 0) if clip == "alpha" else alpha
            score = left_out(far, near, LAMBDAS) if kernel == "left out" else np.zeros(len(alpha))
            parts.append((score, np.maximum(alpha @ Phi_s.T, 0)))
        best = np.argmin([score for score, _ in parts], axis=0)
        w = np.array([parts[k][1][i] for i, k in enumerate(best)])
        return changed(w, weights)

    def kmm(self, kernel, upper, slack, weights):
        """Weights (1, n_s)."""
        K = self.kernel(KERNELS.get(kernel, kernel))[: self.n_s]
        n = self.n_s
        slack = {"root": None, "upper": upper / np.sqrt(n), "none": 0.0}[slack]
        f = -n * K[:, n:].mean(axis=1)
        return changed(mean_matching(K[:, :n], f, upper=upper, slack=slack)[None], weights)

    def weights(self, row, convention):
        """Weights (m, n_s) and the machine of a row under a convention."""
        if row in ("SVM", "KLIEP"):
            K = self.linear[:, self.n_s :]
            w = np.ones(self.n_s) if row == "SVM" else kliep(*np.split(K, [self.n_s]))
            return w[None], convention
        if row == "KMM":
            return self.kmm(*convention), "ovr"
        return self.ulsif(**convention), convention["machine"]

    def labels(self, w, machine="ovr"):
        """Labels (n_t,) of the target by the machine with weights w (n_s,)."""
        K, rows = self.linear[: self.n_s, : self.n_s], self.linear[self.n_s :, : self.n_s]
        if machine in ("no offset", "penalised offset"):
            Z, new = np.split(self.coordinates, [self.n_s])
            svm = LinearSVC(loss="hinge", dual=True, tol=1e-6, max_iter=1_000_000, random_state=0,
                            fit_intercept=machine == "penalised offset")  # fmt: skip
            return self.classes[svm.fit(Z, self.codes, w).predict(new)]
        if machine == "squared hinge":
            fitted = OneVsRest(lambda K, y: SquaredHingeSVM(K, y, w), K, self.codes)
        else:
            fitted = gram_svm(K, self.codes, 1.0, machine, w)
        return self.classes[fitted.predict(rows)]

    def described(self, W, machine, f1, percent, uar_percent):
        """What the table says of weights (m, n_s) against the printed cell."""
        kept = {}
        for w in W:
            kept.setdefault(w.tobytes(), w)
        known = {key: self.labels(w, machine) for key, w in kept.items() if w.any()}
        counted = [known[w.tobytes()] for w in W if w.any()]
        if not counted:
            return {"points": 0}
        matrices = confusion(self.truth, np.array(counted))
        of_f1, right, recall = mean_f1(matrices).round(12), accuracy(matrices), uar(matrices)
        if uar_percent is None:
            equal = (of_f1.round(4) == f1) & ((100 * right).round(2) == percent)
            best, above = of_f1.argmax(), of_f1.round(4) > f1
        else:
            equal = thesis.printed_so(right, recall, percent, uar_percent)
            best = np.lexsort((-recall.round(12), -right.round(12)))[0]
            above = (100 * right).round(2) > percent
        return {
            "points": len(counted), "mean_f1": round(float(of_f1[best]), 4),
            "percent": round(100 * float(right[best]), 2),
            "uar": round(100 * float(recall[best]), 2),
            "samples": round((right[best] - percent / 100) * len(self.truth)),
            "exact": bool(equal[best]), "on_grid": int(equal.sum()), "above": int(above.sum()),
        }  # fmt: skip


def ridge(H, h, lam):
    """(H + lam I)^-1 h for all lam (m,): (m, b)."""
    e, V = np.linalg.eigh(H)
    return (V.T @ h / (e + lam[:, None])) @ V.T


def left_out(far, near, lam):
    """Score of uLSIF, each time without one sample of either side: (m,) for lam (m,).

    mean ratio(far)^2 / 2 - mean ratio(near), where pair i of the first min(n) samples is left out
    of the fit that scores it (Kanamori et al., JMLR 2009, in closed form).
    """
    n_far, n_near = len(far), len(near)
    n = min(n_far, n_near)
    H, h = far.T @ far / n_far, near.mean(axis=0)
    X, Y = far[:n].T, near[:n].T
    e, V = np.linalg.eigh(H)
    VX, VY, Vh = V.T @ X, V.T @ Y, V.T @ h
    scores = []
    for d in 1 / (e + lam[:, None] * (n_far - 1) / n_far):
        BX = VX * d[:, None]
        rest = n_far - (VX * BX).sum(axis=0)
        B0 = (Vh * d)[:, None] + BX * ((Vh * d) @ VX / rest)
        B1 = VY * d[:, None] + BX * ((VY * BX).sum(axis=0) / rest)
        A = np.maximum(V @ (n_near * B0 - B1) * (n_far - 1) / (n_far * (n_near - 1)), 0)
        scores.append(((X * A).sum(axis=0) ** 2).mean() / 2 - (Y * A).sum(axis=0).mean())
    return np.array(scores)


def changed(w, how):
    """The weights (m, n) as the machine takes them."""
    size = w.mean(axis=1, keepdims=True)
    if how == "mean 1":
        return np.divide(w, size, out=np.zeros_like(w), where=size > 0)
    if how == "inverse":
        return np.divide(1, w, out=np.zeros_like(w), where=w > 0)
    return np.sqrt(w) if how == "root" else w


def tasks_of(table):
    """(letters, Pair, {row: printed cell}) of the tasks of paper A ("A") or of the thesis."""
    earlier = table == "thesis"
    cells = published.thesis_cells() if earlier else published.published_cells(paper="A")
    cells = cells.set_index(["method", "experiment"])
    letters, extra = ("VN", {"version": "earlier"}) if earlier else ("CVN", {})
    data = {letter: load_database(NAMES[letter], **extra) for letter in letters}
    for task in TASKS:
        source, target = task.letters[0], task.letters[-1]
        if source in data and target in data:
            printed = {}
            for row in ("SVM", "KLIEP", "KMM", "uLSIF") if earlier else ("IW-SVM",):
                cell = cells.loc[row, str(task.number)]
                printed[row] = (
                    (np.nan, cell["war_percent"], cell["uar_percent"]) if earlier
                    else (cell["mean_f1"], cell["accuracy_percent"], None)
                )  # fmt: skip
            yield task.letters, Pair(data[source], data[target]), printed


def measure(tasks=None):
    """The table, a row a convention and task."""
    rows = []
    for table in ("thesis", "A"):
        for letters, pair, printed in tasks_of(table):
            if tasks and letters not in tasks:
                continue
            for row, cell in printed.items():
                for name, convention in CONVENTIONS[row].items():
                    about = {"table": table, "row": row, "convention": name, "task": letters}
                    rows.append(about | pair.described(*pair.weights(row, convention), *cell))
                    print(*rows[-1].values(), flush=True)
    return pd.DataFrame(rows)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", default="results/iw_svm_conventions.csv")
    parser.add_argument("--task", action="append", help="letters, V→N; all where it is not given")
    options = parser.parse_args()
    table = measure(options.task)
    table["numpy"], table["scipy"] = np.__version__, version("scipy")
    table["scikit-learn"], table["python"] = version("scikit-learn"), platform.python_version()
    table.to_csv(Path(options.out), index=False, lineterminator="\n")


if __name__ == "__main__":
    main()
