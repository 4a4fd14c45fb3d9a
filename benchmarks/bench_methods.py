"""Ratios of time: the package against the papers' plain forms and what a user would pick instead.

Everything is timed in one run on the released features (V→N), so only the ratios matter.
"""

from time import perf_counter

import numpy as np
from sklearn.svm import SVC

from cdmer_lib import load_database
from cdmer_lib.experiments import get_grid
from cdmer_lib.methods import SVM, TGSR
from cdmer_lib.methods.algorithm1 import algorithm_1
from cdmer_lib.methods.base import one_hot
from cdmer_lib.methods.blocks import block_columns
from cdmer_lib.methods.regeneration import Regenerator, ialm_plain, kernel_columns


def seconds(call, repeat=3):
    """Shortest of ``repeat`` runs."""
    times = []
    for _ in range(repeat):
        start = perf_counter()
        call()
        times.append(perf_counter() - start)
    return min(times)


def report(what, ours, other, against):
    print(f"{what:34s} {other / ours:7.1f} times faster than {against}")


def bench_svm(source, target):
    ours = seconds(lambda: SVM().fit(source.X, source.y).predict(target.X))
    user = seconds(lambda: SVC(kernel="linear").fit(source.X, source.y).predict(target.X))
    report("SVM, from the Gram matrix", ours, user, "scikit-learn's SVC on the features")


def bench_tgsr(source, target):
    """A random sample of the printed grid: side by side, and one by one as printed."""
    rng = np.random.default_rng(0)
    grid = get_grid("TGSR", "paper")
    points = [grid[i] for i in rng.choice(len(grid), 64, replace=False)]
    blocks, L = block_columns("authors", source.X.shape[1]), one_hot(source.y - 1, 3)
    ours = seconds(lambda: list(TGSR().predict_grid(source.X, source.y, target.X, points)), 1)

    def plain():
        for point in points[:8]:
            algorithm_1(source.X, L, target.X, blocks, **point)

    other = seconds(plain, 1) * len(points) / 8
    report("TGSR, 64 points of the grid", ours, other, "Algorithm 1 point by point")


def bench_regeneration(source, target):
    """1536 of the 15045 columns of TSRG."""
    Ks, _, k = kernel_columns(source.X, target.X)
    B = source.X.T[:1536]
    other = seconds(lambda: ialm_plain(B, Ks, k, 0.01, 0.2), 1)
    for dtype in (np.float64, np.float32):
        ours = seconds(lambda dtype=dtype: Regenerator(Ks, k, 0.01, dtype).solve(B, 0.2), 1)
        report(f"TSRG, {dtype.__name__}", ours, other, "the printed updates in float64")


if __name__ == "__main__":
    pair = load_database("SMIC_VIS"), load_database("SMIC_NIR")
    for bench in (bench_svm, bench_tgsr, bench_regeneration):
        bench(*pair)
