"""Choosing a point of a grid: on the target, as the papers do, or without its labels."""

from .choices import CHOICES, DEFAULT_CRITERION, best_on_target, choose
from .validation import validate, with_record

__all__ = [
    "CHOICES", "DEFAULT_CRITERION", "best_on_target", "choose", "validate", "with_record",
]  # fmt: skip
