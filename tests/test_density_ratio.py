"""KMM, uLSIF and KLIEP: optimality conditions, special cases, degenerate input."""

import numpy as np
import pytest
from degenerate_input import DEGENERATE, degenerate, domains
from scipy.optimize import minimize
from sklearn.metrics.pairwise import rbf_kernel

from cdmer_lib.solvers.density_ratio import kliep, kmm, mean_matching, ulsif

pytestmark = pytest.mark.filterwarnings("error")

SIGMAS = [0.3, 1.0, 10.0]


def gaussian(A, B, sigma=1.0):
    return rbf_kernel(A, B, 1 / (2 * sigma**2))


def assert_matched(K, f, s, upper, slack, tol=1e-6):
    """KKT of s'Ks / 2 + f's: with a multiplier m of the sum, K s + f + m is 0 inside the bounds,
    at least 0 at the lower and at most 0 at the upper; m has the sign of the active side."""
    n = len(f)
    total, gradient = s.sum(), K @ s + f
    tol = tol * max(1, np.abs(f).max(), K.max())
    assert s.min() >= 0 and s.max() <= upper
    assert abs(total - n) <= n * slack + 1e-6
    at_lower, at_upper = s < 1e-7, s > upper - 1e-7
    inside = ~at_lower & ~at_upper
    # the range of m that the samples allow, then the range that the sum allows
    low = max((-gradient[~at_upper]).max(initial=-np.inf), -np.inf)
    high = min((-gradient[~at_lower]).min(initial=np.inf), np.inf)
    assert low <= high + tol
    if inside.any():
        assert np.ptp(gradient[inside]) <= tol
    if total < n * (1 + slack) - 1e-6:
        high = min(high, 0)  # m > 0 only where the sum is at its upper limit
    if total > n * (1 - slack) + 1e-6:
        low = max(low, 0)
    assert low <= high + tol


def default_slack(n):
    return (np.sqrt(n) - 1) / np.sqrt(n)


# --- KMM --------------------------------------------------------------------------------------


@pytest.mark.parametrize("sigma", SIGMAS)
@pytest.mark.parametrize(("upper", "slack"), [(1000.0, None), (1.5, 0.1), (2.0, 0.0), (1.0, 0.0)])
def test_kmm_is_optimal(sigma, upper, slack):
    Xs, _, Xt = domains(1, n_s=12)
    Kss, Kst = gaussian(Xs, Xs, sigma), gaussian(Xs, Xt, sigma)
    s = kmm(Kss, Kst, upper=upper, slack=slack)
    f = -len(Xs) * Kst.mean(axis=1)
    assert_matched(Kss, f, s, upper, default_slack(12) if slack is None else slack)


def test_kmm_against_a_generic_solver():
    """The distance of the means itself, minimised by SLSQP."""
    Xs, _, Xt = domains(2)
    n_s, n_t = len(Xs), len(Xt)
    K = gaussian(np.vstack([Xs, Xt]), np.vstack([Xs, Xt]))

    def distance(s):
        v = np.r_[s / n_s, -np.ones(n_t) / n_t]
        return v @ K @ v

    slack = default_slack(n_s)
    found = minimize(
        distance, np.ones(n_s), method="SLSQP", bounds=[(0, 3)] * n_s,
        constraints=[
            {"type": "ineq", "fun": lambda s: n_s * (1 + slack) - s.sum()},
            {"type": "ineq", "fun": lambda s: s.sum() - n_s * (1 - slack)},
        ],
        options={"ftol": 1e-14, "maxiter": 1000},
    ).x  # fmt: skip
    s = kmm(K[:n_s, :n_s], K[:n_s, n_s:], upper=3.0)
    assert distance(s) <= distance(found) + 1e-10
    np.testing.assert_allclose(s, found, atol=1e-4)


def test_kmm_without_shift_gives_ones():
    Xs, _, _ = domains(3)
    K = gaussian(Xs, Xs)
    np.testing.assert_allclose(kmm(K, K), 1, atol=1e-6)


def test_no_room_for_weights():
    with pytest.raises(ValueError, match=r"found none: weights in 0\.\.0\.5"):
        mean_matching(np.eye(4), -np.ones(4), upper=0.5, slack=0.1)


@pytest.mark.parametrize("how", DEGENERATE)
@pytest.mark.parametrize("sigma", SIGMAS)
def test_kmm_on_degenerate_input(how, sigma):
    Xs, _, Xt = degenerate(how)
    Kss, Kst = gaussian(Xs, Xs, sigma), gaussian(Xs, Xt, sigma)
    f = -len(Xs) * Kst.mean(axis=1)
    assert_matched(Kss, f, kmm(Kss, Kst), 1000.0, default_slack(len(Xs)), tol=1e-5)


