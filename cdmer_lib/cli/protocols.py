"""The verb ``loso``: leave one subject out, within a database or across several."""

from .options import JOBS, option, path, verb


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
    from ..errors import InvalidInput
    from ..experiments.left_out_subjects import get_protocol, leave_subjects_out

    protocol = get_protocol(options.protocol)
    if protocol.counts:
        data = {
            name: load_database(name, options.folder, descriptor=options.descriptor)
            for name in protocol.counts
        }
    else:
        data = load_tables(options.folder)
    if options.only:
        if options.only not in data:
            raise InvalidInput(f"expected one of {', '.join(data)}, found --only {options.only}")
        data = {options.only: data[options.only]}
    for method in options.method:
        table = leave_subjects_out(method, data, protocol, n_jobs=options.jobs)
        print(f"{method}, {protocol.title}")
        print(table.round(4).to_string(index=False))
    for difference in table.attrs["differences"]:
        print(f"not as published: {difference}")
