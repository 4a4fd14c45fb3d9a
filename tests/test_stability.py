"""Stable points: what the perturbation is, which points it finds, and how they are recorded."""

import numpy as np
import pandas as pd
import pytest

from cdmer_lib.cli import main
from cdmer_lib.experiments import Store, run
from cdmer_lib.experiments.stability import (
    PERTURBATION,
    margins,
    mark_stable,
    marked,
    perturbed,
    stable_rows,
)
from cdmer_lib.methods import METHODS, STM, SVM, TGSR

QUIET = {"progress": False}


class Rounding(SVM):
    """Labels the target by the last bits of its features, and so by rounding."""

    def _rows(self, X):
        return X

    def _label(self, rows):
        return (rows.sum(axis=1) * 2**44).astype(np.int64) % 2, None


@pytest.fixture
def five(made_up):
    source, target = made_up["SMIC_VIS"], made_up["SMIC_NIR"]
    return source.X, source.y, target.X


def batch(estimator, data, points):
    """Points with the labels that the estimator gives without a perturbation."""
    found = {i: labels for i, labels, _ in estimator.predict_grid(*data, points)}
    return [(point, "".join(map(str, found[i]))) for i, point in enumerate(points)]


def test_a_perturbation_changes_the_last_digits_and_can_be_repeated():
    X = np.random.default_rng(0).random((40, 50))
    X[3] = 0
    change = perturbed(X, 0, 1)[X > 0] / X[X > 0] - 1
    assert 0.9 < change.std() / PERTURBATION < 1.1 and np.abs(change).max() < 6 * PERTURBATION
    np.testing.assert_array_equal(perturbed(X, 0, 1), perturbed(X, 0, 1))
    assert (perturbed(X, 0, 1) != perturbed(X, 0, 2)).any() and not perturbed(X, 0, 1)[3].any()


def test_margins_by_hand():
    scores = np.array([[1.0, 4.0, 2.0], [3.0, -1.0, 3.0], [-np.inf, 2.0, -np.inf]])
    np.testing.assert_allclose(margins(scores), [0.5, 0, np.inf])
    np.testing.assert_array_equal(margins(np.zeros((2, 3))), 0)


def test_labels_that_hang_on_rounding_are_not_stable(five):
    for estimator, expected in ((Rounding(), False), (SVM(), True)):
        found = marked(estimator, *five, batch(estimator, five, [{"C": 1.0}, {"C": 2.0}]))
        assert found["stable"].tolist() == [expected] * 2
        assert list(found) == ["C", "stable", "degenerate"]


def test_machines_that_say_the_same_of_every_class_are_degenerate_and_stable(five):
    points = [{"lam": 1e-8}, {"lam": 10.0}]
    found = marked(STM(solver="exact"), *five, batch(STM(solver="exact"), five, points))
    assert found["stable"].all() and found["degenerate"].tolist() == [True, False]


def test_a_safe_margin_saves_the_repeats(five, monkeypatch):
    calls, solve = [], TGSR.predict_grid
    monkeypatch.setattr(
        TGSR, "predict_grid", lambda self, *args: calls.append(args[3]) or solve(self, *args)
    )
    points = [{"kappa": kappa, "xi": 0.1} for kappa in (1, 2)]
    known = batch(TGSR(blocks=2), five, points)
    assert marked(TGSR(blocks=2), *five, known)["stable"].all() and len(calls) == 2
    monkeypatch.setattr(TGSR, "safe_margin", np.inf)
    assert marked(TGSR(blocks=2), *five, known)["stable"].all() and len(calls) == 2 + 3


@pytest.mark.parametrize("method", ["TGSR", "RSTR", "DRLS"])
def test_a_safe_margin_is_far_above_what_a_perturbation_does(method, task_data):
    """Decision values of methods with a safe margin move by a ten-thousandth of it at most."""
    source, target = task_data("N->V")
    grid = METHODS[method].grids["quick"]
    points = [grid[i] for i in np.linspace(0, len(grid) - 1, 12).astype(int)]
    sets = [(source.X, target.X), (perturbed(source.X, 0, 0, 0), perturbed(target.X, 0, 0, 1))]
    found = []
    for Xs, Xt in sets:
        scores = [None] * len(points)
        for index, _, scores[index] in METHODS[method]().predict_grid(Xs, source.y, Xt, points):
            pass
        found.append(np.array(scores))
    moved = np.abs(found[1] - found[0]).max(axis=(1, 2)) / np.abs(found[0]).max(axis=(1, 2))
    assert 0 < moved.max() < 1e-4 * METHODS[method].safe_margin


def test_marks_are_recorded_with_the_points_and_added_to(made_up, tmp_path):
    store, options = Store(tmp_path), QUIET | {"data": made_up}
    before = run("SA", 5, "paper", store, **options)
    some = mark_stable("SA", 5, store, n=3, **options)
    assert some["stable"].notna().sum() in (3, 4)  # three, and the best one
    assert some["stable"].notna()[before["mean_f1"].round(12).argmax()]
    table = mark_stable("SA", 5, store, **options)
    assert table["stable"].notna().all() and table["degenerate"].notna().all()
    stored = store.load("SA", 5, "paper")
    pd.testing.assert_frame_equal(stored[list(before)], before)
    pd.testing.assert_frame_equal(stored, table, check_like=True)
    assert stored.attrs["provenance"]["stability"]["perturbation"] == PERTURBATION
    assert run("SA", 5, "paper", store, **options)["stable"].notna().all()  # a run keeps them


def test_marks_need_the_inputs_of_the_sweep(made_up, tmp_path):
    store = Store(tmp_path)
    with pytest.raises(ValueError, match="nothing is stored"):
        mark_stable("SVM", 5, store, data=made_up, **QUIET)
    run("SVM", 5, "paper", store, data=made_up, **QUIET)
    other = made_up | {"SMIC_NIR": made_up["SMIC_VIS"]}
    with pytest.raises(ValueError, match="was computed from"):
        mark_stable("SVM", 5, store, data=other, **QUIET)


def test_the_rows_to_compare():
    table = pd.DataFrame({"mean_f1": [0.1, 0.2, 0.3]})
    assert stable_rows(table).tolist() == [True] * 3
    table["stable"] = pd.array([True, None, False], dtype="boolean")
    assert stable_rows(table).tolist() == [True, False, False]


def test_the_command(capsys, task_data, tmp_path):
    task_data("V->N")
    run("SVM", 5, "paper", Store(tmp_path), progress=False)
    assert main(["stability", "--store", str(tmp_path), "--jobs", "1"]) == 0
    printed = capsys.readouterr().out
    assert "SVM, Exp.5 (V→N): 1 of 1 points tested are stable, 0 not tested" in printed
