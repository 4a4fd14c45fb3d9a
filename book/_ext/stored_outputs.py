"""Say on a page that its outputs are stored ones where its data were absent at the making.

`notebooks/execute.py` leaves the list in `_build/left_out.json`; nothing is executed here.
"""

import json
from pathlib import Path

NOTE = """:::{{note}}
The outputs on this page are the stored ones: {data} could not be had when this book was made, so
its notebook was not executed again.
:::"""


def left_out(app):
    path = Path(app.srcdir) / "_build" / "left_out.json"
    return json.loads(path.read_text()) if path.exists() else {}


def changed_pages(app, env, added, changed, removed):
    """Pages to read again, since the data came or went while the page itself stayed as it was."""
    before, now = getattr(env, "left_out", {}), left_out(app)
    env.left_out = now
    return [p for p in env.found_docs & {*before, *now} if before.get(p) != now.get(p)]


def add_note(app, docname, source):
    """Insert the note below the first cell, which holds the title."""
    if data := left_out(app).get(docname):
        notebook = json.loads(source[0])
        note = NOTE.format(data=", ".join(data))
        cell = {"cell_type": "markdown", "id": "stored-outputs", "metadata": {}, "source": note}
        notebook["cells"].insert(1, cell)
        source[0] = json.dumps(notebook)


def setup(app):
    app.connect("env-get-outdated", changed_pages)
    app.connect("source-read", add_note)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
