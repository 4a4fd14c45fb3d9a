"""The ``cdmer`` command: each verb is a call into the package."""

import argparse
import ast
import sys

from . import data
from .experiments import GRIDS, Store, best_on_target, run
from .methods import METHODS
from .report.compare import comparison, headline


def show_data(options):
    """What is present, where, verified or not; ``--download`` fetches what is absent."""
    if options.download:
        outcome = data.download()
        print(outcome.to_string(index=False))
        return int((outcome["outcome"] == "failed").any())
    print(data.describe(options.root))
    return 0


def run_sweep(options):
    """Solve what the store lacks of one sweep, and print its best point."""
    fixed = {name: _value(text) for name, text in (item.split("=", 1) for item in options.set)}
    table = run(
        options.method,
        options.task,
        options.grid,
        Store(options.store),
        root=options.root,
        n_jobs=options.jobs,
        **fixed,
    )
    print(f"best on the target of {len(table)} points:")
    print(best_on_target(table).drop(["predicted", "seconds"]).to_string())
    return 0


def _value(text):
    """An argument as typed: a number where it reads as one, else a word."""
    try:
        return ast.literal_eval(text)
    except (ValueError, SyntaxError):
        return text


def show_table(options):
    """Published cells beside the store's; ``--headline`` counts the exact ones."""
    if options.headline:
        print(headline(Store(options.store)))
        return 0
    table = comparison(Store(options.store), options.paper, options.grid, options.method)
    print(table.to_string(index=False, na_rep="-", float_format="{:.4f}".format))
    return 0


def parser():
    """The command line of ``cdmer``."""
    top = argparse.ArgumentParser(prog="cdmer", description=__doc__)
    verbs = top.add_subparsers(required=True, metavar="verb")

    verb = verbs.add_parser("data", help="what is present, where, verified; how to get the rest")
    verb.add_argument("--root", help="folder to look in first")
    verb.add_argument("--download", action="store_true", help="fetch what is absent")
    verb.set_defaults(call=show_data)

    verb = verbs.add_parser("run", help="solve what the store lacks of a sweep")
    verb.add_argument("--method", required=True, choices=METHODS)
    verb.add_argument("--task", required=True, help="1..12 or letters: 'V->N'")
    verb.add_argument(
        "--grid", default="quick", choices=sorted({g for m in GRIDS.values() for g in m})
    )
    verb.add_argument("--set", action="append", default=[], metavar="NAME=VALUE",
                      help="fix an argument of the method, e.g. blocks=facial")  # fmt: skip
    verb.add_argument("--root", help="folder to look in first for data")
    verb.add_argument("--store", default="results", help="folder of the results store")
    verb.add_argument("--jobs", type=int, default=-1, help="processes (default: all cores)")
    verb.set_defaults(call=run_sweep)

    verb = verbs.add_parser("table", help="published cells beside ours")
    verb.add_argument("--paper", default="A", choices=["A", "B"])
    verb.add_argument("--grid", default="quick")
    verb.add_argument("--headline", action="store_true", help="exact cells of each row, Markdown")
    verb.add_argument("--method", nargs="*", choices=METHODS, help="rows (default: all)")
    verb.add_argument("--store", default="results", help="folder of the results store")
    verb.set_defaults(call=show_table)
    return top


def main(arguments=None):
    """Run the command; errors of the user's input are one line, without a traceback."""
    options = parser().parse_args(arguments)
    try:
        return options.call(options)
    except (ValueError, OSError, ImportError) as error:
        print(f"cdmer: {error}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
