"""Spatiotemporal descriptors, one a file, named as the rows of paper A's Tables V and VI.

>>> import numpy as np
>>> from cdmer_lib import DESCRIPTORS
>>> clip = np.random.default_rng(0).uniform(0, 255, (16, 112, 112))
>>> DESCRIPTORS["LBP-TOP(R3P8)"].extract(clip).shape  # 85 blocks x 3 planes x 59 bins
(1, 15045)
"""

from ..c3d import C3D, C3D_ROWS, CONTROL_ROWS, FINETUNED_ROWS, RandomC3D
from .base import BlockDescriptor
from .hog_top import HIGOTOP, HOGTOP
from .lbp_sip import LBPSIP
from .lbp_top import LBPTOP
from .lpq_top import LPQTOP

HAND_CRAFTED = {
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
DESCRIPTORS = HAND_CRAFTED | C3D_ROWS  # the rows of Tables V and VI
EXTRACTABLE = DESCRIPTORS | FINETUNED_ROWS | CONTROL_ROWS  # and what Table VII and a control add

__all__ = [
    "C3D",
    "DESCRIPTORS",
    "EXTRACTABLE",
    "HAND_CRAFTED",
    "HIGOTOP",
    "HOGTOP",
    "LBPSIP",
    "LBPTOP",
    "LPQTOP",
    "BlockDescriptor",
    "RandomC3D",
]
