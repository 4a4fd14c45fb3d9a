"""SA, GFK and TCA: optimality against slow forms, special cases, degenerate input.

Their published cells are in ``test_golden_da.py``.
"""

import numpy as np
import pytest
from degenerate_input import DEGENERATE, degenerate, domains
from scipy.linalg import null_space, sqrtm, subspace_angles
from sklearn.decomposition import PCA
from sklearn.svm import SVC

from cdmer_lib.methods import GFK, SA, SVM, TCA
from cdmer_lib.solvers.subspaces import flow_weights, principal_directions, transfer_components

pytestmark = pytest.mark.filterwarnings("error")

METHODS = [SA, GFK, TCA]


def projector(P):
    return P @ P.T


def train_kernel(model, k):
    """The kernel between the source's rows, and that between new rows X and the source's."""
    return model._prefix(k), lambda X: model._prefix(k, model._rows(X))


# --- principal directions ---------------------------------------------------------------------


@pytest.mark.parametrize("shape", [(9, 6), (4, 6), (2, 6), (9, 1)])
def test_principal_directions_are_those_of_pca(shape):
    X = np.random.default_rng(0).random(shape)
    P = principal_directions(X)
    pca = PCA().fit(X)
    rank = min(shape[0] - 1, shape[1])
    assert P.shape == (shape[1], rank)
    np.testing.assert_allclose(np.abs((P * pca.components_[:rank].T).sum(axis=0)), 1, atol=1e-12)


@pytest.mark.parametrize("how", ["one target sample", "constant target", "all zeros"])
def test_no_variance_has_no_directions(how):
    assert principal_directions(degenerate(how)[2]).shape == (6, 0)


# --- SA ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("k", [1, 2, 4])
def test_sa_matrix_is_the_least_squares_alignment(k):
    """M = P_s'P_t minimises ||P_s M - P_t||_F: it solves the normal equations, and no other does
    better."""
    Xs, codes, Xt = domains()
    model = SA(k).fit(Xs, codes, Xt)
    Ps, Pt, M = model.Ps_[:, :k], model.Pt_[:, :k], model.M_[:k, :k]
    np.testing.assert_allclose(M, np.linalg.lstsq(Ps, Pt)[0], atol=1e-12)
    best = np.linalg.norm(Ps @ M - Pt)
    rng = np.random.default_rng(k)
    for size in (1e-3, 1.0):
        other = M + size * rng.normal(size=(200, k, k))
        assert (np.linalg.norm(Ps @ other - Pt, axis=(1, 2)) > best).all()


@pytest.mark.parametrize("k", [1, 3, 5, 50])
def test_sa_by_hand(k):
    """Bases by PCA, each capped at its rank; samples are projected without centring."""
    Xs, codes, Xt = domains(n_s=6)
    Ps, Pt = (PCA(min(k, len(X) - 1, 6)).fit(X).components_.T for X in (Xs, Xt))
    A_s, A_t = Xs @ Ps @ Ps.T @ Pt, Xt @ Pt
    train, to_source = train_kernel(SA(k).fit(Xs, codes, Xt), k)
    np.testing.assert_allclose(train, A_s @ A_s.T, atol=1e-11)
    np.testing.assert_allclose(to_source(Xt), A_t @ A_s.T, atol=1e-11)
    expected = SVC(kernel="linear").fit(A_s, codes).predict(A_t)
    np.testing.assert_array_equal(SA(k).fit(Xs, codes, Xt).predict(Xt), expected)


def test_sa_without_shift_is_an_svm_on_principal_components():
    Xs, codes, _ = domains(1)
    P = principal_directions(Xs)[:, :3]
    model = SA(3).fit(Xs, codes)
    np.testing.assert_allclose(model._prefix(3), Xs @ P @ P.T @ Xs.T, atol=1e-12)
    X = domains(2)[2]
    np.testing.assert_array_equal(model.predict(X), SVM().fit(Xs @ P, codes).predict(X @ P))


# --- GFK --------------------------------------------------------------------------------------


