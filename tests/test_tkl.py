"""TKL: optimality of the damped spectrum, the Nystroem extension, degenerate input.

Its published cells are in ``test_golden_da.py``.
"""

import numpy as np
import pytest
from degenerate_input import DEGENERATE, degenerate, domains
from scipy.optimize import minimize
from sklearn.svm import SVC

from cdmer_lib.methods import TKL
from cdmer_lib.solvers.spectrum import JITTER, SpectrumFit

pytestmark = pytest.mark.filterwarnings("error")


def problem(seed, n=10, d=4):
    """A kernel of rank above d, and features that explain a part of it."""
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n, 6))
    return X @ X.T, X @ rng.normal(size=(6, d)) + rng.normal(size=(n, d))


def residual(K, Phi, spectrum):
    return np.linalg.norm(K - Phi * spectrum @ Phi.T)


def assert_damped_optimum(K, Phi, spectrum, zeta, tol=1e-6):
    """KKT in l: with multipliers u_i >= 0 of l_i - zeta l_{i+1} >= 0 (l_{d+1} = 0).

    The gradient g_i is u_i - zeta u_{i-1}, so that u follows from g one by one; u_i is 0 where the
    constraint is not active. l_d >= 0 and the damping give l >= 0.
    """
    d = len(spectrum)
    after = np.r_[spectrum[1:], 0]
    slack = spectrum - zeta * after
    assert slack.min() >= -1e-9 * max(1, spectrum.max()) and spectrum.min() >= 0
    error = Phi * spectrum @ Phi.T - K
    gradient = 2 * np.einsum("ni,nm,mi->i", Phi, error, Phi)
    u = np.zeros(d)
    for i in range(d):
        u[i] = gradient[i] + (zeta * u[i - 1] if i else 0)
    # in the scale of each direction of the cone: the column that raises l_1..l_i together
    size = np.array([zeta ** np.arange(i, -1, -1) @ np.abs(Phi[:, : i + 1] ** 2).sum(axis=0)
                     for i in range(d)]) * max(np.linalg.norm(K), 1e-300)  # fmt: skip
    size[size == 0] = 1
    assert (u / size).min() >= -tol
    assert np.abs(u / size * slack).max() <= tol * max(1, spectrum.max())


# --- the spectrum -----------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("zeta", [0.1, 0.9, 1.0, 1.1, 2.0, 5.0])
def test_spectrum_is_optimal(seed, zeta):
    K, Phi = problem(seed)
    spectrum = SpectrumFit(K, Phi).damped(zeta)
    assert_damped_optimum(K, Phi, spectrum, zeta)


@pytest.mark.parametrize("zeta", [0.5, 1.1, 3.0])
def test_spectrum_against_a_generic_solver(zeta):
    K, Phi = problem(10)
    spectrum = SpectrumFit(K, Phi).damped(zeta)
    after = np.diag(np.ones(3), 1)
    constraint = {"type": "ineq", "fun": lambda spectrum: (np.eye(4) - zeta * after) @ spectrum}
    found = minimize(
        lambda spectrum: residual(K, Phi, spectrum) ** 2, np.ones(4), method="SLSQP",
        constraints=[constraint], bounds=[(0, None)] * 4,
        options={"ftol": 1e-14, "maxiter": 500},
    ).x  # fmt: skip
    assert (
        residual(K, Phi, spectrum) <= residual(K, Phi, found) + 1e-6
    )  # its constraints hold to 1e-7
    np.testing.assert_allclose(spectrum, found, atol=1e-4)


def test_spectrum_is_better_than_random_feasible_ones():
    K, Phi = problem(11)
    spectrum = SpectrumFit(K, Phi).damped(1.5)
    rng = np.random.default_rng(11)
    for _ in range(300):
        other = rng.exponential(size=4)
        for i in (2, 1, 0):
            other[i] += 1.5 * other[i + 1]
        other *= rng.exponential() * spectrum.max() / other.max()
        assert residual(K, Phi, other) > residual(K, Phi, spectrum)


def test_a_kernel_of_the_model_is_recovered():
    """Where K = Phi diag(l) Phi' with l inside the constraints, the fit is that l."""
    _, Phi = problem(12)
    spectrum = np.array([8.0, 3.0, 1.0, 0.5])
    found = SpectrumFit(Phi * spectrum @ Phi.T, Phi).damped(1.5)
    np.testing.assert_allclose(found, spectrum, atol=1e-9)


