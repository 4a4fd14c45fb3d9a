"""Fill the store behind the page *A second benchmark*: the thesis's rows on its own features.

For every task whose two databases can be had (downloaded, or in the folder that CDMER_DATA names):

- the sweep of each row, one-vs-rest where the thesis says so, else as for paper A;
- the rows that end in an SVM once more with the other multi-class rule, ``strategy=ovr``, and KMM
  with weights of mean 1;
- which points are stable;
- ``cores.parquet``: the size of the clips behind the features, see :func:`cores`.

    python benchmarks/second_benchmark.py                    # all, hours: DRFS-S and DRFS-T
    python benchmarks/second_benchmark.py --rows STM TCA     # some rows

What is stored is not solved again. ``--store FOLDER`` fills another one.
"""

import argparse

import numpy as np
import pandas as pd

from cdmer_lib import DATABASES, TASKS, load_database
from cdmer_lib.data import available
from cdmer_lib.experiments import Store, run
from cdmer_lib.experiments.provenance import write_table
from cdmer_lib.experiments.stability import mark_stable
from cdmer_lib.protocol import facial_blocks, facial_columns
from cdmer_lib.report.thesis import OTHER_RULE, ROWS

FEW = 37  # points of a sweep whose stability is tested, where a fit takes seconds


def cores(database):
    """The part of each clip that has codes, in voxels: a DataFrame of rows, columns, frames.

    Each feature is a count divided by the voxels of its block. So a core can be right only if
    every feature of a clip times the voxels of the block is a whole number; the smallest such core
    is taken. ``error`` is the largest distance from one.
    """
    sizes = [(h, w, t) for h in range(100, 200) for w in range(100, 200) for t in range(1, 17)]
    sizes = np.array(sorted(sizes, key=np.prod))
    voxels, columns, found = sizes.prod(axis=1), facial_columns(), []
    for x in database.X:
        whole = x[columns[0]].max() * voxels
        for size in sizes[np.abs(whole - np.round(whole)) < 1e-8]:
            counts = np.empty_like(x)
            for block, place in zip(facial_blocks(*size[:2]), columns, strict=True):
                pixels = np.prod([s.stop - s.start for s in (block.rows, block.columns)])
                counts[place] = x[place] * pixels * size[2]
            error = np.abs(counts - np.round(counts)).max()
            if error < 1e-8:
                found.append((*size, error))
                break
    return pd.DataFrame(found, columns=["rows", "columns", "frames", "error"])


def main(arguments=None):
    options = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    options.add_argument("--store", default="results/thesis")
    options.add_argument("--rows", nargs="*", default=list(ROWS), metavar="ROW")
    options.add_argument("--jobs", type=int, default=-1)
    options = options.parse_args(arguments)
    store, how = Store(options.store), {"n_jobs": options.jobs}
    names = [name for name in DATABASES if available(f"earlier:{name}")]
    data = {name: load_database(name, version="earlier") for name in names}
    frames = [cores(data[name]).assign(database=name) for name in names]
    write_table(pd.concat(frames, ignore_index=True), store.root / "cores.parquet")
    variants = [ROWS[row] for row in options.rows]
    variants += [(*ROWS[row][:2], {"strategy": "ovr"}) for row in OTHER_RULE if row in options.rows]
    if "KMM" in options.rows:
        variants.append(("IW-SVM", "single", {"ratio": "KMM", "scaled": True}))
    for method, grid, fixed in sorted(variants, key=lambda v: v[0] in ("TSRG", "DRFS-T")):
        for task in TASKS:
            if {task.source, task.target} <= set(data):
                table = run(method, task, grid, store, data=data, **how, **fixed)
                few = FEW if method in ("TSRG", "DRFS-T") else None
                mark_stable(method, task, store, n=few, data=data, **how, **fixed)
                print(f"{method}, {task}, {fixed}: {len(table)} points", flush=True)


if __name__ == "__main__":
    main()
