"""Verbs on databases: ``data``, ``check``, ``synth``."""

from .options import DATABASE, JOBS, ROOT, databases, option, verb


@verb("data", ROOT, option("--download", action="store_true", help="fetch what is absent"))
def show_data(options):
    """What is present, where, verified or not; how to get the rest."""
    from .. import data

    if options.download:
        outcome = data.download()
        print(outcome.to_string(index=False))
        return int((outcome["outcome"] == "failed").any())
    print(data.describe(options.root))


@verb("check", DATABASE, option("path", help="folder of the databases, or of one"),
      option("--deep", action="store_true", help="open every image"))  # fmt: skip
def check_folders(options):
    """Are the clips of a licensed database all there?"""
    from ..data.check import check

    found = check(options.path, deep=options.deep, databases=databases(options))
    print(found)
    return int(not found.ok)


@verb("synth", DATABASE, JOBS, option("out", help="folder to write to"),
      option("--seed", type=int, default=0))  # fmt: skip
def make_synthetic(options):
    """Write synthetic databases in the official layouts; what is there already is kept."""
    from ..synthetic import synthesise

    for name in databases(options):
        synthesise(name, options.out, options.seed, n_jobs=options.n_jobs)
    print(f"done: {options.out}; next: cdmer descriptors --root {options.out}")
