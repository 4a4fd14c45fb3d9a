"""How long the six tasks with SMIC-HS take, and what memory: a rehearsal on a stand-in.

The stand-in has the shape of SMIC-HS: 164 rows of 15045 columns, 70 Negative, 51 Positive and 43
Surprise in the order of SMIC's people. A row is a random mixture of three released rows of its
class, so that each plane of each block sums to 1. **Its scores mean nothing, and none is kept.**

The list of sweeps is that of ``cdmer run --all`` with a copy of the results store: the printed grid
of every method, and every variant that is stored. In a store that is thrown away are solved

- the whole grid, where the method is not heavy;
- of a heavy method, as many batches as ``HEAVY`` says, of points evenly spread over the grid;
- of a variant one batch: from the middle of its grid, or spread likewise if the method is heavy.

A batch has as many points as in a real run, so that it has its share of what points have in common,
and its memory. What is left out is extrapolated by the number of points.

Each sweep runs in a process of its own. Its seconds are those of the processor (user and system,
one thread): other processes disturb them less than the clock, but do disturb them. Its memory is
the largest of the process, with libraries and databases. Before each sweep the core is measured by
a product of float64 matrices, so that a reader can scale. As a control, the printed grids of V→C
are rehearsed too, with CASME II as it is and with a stand-in for it. Half an hour on one core:

    python benchmarks/rehearsal.py             # writes results/rehearsal.csv

``--out FILE`` writes elsewhere, ``--method NAME ...`` rehearses these alone. Columns: method,
variant; made_up (the database that is a stand-in); task; points (of the grid), solved; seconds (of
the points solved), hours (of the grid); peak_mb; gflops. The first lines say with what: versions,
commit, kernel of the linear algebra.
"""

import argparse
import json
import multiprocessing
import tempfile
from pathlib import Path
from resource import RUSAGE_SELF, getrusage
from sys import platform
from time import process_time

import numpy as np
import pandas as pd
from threadpoolctl import threadpool_limits

from cdmer_lib import DATABASES, METHODS, TASKS, Database, load_database
from cdmer_lib.data.smic import SUBJECT_COUNTS
from cdmer_lib.experiments import Store, get_grid, run
from cdmer_lib.experiments.fill import planned
from cdmer_lib.experiments.provenance import run_record
from cdmer_lib.files import replacing
from cdmer_lib.protocol import LABELS

HEAVY = {"TGSR": 1, "TSRG": 2, "DRFS-T": 2}  # batches of 512, 4 and 4 points
SIX = [task for task in TASKS if "SMIC_HS" in (task.source, task.target)]
MB = 2**20 if platform == "darwin" else 2**10  # of the unit in which the system counts memory


def stand_in(name, data, seed=0):
    """A Database in the place of ``name``, of mixtures of the rows of others (dict by name)."""
    rng, others = np.random.default_rng(seed), [d for other, d in data.items() if other != name]
    rows, labels = (np.concatenate([getattr(d, part) for d in others]) for part in "Xy")
    y = np.repeat(list(LABELS), DATABASES[name].counts)
    if name == "SMIC_HS":
        y = np.repeat(list(LABELS) * 16, np.ravel(list(SUBJECT_COUNTS[name].values())))
    X = [
        rng.dirichlet(np.ones(3)) @ rows[rng.choice(np.flatnonzero(labels == label), 3)]
        for label in y
    ]
    return Database(name, np.array(X), y)


def sample(method, fixed, points):
    """The points to solve, in whole batches."""
    size, heavy = METHODS[method].points_per_batch, METHODS[method].heavy
    if heavy:
        batches = np.array_split(np.arange(len(points)), 1 if fixed else HEAVY[method])
        rows = [b[np.linspace(0, len(b) - 1, size).round().astype(int)] for b in batches]
        return [points[i] for i in np.concatenate(rows)]
    if fixed:
        start = len(points) // size // 2 * size
        return points[start : start + size]
    return points


def gflops(n=1000, repeat=5):
    """Speed of the core: product of two float64 matrices (n, n), the median of some."""
    A = np.random.default_rng(0).standard_normal((n, n))
    times = []
    for _ in range(repeat):
        start = process_time()
        A @ A
        times.append(process_time() - start)
    return 2 * n**3 / np.median(times) / 1e9


def solve(out, method, task, points, data, fixed):
    """Solve points in this process; send its seconds and its largest memory in MB."""
    before = getrusage(RUSAGE_SELF)
    with tempfile.TemporaryDirectory() as folder:
        run(method, task, points, Store(folder), data=data, progress=False, **fixed)
    after = getrusage(RUSAGE_SELF)
    seconds = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    out.send((seconds, after.ru_maxrss / MB))


def measured(*arguments):
    """Seconds and MB of :func:`solve`, in a process of its own."""
    processes = multiprocessing.get_context("fork")  # it begins with libraries and databases loaded
    here, there = processes.Pipe(duplex=False)
    child = processes.Process(target=solve, args=(there, *arguments))
    child.start()
    there.close()  # so that a child that fails ends the waiting
    found = here.recv()
    child.join()
    return found


def rehearse(methods, tasks, data, made_up, store):
    """The rows of the table, as dicts; ``made_up`` names the database that is a stand-in."""
    seen = set()
    for method, grid, task, fixed in planned(store, methods, tasks, data):
        variant = ",".join(f"{name}={value}" for name, value in fixed.items())
        if (key := (method, variant, task)) in seen:  # a shorter grid of the same sweep
            continue
        seen.add(key)
        sizes = (len(data[name].y) for name in (task.source, task.target))
        points = list({tuple(p.values()): p for p in get_grid(method, grid, *sizes)}.values())
        chosen, speed = sample(method, fixed, points), gflops()
        seconds, memory = measured(method, task, chosen, data, fixed)
        row = {
            "method": method, "variant": variant, "made_up": made_up, "task": task.letters,
            "points": len(points), "solved": len(chosen), "seconds": round(seconds, 2),
            "hours": round(seconds * len(points) / len(chosen) / 3600, 5),
            "peak_mb": round(memory), "gflops": round(speed, 1),
        }  # fmt: skip
        print(*row.values(), flush=True)
        yield row


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", default="results/rehearsal.csv", type=Path)
    parser.add_argument("--method", nargs="*")
    options = parser.parse_args()
    data, rows = {name: load_database(name) for name in ("CASME2", "SMIC_VIS", "SMIC_NIR")}, []
    with threadpool_limits(1), tempfile.TemporaryDirectory() as empty:
        record = run_record(1)
        for made_up in ("SMIC_HS", "CASME2", ""):
            four = data | ({made_up: stand_in(made_up, data)} if made_up else {})
            six = made_up == "SMIC_HS"
            tasks, store = (SIX, Store("results")) if six else (["V->C"], Store(empty))
            rows += rehearse(options.method, tasks, four, made_up, store)
    with replacing(options.out) as partial, open(partial, "w", encoding="utf-8") as file:
        file.writelines(f"# {name}: {json.dumps(value)}\n" for name, value in record.items())
        pd.DataFrame(rows).to_csv(file, index=False, lineterminator="\n")


if __name__ == "__main__":
    main()
