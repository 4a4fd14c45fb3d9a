"""Grids, sweeps, the results store, filling it and verifying it."""

from .descriptor_rows import score_descriptors
from .fill import run, run_all
from .grids import get_grid
from .store import Store
from .sweep import sweep
from .verify import verify

__all__ = ["Store", "get_grid", "run", "run_all", "score_descriptors", "sweep", "verify"]
