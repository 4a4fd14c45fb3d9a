"""The blocks that TGSR keeps over a part of its grid, for the page that a reader can play with.

The store of sweeps keeps labels and scores, not the selected blocks. This script solves TGSR at
every kappa and about thirty values of xi, evenly spread over the printed range, with the published
and the label-free points among them, for both groupings of the features and the six tasks without
licensed data. One row a point: ``blocks``, ``task`` (letters), ``kappa``, ``xi`` and ``selected``,
the 85 blocks as characters 0 and 1.

    python benchmarks/selected_blocks.py     # writes results/selected_blocks.parquet

It takes about 20 minutes on one core. ``--out FILE`` writes elsewhere.
"""

import argparse

import numpy as np
import pandas as pd

from cdmer_lib import TASKS, load_database
from cdmer_lib.experiments import Store
from cdmer_lib.experiments.provenance import write_table
from cdmer_lib.methods.tgsr import KAPPA, TGSR, XI
from cdmer_lib.selection import best_on_target
from cdmer_lib.selection.choices import DEFAULT_CRITERION, choose
from cdmer_lib.selection.validation import with_record

NAMES = "CASME2", "SMIC_VIS", "SMIC_NIR"
STEP = 9


def xis_of(task, chosen=()):
    """Every ninth value of xi, with the published one and those ``chosen``."""
    values = np.unique(XI)
    published = [TGSR.published[task.number]["xi"]]
    return sorted({*values[::STEP], values[-1], *published, *chosen})


def measure():
    store = Store("results")
    data = {name: load_database(name) for name in NAMES}
    for blocks in ("authors", "facial"):
        for task in TASKS:
            if task.source not in data or task.target not in data:
                continue
            source, target = data[task.source], data[task.target]
            fixed = {} if blocks == "authors" else {"blocks": blocks}
            table = store.load("TGSR", task, "paper", **fixed)
            points = [best_on_target(table)]
            if blocks == "authors":
                points.append(choose(with_record(store, "TGSR", task), source.y, DEFAULT_CRITERION))
            for xi in xis_of(task, [point["xi"] for point in points]):
                kept = TGSR(xi=xi, blocks=blocks).selection_path(
                    source.X, source.y, target.X, KAPPA
                )
                for kappa, row in zip(KAPPA, kept, strict=True):
                    selected = "".join(map(str, row.astype(int)))
                    yield {"blocks": blocks, "task": task.letters, "kappa": int(kappa),
                           "xi": float(xi), "selected": selected}  # fmt: skip
            print(blocks, task.letters, flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", default="results/selected_blocks.parquet")
    write_table(pd.DataFrame(measure()), parser.parse_args().out)


if __name__ == "__main__":
    main()
