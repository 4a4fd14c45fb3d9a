"""The ``cdmer`` command: each verb is a call into the package."""

import argparse
import sys
from contextlib import contextmanager, nullcontext
from pathlib import Path

import pandas as pd
from joblib import parallel_config

from . import data
from .audit.audit import as_text, audit
from .audit.table import parse_counts
from .c3d.finetuning import SOURCE, finetune
from .clips import read_frames
from .data.check import check
from .data.extracted import BASELINE
from .data.layouts import find_clips
from .descriptors import EXTRACTABLE
from .descriptors.extraction import extract_database
from .errors import CdmerError
from .experiments import Store, run, run_all
from .experiments.descriptor_rows import score_descriptors
from .experiments.portable import KERNELS, THREADS, as_table, runnable_kernels, verify_everywhere
from .experiments.provenance import write_table
from .experiments.saliency import score_saliency
from .experiments.stability import mark_stable
from .experiments.store import as_typed_argument
from .experiments.verify import verify_store
from .methods import METHODS
from .protocol import DATABASES, TASKS, database_info, get_task
from .report.cells import describe_cell
from .report.compare import comparison, headline
from .report.descriptor_tables import TABLES, descriptor_comparison, printed_layout
from .selection import best_on_target
from .selection.validation import validate
from .statistics.uncertainty import cell_uncertainty
from .synthetic import synthesise


def show_data(options):
    """What is present, where, verified or not; ``--download`` fetches what is absent."""
    if options.download:
        outcome = data.download()
        print(outcome.to_string(index=False))
        return int((outcome["outcome"] == "failed").any())
    print(data.describe(options.root))
    return 0


def run_sweep(options):
    """Solve what the store lacks of one sweep, and print its best point; or of all (``--all``)."""
    store, fixed = Store(options.store), dict(as_typed_argument(text) for text in options.set)
    common = {"root": options.root, "n_jobs": options.jobs}
    with backend(options.backend, options.scheduler):
        if options.all:
            if fixed:
                raise ValueError("--all takes no --set: it completes every variant of the store")
            for method, grid, task, fixed in run_all(store, *only(options), **common):
                variant = "".join(f", {name}={value}" for name, value in fixed.items())
                print(f"complete: {method}{variant}, {task}, grid {grid}", flush=True)
            return 0
        if not (options.method and options.task):
            raise ValueError("expected --method and --task, or --all for everything")
        table = run(options.method, options.task, options.grid, store, **common, **fixed)
    print(f"best on the target of {len(table)} points:")
    print(best_on_target(table).drop(["predicted", "seconds"]).to_string())
    return 0


@contextmanager
def backend(name, scheduler):
    """Where joblib sends the batches: its own processes, or another backend such as Dask's."""
    if scheduler and name != "dask":
        raise ValueError("--scheduler ADDRESS goes with --backend dask")
    if name != "dask":
        with parallel_config(backend=name) if name else nullcontext():
            yield
        return
    try:
        from distributed import Client
    except ImportError:
        raise ImportError(
            "--backend dask needs the package distributed: pip install 'cdmer-lib[dask]'"
        ) from None
    with Client(scheduler), parallel_config(backend="dask"):
        yield


def validate_sweeps(options):
    """Record what the choices without target labels need, for one sweep or all stored ones."""
    store = Store(options.store)
    for method in [options.method] if options.method else METHODS:
        for task in [options.task] if options.task else store.tasks(method, "paper"):
            validate(method, task, store, root=options.root, n_jobs=options.jobs)
            print(f"complete: {method}, {get_task(task)}", flush=True)
    return 0


def test_points(options):
    """Record which stored points are stable, for one sweep or for all stored ones."""
    store = Store(options.store)
    for method, fixed in store.variants():
        if method != (options.method or method):
            continue
        for task in [get_task(options.task)] if options.task else TASKS:
            if store.load(method, task, **fixed) is not None:
                table = mark_stable(method, task, store, n=options.points, root=options.root,
                                    n_jobs=options.jobs, **fixed)  # fmt: skip
                count, of = table["stable"].sum(), table["stable"].notna().sum()
                variant = "".join(f", {name}={value}" for name, value in fixed.items())
                print(f"{method}{variant}, {task}: {count} of {of} points tested are stable, "
                      f"{len(table) - of} not tested", flush=True)  # fmt: skip
    return 0


