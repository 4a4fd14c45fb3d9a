"""Verbs that solve stored points again: ``verify`` here, ``portable`` under other kernels."""

from itertools import product

from .options import JOBS, SAMPLE, chosen, option, require_rows, these, verb


@verb("verify", *SAMPLE, JOBS, option("--csv", action="store_true", help="print CSV"),
      aliases=["recheck"])  # fmt: skip
def solve_again(options):
    """Solve a sample of the stored points again and count the labels that differ."""
    import pandas as pd

    from ..experiments import Store
    from ..experiments.verify import verify_store

    how = these(options, "n", "n_heavy", "seed", "root", "n_jobs")
    table = pd.DataFrame(verify_store(Store(options.store), *chosen(options), **how))
    require_rows(table, options)
    print(table.to_csv(index=False) if options.csv else table.to_string(index=False))
    return int(table["differing"].any())


@verb(
    "portable", *SAMPLE,
    option("--list", action="store_true", help="print the kernels that run here"),
    option("--kernels", nargs="*", metavar="NAME", help="default: all that run here"),
    option("--threads", nargs="*", type=int, metavar="N", help="default: 1 2"),
    option("--table", help="CSV file to write"),
)  # fmt: skip
def solve_under_kernels(options):
    """The same as verify, under every kernel of OpenBLAS that this processor can run."""
    import pandas as pd

    from ..experiments import Store
    from ..experiments.portable import as_table, own_kernel, runnable_kernels, verify_under

    if options.list:
        print(*runnable_kernels())
        return 0
    Store(options.store).found()
    passed = {"points": options.n, "heavy": options.n_heavy}
    passed |= these(options, "seed", "store", "method", "task", "root")
    arguments = [f"--{name}={value}" for name, value in passed.items() if value is not None]
    runs, kernels = [], options.kernels or dict.fromkeys([*runnable_kernels(), own_kernel()])
    for kernel, threads in product(kernels, options.threads or (1, 2)):
        table = verify_under(kernel, threads, arguments)
        runs.append(table)
        columns = ["points", "differing", "unstable", "differing_unstable"]
        points, wrong, unstable, others = table[columns].sum()
        print(f"{kernel}, threads: {threads}; {points} points, {wrong} labels of stable ones "
              f"differ; {unstable} points are not stable, {others} of their labels differ",
              flush=True)  # fmt: skip
        if options.table:
            pd.concat(runs).to_csv(options.table, index=False)
    print("\nlabels of stable points that differ, by kernel and number of threads:")
    print(as_table(runs).to_string(index=False))
    return int(any(run["differing"].any() for run in runs))
