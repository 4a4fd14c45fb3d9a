"""Metrics, bootstrap, permutation and paired tests: functions of labels and of stored sweeps."""

from .metrics import accuracy, confusion, mean_f1, uar

__all__ = ["accuracy", "confusion", "mean_f1", "uar"]
