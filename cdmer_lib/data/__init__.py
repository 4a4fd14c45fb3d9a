"""Where samples come from: the released features, found, downloaded and verified; clips."""

from ..errors import DatabaseNotFound, DataUnavailable, IntegrityError, LayoutError
from .inventory import available, describe, download, inventory
from .layouts import ClipFolder, find_clips
from .recorded import load_recorded_grid
from .released import load_database

__all__ = [
    "ClipFolder",
    "DataUnavailable",
    "DatabaseNotFound",
    "IntegrityError",
    "LayoutError",
    "available",
    "describe",
    "download",
    "find_clips",
    "inventory",
    "load_database",
    "load_recorded_grid",
]
