"""TSRG, DRFS-T and DRLS: optimality against slow forms, special cases, then published cells."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.linear_model import Lasso

from cdmer_lib.methods import DRFST, DRLS, SVM, TSRG
from cdmer_lib.methods.base import one_hot
from cdmer_lib.protocol import get_task
from cdmer_lib.report import published_cells
from cdmer_lib.solvers.plain import rstr_plain
from cdmer_lib.solvers.proximal import soft_threshold
from cdmer_lib.solvers.regeneration import (
    CHUNK,
    Regenerator,
    kernel_columns,
)
from cdmer_lib.statistics import accuracy, confusion, mean_f1

RHO, KAPPA_0 = 1.1, 1e-3


def domains(seed=0, n_s=7, n_t=6, d=10):
    """Xs, labels in order of appearance, Xt with a shift."""
    rng = np.random.default_rng(seed)
    Xs, Xt = rng.random((n_s, d)), rng.random((n_t, d)) + 0.3
    return Xs, np.arange(n_s) % 3 % n_s, Xt


def free_problem(seed, D=4, n=5, m=8):
    """B, K and k that come from no samples; G = K K' + lam k k' has full rank for m >= n."""
    rng = np.random.default_rng(seed)
    return rng.normal(size=(D, m)), rng.normal(size=(n, m)), rng.normal(size=n)


# --- the proximal step ------------------------------------------------------------------------


@given(st.floats(-1e3, 1e3), st.floats(0, 1e3))
def test_soft_threshold(a, zeta):
    expected = np.sign(a) * max(abs(a) - zeta, 0)
    assert soft_threshold(np.array([a]), zeta)[0] == pytest.approx(expected, abs=1e-12)


def test_soft_threshold_special_cases():
    A = np.array([[-3.0, -1.0, -0.5], [0.0, 1.0, 2.5]])
    np.testing.assert_array_equal(soft_threshold(A, 0), A)
    np.testing.assert_array_equal(soft_threshold(A, 3), 0 * A)
    np.testing.assert_array_equal(soft_threshold(A, 1), [[-2, 0, 0], [0, 0, 1.5]])
    np.testing.assert_array_equal(soft_threshold(-A, 1), -soft_threshold(A, 1))


def test_soft_threshold_is_the_proximal_step():
    """S_zeta[a] minimises zeta |p| + (p - a)^2 / 2."""
    a, p = np.linspace(-2, 2, 41), np.linspace(-3, 3, 6001)
    objective = 0.7 * np.abs(p) + (p - a[:, None]) ** 2 / 2
    np.testing.assert_allclose(soft_threshold(a, 0.7), p[objective.argmin(axis=1)], atol=1e-3)


# --- the slow form is the algorithm, and its limit the minimum --------------------------------


def test_each_step_minimises_the_augmented_lagrangian():
    """Q and P of the last of n iterations are stationary, from two runs one step apart."""
    B, K, k = free_problem(0)
    lam, mu = 0.5, 0.8
    G, R = K @ K.T + lam * np.outer(k, k), K @ B.T
    P, T, kappa = np.ones_like(R), np.ones_like(R), KAPPA_0
    for n in range(1, 30):
        before, (P, _) = P, rstr_plain(B, K, k, lam, mu, tol=0, max_iter=n)
        # the Q at which the derivative of ||B - Q'K||^2 + lam ||Q'k||^2 - <T, Q>
        # + kappa/2 ||before - Q||^2 is 0
        Q = np.linalg.inv(2 * G + kappa * np.eye(5)) @ (2 * R + T + kappa * before)
        # P minimises mu |P|_1 + <T, P> + kappa/2 ||P - Q||^2: 0 is in the subdifferential
        pull = T + kappa * (P - Q)
        np.testing.assert_allclose(pull[P != 0], -mu * np.sign(P[P != 0]), atol=1e-9)
        assert np.abs(pull[P == 0]).max(initial=0) <= mu + 1e-9
        T, kappa = pull, RHO * kappa


@pytest.mark.parametrize("mu", [0.1, 2.0, 10.0])
@pytest.mark.parametrize("solve", ["plain", "fast"])
def test_the_limit_is_the_lasso(mu, solve):
    """With a penalty that grows slowly and G of full rank, the start does not matter."""
    B, K, k = free_problem(1)
    slow = {"rho": 1.003, "tol": 0, "max_iter": 3000}
    if solve == "plain":
        P, _ = rstr_plain(B, K, k, 0.5, mu, **slow)
    else:
        P, _ = Regenerator(K, k, 0.5).solve(B, mu, **slow)
    rows, images = np.c_[K, np.sqrt(0.5) * k].T, np.c_[B, np.zeros(4)].T
    lasso = Lasso(mu / 2 / len(rows), fit_intercept=False, tol=1e-12, max_iter=10**5)
    np.testing.assert_allclose(P, lasso.fit(rows, images).coef_.T, atol=1e-6)
    gradient = 2 * rows.T @ (rows @ P - images)
    np.testing.assert_allclose(gradient[P != 0], -mu * np.sign(P[P != 0]), atol=1e-5)
    assert np.abs(gradient[P == 0]).max(initial=0) <= mu + 1e-5


# --- the fast form equals the slow one --------------------------------------------------------


@settings(max_examples=40)
@given(
    seed=st.integers(0, 2**32 - 1),
    shape=st.tuples(st.integers(1, 5), st.integers(1, 8), st.integers(1, 8)),
    lam=st.sampled_from([0.0, 1e-3, 1.0, 1e3]),
    mu=st.sampled_from([1e-3, 0.3, 10.0]),
)
def test_regenerator_equals_the_slow_form(seed, shape, lam, mu):
    B, K, k = free_problem(seed, *shape)
    slow, n_slow = rstr_plain(B, K, k, lam, mu)
    fast, n_fast = Regenerator(K, k, lam).solve(B, mu)
    np.testing.assert_allclose(fast, slow, atol=1e-6)
    assert n_fast == n_slow


def degenerate(how):
    Xs, codes, Xt = domains(3)
    if how == "duplicate samples":
        Xs[3], Xt[-1] = Xs[0], Xt[0]
    elif how == "source = target":
        Xt = Xs.copy()
    elif how == "constant columns":
        Xs[:, :4] = Xt[:, :4] = 0.5
    elif how == "all columns equal":
        Xs[:], Xt[:] = Xs[:, :1], Xt[:, :1]
    elif how == "one target sample":
        Xt = Xt[:1]
    elif how == "two source samples":
        Xs, codes = Xs[:2], codes[:2]
    elif how == "more samples than features":
        Xs, Xt = Xs[:, :3], Xt[:, :3]
    elif how == "zeros":
        Xs, Xt = 0 * Xs, 0 * Xt
    return Xs, codes, Xt


DEGENERATE = [
    "", "duplicate samples", "source = target", "constant columns", "all columns equal",
    "one target sample", "two source samples", "more samples than features", "zeros",
]  # fmt: skip


@pytest.mark.parametrize("how", DEGENERATE)
@pytest.mark.parametrize(("lam", "mu"), [(0.0, 0.3), (0.1, 0.001), (1000.0, 0.3)])
def test_regenerated_features_equal_the_slow_form(how, lam, mu):
    Xs, _, Xt = degenerate(how)
    Ks, Kt, k = kernel_columns(Xs, Xt)
    slow, _ = rstr_plain(Xs.T, Ks, k, lam, mu)
    fast, _ = Regenerator(Ks, k, lam).solve(Xs.T, mu)
    np.testing.assert_allclose(fast.T @ Kt, slow.T @ Kt, atol=1e-6)
    np.testing.assert_allclose(fast.T @ Ks, slow.T @ Ks, atol=1e-6)


def test_columns_are_independent():
    B, K, k = free_problem(4, D=6)
    regenerator = Regenerator(K, k, 0.5)
    for n in (1, 10, 120):
        same = {"tol": 0, "max_iter": n}
        together, _ = regenerator.solve(B, 0.4, **same)
        apart = [regenerator.solve(B[j : j + 1], 0.4, **same)[0] for j in range(6)]
        np.testing.assert_allclose(np.hstack(apart), together, atol=1e-12)
    # they stop together, when the last one has converged
    _, n_together = regenerator.solve(B, 0.4)
    assert n_together == max(regenerator.solve(B[j : j + 1], 0.4)[1] for j in range(6))


@pytest.mark.parametrize("mu", [1e-3, 0.3, 5.0, 50.0])
@pytest.mark.parametrize("scale", [1.0, 1e3])
def test_columns_at_rest(mu, scale):
    """Columns that are 0 for a while, or for ever, cost no product and change nothing."""
    B, K, k = free_problem(7, D=30, n=12, m=5)
    B *= scale * np.logspace(-3, 1, 30)[:, None]
    slow, n_slow = rstr_plain(B, K, k, 0.5, mu)
    fast, n_fast = Regenerator(K, k, 0.5).solve(B, mu)
    assert n_fast == n_slow
    np.testing.assert_allclose(fast, slow, atol=1e-6 * scale)


@pytest.mark.parametrize("n_classes", [2, 3])
@pytest.mark.parametrize("method", [TSRG, DRFST, DRLS])
def test_decision_values_have_a_column_a_class(method, n_classes):
    Xs, codes, Xt = domains(11, 9, 8)
    model = method(lam=1.0)
    ((_, labels, scores),) = model.predict_grid(Xs, codes % n_classes, Xt, [{"mu": 0.1}])
    assert scores.shape == (8, n_classes)
    np.testing.assert_array_equal(model.class_order_[scores.argmax(axis=1)], labels)


def test_chunks_make_no_difference():
    B, K, k = free_problem(5, D=CHUNK + 20)
    slow, n_slow = rstr_plain(B, K, k, 0.5, 0.4)
    fast, n_fast = Regenerator(K, k, 0.5).solve(B, 0.4)
    assert fast.shape == (5, CHUNK + 20) and n_fast == n_slow
    np.testing.assert_allclose(fast, slow, atol=1e-6)


# --- special cases ----------------------------------------------------------------------------


@pytest.mark.parametrize("lam", [0.0, 2.0])
@pytest.mark.parametrize("shape", [(4, 5, 8), (4, 8, 5)])
def test_without_sparsity_there_are_two_ridge_steps(lam, shape):
    """mu = 0: P = Q - T/kappa, so T = 0 and P = Q from the second iteration on, which stops.

    First minimise ||B - Q'K||^2 + lam ||Q'k||^2 - <1, Q> + kappa_0/2 ||1 - Q||^2 and set
    P_1 = Q - 1/kappa_0.
    Then minimise ||B - P'K||^2 + lam ||P'k||^2 + rho kappa_0/2 ||P - P_1||^2: a ridge regression
    that pulls towards P_1.
    """
    B, K, k = free_problem(6, *shape)
    n = len(K)
    G, R, one = K @ K.T + lam * np.outer(k, k), K @ B.T, np.ones((n, len(B)))
    Q = np.linalg.solve(2 * G + KAPPA_0 * np.eye(n), 2 * R + one + KAPPA_0 * one)
    P_1 = Q - one / KAPPA_0
    kappa = RHO * KAPPA_0
    expected = np.linalg.solve(2 * G + kappa * np.eye(n), 2 * R + kappa * P_1)
    for P, n_iter in (rstr_plain(B, K, k, lam, 0.0), Regenerator(K, k, lam).solve(B, 0.0)):
        assert n_iter == 2
        np.testing.assert_allclose(P, expected, atol=1e-7)
        gradient = 2 * (G @ P - R) + kappa * (P - P_1)
        np.testing.assert_allclose(gradient, 0, atol=1e-7)


def test_a_large_mu_leaves_nothing():
    B, K, k = free_problem(7)
    mu = 4 * np.abs(K @ B.T).max()
    slow = {"rho": 1.003, "tol": 0, "max_iter": 3000}
    assert not Regenerator(K, k, 0.5).solve(B, mu, **slow)[0].any()


def test_a_large_lam_moves_the_means_together():
    Xs, _, Xt = domains(8)
    Ks, Kt, k = kernel_columns(Xs, Xt)
    np.testing.assert_allclose(k, Ks.mean(axis=1) - Kt.mean(axis=1))
    apart = []
    for lam in (0.0, 1e2, 1e4):
        P, _ = Regenerator(Ks, k, lam).solve(Xs.T, 0.01)
        apart.append(np.linalg.norm(P.T @ k))
    assert apart[0] > 50 * apart[1] > 50 * 50 * apart[2]


def test_kernel_columns():
    Xs, _, Xt = domains(9)
    Ks, Kt, k = kernel_columns(Xs, Xt)
    samples = [*Xs, *Xt]
    assert Ks.shape == (13, 7) and Kt.shape == (13, 6) and k.shape == (13,)
    for i, x in enumerate(samples):
        np.testing.assert_allclose(Ks[i], [x @ z for z in Xs])
        np.testing.assert_allclose(Kt[i], [x @ z for z in Xt])


# --- the estimators ---------------------------------------------------------------------------

EXACT = {"lam": 0.1, "mu": 0.3}
NAMES = np.array(["c", "a", "b"])  # not in sorted order


def three_classes(seed):
    Xs, codes, Xt = domains(seed, n_s=12, n_t=30)
    Xs[:, :3] += np.eye(3)[codes]
    return Xs, codes, Xt


def test_tsrg_by_hand():
    Xs, codes, Xt = three_classes(10)
    Ks, Kt, k = kernel_columns(Xs, Xt)
    P, n_iter = rstr_plain(Xs.T, Ks, k, 0.1, 0.3)
    model = TSRG(**EXACT).fit(Xs, NAMES[codes], Xt)
    np.testing.assert_allclose(model.P_, P, atol=1e-7)
    assert model.n_iter_ == n_iter
    expected = SVM().fit(Xs, NAMES[codes]).predict(Kt.T @ P)
    np.testing.assert_array_equal(model.predict(Xt), expected)
    assert len(set(expected)) > 1


def test_drfst_by_hand():
    Xs, codes, Xt = three_classes(11)
    Ks, Kt, k = kernel_columns(Xs, Xt)
    P, n_iter = rstr_plain(Xt.T, Kt, k, 0.1, 0.3)
    model = DRFST(**EXACT).fit(Xs, NAMES[codes], Xt)
    np.testing.assert_allclose(model.P_, P, atol=1e-7)
    assert model.n_iter_ == n_iter
    expected = SVM().fit(Ks.T @ P, NAMES[codes]).predict(Xt)
    np.testing.assert_array_equal(model.predict(Xt), expected)
    assert len(set(expected)) > 1


def test_drls_by_hand():
    Xs, codes, Xt = three_classes(12)
    Ks, Kt, k = kernel_columns(Xs, Xt)
    P, n_iter = rstr_plain(one_hot(codes).T, Ks, k, 0.1, 0.3)
    model = DRLS(lam=0.1, mu=0.3).fit(Xs, NAMES[codes], Xt)
    np.testing.assert_allclose(model.P_, P, atol=1e-7)
    assert model.n_iter_ == n_iter
    expected = NAMES[(Kt.T @ P).argmax(axis=1)]
    np.testing.assert_array_equal(model.predict(Xt), expected)
    assert len(set(expected)) > 1


def test_drfst_is_tsrg_with_the_roles_swapped():
    Xs, codes, Xt = three_classes(13)
    drfst = DRFST(**EXACT).fit(Xs, codes, Xt)
    tsrg = TSRG(**EXACT).fit(Xt, np.arange(len(Xt)) % 3, Xs)
    source_first = np.r_[len(Xt) : len(Xt) + len(Xs), : len(Xt)]
    np.testing.assert_allclose(drfst.P_, tsrg.P_[source_first], atol=1e-7)


@pytest.mark.parametrize(("method", "twin"), [(TSRG, DRFST), (DRFST, TSRG)])
def test_both_ways_at_once_are_each_way_alone(method, twin):
    Xs, codes, Xt = three_classes(17)
    Xt[:, :3] += np.eye(3)[np.arange(30) % 3]
    ys, yt = NAMES[codes], np.arange(30) % 3
    points = [{"lam": lam, "mu": mu} for lam in (0.01, 10.0) for mu in (0.01, 0.3)]
    found = list(method().predict_both_ways(twin(), Xs, ys, Xt, yt, points))
    there = method().predict_grid(Xs, ys, Xt, points)
    back = twin().predict_grid(Xt, yt, Xs, points)
    for both, alone, alone_back in zip(found, there, back, strict=True):
        assert both[0] == alone[0] == alone_back[0]
        for some, other in ((both[1:3], alone[1:]), (both[3:], alone_back[1:])):
            np.testing.assert_array_equal(some[0], other[0])
            np.testing.assert_allclose(some[1], other[1], atol=1e-2)  # LIBSVM stops at 1e-3


@pytest.mark.parametrize("method", [TSRG, DRFST, DRLS])
def test_permuted_features_and_target(method):
    Xs, codes, Xt = three_classes(14)
    rng = np.random.default_rng(14)
    columns, rows = rng.permutation(10), rng.permutation(30)
    model = method(lam=0.1, mu=0.3)
    expected = model.fit(Xs, codes, Xt).predict(Xt)
    moved = Xt[rows][:, columns]
    found = model.fit(Xs[:, columns], codes, moved).predict(moved)
    np.testing.assert_array_equal(found, expected[rows])


@pytest.mark.parametrize("method", [TSRG, DRFST, DRLS])
def test_predict_grid_is_fit_and_predict_point_by_point(method):
    Xs, codes, Xt = three_classes(15)
    points = [{"mu": mu, "lam": lam} for mu in (0.001, 0.3, 2.0) for lam in (10.0, 0.01, 1.0)]
    points += [{"lam": 3.0}, {"mu": 0.7}]
    model = method()
    found = {i: labels for i, labels, _ in model.predict_grid(Xs, NAMES[codes], Xt, points)}
    assert sorted(found) == list(range(len(points)))
    for index, point in enumerate(points):
        single = method(**point).fit(Xs, NAMES[codes], Xt).predict(Xt)
        np.testing.assert_array_equal(found[index], single)


@pytest.mark.parametrize("method", [TSRG, DRFST, DRLS])
@pytest.mark.parametrize("how", DEGENERATE[1:])
def test_degenerate_input_is_fitted(method, how):
    Xs, codes, Xt = degenerate(how)
    model = method(lam=0.1, mu=0.3).fit(Xs, codes, Xt)
    assert np.isfinite(model.P_).all()
    assert set(model.predict(Xt)) <= set(codes)


@pytest.mark.parametrize("method", [TSRG, DRFST, DRLS])
@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"lam": -0.1}, r"'lam' .* in the range \[0.0, inf\). Got -0.1"),
        ({"mu": -0.1}, r"'mu' .* in the range \[0.0, inf\). Got -0.1"),
        ({"max_iter": 0}, r"'max_iter' .*Got 0"),
    ],
)
def test_out_of_range(method, arguments, message):
    Xs, codes, Xt = domains(16)
    with pytest.raises(ValueError, match=message):
        method(**arguments).fit(Xs, codes, Xt)


# --- golden -----------------------------------------------------------------------------------


# DRLS cells of Table IV, paper A (Table III, paper B): the points of the printed grid whose mean F1
# rounds to the cell, found by a sweep of all 259 points in float64. The printed accuracies of
# Exp.11 and Exp.12 are k/N for no integer k (D11); here 35 of 71 and 55 of 130 are correct.
DRLS_CELLS = {
    9: (10.0, 0.6, 41),
    10: (100.0, 0.5, 78),
    11: (0.1, 0.08, 35),
    12: (100.0, 2.0, 55),
}


@pytest.mark.parametrize("task", DRLS_CELLS, ids=lambda task: str(get_task(task)))
def test_published_drls_cells(task_data, task):
    source, target = task_data(task)
    lam, mu, correct = DRLS_CELLS[task]
    predicted = DRLS(lam=lam, mu=mu).fit(source.X, source.y, target.X).predict(target.X)
    matrix = confusion(target.y, predicted)
    assert accuracy(matrix) == correct / len(target.y)
    for cell in published_cells(method="DRLS").itertuples():
        if cell.experiment == str(task):
            assert round(mean_f1(matrix), 4) == cell.mean_f1
            if task in (9, 10):
                assert round(100 * accuracy(matrix), 2) == cell.accuracy_percent


@pytest.mark.parametrize("point", [{"mu": -0.1}, {"lam": -1.0}])
def test_out_of_range_in_a_grid(point):
    rng = np.random.default_rng(3)
    Xs, Xt = rng.normal(size=(6, 4)), rng.normal(size=(5, 4))
    with pytest.raises(ValueError, match=r"range \[0.0, inf\)"):
        list(DRLS().predict_grid(Xs, [1, 2, 3, 1, 2, 3], Xt, [point]))
