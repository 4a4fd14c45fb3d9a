"""Keep the two halves of each chapter in step, and execute the notebooks.

A chapter is a pair. Its text half ``book/NAME.md`` (MyST) is what people edit; its notebook
``notebooks/NAME.ipynb`` is made from it and stores the outputs that the book shows and nbval
validates.

    python notebooks/execute.py                make and execute every notebook
    python notebooks/execute.py mmd solver     these two
    python notebooks/execute.py --keep-going   a page that fails is recorded: no error
    python notebooks/execute.py --report       name the pages that failed; an error if there are any
    python notebooks/execute.py --check        change nothing, list what is out of step

A chapter names the data it computes with in the header of its text half, for instance
``cdmer: {needs: [CASME2, SMIC_VIS]}``. Where they cannot be had the notebook is left out by name
and keeps its stored outputs. So does a page that fails. A stored picture that differs from the new
one by rounding alone is kept, and a notebook whose sources and outputs are what they were is not
written again.
"""

import argparse
import base64
import copy
import hashlib
import io
import json
import os
import re
import sys
import time
from concurrent.futures import ProcessPoolExecutor, as_completed
from itertools import zip_longest
from pathlib import Path

import jupytext
import nbformat
import yaml
from matplotlib.image import imread
from nbclient import NotebookClient
from scipy.ndimage import maximum_filter, minimum_filter

ROOT = Path(__file__).resolve().parents[1]

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

# Fixed, since what a kernel reports (its patch version) would differ between machines.
METADATA = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"name": "python", "pygments_lexer": "ipython3"},
}


# --- the pair ---------------------------------------------------------------------------------


def text_half(root, name):
    return root / "book" / f"{name}.md"


def notebook_half(root, name):
    return root / "notebooks" / f"{name}.ipynb"


def header(path):
    """The YAML header of a MyST page as a dict, empty where there is none."""
    start, *rest = path.read_text(encoding="utf-8").split("---\n", 2)
    return yaml.safe_load(rest[0]) if rest and not start else {}


def pages_in_toc(root):
    """Every page that the table of contents names, in its order."""

    def walk(node):
        for key, value in node.items():
            if key in ("root", "file"):
                yield value
            elif key in ("parts", "chapters", "sections"):
                for child in value:
                    yield from walk(child)

    return list(walk(yaml.safe_load((root / "_toc.yml").read_text(encoding="utf-8"))))


def chapters(root):
    """Names of all chapters: those in the contents first, then any half that stands alone."""
    listed = [page.split("/", 1)[1] for page in pages_in_toc(root) if page.startswith("notebooks/")]
    halves = {path.stem for path in (root / "notebooks").glob("*.ipynb")}
    halves |= {p.stem for p in (root / "book").glob("*.md") if "kernelspec" in header(p)}
    return listed + sorted(halves.difference(listed))


def from_text(path):
    """The notebook that a text half describes, without outputs."""
    nb = jupytext.read(path, fmt="md:myst")
    nb.metadata = nbformat.from_dict(
        METADATA | ({"cdmer": nb.metadata["cdmer"]} if "cdmer" in nb.metadata else {})
    )
    seen = {}
    for cell in nb.cells:
        # Ids that follow from the source are stable, and inserting a cell leaves the others alone.
        digest = hashlib.sha1(f"{cell.cell_type}\n{cell.source}".encode()).hexdigest()[:8]
        seen[digest] = seen.get(digest, 0) + 1
        cell.id = digest if seen[digest] == 1 else f"{digest}-{seen[digest]}"
    return nb


def from_notebook(path):
    """The stored notebook, or None where there is none yet."""
    return nbformat.read(path, as_version=4) if path.exists() else None


def code(nb):
    return [cell.source for cell in nb.cells if cell.cell_type == "code"]


def with_outputs(text, stored):
    """The notebook of a text half with the outputs of a stored one whose code is the same."""
    outputs = iter([cell for cell in stored.cells if cell.cell_type == "code"])
    for cell in text.cells:
        if cell.cell_type == "code":
            source = next(outputs)
            cell.outputs, cell.execution_count = source.outputs, source.execution_count
    return text


# --- what can be executed ---------------------------------------------------------------------


def needs(nb):
    return list(nb.metadata.get("cdmer", {}).get("needs", []))


def absent_needs(nb):
    """The data that a notebook names and that can neither be found nor downloaded."""
    if not needs(nb):
        return []
    from cdmer_lib.data import available  # only here: a page of pure mathematics needs no data

    return [name for name in needs(nb) if not available(name)]


class BrokenPage(Exception):
    """A cell of a page raised an error, its kernel died, or time ran out.

    Attributes
    ----------
    cell : int
        Its number among the code cells, from 1.
    source : str
        Its first line.
    error : str
        The error's name and its text.
    """

    def __init__(self, cell, source, error):
        super().__init__(cell, source, error)  # so that it travels between processes
        self.cell, self.source, self.error = cell, source, error

    def __str__(self):
        return f"code cell {self.cell} (`{self.source}`): {self.error}"


