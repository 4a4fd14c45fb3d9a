"""What the split of the samples changes in fine-tuning C3D, measured on synthetic clips.

Paper A divides 3,350 augmented samples of 164 clips into training and validation. If they are
divided after they were made, samples of one clip lie on both sides. This script trains the same
small network from the same random weights with each of two splits and watches it on subjects that
take no part in either:

sample    samples of one clip, and of one person, on both sides, as paper A's text has it;
subject   no person on both sides.

The clips are synthetic SMIC-HS, made in memory: its 16 subjects, at most two clips of each subject
and class. In turn a third of the subjects is new: a seed names that third, the samples and their
division. The network has 1/16 of C3D's width, sees 32 x 32 pixels and starts from random weights,
the same in all runs (so narrow a network does not get off the ground from every start), so that
only the two splits can be compared, not the scores with anybody's. One row an epoch goes to the
table:

split, seed, epoch; train_loss, train_accuracy (averages over the epoch); validation_loss,
validation_accuracy; new_accuracy, on the clips of the new subjects, and their number, new_clips;
shared_clips, shared_subjects (on both sides of the split); train_clips, validation_clips,
train_samples, validation_samples.

    pip install -e ".[c3d]"
    python benchmarks/finetuning_leak.py       # writes results/synthetic/finetuning.parquet

It takes about three minutes on one core. ``--out FILE`` writes elsewhere.
"""

import argparse
from dataclasses import asdict
from importlib.metadata import version

import numpy as np
import pandas as pd
import torch

from cdmer_lib.c3d.descriptor import network_input
from cdmer_lib.c3d.finetuning import SOURCE, Options, draw_samples, make_sample
from cdmer_lib.c3d.training import Training
from cdmer_lib.clips import resize, to_grey
from cdmer_lib.clips.tim import interpolate
from cdmer_lib.experiments.provenance import write_table
from cdmer_lib.synthetic import clip_frames, plan

SPLITS, SEEDS, AT_MOST = ("sample", "subject"), (0, 1, 2), 2
OPTIONS = {
    "samples": 300, "validation": 72, "epochs": 9, "batch": 8, "width": 1 / 16, "size": 32,
    "rate": 3e-3, "new_rate": 3e-3, "dropout": 0.0,
}  # fmt: skip


def make_clips(size):
    """Small grey clips, labels, subjects."""
    planned = [clip for clip in plan(SOURCE) if clip.index <= AT_MOST]
    frames = (clip_frames(SOURCE, c.subject, c.label, c.index).frames for c in planned)
    clips = [resize(to_grey(one), size).astype(np.float32) for one in frames]
    return clips, np.array([c.label for c in planned]), np.array([c.subject for c in planned])


def new_subjects(subjects, seed):
    """Which clips are of the third of the subjects that takes no part in this run."""
    order = np.random.default_rng(0).permutation(np.unique(subjects))
    return np.isin(subjects, order[seed :: len(SEEDS)])


def accuracy(network, clips, labels, mean):
    """Share of whole clips, brought to 16 frames by TIM, whose highest score is their class's."""
    x = network_input(np.stack([interpolate(clip) for clip in clips]), mean)
    with torch.inference_mode():
        predicted = network.eval()(torch.from_numpy(x)).argmax(1).numpy() + 1
    return float((predicted == labels).mean())


def run(split, seed, clips, labels, subjects, options):
    """One training run, a dict an epoch."""
    new = new_subjects(subjects, seed)
    own = np.flatnonzero(~new)
    samples = draw_samples(labels[own], subjects[own], options.samples, options.validation,
                           split, options.parts, seed)  # fmt: skip
    of = own[samples.clip]

    def batch_of(indices):
        x = [make_sample(clips[of[i]], samples.frames[i]) for i in indices]
        return network_input(np.stack(x), options.mean), labels[of[indices]] - 1

    train, validate = (set(of[samples.validating == side]) for side in (False, True))
    people = [set(subjects[list(side)]) for side in (train, validate)]
    facts = {
        "split": split, "seed": seed, "shared_clips": len(train & validate),
        "shared_subjects": len(people[0] & people[1]), "train_clips": len(train),
        "validation_clips": len(validate), "new_clips": int(new.sum()),
        "train_samples": int((~samples.validating).sum()),
        "validation_samples": int(samples.validating.sum()),
    }  # fmt: skip
    assert not set(subjects[new]) & (people[0] | people[1])
    training = Training(batch_of, samples.validating, None, {}, options, "cpu")
    rest = [clips[i] for i in np.flatnonzero(new)], labels[new], options.mean
    for epoch in range(1, options.epochs + 1):
        for _ in training.batches():
            pass
        training.end_epoch()
        row = facts | {"epoch": epoch} | training.history[-1]
        yield row | {"new_accuracy": accuracy(training.network, *rest)}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", default="results/synthetic/finetuning.parquet")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    rows, clips = [], make_clips(OPTIONS["size"])
    for seed in SEEDS:
        for split in SPLITS:
            options = Options(split=split, **OPTIONS)  # seed 0: of the first weights
            rows += run(split, seed, *clips, options)
            print(pd.DataFrame(rows[-1:]).to_string(index=False), flush=True)
    table = pd.DataFrame(rows)
    table.attrs["options"] = {k: v for k, v in asdict(options).items() if k != "split"}
    table.attrs["torch"] = version("torch")
    write_table(table, arguments.out)


if __name__ == "__main__":
    main()
