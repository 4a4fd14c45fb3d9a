"""The grids that take hours in the papers' plain forms, and the memory that a batch of one needs.

The printed updates are timed on samples: whole fits of TGSR, where an iteration costs the same at
every point, and every fifteenth of the 15045 columns of TSRG and DRFS-T, which are independent. A
slice fits the cache better than the whole, which favours the plain form.
"""

import tracemalloc
from os import cpu_count

import numpy as np
from timing import pair, report, seconds, side_by_side

from cdmer_lib.experiments import get_grid
from cdmer_lib.methods import DRFST, TGSR, TSRG
from cdmer_lib.methods.base import one_hot
from cdmer_lib.solvers.blocks import block_columns
from cdmer_lib.solvers.plain import rstr_plain, tgsr_plain
from cdmer_lib.solvers.regeneration import Regenerator, kernel_columns

CORES = cpu_count()
EVERY = 15  # of the columns, for the plain form


class Counting(TGSR):
    """TGSR that notes the iterations of each point."""

    def _solve(self, *arguments):
        self.iterations = []
        for index, solution in super()._solve(*arguments):
            self.iterations.append(solution.n_iter)
            yield index, solution


def bench_tgsr(letters, n_batches=3, size=128):
    """Batches of random points of the printed grid, each beside a plain fit of one of them."""
    source, target = pair(letters)
    grid, rng, model = get_grid("TGSR", "paper"), np.random.default_rng(0), Counting()
    blocks, L = block_columns("authors", source.X.shape[1]), one_hot(source.y - 1)
    ours, plain, wanted, done = 0, 0, [], 0
    for _ in range(n_batches):
        points = [grid[i] for i in rng.choice(len(grid), size, replace=False)]
        ours += seconds(lambda p=points: list(model.predict_grid(source.X, source.y, target.X, p)))
        wanted += model.iterations
        found = []
        plain += seconds(
            lambda p=points, f=found: f.append(tgsr_plain(source.X, L, target.X, blocks, **p[0]))
        )
        done += len(found[0].gap)
    ours, plain = ours / len(wanted), plain / done * np.mean(wanted)
    hours, minutes = plain * len(grid) / CORES / 3600, ours * len(grid) / CORES / 60
    print(
        f"TGSR    {letters}, {len(source.y):3d} source samples: {plain / ours:6.1f} times as fast; "
        f"{len(grid)} points on {CORES} cores: {hours:.1f} h as printed, {minutes:.1f} min here",
        flush=True,
    )


def bench_regeneration(letters):
    """Points over the printed grid: every mu of one lambda shares the decomposition."""
    source, target = pair(letters)
    Ks, Kt, k = kernel_columns(source.X, target.X)
    for method, B, K in (("TSRG", source.X.T, Ks), ("DRFS-T", target.X.T, Kt)):
        some = B[::EVERY].copy()
        for lam, mu in ((0.001, 0.003), (1.0, 0.1), (1000.0, 3.0)):
            (ours,) = side_by_side(
                lambda K=K, B=B, lam=lam, mu=mu: Regenerator(K, k, lam).solve(B, mu), repeat=1
            )
            (plain,) = side_by_side(
                lambda K=K, B=some, lam=lam, mu=mu: rstr_plain(B, K, k, lam, mu), repeat=1
            )
            report(
                f"{method:7s} {letters}, {lam:<5g} {mu:<5g}",
                ours,
                plain * EVERY,
                f"{plain * EVERY:3.0f} s as printed",
            )


def bench_both_ways(letters):
    """TSRG and, on the task the other way round, DRFS-T: at once, and one after the other."""
    source, target = pair(letters)
    points = get_grid("TSRG", "paper")[3:37:11]
    there, back = (source.X, source.y, target.X), (target.X, target.y, source.X)
    at_once, one, other = side_by_side(
        lambda: list(TSRG().predict_both_ways(DRFST(), *there, target.y, points)),
        lambda: list(TSRG().predict_grid(*there, points)),
        lambda: list(DRFST().predict_grid(*back, points)),
        repeat=1,
    )
    report(f"TSRG {letters} and DRFS-T back", at_once, one + other, "one after the other")


def bench_memory(letters):
    """Largest size of all arrays (tracemalloc) in the first iterations, which later ones keep."""
    source, target = pair(letters)
    data = source.X, source.y, target.X
    few = {"max_iter": 20}
    Ks, _, k = kernel_columns(source.X, target.X)
    blocks, L = block_columns("authors", source.X.shape[1]), one_hot(source.y - 1)
    tgsr, tsrg = get_grid("TGSR", "paper")[:512], get_grid("TSRG", "paper")[:4]
    trials = {
        "TGSR, a batch of 512": lambda: list(TGSR(**few).predict_grid(*data, tgsr)),
        "Algorithm 1, one": lambda: tgsr_plain(source.X, L, target.X, blocks, 20, 0.1, **few),
        "TSRG, a batch of 4": lambda: list(TSRG(**few).predict_grid(*data, tsrg)),
        "printed updates, one": lambda: rstr_plain(source.X.T, Ks, k, 1.0, 0.1, **few),
    }
    peaks = []
    for what, call in trials.items():
        tracemalloc.start()
        call()
        peaks.append(f"{what} {tracemalloc.get_traced_memory()[1] / 1e6:.0f}")
        tracemalloc.stop()
    print(
        f"memory  {letters}, MB: features {(source.X.nbytes + target.X.nbytes) / 1e6:.0f}; "
        + "; ".join(peaks),
        flush=True,
    )


if __name__ == "__main__":
    for bench in (bench_tgsr, bench_regeneration, bench_both_ways, bench_memory):
        for letters in ("V→N", "C→V"):
            bench(letters)
