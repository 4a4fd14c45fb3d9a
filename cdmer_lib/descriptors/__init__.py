"""Spatiotemporal descriptors, one a file, named as the rows of paper A's Tables V and VI."""

from .base import BlockDescriptor
from .lbp_top import LBPTOP

DESCRIPTORS = {
    "LBP-TOP(R1P4)": LBPTOP(R=1, P=4),
    "LBP-TOP(R1P8)": LBPTOP(R=1, P=8),
    "LBP-TOP(R3P4)": LBPTOP(R=3, P=4),
    "LBP-TOP(R3P8)": LBPTOP(R=3, P=8),
}

__all__ = ["DESCRIPTORS", "LBPTOP", "BlockDescriptor"]
