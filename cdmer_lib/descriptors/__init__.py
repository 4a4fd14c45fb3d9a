"""Spatiotemporal descriptors, one a file, named as the rows of paper A's Tables V and VI."""

from .base import BlockDescriptor
from .hog_top import HIGOTOP, HOGTOP
from .lbp_sip import LBPSIP
from .lbp_top import LBPTOP
from .lpq_top import LPQTOP

DESCRIPTORS = {
    "LBP-TOP(R1P4)": LBPTOP(R=1, P=4),
    "LBP-TOP(R1P8)": LBPTOP(R=1, P=8),
    "LBP-TOP(R3P4)": LBPTOP(R=3, P=4),
    "LBP-TOP(R3P8)": LBPTOP(R=3, P=8),
    "LBP-SIP(R1)": LBPSIP(R=1),
    "LBP-SIP(R3)": LBPSIP(R=3),
    "LPQ-TOP(decorr=0.1)": LPQTOP(decorr=0.1),
    "LPQ-TOP(decorr=0)": LPQTOP(decorr=0),
    "HOG-TOP(p=4)": HOGTOP(p=4),
    "HOG-TOP(p=8)": HOGTOP(p=8),
    "HIGO-TOP(p=4)": HIGOTOP(p=4),
    "HIGO-TOP(p=8)": HIGOTOP(p=8),
}

__all__ = ["DESCRIPTORS", "HIGOTOP", "HOGTOP", "LBPSIP", "LBPTOP", "LPQTOP", "BlockDescriptor"]
