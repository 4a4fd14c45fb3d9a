"""What of the released data is here, and how to get the rest."""

import warnings

import pandas as pd

from ..errors import DataUnavailable, IntegrityError
from . import registry
from .extracted import find_features
from .fetch import fetch, forget_failures, obtain
from .integrity import verify_file
from .search_path import cache_folder, locate, search_folders


def available(need, root=None):
    """Return whether a released file can be had, downloading it when absent.

    Parameters
    ----------
    need : str
        A database's name or letter, or a recorded grid such as ``"grid:V->N"``.
    root : path, optional
        A folder searched first.

    A file with another content, or one that may not be read, is not available and is warned
    about. Raises ``ValueError`` for an unknown database or task.
    """
    if root and not need.startswith("grid:") and find_features(need, root):
        return True
    try:
        obtain(registry.released_file(need), root, progress=False)
    except DataUnavailable:
        return False
    except (IntegrityError, PermissionError) as error:
        warnings.warn(str(error), stacklevel=2)
        return False
    return True


def _state(released, root=None):
    """Return ``(path or "", state)`` of a file, without downloading."""
    path = ""
    try:
        path = locate(released, root) or ""
        if path:
            verify_file(path, released)
    except IntegrityError:
        return path, "wrong hash"
    except OSError:
        return path, "unreadable"
    return path, "verified" if path else "absent"


def inventory(root=None):
    """Return one row for each released file, downloading nothing.

    Columns: ``what``, ``file``, ``path`` (where found, or empty), ``state`` (``verified``,
    ``absent``, ``wrong hash`` or ``unreadable``).
    """
    rows = []
    for released in registry.REGISTRY:
        path, state = _state(released, root)
        rows.append((released.what, released.file, str(path), state))
    return pd.DataFrame(rows, columns=["what", "file", "path", "state"])


def download(missing=True, names=None):
    """Download released files into the user's cache, going on after a failure.

    Parameters
    ----------
    missing : bool, default=True
        Leave out files that are present and verified. ``False`` downloads them all again.
    names : list of str, optional
        Needs as :func:`available` takes them; all sixteen files by default.

    Returns
    -------
    DataFrame
        A row for each file: ``what``, ``file``, ``outcome`` (``present``, ``downloaded`` or
        ``failed``) and ``detail``, the path or the reason of the failure.
    """
    forget_failures()
    files = registry.REGISTRY if names is None else map(registry.released_file, names)
    rows = [(released.what, released.file, *_download(released, missing)) for released in files]
    return pd.DataFrame(rows, columns=["what", "file", "outcome", "detail"])


def _download(released, missing):
    path, state = _state(released)
    if missing and state == "verified":
        return "present", str(path)
    try:
        # A spoiled file elsewhere is the user's: obtain() says so. In the cache it is replaced.
        if state in ("wrong hash", "unreadable") and path != cache_folder() / released.file:
            obtain(released)
        return "downloaded", str(fetch(released))
    except (DataUnavailable, IntegrityError, PermissionError) as error:
        return "failed", str(error).splitlines()[0]


def describe(root=None):
    """Return the inventory as text: what is here, where, verified or not, how to get the rest."""
    stock = inventory(root)
    verified = int((stock.state == "verified").sum())
    width = max(map(len, stock.what))
    lines = [f"Released data: {verified} of {len(stock)} files present and verified", ""]
    lines += [f"  {row.what:{width}}  {row.state:10}  {row.path}" for row in stock.itertuples()]
    lines += ["", "Folders searched, in this order:"]
    lines += [f"  {label:10}  {folder}" for label, folder in search_folders(root)]
    if verified < len(stock):
        lines += ["", *_how_to_get(stock)]
    return "\n".join(line.rstrip() for line in lines)


def _how_to_get(stock):
    if (stock.state == "wrong hash").any():
        yield "Wrong hash: the content is not the released one. Delete the file and download it"
        yield "  again; your own features in the same layout are loaded with verify=False."
    if (stock.state == "unreadable").any():
        yield "Unreadable: allow reading the file and its folder."
    yield f"To get the absent files ({int((stock.state == 'absent').sum())}), one of:"
    yield f"  cdmer data --download     downloads them into {cache_folder()}"
    yield f"  git clone {registry.REPOSITORY}     and set CDMER_DATA to the clone"
    yield "  or put them in a folder named by CDMER_DATA, directly or as"
    yield f"    features: {' or '.join(registry.REGISTRY[0].folders)}"
    yield f"    grids:    {' or '.join(registry.REGISTRY[-1].folders)}"
    yield f"Source: {registry.REPOSITORY} at commit {registry.COMMIT}"
