"""How the cells of STM depend on where its machine stops, and on dust in its weights.

Writes results/stm_stopping.csv: for each task the best point of the printed grid with the machine
stopped at other tolerances; and, on V->N and N->C, with numbers from 0 to 1e-9 added to the
weights, for several seeds. Takes some ten minutes of one core.
"""

import json
from functools import partial
from unittest.mock import patch

import numpy as np
import pandas as pd

from cdmer_lib import TASKS, load_database
from cdmer_lib.data import available
from cdmer_lib.experiments import sweep
from cdmer_lib.experiments.provenance import run_record
from cdmer_lib.files import replacing
from cdmer_lib.methods import stm
from cdmer_lib.report import published_cells
from cdmer_lib.selection import best_on_target
from cdmer_lib.solvers import selective_transfer

TOLERANCES = 1e-3, 1e-4, 1e-5, 1e-6, 1e-7, 1e-8, 1e-10
DUST, SEEDS = 1e-9, range(10)


def row(kind, task, value, seed=""):
    best = best_on_target(sweep("STM", task, data=data, progress=False))
    found = round(best["mean_f1"], 4), round(100 * best["accuracy"], 2)
    cell = cells.loc[str(task.number)]
    printed = found == (cell["mean_f1"], cell["accuracy_percent"])
    print(kind, task.letters, value, seed, *found, printed, flush=True)
    return (kind, task.letters, value, seed, *found, best["lam"], printed)


cells = published_cells(paper="A", method="STM").set_index("experiment")
tasks = [t for t in TASKS if "H" not in t.letters and available(t.source) and available(t.target)]
data = {name: load_database(name) for task in tasks for name in (task.source, task.target)}
rows = []
for tol in TOLERANCES:
    machine = partial(stm.EarlyStoppedSVM, tol=tol)
    with patch.object(stm, "EarlyStoppedSVM", machine):
        rows += [row("tolerance", task, tol) for task in tasks]
for task in tasks:
    for seed in SEEDS if task.letters in ("V→N", "N→C") else ():
        rng, matched = np.random.default_rng(seed), selective_transfer.mean_matching

        def dusty(*arguments, rng=rng, matched=matched, **how):
            s = matched(*arguments, **how)
            return s + DUST * rng.uniform(size=len(s))

        with patch.object(selective_transfer, "mean_matching", dusty):
            rows.append(row("noise", task, DUST, seed))
columns = ["kind", "task", "value", "seed", "mean_f1", "percent", "lam", "printed"]
with replacing("results/stm_stopping.csv") as path, path.open("w", encoding="utf-8") as file:
    file.write(f"# {json.dumps(run_record(1))}\n")
    pd.DataFrame(rows, columns=columns).to_csv(file, index=False)
