"""RSTR under the conventions that paper A leaves open: which of them can its printed cells refute?

Every combination of these four is run over the whole printed grid on the six tasks without
licensed data; combinations share the kernels, the decompositions and the matrices P.

degree      1, 1.05, 1.1: exponent of the kernel of a block. Paper A names no degree; the method's
            ancestor, TTRM in the thesis behind paper A, prints 1.05.
w_step      "exact": the minimum of (13); "SLEP": what the package that the paper cites (SLEP 4.1,
            nnLeastR) has after 100 accelerated steps from 0.
misprints   as the argument of RSTR.
passes      1; 2 and 3 times P and w; "inner": w is solved within every iteration for P, as soon as
            P is not 0. More than one pass is slow, and is run on a part of the grid; 3 and "inner"
            on two tasks, and "inner" with the exact minimum only.

One row a combination and task: the points run, the best point by mean F1 (``mean_f1``,
``percent``), ``samples`` (its correct clips less the printed ones), whether it is ``exact``, the
points with the printed pair (``on_grid``) and those above the printed mean F1 (``above``), and
``ties``: pairs of point and clip whose two largest scores agree to 1e-6 of the largest. Rows with
``table`` "thesis" are TTRM's two tasks on the earlier features, over TTRM's ranges; there the best
point is chosen by accuracy and the second number is UAR (``uar``). A second table counts, for each
two combinations of one pass, the grid points at which they label some clip differently.

    python benchmarks/rstr_conventions.py   # results/rstr_conventions.csv and ..._pairs.csv

It takes about 40 minutes on one core. ``--out FILE`` writes elsewhere.
"""

import argparse
import platform
from importlib.metadata import version
from itertools import combinations, product
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.linalg import cho_factor, cho_solve

from cdmer_lib import TASKS, load_database
from cdmer_lib.methods.base import one_hot
from cdmer_lib.methods.ranges import colon
from cdmer_lib.methods.rstr import LAMBDA, MU, TAU
from cdmer_lib.report import published, thesis
from cdmer_lib.solvers.blocks import block_columns
from cdmer_lib.solvers.proximal import penalties
from cdmer_lib.solvers.regeneration import Regenerator
from cdmer_lib.solvers.region_weights import block_kernels, block_weights, selection
from cdmer_lib.statistics import accuracy, confusion, mean_f1, uar

NAMES = {"C": "CASME2", "V": "SMIC_VIS", "N": "SMIC_NIR"}
DEGREES, W_STEPS, MISPRINTS = (1.0, 1.05, 1.1), ("exact", "SLEP"), ("none", "P", "w", "both")
PRINTED = (LAMBDA, MU, TAU)
PART = (LAMBDA, colon((0.2, 0.4, 5)), colon((0.02, 0.02, 0.1)))  # for two and three passes
INNER = (LAMBDA, [0.1, 1.0, 5.0], [0.01, 0.05, 0.1])
TTRM = (LAMBDA, colon((0.1, 0.1, 2)), colon((0.01, 0.01, 0.1), (0.2, 0.1, 1)))  # its MMD: ours
SLOW = (2, 3, "inner")
SLOW_TASKS = ("N→V", "C→V")


def slep(G, q, fractions, steps=100):
    """So many accelerated projected steps on w'Gw/2 - q'w + z max(q) sum w: (K, n) for n z.

    From 0; the step is 1/L. L starts at 1, and where v'Gv <= L v'v fails it becomes the larger of
    2 L and v'Gv / v'v. With the second, the next test compares numbers that can be equal but for
    rounding, so that one more doubling, and then w after 100 steps, may depend on the machine.
    """
    lam = np.asarray(fractions) * q.max(initial=0)
    w = before = np.zeros((len(q), len(lam)))
    L, t_before, t = np.ones(len(lam)), 0.0, 1.0
    going = np.ones(len(lam), dtype=bool)  # a column that no longer moves stops
    for _ in range(steps):
        s = w + (t_before - 1) / t * (w - before)
        gradient = G @ s - q[:, None]
        trying, found = going.copy(), w.copy()
        while trying.any():
            some = np.maximum(s - (gradient + lam) / L, 0)
            found[:, trying] = some[:, trying]
            v = found - s
            size, bent = (v * v).sum(axis=0), (v * (G @ v)).sum(axis=0)
            still = trying & (size <= 1e-20)
            going &= ~still
            trying &= ~still & (bent > size * L)
            L[trying] = np.maximum(2 * L, bent / np.maximum(size, 1e-300))[trying]
        before, w = w, found
        t_before, t = t, (1 + np.sqrt(4 * t * t + 1)) / 2
    return w


