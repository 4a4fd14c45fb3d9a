"""RSTR: optimality of both steps against slow forms, special cases, misprints, degenerate input."""

import numpy as np
import pytest
from degenerate_input import DEGENERATE, degenerate, domains
from sklearn.linear_model import Lasso

from cdmer_lib.methods import DRLS, RSTR
from cdmer_lib.methods.base import one_hot
from cdmer_lib.solvers.plain import rstr_plain
from cdmer_lib.solvers.region_weights import block_kernels, block_weights, selection

pytestmark = pytest.mark.filterwarnings("error")

THREE = [np.array([0, 1]), np.array([2, 3]), np.array([4, 5])]


def parts(Xs, codes, Xt, blocks, degree=1.0):
    """Kernels of each block against the source and the target, their mean differences, labels."""
    X = np.vstack([Xs, Xt])
    K = np.array([(X[:, b] @ X[:, b].T) ** degree for b in blocks])
    Ks, Kt = K[:, :, : len(Xs)], K[:, :, len(Xs) :]
    return Ks, Kt, Ks.mean(axis=2) - Kt.mean(axis=2), one_hot(codes).T


def assert_lasso(G, q, lam, w, tol=1e-5):
    """KKT of w'Gw - 2 q'w + lam sum w over w >= 0."""
    gradient = 2 * G @ w - 2 * q + lam
    size = max(2 * np.abs(q).max(), 1e-300)
    assert w.min() >= 0
    assert gradient.min() >= -tol * size
    assert np.abs(gradient[w > 0]).max(initial=0) <= tol * size


# --- the step of w ----------------------------------------------------------------------------


def quadratic(seed, n=30, K=8, rank=None):
    rng = np.random.default_rng(seed)
    A = rng.random((n, K)) * 10.0 ** rng.uniform(-1, 1, K)
    if rank is not None:
        A = A[:, np.arange(K) % rank]  # columns that repeat
    return A, rng.random(n)


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("lam", [0.0, 0.01, 0.3, 0.9])
@pytest.mark.parametrize("rank", [None, 3])
def test_weights_solve_the_lasso(seed, lam, rank):
    A, z = quadratic(seed, rank=rank)
    G, q = A.T @ A, A.T @ z
    w = block_weights(G, q, lam)
    assert_lasso(G, q, lam * 2 * q.max(), w)
    np.testing.assert_array_equal(block_weights(G, q, lam * 2 * q.max(), relative=False), w)


def test_weights_against_scikit_learn():
    A, z = quadratic(5)
    lam = 0.1 * 2 * (A.T @ z).max()
    lasso = Lasso(lam / 2 / 30, fit_intercept=False, positive=True, tol=1e-14, max_iter=10**6)
    found = block_weights(A.T @ A, A.T @ z, 0.1)
    np.testing.assert_allclose(found, lasso.fit(A, z).coef_, atol=1e-6)


def test_the_relative_scale():
    """At 1 nothing is left, just below one block, the one with the largest q."""
    A, z = quadratic(6)
    G, q = A.T @ A, A.T @ z
    assert not block_weights(G, q, 1.0).any() and not block_weights(G, q, 7.0).any()
    assert np.flatnonzero(block_weights(G, q, 1 - 1e-4)).tolist() == [q.argmax()]
    assert not block_weights(G, -q, 0.1).any()
    assert not block_weights(0 * G, 0 * q, 0.1).any()


def test_permuted_blocks():
    A, z = quadratic(7)
    order = np.random.default_rng(7).permutation(8)
    w, moved = (block_weights(B.T @ B, B.T @ z, 0.2) for B in (A, A[:, order]))
    np.testing.assert_allclose(moved, w[order], atol=1e-7)


@pytest.mark.parametrize("scale", [1e-4, 1e4])
def test_scaled_kernels_scale_the_weights(scale):
    A, z = quadratic(8)
    w = block_weights(A.T @ A, A.T @ z, 0.2)
    scaled = block_weights(scale**2 * A.T @ A, scale * A.T @ z, 0.2)
    np.testing.assert_allclose(scaled, w / scale, rtol=1e-6)


@pytest.mark.parametrize("gamma", [0.0, 1.0, 30.0])
def test_selection_is_the_explicit_form(gamma):
    """||L - P' sum w_i K_i||^2 + gamma ||P' sum w_i k_i||^2 of (12), for any w."""
    Xs, codes, Xt = domains(9)
    Ks, _, k, L = parts(Xs, codes, Xt, THREE)
    rng = np.random.default_rng(9)
    P = rng.normal(size=(17, 3))
    G, q = selection(P, Ks, k, L, gamma)
    for w in rng.normal(size=(5, 3)):
        explicit = np.linalg.norm(L - P.T @ np.tensordot(w, Ks, 1)) ** 2
        explicit += gamma * np.linalg.norm(P.T @ (w @ k)) ** 2
        assert w @ G @ w - 2 * q @ w + np.sum(L**2) == pytest.approx(explicit)


