"""Estimators of scikit-learn, skada and POT as rows beside the twelve: the numbers of one page.

On the six tasks that need no licensed data, each row is swept over its small grid, and a point is
chosen with and without target labels, as for the twelve methods. A linear machine on features of
their own span gives the labels that it gives on all 15045 columns, and so do transports, which see
distances. CORAL's covariance would have 15045 x 15045 entries; in the span it is small, and its
ridge, a share of the mean variance of the columns, means another one.

Nothing else needs the libraries. In an environment of its own, some ten minutes on one core:

    pip install -e ".[adapt]"
    python benchmarks/other_libraries.py       # writes results/other_libraries.csv

``--out FILE`` writes elsewhere, ``--rows NAME ...`` computes some rows.
"""

import argparse
import platform
import tempfile
from importlib.metadata import version
from pathlib import Path

import numpy as np
import ot
import pandas as pd
from skada import CORALAdapter, JDOTClassifier, SubspaceAlignmentAdapter, make_da_pipeline
from sklearn.linear_model import LogisticRegression
from sklearn.svm import SVC

from cdmer_lib import TASKS, load_database
from cdmer_lib.experiments import Store
from cdmer_lib.experiments.other_libraries import Transported, wrap
from cdmer_lib.experiments.provenance import input_hash
from cdmer_lib.files import replacing
from cdmer_lib.report.bench import bench
from cdmer_lib.selection import CHOICES, choose, with_record
from cdmer_lib.statistics.left_out_people import best_estimator, in_their_span, left_out_f1

NAMES = ("CASME2", "SMIC_VIS", "SMIC_NIR")
KEPT = [
    "method", "task", "n_points", "mean_f1", "percent", "low", "high", "p", "parameters",
    "chosen_f1", "chosen_percent", "chosen_low", "chosen_high", "chosen_parameters",
]  # fmt: skip
VERSIONS = ("numpy", "scipy", "scikit-learn", "skada", "POT")


def rows():
    """The library and the method of each row, by the name of the row."""
    svm, logistic = SVC(kernel="linear"), LogisticRegression(tol=1e-8, max_iter=100_000)
    powers, shares = [10.0**i for i in range(-3, 4)], [0.01, 0.03, 0.1, 0.3, 0.5, 0.7, 0.9]
    widths, weights = [0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0], [0.01, 0.1, 1.0]
    alphas = [0.001, 0.01, 0.1, 1.0]
    move = {"norm": "median"}  # so that reg_e is relative to the median cost
    found = [
        ("scikit-learn", "LogReg", logistic, {"C": powers}),
        ("skada", "CORAL", make_da_pipeline(CORALAdapter(), svm), {"coraladapter__reg": shares}),
        ("skada", "SA (skada)", make_da_pipeline(SubspaceAlignmentAdapter(), svm),
         {"subspacealignmentadapter__n_components": list(range(5, 55, 5))}),
        ("POT", "OT (exact)", Transported(ot.da.EMDTransport(), svm), {"classifier__C": [1.0]}),
        ("POT", "OT (entropic)", Transported(ot.da.SinkhornTransport(**move), svm),
         {"transport__reg_e": widths}),
        ("POT", "OT (classes)", Transported(ot.da.SinkhornLpl1Transport(**move), svm),
         {"transport__reg_e": widths[2:5], "transport__reg_cl": weights}),
        ("skada", "JDOT", JDOTClassifier(logistic),
         {"alpha": alphas, "base_estimator__C": weights}),
    ]  # fmt: skip
    return {name: (library, wrap(name, model, grid)) for library, name, model, grid in found}


def beside(store, method, task, source, target):
    """What the report has no column for: a dict.

    Mean F1 of the point that each criterion chooses. Where both databases show the same clips, mean
    F1 of the best point when the source lacks the tested clip, or the tested person.
    """
    table = with_record(store, method, task)
    found = {f"by {name}": choose(table, source.y, name)["mean_f1"] for name in CHOICES}
    if np.array_equal(source.subjects, target.subjects):
        model = best_estimator(store, method, task)
        for what in ("clip", "person"):
            found[f"without_{what}"] = left_out_f1(model, source, target, what)
    return found


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", default="results/other_libraries.csv")
    parser.add_argument("--rows", nargs="*", default=list(rows()), metavar="NAME")
    parser.add_argument("--jobs", type=int, default=1)
    options = parser.parse_args()
    released = [load_database(name) for name in NAMES]
    data = {database.name: database for database in in_their_span(*released)}
    tasks = [task for task in TASKS if {task.source, task.target} <= set(data)]
    methods = {name: rows()[name] for name in options.rows}
    with tempfile.TemporaryDirectory() as folder:
        made = [method for _, method in methods.values()]
        cells = bench(data, folder, made, tasks, n_jobs=options.jobs)
        if cells.attrs["left_out"]:
            raise SystemExit(f"left out: {cells.attrs['left_out']}")
        store = Store(Path(folder) / "results")
        more = [
            beside(store, method, task, data[task.source], data[task.target])
            for method in made
            for task in tasks
        ]
    table = pd.concat([cells[KEPT], pd.DataFrame(more)], axis=1).round(6)
    table.insert(1, "library", table["method"].map({name: row[0] for name, row in methods.items()}))
    table["inputs"] = " ".join(f"{database.name}:{input_hash(database)}" for database in released)
    for name in VERSIONS:
        table[name] = version(name)
    table["python"] = platform.python_version()
    print(table[["method", "task", "n_points", "mean_f1", "chosen_f1"]].to_string(index=False))
    with replacing(options.out) as partial:
        table.to_csv(partial, index=False, lineterminator="\n")


if __name__ == "__main__":
    main()
