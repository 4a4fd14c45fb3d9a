"""Synthetic micro-expression databases: faces, expressions and cameras with known ground truth.

They have the layouts, subjects, classes, frame rates and frame sizes of CASME II and SMIC, and
none of their pictures. They serve the tests, and they show what no real database can: where a face
moved. Subjects, classes and layouts are facts of the real databases; skin texture, noise, spread of
the light, framing of SMIC and the subjects' habits were tuned until statistics of LBP-TOP(R3P8)
have the size that they have on the released features, never to reproduce a cell of a table; the
rest is our choice. The book's page on them has the whole list, and the statistics side by side.
"""

from .population import PlannedClip, plan
from .scene import SyntheticClip, clip_frames
from .writing import synthesise

__all__ = ["PlannedClip", "SyntheticClip", "clip_frames", "plan", "synthesise"]
