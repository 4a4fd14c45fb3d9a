"""Where samples come from: the released features, found, downloaded and verified; clips."""

from cdmer_lib.data.fetch import DataUnavailable
from cdmer_lib.data.integrity import IntegrityError
from cdmer_lib.data.layouts import ClipFolder, DatabaseNotFound, LayoutError, find_clips
from cdmer_lib.data.recorded import load_recorded_grid
from cdmer_lib.data.released import load_database
from cdmer_lib.data.stock import available, describe, download, inventory

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
