"""TGSR: optimality and invariances against literal forms, special cases, then published numbers.

Golden numbers: the authors' own record of their grid search (three of its twelve files can be had
without SMIC-HS), and the cells that paper B prints, at the (kappa, xi) that its text lists.
"""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cdmer_lib.methods import TGSR
from cdmer_lib.methods.base import one_hot
from cdmer_lib.protocol import get_task
from cdmer_lib.report import deviations, published_cells
from cdmer_lib.solvers import tgsr_gram
from cdmer_lib.solvers.plain import augmented, tgsr_plain, update_D
from cdmer_lib.solvers.proximal import shrink_factors
from cdmer_lib.solvers.tgsr_gram import block_data, solve
from cdmer_lib.statistics import accuracy, confusion, mean_f1

SIZES = (3, 5, 1, 4, 2)


def problem(seed, sizes=SIZES, n_s=8, n_t=6, c=3):
    """Xs, codes, Xt and blocks of scattered columns; every class occurs."""
    rng = np.random.default_rng(seed)
    d = sum(sizes)
    blocks = np.split(rng.permutation(d), np.cumsum(sizes)[:-1])
    codes = np.r_[np.arange(c), rng.integers(0, c, n_s - c)]
    return rng.normal(size=(n_s, d)), codes, rng.normal(size=(n_t, d)) + 0.5, blocks


def fast(Xs, codes, Xt, blocks, kappas, xis, **arguments):
    """C and the number of iterations from the block Grams, a pair for each point."""
    Y = block_data(Xs, Xt, blocks)
    found = [None] * len(kappas)
    for j, solution in solve(Y, one_hot(codes), kappas, xis, **arguments):
        C = np.empty((Xs.shape[1], codes.max() + 1))
        for block, C_i in zip(blocks, solution.coefficients(Y), strict=True):
            C[block] = C_i
        found[j] = C, solution.n_iter
    return found


# --- Algorithm 1 against its literal form -----------------------------------------------------


def literal_algorithm_1(Xs, codes, Xt, blocks, kappa, xi, mu=1e-3, rho=1.1):
    """Algorithm 1 of paper B with the inverse of (12) and the cases of (13) written out."""
    n_s, n_t, d = len(Xs), len(Xt), Xs.shape[1]
    difference = Xs.T @ np.ones(n_s) / n_s - Xt.T @ np.ones(n_t) / n_t
    X = np.hstack([Xs.T, np.sqrt(xi) * difference[:, None]])
    L = np.zeros((codes.max() + 1, n_s + 1))
    L[codes, np.arange(n_s)] = 1
    C, P = np.ones((d, len(L))), np.zeros((d, len(L)))
    for n_iter in range(1, 1001):
        D = np.linalg.inv(mu * np.eye(d) + 2 * X @ X.T) @ (2 * X @ L.T + P + mu * C)
        W = D - P / mu
        norms = [np.sqrt((W[block] ** 2).sum()) for block in blocks]
        lam = mu * [*sorted(norms, reverse=True), 0][kappa]
        for block, d_i in zip(blocks, norms, strict=True):
            C[block] = (d_i - lam / mu) / d_i * W[block] if lam / mu < d_i else 0
        P = P + mu * (C - D)
        mu = min(rho * mu, 1e15)
        if np.abs(C - D).max() < 1e-8:
            break
    return C, n_iter


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("kappa", [1, 2, 3, 4, 5])
def test_algorithm_1_is_the_literal_one(seed, kappa):
    Xs, codes, Xt, blocks = problem(seed)
    literal, n_iter = literal_algorithm_1(Xs, codes, Xt, blocks, kappa, 0.5)
    result = tgsr_plain(Xs, one_hot(codes), Xt, blocks, kappa, 0.5)
    np.testing.assert_allclose(result.C, literal, atol=1e-9)
    assert len(result.gap) == n_iter and result.gap[-1] < 1e-8
    assert result.norms.shape == (n_iter, 5)


def test_augmented_pair():
    Xs, codes, Xt, _ = problem(0)
    X, L = augmented(Xs, one_hot(codes), Xt, 4.0)
    assert X.shape == (15, 9) and L.shape == (3, 9)
    # equations (5) and (6) are the same function of C
    C = np.random.default_rng(0).normal(size=(15, 3))
    data = np.linalg.norm(one_hot(codes).T - C.T @ Xs.T) ** 2
    mmd = np.linalg.norm(C.T @ Xs.mean(axis=0) - C.T @ Xt.mean(axis=0)) ** 2
    assert np.linalg.norm(L - C.T @ X) ** 2 == pytest.approx(data + 4 * mmd)