# --- uLSIF ------------------------------------------------------------------------------------


def ulsif_by_hand(Phi_s, Phi_t, lam):
    H, h = Phi_s.T @ Phi_s / len(Phi_s), Phi_t.mean(axis=0)
    alpha = np.linalg.solve(H + lam * np.eye(len(h)), h)
    return alpha, np.maximum(Phi_s @ np.maximum(alpha, 0), 0)


@pytest.mark.parametrize("lam", [0.01, 1.0, 100.0])
def test_ulsif_solves_its_normal_equations(lam):
    Xs, _, Xt = domains(4)
    Phi_s, Phi_t = gaussian(Xs, Xt), gaussian(Xt, Xt)
    alpha, weights = ulsif_by_hand(Phi_s, Phi_t, lam)
    np.testing.assert_allclose(ulsif(Phi_s, Phi_t, lam), weights, atol=1e-10)

    def objective(a):
        return np.mean((Phi_s @ a) ** 2) / 2 - np.mean(Phi_t @ a) + lam * a @ a / 2

    rng = np.random.default_rng(4)
    for size in (1e-3, 1.0):
        nearby = alpha + size * rng.normal(size=(50, len(alpha)))
        assert min(map(objective, nearby)) > objective(alpha)


def test_many_lam_are_one_at_a_time():
    Xs, _, Xt = domains(5)
    Phi_s, Phi_t, lams = Xs @ Xt.T, Xt @ Xt.T, np.array([0.1, 1.0, 30.0, 1e6])
    together = ulsif(Phi_s, Phi_t, lams)
    assert together.shape == (4, len(Xs))
    for weights, lam in zip(together, lams, strict=True):
        np.testing.assert_allclose(weights, ulsif(Phi_s, Phi_t, lam), rtol=1e-9)


def test_a_large_lam_makes_alpha_a_multiple_of_h():
    Xs, _, Xt = domains(6)
    Phi_s, Phi_t = gaussian(Xs, Xt), gaussian(Xt, Xt)
    expected = Phi_s @ Phi_t.mean(axis=0)
    np.testing.assert_allclose(1e9 * ulsif(Phi_s, Phi_t, 1e9), expected, rtol=1e-6)


def test_ulsif_without_shift():
    """The ratio 1 is found where a column of the kernel is constant and the ridge small."""
    X = domains(7)[0]
    Phi = np.c_[np.ones(len(X)), gaussian(X, X[:3])]
    np.testing.assert_allclose(ulsif(Phi, Phi, 1e-9), 1, atol=1e-6)


def test_views_are_no_different_from_copies():
    """A kernel that is cut out of a larger one is not contiguous in memory."""
    Xs, _, Xt = domains(7)
    K = gaussian(np.vstack([Xs, Xt]), np.vstack([Xs, Xt]))
    s, t = slice(0, len(Xs)), slice(len(Xs), None)
    for estimate, first, second in ((kmm, (s, s), (s, t)), (kliep, (s, t), (t, t))):
        cut, copied = (K[first], K[second]), (K[first].copy(), K[second].copy())
        np.testing.assert_array_equal(estimate(*cut), estimate(*copied))
    f = np.c_[-len(Xs) * K[s, t].mean(axis=1), np.ones(len(Xs))][:, 0]
    np.testing.assert_array_equal(mean_matching(K[s, s], f), kmm(K[s, s], K[s, t]))


@pytest.mark.parametrize("how", DEGENERATE)
@pytest.mark.parametrize("linear", [True, False])
def test_ulsif_on_degenerate_input(how, linear):
    Xs, _, Xt = degenerate(how)
    Phi_s, Phi_t = (X @ Xt.T if linear else gaussian(X, Xt) for X in (Xs, Xt))
    for lam in (0.1, 10.0):
        weights = ulsif(Phi_s, Phi_t, lam)
        np.testing.assert_allclose(weights, ulsif_by_hand(Phi_s, Phi_t, lam)[1], atol=1e-9)
        assert weights.min() >= 0


# --- KLIEP ------------------------------------------------------------------------------------


def assert_likeliest(Phi_s, Phi_t, weights, tol=1e-6):
    """The KKT conditions in terms of the ratio alone.

    The weights lie in the cone of the columns of Phi_s with mean 1, and for the ratio r at the
    target no column j has mean(Phi_t_j / r) above mean(Phi_s_j).
    """
    assert weights.min() >= 0
    assert weights.mean() == pytest.approx(1, abs=1e-9)
    # coefficients of the ratio: recover them from the weights where Phi_s has full column rank
    alpha = np.linalg.lstsq(Phi_s, weights)[0]
    np.testing.assert_allclose(Phi_s @ alpha, weights, atol=1e-8)
    pull = Phi_s.mean(axis=0) - (Phi_t / (Phi_t @ alpha)[:, None]).mean(axis=0)
    assert pull.min() > -tol
    assert alpha.min() > -tol
    assert np.abs(pull * alpha).max() < tol


