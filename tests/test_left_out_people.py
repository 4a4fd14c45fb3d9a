"""Leaving the tested person or clip out, against plain loops; the stored experiment."""

from itertools import pairwise

import numpy as np
import pandas as pd
import pytest

from cdmer_lib import METHODS, Database
from cdmer_lib.experiments import Store
from cdmer_lib.protocol import get_task
from cdmer_lib.statistics.left_out_people import (
    LEAVE_OUT,
    against_shuffled,
    best_estimator,
    in_their_span,
    left_out_f1,
    left_out_labels,
    shuffled_rows,
)

PEOPLE = np.repeat(["a", "b", "c", "d"], [9, 5, 7, 6])


@pytest.fixture
def filmed_twice():
    """The same 27 clips of four people, by two cameras."""
    rng = np.random.default_rng(3)
    y = np.arange(27) % 3 + 1
    clips = rng.normal(size=(27, 40)) + np.eye(40)[y - 1] * 2
    cameras = (rng.normal(size=40), rng.normal(size=40))
    names = ("SMIC_VIS", "SMIC_NIR")
    return [Database(n, clips + c, y, PEOPLE) for n, c in zip(names, cameras, strict=True)]


def test_each_clip_is_labelled_by_a_machine_without_its_group(filmed_twice):
    source, target = filmed_twice
    for leave_out, groups in (("person", PEOPLE), ("clip", np.arange(27))):
        found = left_out_labels(METHODS["SA"](k=3), source, target, leave_out)
        for i in range(27):
            rest = groups != groups[i]
            machine = METHODS["SA"](k=3).fit(source.X[rest], source.y[rest], target.X)
            assert found[i] == machine.predict(target.X[[i]])[0]
    whole = METHODS["SA"](k=3).fit(source.X, source.y, target.X).predict(target.X)
    np.testing.assert_array_equal(
        left_out_labels(METHODS["SA"](k=3), source, target, "nothing"), whole
    )


class Recorder(METHODS["SVM"]):
    """An SVM that keeps what it was trained on."""

    seen = []

    def _fit(self, Xs, codes, Xt):
        self.seen.append((Xs, self.class_order_[codes]))
        super()._fit(Xs, codes, Xt)


@pytest.fixture
def seen(monkeypatch):
    monkeypatch.setattr(Recorder, "seen", [])
    return Recorder.seen


def rows_of(X, database):
    return np.array([np.flatnonzero((x == database.X).all(axis=1))[0] for x in X])


def test_the_control_leaves_out_as_many_clips_of_other_people(filmed_twice, seen):
    source, target = filmed_twice
    left_out_labels(Recorder(), source, target, "others", seed=1)
    for person, (X, _) in zip("abcd", seen, strict=True):
        kept = rows_of(X, source)
        assert len(kept) == 27 - (person == PEOPLE).sum()
        assert set(np.flatnonzero(person == PEOPLE)) <= set(kept)


def test_equal_classes_are_as_large_with_the_person_as_without(filmed_twice, seen):
    source, target = filmed_twice
    for leave_out in ("nothing", "person"):
        left_out_labels(Recorder(), source, target, leave_out, equal=True)
    for (_, one), (X, other) in zip(seen[:4], seen[4:], strict=True):
        assert len(set(np.bincount(one)[1:])) == 1 and len(one) == len(other)
    for person, (X, _) in zip("abcd", seen[4:], strict=True):
        assert person not in PEOPLE[rows_of(X, source)]


def test_shuffled_rows_leave_labels_and_people(filmed_twice, seen):
    source, target = filmed_twice
    order = np.random.default_rng(0).permutation(27)
    left_out_labels(Recorder(), source, target, "person", rows=order)
    for person, (X, y) in zip("abcd", seen, strict=True):
        rest = np.flatnonzero(person != PEOPLE)
        np.testing.assert_array_equal(X, source.X[order[rest]])
        np.testing.assert_array_equal(y, source.y[rest])


def test_orders_are_permutations_over_all_or_within_people():
    for within in (False, True):
        orders = shuffled_rows(PEOPLE, 50, within=within)
        assert (np.sort(orders, axis=1) == np.arange(27)).all()
        assert (PEOPLE[orders] == PEOPLE).all() == within
        assert len({tuple(row) for row in orders}) == 50


def test_inner_products_stay_in_the_span(filmed_twice):
    a, b = in_their_span(*filmed_twice)
    X, Z = (np.vstack([d.X for d in pair]) for pair in (filmed_twice, (a, b)))
    np.testing.assert_allclose(Z @ Z.T, X @ X.T, atol=1e-10)
    assert (a.y == filmed_twice[0].y).all() and (a.subjects == PEOPLE).all()


def test_errors_say_what_was_expected(filmed_twice):
    source, target = filmed_twice
    with pytest.raises(ValueError, match="expected one of nothing, others"):
        left_out_labels(METHODS["SVM"](), source, target, "everybody")
    for other in (
        Database("SMIC_NIR", target.X, target.y),
        Database("SMIC_NIR", target.X, np.roll(target.y, 1), PEOPLE),
    ):
        with pytest.raises(ValueError, match="same clips in one order"):
            left_out_labels(METHODS["SVM"](), source, other)


def test_p_counts_the_true_order():
    rows = [("SVM", "V→N", "person", "all", "as released", 0, 0.5)]
    rows += [("SVM", "V→N", "person", "all", "shuffled", k, k / 10) for k in range(9)]
    columns = ["method", "task", "leave_out", "classes", "rows", "order", "mean_f1"]
    found = against_shuffled(pd.DataFrame(rows, columns=columns)).loc["SVM"]
    assert found["p"] == pytest.approx(5 / 10) and found["null"] == pytest.approx(0.4)


@pytest.fixture
def stored(root):
    return pd.read_parquet(root / "results" / "left_out_people.parquet")


def test_the_stored_experiment_is_whole_and_can_be_computed_again(task_data, root, stored):
    assert stored.groupby(["method", "task"]).size().min() > 2 * stored.attrs["orders"]
    for letters in ("V→N", "N→V"):
        pair = in_their_span(*task_data(letters))
        model = best_estimator(Store(root / "results"), "SVM", get_task(letters))
        own = stored[(stored["method"] == "SVM") & (stored["task"] == letters)]
        for leave_out in LEAVE_OUT:
            value = own.query("leave_out == @leave_out and classes == 'all' and order == 0")
            value = value[value["rows"] == "as released"]["mean_f1"].item()
            assert left_out_f1(model, *pair, leave_out) == pytest.approx(value, abs=1e-6)


def test_the_fall_on_pairs_of_cameras_has_two_parts(stored):
    """About .14 of the fall is the tested clip and .26 the tested person (issue of the numbers)."""
    released = stored[(stored["rows"] == "as released") & (stored["classes"] == "all")]
    mean = released.groupby("leave_out")["mean_f1"].mean()
    steps = [a - b for a, b in pairwise(mean[["nothing", "clip", "person"]])]
    assert steps == pytest.approx([0.14, 0.26], abs=0.005)
    svm = against_shuffled(stored).loc["SVM"]
    assert svm["mean_f1"] == pytest.approx(0.318, abs=5e-4)
    assert svm["null"] == pytest.approx(0.24, abs=0.01) and svm["null_high"] < 0.318 + 0.005
