"""The baseline: LIBSVM's order of classes and its ties, invariances, and the published cells."""

import inspect
import warnings

import numpy as np
import pytest
from sklearn.svm import SVC

from cdmer_lib.methods import METHODS, SVM
from cdmer_lib.protocol import get_task
from cdmer_lib.report import published_cells
from cdmer_lib.solvers import gram_svm as module
from cdmer_lib.solvers.gram_svm import gram_svm
from cdmer_lib.statistics import accuracy, confusion, mean_f1


def libsvm_by_hand(Xs, ys, X, order, C=1.0):
    """One-vs-one votes among classes numbered by ``order``; returns labels and where 1-1-1."""
    votes = np.zeros((len(X), len(order)), dtype=int)
    for i in range(len(order)):
        for j in range(i + 1, len(order)):
            pair = np.isin(ys, [order[i], order[j]])
            binary = SVC(C=C, kernel="linear").fit(Xs[pair], ys[pair] == order[i])
            for_i = binary.decision_function(X) > 0
            votes[:, i] += for_i
            votes[:, j] += ~for_i
    return np.array(order)[votes.argmax(axis=1)], (votes == 1).all(axis=1)


def three_classes(seed, n=30, d=4):
    rng = np.random.default_rng(seed)
    ys = rng.permutation(np.arange(n) % 3 + 1)
    # three overlapping classes round a triangle: votes of 1-1-1 occur in its middle
    centres = rng.normal(size=(3, d))
    return centres[ys - 1] + rng.normal(size=(n, d)), ys, rng.normal(size=(400, d))


@pytest.mark.parametrize("seed", [0, 1, 2, 3, 4, 6])
def test_votes_and_ties_are_libsvms(seed):
    Xs, ys, X = three_classes(seed)
    order = list(dict.fromkeys(ys.tolist()))
    by_appearance, tie = libsvm_by_hand(Xs, ys, X, order)
    in_order, _ = libsvm_by_hand(Xs, ys, X, [1, 2, 3])
    assert tie.any()
    svm = SVM().fit(Xs, ys)
    assert svm.class_order_.tolist() == order and svm.classes_.tolist() == [1, 2, 3]
    np.testing.assert_array_equal(svm.predict(X), by_appearance)
    np.testing.assert_array_equal(SVM(class_order="sorted").fit(Xs, ys).predict(X), in_order)
    # the two differ at ties, and only there
    assert (by_appearance != in_order).any() == (order[0] != 1)
    assert not (by_appearance != in_order)[~tie].any()


@pytest.mark.parametrize("seed", [0, 1, 2, 3])
@pytest.mark.parametrize("class_order", ["appearance", "sorted"])
def test_a_grid_numbers_the_classes_as_one_fit_does(seed, class_order):
    Xs, ys, X = three_classes(seed)
    points = [{"C": 0.1, "class_order": class_order}, {"C": 2.0, "class_order": class_order}]
    for index, labels, _ in SVM().predict_grid(Xs, ys, X, points):
        np.testing.assert_array_equal(labels, SVM(**points[index]).fit(Xs, ys).predict(X))


@pytest.mark.parametrize("C", [0.01, 100.0])
def test_penalty(C):
    Xs, ys, X = three_classes(7)
    by_hand, _ = libsvm_by_hand(Xs, ys, X, list(dict.fromkeys(ys.tolist())), C)
    np.testing.assert_array_equal(SVM(C).fit(Xs, ys).predict(X), by_hand)


def test_one_vs_rest_takes_the_largest_decision_value():
    Xs, ys, X = three_classes(8)
    machines = [SVC(C=1.0, kernel="linear").fit(Xs, ys == label) for label in (1, 2, 3)]
    scores = np.array([machine.decision_function(X) for machine in machines])
    predicted = SVM(strategy="ovr").fit(Xs, ys).predict(X)
    np.testing.assert_array_equal(predicted, scores.argmax(axis=0) + 1)


def test_class_order_follows_the_source_labels_whatever_they_are():
    Xs, ys, X = three_classes(9)
    names = np.array(["", "sad", "amused", "startled"])
    svm = SVM().fit(Xs, names[ys])
    assert svm.class_order_.tolist() == list(dict.fromkeys(names[ys].tolist()))
    np.testing.assert_array_equal(svm.predict(X), names[SVM().fit(Xs, ys).predict(X)])