def solve_again(options):
    """Solve a sample of the stored points again and count the labels that differ."""
    rows = verify_store(Store(options.store), *only(options), n=options.points,
                         n_heavy=options.heavy, seed=options.seed, root=options.root,
                         n_jobs=options.jobs)  # fmt: skip
    table = pd.DataFrame(rows)
    if table.empty:
        raise ValueError(
            f"expected printed grids in {Path(options.store).resolve()}, found none: "
            "is it the right store? cdmer run --all fills one"
        )
    print(table.to_csv(index=False) if options.csv else table.to_string(index=False))
    return int(table["differing"].any())


def solve_under_kernels(options):
    """The same under every kernel of the linear algebra that this processor can run."""
    if options.list:
        print(*runnable_kernels())
        return 0
    arguments = ["--points", options.points, "--heavy", options.heavy, "--seed", options.seed,
                 "--store", options.store]  # fmt: skip
    for name in ("method", "task", "root"):
        if getattr(options, name):
            arguments += [f"--{name}", getattr(options, name)]
    runs = []
    for table in verify_everywhere(options.kernels, options.threads, list(map(str, arguments))):
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


def only(options):
    """The methods and tasks that were chosen, each None for all."""
    return options.method and [options.method], options.task and [options.task]


def show_uncertainty(options):
    """Bootstrap and permute every stored sweep; print the table and write it."""
    store = Store(options.store)
    cells = cell_uncertainty(store, root=options.root, n_jobs=options.jobs)
    write_table(cells, store.root / "uncertainty.parquet", options.jobs)
    print(cells.to_string(index=False, na_rep="-", float_format="{:.3f}".format))
    return 0


def show_table(options):
    """Published cells beside the store's; ``--headline`` counts the exact ones."""
    if options.headline:
        print(headline(Store(options.store)))
        return 0
    table = comparison(Store(options.store), options.paper, options.grid, options.method)
    print(table.to_string(index=False, na_rep="-", float_format="{:.4f}".format))
    return 0


def show_cell(options):
    """One cell: printed, best, without labels, its deviations; its best point solved again."""
    print(describe_cell(Store(options.store), options.method, options.task, root=options.root))
    return 0


def check_folders(options):
    """Whether the clips below a folder are all there."""
    found = check(options.path, deep=options.deep, databases=databases(options))
    print(found)
    return int(not found.ok)


def make_synthetic(options):
    """Write synthetic databases in the official layouts; what is there already is kept."""
    for name in databases(options):
        synthesise(name, options.out, options.seed, n_jobs=options.jobs)
    print(f"done: {options.out}; next: cdmer descriptors --root {options.out}")
    return 0


def extract(options):
    """Extract what is missing of the databases' features."""
    how = {"n_jobs": options.jobs, "skip": options.skip, "patch": options.patch}
    how |= {"weights": options.weights, "device": options.device}
    for name in databases(options):
        files = extract_database(name, options.root, options.descriptor, options.out, **how)
        print("\n".join(map(str, files.values())))
    return 0


def score_rows(options):
    """Extract what is missing, then print Tables V and VI of paper A for these clips."""
    extract(options)
    scores = score_descriptors(options.root, options.descriptor, n_jobs=options.jobs)
    write_table(scores, options.table or Path(options.root) / "descriptors.parquet", options.jobs)
    for table in TABLES:
        print(f"\nTable {table}: mean F1 / accuracy in per cent, linear SVM, on these clips")
        print(printed_layout(descriptor_comparison(scores), table).to_string())
    return 0


def score_regions(options):
    """Compare the blocks that TGSR selects with the ground truth of synthetic databases."""
    options.descriptor = [BASELINE]
    extract(options)
    scores = score_saliency(options.root, n_jobs=options.jobs)
    write_table(scores, options.table or Path(options.root) / "saliency.parquet", options.jobs)
    means = scores.groupby(["blocks", "kappa"])[["precision", "recall", "chance"]].mean()
    print(means.loc[(slice(None), [1, 2, 5, 10, 20, 40, 85]), :].round(3).to_string())
    return 0


def fine_tune(options):
    """Fine-tune C3D on a source database, as behind Table VII."""
    clips = find_clips(options.database, options.root)
    record = finetune(
        [read_frames(clip.frames) for clip in clips], [clip.label for clip in clips],
        [clip.subject for clip in clips], options.weights, options.out, device=options.device,
        **dict(as_typed_argument(text) for text in options.set),
    )  # fmt: skip
    print(pd.DataFrame(record["history"]).to_string(index=False))
    print('next: cdmer features --root FOLDER --descriptor "C3D-FC1 (Finetune)" '
          f'"C3D-FC2 (Finetune)" --weights {Path(options.out) / "weights.pt"}')  # fmt: skip
    return 0