def geodesic(Ps, Pt):
    """t -> Phi(t), with the orthogonal complement R_s of the source as in Gong et al.

    Phi(t) = P_s U cos(tT) + R_s R_s' P_t V sin(tT) / sin(T), where P_s'P_t = U cos(T) V'.
    Only for angles above 0.
    """
    U, cosine, Vt = np.linalg.svd(Ps.T @ Pt)
    theta, Rs = np.arccos(cosine), null_space(Ps.T)
    E = Rs @ Rs.T @ Pt @ Vt.T / np.sin(theta)
    return lambda t: Ps @ U * np.cos(t * theta) + E * np.sin(t * theta)


def flow(Ps, Pt, n_nodes=40):
    """G = int_0^1 Phi(t) Phi(t)' dt by Gauss-Legendre quadrature."""
    nodes, weights = np.polynomial.legendre.leggauss(n_nodes)
    Phi = geodesic(Ps, Pt)
    return sum(w / 2 * projector(Phi((t + 1) / 2)) for t, w in zip(nodes, weights, strict=True))


@pytest.fixture
def bases():
    """Two subspaces of dimension 3 in 8 features, all angles well above 0."""
    Xs, _, Xt = domains(3, n_features=8)
    return principal_directions(Xs)[:, :3], principal_directions(Xt)[:, :3]


def test_the_curve_joins_the_two_subspaces(bases):
    Phi = geodesic(*bases)
    np.testing.assert_allclose(projector(Phi(0)), projector(bases[0]), atol=1e-12)
    np.testing.assert_allclose(projector(Phi(1)), projector(bases[1]), atol=1e-12)
    for t in np.linspace(0, 1, 7):
        np.testing.assert_allclose(Phi(t).T @ Phi(t), np.eye(3), atol=1e-12)


def test_the_curve_is_a_geodesic(bases):
    """All principal angles between two of its points grow in proportion to the time between."""
    Phi, theta = geodesic(*bases), subspace_angles(*bases)
    for start, stop in [(0.0, 0.5), (0.2, 0.3), (0.4, 1.0)]:
        angles = subspace_angles(Phi(start), Phi(stop))
        np.testing.assert_allclose(angles, (stop - start) * theta, atol=1e-7)


@pytest.mark.parametrize("k", [1, 2, 3, 4])
def test_gfk_closed_form_is_the_integral(k):
    Xs, codes, Xt = domains(3, n_features=8)
    G = flow(principal_directions(Xs)[:, :k], principal_directions(Xt)[:, :k])
    train, to_source = train_kernel(GFK(k).fit(Xs, codes, Xt), k)
    np.testing.assert_allclose(train, Xs @ G @ Xs.T, atol=1e-10)
    np.testing.assert_allclose(to_source(Xt), Xt @ G @ Xs.T, atol=1e-10)
    expected = SVC(kernel="precomputed").fit(Xs @ G @ Xs.T, codes).predict(Xt @ G @ Xs.T)
    np.testing.assert_array_equal(GFK(k).fit(Xs, codes, Xt).predict(Xt), expected)


def test_flow_weights_are_integrals():
    """L1, L2, L3 are int cos^2(t theta), int cos sin, int sin^2, for angles from 0 to pi/2."""
    theta = np.array([0, 1e-12, 1e-6, 0.1, 1.0, np.pi / 2])
    nodes, weights = np.polynomial.legendre.leggauss(40)
    angle = np.outer((nodes + 1) / 2, theta)
    products = (np.cos(angle) ** 2, np.cos(angle) * np.sin(angle), np.sin(angle) ** 2)
    for found, product in zip(flow_weights(theta), products, strict=True):
        np.testing.assert_allclose(found, weights / 2 @ product, atol=1e-14)
    L1, L2, L3 = flow_weights(theta)
    assert (L1[0], L2[0], L3[0]) == (1, 0, 0)
    np.testing.assert_allclose((L1[-1], L2[-1], L3[-1]), (1 / 2, 1 / np.pi, 1 / 2))


