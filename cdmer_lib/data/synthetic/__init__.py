"""Synthetic micro-expression databases: faces, expressions and cameras with known ground truth.

They have the layouts, subjects, classes, frame rates and frame sizes of CASME II and SMIC, and
none of their pictures: another data set, for tests and for what no real database can show, such as
where a face moved.
"""

from .clips import SyntheticClip, clip_frames
from .population import PlannedClip, plan
from .writing import synthesise

__all__ = ["PlannedClip", "SyntheticClip", "clip_frames", "plan", "synthesise"]
