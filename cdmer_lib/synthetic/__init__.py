"""Synthetic micro-expression databases: faces, expressions and cameras with known ground truth.

They have the layouts, subjects, classes, frame rates and frame sizes of CASME II and SMIC, none of
their pictures, and show where a face moved. Skin texture, noise, light, framing of SMIC and habits
were tuned until statistics of LBP-TOP(R3P8) were about those of the released features, never to
reproduce a cell of a table; the rest is our choice. The book's page has the whole list.
"""

from .population import PlannedClip, plan
from .scene import SyntheticClip, clip_frames
from .writing import synthesise

__all__ = ["PlannedClip", "SyntheticClip", "clip_frames", "plan", "synthesise"]
