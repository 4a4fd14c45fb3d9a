"""Atomic writing, locks and hashes: one of each, for every file that the package writes."""

import hashlib
import os
import stat
from contextlib import contextmanager, suppress
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from filelock import FileLock, Timeout

from .errors import Busy, CdmerError, InvalidInput, NotWritable


@contextmanager
def replacing(path):
    """Write a file completely, or not at all.

    Parameters
    ----------
    path : path
        The file; its folder is made where it is absent.

    Yields
    ------
    Path
        A new name in the same folder. Write to it: if the block ends without an error, that file
        takes the place of ``path``; else it is removed, and ``path`` stays as it was.

    Raises
    ------
    NotWritable
        The system refuses to write.
    """
    path = Path(path)
    partial = path.with_name(f"{path.name}.{os.getpid()}.partial")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        partial.unlink(missing_ok=True)  # else a link of that name would be followed
        try:
            yield partial
            os.replace(partial, path)
        finally:
            partial.unlink(missing_ok=True)
    except CdmerError:
        raise
    except OSError as error:
        raise NotWritable(f"cannot write {path}: {error.strerror or error}") from error


@contextmanager
def locked(path, wait=0):
    """Let only one process write a file.

    What a writer that was killed left beside the file is removed.

    Parameters
    ----------
    path : path
        The file. The lock is an empty file beside it, with ``.lock`` added to its name. It goes
        with the lock, and so does a folder that was made for it and stays empty. What a killed
        process leaves locks nobody out, another user neither.
    wait : float, default=0
        Seconds to wait for another process.

    Raises
    ------
    Busy
        Another process holds the lock, also after ``wait`` seconds.
    NotWritable
        The lock cannot be made.
    """
    path = Path(path)
    name, new = path.with_name(f"{path.name}.lock"), not path.parent.exists()
    lock = FileLock(name, timeout=wait, mode=0o666)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        if not _is_plain(name):
            raise NotWritable(f"cannot lock {path}: {name} is a link or no file; remove it")
        lock.acquire()
    except Timeout:
        raise Busy(
            f"another run is writing {path}; wait for it, or write to another folder"
        ) from None
    except CdmerError:
        raise
    except OSError as error:
        raise NotWritable(
            f"cannot write {path}: {error.strerror or error}; write to another folder, or ask the "
            f"owner of {path.parent}"
        ) from error
    try:
        for partial in path.parent.glob(f"{path.name}.*.partial"):
            partial.unlink(missing_ok=True)
        yield
    finally:
        with suppress(OSError):  # Windows removes no open file
            name.unlink()
        lock.release()
        if new:
            with suppress(OSError):  # there is something in it
                path.parent.rmdir()


def _is_plain(path):
    """Whether a path is free, or a file of one name only and no link."""
    try:
        state = os.lstat(path)
    except FileNotFoundError:
        return True
    return stat.S_ISREG(state.st_mode) and state.st_nlink == 1


def package_version(package):
    """Version of an installed package, for what a file says of its making; else "unknown"."""
    try:
        return version(package)
    except PackageNotFoundError:  # run from a checkout, say
        return "unknown"


def sha256(path):
    """SHA-256 of a file, as 64 hexadecimal digits."""
    with open(path, "rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def git_blob_sha1(path):
    """SHA-1 of ``b"blob <size>\\0" + content``, as ``git hash-object`` prints it."""
    content = Path(path).read_bytes()
    return hashlib.sha1(b"blob %d\0" % len(content) + content, usedforsecurity=False).hexdigest()


def user_path(path):
    """A path that a user wrote, with ``~`` expanded; InvalidInput where there is no home folder."""
    try:
        return Path(path).expanduser()
    except RuntimeError as error:
        raise InvalidInput(
            f"{path}: expected a path, found ~ without a home folder ({error}); write the folder "
            "in full, or set HOME"
        ) from error
