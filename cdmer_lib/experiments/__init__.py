"""Grids, sweeps, the results store, metrics and selection rules."""

from .descriptor_rows import score_descriptors
from .grids import get_grid
from .metrics import accuracy, confusion, mean_f1, uar
from .recheck import recheck
from .resume import every_sweep, run, run_all, run_twins
from .selection import best_on_target
from .store import Store
from .sweep import sweep

__all__ = [
    "Store",
    "accuracy",
    "best_on_target",
    "confusion",
    "every_sweep",
    "get_grid",
    "mean_f1",
    "recheck",
    "run",
    "run_all",
    "run_twins",
    "score_descriptors",
    "sweep",
    "uar",
]
