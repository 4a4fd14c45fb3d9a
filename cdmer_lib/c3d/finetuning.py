"""Fine-tuning C3D on a source database, as behind Table VII of paper A.

Source of the samples: paper A, Section IV-B and footnote 3: TIM to 160 frames, "10 parts without
overlap", one random frame "from all the parts", which is to give 16 frames; 3,350 samples, 2,550
to train. One frame of each of ten parts gives ten frames, not 16. But if the footnote means 16
parts **of** ten frames, all its numbers are right and only one word is wrong. That is the default.
``parts=10`` follows the print: one frame of each of ten parts, and six more at random.

3,350 is no multiple of the 164 clips of SMIC-HS, and paper A does not say how many samples each
clip gives. Here they are spread as evenly as possible: 20 of each clip and one more of 70 clips.
"""

import hashlib
import json
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path
from typing import NamedTuple

import numpy as np

from ..clips import resize
from ..clips.tim import tim_matrix
from ..errors import InvalidInput
from ..files import replacing
from .descriptor import CHANNEL_MEANS, network_input
from .weights import file_hash, import_torch, read_weights

SOURCE = "SMIC_HS"  # the database that paper A fine-tunes on, for its tasks 1, 3 and 8
LONG, N_FRAMES = 160, 16
SPLITS = ("sample", "clip", "subject")


class Samples(NamedTuple):
    """What each of n samples is made of."""

    clip: np.ndarray  # (n,), int: index of its clip
    frames: np.ndarray  # (n, 16), int: which of the 160 frames, in time order
    validating: np.ndarray  # (n,), bool: whether it is for validation


def draw_frames(rng, parts=N_FRAMES):
    """16 of 160 frames in time order, shape (16,): one of each of 16 or 10 parts, and the rest."""
    if parts > N_FRAMES or LONG % parts:
        raise InvalidInput(f"expected parts as 16 or 10 (or another divisor of 160), found {parts}")
    length = LONG // parts
    chosen = np.arange(parts) * length + rng.integers(length, size=parts)
    left = np.delete(np.arange(LONG), chosen)
    return np.sort(np.append(chosen, rng.choice(left, N_FRAMES - parts, replace=False)))


