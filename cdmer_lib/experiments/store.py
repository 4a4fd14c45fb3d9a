"""The results store: solved grid points, one Parquet file for each method and task.

``<root>/<method>/<task>.parquet`` has a row a grid point, with its predicted labels, and carries
its provenance in its own metadata; a variant of a method has a folder of its own. Every named
grid is a choice of rows. A run adds a batch at a time by replacing the file, so a kill at any
moment loses at most the batches under way, and the next run solves only what is missing.
"""

import os
from ast import literal_eval
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from tempfile import gettempdir

import pandas as pd

from ..errors import Busy
from ..methods import METHODS
from ..protocol import TASKS, get_task
from .grids import get_grid, given, widest_first
from .sweep import in_grid_order

try:
    import fcntl
except ImportError:  # not on Windows, where two runs on one file are not kept apart
    fcntl = None


class Store:
    """A folder of solved grid points.

    Parameters
    ----------
    root : path, default="results"
    """

    def __init__(self, root="results"):
        self.root = Path(root)

    def path(self, method, task, **fixed):
        """File of one method, or variant of it, and task."""
        method, fixed = given(method, fixed)
        variant = "".join(f",{name}={value}" for name, value in sorted(fixed.items()))
        return self.root / f"{method}{variant}" / f"{get_task(task).slug}.parquet"

    def load(self, method, task, grid=None, **fixed):
        """What is solved of a grid, with ``attrs["provenance"]``.

        Parameters
        ----------
        method, task, **fixed
            As for :func:`~cdmer_lib.experiments.sweep`.
        grid : str, default=None
            A named grid, or ``None`` for every point that is stored.

        Returns
        -------
        DataFrame or None
            The grid in its order; ``None`` where a point of it is missing. Parameters, scores,
            criteria where they were recorded (see :mod:`~cdmer_lib.experiments.criteria`),
            ``predicted`` (label codes as digits) and ``seconds``.
        """
        path = self.path(method, task, **fixed)
        if not path.exists():
            return None
        with open(path, "rb") as file:  # given a path, Arrow opens it twice; a run may replace it
            table = pd.read_parquet(file)
        if grid is None:
            return table
        points = get_grid(method, grid, *table.attrs["provenance"]["samples"])
        return None if missing_points(points, table) else in_grid_order(table, points)

    def widest(self, method, task, **fixed):
        """Name of the widest grid that is stored whole, or ``None``."""
        table = self.load(method, task, **fixed)
        if table is None:
            return None
        names = widest_first(method, *table.attrs["provenance"]["samples"])
        return next((n for n in names if self.load(method, task, n, **fixed) is not None), None)

    def tasks(self, method, grid, **fixed):
        """The tasks for which a grid is stored whole, in the papers' order."""
        return [task for task in TASKS if self.load(method, task, grid, **fixed) is not None]

    def methods(self):
        """The methods of which something is stored without fixed arguments, in their order."""
        return [method for method in METHODS if (self.root / method).is_dir()]

    def variants(self):
        """Every stored method with its fixed arguments: list of (str, dict)."""
        found = []
        for folder in sorted(self.root.glob("*/")):
            method, *fixed = folder.name.split(",")
            if method in METHODS:
                found.append((method, dict(as_typed_argument(text) for text in fixed)))
        return found

    def save(self, table, method, task, **fixed):
        """Write one file: completely, or not at all."""
        path = self.path(method, task, **fixed)
        path.parent.mkdir(parents=True, exist_ok=True)
        partial = path.with_suffix(f".{os.getpid()}.partial")
        try:
            table.to_parquet(partial, index=False, compression="zstd")
            os.replace(partial, path)
        finally:
            partial.unlink(missing_ok=True)

    @contextmanager
    def writing(self, method, task, **fixed):
        """Hold a file for one run; the lock ends with the process, however that ends.

        What a writer that was killed left beside the file is removed.

        Raises
        ------
        BlockingIOError
            If another run on this machine holds it.
        """
        path = self.path(method, task, **fixed).resolve()
        name = f"cdmer-{sha256(str(path).encode()).hexdigest()[:16]}.lock"
        with open(Path(gettempdir()) / name, "w") as lock:
            if fcntl is not None:
                try:
                    fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                except BlockingIOError:
                    raise Busy(
                        f"another run is writing {path}; wait for it, or use another store"
                    ) from None
                for partial in path.parent.glob(f"{path.stem}.*.partial"):
                    if not _lives(int(partial.name.split(".")[-2])):
                        partial.unlink(missing_ok=True)
            yield


def _lives(pid):
    """Whether a process of this machine still runs (POSIX)."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:  # it is somebody else's
        pass
    return True


def as_typed_argument(text):
    """("sigma", 3.0) of "sigma=3.0": a number or True where it reads as one, else a word."""
    name, _, value = text.partition("=")
    try:
        return name, literal_eval(value)
    except (ValueError, SyntaxError):
        return name, value


def missing_points(points, table):
    """The points that have no row in a table."""
    done = set(table[list(points[0])].itertuples(index=False, name=None))
    return [point for point in points if tuple(point.values()) not in done]
