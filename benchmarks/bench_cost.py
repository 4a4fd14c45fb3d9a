"""Cost against size: seconds on made-up data and the exponent of the power law that fits them best.

Sizes double; all but one stay as they are. Iterations are fixed, so that what is left is the cost
of the algebra; the last column says which exponent that has, and why the measured one may be lower.
"""

import numpy as np
from timing import seconds

from cdmer_lib.methods import GFK, SA, TCA, TGSR
from cdmer_lib.solvers.regeneration import Regenerator, kernel_columns


def exponent(sizes, times):
    """Slope of the least-squares line through the logarithms."""
    return np.polyfit(np.log(sizes), np.log(times), 1)[0]


def scale(what, sizes, build, why):
    """Print one line; ``build(size)`` returns the call to be timed."""
    times = []
    for size in sizes:
        call = build(size)
        times.append(min(seconds(call) for _ in range(2)))
    measured = " ".join(f"{time:7.3f}" for time in times)
    span = f"{sizes[0]}..{sizes[-1]}"
    print(f"{what:18s} {span:11s} {measured}   {exponent(sizes, times):4.2f}  {why}", flush=True)


def made_up(n_s, n_t, d):
    """Xs, ys, Xt: three classes, a shift between the two."""
    rng = np.random.default_rng(0)
    y = np.arange(n_s) % 3
    return rng.normal(size=(n_s, d)) + y[:, None], y, rng.normal(size=(n_t, d)) + 0.5


def tgsr(n_s=64, d=3840, K=60, n_points=64):
    """40 iterations: a tolerance that nothing reaches."""
    data = made_up(n_s, 64, d)
    model = TGSR(blocks=K, tol=1e-300, max_iter=40)
    xis = np.geomspace(0.001, 1000, n_points)
    points = [{"kappa": 1 + i % K, "xi": xi} for i, xi in enumerate(xis)]
    return lambda: list(model.predict_grid(*data, points))


def tsrg(n=128, d=3072, n_mu=1):
    """60 iterations, single precision; the decomposition is counted once, as in a sweep."""
    Xs, _, Xt = made_up(n // 2, n // 2, d)
    Ks, _, k = kernel_columns(Xs, Xt)

    def solve():
        solver = Regenerator(Ks, k, 1.0, np.float32)
        for mu in np.linspace(0.1, 0.2, n_mu):
            solver.solve(Xs.T, mu, tol=0, max_iter=60)

    return solve


def subspace(method, all_k=False):
    def build(n):
        data = made_up(n // 2, n // 2, 4096)
        points = [{"k": k} for k in (range(1, n // 2) if all_k else [10])]
        return lambda: list(method().predict_grid(*data, points))

    return build


if __name__ == "__main__":
    print(
        "                   sizes       seconds at each size              exponent: expected, why"
    )
    scale(
        "TGSR, n_s",
        [32, 64, 128, 256],
        lambda n: tgsr(n_s=n),
        "2: products with K Gram matrices; less: elementwise work, n_s",
    )
    scale(
        "TGSR, d",
        [1920, 3840, 7680, 15360],
        lambda d: tgsr(d=d),
        "0: iterations see Gram matrices alone; more: those take d, once",
    )
    scale(
        "TGSR, K",
        [15, 30, 60, 120],
        lambda K: tgsr(K=K),
        "1: a Gram matrix a block; less: the spectra, once for all blocks",
    )
    scale(
        "TGSR, points",
        [32, 64, 128, 256],
        lambda n: tgsr(n_points=n),
        "1: each has its own iterations; less: they share the Gram matrices",
    )
    scale(
        "TSRG, n",
        [64, 128, 256, 512],
        lambda n: tsrg(n=n),
        "2: products of d n (n_s + 1); less: elementwise work, d n",
    )
    scale(
        "TSRG, d",
        [1536, 3072, 6144, 12288],
        lambda d: tsrg(d=d),
        "1: the columns are independent; less: one decomposition for all",
    )
    scale(
        "TSRG, mu of a lam",
        [1, 2, 4, 8],
        lambda m: tsrg(n_mu=m),
        "1: each has its own iterations; less: one decomposition for all",
    )
    overhead = "less: an SVM a k has a fixed cost, and n^2 d, once"
    for method, fit, sweep in (
        (SA, "2: two SVDs, n^2 d", f"4: n^2 k for each k; {overhead}"),
        (GFK, "2: two SVDs, n^2 d", f"4: an SVD of k^3 for each k; {overhead}"),
        (TCA, "3: eigenvectors, n^3; less: n^2 d", f"4: n^2 k for each k; {overhead}"),
    ):
        name, sizes = method.__name__, [64, 128, 256, 512]
        scale(f"{name}, n, a fit", sizes, subspace(method), fit)
        scale(f"{name}, n, all k", sizes, subspace(method, True), sweep)
