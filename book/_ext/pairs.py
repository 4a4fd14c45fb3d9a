"""The two halves of each chapter, and the check that they are in step.

A chapter is a pair. Its text half ``book/NAME.md`` (MyST) is what people edit. Its notebook
``notebooks/NAME.ipynb`` is made from it, and stores the outputs that the book shows and nbval
validates. jupytext reads the text half, sphinx-external-toc reads ``_toc.yml``.
"""

import hashlib
import json
import re
from collections import Counter
from itertools import zip_longest

import jupytext
import nbformat
from sphinx_external_toc.parsing import parse_toc_yaml

from cdmer_lib import data

# Fixed, since what a kernel reports (its patch version) would differ between machines.
METADATA = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"name": "python", "pygments_lexer": "ipython3"},
}


def text_half(root, name):
    return root / "book" / f"{name}.md"


def notebook_half(root, name):
    return root / "notebooks" / f"{name}.ipynb"


def pages_in_toc(root):
    """Every page that the table of contents names, in its order."""
    return list(parse_toc_yaml(root / "_toc.yml"))


def chapters(root):
    """Names of all chapters: those in the contents first, then any half that stands alone."""
    listed = [page.split("/", 1)[1] for page in pages_in_toc(root) if page.startswith("notebooks/")]
    halves = {path.stem for path in (root / "notebooks").glob("*.ipynb")}
    for path in (root / "book").glob("*.md"):
        if "kernelspec" in read_text_half(path).metadata:
            halves.add(path.stem)
    return listed + sorted(halves.difference(listed))


def read_text_half(path):
    """A page as jupytext reads it, whether or not an editor put a byte-order mark in front."""
    return jupytext.reads(path.read_text(encoding="utf-8-sig"), fmt="md:myst")


def from_text(path):
    """The notebook that a text half describes, without outputs."""
    nb = read_text_half(path)
    ours = {"cdmer": nb.metadata["cdmer"]} if "cdmer" in nb.metadata else {}
    nb.metadata = nbformat.from_dict(METADATA | ours)
    seen = Counter()
    for cell in nb.cells:
        # Ids that follow from the source are stable, and inserting a cell leaves the others alone.
        digest = hashlib.sha1(f"{cell.cell_type}\n{cell.source}".encode()).hexdigest()[:8]
        seen[digest] += 1
        cell.id = digest if seen[digest] == 1 else f"{digest}-{seen[digest]}"
    return nb


def from_notebook(path):
    """The stored notebook, or None where there is none yet."""
    return nbformat.read(path, as_version=4) if path.exists() else None


def code_cells(nb):
    return [cell for cell in nb.cells if cell.cell_type == "code"]


def code(nb):
    return [cell.source for cell in code_cells(nb)]


def needs(nb):
    return list(nb.metadata.get("cdmer", {}).get("needs", []))


def absent_needs(nb):
    """The data that a notebook names and that can neither be found nor downloaded."""
    return [name for name in needs(nb) if not data.available(name)]


def differences(text, stored):
    """Where the stored notebook is not the one its text half describes, in words."""
    for i, (a, b) in enumerate(zip_longest(text.cells, stored.cells), start=1):
        if a is None or b is None:
            yield f"cell {i} stands in only one half"
        elif (a.cell_type, a.source) != (b.cell_type, b.source):
            yield f"cell {i} differs: {a.source.strip().splitlines()[:1]}"
        elif a.metadata != b.metadata:
            yield f"cell {i} has other metadata: {a.metadata} and {b.metadata}"
    if text.metadata != stored.metadata:
        yield f"other metadata: {dict(text.metadata)} and {dict(stored.metadata)}"


# A decimal fraction in a text: what stands before the exponent.
FRACTION = re.compile(r"(?<![\w.])\d*\.\d+(?![\d.])")


def unrounded(output):
    """The first number with more than 8 significant digits in an output's text, or None."""
    texts = [output.get("text", "")]
    for mime, shown in output.get("data", {}).items():
        if not mime.startswith("image/") and "/image/" not in mime:
            texts.append(shown if isinstance(shown, str) else json.dumps(shown))
    numbers = (number for text in texts for number in FRACTION.findall(text))
    return next((n for n in numbers if len(n.replace(".", "").strip("0")) > 8), None)


def unfit_outputs(nb):
    """Code cells without a stored run, or with outputs that no second run repeats, in words."""
    for i, cell in enumerate(nb.cells, start=1):
        if cell.cell_type != "code" or not cell.source.strip():
            continue
        if cell.execution_count is None:
            yield f"cell {i} has no stored run"
        if cell.source.rstrip().endswith(";"):
            yield f"cell {i} ends in a semicolon, which nbval ignores: use plt.show()"
        for output in cell.outputs:
            if output.output_type == "error":
                yield f"cell {i} stores an error: {output.ename}"
            elif output.get("name") == "stderr":
                yield f"cell {i} stores a warning: {output.text.strip().splitlines()[-1]}"
            elif number := unrounded(output):
                yield f"cell {i} stores a number that is not rounded: {number}"


def problems(root):
    """Everything that is out of step under `root`, one line each; empty when all is well."""
    listed = pages_in_toc(root)
    found = [
        f"{page}.md: named in _toc.yml, absent"
        for page in listed
        if page.startswith("book/") and not (root / f"{page}.md").exists()
    ]
    for name in chapters(root):
        halves = text_half(root, name), notebook_half(root, name)
        if f"notebooks/{name}" not in listed:
            found.append(f"notebooks/{name}: not in _toc.yml, so the book would not show it")
        if absent := [half for half in halves if not half.exists()]:
            found.append(f"{absent[0].relative_to(root)}: absent")
            continue
        text, stored = from_text(halves[0]), from_notebook(halves[1])
        lines = [*differences(text, stored), *unfit_outputs(stored)]
        found += [f"notebooks/{name}.ipynb: {line}" for line in lines]
    return found
