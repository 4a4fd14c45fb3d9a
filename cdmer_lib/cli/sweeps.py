"""Verbs that fill the store: ``run``, ``validate``, ``uncertainty``, ``stability``."""

from contextlib import contextmanager, nullcontext
from importlib import import_module
from itertools import product

from ..errors import InvalidInput, PackageMissing
from .options import (
    JOBS,
    ROOT,
    SET,
    STORE,
    SWEEP,
    chosen,
    fixed_arguments,
    named,
    option,
    require_rows,
    these,
    verb,
)  # fmt: skip


@verb(
    "run", *SWEEP, JOBS, SET,
    option("--all", action="store_true", help="the printed grid of every method (or of --method, "
           "on --task), and every variant that the store has for some task"),
    option("--grid", default="quick", help="one of the method's own (default: quick)"),
    option("--backend", help="joblib backend: loky (default), dask, ..."),
    option("--scheduler", metavar="ADDRESS", help="of a Dask cluster, tcp://host:8786"),
)  # fmt: skip
def run_sweep(options):
    """Solve what the store lacks of a sweep, or of all sweeps."""
    from ..experiments import Store, run, run_all
    from ..selection import best_on_target

    store, fixed = Store(options.store), fixed_arguments(options)
    common = these(options, "root", "n_jobs")
    with _backend(options.backend, options.scheduler):
        if options.all:
            if fixed:
                raise InvalidInput("--all takes no --set: it completes every variant of the store")
            for method, grid, task, fixed in run_all(store, *chosen(options), **common):
                print(f"complete: {named(method, fixed)}, {task}, grid {grid}", flush=True)
            return
        if not (options.method and options.task):
            raise InvalidInput("expected --method and --task, or --all for everything")
        table = run(options.method, options.task, options.grid, store, **common, **fixed)
    print(f"best on the target of {len(table)} points:")
    print(best_on_target(table).drop(["predicted", "seconds"]).to_string())


@contextmanager
def _backend(name, scheduler):
    """Where joblib sends the batches: its own processes, or another backend such as Dask's."""
    from joblib import parallel_config
    from joblib.parallel import BACKENDS

    if scheduler and name != "dask":
        raise InvalidInput("--scheduler ADDRESS goes with --backend dask")
    if name == "dask":
        try:
            from distributed import Client
        except ImportError:
            raise PackageMissing(
                "--backend dask needs the package distributed: pip install 'cdmer-lib[dask]'"
            ) from None
        with Client(scheduler) as client, parallel_config(backend="dask"):
            try:
                client.run(import_module, "cdmer_lib.experiments")
            except ImportError as error:
                raise PackageMissing(
                    f"a Dask worker cannot import cdmer_lib ({error}); install the same version of "
                    "it wherever workers run"
                ) from None
            yield
        return
    if name and name not in BACKENDS:
        raise InvalidInput(f"expected a backend of joblib, {', '.join(BACKENDS)}, found {name!r}")
    with parallel_config(backend=name) if name else nullcontext():
        yield


@verb("validate", *SWEEP, JOBS)
def validate_sweeps(options):
    """Fit again without part of the source, for choices without target labels."""
    from ..experiments import Store
    from ..methods import METHODS
    from ..protocol import get_task
    from ..selection.validation import validate

    store = Store(options.store).found()
    methods, tasks = chosen(options)
    for method in methods or METHODS:
        for task in tasks or store.tasks(method, "paper"):
            validate(method, task, store, **these(options, "root", "n_jobs"))
            print(f"complete: {method}, {get_task(task)}", flush=True)


@verb("uncertainty", ROOT, STORE, JOBS)
def show_uncertainty(options):
    """Bootstrap and permute every stored sweep; print the table and write it to the store."""
    from ..experiments import Store
    from ..experiments.provenance import write_table
    from ..files import locked
    from ..statistics.uncertainty import cell_uncertainty

    store = Store(options.store).found()
    with locked(store.uncertainty_path):
        cells = cell_uncertainty(store, **these(options, "root", "n_jobs"))
        require_rows(cells, options)
        write_table(cells, store.uncertainty_path, options.n_jobs)
    print(cells.to_string(index=False, na_rep="-", float_format="{:.3f}".format))


@verb(
    "stability", *SWEEP, JOBS,
    option("--points", dest="n", type=int, metavar="N",
           help="only N of each sweep's points, where a fit is expensive"),
)  # fmt: skip
def test_points(options):
    """Record which stored points keep their labels when the last digits of the features change."""
    from ..experiments import Store
    from ..experiments.stability import mark_stable
    from ..protocol import TASKS, get_task

    store, tasks = Store(options.store).found(), chosen(options)[1] or TASKS
    variants = (v for v in store.variants() if options.method in (None, v[0]))
    for (method, fixed), task in product(variants, map(get_task, tasks)):
        if store.load(method, task, **fixed) is not None:
            how = these(options, "n", "root", "n_jobs")
            stable = mark_stable(method, task, store, **how, **fixed)["stable"]
            print(f"{named(method, fixed)}, {task}: {stable.sum()} of {stable.count()} points "
                  f"tested are stable, {stable.isna().sum()} not tested", flush=True)  # fmt: skip