# --- the kernels ------------------------------------------------------------------------------


def test_block_kernels():
    Xs, _, Xt = domains(10)
    for degree in (1.0, 2.0, 1.1):
        K = block_kernels(Xs, Xt, THREE, degree)
        for i, block in enumerate(THREE):
            expected = [[(x[block] @ z[block]) ** degree for z in Xt] for x in Xs]
            np.testing.assert_allclose(K[i], expected)
    np.testing.assert_allclose(block_kernels(Xs, Xt, THREE).sum(axis=0), Xs @ Xt.T)
    with pytest.raises(ValueError, match="use a whole number"):
        block_kernels(-Xs, Xt, THREE, 1.1)
    assert block_kernels(-Xs, Xt, THREE, 2).min() > 0


# --- the alternation --------------------------------------------------------------------------


def by_hand(Xs, codes, Xt, point, start="ones", n=1, misprints="none", degree=1.0):
    """Algorithm 1 in its slow form: P, w and the scores of the target."""
    Ks, Kt, k, L = parts(Xs, codes, Xt, THREE, degree)
    gamma, mu, lam = point["gamma"], point["mu"], point["lam"]
    w = np.full(3, 1.0 if start == "ones" else 1 / 3)
    for _ in range(n):
        for_P = np.sqrt(gamma) if misprints in ("P", "both") else gamma
        P, _ = rstr_plain(L, np.tensordot(w, Ks, 1), w @ k, for_P, mu)
        for_w = 1.0 if misprints in ("w", "both") else gamma
        w = block_weights(*selection(P, Ks, k, L, for_w), lam)
    return P, w, np.tensordot(w, Kt, 1).T @ P


POINT = {"gamma": 5.0, "mu": 0.5, "lam": 0.05}


@pytest.mark.parametrize("n", [1, 2, 4])
@pytest.mark.parametrize("start", ["ones", "mean"])
@pytest.mark.parametrize("misprints", ["none", "P", "w", "both"])
def test_rstr_by_hand(n, start, misprints):
    Xs, codes, Xt = domains(11)
    P, w, scores = by_hand(Xs, codes, Xt, POINT, start, n, misprints)
    model = RSTR(**POINT, blocks=3, start=start, n_alternations=n, misprints=misprints)
    model.fit(Xs, codes, Xt)
    np.testing.assert_allclose(model.P_, P, atol=1e-6)
    np.testing.assert_allclose(model.w_, w, atol=1e-6)
    np.testing.assert_array_equal(model.predict(Xt), scores.argmax(axis=1))


@pytest.mark.parametrize("degree", [1.1, 2.0])
def test_degree_by_hand(degree):
    Xs, codes, Xt = domains(12)
    P, w, scores = by_hand(Xs, codes, Xt, POINT, degree=degree)
    model = RSTR(**POINT, blocks=THREE, degree=degree).fit(Xs, codes, Xt)
    np.testing.assert_allclose(model.P_, P, atol=1e-6)
    np.testing.assert_allclose(model.w_, w, atol=1e-6)
    np.testing.assert_array_equal(model.predict(Xt), scores.argmax(axis=1))


def test_misprints_change_what_they_should():
    Xs, codes, Xt = domains(13)
    of = {
        which: RSTR(**POINT, blocks=3, misprints=which).fit(Xs, codes, Xt)
        for which in ("none", "P", "w", "both")
    }
    np.testing.assert_array_equal(of["w"].P_, of["none"].P_)  # one pass: P comes first
    np.testing.assert_array_equal(of["both"].P_, of["P"].P_)
    assert np.abs(of["P"].P_ - of["none"].P_).max() > 1e-4
    assert len({tuple(np.round(model.w_, 6)) for model in of.values()}) == 4
    # at gamma = 1 print and derivative agree
    point = {**POINT, "gamma": 1.0}
    none, both = (
        RSTR(**point, blocks=3, misprints=which).fit(Xs, codes, Xt) for which in ("none", "both")
    )
    np.testing.assert_array_equal(none.P_, both.P_)
    np.testing.assert_array_equal(none.w_, both.w_)