def broken_page(nb, error):
    """What `nb` and the error of its execution say of the cell that failed: the last that began."""
    cells = [cell for cell in nb.cells if cell.cell_type == "code" and cell.source.strip()]
    number = max(1, sum(cell.execution_count is not None for cell in cells))
    cell = cells[number - 1]
    raised = [output for output in cell.outputs if output.output_type == "error"]
    name, text = (raised[0].ename, raised[0].evalue) if raised else (type(error).__name__, error)
    said = re.sub(r"\x1b\[[0-9;]*m", "", f"{name}: {text}")  # no colour codes
    return BrokenPage(number, cell.source.strip().splitlines()[0], said)


def execute(nb, folder):
    """Run all cells of `nb` in place, in a fresh kernel that works in `folder`."""
    client = NotebookClient(
        nb,
        kernel_name="python3",
        extra_arguments=["--IPKernelApp.log_level=40"],  # errors only: each start warns of TCP
        timeout=900,
        record_timing=False,  # else each run would store other times
        coalesce_streams=True,  # else one print could be stored in several pieces
        resources={"metadata": {"path": str(folder)}},
    )
    try:
        client.execute(env={**os.environ, **KERNEL_ENVIRONMENT})
    except Exception as error:
        raise broken_page(nb, error) from error
    nb.metadata["language_info"] = nbformat.from_dict(METADATA["language_info"])
    return nb


def same_picture(a, b):
    """Whether two base64 PNGs look alike.

    Rounding may put a point of a curve, a marker or a letter one pixel further, or make it
    fainter. So each pixel of the one picture has to lie, within 0.1 of full intensity, in the
    range of the 3 x 3 pixels around it in the other picture, in each colour.
    """
    a, b = (imread(io.BytesIO(base64.b64decode(png))) for png in (a, b))

    def within(a, b):
        around = {"size": (3, 3, 1), "mode": "nearest"}
        low, high = minimum_filter(b, **around), maximum_filter(b, **around)
        return ((a >= low - 0.1) & (a <= high + 0.1)).all()

    return a.shape == b.shape and within(a, b) and within(b, a)


def keep_pictures(nb, stored):
    """Give cells their stored pictures back where the new ones differ by rounding alone."""
    before = {cell.id: cell.outputs for cell in stored.cells if cell.cell_type == "code"}
    for cell in nb.cells:
        for new, old in zip(cell.get("outputs", []), before.get(cell.id, []), strict=False):
            data, kept = new.get("data", {}), old.get("data", {})
            for mime in [mime for mime in data if mime.endswith("image/png") and mime in kept]:
                if data[mime] != kept[mime] and same_picture(data[mime], kept[mime]):
                    data[mime] = kept[mime]
    return nb


def write_if_changed(path, nb):
    """Write a notebook atomically; False where the file holds exactly this already."""
    content = nbformat.writes(nb) + "\n"
    if path.exists() and path.read_text(encoding="utf-8") == content:
        return False
    partial = path.with_suffix(".partial")
    partial.write_text(content, encoding="utf-8")
    os.replace(partial, path)
    return True


def update(root, name, absent=()):
    """Bring one notebook up to date with its text half; returns what was done, in words.

    With `absent` data, or where a cell fails, the outputs stay as they are stored: with the prose
    of today where they belong to the code of today, else with the page that they belong to. Of a
    page that has never run, the notebook has no outputs: so it can be rendered.

    Raises
    ------
    BrokenPage
        A cell fails.
    RuntimeError
        Data are absent, and no outputs are stored that belong to the code.
    """
    path = notebook_half(root, name)
    text, stored = from_text(text_half(root, name)), from_notebook(path)
    same_code = stored is not None and code(text) == code(stored)
    unexecuted = copy.deepcopy(text)

    def write(nb):
        return "written" if write_if_changed(path, nb) else "unchanged"

    def keep():
        if same_code:
            return write(with_outputs(unexecuted, stored))
        return write(unexecuted) if stored is None else "unchanged"

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
        nb = execute(text, path.parent)
    except BrokenPage:
        keep()
        raise
    if stored is not None:
        nb = keep_pictures(nb, stored)
    return f"executed in {time.monotonic() - start:.0f} s, {write(nb)}"


# --- the check --------------------------------------------------------------------------------


def differences(text, stored):
    """Where the stored notebook is not the one its text half describes, in words."""
    found = []
    for i, (a, b) in enumerate(zip_longest(text.cells, stored.cells), start=1):
        if a is None or b is None:
            found.append(f"cell {i} stands in only one half")
        elif (a.cell_type, a.source) != (b.cell_type, b.source):
            found.append(f"cell {i} differs: {a.source.strip().splitlines()[:1]}")
        elif a.metadata != b.metadata:
            found.append(f"cell {i} has other metadata: {a.metadata} and {b.metadata}")
    if text.metadata != stored.metadata:
        found.append(f"other metadata: {dict(text.metadata)} and {dict(stored.metadata)}")
    return found


