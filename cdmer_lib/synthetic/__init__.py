"""Synthetic micro-expression databases: faces, expressions and cameras with known ground truth.

They have the layouts, subjects, classes, frame rates and frame sizes of CASME II and SMIC, and none
of their pictures. Skin texture, noise, light, framing of SMIC and habits were tuned to statistics
of the released features, never to a cell of a table; the rest is our choice (see the book's page).
"""

from .population import PlannedClip, plan
from .scene import SyntheticClip, clip_frames
from .writing import synthesise

__all__ = ["PlannedClip", "SyntheticClip", "clip_frames", "plan", "synthesise"]
