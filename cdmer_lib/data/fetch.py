"""Released files on this computer: search, check, download, and the list of what is here."""

import os
import warnings
from functools import cache
from pathlib import Path

from platformdirs import user_cache_dir

from .. import errors
from ..files import git_blob_sha1, locked, replacing, user_path
from . import registry
from .extracted import choose_features
from .reading import is_file, readable

LONGEST_WAIT = 600  # seconds, for another process that downloads the same file
# Base URL -> why there was no connection: a machine without network waits for the timeout once.
_unreachable = {}


def cache_folder():
    """Return the user's cache folder, where downloads go; None for a user without a home."""
    # pooch.os_cache names the same folder, but importing pooch takes too long for `cdmer data`.
    folder = Path(user_cache_dir("cdmer"))
    return folder if folder.is_absolute() else None


def search_folders(root=None):
    """Return the ``(label, folder)`` pairs in the order searched: root, CDMER_DATA, cache."""
    named = {"root": root, "CDMER_DATA": os.environ.get("CDMER_DATA"), "cache": cache_folder()}
    return [(label, user_path(folder)) for label, folder in named.items() if folder]


def _places(released, root):
    folders = [folder for _, folder in search_folders(root)]
    return [f / below / released.file for f in folders for below in ("", *released.folders)]


@cache
def _sha1_of_version(path, size, mtime_ns):  # hashed again only when size or time has changed
    return git_blob_sha1(path)


def verify_file(path, released, url=None):
    """Raise ``IntegrityError`` unless a file, or its download from ``url``, is the released one."""
    with readable(path):
        version = os.stat(path)
        found = _sha1_of_version(path, version.st_size, version.st_mtime_ns)
    if found != (expected := registry.SHA1[released.file]):
        advice = (
            "nothing was kept: download it again, or look for a proxy or a sign-in page"
            if url
            else "delete it and run cdmer data --download, or load your own with verify=False"
        )
        raise errors.IntegrityError(
            f"{url or path}: expected git blob SHA-1 {expected} (released {released.what}), "
            f"found {found} ({version.st_size} bytes); {advice}"
        )


def obtain(released, root=None, *, verify=True, progress=True):
    """Return the path of a released file, downloading it (always verified) where none is found."""
    path = next(filter(is_file, _places(released, root)), None)
    if not verify and root and not (path and path.is_relative_to(user_path(root))):
        # The user asks for a file of their own: the released one must not take its place.
        raise _unavailable(released, root, f"with verify=False only {root} is looked in")
    if path is None:
        return download_file(released, root, progress=progress)
    if verify:
        verify_file(path, released)
    return path


def download_file(released, root=None, *, progress=True):
    """Download a released file into the user's cache, whole and verified, and return its path."""
    import pooch
    from requests.exceptions import ChunkedEncodingError, ConnectionError, Timeout

    folder, reason = cache_folder(), _unreachable.get(registry.HOST)
    if folder is None:
        reason = "no home folder for a cache; set HOME or XDG_CACHE_HOME"
    if reason:
        raise _unavailable(released, root, reason)
    path, url = folder / released.file, registry.url(released)
    # Uncompressed: the announced length is then the file's, and a lost connection shows.
    how = {"chunk_size": 1 << 16, "headers": {"Accept-Encoding": "identity"}}
    how["timeout"] = (3.05, 30)  # seconds to connect, seconds without a byte
    try:
        with locked(path, LONGEST_WAIT):
            if _state(path, released) != "verified":  # else the other process did it
                with replacing(path) as part:
                    pooch.HTTPDownloader(progress, **how)(url, str(part), None)
                    verify_file(part, released, url)
    except errors.NotWritable as error:  # made of every OSError, those of requests too
        reason = error.__cause__
        if isinstance(reason, ChunkedEncodingError):
            raise errors.IntegrityError(
                f"{url}: expected the whole file, found the connection closed early ({reason}); "
                "nothing was kept: download it again"
            ) from error
        if isinstance(reason, PermissionError):
            raise errors.NotReadable(
                f"{folder}: expected a cache folder that can be written, found {reason}; change "
                f"its permissions, or name a folder that holds {path.name} by root or CDMER_DATA"
            ) from error
        if isinstance(reason, (ConnectionError, Timeout)):
            reason = f"no connection ({type(reason).__name__})"
            _unreachable[registry.HOST] = f"{reason}, tried earlier in this process"
        raise _unavailable(released, root, reason) from error
    return path