# A decimal fraction in a text: what stands before the exponent.
FRACTION = re.compile(r"(?<![\w.])\d*\.\d+(?![\d.])")


def unrounded(output):
    """The first number with more than 8 significant digits in an output's text, or None."""
    texts = [output.get("text", "")]
    for mime, data in output.get("data", {}).items():
        if not mime.startswith("image/") and "/image/" not in mime:
            texts.append(data if isinstance(data, str) else json.dumps(data))
    numbers = (number for text in texts for number in FRACTION.findall(text))
    return next((n for n in numbers if len(n.replace(".", "").strip("0")) > 8), None)


def unfit_outputs(nb):
    """Code cells without a stored run, or with outputs that no second run repeats, in words."""
    found = []
    for i, cell in enumerate(nb.cells, start=1):
        if cell.cell_type != "code" or not cell.source.strip():
            continue
        if cell.execution_count is None:
            found.append(f"cell {i} has no stored run")
        if cell.source.rstrip().endswith(";"):
            found.append(f"cell {i} ends in a semicolon, which nbval ignores: use plt.show()")
        for output in cell.outputs:
            if output.output_type == "error":
                found.append(f"cell {i} stores an error: {output.ename}")
            elif output.get("name") == "stderr":
                found.append(f"cell {i} stores a warning: {output.text.strip().splitlines()[-1]}")
            elif number := unrounded(output):
                found.append(f"cell {i} stores a number that is not rounded: {number}")
    return found


def problems(root):
    """Everything that is out of step under `root`, one line each; empty when all is well."""
    found = []
    listed = pages_in_toc(root)
    for page in listed:
        if page.startswith("book/") and not (root / f"{page}.md").exists():
            found.append(f"{page}.md: named in _toc.yml, absent")
    for name in chapters(root):
        text, notebook = text_half(root, name), notebook_half(root, name)
        if f"notebooks/{name}" not in listed:
            found.append(f"notebooks/{name}: not in _toc.yml, so the book would not show it")
        if not text.exists() or not notebook.exists():
            absent = text if not text.exists() else notebook
            found.append(f"{absent.relative_to(root)}: absent")
            continue
        stored = from_notebook(notebook)
        for line in differences(from_text(text), stored) + unfit_outputs(stored):
            found.append(f"notebooks/{name}.ipynb: {line}")
    return found


# --- the command ------------------------------------------------------------------------------


def find_left_out(root, names):
    """Chapters among `names` whose data are absent, as {name: [data]}; says so on the way."""
    print("looking for the data that the chapters need", flush=True)
    left_out = {}
    for name in names:
        text = text_half(root, name)
        if text.exists() and (absent := absent_needs(from_text(text))):
            left_out[name] = absent
            print(f"left out, data absent: notebooks/{name}.ipynb (needs {', '.join(absent)})")
    return left_out


def read_record(root, file):
    """What is known of pages: ``left_out.json`` or ``failed.json``, as {page: what}."""
    path = root / "_build" / file
    return json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}


def record(root, file, names, found):
    """Write down, for the rendering, what was found of the chapters `names`: {name: what}."""
    known = read_record(root, file)
    for page in list(known):
        if Path(page).name in names or not text_half(root, Path(page).name).exists():
            del known[page]
    known |= {f"notebooks/{name}": what for name, what in found.items()}
    path = root / "_build" / file
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps(known, indent=1, sort_keys=True), encoding="utf-8")


def shown(root, name):
    """What the book shows of a page that failed: outputs of this page, an earlier one, or none."""
    text, stored = text_half(root, name), from_notebook(notebook_half(root, name))
    if stored is None or not any(cell.get("execution_count") for cell in stored.cells):
        return "none"
    same = text.exists() and code(from_text(text)) == code(stored)
    return "stored" if same else "earlier"


def update_all(root, names, left_out, jobs):
    """Update the named chapters, `jobs` at a time, saying what happens.

    Returns
    -------
    dict of dicts
        The failures: by name ``error``, ``shown`` (see above) and, where a cell failed, its
        number ``cell`` and first line ``source``.
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
    if failed:
        return f"pages marked as failed in the book: {', '.join(failed)}"
    return 0


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
    known = chapters(ROOT)
    names = [Path(name).stem for name in options.names] or known
    if unknown := [name for name in names if name not in known]:
        parser.error(f"no such chapter: {', '.join(unknown)}; there are {', '.join(known)}")

    left_out = find_left_out(ROOT, names)
    record(ROOT, "left_out.json", names, left_out)
    if options.check:
        found = problems(ROOT)
        print("\n".join(found) if found else f"{len(names)} chapters: both halves in step")
        return f"{len(found)} problems; `make execute` mends most" if found else 0
    failed = update_all(ROOT, names, left_out, options.jobs)
    record(ROOT, "failed.json", names, failed)
    if failed and not options.keep_going:
        return f"not executed: {', '.join(failed)}"
    return 0


if __name__ == "__main__":
    sys.exit(main())