@pytest.mark.parametrize("mu", [1e-3, 1.0, 1e4])
def test_D_step_is_stationary(mu):
    """The gradient of (9) is 0 at (12)."""
    rng = np.random.default_rng(1)
    X, L = rng.normal(size=(20, 7)), rng.normal(size=(3, 7))
    C, P = rng.normal(size=(2, 20, 3))
    D = update_D(X, L, C, P, mu)
    gradient = 2 * X @ (X.T @ D - L.T) - P - mu * (C - D)
    np.testing.assert_allclose(gradient, 0, atol=1e-9 * max(mu, 1))
    with_inverse = np.linalg.inv(mu * np.eye(20) + 2 * X @ X.T) @ (2 * X @ L.T + P + mu * C)
    np.testing.assert_allclose(D, with_inverse, atol=1e-9)


# --- equation (13) ----------------------------------------------------------------------------


@given(st.lists(st.floats(0, 10), min_size=1, max_size=6), st.data())
def test_shrink_factors_are_equation_13(norms, data):
    kappa = data.draw(st.integers(1, len(norms)))
    threshold = [*sorted(norms, reverse=True), 0][kappa]
    expected = [(d_i - threshold) / d_i if threshold < d_i else 0 for d_i in norms]
    factors = shrink_factors(np.array(norms), kappa)
    np.testing.assert_allclose(factors, expected, rtol=0, atol=1e-15)
    assert (factors > 0).sum() <= kappa


@pytest.mark.parametrize(
    ("norms", "kappa", "expected"),
    [
        ([4, 2, 1], 3, [1, 1, 1]),  # kappa = K: nothing is shrunk
        ([4, 0, 1], 3, [1, 0, 1]),
        ([4, 2, 1], 1, [0.5, 0, 0]),
        ([1, 4, 2], 2, [0, 0.75, 0.5]),
        ([3, 3, 1], 1, [0, 0, 0]),  # a tie at the threshold keeps neither
        ([3, 3, 3], 2, [0, 0, 0]),
        ([0, 0, 0], 1, [0, 0, 0]),
        ([5], 1, [1]),
    ],
)
def test_shrink_factors_special_cases(norms, kappa, expected):
    np.testing.assert_allclose(shrink_factors(np.array(norms, dtype=float), kappa), expected)


def test_shrink_factors_of_many_points():
    d = np.random.default_rng(2).random((6, 4))
    kappas = np.array([1, 3, 5, 6])
    together = shrink_factors(d, kappas)
    for j, kappa in enumerate(kappas):
        np.testing.assert_array_equal(together[:, j], shrink_factors(d[:, j], kappa))


# --- optimality -------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize("kappa", [1, 2, 4])
def test_the_limit_solves_the_group_lasso(seed, kappa):
    """With mu growing slowly: stationarity of (6), gradient_i = -lambda C_i / ||C_i||."""
    Xs, codes, Xt, blocks = problem(seed)
    slow = {"rho": 1.005, "tol": 1e-9, "max_iter": 5000}
    ((C, n_iter),) = fast(Xs, codes, Xt, blocks, [kappa], [0.5], **slow)
    assert n_iter < 5000
    X, L = augmented(Xs, one_hot(codes), Xt, 0.5)
    gradient = 2 * X @ (X.T @ C - L.T)
    norms = np.array([np.linalg.norm(C[block]) for block in blocks])
    assert (norms > 0).sum() == kappa
    # one lambda for all kept blocks; the others have no larger gradient
    lam = np.linalg.norm(gradient[blocks[norms.argmax()]])
    for block, norm in zip(blocks, norms, strict=True):
        if norm > 0:
            np.testing.assert_allclose(gradient[block], -lam * C[block] / norm, atol=1e-6)
        else:
            assert np.linalg.norm(gradient[block]) <= lam + 1e-6


