"""Reverse validation on source samples that the way there has not seen, beside the recorded form.

Zhong et al. (2010) score the way back on a part of the source that the way there was fitted
without; the record of ``cdmer validate`` scores it on all of the source. For DRLS and TKL, on the
six tasks. The table stands on the book's page on choosing without target labels, which computes a
part of it again. From the repository's root, with the released features,
some three minutes on one core:

    python benchmarks/reverse_held_out.py       # writes results/reverse_held_out.parquet
"""

import argparse

import pandas as pd
from tqdm import tqdm

from cdmer_lib import METHODS, load_database
from cdmer_lib.experiments import Store
from cdmer_lib.experiments.provenance import input_hash, write_table
from cdmer_lib.selection.validation import held_out_reverse_labels, recorded_points
from cdmer_lib.statistics.left_out_people import in_their_span

CHEAP = ("DRLS", "TKL")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", default="results/reverse_held_out.parquet")
    options = parser.parse_args()
    store, frames = Store("results"), []
    cells = [(method, task) for method in CHEAP for task in store.tasks(method, "paper")]
    data = {name: load_database(name) for _, task in cells for name in (task.source, task.target)}
    for method, task in tqdm(cells):
        source, target = in_their_span(data[task.source], data[task.target])
        points = recorded_points(method, len(source.y), len(target.y))
        model = METHODS[method]()
        labels = held_out_reverse_labels(model, source.X, source.y, target.X, points, model.folds)
        frame = pd.DataFrame(points).assign(method=method, task=task.number)
        frame["reverse_held_out"] = ["".join(map(str, row)) for row in labels]
        frames.append(frame)
    table = pd.concat(frames, ignore_index=True)
    table.attrs = {"inputs": {name: input_hash(database) for name, database in data.items()}}
    write_table(table, options.out)


if __name__ == "__main__":
    main()
