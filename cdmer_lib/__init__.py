"""Cross-database micro-expression recognition: the reference reproduction."""

from .data import load_database
from .methods import METHODS
from .protocol import DATABASES, LABELS, TASKS, Database, Task

__all__ = ["DATABASES", "LABELS", "METHODS", "TASKS", "Database", "Task", "load_database"]