def exact(G, q, fractions):
    return np.stack([block_weights(G, q, z) for z in fractions], axis=1)


STEP = {"exact": exact, "SLEP": slep}


class Pair:
    """Source and target of a task, with the kernels of the blocks."""

    def __init__(self, source, target):
        X, self.n_s, self.truth = np.vstack([source.X, target.X]), len(source.X), target.y
        self.classes, codes = np.unique(source.y, return_inverse=True)
        self.L = one_hot(codes).T
        self.linear = block_kernels(X, X, block_columns("authors", X.shape[1]))

    def use(self, degree):
        K = self.linear**degree
        self.Ks, self.Kt = K[:, :, : self.n_s], K[:, :, self.n_s :]
        self.k, self.ones = self.Ks.mean(axis=2) - self.Kt.mean(axis=2), np.ones(len(K))

    def solver(self, w, gamma):
        return Regenerator(np.tensordot(w, self.Ks, 1), w @ self.k, gamma)

    def form(self, P, gamma):
        return selection(P, self.Ks, self.k, self.L, gamma)

    def scores(self, P, W):
        """(n, n_t, c) for the columns of W (K, n)."""
        return np.tensordot(W.T, P.T @ self.Kt, 1).transpose(0, 2, 1)

    def one_pass(self, degree, grid):
        """(w_step, misprints) -> scores of every point, gamma slowest, lambda fastest."""
        self.use(degree)
        gammas, mus, lams = grid
        found = {key: [] for key in product(W_STEPS, MISPRINTS)}
        solved, kept = {}, {}
        for gamma, (misprints, root) in product(gammas, zip(MISPRINTS, (0, 1, 0, 1), strict=True)):
            of_P = round(np.sqrt(gamma) if root else gamma, 9)
            of_w = 1.0 if misprints in ("w", "both") else gamma
            for mu in mus:
                if (of_P, mu) not in solved:
                    if of_P not in kept:
                        kept[of_P] = self.solver(self.ones, of_P)
                    solved[of_P, mu] = kept[of_P].solve(self.L, mu)[0]
                P = solved[of_P, mu]
                G, q = self.form(P, of_w)
                W = {name: STEP[name](G, q, lams) for name in W_STEPS}
                both = self.scores(P, np.hstack(list(W.values())))
                for name, part in zip(W_STEPS, np.split(both, 2), strict=True):
                    found[name, misprints].append(part)
        return {key: np.concatenate(parts) for key, parts in found.items()}

    def passes(self, n, w_step, root, grid):
        """Scores of every point after n passes; ``root``: sqrt(gamma) in the update of P."""
        scores = []
        for gamma, mu in product(*grid[:2]):
            of_P = np.sqrt(gamma) if root else gamma
            first = self.solver(self.ones, of_P).solve(self.L, mu)[0]
            W = STEP[w_step](*self.form(first, gamma), grid[2])
            for w, lam in zip(W.T, grid[2], strict=True):
                for _ in range(1, n):
                    P = self.solver(w, of_P).solve(self.L, mu)[0]
                    w = STEP[w_step](*self.form(P, gamma), [lam])[:, 0]
                scores.append(self.scores(P, w[:, None]))
        return np.concatenate(scores)

    def inner(self, root, grid):
        """Scores of every point where w is solved within each iteration for P."""
        scores = []
        for gamma, mu, lam in product(*grid):
            of_P, w = np.sqrt(gamma) if root else gamma, self.ones
            P = T = np.ones((self.Ks.shape[1], len(self.L)))
            for kappa in penalties(1e-3, 1.1, 1e15, 1000):
                K, k = np.tensordot(w, self.Ks, 1), w @ self.k
                A = K @ K.T + of_P * np.outer(k, k) + kappa / 2 * np.eye(len(K))
                Q = cho_solve(cho_factor(A), K @ self.L.T + (T + kappa * P) / 2)
                V = Q - T / kappa
                P = V - np.clip(V, -mu / kappa, mu / kappa)
                T = T + kappa * (P - Q)
                if P.any():
                    G, q = self.form(P, gamma)
                    w = block_weights(G, q, lam) if q.max() > 0 else w
                if np.abs(P - Q).max() < 1e-8:
                    break
            scores.append(self.scores(P, w[:, None]))
        return np.concatenate(scores)

    def described(self, scores, f1, percent, uar_percent):
        """Labels (n, n_t), and what the table says of them against the printed cell."""
        labels = self.classes[scores.argmax(axis=2)]
        matrices = confusion(self.truth, labels)
        of_f1, right, recall = mean_f1(matrices).round(12), accuracy(matrices), uar(matrices)
        if uar_percent is None:
            equal = (of_f1.round(4) == f1) & ((100 * right).round(2) == percent)
            best, above = of_f1.argmax(), (of_f1.round(4) > f1).sum()
        else:
            equal = thesis.printed_so(right, recall, percent, uar_percent)
            best = np.lexsort((-recall.round(12), -right.round(12)))[0]
            above = ((100 * right).round(2) > percent).sum()
        ahead = np.diff(np.sort(scores, axis=2)[..., -2:], axis=2)[..., 0]
        ties = (ahead < 1e-6 * np.abs(scores).max(axis=(1, 2))[:, None]).sum()
        return labels, {
            "points": len(labels), "mean_f1": round(float(of_f1[best]), 4),
            "percent": round(100 * float(right[best]), 2),
            "uar": round(100 * float(recall[best]), 2),
            "samples": round((right[best] - percent / 100) * len(self.truth)),
            "exact": bool(equal[best]), "on_grid": int(equal.sum()), "above": int(above),
            "ties": int(ties),
        }  # fmt: skip


