"""The augmented samples of paper A's fine-tuning, and how they are divided.

Source: paper A, Section IV-B and footnote 3: TIM to 160 frames, "10 parts without overlap", one
random frame "from all the parts", which is to give 16 frames; 3,350 samples, 2,550 to train.

One frame of each of ten parts gives ten frames, not 16. 160 / 16 = 10: read as 16 parts **of** ten
frames, every number of the footnote but one word holds, and a sample keeps the even pace of the
16 frames that the features are extracted from. That is the default. ``parts=10`` takes the print by
its letter, one frame of each of ten parts, and six more at random from those left.

3,350 is no multiple of the 164 clips of SMIC-HS; how many samples each clip gives is not said. They
are spread as evenly as can be: 20 of each and one more of 70 clips. (There are 70 Negative clips:
21 of each of them and 20 of the others would be 3,350 exactly, which may be chance.)
"""

from dataclasses import dataclass

import numpy as np

from ..clips.tim import tim_matrix
from ..errors import InvalidInput

LONG, N_FRAMES = 160, 16
SPLITS = ("sample", "clip", "subject")


@dataclass(frozen=True)
class Samples:
    """What each sample is made of.

    Attributes
    ----------
    clip : ndarray of shape (n,), int
        Index of the clip.
    frames : ndarray of shape (n, 16), int
        Which of the 160 frames, in time order.
    validating : ndarray of shape (n,), bool
    """

    clip: np.ndarray
    frames: np.ndarray
    validating: np.ndarray


def draw_frames(rng, parts=N_FRAMES):
    """16 of 160 frames in time order: one of each part, the rest of what is left.

    Parameters
    ----------
    rng : numpy.random.Generator
    parts : int
        16 or 10; see the top of the module.

    Returns
    -------
    ndarray of shape (16,), int
    """
    if parts > N_FRAMES or LONG % parts:
        raise InvalidInput(f"expected parts as 16 or 10 (or another divisor of 160), found {parts}")
    length = LONG // parts
    chosen = np.arange(parts) * length + rng.integers(length, size=parts)
    left = np.delete(np.arange(LONG), chosen)
    return np.sort(np.append(chosen, rng.choice(left, N_FRAMES - parts, replace=False)))


def draw_samples(labels, subjects, n=3350, n_validation=800, split="sample", parts=16, seed=0):
    """Draw the samples of some clips and divide them into training and validation.

    Parameters
    ----------
    labels, subjects : array-like of shape (n_clips,)
    n, n_validation : int
        Samples in all, and to validate.
    split : {"sample", "clip", "subject"}
        What is never on both sides. "sample", as printed: the samples are divided after they were
        made, so that most clips, and all subjects, are on both sides. "clip" keeps the clips apart
        but not the subjects, "subject" both; the share of clips to validate is then as near to
        ``n_validation / n`` as whole clips or subjects come without exceeding it.
    parts : int
        See :func:`draw_frames`.
    seed : int

    Returns
    -------
    Samples

    Raises
    ------
    ValueError
        Numbers or a split that do not fit; a class without a sample to train on.
    """
    labels, subjects = np.asarray(labels), np.asarray(subjects)
    if split not in SPLITS or not 0 < n_validation < n:
        raise InvalidInput(
            f"expected split as one of {', '.join(SPLITS)} and 0 < n_validation < n, found "
            f"{split!r}, {n_validation} and {n}"
        )
    rng, clips = np.random.default_rng(seed), np.arange(len(labels))
    if split == "sample":
        clip = _evenly(rng, clips, n)
        validating = np.isin(np.arange(n), rng.choice(n, n_validation, replace=False))
    else:
        units = clips if split == "clip" else np.unique(subjects, return_inverse=True)[1]
        apart = _units_to_validate(rng, units, len(clips) * n_validation / n)
        clip = np.append(_evenly(rng, clips[~apart], n - n_validation),
                         _evenly(rng, clips[apart], n_validation))  # fmt: skip
        validating = np.arange(n) >= n - n_validation
    if absent := set(labels.tolist()) - set(labels[clip[~validating]].tolist()):
        raise InvalidInput(
            f"expected samples of every class to train on, found none of class {sorted(absent)} "
            f"with split={split!r} and seed={seed}; use more clips or another seed"
        )
    return Samples(clip, np.array([draw_frames(rng, parts) for _ in range(n)]), validating)


def _evenly(rng, clips, n):
    """Each clip n / len(clips) times, some once more."""
    more = rng.choice(clips, n % len(clips), replace=False)
    return np.sort(np.append(np.repeat(clips, n // len(clips)), more))


def _units_to_validate(rng, units, n_clips):
    """Clips whose unit is to validate: units in random order, as long as they fit; at least one."""
    order = rng.permutation(np.unique(units))
    if len(order) < 2:
        raise InvalidInput("expected two clips or subjects at least, to train and to validate")
    sizes = np.bincount(units)
    taken = []
    for unit in order:
        if sizes[[*taken, unit]].sum() <= n_clips:
            taken.append(unit)
    return np.isin(units, taken or [min(order, key=lambda unit: sizes[unit])])


def make_sample(frames, chosen):
    """One sample: 16 of the 160 frames that TIM makes of a clip.

    Parameters
    ----------
    frames : ndarray of shape (n, H, W)
    chosen : ndarray of shape (16,), int

    Returns
    -------
    ndarray of shape (16, H, W)
    """
    rows = tim_matrix(len(frames), LONG)[chosen].astype(frames.dtype)
    return np.tensordot(rows, frames, axes=1)
