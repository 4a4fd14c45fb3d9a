"""One clip in memory: a face, a performance and a camera put together."""

from dataclasses import dataclass

import numpy as np

from .scene import Scene


@dataclass(frozen=True)
class SyntheticClip:
    """A clip and what is known of it.

    Attributes
    ----------
    frames : ndarray of uint8, (n_frames, rows, columns, 3), or (n_frames, rows, columns) in grey
    motion : ndarray of shape (112, 112), float32
        The largest displacement by the expression at each pixel of the normalised face, in its
        pixels; head motion and blinks excluded.
    action_units : str
        As the coding sheet writes them, e.g. ``4+R14``.
    onset, apex, offset : int
        Places in ``frames``; the onset is the first, the offset the last.
    peak : float
        Largest value of ``motion``.
    rate : float
        Frames a second.
    courses : ndarray of shape (n_frames, n_units)
        Strength of each action unit in each frame.
    """

    frames: np.ndarray
    motion: np.ndarray
    action_units: str
    onset: int
    apex: int
    offset: int
    peak: float
    rate: float
    courses: np.ndarray


def clip_frames(database, subject, label, index, seed=0, expression=1.0):
    """Make one clip of a synthetic database.

    Parameters
    ----------
    database : str
        A name or letter: CASME2 (C), SMIC_HS (H), SMIC_VIS (V), SMIC_NIR (N).
    subject : str or int
        ``"sub01"``, ``"s1"`` or the number. SMIC subjects are the same people in its three sets,
        and the same subject, label and index is the same performance.
    label : int
        1 Negative, 2 Positive, 3 Surprise.
    index : int
        Counts the clips of one subject and label from 1.
    seed : int
    expression : float
        Its strength; 0 films the same person, head, light and noise without it.

    Returns
    -------
    SyntheticClip

    Raises
    ------
    ValueError
        Unknown database; a label other than 1, 2, 3.
    """
    scene = Scene(database, subject, label, index, seed)
    courses = expression * scene.courses()
    motion = scene.motion(courses)
    facts = scene.facts(courses, motion)
    return SyntheticClip(scene.render(courses), motion, courses=courses, **facts)
