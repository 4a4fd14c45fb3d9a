"""Where a released file may lie: the folders searched, and the search."""

import os
import stat
from contextlib import contextmanager
from pathlib import Path

import pooch

from ..errors import NotReadable


def cache_folder():
    """Return the user's cache folder, where downloads go."""
    return Path(pooch.os_cache("cdmer"))


def search_folders(root=None):
    """Return the ``(label, folder)`` pairs in the order searched: root, CDMER_DATA, cache."""
    named = [("root", root), ("CDMER_DATA", os.environ.get("CDMER_DATA"))]
    folders = [(label, Path(folder).expanduser()) for label, folder in named if folder]
    return [*folders, ("cache", cache_folder())]


@contextmanager
def readable(path):
    """Say in a ``PermissionError`` raised inside what was expected, found and what to do."""
    try:
        yield
    except PermissionError as error:
        raise NotReadable(
            f"{path}: expected a readable file, found no permission to read it or its folder; "
            "change the permissions, or name another folder by root or CDMER_DATA"
        ) from error


def _is_file(path):
    # Path.is_file answers "no" or raises for a forbidden folder, depending on the Python version.
    try:
        with readable(path):
            return stat.S_ISREG(os.stat(path).st_mode)
    except (FileNotFoundError, NotADirectoryError):
        return False


def locate(released, root=None):
    """Return the path of a released file, or ``None`` when no folder holds it.

    In each folder the file is looked for directly, in the tidy subfolder (``released_features``,
    ``authors_grids``), then where the authors' repository has it, so that a clone can be named.

    Raises ``PermissionError`` for a folder that may not be searched: to pass over it would hide
    the file that the user meant.
    """
    for _, folder in search_folders(root):
        for subfolder in ("", *released.folders):
            path = folder / subfolder / released.file
            if _is_file(path):
                return path
    return None
