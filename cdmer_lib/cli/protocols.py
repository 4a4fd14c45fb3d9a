"""Verbs that run a whole protocol on databases of one's own: ``bench``, ``loso``."""

from ..errors import InvalidInput
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
    cells = bench(load_tables(options.folder), out, methods, n_jobs=options.n_jobs)
    for method, why in cells.attrs["left_out"].items():
        print(f"left out: {method}: {why}")
    print(f"{len(cells)} cells: {out / 'report.html'}, report.md, cells.csv and LaTeX tables")


@verb(
    "loso", JOBS,
    option("folder", type=path, help="tables as for bench; for MEGC2019 the --root of features"),
    option("--protocol", default="LOSO", help="LOSO (default: all databases together) or MEGC2019"),
    option("--descriptor", default="LBP-TOP(R3P8)", help="of the features of MEGC2019"),
    option("--only", help="one database of the folder: the protocol within it"),
    option("--method", nargs="+", default=["SVM"], help="rows, default arguments (default: SVM)"),
)  # fmt: skip
def leave_one_out(options):
    """Leave one subject out: UF1, UAR and accuracy of each database."""
    from ..data import load_database
    from ..data.tables import load_tables
    from ..experiments.left_out_subjects import get_protocol, leave_subjects_out

    protocol, how = get_protocol(options.protocol), {"descriptor": options.descriptor}
    data = {name: load_database(name, options.folder, **how) for name in protocol.counts or ()}
    data = data or load_tables(options.folder)
    if options.only:
        if options.only not in data:
            raise InvalidInput(f"expected one of {', '.join(data)}, found --only {options.only}")
        data = {options.only: data[options.only]}
    for method in options.method:
        table = leave_subjects_out(method, data, protocol, n_jobs=options.n_jobs)
        print(f"{method}, {protocol.title}")
        print(table.round(4).to_string(index=False))
    for difference in table.attrs["differences"]:
        print(f"not as published: {difference}")
