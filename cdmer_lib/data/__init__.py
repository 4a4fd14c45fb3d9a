"""Where samples come from: the released features, found, downloaded and verified; clips."""

from ..errors import DatabaseNotFound, DataUnavailable, IntegrityError, LayoutError
from .clip_folder import ClipFolder
from .fetch import available, describe, download, inventory
from .layouts import find_clips
from .released import load_database, load_recorded_grid

__all__ = [
    "ClipFolder", "DataUnavailable", "DatabaseNotFound", "IntegrityError", "LayoutError",
    "available", "describe", "download", "find_clips", "inventory", "load_database",
    "load_recorded_grid",
]  # fmt: skip