@pytest.mark.parametrize("k", [1, 3, 5])
def test_gfk_of_one_subspace_is_the_pca_kernel(k):
    Xs, codes, _ = domains(4, n_features=8)
    P = principal_directions(Xs)[:, :k]
    np.testing.assert_allclose(GFK(k).fit(Xs, codes)._prefix(k), Xs @ P @ P.T @ Xs.T, atol=1e-10)


def test_gfk_with_one_shared_direction():
    """An angle of 0 beside others: the direction that both share keeps weight 1."""
    rng = np.random.default_rng(5)
    shared = np.array([10.0, -10.0, 10.0, -10.0, 10.0, -10.0])  # the first direction of both
    Xs, Xt = rng.normal(size=(2, 6, 5))
    Xs, Xt = np.c_[shared, Xs - Xs.mean(axis=0)], np.c_[shared, Xt - Xt.mean(axis=0)]
    for X in (Xs, Xt):
        X[:, 1:] -= np.outer(shared, shared @ X[:, 1:]) / (shared @ shared)
    Ps, Pt = (principal_directions(X)[:, 1:3] for X in (Xs, Xt))
    G = flow(Ps, Pt)
    G[0, 0] += 1
    found = GFK(3).fit(Xs, np.arange(6) % 3, Xt)._prefix(3)
    np.testing.assert_allclose(found, Xs @ G @ Xs.T, atol=1e-6)


@pytest.mark.parametrize("k", [1, 3, 50])
def test_gfk_does_not_know_which_domain_is_the_source(k):
    Xs, codes, Xt = domains(6, n_s=8, n_features=8)
    _, forth = train_kernel(GFK(k).fit(Xs, codes, Xt), k)
    _, back = train_kernel(GFK(k).fit(Xt, codes, Xs), k)
    np.testing.assert_allclose(forth(Xt), back(Xs).T, atol=1e-9)


# --- TCA --------------------------------------------------------------------------------------


def trace_problem(Xs, Xt, mu):
    """K H K and K L K + mu I of max_W tr(W'K H K W), W'(K L K + mu I)W = I, term by term."""
    X, n_s, n_t = np.vstack([Xs, Xt]), len(Xs), len(Xt)
    n = n_s + n_t
    K, H = X @ X.T, np.eye(n) - np.ones((n, n)) / n
    L = np.empty((n, n))
    L[:n_s, :n_s], L[n_s:, n_s:] = 1 / n_s**2, 1 / n_t**2
    L[:n_s, n_s:] = L[n_s:, :n_s] = -1 / (n_s * n_t)
    return K, K @ H @ K, K @ L @ K + mu * np.eye(n)


def feasible(W, constraint):
    """The same span with W'(K L K + mu I)W = I."""
    return W @ np.linalg.inv(sqrtm(W.T @ constraint @ W)).real


def assert_generalised_eigenvectors(W, gain, constraint):
    values = np.diag(W.T @ gain @ W)
    size = np.abs(gain).max()
    np.testing.assert_allclose(W.T @ constraint @ W, np.eye(len(W)), atol=1e-8)
    np.testing.assert_allclose(gain @ W, constraint @ W * values, atol=1e-8 * max(size, 1))
    assert (np.diff(values) <= 1e-8 * max(size, 1)).all()


@pytest.mark.parametrize("mu", [0.01, 1.0, 100.0])
def test_tca_solves_the_trace_problem(mu):
    Xs, codes, Xt = domains(7)
    K, gain, constraint = trace_problem(Xs, Xt, mu)
    W = transfer_components(K, len(Xs), mu)
    assert_generalised_eigenvectors(W, gain, constraint)
    rng = np.random.default_rng(7)
    for k in (1, 2, 5):
        best = np.trace(W[:, :k].T @ gain @ W[:, :k])
        for _ in range(200):
            other = feasible(rng.normal(size=(len(K), k)), constraint)
            assert np.trace(other.T @ gain @ other) <= best * (1 + 1e-9)
        near = feasible(W[:, :k] + 1e-3 * rng.normal(size=(len(K), k)), constraint)
        assert np.trace(near.T @ gain @ near) < best
    model = TCA(3, mu).fit(Xs, codes, Xt)
    np.testing.assert_allclose(np.linalg.norm(model.W_, axis=0), 1)
    np.testing.assert_allclose(model.W_ * np.linalg.norm(W, axis=0), W, atol=1e-9)