@pytest.mark.parametrize("kappa", [1, 3])
def test_the_printed_sign_does_not_converge(kappa):
    Xs, codes, Xt, blocks = problem(3)
    L = one_hot(codes)
    printed = tgsr_plain(Xs, L, Xt, blocks, kappa, 0.5, sign=-1, max_iter=300)
    mended = tgsr_plain(Xs, L, Xt, blocks, kappa, 0.5, max_iter=300)
    assert len(mended.gap) < 300 and mended.gap[-1] < 1e-8
    assert len(printed.gap) == 300
    assert printed.gap.min() > 0.5 * printed.gap[0] and printed.gap[-1] > printed.gap[0]


# --- the fast form equals Algorithm 1 ---------------------------------------------------------


def spoil(Xs, Xt, blocks, how):
    """Degenerate input that the solver has to live with."""
    if how == "duplicate samples":
        Xs[-1] = Xs[0]
    elif how == "constant columns":
        Xs[:, blocks[0]] = Xt[:, blocks[0]] = 2.0
    elif how == "columns of zeros":
        Xs[:, blocks[-1]] = Xt[:, blocks[-1]] = 0.0
    elif how == "a block twice":
        # kept and dropped blocks tie
        for X in (Xs, Xt):
            X[:, blocks[-1][:1]] = X[:, blocks[0][:1]]


SPOILT = ["", "duplicate samples", "constant columns", "columns of zeros", "a block twice"]


@settings(max_examples=40)
@given(
    seed=st.integers(0, 2**32 - 1),
    sizes=st.lists(st.integers(1, 5), min_size=1, max_size=6),
    c=st.integers(2, 4),
    more=st.integers(0, 12),
    n_t=st.integers(1, 4),
    xi=st.sampled_from([0.0, 1e-3, 1.0, 500.0]),
    how=st.sampled_from(SPOILT),
    data=st.data(),
)
def test_every_iterate_of_the_gram_form_is_algorithm_1s(seed, sizes, c, more, n_t, xi, how, data):
    kappa = data.draw(st.integers(1, len(sizes)), label="kappa")
    iterations = data.draw(st.integers(1, 80), label="iterations")
    Xs, codes, Xt, blocks = problem(seed, sizes, c + more, n_t, c)
    spoil(Xs, Xt, blocks, how)
    never = {"tol": 0, "max_iter": iterations}
    result = tgsr_plain(Xs, one_hot(codes), Xt, blocks, kappa, xi, **never)
    ((C, n_iter),) = fast(Xs, codes, Xt, blocks, [kappa], [xi], **never)
    np.testing.assert_allclose(C, result.C, atol=1e-6 * max(1, np.abs(result.C).max()))
    assert n_iter == len(result.gap)


@pytest.mark.parametrize("how", SPOILT)
@pytest.mark.parametrize("n_s", [4, 40])
def test_many_points_side_by_side(how, n_s):
    Xs, codes, Xt, blocks = problem(5, n_s=n_s)
    spoil(Xs, Xt, blocks, how)
    points = [(kappa, xi) for kappa in range(1, 6) for xi in (0.0, 0.01, 100.0)]
    found = fast(Xs, codes, Xt, blocks, *zip(*points, strict=True))
    for (kappa, xi), (C, n_iter) in zip(points, found, strict=True):
        result = tgsr_plain(Xs, one_hot(codes), Xt, blocks, kappa, xi)
        np.testing.assert_allclose(C, result.C, atol=1e-8)
        assert n_iter == len(result.gap)


@pytest.mark.parametrize("rank", [1, 2])
@pytest.mark.parametrize("n_s", [4, 8, 40])
@pytest.mark.parametrize("xi", [0.0, 1.0, 500.0])
def test_features_of_low_rank(rank, n_s, xi):
    Xs, codes, Xt, blocks = problem(5, n_s=n_s)
    F = np.random.default_rng(5).normal(size=(rank, 15))
    Xs, Xt = Xs[:, :rank] @ F, Xt[:, :rank] @ F
    for kappa in range(1, 6):
        result = tgsr_plain(Xs, one_hot(codes), Xt, blocks, kappa, xi)
        ((C, n_iter),) = fast(Xs, codes, Xt, blocks, [kappa], [xi])
        np.testing.assert_allclose(C, result.C, atol=1e-7)
        assert n_iter == len(result.gap)


def test_stop_on_two_columns():
    Xs, codes, Xt, blocks = problem(0, [1, 1], 2, 1, 2)
    result = tgsr_plain(Xs, one_hot(codes), Xt, blocks, 1, 0.0)
    ((_, n_iter),) = fast(Xs, codes, Xt, blocks, [1], [0.0])
    assert n_iter == len(result.gap)  # 34


