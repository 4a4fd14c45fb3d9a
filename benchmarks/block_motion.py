"""How far each facial block moves in synthetic clips, as a table that the book can read.

The ground truth of a synthetic database is a map a clip; pages of the book do not read databases.
One row for each database, label code and facial block goes to the table:

database; label (1 Negative, 2 Positive, 3 Surprise); clips (how many of that label); block (0..84,
in the order of ``facial_blocks``); motion (displacement by the expression in pixels at 112 x 112,
averaged over the block and over those clips).

    cdmer synth demo
    python benchmarks/block_motion.py demo     # writes results/synthetic/block_motion.parquet

``--out FILE`` writes elsewhere.
"""

import argparse

import pandas as pd

from cdmer_lib import DATABASES
from cdmer_lib.data.layouts import find_clips
from cdmer_lib.experiments.provenance import write_table
from cdmer_lib.experiments.saliency import true_motion


def table(root):
    """The rows of all four databases below ``root``."""
    rows = []
    for name in DATABASES:
        motion = pd.DataFrame(true_motion(name, root))
        by_label = motion.groupby(pd.Series([clip.label for clip in find_clips(name, root)]))
        clips = by_label.size()
        for label, means in by_label.mean().iterrows():
            rows += [(name, label, clips[label], block, value) for block, value in means.items()]
    return pd.DataFrame(rows, columns=["database", "label", "clips", "block", "motion"])


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("root", help="folder of the synthetic databases")
    parser.add_argument("--out", default="results/synthetic/block_motion.parquet")
    options = parser.parse_args()
    found = table(options.root)
    write_table(found, options.out)
    print(found.groupby("database")["motion"].describe().round(3).to_string())
