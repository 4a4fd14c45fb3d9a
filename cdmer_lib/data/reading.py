"""Files that others made, opened with care: forbidden, damaged and hostile ones are errors."""

import csv
import math
import os
import stat
from contextlib import contextmanager
from pathlib import Path

from ..errors import InvalidInput, NotReadable
from ..protocol import Database

MOST_BYTES = 4 << 30  # of one dataset; the largest released one has 20 MB
MOST_RATIO = 2000  # of the bytes in memory to those of the file; gzip reaches 1032
SAVE_AGAIN = "save the features with save(..., '-v7.3') or download the file again"


@contextmanager
def readable(path):
    """Turn a ``PermissionError`` raised inside into ``NotReadable``, which says what to do."""
    try:
        yield
    except PermissionError as error:
        raise NotReadable(
            f"{path}: expected a readable file, found no permission to read it or its folder; "
            "change the permissions, or name another folder by root or CDMER_DATA"
        ) from error


@contextmanager
def expecting(path, kind, found="{}", advice="", error=InvalidInput):
    """Read a file inside: what goes wrong is an ``error`` that says what was expected of it."""
    try:
        is_file(path)  # a pipe would be waited for
        with readable(path):
            yield
    except (error, NotReadable):
        raise
    except Exception as reason:  # libraries raise errors of many kinds on a damaged file
        found = f"found {found.format(reason)}" + (f"; {advice}" if advice else "")
        raise error(f"{path}: expected {kind}, {found}") from reason


def own_table(name):
    """The rows of a table beside this file, dicts of str; lines that begin with # are comments."""
    with open(Path(__file__).with_name(name), encoding="utf-8") as file:
        return list(csv.DictReader(line for line in file if not line.startswith("#")))


def as_database(path, *told):
    """The :class:`Database` made of what a file holds; what is wrong with it names the file."""
    try:
        return Database(*told)
    except InvalidInput as error:
        raise InvalidInput(f"{path}: {error}") from error


def is_file(path):
    """Return whether there is a file at ``path``.

    What is no file under that name (a folder, a pipe, a link to nowhere) raises ``InvalidInput``,
    so that no other file silently takes its place; a forbidden folder raises ``NotReadable``.
    """
    try:  # os.stat: what Path.is_file does in a forbidden folder depends on the Python
        with readable(path):
            mode = os.stat(path).st_mode
    except NotReadable:
        raise
    except OSError as error:
        if isinstance(error, (FileNotFoundError, NotADirectoryError)) and not os.path.islink(path):
            return False
        mode = 0
    if not stat.S_ISREG(mode):
        raise InvalidInput(
            f"{path}: expected a file, found a folder, a pipe, a link to nowhere or a bad drive; "
            "remove it, or copy the file there"
        )
    return True


def read_hdf5(path, keys=None, mark=None, advice=SAVE_AGAIN):
    """Return (the datasets ``keys`` as a dict of arrays, the attribute ``mark`` or None).

    ``keys=None`` stands for all datasets. Raises ``InvalidInput``, before anything is read, for a
    dataset that is absent, not of real numbers, kept in another file, or declared larger than the
    file can hold; and for a file that HDF5 cannot read.
    """
    import h5py

    how = "a MATLAB v7.3 (HDF5) file", "one that HDF5 cannot read ({})", advice
    with expecting(path, *how), open(path, "rb") as stream, h5py.File(stream, "r") as file:
        links = {key: file.get(key, getlink=True) for key in file}
        held = {key: file[key] for key, link in links.items() if type(link) is h5py.HardLink}
        names, kinds = (held, "fiuS") if keys is None else (keys, "fiu")
        for name in names:
            _check_dataset(path, name, held, kinds, os.path.getsize(path))
        return {name: held[name][()] for name in names}, mark and file.attrs.get(mark)


def _check_dataset(path, key, held, kinds, file_size):
    """Raise ``InvalidInput`` where it is not safe to read the dataset ``key`` of ``held``."""
    data, found = held.get(key), ""
    kind = getattr(getattr(data, "dtype", None), "kind", None)  # None: absent, or a group
    if kind is None or kind not in kinds or data.shape is None:
        names = [f"{name} {getattr(item, 'dtype', 'group')}" for name, item in held.items()]
        found = ", ".join(names[:9]) or "no dataset"
    elif data.external or data.is_virtual:
        found = "a reference to another file"
    else:
        size = data.dtype.itemsize * max(math.prod(data.shape), math.prod(data.chunks or ()))
        if size > min(MOST_BYTES, MOST_RATIO * file_size):
            found = f"the shape {data.shape}, {size} bytes, in a file of {file_size}"
    if found:
        raise InvalidInput(
            f"{path}: expected a numeric dataset {key}, found {found}; save the matrix itself "
            "under that name"
        )