@pytest.mark.parametrize("strategy", ["ovo", "ovr"])
def test_permuted_samples_with_the_same_order_of_appearance(strategy):
    Xs, ys, X = three_classes(10)
    rng = np.random.default_rng(0)
    first = np.sort(np.unique(ys, return_index=True)[1])
    rest = rng.permutation(np.setdiff1d(np.arange(len(ys)), first))
    order = np.r_[first, rest]
    svm, permuted = SVM(strategy=strategy).fit(Xs, ys), SVM(strategy=strategy)
    permuted.fit(Xs[order], ys[order])
    np.testing.assert_array_equal(permuted.class_order_, svm.class_order_)
    np.testing.assert_array_equal(permuted.predict(X), svm.predict(X))


def test_rotated_features():
    Xs, ys, X = three_classes(11)
    rotation, _ = np.linalg.qr(np.random.default_rng(1).normal(size=(4, 4)))
    rotated = SVM().fit(Xs @ rotation, ys).predict(X @ rotation)
    np.testing.assert_array_equal(rotated, SVM().fit(Xs, ys).predict(X))


def test_the_target_is_not_looked_at():
    Xs, ys, X = three_classes(12)
    np.testing.assert_array_equal(SVM().fit(Xs, ys, X[:9]).predict(X), SVM().fit(Xs, ys).predict(X))


@pytest.mark.parametrize("method", METHODS)
def test_fit_has_no_place_for_target_labels(method):
    fit, predict = METHODS[method].fit, METHODS[method].predict
    assert list(inspect.signature(fit).parameters) == ["self", "Xs", "y", "Xt", "ys"]
    assert list(inspect.signature(predict).parameters) == ["self", "X"]


def test_a_huge_scale_ends_at_the_limit_of_libsvm(monkeypatch):
    """Overlapping classes, products of 1e8: LIBSVM's steps end in rounding, and never without."""
    assert module.MAX_ITER == 10**7
    monkeypatch.setattr(module, "MAX_ITER", 10**4)
    x = 1e4 * np.random.default_rng(0).standard_normal((60, 1))
    codes = np.tile([0, 1], 30)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        machine = gram_svm(x @ x.T, codes)
    assert machine.svm.n_iter_.max() == 10**4
    assert set(machine.predict(x @ x.T)) <= {0, 1}


def test_one_class_is_not_enough():
    with pytest.raises(ValueError, match=r"expected at least 2 classes .*found 1"):
        SVM().fit(np.eye(3), [2, 2, 2])


# --- golden -----------------------------------------------------------------------------------


def scores(task_data, task, **arguments):
    """Mean F1 to 4 decimals and accuracy in per cent to 2, as printed."""
    source, target = task_data(task)
    predicted = SVM(**arguments).fit(source.X, source.y, target.X).predict(target.X)
    matrix = confusion(target.y, predicted)
    return round(mean_f1(matrix), 4), round(100 * accuracy(matrix), 2)


def cell(method, task):
    """The printed cell, the same in Tables III to VI of paper A and II, III of paper B."""
    cells = published_cells(method=method)
    cells = cells[cells.experiment == str(task)]
    printed = set(zip(cells.mean_f1, cells.accuracy_percent, strict=True))
    assert len(printed) == 1
    return printed.pop()


@pytest.mark.parametrize("task", [5, 6, 9, 10, 11, 12], ids=lambda task: str(get_task(task)))
def test_published_baseline(task_data, task):
    assert scores(task_data, task) == cell("SVM", task)


def test_published_baseline_needs_the_order_of_appearance(task_data):
    # CASME II starts with Positive; in sorted order C->V is .4800, printed is .4701
    assert scores(task_data, 9, class_order="sorted")[0] == 0.4800


@pytest.mark.parametrize("task", [5, 6], ids=lambda task: str(get_task(task)))
def test_two_published_drls_cells_are_a_one_vs_rest_svm(task_data, task):
    assert scores(task_data, task, strategy="ovr") == cell("DRLS", task)