def _unavailable(released, root, reason):
    folders = "".join(
        f"  {label}: {folder}{'' if folder.is_dir() else ' (no such folder)'}\n"
        for label, folder in search_folders(root)
    )
    return errors.DataUnavailable(
        f"{released.what}: {released.file} is absent and cannot be downloaded: {reason}\n"
        f"Searched, also in the subfolders {' and '.join(released.folders)}:\n{folders}"
        f"Tried to download: {registry.url(released)}\nWhat to do: name a folder that holds the "
        "file by root or CDMER_DATA, or go online and run: cdmer data --download"
    )


def available(need, root=None):
    """Return whether a released file, or one of your own in ``root``, can be had.

    ``need`` is a database's name or letter, its earlier features (``"earlier:V"``), or a recorded
    grid (``"grid:V->N"``). An absent file is downloaded. What is found and cannot be used is warned
    about: other content, no permission, released features where ``root`` has your own of other
    databases. Raises ``ValueError`` for an unknown database or task.
    """
    released = registry.released_file(need)
    try:
        own = None if ":" in need else choose_features(need, root)
        return bool(own or obtain(released, root, progress=False))
    except errors.DataUnavailable:
        return False
    except (errors.InvalidInput, PermissionError) as error:
        warnings.warn(str(error), stacklevel=2)
        return False


def _state(path, released):
    try:
        if not is_file(path):
            return "absent"
        verify_file(path, released)
    except errors.IntegrityError:
        return "wrong hash"
    except (errors.InvalidInput, OSError):
        return "unreadable"
    return "verified"


def _found(released, root=None):
    """Return ``(path or "", state)`` of a released file, downloading nothing."""
    states = ((str(path), _state(path, released)) for path in _places(released, root))
    return next((found for found in states if found[1] != "absent"), ("", "absent"))


def inventory(root=None):
    """Return a DataFrame with a row for each released file, downloading nothing.

    Columns: ``what``, ``file``, ``path`` (where found, or empty), ``state`` (``verified``,
    ``absent``, ``wrong hash`` or ``unreadable``).
    """
    import pandas as pd

    rows = [(*file[:2], *_found(file, root)) for file in registry.REGISTRY]
    return pd.DataFrame(rows, columns=["what", "file", "path", "state"])


def download(names=None):
    """Download what is absent of the released files, going on after a failure.

    ``names`` is a list of what :func:`available` takes, by default of all files. Returns a
    DataFrame with a row for each: ``what``, ``file``, ``outcome`` (``present``, ``downloaded`` into
    the user's cache, or ``failed``), ``detail`` (the path, or the reason).
    """
    import pandas as pd

    _unreachable.clear()  # a machine that was offline may be online now
    rows = []
    for released in registry.REGISTRY if names is None else map(registry.released_file, names):
        path, state = _found(released)
        outcome = "present" if state == "verified" else "downloaded"
        try:
            # A spoiled file in the cache is replaced. One elsewhere is the user's: an error.
            spoiled = outcome != "present" and path and Path(path).parent == cache_folder()
            path = download_file(released) if spoiled else obtain(released)
        except errors.CdmerError as error:
            outcome, path = "failed", str(error).splitlines()[0]
        rows.append((*released[:2], outcome, str(path)))
    return pd.DataFrame(rows, columns=["what", "file", "outcome", "detail"])


def describe(root=None):
    """Return the inventory as text: what is here, where, verified or not, how to get the rest."""
    rows = [(file.what, *_found(file, root)) for file in registry.REGISTRY]
    states, width = [state for *_, state in rows], max(len(what) for what, *_ in rows)
    verified = states.count("verified")
    lines = [f"Released data: {verified} of {len(rows)} files present and verified", ""]
    lines += [f"  {what:{width}}  {state:10}  {path}" for what, path, state in rows]
    lines += ["", "Folders searched, in this order:"]
    lines += [f"  {label:10}  {folder}" for label, folder in search_folders(root)]
    if "wrong hash" in states:
        lines.append("""
Wrong hash: the content is not the released one. Delete the file and download it
  again; your own is loaded with verify=False.""")
    if "unreadable" in states:
        lines.append("\nUnreadable: allow reading the file and its folder.")
    if verified < len(rows):
        lines.append(f"""
To get the absent files ({states.count("absent")}), one of:
  cdmer data --download     downloads them into {cache_folder()}
  git clone {registry.REPOSITORY}     and set CDMER_DATA to the clone
    (earlier features: {registry.EARLIER_REPOSITORY})
  or put them in a folder named by CDMER_DATA, directly or as
    features: {" or ".join(registry.FEATURES)}
    grids:    {" or ".join(registry.GRIDS)}
    earlier:  {" or ".join(registry.EARLIER)}
Sources: {registry.REPOSITORY} at commit {registry.COMMIT},
{registry.EARLIER_REPOSITORY} at commit {registry.EARLIER_COMMIT}""")
    return "\n".join(line.rstrip() for line in lines)
