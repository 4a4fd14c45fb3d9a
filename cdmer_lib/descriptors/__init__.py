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

HAND_CRAFTED = (
    {f"LBP-TOP(R{R}P{P})": LBPTOP(R, P) for R in (1, 3) for P in (4, 8)}
    | {f"LBP-SIP(R{R})": LBPSIP(R) for R in (1, 3)}
    | {f"LPQ-TOP(decorr={decorr})": LPQTOP(decorr) for decorr in (0.1, 0)}
    | {f"HOG-TOP(p={p})": HOGTOP(p) for p in (4, 8)}
    | {f"HIGO-TOP(p={p})": HIGOTOP(p) for p in (4, 8)}
)
DESCRIPTORS = HAND_CRAFTED | C3D_ROWS  # the rows of Tables V and VI
EXTRACTABLE = DESCRIPTORS | FINETUNED_ROWS | CONTROL_ROWS  # and what Table VII and a control add

__all__ = [
    "C3D", "DESCRIPTORS", "EXTRACTABLE", "HAND_CRAFTED", "HIGOTOP", "HOGTOP", "LBPSIP", "LBPTOP",
    "LPQTOP", "BlockDescriptor", "RandomC3D",
]  # fmt: skip
