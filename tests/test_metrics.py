"""The metrics against scikit-learn's, and the papers' rule of selection."""

import warnings

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics

from cdmer_lib.selection import best_on_target
from cdmer_lib.statistics import accuracy, confusion, mean_f1, uar

CODES = st.integers(1, 3)
PAIRS = st.lists(st.tuples(CODES, CODES), min_size=1, max_size=30).map(np.transpose)


@settings(max_examples=50)
@given(PAIRS)
def test_against_scikit_learn(pairs):
    y, predicted = pairs
    matrix = confusion(y, predicted)
    assert np.array_equal(matrix, metrics.confusion_matrix(y, predicted, labels=[1, 2, 3]))
    f1 = metrics.f1_score(y, predicted, labels=[1, 2, 3], average="macro", zero_division=0)
    assert mean_f1(matrix) == pytest.approx(f1, abs=1e-15)
    assert accuracy(matrix) == metrics.accuracy_score(y, predicted)
    with warnings.catch_warnings():  # "y_pred contains classes not in y_true"
        warnings.simplefilter("ignore")
        assert uar(matrix) == pytest.approx(metrics.balanced_accuracy_score(y, predicted))


def test_a_class_never_predicted_counts_as_0():
    # a constant predictor on SMIC-VIS: precision 28/71, recall 1, F1 56/99, divided by 3 classes
    y = np.repeat([1, 2, 3], [23, 28, 20])
    matrix = confusion(y, np.full(71, 2))
    assert mean_f1(matrix) == pytest.approx(56 / 99 / 3)
    assert round(100 * accuracy(matrix), 2) == 39.44  # printed in Table VI of paper A
    assert uar(matrix) == pytest.approx(1 / 3)


def test_a_whole_sweep_at_once():
    rng = np.random.default_rng(0)
    y, predicted = rng.integers(1, 4, 20), rng.integers(1, 4, (4, 2, 20))
    matrix = confusion(y, predicted)
    assert matrix.shape == (4, 2, 3, 3)
    for metric in (accuracy, mean_f1, uar):
        batch = metric(matrix)
        assert batch.shape == (4, 2)
        for i in np.ndindex(4, 2):
            assert batch[i] == metric(confusion(y, predicted[i]))


def test_other_classes():
    matrix = confusion(["b", "a", "b"], ["b", "b", "b"], classes=("a", "b"))
    assert matrix.tolist() == [[0, 1], [0, 2]]


@pytest.mark.parametrize("shape", [(4,), (2, 4), (5, 1), ()])
def test_one_prediction_a_sample(shape):
    with pytest.raises(ValueError, match=r"expected one predicted label for each of 5 samples"):
        confusion([1, 2, 3, 1, 2], np.ones(shape, dtype=int))


@pytest.mark.parametrize(("y", "predicted"), [([1, 2, 0], [1, 2, 3]), ([1, 2, 3], [1, 2, 4])])
def test_labels_outside_the_classes(y, predicted):
    with pytest.raises(ValueError, match=r"expected labels in \(1, 2, 3\), found \["):
        confusion(y, predicted)


@settings(max_examples=50)
@given(st.lists(st.integers(0, 6), min_size=1, max_size=20))
def test_best_on_target_is_the_first_of_the_largest(sixths):
    table = pd.DataFrame({"kappa": range(len(sixths)), "mean_f1": np.array(sixths) / 6})
    best = best_on_target(table)
    assert best.kappa == sixths.index(max(sixths))
    assert best.equals(table.loc[table["mean_f1"].idxmax()])


def test_best_on_target_ignores_how_equal_scores_were_summed():
    table = pd.DataFrame({"kappa": [1, 2, 3], "mean_f1": [0.1, 0.6, 0.1 + 0.2 + 0.3]})
    assert table.mean_f1[2] > table.mean_f1[1]
    assert best_on_target(table).kappa == 2
