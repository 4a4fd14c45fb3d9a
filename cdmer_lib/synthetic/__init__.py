"""Synthetic micro-expression databases: faces, expressions and cameras with known ground truth.

They have the layouts, subjects, classes, frame rates and frame sizes of CASME II and SMIC, and
none of their pictures. They serve the tests, and they show what no real database can: where a face
moved.

What the parameters come from
-----------------------------
From the databases' own descriptions (Li et al. 2013, Yan et al. 2014): subjects, classes and
counts, frame rates, sizes of cropped frames, file formats and names, durations below half a second.
From the Facial Action Coding System: which landmark an action unit moves, and in which direction.

Tuned until statistics of LBP-TOP(R3P8) have the size that they have on the released features of
CASME II, SMIC-VIS and SMIC-NIR, never to reproduce a cell of a table: skin texture (scales,
contrast and its spread over subjects), noise of each camera, spread of the light, framing of SMIC,
and the strength of the subjects' habits. The statistics are the share of non-uniform codes, the
variance of block histograms relative to counting noise, the distance between the mean features of
each pair of databases (MMD with a linear kernel), and the mean F1 of a linear SVM over six tasks.

Chosen and not tuned: the rest, for instance the geometry of faces, the probabilities of action
units, head motion, wrinkles, blinks, and all of SMIC-HS, whose released features were not compared.
"""

from .population import PlannedClip, plan
from .scene import SyntheticClip, clip_frames
from .writing import synthesise

__all__ = ["PlannedClip", "SyntheticClip", "clip_frames", "plan", "synthesise"]