def test_the_start_of_ones_is_the_kernel_of_all_columns():
    """The first P does not see the blocks, and is that of DRLS."""
    Xs, codes, Xt = domains(14)
    whole = RSTR(**POINT, blocks=1).fit(Xs, codes, Xt)
    for blocks in (2, 3, 6, THREE):
        cut = RSTR(**POINT, blocks=blocks).fit(Xs, codes, Xt)
        np.testing.assert_allclose(cut.P_, whole.P_, atol=1e-7)
    drls = DRLS(lam=5.0, mu=0.5).fit(Xs, codes, Xt)
    np.testing.assert_allclose(whole.P_, drls.P_, atol=1e-7)
    # a single positive weight changes no argmax
    np.testing.assert_array_equal(whole.predict(Xt), drls.predict(Xt))
    assert whole.w_.shape == (1,) and whole.w_[0] > 0


def test_nothing_left_predicts_the_first_class():
    Xs, codes, Xt = domains(15)
    names = np.array(["c", "a", "b"])
    model = RSTR(lam=1.0, blocks=3).fit(Xs, names[codes], Xt)
    assert not model.w_.any()
    assert set(model.predict(Xt)) == {"c"}


def test_predict_grid_is_fit_and_predict():
    Xs, codes, Xt = domains(16, n_t=20)
    names = np.array(["c", "a", "b"])[codes]
    points = [
        {"mu": mu, "gamma": gamma, "lam": lam}
        for lam in (0.01, 0.5) for gamma in (0.1, 10.0, 1e4) for mu in (0.1, 2.0)
    ]  # fmt: skip
    points += [{"lam": 0.2}, {"mu": 3.0}]
    for n in (1, 3):
        model = RSTR(blocks=3, n_alternations=n)
        found = {i: labels for i, labels, _ in model.predict_grid(Xs, names, Xt, points)}
        assert sorted(found) == list(range(len(points)))
        for index, point in enumerate(points):
            single = RSTR(blocks=3, n_alternations=n, **point).fit(Xs, names, Xt)
            np.testing.assert_array_equal(found[index], single.predict(Xt))


def test_permuted_columns_blocks_and_target():
    Xs, codes, Xt = domains(17)
    rng = np.random.default_rng(17)
    columns, rows = rng.permutation(6), rng.permutation(len(Xt))
    place = np.argsort(columns)  # where each column went
    model = RSTR(**POINT, blocks=THREE).fit(Xs, codes, Xt)
    blocks = [place[THREE[i]] for i in (2, 0, 1)]
    moved = RSTR(**POINT, blocks=blocks).fit(Xs[:, columns], codes, Xt[rows][:, columns])
    np.testing.assert_allclose(moved.w_, model.w_[[2, 0, 1]], atol=1e-6)
    found = moved.predict(Xt[rows][:, columns])
    np.testing.assert_array_equal(found, model.predict(Xt)[rows])


@pytest.mark.parametrize("how", DEGENERATE)
@pytest.mark.parametrize("gamma", [0.0, 1.0, 1e4])
@pytest.mark.parametrize("mu", [0.0, 0.1, 5.0])
def test_degenerate_input(how, gamma, mu):
    """P is that of the slow form; w passes the test of its lasso."""
    Xs, codes, Xt = degenerate(how)
    blocks = [np.array([0])] if how == "one feature" else THREE
    Ks, Kt, k, L = parts(Xs, codes, Xt, blocks)
    slow, _ = rstr_plain(L, Ks.sum(axis=0), k.sum(axis=0), gamma, mu)
    for lam in (0.01, 0.5):
        model = RSTR(gamma, mu, lam, blocks=blocks).fit(Xs, codes, Xt)
        whole = np.concatenate([Ks.sum(axis=0), Kt.sum(axis=0)], axis=1)
        # the slow form's linear systems have a condition of gamma / kappa: more is rounded off
        atol = 1e-4 if gamma == 1e4 else 1e-5
        np.testing.assert_allclose(whole.T @ model.P_, whole.T @ slow, atol=atol)
        G, q = selection(model.P_, Ks, k, L, gamma)
        assert_lasso(G, q, lam * 2 * max(q.max(), 0), model.w_)
        assert set(model.predict(Xt)) <= set(codes)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"gamma": -1}, "'gamma' parameter"),
        ({"mu": -1}, "'mu' parameter"),
        ({"lam": -1}, "'lam' parameter"),
        ({"degree": 0}, "'degree' parameter"),
        ({"n_alternations": 0}, "'n_alternations' parameter"),
        ({"misprints": "Q"}, "'misprints' parameter"),
        ({"blocks": 4}, "expected a number of features that 4 blocks divide evenly"),
        ({"blocks": [[0, 1], [1, 2, 3, 4, 5]]}, "expected blocks that cover each of the 6"),
    ],
)
def test_out_of_range(arguments, message):
    Xs, codes, Xt = domains()
    with pytest.raises(ValueError, match=message):
        RSTR(**{"blocks": 3, **arguments}).fit(Xs, codes, Xt)
