"""Terminals without some characters, pipes that nobody reads any more, and Ctrl-C."""

import codecs
import os
import sys
from contextlib import contextmanager

# what the command prints besides ASCII, in characters that every terminal has
PLAIN = {"→": "->", "–": "-", "—": "-", "×": "x", "≤": "<=", "≥": ">=", "’": "'", "…": "..."}
INTERRUPTED, PIPE_CLOSED = 130, 141  # exit statuses of a shell: 128 and the number of the signal


def _plain(error):
    """What takes the place of characters that the terminal's encoding does not have."""
    text = error.object[error.start : error.end]
    return "".join(PLAIN.get(letter, "?") for letter in text), error.end


codecs.register_error("cdmer-plain", _plain)


@contextmanager
def terminal():
    """Print any text to any terminal; leave quietly when interrupted, or when nobody reads."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="cdmer-plain")
    try:
        yield
        sys.stdout.flush()
    except KeyboardInterrupt:
        print("cdmer: interrupted; what was finished is kept", file=sys.stderr)
        sys.exit(INTERRUPTED)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # nothing more to flush
        sys.exit(PIPE_CLOSED)