def test_a_strong_damping_leaves_a_geometric_tail():
    _, Phi = problem(13)
    spectrum = SpectrumFit(Phi * np.ones(4) @ Phi.T, Phi).damped(3.0)
    assert_damped_optimum(Phi @ Phi.T, Phi, spectrum, 3.0)
    np.testing.assert_allclose(spectrum[:-1], 3 * spectrum[1:], rtol=1e-9)


@pytest.mark.parametrize("zeta", [1e-6, 0.1, 5.0, 1e6])
def test_nothing_overflows(zeta):
    """zeta^d of 200 eigenpairs is 1e139 at zeta = 5 and 1e1194 at a million."""
    rng = np.random.default_rng(14)
    X = rng.normal(size=(40, 300))
    spectrum = SpectrumFit(X @ X.T, rng.normal(size=(40, 200))).damped(zeta)
    assert np.isfinite(spectrum).all() and spectrum.min() >= 0
    assert (spectrum[:-1] >= zeta * spectrum[1:] * (1 - 1e-9)).all()


# --- the estimator ----------------------------------------------------------------------------


def test_tkl_by_hand():
    """The extension of the target's eigenvectors, their spectrum, and the kernel."""
    Xs, codes, Xt = domains(15, n_t=14)
    value, V = np.linalg.eigh(Xt @ Xt.T + JITTER * np.eye(14))
    d = 4  # n_t - 10
    value, V = value[::-1][:d], V[:, ::-1][:, :d]
    Phi = np.vstack([Xs, Xt]) @ Xt.T @ V / value
    np.testing.assert_allclose(Phi[9:], V, atol=1e-5)  # eigenvectors are their own extension
    spectrum = SpectrumFit(Xs @ Xs.T + JITTER * np.eye(9), Phi[:9]).damped(1.1)
    model = TKL().fit(Xs, codes, Xt)
    np.testing.assert_allclose(model.l_, spectrum, rtol=1e-8)
    kernel = Phi * spectrum @ Phi[:9].T
    expected = SVC(kernel="precomputed").fit(kernel[:9], codes).predict(kernel[9:])
    np.testing.assert_array_equal(model.predict(Xt), expected)


@pytest.mark.parametrize(("n_t", "d"), [(3, 1), (10, 1), (11, 1), (14, 4)])
def test_number_of_eigenpairs(n_t, d):
    Xs, codes, Xt = domains(16, n_t=n_t)
    assert TKL().fit(Xs, codes, Xt).l_.shape == (d,)
    assert TKL(d=2).fit(Xs, codes, Xt).l_.shape == (2,)


def test_predict_grid_is_fit_and_predict():
    Xs, codes, Xt = domains(17, n_s=21, n_t=30, n_features=40)
    points = [{"zeta": zeta} for zeta in (0.1, 0.7, 1.0, 2.0, 5.0)]
    for index, labels, _ in TKL().predict_grid(Xs, codes, Xt, points):
        np.testing.assert_array_equal(labels, TKL(**points[index]).fit(Xs, codes, Xt).predict(Xt))


def test_rotated_features_and_permuted_target():
    Xs, codes, Xt = domains(18, n_t=14)
    rng = np.random.default_rng(18)
    rotation, _ = np.linalg.qr(rng.normal(size=(6, 6)))
    order = rng.permutation(14)
    model, moved = TKL().fit(Xs, codes, Xt), TKL().fit(Xs @ rotation, codes, Xt[order] @ rotation)
    np.testing.assert_allclose(moved.l_, model.l_, rtol=1e-6)
    np.testing.assert_array_equal(moved.predict(Xt[order] @ rotation), model.predict(Xt)[order])


@pytest.mark.parametrize("how", DEGENERATE)
@pytest.mark.parametrize("zeta", [0.1, 1.1, 5.0])
@pytest.mark.parametrize("d", [None, 3, 100])
def test_degenerate_input(how, zeta, d):
    Xs, codes, Xt = degenerate(how)
    model = TKL(zeta, d).fit(Xs, codes, Xt)
    K = Xs @ Xs.T + JITTER * np.eye(len(Xs))
    assert_damped_optimum(K, model.Phi_s_, model.l_, zeta)
    assert set(model.predict(Xt)) <= set(codes)


@pytest.mark.parametrize("arguments", [{"zeta": 0}, {"d": 0}])
def test_out_of_range(arguments):
    Xs, codes, Xt = domains()
    with pytest.raises(ValueError, match="parameter of TKL must be"):
        TKL(**arguments).fit(Xs, codes, Xt)
