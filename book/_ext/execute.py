"""Make the notebooks from their text halves (see ``pairs.py``), and execute them.

A chapter names the data it computes with in the header of its text half, for instance
``cdmer: {needs: [CASME2, SMIC_VIS]}``. Where they cannot be had the notebook is left out by name
and keeps its stored outputs. So does a page that fails. A notebook whose sources and outputs are
what they were is not written again.
"""

import argparse
import copy
import json
import os
import re
import sys
import time
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path

import nbformat
import pairs
from jupyter_client.kernelspec import KernelSpecManager
from jupyter_client.manager import AsyncKernelManager
from nbclient import NotebookClient
from pictures import keep_pictures
from stored_outputs import read_record

from cdmer_lib.files import replacing

ROOT = Path(__file__).resolve().parents[2]

# Every kernel gets these, here and under nbval: figures land in the notebook whatever the user's
# own backend is, and one thread a kernel makes sums come out alike and lets two kernels share.
KERNEL_ENVIRONMENT = {
    "MPLBACKEND": "module://matplotlib_inline.backend_inline",
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    # pooch asks tqdm for a progress bar of widgets, which no page has; tqdm would warn on each.
    "PYTHONWARNINGS": "ignore:IProgress not found",
}

# Errors only: each start warns of TCP. Figures are stored at double resolution with the size at
# which they are shown, so that they are sharp; their size in inches and their text stay.
KERNEL_ARGUMENTS = ["--IPKernelApp.log_level=40", "--InlineBackend.figure_formats=retina"]


@dataclass(eq=False)
class BrokenPage(Exception):
    """A cell raised an error, or its kernel died, or time ran out."""

    cell: int  # its number among the code cells that are not empty, from 1
    source: str  # its first line
    error: str  # the name and the text of the error

    def __str__(self):
        return f"code cell {self.cell} (`{self.source}`): {self.error}"


def own_kernel():
    """A kernel of the Python that runs this script, whatever else is installed as "python3"."""
    specs = KernelSpecManager(ensure_native_kernel=True)
    specs.kernel_dirs = []  # look nowhere else
    return AsyncKernelManager(kernel_name="python3", kernel_spec_manager=specs)


def execute(nb, folder):
    """Run all cells of `nb` in place, in a fresh kernel that works in `folder`."""
    begun = []
    client = NotebookClient(
        nb,
        km=own_kernel(),
        extra_arguments=KERNEL_ARGUMENTS,
        timeout=900,
        record_timing=False,  # else each run would store other times
        coalesce_streams=True,  # else one print could be stored in several pieces
        resources={"metadata": {"path": str(folder)}},
        on_cell_execute=lambda cell, cell_index: begun.append(cell.source),
    )
    try:
        client.execute(env={**os.environ, **KERNEL_ENVIRONMENT})
    except Exception as error:
        source = begun[-1].strip().splitlines()[0] if begun else "no cell has begun"
        name, text = getattr(error, "ename", type(error).__name__), getattr(error, "evalue", error)
        said = re.sub(r"\x1b\[[0-9;]*m", "", f"{name}: {text}")  # no colour codes
        raise BrokenPage(len(begun), source, said) from error
    nb.metadata["language_info"] = nbformat.from_dict(pairs.METADATA["language_info"])
    return nb


def write_if_changed(path, nb):
    """Write a notebook; False where the file holds exactly this already."""
    content = nbformat.writes(nb) + "\n"
    if path.exists() and path.read_text(encoding="utf-8") == content:
        return False
    with replacing(path) as partial:
        partial.write_text(content, encoding="utf-8")
    return True


def update(root, name, absent=()):
    """Bring one notebook up to date with its text half; returns what was done, in words.

    With `absent` data, or where a cell fails, the stored outputs stay. Where the code is the code
    that made them, the prose around them becomes that of today; else the whole notebook stays. A
    notebook that has never run is written without outputs, so that the page can be rendered.

    Raises
    ------
    BrokenPage
        A cell fails.
    RuntimeError
        Data are absent, and no outputs are stored that belong to the code.
    """
    path = pairs.notebook_half(root, name)
    text, stored = pairs.from_text(pairs.text_half(root, name)), pairs.from_notebook(path)
    same_code = stored is not None and pairs.code(text) == pairs.code(stored)

    def write(nb):
        return "written" if write_if_changed(path, nb) else "unchanged"

    def keep():
        if same_code:
            for cell, source in zip(pairs.code_cells(text), pairs.code_cells(stored), strict=True):
                cell.outputs, cell.execution_count = source.outputs, source.execution_count
        return write(text) if same_code or stored is None else "unchanged"

    if absent:
        kept = keep()
        if not same_code:
            raise RuntimeError(
                "it stores no outputs that belong to its code, and without "
                f"{', '.join(absent)} it cannot be executed here"
            )
        return f"stored outputs kept, {kept}"
    start = time.monotonic()
    try:
        nb = execute(copy.deepcopy(text), path.parent)
    except BrokenPage:
        keep()
        raise
    if stored is not None:
        keep_pictures(nb, stored)
    return f"executed in {time.monotonic() - start:.0f} s, {write(nb)}"