def draw_samples(labels, subjects, n=3350, n_validation=800, split="sample", parts=16, seed=0):
    """Draw n :class:`Samples` of some clips, ``n_validation`` of them for validation.

    Parameters
    ----------
    labels, subjects : array-like of shape (n_clips,)
    n, n_validation : int
    split : {"sample", "clip", "subject"}
        What is never on both sides. "sample", as printed: samples are divided after they were made,
        so that most clips, and all subjects, are on both sides. "clip" keeps the clips apart but
        not the subjects, "subject" both. The share of clips for validation is then the largest that
        whole clips or subjects give without exceeding ``n_validation / n``.
    parts, seed : int
        ``parts`` is that of :func:`draw_frames`.

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
        apart = _clips_to_validate(rng, units, len(clips) * n_validation / n)
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
    """n clips: each one n // len(clips) times, some of them once more."""
    more = rng.choice(clips, n % len(clips), replace=False)
    return np.sort(np.append(np.repeat(clips, n // len(clips)), more))


def _clips_to_validate(rng, units, n_clips):
    """Which clips are for validation: units are taken in random order while they fit; at least one.

    ``units`` (n,) has the clip or the subject that each clip belongs to.
    """
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
    """One sample (16, H, W): the chosen ones of the 160 frames that TIM makes of a clip."""
    rows = tim_matrix(len(frames), LONG)[chosen].astype(frames.dtype)
    return np.tensordot(rows, frames, axes=1)


@dataclass(frozen=True)
class Options:
    """What a fine-tuning run depends on besides its clips and its first weights.

    The first four are paper A's, see :func:`draw_samples`: n, n_validation, parts and split. It
    gives none of the others. Those are the habits of fine-tuning C3D (momentum 0.9, weight decay
    0.0005, a learning rate ten times as high for the new layer, fc8), with early stopping after
    ``patience`` epochs without a lower validation loss. The last four are as for
    :class:`~cdmer_lib.c3d.descriptor.C3D`.
    """

    samples: int = 3350
    validation: int = 800
    parts: int = 16
    split: str = "sample"
    epochs: int = 30
    patience: int = 5
    batch: int = 16
    rate: float = 1e-4
    new_rate: float = 1e-3
    momentum: float = 0.9
    decay: float = 5e-4
    dropout: float = 0.5
    seed: int = 0
    mean: tuple = CHANNEL_MEANS
    pool5: str = "caffe"
    width: float = 1
    size: int = 112

    @property
    def network(self):
        """Arguments of :func:`~cdmer_lib.c3d.layers.layers`."""
        return {"width": self.width, "size": self.size, "pool5": self.pool5}


def finetune(clips, labels, subjects, weights, out, *, device="cpu", save_every=600, progress=True,
             **options):  # fmt: skip
    """Fine-tune C3D. An interrupted run with the same arguments is continued.

    On the CPU, with one number of threads, a run that was interrupted ends in the same bits as one
    that was not.

    Parameters
    ----------
    clips : sequence of ndarray of shape (n_i, H, W)
        Grey frames, 0..255, time forwards.
    labels, subjects : array-like of shape (n,)
        Codes 1, 2, 3; names.
    weights : path, or None
        Where to start, see :func:`~cdmer_lib.c3d.weights.read_weights`; ``None``: random weights.
    out : path
        Folder for ``checkpoint.pt``; ``weights.pt``, those of the lowest validation loss, which
        ``C3D.with_weights`` takes; and ``record.json``, what is returned.
    device : str
        What ``torch.device`` takes.
    save_every : float
        Seconds between checkpoints within an epoch; there is one at the end of each.
    **options
        Fields of :class:`Options`.

    Returns
    -------
    dict
        ``history`` (loss and accuracy of both sides by epoch; those of the training side are
        averages over the epoch, with dropout), ``best_epoch``, ``chance`` (share of the largest
        class among the validation samples), ``shared_clips`` and ``shared_subjects`` (on both sides
        of the split), and what the run was made of.

    Raises
    ------
    ImportError, ValueError
        Without PyTorch; clips, labels, subjects or an option that does not fit; a folder with
        another run.
    """
    import_torch()
    from .training import Training

    options, out = Options(**options), Path(out)
    labels, subjects = np.asarray(labels), np.asarray(subjects)
    if not len(clips) == len(labels) == len(subjects) > 0 or not np.isin(labels, (1, 2, 3)).all():
        raise InvalidInput(
            f"expected a label 1, 2 or 3 and a subject for each clip, found {len(clips)} clips, "
            f"{len(subjects)} subjects, {len(labels)} labels {np.unique(labels).tolist()}"
        )
    samples = draw_samples(labels, subjects, options.samples, options.validation, options.split,
                           options.parts, options.seed)  # fmt: skip
    small = [resize(clip, options.size).astype(np.float32) for clip in clips]
    digest = hashlib.sha256(repr((labels.tolist(), subjects.tolist())).encode())
    for clip in small:
        digest.update(repr(clip.shape).encode() + clip.tobytes())
    run = {
        "options": json.loads(json.dumps(asdict(options))),
        "start": "random weights" if weights is None else file_hash(weights),
        "clips": digest.hexdigest(),
    }

    def batch_of(indices):
        x = [make_sample(small[samples.clip[i]], samples.frames[i]) for i in indices]
        return network_input(np.stack(x), options.mean), labels[samples.clip[indices]] - 1

    first = None if weights is None else read_weights(weights, **options.network)
    training = Training(batch_of, samples.validating, first, run, options, device)
    outcome = training.fit(out, save_every, progress)
    sides = [set(samples.clip[samples.validating == side].tolist()) for side in (False, True)]
    people = [set(subjects[list(side)].tolist()) for side in sides]
    classes = np.bincount(labels[samples.clip[samples.validating]])
    record = run | outcome | {
        "chance": float(classes.max() / classes.sum()),
        "training_clips": sorted(sides[0]), "validation_clips": sorted(sides[1]),
        "shared_clips": len(sides[0] & sides[1]), "shared_subjects": len(people[0] & people[1]),
        "weights": file_hash(out / "weights.pt"),
        "device": str(device), "package": version("cdmer-lib"), "torch": version("torch"),
    }  # fmt: skip
    with replacing(out / "record.json") as partial:
        partial.write_text(json.dumps(record, indent=1))
    return record