def symmetric_shortcut(gain, KLK, mu, k):
    """What public libraries do: a solver for symmetric matrices on (I + mu K L K)^-1 K H K."""
    product = np.linalg.solve(np.eye(len(gain)) + mu * KLK, gain)
    assert np.abs(product - product.T).max() > 0.1
    value, W = np.linalg.eigh(product)
    return W[:, np.argsort(-np.abs(value))[:k]]


@pytest.mark.parametrize("mu", [1.0, 10.0])
@pytest.mark.parametrize("k", [1, 2, 4])
def test_tca_is_better_than_a_symmetric_solver_on_the_product(mu, k):
    """With I + mu K L K in the constraint, which is ours with 1 / mu and another scale."""
    Xs, _, Xt = domains(8)
    K, gain, constraint = trace_problem(Xs, Xt, 1 / mu)
    W = transfer_components(K, len(Xs), 1 / mu)[:, :k]
    shortcut = symmetric_shortcut(gain, constraint - np.eye(len(K)) / mu, mu, k)
    shortcut = feasible(shortcut, constraint)
    best = np.trace(W.T @ gain @ W)
    assert np.trace(shortcut.T @ gain @ shortcut) < 0.999 * best


def test_tca_by_hand():
    Xs, codes, Xt = domains(9)
    K, gain, constraint = trace_problem(Xs, Xt, 1.0)
    value, W = np.linalg.eig(np.linalg.solve(constraint, gain))  # unit columns
    W = W[:, np.argsort(-value.real)][:, :4].real
    Z = K @ W / np.linalg.norm(W, axis=0)
    Z_s, Z_t = Z[: len(Xs)], Z[len(Xs) :]
    model = TCA(4).fit(Xs, codes, Xt)
    train, to_source = train_kernel(model, 4)
    np.testing.assert_allclose(train, Z_s @ Z_s.T, atol=1e-7)
    np.testing.assert_allclose(to_source(Xt), Z_t @ Z_s.T, atol=1e-7)
    np.testing.assert_array_equal(model.predict(Xt), SVM().fit(Z_s, codes).predict(Z_t))


def test_tca_of_equal_means_is_kernel_pca():
    """With equal means K L K = 0, and the components are the eigenvectors of K H K."""
    Xs, codes, _ = domains(10)
    W = TCA().fit(Xs, codes).W_
    X = np.vstack([Xs, Xs])
    K = X @ X.T
    H = np.eye(18) - 1 / 18
    _, V = np.linalg.eigh(K @ H @ K)
    for i in range(3):
        assert abs(W[:, i] @ V[:, -1 - i]) == pytest.approx(1, abs=1e-9)


def test_a_mu_below_rounding_says_so():
    Xs, codes, Xt = domains()
    with pytest.raises(ValueError, match="raise mu, or scale the features down"):
        TCA(mu=1e-3).fit(1e4 * Xs, codes, 1e4 * Xt)


# --- all three --------------------------------------------------------------------------------


@pytest.mark.parametrize("method", METHODS)
def test_predict_grid_is_fit_and_predict_for_each_k(method):
    Xs, codes, Xt = domains(11, n_s=21, n_t=17, n_features=30)
    names = np.array(["c", "a", "b"])[codes]
    points = [{"k": k} for k in (*range(1, 21), 100)]
    found = {i: labels for i, labels, _ in method().predict_grid(Xs, names, Xt, points)}
    assert list(found) == list(range(21))
    for index, point in enumerate(points):
        single = method(**point).fit(Xs, names, Xt).predict(Xt)
        np.testing.assert_array_equal(found[index], single)
    assert len({tuple(labels) for labels in found.values()}) > 1


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("how", DEGENERATE)
def test_kernels_are_positive_semi_definite(method, how):
    Xs, codes, Xt = degenerate(how)
    for k in (1, 3, 50):
        train, _ = train_kernel(method(k).fit(Xs, codes, Xt), k)
        np.testing.assert_allclose(train, train.T, atol=1e-9)
        assert np.linalg.eigvalsh(train).min() > -1e-9


