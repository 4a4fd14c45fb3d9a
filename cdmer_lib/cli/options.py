"""Verbs and their options: how both are declared, the options that several verbs have."""

from argparse import ArgumentTypeError
from importlib import import_module
from importlib.util import module_from_spec, spec_from_file_location

from ..errors import InvalidInput
from ..files import user_path


def option(*names, **how):
    """One option: the arguments of ``argparse.ArgumentParser.add_argument``."""
    return names, how


def verb(name, *options, aliases=()):
    """Decorator: the function becomes a verb of the command, its docstring the help text.

    The function takes the parsed options and returns the exit status; ``None`` stands for 0.
    """

    def mark(call):
        call.verb = name, options, aliases
        return call

    return mark


def path(text):
    """A path of the command line; ``~`` is the home folder."""
    try:
        return user_path(text)
    except InvalidInput as error:
        raise ArgumentTypeError(str(error)) from None


def own_method(text):
    """A row of the command line: a name, or an object of your own, FILE.py:NAME or module:NAME."""
    place, colon, name = text.rpartition(":")
    if not colon:
        return text
    try:
        if place.endswith(".py"):  # not entered in sys.modules: worker processes get it by value
            spec = spec_from_file_location(path(place).stem, path(place))
            module = module_from_spec(spec)
            spec.loader.exec_module(module)
        else:
            module = import_module(place)
        return getattr(module, name)
    except (ImportError, OSError, AttributeError) as error:
        raise InvalidInput(
            f"expected a row's name, FILE.py:NAME or module:NAME, found {text}: {error}"
        ) from error


ROOT = option("--root", help="folder to look in first for data")
STORE = option("--store", default="results", help="folder of the results store")
JOBS = option("--jobs", dest="n_jobs", metavar="JOBS", type=int, default=-1,
              help="processes (default: all cores)")  # fmt: skip
METHOD = option("--method", help="name of a row, such as TGSR (default: all)")
TASK = option("--task", help="1..12 or letters: 'V->N' (default: all)")
SWEEP = METHOD, TASK, ROOT, STORE
SAMPLE = (
    *SWEEP,
    option("--points", dest="n", metavar="POINTS", type=int, default=40,
           help="of each sweep (default 40)"),
    option("--heavy", dest="n_heavy", metavar="POINTS", type=int, default=4,
           help="of each sweep where a fit is expensive (default 4)"),
    option("--seed", type=int, default=0, help="which points are drawn"),
)  # fmt: skip
SET = option("--set", action="append", default=[], metavar="NAME=VALUE",
             help="fix an argument, e.g. blocks=facial or epochs=10")  # fmt: skip
DATABASE = option("--database", nargs="*", help="names or letters (default: the papers' four)")
CLIPS = (
    DATABASE,
    JOBS,
    option("--root", required=True, type=path, help="folder of the databases"),
    option("--out", type=path, help="folder of the features (default: features below --root)"),
    option("--descriptor", nargs="*", help="rows (default: all that need no weights)"),
    option("--skip", action="store_true",
           help="leave out what cannot be read; the next run tries it again"),
    option("--weights", type=path, help="file of the weights of the C3D rows"),
    option("--device", default="cpu", help="of C3D: cpu, cuda, ..."),
    option("--no-patch", dest="patch", action="store_false",
           help="CASME II by its sheet alone, without sub24/EP02_07"),
)  # fmt: skip


def these(options, *names):
    """Some of the options as a dict, to be passed on by their names."""
    return {name: getattr(options, name) for name in names}


def databases(options):
    """Names of the databases that the user chose: all four by default."""
    from ..protocol import DATABASES, database_info

    return [database_info(name).name for name in options.database or DATABASES]


def fixed_arguments(options):
    """The arguments of ``--set`` as a dict."""
    from ..experiments.store import as_typed_argument

    return dict(as_typed_argument(text) for text in options.set)


def chosen(options):
    """The methods and the tasks that were chosen, each a list, or None for all."""
    return options.method and [options.method], options.task and [options.task]


def named(method, fixed):
    """A method's name followed by its fixed arguments, such as "SVM, C=2"."""
    from ..experiments.store import argument_text

    return method + "".join(f", {name}={argument_text(v)}" for name, v in fixed.items())


def require_rows(table, options):
    """Raise InvalidInput for an empty table, of a store without a whole printed grid."""
    if table.empty:
        raise InvalidInput(
            f"expected printed grids in {options.store}, found none: is it the right store? "
            "cdmer run --all fills one"
        )
