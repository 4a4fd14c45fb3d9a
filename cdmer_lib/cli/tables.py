"""Verbs on the papers' tables: ``table``, ``cell``, ``audit``."""

from ..errors import InvalidInput
from .options import ROOT, STORE, option, verb


@verb(
    "table", STORE,
    option("--paper", default="A", choices=["A", "B"]),
    option("--grid", help="default: the printed range where it is stored, else quick"),
    option("--headline", action="store_true", help="exact cells of each row, Markdown"),
    option("--method", nargs="*", help="rows (default: all)"),
)  # fmt: skip
def show_table(options):
    """Published cells beside ours."""
    from ..experiments import Store
    from ..report.compare import comparison, headline

    if options.headline:
        print(headline(Store(options.store)))
        return
    table = comparison(Store(options.store), options.paper, options.grid, options.method)
    print(table.to_string(index=False, na_rep="-", float_format="{:.4f}".format))


@verb(
    "cell", ROOT, STORE,
    option("--method", required=True, help="name of a row, such as TGSR"),
    option("--task", required=True, help="1..12 or letters: 'V->N'"),
    option("--again", action="store_true", help="solve its points again, however long it takes"),
)  # fmt: skip
def show_cell(options):
    """One cell: printed, ours, without target labels; solved again where that takes a second."""
    from ..experiments import Store
    from ..report.cells import describe_cell

    where = {"root": options.root, "longest": float("inf") if options.again else 1.0}
    print(describe_cell(Store(options.store), options.method, options.task, **where))


@verb(
    "audit",
    option("file", nargs="?", help="CSV of a table (default: both papers' tables)"),
    option("--later", action="store_true", help="audit the row printed later, MADTN, instead"),
    option("--leaderboard", action="store_true",
           help="audit the rows of the leaderboard, or those of the file in its form"),
    option("--counts", nargs="*", default=[], metavar="NAME=A,B,C",
           help="class counts of a target that the papers do not have"),
)  # fmt: skip
def audit_tables(options):
    """Which printed numbers are possible."""
    from ..audit.audit import as_text, audit
    from ..audit.leaderboard import audit_leaderboard
    from ..audit.table import parse_counts, read_table
    from ..report import later_cells

    if options.leaderboard and not options.later:
        table = read_table(options.file) if options.file else None
        print(as_text(audit_leaderboard(table)))
        return
    if options.file and options.later:
        raise InvalidInput(f"expected a file or --later, found both {options.file!r} and --later")
    table = later_cells() if options.later else options.file
    print(as_text(audit(table, parse_counts(options.counts) or None)))
