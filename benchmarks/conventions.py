"""What the conventions behind the released LBP-TOP features are worth, on synthetic clips.

Paper A leaves open how frames become histograms; the released features settle it. This script
takes the other road at one fork at a time, on the synthetic SMIC-VIS and SMIC-NIR (71 clips each,
made in memory, seed 0), and scores LBP-TOP(R3P8) with the linear SVM on V->N and N->V. A row for
each convention and task goes to the table:

convention    "as released"; "8-bit frames": rounded before the codes; "edges down": block length
              floor(106 / g), for which only the 4 x 4 grid changes; "block by block": the clip is
              cut first and every block loses its own border; "channel mean": grey is (R + G + B)/3,
              which leaves the infrared clips as they are;
task          letters;
mean_f1, accuracy, predicted (label codes as digits);
moved         share of the histograms' mass that changes its bin, on average over the target clips.

    python benchmarks/conventions.py     # writes results/synthetic/conventions.parquet

It takes about a minute on one core. ``--out FILE`` writes elsewhere.
"""

import argparse
from unittest.mock import patch

import numpy as np
import pandas as pd

from cdmer_lib import TASKS, protocol
from cdmer_lib.clips import normalised_clip
from cdmer_lib.descriptors import DESCRIPTORS
from cdmer_lib.descriptors.base import relative
from cdmer_lib.descriptors.lbp_top import LBPTOP
from cdmer_lib.experiments.provenance import write_table
from cdmer_lib.methods import SVM
from cdmer_lib.statistics import accuracy, confusion, mean_f1
from cdmer_lib.synthetic import clip_frames, plan

AS_RELEASED = DESCRIPTORS["LBP-TOP(R3P8)"]
NAMES = ("SMIC_VIS", "SMIC_NIR")


class BlockByBlock(LBPTOP):
    """LBP-TOP of each block as if it were a clip of its own."""

    def histograms(self, clip):
        blocks = protocol.facial_blocks(*clip.shape[1:])
        cut = [clip[:, block.rows, block.columns] for block in blocks]
        counts = [
            [np.bincount(self.labels(part, plane).ravel(), minlength=self.n_bins) for part in cut]
            for plane in self.planes
        ]
        return relative(np.array(counts, dtype=float))


def edges_down(level, length=protocol.CORE):
    return np.append(np.arange(level) * (length // level), length)


def features_of_clip(frames):
    """Features of one clip by each convention."""
    clip = normalised_clip(frames)
    mean_grey = frames.mean(axis=3) if frames.ndim == 4 else frames
    found = {
        "as released": AS_RELEASED.extract(clip),
        "8-bit frames": AS_RELEASED.extract(np.round(clip).clip(0, 255)),
        "block by block": BlockByBlock(R=3, P=8).extract(clip),
        "channel mean": AS_RELEASED.extract(normalised_clip(mean_grey)),
    }
    with patch.object(protocol, "block_edges", edges_down):
        found["edges down"] = AS_RELEASED.extract(clip)
    return {convention: X[0] for convention, X in found.items()}


def features(name):
    """Of a database: convention -> (71, 15045)."""
    clips = [clip_frames(name, c.subject, c.label, c.index) for c in plan(name)]
    rows = [features_of_clip(clip.frames) for clip in clips]
    return {convention: np.array([row[convention] for row in rows]) for convention in rows[0]}


def score():
    """The table."""
    X = {name: features(name) for name in NAMES}
    y = np.array([clip.label for clip in plan(NAMES[0])])  # VIS and NIR show the same clips
    rows = []
    for task in TASKS:
        if not {task.source, task.target} <= set(NAMES):
            continue
        for convention, Xt in X[task.target].items():
            found = SVM().fit(X[task.source][convention], y).predict(Xt)
            matrix = confusion(y, found)
            mass = np.abs(Xt - X[task.target]["as released"]).sum(axis=1) / (2 * Xt.sum(axis=1))
            rows.append((convention, task.letters, float(mean_f1(matrix)), float(accuracy(matrix)),
                         "".join(map(str, found)), mass.mean()))  # fmt: skip
    columns = ["convention", "task", "mean_f1", "accuracy", "predicted", "moved"]
    return pd.DataFrame(rows, columns=columns)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", default="results/synthetic/conventions.parquet")
    table = score()
    write_table(table, parser.parse_args().out)
    print(table.drop(columns="predicted").round(4).to_string(index=False))
