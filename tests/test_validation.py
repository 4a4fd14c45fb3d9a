"""Choices without target labels: each criterion by hand, and what is recorded for them."""

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.model_selection import StratifiedKFold

from cdmer_lib import Database
from cdmer_lib.experiments import Store
from cdmer_lib.experiments.grids import get_grid
from cdmer_lib.methods import METHODS, SA, SVM, TKL
from cdmer_lib.selection import validation
from cdmer_lib.selection.choices import (
    CHOICES,
    choose,
    deep_embedded,
    importance_weighted,
)
from cdmer_lib.selection.validation import (
    WEIGHTS,
    discriminator_weights,
    held_out_labels,
    held_out_reverse_labels,
    recorded_points,
    reverse_labels,
    source_weights,
    thinned,
    validate,
    with_record,
)

THINNED = [name for name, kind in METHODS.items() if isinstance(kind.recorded, int)]


def two_domains(seed=0, n=30, shift=0.4):
    rng = np.random.default_rng(seed)
    y = np.tile([1, 2, 3], n // 3)
    centres = 1.5 * rng.standard_normal((3, 12))
    Xs, Xt = (centres[y - 1] + rng.standard_normal((n, 12)) for _ in range(2))
    return Xs, y, Xt + shift, y


def test_thinned_grids_keep_both_ends_and_spread_evenly():
    points = [{"k": k} for k in range(1, 130)]
    some = thinned(points, 30)
    assert len(some) == 30 and (some[0], some[-1]) == (points[0], points[-1])
    assert set(np.diff([p["k"] for p in some])) == {4, 5}
    assert thinned(points[:3], 30) == points[:3]


@pytest.mark.parametrize("method", THINNED)
def test_thinned_grids_run_through_the_ranges_of_all_parameters(method):
    grid, n = get_grid(method, "paper"), METHODS[method].recorded
    some = pd.DataFrame(thinned(grid, n))
    for name, values in pd.DataFrame(grid).items():
        assert some[name].nunique() == min(n, values.nunique()), name


@pytest.mark.parametrize("method", METHODS)
def test_every_recorded_point_is_on_the_printed_grid(method):
    grid = get_grid(method, "paper", 71, 130)
    some = recorded_points(method, 71, 130)
    assert {tuple(p.values()) for p in some} <= {tuple(p.values()) for p in grid}
    assert method in ("TGSR", *THINNED) or len(some) == len(grid)


def test_held_out_labels_come_from_fits_without_the_row():
    Xs, ys, Xt, _ = two_domains()
    points = [{"k": 5}, {"k": 2}]
    found = held_out_labels(SA(), Xs, ys, Xt, points, n_folds=3, seed=1)
    for train, test in StratifiedKFold(3, shuffle=True, random_state=1).split(Xs, ys):
        for row, point in zip(found, points, strict=True):
            for i in test:
                one = SA(**point).fit(Xs[train], ys[train], Xt).predict(Xs[[i]])
                assert row[i] == one[0]
    wrong = ys.copy()
    wrong[0] = ys[0] % 3 + 1
    folds = list(StratifiedKFold(3, shuffle=True, random_state=1).split(Xs, wrong))
    (fold,) = [(train, test) for train, test in folds if 0 in test]
    expected = SVM().fit(Xs[fold[0]], ys[fold[0]], Xt).predict(Xs[[0]])[0]
    # the row's own label, right or wrong, takes no part in its prediction
    assert held_out_labels(SVM(), Xs, wrong, Xt, [{}], n_folds=3, seed=1)[0, 0] == expected


@pytest.mark.parametrize("method", METHODS)
def test_a_sweep_labels_other_rows_as_fit_and_predict(method):
    Xs, ys, Xt, _ = two_domains()
    X = np.random.default_rng(1).standard_normal((7, 12))
    names = list(get_grid(method, "quick", len(Xs), len(Xt))[0])
    values = {"kappa": [1, 2], "k": [3, 4], "lam": [0.01, 1.0]}
    rows = zip(*(values.get(name, [0.1, 1.0]) for name in names), strict=True)
    points = [dict(zip(names, row, strict=True)) for row in rows]
    model = METHODS[method]()
    if "blocks" in model.get_params():
        model.set_params(blocks=3)
    found = {i: pair for i, *pair in model.predict_grid(Xs, ys, Xt, points, X=X)}
    for index, point in enumerate(points):
        one = clone(model).set_params(**point).fit(Xs, ys, Xt)
        np.testing.assert_array_equal(found[index][0], one.predict(X))
        np.testing.assert_array_equal(one.class_order_, model.class_order_)
        np.testing.assert_allclose(found[index][1], one.class_scores(X), rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("method", METHODS)
def test_rows_of_a_sweep_are_checked_as_those_of_predict(method):
    Xs, ys, Xt, _ = two_domains()
    model = METHODS[method]()
    if "blocks" in model.get_params():
        model.set_params(blocks=3)
    if "kappa" in model.get_params():
        model.set_params(kappa=2)
    model.fit(Xs, ys, Xt)
    broken = Xs.copy()
    broken[1, 2] = np.nan
    for X in (broken, Xs[:, :11], Xs[0]):
        with pytest.raises(ValueError) as expected:
            model.predict(X)
        with pytest.raises(ValueError) as found:
            next(model.predict_grid(Xs, ys, Xt, [{}], X=X))
        assert str(found.value) == str(expected.value)
    frames = [pd.DataFrame(part).add_prefix("x") for part in (Xs, Xt, Xs[:5])]
    ((_, labels, _),) = clone(model).predict_grid(frames[0], ys, frames[1], [{}], X=frames[2])
    np.testing.assert_array_equal(labels, model.predict(Xs[:5]))


def test_the_way_back():
    Xs, _, Xt, yt = two_domains()
    other = np.roll(yt, 1)
    points = [{"k": 3}, {"k": 3}, {"k": 6}, {"k": 1}]
    predicted = np.array([yt, other, yt, np.full(len(yt), 2)])
    found = reverse_labels(SA(), Xs, Xt, points, predicted)
    for row, point, labels in zip(found[:3], points, predicted, strict=False):
        np.testing.assert_array_equal(row, SA(**point).fit(Xt, labels, Xs).predict(Xs))
    np.testing.assert_array_equal(found[3], np.full(len(Xs), 2))  # one class leaves no machine


def test_weights_are_larger_near_the_target():
    rng = np.random.default_rng(0)
    Xs = np.abs(rng.standard_normal((40, 3)))
    Xt = np.abs(rng.standard_normal((40, 3))) * [3, 0.1, 0.1]
    weights = source_weights(Xs, Xt)
    assert weights.mean() == pytest.approx(1) and (weights >= 0).all()
    assert np.corrcoef(weights, Xs[:, 0])[0, 1] > 0.5


def recorded():
    """Two points, four source samples with labels 1 2 3 1 and weights 0 1 1 2."""
    table = pd.DataFrame({
        "k": [1, 2], "mean_f1": [0.2, 0.9], "entropy": [0.5, 0.9], "diversity": [0.6, 1.05],
        "density": [1.0, 2.0], "held_out": ["1233", "2231"], "reverse": ["1111", "1231"],
    })  # fmt: skip
    table.attrs = {name: [0.0, 1.0, 1.0, 2.0] for name in WEIGHTS}
    return table, np.array([1, 2, 3, 1])


def test_criteria_by_hand():
    table, ys = recorded()
    values = {name: criterion(table, ys) for name, (criterion, _) in CHOICES.items()}
    # point 1 errs on the sample of weight 2, point 2 on the one of weight 0
    np.testing.assert_allclose(values["source cross-validation"], [7 / 9, 7 / 9])
    np.testing.assert_allclose(values["importance-weighted"], [-0.5, 0])
    # the mean weight is 1: the control variate changes nothing
    np.testing.assert_allclose(values["deep embedded"], [-0.5, 0])
    np.testing.assert_allclose(values["reverse validation"], [2 / 9, 1])
    np.testing.assert_allclose(values["entropy"], [-0.5, -0.9])
    np.testing.assert_allclose(values["mutual information"], [0.1, 0.15])
    assert choose(table, ys, "source cross-validation")["k"] == 1  # the first of equal ones
    assert choose(table, ys, "importance-weighted")["k"] == 2
    assert choose(table, ys, "entropy")["k"] == 1
    assert choose(table, ys, "neighbourhood density")["k"] == 2


def test_the_control_variate_takes_out_a_common_factor_of_weights_and_errors():
    table, ys = recorded()
    table.attrs = {name: [0.0, 1.0, 1.0, 4.0] for name in WEIGHTS}  # mean 1.5
    table["held_out"] = ["3313", "2312"]  # both all wrong: w l = w, so that eta = -1
    np.testing.assert_allclose(deep_embedded(table, ys), [-1, -1])
    np.testing.assert_allclose(importance_weighted(table, ys), [-1.5, -1.5])
    table.attrs["discriminator"] = [1.0] * 4
    np.testing.assert_allclose(deep_embedded(table, ys), [-1, -1])


def test_a_discriminator_finds_the_density_ratio():
    """Two normal densities a distance d apart: the ratio is exp(d x - d^2 / 2), its mean 1."""
    rng = np.random.default_rng(0)
    Xs, Xt = rng.standard_normal((600, 1)), 0.5 + rng.standard_normal((300, 1))
    found = discriminator_weights(Xs, Xt)
    np.testing.assert_allclose(found, np.exp(0.5 * Xs[:, 0] - 0.125), rtol=0.25)
    assert found.mean() == pytest.approx(1, abs=0.05)


def test_points_without_a_record_are_not_chosen():
    table, ys = recorded()
    table.loc[1, ["held_out", "reverse"]] = np.nan
    assert choose(table, ys, "reverse validation")["k"] == 1
    assert choose(table, ys, "neighbourhood density")["k"] == 2
    with pytest.raises(ValueError, match=r"column 'density'.*found none.*cdmer run"):
        choose(table.drop(columns="density"), ys, "neighbourhood density")


def test_the_way_back_held_out_equals_folds_one_by_one():
    Xs, ys, Xt, _ = two_domains(n=36)
    points, expected = [{"k": 2}, {"k": 5}], np.empty((2, 36), int)
    folds = StratifiedKFold(5, shuffle=True, random_state=3).split(Xs, ys)
    for train, test in folds:
        for i, point in enumerate(points):
            there = SA(**point).fit(Xs[train], ys[train], Xt).predict(Xt)
            expected[i, test] = SA(**point).fit(Xt, there, Xs[train]).predict(Xs[test])
    found = held_out_reverse_labels(SA(), Xs, ys, Xt, points, seed=3)
    np.testing.assert_array_equal(found, expected)


@pytest.fixture
def databases():
    Xs, ys, Xt, yt = two_domains(n=36)
    return {"SMIC_VIS": Database("SMIC_VIS", Xs, ys), "SMIC_NIR": Database("SMIC_NIR", Xt, yt)}


def test_what_is_recorded(tmp_path, databases):
    store = Store(tmp_path)
    record = validate("SA", "V->N", store, data=databases, progress=False)
    assert record["k"].tolist() == list(range(1, 36))
    (Xs, ys), (Xt, _) = ((d.X, d.y) for d in databases.values())
    model = SA(k=4)
    expected = "".join(map(str, held_out_labels(model, Xs, ys, Xt, [{"k": 4}])[0]))
    assert record["held_out"][3] == expected
    table = with_record(store, "SA", "V->N")
    predicted = model.fit(Xs, ys, Xt).predict(Xt)
    assert table["predicted"][3] == "".join(map(str, predicted))
    back = reverse_labels(model, Xs, Xt, [{"k": 4}], predicted[None])[0]
    assert table["reverse"][3] == "".join(map(str, back))
    for name, weights in WEIGHTS.items():
        assert table.attrs[name] == weights(Xs, Xt).round(6).tolist()
    for criterion in CHOICES:
        assert 0 <= choose(table, ys, criterion)["mean_f1"] <= 1
    assert with_record(store, "SA", "N->V") is None


def test_an_interrupted_record_resumes(tmp_path, databases, monkeypatch):
    whole = validate("TKL", "V->N", Store(tmp_path / "whole"), data=databases, progress=False)
    solve, calls = validation._validate, []

    def until_the_third(*arguments):
        calls.append(arguments[-1])
        if len(calls) == 3:
            raise KeyboardInterrupt
        return solve(*arguments)

    store = Store(tmp_path / "killed")
    monkeypatch.setattr(TKL, "points_per_batch", 10)
    monkeypatch.setattr(validation, "_validate", until_the_third)
    with pytest.raises(KeyboardInterrupt):
        validate("TKL", "V->N", store, data=databases, progress=False)
    assert len(store.record_store.load("TKL", "V->N")) == 20
    again = validate("TKL", "V->N", store, data=databases, progress=False)
    pd.testing.assert_frame_equal(again, whole)
    for name in WEIGHTS:
        assert again.attrs["provenance"][name] == whole.attrs["provenance"][name]
    assert len(calls) == 3 + 3  # 50 points: what was there is not solved again
