"""The ``cdmer`` command: each verb is a call into the package.

Verbs stand in files by what they work on; a verb is one function with its options above it
(:func:`~cdmer_lib.cli.options.verb`). It imports what it needs when it is called, so that no verb
waits for the libraries of another one.
"""

import argparse
import sys

from ..errors import CdmerError
from . import clips, databases, kernels, protocols, sweeps, tables
from .terminal import terminal

# in the order of the help text
GROUPS = databases, sweeps, protocols, kernels, tables, clips


def parser():
    """The argparse parser of the command ``cdmer``."""
    top = argparse.ArgumentParser(
        prog="cdmer", description="Cross-database micro-expression recognition."
    )
    verbs = top.add_subparsers(required=True, metavar="verb")
    for call in (call for group in GROUPS for call in vars(group).values()):
        if hasattr(call, "verb"):
            name, options, aliases = call.verb
            text = {"help": call.__doc__, "description": call.__doc__}
            verb = verbs.add_parser(name, aliases=aliases, **text)
            for names, how in options:
                verb.add_argument(*names, **how)
            verb.set_defaults(call=call)
    return top


def main(arguments=None):
    """Run the command. An error that a user can mend is one line; a bug keeps its traceback."""
    with terminal():
        options = parser().parse_args(arguments)
        try:
            return options.call(options) or 0
        except CdmerError as error:
            print(f"cdmer: {error}", file=sys.stderr)
            return 1
