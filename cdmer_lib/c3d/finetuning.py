"""Fine-tuning C3D on a source database, as behind Table VII of paper A.

Source of the samples: paper A, Section IV-B and footnote 3: TIM to 160 frames, "10 parts without
overlap", one random frame "from all the parts", which is to give 16 frames; 3,350 samples, 2,550
to train. Ten parts give ten frames. If 16 parts **of** ten frames are meant, only one word is
wrong: the default. ``parts=10`` takes one frame of each of ten parts, and six more at random. The
samples are spread evenly over the clips: 20 of each of the 164 of SMIC-HS and one more of 70.
"""

import hashlib
import json
from dataclasses import asdict, dataclass
from typing import NamedTuple

import numpy as np

from ..clips import resize
from ..clips.tim import tim_matrix
from ..errors import InvalidInput
from ..files import locked, package_version, replacing, sha256, user_path
from .descriptor import CHANNEL_MEANS, network_input
from .layers import FRAMES
from .weights import file_hash, import_torch, read_weights

SOURCE = "SMIC_HS"  # the database that paper A fine-tunes on, for its tasks 1, 3 and 8
LONG = 160  # frames of a clip from which those of a sample are taken
SPLITS = ("sample", "clip", "subject")


class Samples(NamedTuple):
    """What each of n samples is made of."""

    clip: np.ndarray  # (n,), int: index of its clip
    frames: np.ndarray  # (n, 16), int: which of the 160 frames, in time order
    validating: np.ndarray  # (n,), bool: whether it is for validation


def draw_frames(rng, parts=FRAMES):
    """16 of 160 frames in time order, shape (16,): one of each of 16 or 10 parts, and the rest."""
    if parts > FRAMES or LONG % parts:
        raise InvalidInput(f"expected parts as 16 or 10 (or another divisor of 160), found {parts}")
    length = LONG // parts
    chosen = np.arange(parts) * length + rng.integers(length, size=parts)
    left = np.delete(np.arange(LONG), chosen)
    return np.sort(np.append(chosen, rng.choice(left, FRAMES - parts, replace=False)))


def draw_samples(labels, subjects, n=3350, n_validation=800, split="sample", parts=16, seed=0):
    """Draw n :class:`Samples` of some clips, ``n_validation`` of them for validation.

    ``labels`` and ``subjects`` have shape (n_clips,); ``parts`` is that of :func:`draw_frames`.
    ``split`` says what is never on both sides: a "sample", as printed (most clips and all subjects
    are on both), a "clip" or a "subject". Whole clips or subjects are taken for validation while
    their share of the clips is at most ``n_validation / n``. Raises InvalidInput for arguments that
    do not fit, and if a class has no sample to train on.
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
        units = clips if split == "clip" else subjects
        apart = _to_validate(rng, units, len(clips) * n_validation / n)
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


def _to_validate(rng, units, n_clips):
    """Mask (n,) of the clips to validate on: whole units at random, at most ``n_clips`` clips.

    ``units`` (n,) is the unit of each clip: its subject, or the clip itself.
    """
    _, units, sizes = np.unique(units, return_inverse=True, return_counts=True)
    if len(sizes) < 2:
        raise InvalidInput("expected two clips or subjects at least, to train and to validate")
    order, taken = rng.permutation(len(sizes)), []
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

    Paper A gives the first four, see :func:`draw_samples`. The others are the habits of fine-tuning
    C3D, with ``new_rate`` for the new layer, fc8, and an end after ``patience`` epochs without a
    lower validation loss. The last four are those of :class:`~cdmer_lib.c3d.descriptor.C3D`.
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
    """Fine-tune C3D on n ``clips``, each (n_i, H, W): grey frames, 0..255, time forwards.

    ``labels`` (n,) has codes 1, 2, 3, ``subjects`` (n,) names. ``weights`` is the file to start
    from, see :func:`~cdmer_lib.c3d.weights.read_weights`, or ``None`` for random weights. The
    folder ``out`` gets ``checkpoint.pt``, every ``save_every`` seconds and after each epoch;
    ``weights.pt``, of the lowest validation loss; and ``record.json``, what is returned. ``device``
    is what ``torch.device`` takes, ``options`` are fields of :class:`Options`. An interrupted run
    is continued; on the CPU, with one number of threads, it ends in the same bits as another.

    Returns a dict with ``history`` (loss and accuracy of both sides by epoch; in training with
    dropout), ``best_epoch``, ``chance`` (share of the largest class in validation), clips and
    subjects on both sides, and what the run was made of. Raises PackageMissing without PyTorch,
    InvalidInput for arguments that do not fit and a folder with another run, Busy while another
    process trains there.
    """
    import_torch()
    from .training import Training

    options, out = Options(**options), user_path(out)
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
    start = "random weights" if weights is None else file_hash(weights)
    run = {"options": json.loads(json.dumps(asdict(options))), "start": start,
           "clips": digest.hexdigest()}  # fmt: skip
    if finished := _finished(out, run):
        return finished

    def batch_of(indices):
        x = [make_sample(small[samples.clip[i]], samples.frames[i]) for i in indices]
        return network_input(np.stack(x), options.mean), labels[samples.clip[indices]] - 1

    first = None if weights is None else read_weights(weights, **options.network)
    with locked(out / "checkpoint.pt"):
        training = Training(batch_of, samples.validating, first, run, options, device)
        record = run | training.fit(out, save_every, progress) | _sides(samples, labels, subjects)
        record |= {
            "weights": file_hash(out / "weights.pt"), "device": str(device),
            "package": package_version("cdmer-lib"), "torch": package_version("torch"),
        }  # fmt: skip
        with replacing(out / "record.json") as partial:
            partial.write_text(json.dumps(record, indent=1), encoding="utf-8")
    return record


def _finished(out, run):
    """The record of a finished run in a folder, or ``None``."""
    try:
        record = json.loads((out / "record.json").read_text(encoding="utf-8"))
        same = all(record[what] == run[what] for what in run)
        return record if same and record["weights"] == sha256(out / "weights.pt") else None
    except (OSError, ValueError, LookupError, TypeError):  # not finished, or damaged
        return None


def _sides(samples, labels, subjects):
    """What the record says of the two sides of the samples."""
    train, validate = (np.unique(samples.clip[samples.validating == v]) for v in (False, True))
    classes = np.bincount(labels[samples.clip[samples.validating]])
    return {
        "chance": float(classes.max() / classes.sum()),
        "training_clips": train.tolist(), "validation_clips": validate.tolist(),
        "shared_clips": len(np.intersect1d(train, validate)),
        "shared_subjects": len(np.intersect1d(subjects[train], subjects[validate])),
    }  # fmt: skip