def tasks_of(table):
    """(letters, Pair, the printed cell) of the tasks of paper A ("A") or of the thesis."""
    earlier = table == "thesis"
    cells = published.thesis_cells() if earlier else published.published_cells(paper="A")
    cells = cells[cells["method"] == ("TTRM+ASSM" if earlier else "RSTR")].set_index("experiment")
    letters, extra = ("VN", {"version": "earlier"}) if earlier else ("CVN", {})
    data = {letter: load_database(NAMES[letter], **extra) for letter in letters}
    for task in TASKS:
        source, target = task.letters[0], task.letters[-1]
        if source in data and target in data:
            cell = cells.loc[str(task.number)]
            printed = (np.nan, cell["war_percent"], cell["uar_percent"]) if earlier else (
                cell["mean_f1"], cell["accuracy_percent"], None)  # fmt: skip
            yield task.letters, Pair(data[source], data[target]), printed


def measure(tasks=None, slow=True):
    """The two tables."""
    rows, differing = [], {}
    for table in ("A", "thesis"):
        for letters, pair, printed in tasks_of(table):
            if tasks and letters not in tasks:
                continue
            kept = {}
            for degree in DEGREES:
                grid = PRINTED if table == "A" else TTRM
                runs = {(1, *key): s for key, s in pair.one_pass(degree, grid).items()}
                if slow and table == "A" and degree < 1.1:
                    several = SLOW if letters in SLOW_TASKS else SLOW[:1]
                    for n, w_step, m in product(several, W_STEPS, MISPRINTS[:2]):
                        if n != "inner":
                            runs[n, w_step, m] = pair.passes(n, w_step, m == "P", PART)
                        elif w_step == "exact":
                            runs[n, w_step, m] = pair.inner(m == "P", INNER)
                for (n, w_step, m), scores in runs.items():
                    labels, row = pair.described(scores, *printed)
                    about = {"table": table, "degree": degree, "w_step": w_step, "misprints": m}
                    rows.append(about | {"passes": n, "task": letters} | row)
                    print(*rows[-1].values(), flush=True)
                    if n == 1:
                        kept[degree, w_step, m] = labels
            if table == "A":
                for two in combinations(kept, 2):
                    unequal = kept[two[0]] != kept[two[1]]
                    count = differing.setdefault(two, np.zeros(3))
                    count += unequal.any(axis=1).sum(), unequal.sum(), unequal.size
    names = ["degree", "w_step", "misprints"]
    columns = names + [f"other_{name}" for name in names]
    pairs = pd.DataFrame([(*a, *b) for a, b in differing], columns=columns)
    counts = np.array(list(differing.values()))
    pairs["points_differ"] = counts[:, 0].astype(int)
    pairs["labels_differ"] = (counts[:, 1] / counts[:, 2]).round(6)
    return pd.DataFrame(rows), pairs


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", default="results/rstr_conventions.csv")
    parser.add_argument("--task", action="append", help="letters, V→N; all where it is not given")
    parser.add_argument("--quick", action="store_true", help="one pass alone")
    options = parser.parse_args()
    out = Path(options.out)
    paths = out, out.with_stem(out.stem + "_pairs")
    for table, path in zip(measure(options.task, not options.quick), paths, strict=True):
        table["numpy"], table["scipy"] = np.__version__, version("scipy")
        table["python"] = platform.python_version()
        table.to_csv(path, index=False, lineterminator="\n")


if __name__ == "__main__":
    main()
