"""V→N and N→V with the tested person, or clip, taken out of the source; and with shuffled features.

Seven methods whose machines see inner products only, at the parameters of their best points. The
numbers stand on the book's page about new people, which computes a sample of them again. From
the repository's root, with the released features, some 20 minutes on one core:

    python benchmarks/left_out_people.py       # writes results/left_out_people.parquet

``--out FILE`` writes elsewhere, ``--orders N`` takes other than 299 shuffles.
"""

import argparse
from itertools import product

import numpy as np
import pandas as pd
from tqdm import tqdm

from cdmer_lib import load_database
from cdmer_lib.experiments import Store
from cdmer_lib.experiments.provenance import input_hash, write_table
from cdmer_lib.protocol import get_task
from cdmer_lib.statistics.left_out_people import (
    LEAVE_OUT,
    ROWS,
    against_shuffled,
    best_estimator,
    in_their_span,
    left_out_f1,
    shuffled_rows,
)

METHODS = ("SVM", "IW-SVM", "TCA", "GFK", "SA", "TKL", "DRLS")
TASKS = ("V->N", "N->V")
DRAWS = 20  # with equal classes
COLUMNS = ("method", "task", "leave_out", "classes", "rows", "order", "mean_f1")


def left_out_people(
    store, tasks, data, methods, *, n_orders=299, n_equal_orders=49, n_draws=20, seed=0,
    progress=True,
):  # fmt: skip
    """The whole experiment: each method on each task, as it is and with feature rows shuffled.

    ``store`` has the printed grids, for the parameters of each method's best point. ``tasks`` are
    between databases of the same clips, which ``data`` has by name. Of the ``methods``, the first
    one is tried with equal classes too; a score is then the mean over ``n_draws`` draws.
    There are ``n_orders`` shuffles, ``n_equal_orders`` with equal classes, the same for all.

    Returns a DataFrame: ``method``, ``task`` (letters), ``leave_out``, ``classes`` ("all" or
    "equal"), ``rows`` (one of :data:`ROWS`), ``order`` (number of the shuffle, 0 where there is
    none), ``mean_f1``. The person is left out wherever rows are shuffled.
    """
    cases = _cases(data[tasks[0].source].subjects, n_orders, n_equal_orders, seed)
    found, runs = [], list(product(methods, tasks))
    for method, task in tqdm(runs, "left out", disable=not progress):
        pair, model = (data[task.source], data[task.target]), best_estimator(store, method, task)
        for leave_out, classes, name, number, rows in cases:
            equal = classes == "equal"
            if equal and method != methods[0]:
                continue
            scores = [
                left_out_f1(model, *pair, leave_out, rows=rows, equal=equal, seed=draw)
                for draw in (range(n_draws) if equal else [seed])
            ]
            score = round(float(np.mean(scores)), 6)
            found.append((method, task.letters, leave_out, classes, name, number, score))
    return pd.DataFrame(found, columns=COLUMNS)


def _cases(people, n_orders, n_equal_orders, seed):
    """(leave_out, classes, name of the rows' order, number, order) of every run."""
    cases = [(leave_out, "all", ROWS[0], 0, None) for leave_out in LEAVE_OUT]
    cases += [(leave_out, "equal", ROWS[0], 0, None) for leave_out in ("nothing", "person")]
    for name in ROWS[1:]:
        orders = shuffled_rows(people, n_orders, seed, within=name == ROWS[2])
        for classes, n in (("all", n_orders), ("equal", n_equal_orders)):
            cases += [("person", classes, name, k, rows) for k, rows in enumerate(orders[:n])]
    return cases


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", default="results/left_out_people.parquet")
    parser.add_argument("--orders", type=int, default=299)
    parser.add_argument("--equal-orders", type=int, default=49)
    options = parser.parse_args()
    released = [load_database(name) for name in ("SMIC_VIS", "SMIC_NIR")]
    data = {database.name: database for database in in_their_span(*released)}
    table = left_out_people(
        Store("results"), [get_task(task) for task in TASKS], data, METHODS,
        n_orders=options.orders, n_equal_orders=options.equal_orders, n_draws=DRAWS,
    )  # fmt: skip
    print(against_shuffled(table).round(3))
    print(against_shuffled(table, "shuffled within people").round(3))
    table.attrs = {
        "inputs": {database.name: input_hash(database) for database in released},
        "orders": options.orders,
        "draws": DRAWS,
        "seed": 0,
    }
    write_table(table, options.out)


if __name__ == "__main__":
    main()
