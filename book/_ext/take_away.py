"""The directive ``take-away``: links to the tables as files, which the rendered book holds.

They are written when the book is rendered, below ``take_away``, by
:func:`cdmer_lib.report.take_away.write_tables`.
"""

from pathlib import Path

from docutils import nodes
from sphinx.util.docutils import SphinxDirective

from cdmer_lib.experiments import Store
from cdmer_lib.report.take_away import write_tables

FOLDER = "take_away"


class TakeAway(SphinxDirective):
    """Links to some tables; the argument names them: ``A_III A_IV``."""

    required_arguments = 1
    final_argument_whitespace = True

    def run(self):
        up = "../" * self.env.docname.count("/")
        line = nodes.paragraph("", "", nodes.emphasis("", "To take away: "))
        for i, name in enumerate(self.arguments[0].split()):
            line += nodes.Text(f"{' · ' if i else ''}{name.replace('_', ' ')} ")
            for kind, shown in (("csv", "CSV"), ("tex", "LaTeX")):
                address = f"{up}{FOLDER}/{name}.{kind}"
                line += [nodes.reference("", shown, refuri=address), nodes.Text(" ")]
        return [line]


def write(app, error):
    if error is None and app.builder.format == "html":
        write_tables(Store(Path(app.srcdir) / "results"), Path(app.outdir) / FOLDER)


def setup(app):
    app.add_directive("take-away", TakeAway)
    app.connect("build-finished", write)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