def find_left_out(root, names):
    """Chapters among `names` whose data are absent, as {name: [data]}; prints them."""
    print("looking for the data that the chapters need", flush=True)
    left_out = {}
    for name in names:
        text = pairs.text_half(root, name)
        if text.exists() and (absent := pairs.absent_needs(pairs.from_text(text))):
            left_out[name] = absent
            print(f"left out, data absent: notebooks/{name}.ipynb (needs {', '.join(absent)})")
    return left_out


def record(root, file, names, found):
    """Write down, for the rendering, what was found of the chapters `names`: {name: what}."""
    known = {
        page: what
        for page, what in read_record(root, file).items()
        if Path(page).name not in names and pairs.text_half(root, Path(page).name).exists()
    }
    known |= {f"notebooks/{name}": what for name, what in found.items()}
    path = root / "_build" / file
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps(known, indent=1, sort_keys=True), encoding="utf-8")


def shown(root, name):
    """What the book shows of a page that failed: outputs of this page, an earlier one, or none."""
    text, stored = pairs.text_half(root, name), pairs.from_notebook(pairs.notebook_half(root, name))
    if stored is None or not any(cell.get("execution_count") for cell in stored.cells):
        return "none"
    same = text.exists() and pairs.code(pairs.from_text(text)) == pairs.code(stored)
    return "stored" if same else "earlier"


def update_all(root, names, left_out, jobs):
    """Update the named chapters, `jobs` at a time, and print what happens.

    Returns the failures as {name: dict}: ``error``, ``shown`` (see above) and, where a cell
    failed, its number ``cell`` and its first line ``source``.
    """
    print(f"{len(names)} notebooks, {jobs} at a time", flush=True)
    failed = {}
    with ProcessPoolExecutor(jobs) as pool:
        runs = {pool.submit(update, root, name, left_out.get(name, ())): name for name in names}
        for i, run in enumerate(as_completed(runs), start=1):
            name = runs[run]
            try:
                said = run.result()
            except Exception as error:  # one broken chapter must not hide the others
                said = f"FAILED: {error}"
                where = vars(error) if isinstance(error, BrokenPage) else {"error": str(error)}
                failed[name] = where | {"shown": shown(root, name)}
            print(f"[{i}/{len(names)}] notebooks/{name}.ipynb: {said}", flush=True)
    return failed


def report(root):
    """Say which pages failed when they were last executed; returns what `main` does."""
    failed = read_record(root, "failed.json")
    for page, what in failed.items():
        where = f"code cell {what['cell']} (`{what['source']}`): " if "cell" in what else ""
        print(f"FAILED: {page}.ipynb: {where}{what['error']}")
    return f"pages marked as failed in the book: {', '.join(failed)}" if failed else 0


def main(arguments=None):
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("names", nargs="*", help="chapters, as in `mmd` or `book/mmd.md`; else all")
    parser.add_argument("--keep-going", action="store_true", help="failed pages are no error")
    parser.add_argument("--report", action="store_true", help="name the failed pages")
    parser.add_argument("--check", action="store_true", help="change nothing, list what is wrong")
    parser.add_argument("--jobs", type=int, default=2, help="notebooks at a time (default 2)")
    options = parser.parse_args(arguments)

    if options.report:
        return report(ROOT)
    known = pairs.chapters(ROOT)
    names = [Path(name).stem for name in options.names] or known
    if unknown := [name for name in names if name not in known]:
        parser.error(f"no such chapter: {', '.join(unknown)}; there are {', '.join(known)}")

    left_out = find_left_out(ROOT, names)
    record(ROOT, "left_out.json", names, left_out)
    if options.check:
        found = pairs.problems(ROOT)
        print("\n".join(found) if found else f"{len(names)} chapters: both halves in step")
        return f"{len(found)} problems; `make execute` mends most" if found else 0
    failed = update_all(ROOT, names, left_out, options.jobs)
    record(ROOT, "failed.json", names, failed)
    if failed and not options.keep_going:
        return f"not executed: {', '.join(failed)}"
    return 0


if __name__ == "__main__":
    sys.exit(main())