@settings(max_examples=150, deadline=None, derandomize=True)
@given(
    seed=st.integers(0, 2**32 - 1),
    sizes=st.lists(st.integers(1, 5), min_size=1, max_size=6),
    c=st.integers(2, 4),
    more=st.integers(0, 12),
    n_t=st.integers(1, 4),
    xi=st.sampled_from([0.0, 1e-3, 1.0, 500.0]),
    how=st.sampled_from(SPOILT),
    data=st.data(),
)
def test_gram_form_stops_with_algorithm_1(seed, sizes, c, more, n_t, xi, how, data):
    kappa = data.draw(st.integers(1, len(sizes)), label="kappa")
    Xs, codes, Xt, blocks = problem(seed, sizes, c + more, n_t, c)
    spoil(Xs, Xt, blocks, how)
    result = tgsr_plain(Xs, one_hot(codes), Xt, blocks, kappa, xi, max_iter=400)
    ((C, n_iter),) = fast(Xs, codes, Xt, blocks, [kappa], [xi], max_iter=400)
    np.testing.assert_allclose(C, result.C, atol=1e-6 * max(1, np.abs(result.C).max()))
    assert n_iter == len(result.gap)


def test_few_iterations_and_other_penalties():
    Xs, codes, Xt, blocks = problem(6)
    for arguments in ({"max_iter": 3}, {"mu": 0.1, "rho": 1.5, "tol": 1e-4}, {"mu_max": 5.0}):
        result = tgsr_plain(Xs, one_hot(codes), Xt, blocks, 2, 0.5, **arguments)
        ((C, n_iter),) = fast(Xs, codes, Xt, blocks, [2], [0.5], **arguments)
        np.testing.assert_allclose(C, result.C, atol=1e-9)
        assert n_iter == len(result.gap)


# --- invariances ------------------------------------------------------------------------------


def test_permuted_columns_blocks_samples_and_classes():
    Xs, codes, Xt, blocks = problem(7)
    ((C, n_iter),) = fast(Xs, codes, Xt, blocks, [2], [0.5])
    rng = np.random.default_rng(7)

    columns, place = rng.permutation(15), np.empty(15, dtype=int)
    place[columns] = np.arange(15)
    moved = [place[block] for block in blocks]
    ((other, n),) = fast(Xs[:, columns], codes, Xt[:, columns], moved, [2], [0.5])
    np.testing.assert_allclose(other, C[columns], atol=1e-9)
    assert n == n_iter

    ((other, n),) = fast(Xs, codes, Xt, [blocks[i] for i in rng.permutation(5)], [2], [0.5])
    np.testing.assert_allclose(other, C, atol=1e-9)
    assert n == n_iter

    order = rng.permutation(len(codes))
    ((other, n),) = fast(Xs[order], codes[order], Xt[::-1], blocks, [2], [0.5])
    np.testing.assert_allclose(other, C, atol=1e-9)
    assert n == n_iter

    ((other, n),) = fast(Xs, np.array([2, 0, 1])[codes], Xt, blocks, [2], [0.5])
    np.testing.assert_allclose(other[:, [2, 0, 1]], C, atol=1e-9)
    assert n == n_iter


def test_only_the_mean_of_the_target_counts_and_not_even_that_without_xi():
    Xs, codes, Xt, blocks = problem(8)
    mean = Xt.mean(axis=0, keepdims=True)
    for other, xi in ((mean, 0.5), (np.repeat(Xt, 3, axis=0), 0.5), (Xt + 9, 0.0)):
        ((C, _),) = fast(Xs, codes, Xt, blocks, [2], [xi])
        ((same, _),) = fast(Xs, codes, other, blocks, [2], [xi])
        np.testing.assert_allclose(same, C, atol=1e-8)


# --- kappa = K --------------------------------------------------------------------------------


@pytest.mark.parametrize("xi", [0.0, 0.5, 100.0])
def test_all_blocks_kept_is_a_ridge_regression_after_one_iteration(xi):
    """min ||L~ - C'X~||^2 + mu_0/2 ||C - 1||^2: the start is what the ridge pulls towards."""
    Xs, codes, Xt, blocks = problem(9)
    X, L = augmented(Xs, one_hot(codes), Xt, xi)
    ones = np.ones((15, 3))
    ridge = ones + np.linalg.solve(X @ X.T + 1e-3 / 2 * np.eye(15), X @ (L.T - X.T @ ones))
    ((C, n_iter),) = fast(Xs, codes, Xt, blocks, [5], [xi])
    assert n_iter == 1
    np.testing.assert_allclose(C, ridge, atol=1e-9)
    model = TGSR(kappa=5, xi=xi, blocks=blocks).fit(Xs, codes, Xt)
    assert model.selected_.all() and model.n_iter_ == 1


