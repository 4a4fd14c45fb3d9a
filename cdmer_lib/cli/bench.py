"""The verb ``bench``: the whole protocol on databases of one's own."""

from .options import JOBS, option, own_method, path, verb


@verb(
    "bench", JOBS,
    option("folder", type=path, help="databases: NAME.npz or NAME.csv each"),
    option("--out", type=path, help="folder of report and results (default: FOLDER/report)"),
    option("--method", nargs="*",
           help="rows, or your own as FILE.py:NAME (default: all that take seconds to minutes)"),
)  # fmt: skip
def run_bench(options):
    """Every method on every ordered pair of databases of your own, and a report."""
    from ..data.tables import load_tables
    from ..report.bench import bench

    out = options.out or options.folder / "report"
    methods = [own_method(text) for text in options.method or ()]
    cells = bench(load_tables(options.folder), out, methods, n_jobs=options.jobs)
    for method, why in cells.attrs["left_out"].items():
        print(f"left out: {method}: {why}")
    print(f"{len(cells)} cells: {out / 'report.html'}, report.md, cells.csv and LaTeX tables")
