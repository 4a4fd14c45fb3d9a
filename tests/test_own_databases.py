"""Databases, labels and tasks that are not the papers': every step of the protocol takes them."""

import numpy as np
import pytest
from sklearn.metrics import f1_score

from cdmer_lib import Database, Task
from cdmer_lib.experiments import Store, run, sweep, verify
from cdmer_lib.experiments.stability import mark_stable
from cdmer_lib.experiments.sweep import Problem
from cdmer_lib.report import comparison
from cdmer_lib.report.cell_table import chosen
from cdmer_lib.selection.validation import validate
from cdmer_lib.statistics.uncertainty import cell_uncertainty

WORDS = np.array(["anger", "calm", "fear", "joy", "awe"])
TASK = Task(1, "lab_A", "lab_B")
QUIET = {"progress": False}


@pytest.fixture(scope="module")
def data():
    """Two databases of five classes, one of them shifted."""
    rng, made = np.random.default_rng(0), {}
    for name, shift, n in (("lab_A", 0.0, 50), ("lab_B", 0.4, 40)):
        codes = np.tile(np.arange(5), n // 5)
        X = 2 * np.eye(5, 12)[codes] + shift + rng.normal(size=(n, 12))
        made[name] = Database(name, X, WORDS[codes], [f"p{i // 5}" for i in range(n)])
    return made


def test_five_classes_given_as_words(data):
    table = sweep("SA", TASK, [{"k": 4}], data, predictions=True, **QUIET)
    problem = Problem("SA", TASK, data)
    assert problem.words == sorted(WORDS) and problem.classes == [1, 2, 3, 4, 5]
    labels = np.array(problem.words)[[int(digit) - 1 for digit in table["predicted"][0]]]
    expected = f1_score(data["lab_B"].y, labels, average="macro")
    assert table["mean_f1"][0] == pytest.approx(expected)


def test_numbers_that_are_small_are_kept_as_they_are(data):
    numbers = {
        name: Database(name, d.X, np.searchsorted(np.sort(WORDS), d.y)) for name, d in data.items()
    }
    assert Problem("SVM", TASK, numbers).words is None
    same = [sweep("SVM", TASK, data=some, **QUIET) for some in (data, numbers)]
    assert same[0].equals(same[1])
    mixed = {"lab_A": data["lab_A"], "lab_B": numbers["lab_B"]}
    with pytest.raises(ValueError, match="expected labels of one kind, found numbers in one"):
        sweep("SVM", TASK, data=mixed, **QUIET)


def test_a_store_of_ones_own_databases(data, tmp_path):
    store, known = Store(tmp_path), {"data": data, **QUIET}
    run("SA", TASK, "paper", store, **known)
    assert store.tasks("SA", "paper") == [TASK] and store.printed(["SA"]) == [("SA", TASK)]
    assert store.load("SA", TASK).attrs["provenance"]["labels"] == sorted(WORDS)
    assert len(verify(store, "SA", TASK, data=data)) == 5
    assert mark_stable("SA", TASK, store, n=3, **known)["stable"].notna().sum() >= 3
    validate("SA", TASK, store, **known)
    problem = Problem("SA", TASK, data)
    point = chosen(store, "SA", TASK, problem.source, problem.target)
    assert 0 < point["chosen_f1"] <= 1 and point["chosen_low"] < point["chosen_high"]
    (cell,) = cell_uncertainty(store, ["SA"], **known, n_replicates=50, n_permutations=99,
                               n_trials=10).itertuples()  # fmt: skip
    assert cell.low_subjects <= cell.mean_f1 + 1e-9 and cell.p == pytest.approx(0.01)


def test_other_words_for_the_same_classes_are_other_data(data, tmp_path):
    run("SVM", TASK, "paper", Store(tmp_path), data=data, **QUIET)
    renamed = {n: Database(n, d.X, np.char.add("x_", d.y)) for n, d in data.items()}
    with pytest.raises(ValueError, match=r"computed with the labels .*'anger'.* have .*'x_anger'"):
        run("SVM", TASK, "paper", Store(tmp_path), data=renamed, **QUIET)


def test_a_published_cell_is_of_the_papers_databases_only(data, tmp_path):
    store, other = Store(tmp_path), Task(5, "lab_A", "lab_B")
    run("SVM", other, "paper", store, data=data, **QUIET)
    (row,) = comparison(store, "A", methods=["SVM"], tasks=[other]).itertuples()
    assert np.isnan(row.printed_f1) and row.verdict == "not printed" and row.task == "lab_A→lab_B"
