"""Ratios of time: the package against the papers' plain forms and what a user would pick instead.

Everything is timed in one run on the released features (V→N), so only the ratios matter.
"""

from time import perf_counter

import numpy as np
from sklearn.svm import SVC

from cdmer_lib import load_database
from cdmer_lib.experiments import get_grid
from cdmer_lib.methods import GFK, METHODS, SVM, TGSR
from cdmer_lib.methods.algorithm1 import algorithm_1
from cdmer_lib.methods.base import DomainAdapter, one_hot
from cdmer_lib.methods.blocks import block_columns
from cdmer_lib.methods.gfk import flow_weights
from cdmer_lib.methods.regeneration import Regenerator, ialm_plain, kernel_columns
from cdmer_lib.methods.subspace import principal_directions


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


def bench_sweeps(source, target):
    """A whole printed grid from one factorisation, and ten points fitted anew."""
    data = source.X, source.y, target.X
    for method in ("SA", "GFK", "TCA", "TKL", "IW-SVM", "STM", "RSTR"):
        estimator = METHODS[method]()
        points = get_grid(method, "paper", len(source.y), len(target.y))[:600]
        some = points[:: max(1, len(points) // 10)]
        start = perf_counter()
        list(estimator.predict_grid(*data, points))
        middle = perf_counter()
        list(DomainAdapter.predict_grid(estimator, *data, some))
        each = (perf_counter() - middle) / len(some)
        report(
            f"{method}, {len(points)} points", middle - start, each * len(points), "a fit a point"
        )


def bench_gfk(source, target, k=20):
    """One k, with and without the 15045 x 15045 matrix G that the method's papers form."""
    Ps, Pt = (principal_directions(X)[:, :k] for X in (source.X, target.X))
    ours = seconds(lambda: GFK(k).fit(source.X, source.y, target.X).predict(target.X))

    def plain():
        U, cosine, Vt = np.linalg.svd(Ps.T @ Pt)
        theta = np.arccos(np.clip(cosine, -1, 1))
        A, L = Ps @ U, flow_weights(theta)
        E = (Pt @ Vt.T - A * cosine) / np.sin(theta)
        G = A * L[0] @ A.T + A * L[1] @ E.T + E * L[1] @ A.T + E * L[2] @ E.T
        SVC(kernel="precomputed").fit(source.X @ G @ source.X.T, source.y)

    report(f"GFK, k = {k}", ours, seconds(plain, 1), "forming G, without its SVDs and prediction")


if __name__ == "__main__":
    pair = load_database("SMIC_VIS"), load_database("SMIC_NIR")
    for bench in (bench_svm, bench_sweeps, bench_gfk, bench_tgsr, bench_regeneration):
        bench(*pair)
