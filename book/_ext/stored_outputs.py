"""Say on a page that its outputs are stored ones: its data were absent, or one of its cells failed.

`execute.py` leaves the lists in `_build/left_out.json` and `_build/failed.json`. Nothing is
executed here.
"""

import json
import re
from pathlib import Path

NOTE = """:::{{note}}
The outputs on this page are the stored ones: {data} could not be had when this book was made, so
its notebook was not executed again.
:::"""

MARK = """::::{{error}}
This page could not be executed when this book was made.

```````text
{error}
```````

{shown}
::::"""

SHOWN = {
    "stored": "The outputs shown are the stored ones.",
    "earlier": "What is shown is the page as it was last executed, with the stored outputs.",
    "none": "It has never been executed: there are no outputs to show.",
}


def read_record(root, file):
    """What is known of pages: ``left_out.json`` or ``failed.json``, as {page: what}."""
    path = Path(root) / "_build" / file
    return json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}


def mark(what):
    """The admonition of a page that failed: which cell, which error, what is shown."""
    lines = what["error"].strip().splitlines()
    error = "\n".join(line[:200] for line in lines[:3] + lines[3:][-3:])
    if "cell" in what:
        error = f"code cell {what['cell']}, which begins\n    {what['source']}\n{error}"
    return MARK.format(error=error.replace("`" * 7, "'" * 7), shown=SHOWN[what["shown"]])


def notes(app):
    """What is inserted below the title, by page."""
    found = {page: NOTE.format(data=", ".join(data)) for page, data in
             read_record(app.srcdir, "left_out.json").items()}  # fmt: skip
    failed = read_record(app.srcdir, "failed.json")
    return found | {page: mark(what) for page, what in failed.items()}


def changed_pages(app, env, added, changed, removed):
    """Pages to read again, since their note came, went or changed while the page did not."""
    before, now = getattr(env, "stored_outputs_notes", {}), notes(app)
    env.stored_outputs_notes = now
    return [p for p in env.found_docs & {*before, *now} if before.get(p) != now.get(p)]


def without_results(cell):
    """A Markdown cell with a question mark for each number that code would have computed."""
    if cell["cell_type"] == "markdown":
        text = "".join(cell["source"])
        return cell | {"source": re.sub(r"\{glue:text\}`[^`]*`", "?", text)}
    return cell


def below_title(text, note):
    """A page's first text with the note below its title."""
    title = re.compile(r"^# .*$", re.MULTILINE)
    return title.sub(lambda found: f"{found[0]}\n\n{note}", text, count=1)


def add_note(app, docname, source):
    """Insert the note of a page, if it has one, below its title, which its first cell holds."""
    if note := notes(app).get(docname):
        notebook = json.loads(source[0])
        if read_record(app.srcdir, "failed.json").get(docname, {}).get("shown") == "none":
            notebook["cells"] = list(map(without_results, notebook["cells"]))
        first = notebook["cells"][0]
        first["source"] = below_title("".join(first["source"]), note)
        source[0] = json.dumps(notebook)


def setup(app):
    app.connect("env-get-outdated", changed_pages)
    app.connect("source-read", add_note)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