# --- the estimator ----------------------------------------------------------------------------


def test_estimator_is_algorithm_1():
    Xs, codes, Xt, blocks = problem(10, n_s=12)
    labels = np.array(["c", "a", "b"])[codes]  # appear in this order, so codes stay as they are
    model = TGSR(kappa=2, xi=0.3, blocks=blocks).fit(Xs, labels, Xt)
    result = tgsr_plain(Xs, one_hot(codes), Xt, blocks, 2, 0.3)
    np.testing.assert_allclose(model.C_, result.C, atol=1e-9)
    kept = [bool(result.C[block].any()) for block in blocks]
    assert model.selected_.tolist() == kept and sum(kept) == 2
    assert model.n_iter_ == len(result.gap)
    X = np.random.default_rng(0).normal(size=(50, 15))
    expected = np.array(["c", "a", "b"])[(X @ result.C).argmax(axis=1)]
    np.testing.assert_array_equal(model.predict(X), expected)


def test_no_target_means_no_shift():
    Xs, codes, _, blocks = problem(11)
    alone = TGSR(kappa=2, xi=7.0, blocks=blocks).fit(Xs, codes)
    no_mmd = TGSR(kappa=2, xi=0.0, blocks=blocks).fit(Xs, codes, Xs + 1)
    np.testing.assert_allclose(alone.C_, no_mmd.C_, atol=1e-8)


def test_many_iterations_equal_algorithm_1():
    Xs, codes, Xt, blocks = problem(3)
    slow = tgsr_plain(Xs, one_hot(codes), Xt, blocks, 2, 1.0, rho=1.01, max_iter=3000)
    Y = block_data(Xs, Xt, blocks)
    _, fast = next(solve(Y, one_hot(codes), [2], [1.0], rho=1.01, max_iter=3000))
    assert fast.n_iter == len(slow.gap) > 512
    C = np.empty_like(slow.C)
    for block, C_i in zip(blocks, fast.coefficients(Y), strict=True):
        C[block] = C_i
    np.testing.assert_allclose(C, slow.C, atol=1e-8)


def test_predict_grid_is_fit_and_predict_point_by_point(monkeypatch):
    monkeypatch.setattr(tgsr_gram, "CACHE", 5000)  # a few points at a time
    Xs, codes, Xt, blocks = problem(12, n_s=10, n_t=40)
    ys = np.array([30, 10, 20])[codes]
    points = [{"kappa": k, "xi": xi} for xi in np.geomspace(1e-3, 1e3, 7) for k in (5, 1, 4, 2, 3)]
    found = {i: labels for i, labels, _ in TGSR(blocks=blocks).predict_grid(Xs, ys, Xt, points)}
    assert sorted(found) == list(range(len(points)))
    for index, point in enumerate(points):
        single = TGSR(blocks=blocks, **point).fit(Xs, ys, Xt).predict(Xt)
        np.testing.assert_array_equal(found[index], single)


def test_predict_grid_takes_what_a_point_leaves_out_from_the_estimator():
    Xs, codes, Xt, blocks = problem(13, n_t=40)
    model = TGSR(kappa=2, xi=10.0, blocks=blocks)
    points = [{"kappa": 3}, {"xi": 0.1}, {}]
    found = {i: labels for i, labels, _ in model.predict_grid(Xs, codes, Xt, points)}
    for index, (kappa, xi) in enumerate([(3, 10.0), (2, 0.1), (2, 10.0)]):
        single = TGSR(kappa=kappa, xi=xi, blocks=blocks).fit(Xs, codes, Xt).predict(Xt)
        np.testing.assert_array_equal(found[index], single)


