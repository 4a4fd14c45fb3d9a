"""Choices without target labels: each criterion by hand, and what is recorded for them."""

import numpy as np
import pandas as pd
import pytest
from sklearn.model_selection import StratifiedKFold

from cdmer_lib import Database
from cdmer_lib.experiments import Store
from cdmer_lib.experiments.selection import CHOICES, choose
from cdmer_lib.experiments.validation import (
    held_out_labels,
    reverse_labels,
    source_weights,
    thinned,
    validate,
)
from cdmer_lib.methods import SA, SVM


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


def test_held_out_labels_come_from_fits_without_the_row():
    Xs, ys, Xt, _ = two_domains()
    found = held_out_labels(SA(k=5), Xs, ys, Xt, n_folds=3, seed=1)
    for train, test in StratifiedKFold(3, shuffle=True, random_state=1).split(Xs, ys):
        for i in test:
            assert found[i] == SA(k=5).fit(Xs[train], ys[train], Xt).predict(Xs[[i]])[0]
    wrong = ys.copy()
    wrong[0] = ys[0] % 3 + 1
    folds = list(StratifiedKFold(3, shuffle=True, random_state=1).split(Xs, wrong))
    (fold,) = [(train, test) for train, test in folds if 0 in test]
    expected = SVM().fit(Xs[fold[0]], ys[fold[0]], Xt).predict(Xs[[0]])[0]
    # the row's own label, right or wrong, takes no part in its prediction
    assert held_out_labels(SVM(), Xs, wrong, Xt, n_folds=3, seed=1)[0] == expected


def test_the_way_back():
    Xs, _, Xt, yt = two_domains()
    expected = SVM().fit(Xt, yt, Xs).predict(Xs)
    np.testing.assert_array_equal(reverse_labels(SVM(), Xs, Xt, yt), expected)
    one = np.full(len(Xt), 2)
    np.testing.assert_array_equal(reverse_labels(SVM(), Xs, Xt, one), np.full(len(Xs), 2))


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
    table.attrs["weights"] = [0.0, 1.0, 1.0, 2.0]
    return table, np.array([1, 2, 3, 1])


def test_criteria_by_hand():
    table, ys = recorded()
    values = {name: criterion(table, ys) for name, criterion in CHOICES.items()}
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
    table.attrs["weights"] = [0.0, 1.0, 1.0, 4.0]  # mean 1.5
    table["held_out"] = ["3313", "2312"]  # both all wrong: w l = w, so that eta = -1
    np.testing.assert_allclose(CHOICES["deep embedded"](table, ys), [-1, -1])
    np.testing.assert_allclose(CHOICES["importance-weighted"](table, ys), [-1.5, -1.5])
    table.attrs["weights"] = [1.0] * 4
    np.testing.assert_allclose(CHOICES["deep embedded"](table, ys), [-1, -1])


def test_what_is_recorded(tmp_path):
    Xs, ys, Xt, yt = two_domains(n=36)
    data = {"SMIC_VIS": Database("SMIC_VIS", Xs, ys), "SMIC_NIR": Database("SMIC_NIR", Xt, yt)}
    store = Store(tmp_path)
    table = validate("SA", "V->N", store, data=data, progress=False)
    assert table["k"].tolist() == [p["k"] for p in thinned([{"k": k} for k in range(1, 36)])]
    model = SA(k=int(table["k"][3]))
    expected = "".join(map(str, held_out_labels(model, Xs, ys, Xt)))
    assert table["held_out"][3] == expected
    predicted = model.fit(Xs, ys, Xt).predict(Xt)
    assert table["predicted"][3] == "".join(map(str, predicted))
    for criterion in CHOICES:
        assert 0 <= choose(table, ys, criterion)["mean_f1"] <= 1
    again = validate("SA", "V->N", store, data=data, progress=False)
    pd.testing.assert_frame_equal(again, table)
    assert again.attrs["weights"] == table.attrs["weights"]