@pytest.mark.parametrize("method", METHODS)
def test_rotated_features_and_permuted_target(method):
    Xs, codes, Xt = domains(12, n_s=12)
    rng = np.random.default_rng(12)
    rotation, _ = np.linalg.qr(rng.normal(size=(6, 6)))
    order = rng.permutation(len(Xt))
    train, to_source = train_kernel(method(3).fit(Xs, codes, Xt), 3)
    turned = Xt[order] @ rotation
    moved = method(3).fit(Xs @ rotation, codes, turned)
    train_moved, to_source_moved = train_kernel(moved, 3)
    np.testing.assert_allclose(train_moved, train, atol=1e-9)
    np.testing.assert_allclose(to_source_moved(turned), to_source(Xt)[order], atol=1e-9)


@pytest.mark.parametrize("how", DEGENERATE)
def test_sa_on_degenerate_input(how):
    Xs, codes, Xt = degenerate(how)
    for k in (1, 3, 50):
        model = SA(k).fit(Xs, codes, Xt)
        Ps, Pt = model.Ps_[:, :k], model.Pt_[:, :k]
        np.testing.assert_allclose(Ps.T @ (Ps @ model.M_[:k, :k] - Pt), 0, atol=1e-12)
        assert set(model.predict(Xt)) <= set(codes)


@pytest.mark.parametrize("how", DEGENERATE)
def test_gfk_on_degenerate_input(how):
    """Against the integral over the part of the subspaces that is not shared, and the rest."""
    Xs, codes, Xt = degenerate(how)
    for k in (1, 3, 50):
        model = GFK(k).fit(Xs, codes, Xt)
        used = min(k, model.Ps_.shape[1], model.Pt_.shape[1])
        G = integral(model.Ps_[:, :used], model.Pt_[:, :used])
        np.testing.assert_allclose(model._prefix(k), Xs @ G @ Xs.T, atol=1e-6)
        assert set(model.predict(Xt)) <= set(codes)


def integral(Ps, Pt):
    """:func:`flow` where some or all angles may be 0: those directions keep weight 1."""
    if Ps.shape[1] == 0:
        return np.zeros((len(Ps), len(Ps)))
    U, cosine, Vt = np.linalg.svd(Ps.T @ Pt)
    apart = cosine < 1 - 1e-12
    shared = projector((Ps @ U)[:, ~apart])
    return shared + flow((Ps @ U)[:, apart], (Pt @ Vt.T)[:, apart]) if apart.any() else shared


@pytest.mark.parametrize("how", DEGENERATE)
@pytest.mark.parametrize("mu", [0.1, 1.0])
def test_tca_on_degenerate_input(how, mu):
    Xs, codes, Xt = degenerate(how)
    K, gain, constraint = trace_problem(Xs, Xt, mu)
    assert_generalised_eigenvectors(transfer_components(K, len(Xs), mu), gain, constraint)
    for k in (1, 3, 50):
        assert set(TCA(k, mu).fit(Xs, codes, Xt).predict(Xt)) <= set(codes)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("point", [{"k": 0}, {"k": 1.5}])
def test_out_of_range(method, point):
    Xs, codes, Xt = domains()
    with pytest.raises(ValueError, match="'k' parameter"):
        method(**point).fit(Xs, codes, Xt)
    with pytest.raises(ValueError, match="'k' parameter"):
        list(method().predict_grid(Xs, codes, Xt, [point]))


def test_mu_must_be_positive():
    Xs, codes, Xt = domains()
    with pytest.raises(ValueError, match="'mu' parameter"):
        TCA(mu=0).fit(Xs, codes, Xt)
