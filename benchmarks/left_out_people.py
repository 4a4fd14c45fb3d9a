"""V→N and N→V with the tested person, or clip, taken out of the source; and with shuffled features.

Seven methods whose machines see inner products only, at the parameters of their best points. The
numbers stand on the book's page of claims and on that of uncertainty, which compute a sample of
them again. From the repository's root, with the released features, some 20 minutes on one core:

    python benchmarks/left_out_people.py       # writes results/left_out_people.parquet

``--out FILE`` writes elsewhere, ``--orders N`` takes other than 299 shuffles.
"""

import argparse

from cdmer_lib import load_database
from cdmer_lib.experiments import Store
from cdmer_lib.experiments.provenance import input_hash, write_table
from cdmer_lib.protocol import get_task
from cdmer_lib.statistics.left_out_people import (
    against_shuffled,
    in_their_span,
    left_out_people,
)

METHODS = ("SVM", "IW-SVM", "TCA", "GFK", "SA", "TKL", "DRLS")
TASKS = ("V->N", "N->V")
DRAWS = 20  # with equal classes


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
