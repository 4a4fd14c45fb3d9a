"""What can go wrong and is not a bug. The ``cdmer`` command prints each of these as one line.

Each class is also the Python error that a caller would expect (``ValueError``, ``OSError``, ...).
Its message says what was expected, what was found and what to do.
"""


class CdmerError(Exception):
    """Base of all errors that a user can correct."""


class InvalidInput(CdmerError, ValueError):
    """An argument, an array or the content of a file is not what is expected."""


class IntegrityError(InvalidInput):
    """A file's content is not what was released or written."""


class LayoutError(InvalidInput):
    """A folder of clips, or the sheet that lists them, is not as its database is distributed."""


class WeightsError(InvalidInput):
    """A file of network weights does not fit the network.

    ``missing`` and ``unexpected`` are lists of the arrays that the file lacks and that the network
    does not have, ``misshapen`` a dict from the name of an array to its shapes expected and found.
    """

    def __init__(self, message, missing=(), unexpected=(), misshapen=None):
        super().__init__(message)
        self.missing, self.unexpected = list(missing), list(unexpected)
        self.misshapen = dict(misshapen or {})


class LabelsDiffer(InvalidInput):
    """A stored point was solved again and gave other labels than the stored ones."""


class DataUnavailable(CdmerError, FileNotFoundError):
    """Data are not on this machine and cannot be downloaded."""


class DatabaseNotFound(CdmerError, FileNotFoundError):
    """There is no folder of the database where it was looked for."""


class StoreMissing(CdmerError, FileNotFoundError):
    """There is no results store where it was looked for."""


class NotReadable(CdmerError, PermissionError):
    """A file exists, but this user may not read it."""


class NotWritable(CdmerError, OSError):
    """A file cannot be written: no permission, no space, no such drive."""


class Busy(CdmerError, BlockingIOError):
    """Another process is writing the same file."""


class PackageMissing(CdmerError, ImportError):
    """An optional package is not installed."""
