"""Get a released file: from a folder that has it, or from the authors' public repository."""

import os
import tempfile
from pathlib import Path

import pooch
import requests

from ..errors import DataUnavailable, IntegrityError, NotReadable
from . import registry
from .integrity import verify_download, verify_file
from .search_path import cache_folder, locate, search_folders

TIMEOUT = (3.05, 30)  # seconds to connect, seconds without a byte
CHUNK = 1 << 16  # bytes written at a time

# Reasons of failed connections by base URL: an offline machine waits for the timeout once.
_unreachable = {}


def obtain(released, root=None, *, verify=True, progress=True):
    """Return the path of a released file, downloading it when no folder has it.

    Parameters
    ----------
    released : ReleasedFile
    root : path, optional
        A folder searched before CDMER_DATA and the user's cache.
    verify : bool
        Check the content of a file that was found. A download is always checked.
    progress : bool
        Show a progress bar while downloading.

    Raises
    ------
    DataUnavailable, IntegrityError, PermissionError
    """
    path = locate(released, root)
    if not verify and root is not None and not _within(path, root):
        # one's own file was asked for: the released one would be a silent exchange
        raise _unavailable(released, root, f"with verify=False only {root} is looked in")
    if path is None:
        return fetch(released, root, progress=progress)
    if verify:
        verify_file(path, released)
    return path


def _within(path, root):
    return path is not None and path.is_relative_to(Path(root).expanduser())


def fetch(released, root=None, *, progress=True):
    """Download a released file into the user's cache and return its path.

    The file appears there complete and verified, or not at all. ``root`` is only named in the
    error. Raises as :func:`obtain`.
    """
    if reason := _unreachable.get(registry.BASE_URL):
        raise _unavailable(released, root, f"{reason}, tried earlier in this process")
    try:
        return _download_into(cache_folder(), released, progress)
    except requests.exceptions.ChunkedEncodingError as error:
        raise IntegrityError(
            f"{released.url}: expected the whole file, found the connection closed early "
            f"({error}); nothing was kept: download it again"
        ) from error
    except (requests.ConnectionError, requests.Timeout) as error:
        reason = _unreachable[registry.BASE_URL] = f"no connection ({type(error).__name__})"
        raise _unavailable(released, root, reason) from error
    except PermissionError as error:
        raise NotReadable(
            f"{cache_folder()}: expected a cache folder that can be written, to download "
            f"{released.file}, found {error}; change its permissions, or pass root or set "
            "CDMER_DATA to a folder that holds the file"
        ) from error
    except OSError as error:  # an answer other than the file, a full or read-only disk
        raise _unavailable(released, root, str(error)) from error


def forget_failures():
    """Let the next download try to connect again."""
    _unreachable.clear()


def _download_into(cache, released, progress):
    cache.mkdir(parents=True, exist_ok=True)
    # Scratch inside the cache, so that the last step is a rename within one file system.
    with tempfile.TemporaryDirectory(dir=cache, prefix="part-") as scratch:
        part = Path(scratch) / released.file
        download = pooch.HTTPDownloader(
            progressbar=progress,
            chunk_size=CHUNK,
            timeout=TIMEOUT,
            # Uncompressed, so that the announced length is the file's and a cut is noticed.
            headers={"Accept-Encoding": "identity"},
        )
        download(released.url, str(part), None)
        verify_download(part, released)
        os.replace(part, cache / released.file)
    return cache / released.file


def _unavailable(released, root, reason):
    folders = "\n".join(
        f"  {label}: {folder}{'' if folder.is_dir() else ' (no such folder)'}"
        for label, folder in search_folders(root)
    )
    return DataUnavailable(
        f"{released.what}: {released.file} is absent and cannot be downloaded: {reason}\n"
        f"Searched, also in the subfolders {' and '.join(released.folders)}:\n{folders}\n"
        f"Tried to download: {released.url}\n"
        "What to do: set CDMER_DATA to a folder that holds the file, or pass that folder as "
        "root, or go online and run: cdmer data --download"
    )