@pytest.mark.parametrize(
    ("arguments", "width", "message"),
    [
        ({"kappa": 0}, 85, r"'kappa' .* in the range \[1, inf\). Got 0"),
        ({"kappa": 86}, 85, r"expected kappa in 1..85 .*found 86"),
        ({"kappa": 6, "blocks": 5}, 85, r"expected kappa in 1..5 .*found 6"),
        ({"kappa": 1.5}, 85, r"'kappa' .* must be an int.*Got 1.5"),
        ({"xi": -0.1}, 85, r"'xi' .* in the range \[0.0, inf\). Got -0.1"),
        ({}, 15044, r"expected .*85 blocks divide evenly, found 15044 .*15045"),
        ({"blocks": "facial"}, 15044, r"expected .*15044 features once, found .*15045 columns"),
        ({"blocks": "face"}, 85, r"'blocks' .*Got 'face'"),
    ],
)
def test_out_of_range(arguments, width, message):
    Xs = np.random.default_rng(0).normal(size=(4, width))
    with pytest.raises(ValueError, match=message):
        TGSR(**arguments).fit(Xs, [1, 2, 3, 1])


@pytest.mark.parametrize(
    ("point", "message"),
    [
        ({"kappa": 0}, r"'kappa' .* range \[1, inf\). Got 0"),
        ({"kappa": 1.5}, r"'kappa' .* must be an int .* Got 1.5"),
        ({"kappa": 6}, r"expected kappa in 1..5 .* found 6"),
        ({"xi": -0.1}, r"'xi' .* range \[0.0, inf\). Got -0.1"),
        ({"rho": 1.2}, r"expected points of kappa and xi, found rho"),
        ({"foo": 2}, "Invalid parameter 'foo'"),
    ],
)
def test_out_of_range_in_a_grid(point, message):
    Xs, codes, Xt, blocks = problem(14)
    with pytest.raises(ValueError, match=message):
        list(TGSR(kappa=2, blocks=blocks).predict_grid(Xs, codes, Xt, [{"kappa": 2}, point]))


def test_other_bad_input():
    Xs, codes, Xt, blocks = problem(15)
    model = TGSR(kappa=2, blocks=blocks)
    with pytest.raises(ValueError, match=r"expected target samples with 15 features .* found 14"):
        model.fit(Xs, codes, Xt[:, :14])
    Xt[1, 2] = np.nan
    with pytest.raises(ValueError, match="Input Xt contains NaN"):
        model.fit(Xs, codes, Xt)


# --- golden -----------------------------------------------------------------------------------


def scores(task_data, task, points):
    """Accuracy and mean F1 of the target, a row a point."""
    source, target = task_data(task)
    labels = np.empty((len(points), len(target.y)), dtype=int)
    for index, predicted, _ in TGSR().predict_grid(source.X, source.y, target.X, points):
        labels[index] = predicted
    matrix = confusion(target.y, labels)
    return np.c_[accuracy(matrix), mean_f1(matrix)]


@pytest.mark.parametrize("task", [5, 9, 12], ids=lambda task: str(get_task(task)))
def test_200_random_points_of_the_recorded_grid(task_data, recorded_grid, task):
    some = recorded_grid(task).sample(200, random_state=task)
    found = scores(task_data, task, some[["kappa", "xi"]].to_dict("records"))
    np.testing.assert_allclose(found, some[["accuracy", "mean_f1"]], rtol=0, atol=1e-12)


@pytest.mark.parametrize("task", [5, 9, 12], ids=lambda task: str(get_task(task)))
def test_recorded_best_points(task_data, recorded_grid, task):
    grid = recorded_grid(task)
    best = grid[grid["mean_f1"] > grid["mean_f1"].max() - 1e-12]
    found = scores(task_data, task, best[["kappa", "xi"]].head(8).to_dict("records"))
    np.testing.assert_allclose(found, best[["accuracy", "mean_f1"]].head(8), rtol=0, atol=1e-12)


@pytest.mark.parametrize("task", [5, 6, 9, 10, 11, 12], ids=lambda task: str(get_task(task)))
def test_published_cells(task_data, task):
    ((share, f1),) = scores(task_data, task, [TGSR.published[task]])
    cells = published_cells(paper="B", method="TGSR").set_index("experiment")
    cell = cells.loc[str(task)]
    if task == 11:  # .5697 is printed; the authors' record has no point above .5239
        assert round(f1, 4) == 0.5239
        assert deviations().set_index("id").cells["D09"] == "TGSR:11"
    else:
        assert (round(f1, 4), round(100 * share, 2)) == (cell.mean_f1, cell.accuracy_percent)
