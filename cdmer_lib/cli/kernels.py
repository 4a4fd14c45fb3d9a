"""Verbs that solve stored points again: ``verify`` here, ``portable`` under other kernels."""

from .options import JOBS, SAMPLE, chosen, option, verb


@verb("verify", *SAMPLE, JOBS, option("--csv", action="store_true", help="print CSV"),
      aliases=["recheck"])  # fmt: skip
def solve_again(options):
    """Solve a sample of the stored points again and count the labels that differ."""
    import pandas as pd

    from ..experiments import Store
    from ..experiments.verify import verify_store

    rows = verify_store(Store(options.store), *chosen(options), n=options.points,
                        n_heavy=options.heavy, seed=options.seed, root=options.root, n_jobs=options.jobs)  # fmt: skip
    table = pd.DataFrame(rows)
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
    from ..experiments.portable import THREADS, as_table, runnable_kernels, verify_everywhere

    if options.list:
        print(*runnable_kernels())
        return 0
    Store(options.store).printed(*chosen(options))
    arguments = ["--points", options.points, "--heavy", options.heavy, "--seed", options.seed,
                 "--store", options.store]  # fmt: skip
    for name in ("method", "task", "root"):
        if getattr(options, name):
            arguments += [f"--{name}", getattr(options, name)]
    runs, arguments = [], list(map(str, arguments))
    for table in verify_everywhere(options.kernels, options.threads or THREADS, arguments):
        runs.append(table)
        kernel, threads = table[["kernel", "threads"]].iloc[0]
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