def databases(options):
    """Names of the databases chosen, all by default."""
    return [database_info(name).name for name in options.database or DATABASES]


def audit_tables(options):
    """What the printed tables say against themselves, or a table of one's own."""
    print(as_text(audit(options.file, parse_counts(options.counts) or None)))
    return 0


def parser():
    """The command line of ``cdmer``."""
    top = argparse.ArgumentParser(prog="cdmer", description=__doc__)
    verbs = top.add_subparsers(required=True, metavar="verb")

    stored = argparse.ArgumentParser(add_help=False)
    stored.add_argument("--root", help="folder to look in first for data")
    stored.add_argument("--store", default="results", help="folder of the results store")
    parallel = argparse.ArgumentParser(add_help=False)
    parallel.add_argument("--jobs", type=int, default=-1, help="processes (default: all cores)")

    verb = verbs.add_parser("data", help="what is present, where, verified; how to get the rest")
    verb.add_argument("--root", help="folder to look in first")
    verb.add_argument("--download", action="store_true", help="fetch what is absent")
    verb.set_defaults(call=show_data)

    verb = verbs.add_parser(
        "run", parents=[stored, parallel], help="solve what the store lacks of a sweep, or of all"
    )
    verb.add_argument("--all", action="store_true",
                      help="the printed grid of every method (or of --method, on --task), and "
                      "every variant that the store has for some task")  # fmt: skip
    verb.add_argument("--method", choices=METHODS)
    verb.add_argument("--task", help="1..12 or letters: 'V->N'")
    verb.add_argument("--grid", default="quick", help="one of the method's own (default: quick)")
    verb.add_argument("--set", action="append", default=[], metavar="NAME=VALUE",
                      help="fix an argument of the method, e.g. blocks=facial")  # fmt: skip
    verb.add_argument("--backend", help="joblib backend: loky (default), dask, ...")
    verb.add_argument("--scheduler", metavar="ADDRESS", help="of a Dask cluster, tcp://host:8786")
    verb.set_defaults(call=run_sweep)

    verb = verbs.add_parser("validate", parents=[stored, parallel],
                            help="fit again without part of the source, for choices without "
                            "target labels")  # fmt: skip
    verb.add_argument("--method", choices=METHODS, help="default: all")
    verb.add_argument("--task", help="default: every task whose printed grid is stored")
    verb.set_defaults(call=validate_sweeps)

    verb = verbs.add_parser(
        "uncertainty", parents=[stored, parallel], help="bootstrap and permute every stored sweep"
    )
    verb.set_defaults(call=show_uncertainty)

    verb = verbs.add_parser("stability", parents=[stored, parallel],
                            help="which stored points keep their labels when the last digits of "
                            "the features change")  # fmt: skip
    verb.add_argument("--method", choices=METHODS, help="default: all")
    verb.add_argument("--task", help="default: all that are stored")
    verb.add_argument("--points", type=int, metavar="N",
                      help="only N of each sweep's points, where a fit is expensive")  # fmt: skip
    verb.set_defaults(call=test_points)

    sample = argparse.ArgumentParser(add_help=False, parents=[stored])
    sample.add_argument("--method", choices=METHODS, help="default: all that are stored")
    sample.add_argument("--task", help="default: all that are stored")
    sample.add_argument("--points", type=int, default=40, help="of each sweep (default 40)")
    sample.add_argument("--heavy", type=int, default=4, metavar="POINTS",
                        help="of each sweep where a fit is expensive (default 4)")  # fmt: skip
    sample.add_argument("--seed", type=int, default=0, help="which points are drawn")

    verb = verbs.add_parser("verify", parents=[sample, parallel],
                            help="solve a sample of the stored points again")  # fmt: skip
    verb.add_argument("--csv", action="store_true", help="print the table as CSV")
    verb.set_defaults(call=solve_again)

    verb = verbs.add_parser("portable", parents=[sample], help="the same under every kernel of "
                            "OpenBLAS that this processor can run")  # fmt: skip
    verb.add_argument("--list", action="store_true", help="print the kernels that run here")
    verb.add_argument("--kernels", nargs="*", metavar="NAME", help=f"of {', '.join(KERNELS)}")
    verb.add_argument("--threads", nargs="*", type=int, default=THREADS, metavar="N")
    verb.add_argument("--table", help="CSV file to write")
    verb.set_defaults(call=solve_under_kernels)

    verb = verbs.add_parser("cell", parents=[stored],
                            help="one cell: its numbers, points and deviations; solved "
                            "again there")  # fmt: skip
    verb.add_argument("--method", choices=METHODS, required=True)
    verb.add_argument("--task", required=True, help="1..12 or letters: 'V->N'")
    verb.set_defaults(call=show_cell)

    verb = verbs.add_parser("check", help="are the clips of a licensed database all there?")
    verb.add_argument("path", help="folder of the databases, or of one")
    verb.add_argument("--database", nargs="*", help="names or letters (default: all four)")
    verb.add_argument("--deep", action="store_true", help="open every image")
    verb.set_defaults(call=check_folders)

    verb = verbs.add_parser(
        "synth", parents=[parallel], help="write synthetic databases in the official layouts"
    )
    verb.add_argument("out", help="folder to write to")
    verb.add_argument("--database", nargs="*", help="names or letters (default: all four)")
    verb.add_argument("--seed", type=int, default=0)
    verb.set_defaults(call=make_synthetic)

    from_clips = argparse.ArgumentParser(add_help=False, parents=[parallel])
    from_clips.add_argument("--root", required=True, help="folder of the databases")
    from_clips.add_argument("--database", nargs="*", help="names or letters (default: all four)")
    from_clips.add_argument("--descriptor", nargs="*", choices=EXTRACTABLE,
                            help="default: all that need no weights")  # fmt: skip
    from_clips.add_argument("--skip", action="store_true", help="leave out what cannot be read")
    from_clips.add_argument("--weights", help="file of the weights of the C3D rows")
    from_clips.add_argument("--device", default="cpu", help="of C3D: cpu, cuda, ...")
    from_clips.add_argument("--no-patch", dest="patch", action="store_false",
                            help="CASME II by its sheet alone, without sub24/EP02_07")  # fmt: skip

    verb = verbs.add_parser("features", parents=[from_clips], help="extract features from clips")
    verb.add_argument("--out", help="folder to write to (default: features below root)")
    verb.set_defaults(call=extract)

    verb = verbs.add_parser("descriptors", parents=[from_clips],
                            help="Tables V and VI for the clips of a folder")  # fmt: skip
    verb.add_argument(
        "--table", help="Parquet file to write (default: descriptors.parquet in root)"
    )
    verb.set_defaults(call=score_rows, out=None)

    verb = verbs.add_parser("audit", help="which printed numbers are possible")
    verb.add_argument("file", nargs="?", help="CSV of a table (default: both papers' tables)")
    verb.add_argument("--counts", nargs="*", default=[], metavar="NAME=A,B,C",
                      help="class counts of a target that the papers do not have")  # fmt: skip
    verb.set_defaults(call=audit_tables)

    verb = verbs.add_parser("finetune", help="fine-tune C3D on a source database (Table VII)")
    verb.add_argument("--root", required=True, help="folder of the databases")
    verb.add_argument("--database", default=SOURCE, help=f"the source (default: {SOURCE})")
    verb.add_argument("--weights", help="where to start (default: random weights, for trials)")
    verb.add_argument("--out", required=True, help="folder of checkpoint, weights and record")
    verb.add_argument("--device", default="cpu", help="cpu, cuda, ...")
    verb.add_argument("--set", action="append", default=[], metavar="NAME=VALUE",
                      help="an option, e.g. split=subject or epochs=10")  # fmt: skip
    verb.set_defaults(call=fine_tune)

    verb = verbs.add_parser("saliency", parents=[from_clips],
                            help="TGSR's blocks against the motion of synthetic clips")  # fmt: skip
    verb.add_argument("--table", help="file to write (default: ROOT/saliency.parquet)")
    verb.set_defaults(call=score_regions, out=None)

    verb = verbs.add_parser("table", help="published cells beside ours")
    verb.add_argument("--paper", default="A", choices=["A", "B"])
    verb.add_argument("--grid", help="default: the printed range where it is stored, else quick")
    verb.add_argument("--headline", action="store_true", help="exact cells of each row, Markdown")
    verb.add_argument("--method", nargs="*", choices=METHODS, help="rows (default: all)")
    verb.add_argument("--store", default="results", help="folder of the results store")
    verb.set_defaults(call=show_table)
    return top


def main(arguments=None):
    """Run the command; errors, and labels that differ from the stored ones, are one line."""
    options = parser().parse_args(arguments)
    try:
        return options.call(options)
    except (CdmerError, ValueError, OSError, ImportError) as error:
        print(f"cdmer: {error}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
