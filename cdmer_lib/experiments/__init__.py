"""Grids, sweeps, the results store, metrics and selection rules."""

from .grids import GRIDS, get_grid
from .metrics import accuracy, confusion, mean_f1, uar
from .selection import best_on_target
from .store import Store, run
from .sweep import sweep

__all__ = [
    "GRIDS",
    "Store",
    "accuracy",
    "best_on_target",
    "confusion",
    "get_grid",
    "mean_f1",
    "run",
    "sweep",
    "uar",
]
