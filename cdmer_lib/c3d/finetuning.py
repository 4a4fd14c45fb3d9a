"""Fine-tuning C3D on a source database, as behind Table VII of paper A."""

import hashlib
import json
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path

import numpy as np

from ..clips import resize
from ..errors import InvalidInput
from ..files import replacing
from .descriptor import CHANNEL_MEANS, network_input
from .finetuning_samples import draw_samples, make_sample
from .weights import file_hash, import_torch, read_weights

SOURCE = "SMIC_HS"  # the database that paper A fine-tunes on, for its tasks 1, 3 and 8


@dataclass(frozen=True)
class Options:
    """What a fine-tuning run depends on besides its clips and its first weights.

    The first four are paper A's, see :mod:`~cdmer_lib.c3d.finetuning_samples`. It gives none of
    the others. Those are the habits of fine-tuning C3D (momentum 0.9, weight decay 0.0005, a
    learning rate ten times as high for the new layer), with early stopping on the validation loss.

    Parameters
    ----------
    samples, validation, parts, split
        ``n``, ``n_validation``, ``parts`` and ``split`` of
        :func:`~cdmer_lib.c3d.finetuning_samples.draw_samples`.
    epochs, patience : int
        The largest number of epochs; the number of epochs without a lower validation loss after
        which training stops.
    batch : int
    rate, new_rate : float
        Learning rates of the layers that have weights and of fc8.
    momentum, decay, dropout : float
    seed : int
    mean, pool5, width, size
        As for :class:`~cdmer_lib.c3d.descriptor.C3D`.
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

    Parameters
    ----------
    clips : sequence of ndarray of shape (n_i, H, W)
        Grey frames, 0..255, time forwards.
    labels : array-like of int
        Codes 1, 2, 3.
    subjects : array-like of str
    weights : path, or None
        Where to start, see :func:`~cdmer_lib.c3d.weights.read_weights`; ``None`` for
        random weights, for trials.
    out : path
        Folder for ``checkpoint.pt``; ``weights.pt``, those of the lowest validation loss, which
        ``C3D.with_weights`` takes; and ``record.json``, what is returned.
    device : str
        What ``torch.device`` takes. On the CPU, with one number of threads, a run that was
        interrupted ends in the same bits as one that was not.
    save_every : float
        Seconds between checkpoints within an epoch; there is one at the end of each.
    progress : bool
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
    ImportError
        Without PyTorch.
    ValueError
        Clips, labels and subjects that do not fit; a wrong option; a folder with another run.
    """
    import_torch()
    from .training import train

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

    out.mkdir(parents=True, exist_ok=True)
    first = None if weights is None else read_weights(weights, **options.network)
    outcome = train(batch_of, samples.validating, first, run, options, out, device, save_every,
                    progress)  # fmt: skip
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