@pytest.mark.parametrize("sigma", [0.3, 1.0])
def test_kliep_is_optimal(sigma):
    Xs, _, Xt = domains(8, n_s=20, n_t=7)
    Phi_s, Phi_t = gaussian(Xs, Xt, sigma), gaussian(Xt, Xt, sigma)
    weights = kliep(Phi_s, Phi_t)
    assert_likeliest(Phi_s, Phi_t, weights)


def likelihood(Phi_s, Phi_t, alpha):
    alpha = alpha / np.mean(Phi_s @ alpha)
    return np.log(Phi_t @ alpha).mean()


@pytest.mark.parametrize("sigma", SIGMAS)
def test_kliep_against_many_feasible_points(sigma):
    """The likelihood of its ratio, from a solver of another kind: multiplicative updates."""
    Xs, _, Xt = domains(9, n_s=20, n_t=7)
    Phi_s, Phi_t = gaussian(Xs, Xt, sigma), gaussian(Xt, Xt, sigma)
    means = Phi_s.mean(axis=0)
    b = np.ones(7) / 7  # expectation maximisation of the mixture weights
    for _ in range(20000):
        b *= (Phi_t / means / (Phi_t / means @ b)[:, None]).mean(axis=0)
    np.testing.assert_allclose(kliep(Phi_s, Phi_t), Phi_s @ (b / means), atol=1e-3)
    rng = np.random.default_rng(9)
    best = likelihood(Phi_s, Phi_t, b / means)
    assert max(likelihood(Phi_s, Phi_t, a) for a in rng.exponential(size=(200, 7))) <= best + 1e-12


def test_kliep_without_shift_can_be_no_worse_than_ones():
    """With source = target, Jensen: no ratio of mean 1 has a mean logarithm above 0, that of 1."""
    X = domains(10)[0]
    Phi = np.c_[np.ones(len(X)), gaussian(X, X)]
    np.testing.assert_allclose(kliep(Phi, Phi), 1, atol=1e-4)


@pytest.mark.parametrize("how", DEGENERATE)
@pytest.mark.parametrize("sigma", SIGMAS)
def test_kliep_on_degenerate_input(how, sigma):
    """Mean 1, and no column would raise the likelihood; the ratio at the target is unique."""
    Xs, _, Xt = degenerate(how)
    Phi_s, Phi_t = gaussian(Xs, Xt, sigma), gaussian(Xt, Xt, sigma)
    weights = kliep(Phi_s, Phi_t)
    assert np.isfinite(weights).all() and weights.min() >= 0
    assert weights.mean() == pytest.approx(1, abs=1e-9)
    b = np.ones(len(Xt)) / len(Xt)
    A = Phi_t / Phi_s.mean(axis=0)
    for _ in range(3000):
        b *= (A / (A @ b)[:, None]).mean(axis=0)
    np.testing.assert_allclose(weights, Phi_s @ (b / Phi_s.mean(axis=0)), atol=2e-2)


@pytest.mark.parametrize(
    ("Phi_s", "Phi_t"),
    [
        (np.zeros((3, 2)), np.ones((4, 2))),
        (np.ones((3, 2)), np.array([[1.0, 1.0], [0.0, 0.0]])),
        (-np.ones((3, 2)), np.ones((4, 2))),
    ],
)
def test_kliep_of_a_kernel_without_mass(Phi_s, Phi_t):
    with pytest.raises(ValueError, match="use a Gaussian kernel, or a wider one"):
        kliep(Phi_s, Phi_t)


# --- all three --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "estimate",
    [
        lambda Xs, Xt: kmm(gaussian(Xs, Xs), gaussian(Xs, Xt)),
        lambda Xs, Xt: ulsif(gaussian(Xs, Xt), gaussian(Xt, Xt), 0.1),
        lambda Xs, Xt: kliep(gaussian(Xs, Xt), gaussian(Xt, Xt)),
    ],
    ids=["KMM", "uLSIF", "KLIEP"],
)
def test_permuted_samples_and_repeated_target(estimate):
    Xs, _, Xt = domains(11, n_s=15)
    rng = np.random.default_rng(11)
    rows, columns = rng.permutation(15), rng.permutation(len(Xt))
    weights = estimate(Xs, Xt)
    np.testing.assert_allclose(estimate(Xs[rows], Xt[columns]), weights[rows], atol=1e-5)
    assert np.ptp(weights) > 0.1
