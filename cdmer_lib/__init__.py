"""Cross-database micro-expression recognition: the reference reproduction."""

from .data import load_database
from .descriptors import DESCRIPTORS
from .methods import METHODS
from .protocol import DATABASES, LABELS, TASKS, Database, Task

__all__ = [
    "DATABASES",
    "DESCRIPTORS",
    "LABELS",
    "METHODS",
    "TASKS",
    "Database",
    "Task",
    "load_database",
]
