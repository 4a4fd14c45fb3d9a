"""The directive ``.. folder:: cdmer_lib.NAME``: the reference of one folder of the package.

It stands for one ``automodule`` a file, in the order of their names, so that the reference follows
the tree. With ``:exports:``, what the folder's ``__init__`` exports is described under the folder's
own name, as users import it, and not again under the file's.
"""

import importlib
import pkgutil

from docutils.parsers.rst import directives
from sphinx.util.docutils import SphinxDirective


class Folder(SphinxDirective):
    required_arguments = 1
    option_spec = {"exports": directives.flag}

    def run(self):
        folder = importlib.import_module(self.arguments[0])
        lines = [f".. automodule:: {folder.__name__}", "   :members:"]
        options = ["   :ignore-module-all:"]  # only what is defined there
        if "exports" in self.options:
            options += [f"   :exclude-members: +{','.join(folder.__all__)}"]
        else:
            lines += options
        for file in pkgutil.iter_modules(folder.__path__, f"{folder.__name__}."):
            if not file.name.split(".")[-1].startswith("_"):
                lines += ["", f".. automodule:: {file.name}", "   :members:", *options]
        return self.parse_text_to_nodes("\n".join(lines))


def link_back(app, env):
    """Links from a module's source lead to the module where its short name does not describe all.

    Sphinx takes the name under which it met the first function for the name of all of them.
    """
    described = env.domaindata["py"]["objects"]
    for module, entry in getattr(env, "_viewcode_modules", {}).items():
        if entry and not all(f"{entry[3]}.{name}" in described for name in entry[2]):
            env._viewcode_modules[module] = (*entry[:3], module)


def setup(app):
    app.add_directive("folder", Folder)
    app.connect("env-updated", link_back)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
