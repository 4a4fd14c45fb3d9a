"""RSTR with weights on random sets of columns, as a control for its weights on parts of a face.

Columns of all databases are put into one random order, so that the consecutive runs of 177, which
RSTR weighs, are random sets. Forty points of the printed grid: for each task and each weight lam of
the sets, the best mean F1 over the ten values of gamma and mu, which is what DRLS, without such
weights, can choose from. The page of claims reads the table and computes one order again. From
the repository's root, with the released features, three minutes on one core:

    python benchmarks/random_sets.py           # writes results/random_sets.parquet

``--out FILE`` writes elsewhere, ``--orders N`` takes other than 19 random orders.
"""

import argparse

import numpy as np
import pandas as pd

from cdmer_lib import TASKS, load_database
from cdmer_lib.experiments import sweep
from cdmer_lib.experiments.provenance import input_hash, write_table
from cdmer_lib.methods.ranges import points
from cdmer_lib.protocol import Database

NAMES = ("CASME2", "SMIC_VIS", "SMIC_NIR")
GRID = {"gamma": [1.0, 100.0], "mu": [0.2, 0.5, 1.0, 2.0, 4.0], "lam": [0.01, 0.03, 0.05, 0.1]}


def shuffled(data, seed):
    """The databases with their columns in one random order."""
    columns = np.random.default_rng(seed).permutation(next(iter(data.values())).X.shape[1])
    return {name: Database(name, d.X[:, columns], d.y) for name, d in data.items()}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", default="results/random_sets.parquet")
    parser.add_argument("--orders", type=int, default=19)
    options = parser.parse_args()
    data, rows = {name: load_database(name) for name in NAMES}, []
    for seed in range(options.orders):
        mixed = shuffled(data, seed)
        for task in TASKS:
            if task.source in data and task.target in data:
                found = sweep("RSTR", task, points(**GRID), data=mixed, progress=False)
                best = found.groupby("lam")["mean_f1"].max().round(6)
                rows += [(seed, task.letters, lam, f1) for lam, f1 in best.items()]
        print(f"order {seed + 1} of {options.orders}", flush=True)
    table = pd.DataFrame(rows, columns=["seed", "task", "lam", "mean_f1"])
    print(table.groupby("seed")["mean_f1"].mean().describe().round(3))
    table.attrs["inputs"] = {name: input_hash(database) for name, database in data.items()}
    write_table(table, options.out)


if __name__ == "__main__":
    main()
