"""The papers' printed tables held against themselves: which numbers are possible."""

from .audit import audit

__all__ = ["audit"]
