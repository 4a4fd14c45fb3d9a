"""Synthetic micro-expression databases: faces, expressions and cameras with known ground truth.

They have the layouts, subjects, classes, frame rates and frame sizes of CASME II and SMIC, and
none of their pictures: another data set, for tests and for what no real database can show, such as
where a face moved.

What the parameters come from
-----------------------------
From the databases' own descriptions (Li et al. 2013, Yan et al. 2014): subjects, classes and
counts, frame rates, sizes of cropped frames, file formats and names, durations below half a
second; from the Facial Action Coding System: which landmark an action unit moves, and whither.

Set so that statistics of LBP-TOP(R3P8) have the size that they have on the released features of
CASME II, SMIC-VIS and SMIC-NIR, never to reproduce a cell of a table: skin texture (scales,
contrast and its spread over subjects), noise of each camera, spread of the light, framing of SMIC,
and the strength of the subjects' habits. The statistics: the share of non-uniform codes, the
variance of block histograms relative to counting noise, the distance of the mean features of each
pair of databases (MMD with a linear kernel), and the mean F1 of the six tasks with a linear SVM on
average.

Chosen and not tuned: the rest, among it the geometry of faces, the probabilities of action units,
the size of head motion, wrinkles, blinks, and all of SMIC-HS, whose released features were not
compared.
"""

from .clips import SyntheticClip, clip_frames
from .population import PlannedClip, plan
from .writing import synthesise

__all__ = ["PlannedClip", "SyntheticClip", "clip_frames", "plan", "synthesise"]
