"""STM: the squared-hinge machine, the alternation and its limits, degenerate input."""

import numpy as np
import pytest
from degenerate_input import DEGENERATE, degenerate, domains
from scipy.optimize import minimize
from sklearn.metrics.pairwise import rbf_kernel

from cdmer_lib.methods import STM
from cdmer_lib.solvers.density_ratio import kmm, mean_matching
from cdmer_lib.solvers.squared_hinge import SquaredHingeSVM

pytestmark = pytest.mark.filterwarnings("error")


def binary(seed, n=15):
    """A kernel, labels -1 and 1 that overlap, and penalties."""
    rng = np.random.default_rng(seed)
    y = np.where(np.arange(n) % 3 == 0, 1, -1)
    X = rng.normal(size=(n, 4))
    X[:, 0] += 0.7 * y
    return X, y, rng.exponential(size=n)


def assert_stationary(K, y, c, machine, tol=1e-9):
    """beta_i = 2 c_i y_i max(0, 1 - y_i f_i) and sum beta = 0: the gradient in the primal is 0."""
    loss = np.maximum(0, 1 - y * machine.decision_function(K))
    size = max(1, c.max(), K.max())
    np.testing.assert_allclose(machine.beta, 2 * c * y * loss, atol=tol * size)
    assert machine.beta.sum() == pytest.approx(0, abs=tol * size)


# --- the squared hinge ------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("scale", [1e-3, 1.0, 1e3])
def test_machine_is_stationary(seed, scale):
    X, y, c = binary(seed)
    assert_stationary(X @ X.T, y, scale * c, SquaredHingeSVM(X @ X.T, y, scale * c))


def test_machine_against_a_generic_solver():
    """The primal itself: min ||v||^2 / 2 + sum c_i max(0, 1 - y_i (v'x_i + b))^2."""
    X, y, c = binary(10)

    def objective(point):
        margin = 1 - y * (X @ point[:-1] + point[-1])
        pull = 2 * c * y * np.maximum(margin, 0)
        value = point[:-1] @ point[:-1] / 2 + c @ np.maximum(margin, 0) ** 2
        return value, np.r_[point[:-1] - X.T @ pull, -pull.sum()]

    found = minimize(objective, np.zeros(5), jac=True, options={"gtol": 1e-10}).x
    machine = SquaredHingeSVM(X @ X.T, y, c)
    np.testing.assert_allclose(X.T @ machine.beta, found[:-1], atol=1e-7)
    assert machine.b == pytest.approx(found[-1], abs=1e-7)


def test_a_sample_without_penalty_does_not_count():
    X, y, c = binary(11)
    c[4:8] = 0
    kept = c > 0
    machine = SquaredHingeSVM(X @ X.T, y, c)
    fewer = SquaredHingeSVM(X[kept] @ X[kept].T, y[kept], c[kept])
    assert not machine.beta[~kept].any()
    np.testing.assert_allclose(machine.beta[kept], fewer.beta, atol=1e-9)
    assert machine.b == pytest.approx(fewer.b, abs=1e-9)


def test_a_sample_twice_is_a_doubled_penalty():
    X, y, c = binary(12)
    twice = np.r_[:15, 3]
    doubled = c.copy()
    doubled[3] *= 2
    machine = SquaredHingeSVM(X @ X.T, y, doubled)
    repeated = SquaredHingeSVM(X[twice] @ X[twice].T, y[twice], c[twice])
    np.testing.assert_allclose(
        repeated.decision_function(X @ X[twice].T), machine.decision_function(X @ X.T), atol=1e-9
    )


def test_no_penalties_and_one_class():
    X, y, c = binary(13)
    K = X @ X.T
    nothing = SquaredHingeSVM(K, y, 0 * c)
    assert not nothing.beta.any() and nothing.b == 0
    for side in (-1, 1):
        constant = SquaredHingeSVM(K, y, c * (y == side))
        np.testing.assert_array_equal(constant.decision_function(K), side)


def test_the_machine_takes_few_steps():
    X, y, c = binary(14, n=60)
    machine = SquaredHingeSVM(X @ X.T, y, c)
    few = SquaredHingeSVM(X @ X.T, y, c, max_iter=10)
    np.testing.assert_array_equal(few.beta, machine.beta)


# --- the alternation --------------------------------------------------------------------------


def joint(Xs, y, Xt, lam, machine, s, C=1.0):
    """||f||^2 / 2 + C sum s_i l_i + lam n_s^2 / 2 times the squared distance of the means."""
    K = Xs @ Xs.T
    n_s, n_t = len(Xs), len(Xt)
    G = rbf_kernel(np.vstack([Xs, Xt]), gamma=0.5)
    v = np.r_[s / n_s, np.full(n_t, -1 / n_t)]
    loss = np.maximum(0, 1 - y * machine.decision_function(K)) ** 2
    norm = machine.beta @ K @ machine.beta / 2
    return norm + C * s @ loss + lam * n_s**2 / 2 * (v @ G @ v)


@pytest.mark.parametrize("lam", [0.01, 1.0, 100.0])
@pytest.mark.parametrize("seed", [20, 21])
def test_no_half_step_increases_the_joint_objective(lam, seed):
    Xs, codes, Xt = domains(seed, n_s=12)
    y, K, n_s = np.where(codes == 1, 1, -1), Xs @ Xs.T, 12
    G = rbf_kernel(Xs, gamma=0.5)
    f = -n_s * rbf_kernel(Xs, Xt, 0.5).mean(axis=1)
    slack = n_s * (1 - 1 / np.sqrt(n_s))
    s = np.ones(n_s)
    machine = SquaredHingeSVM(K, y, s)
    values = [joint(Xs, y, Xt, lam, machine, s)]
    for _ in range(4):  # the first of five alternations has all weights one
        loss = np.maximum(0, 1 - y * machine.decision_function(K)) ** 2
        s = mean_matching(G, f + loss / lam)
        assert s.min() >= 0 and s.max() <= 1000 and abs(s.sum() - n_s) <= slack + 1e-6
        values.append(joint(Xs, y, Xt, lam, machine, s))
        machine = SquaredHingeSVM(K, y, s)
        values.append(joint(Xs, y, Xt, lam, machine, s))
    assert (np.diff(values) <= 1e-6 * max(values)).all()
    assert values[-1] < values[0]
    # this is what the estimator does
    model = STM(lam).fit(Xs, codes, Xt)
    np.testing.assert_allclose(model.weights_[1], s, atol=1e-6)
    X = domains(seed + 1, n_t=20)[2]
    np.testing.assert_allclose(
        model.svm_.machines[1].decision_function(X @ Xs.T), machine.decision_function(X @ Xs.T)
    )


def test_what_a_solver_leaves_of_a_zero_weight_is_zero():
    """A sample that no target sample is near, and one that all are near: the first has weight 0."""
    Xs, _, Xt = domains(23, n_s=30, n_t=30)
    Xs[::2] += 9
    s = kmm(rbf_kernel(Xs, gamma=0.5), rbf_kernel(Xs, Xt, 0.5))
    assert not s[::2].any() and s[1::2].any()
    assert s[s > 0].min() >= 1e-9 * s.max()


def test_machines_of_one_class_are_tied_exactly_and_the_class_order_decides():
    """At a small lam each machine has all its weight on the rest, and says -1 to everybody."""
    Xs, codes, Xt = domains(26, n_s=30, n_t=10)
    model = STM(1e-6).fit(Xs, codes, Xt)
    own = codes == np.arange(3)[:, None]
    assert not model.weights_[own].any()
    np.testing.assert_array_equal(model.class_scores(Xt), -1)
    np.testing.assert_array_equal(model.predict(Xt), codes[0])


@pytest.mark.parametrize("start", ["ones", "kmm"])
@pytest.mark.parametrize("loss", ["squared_hinge", "hinge"])
def test_a_large_lam_gives_the_weights_of_kmm(start, loss):
    Xs, codes, Xt = domains(22)
    expected = kmm(rbf_kernel(Xs, gamma=0.5), rbf_kernel(Xs, Xt, 0.5))
    model = STM(1e9, start=start, loss=loss).fit(Xs, codes, Xt)
    np.testing.assert_allclose(model.weights_, np.tile(expected, (3, 1)), atol=1e-5)
    assert np.ptp(expected) > 0.1


def test_predict_grid_is_fit_and_predict():
    Xs, codes, Xt = domains(24, n_s=15, n_t=30)
    points = [{"lam": lam} for lam in (0.001, 0.1, 1.0, 10.0, 1e4)]
    for index, labels, _ in STM().predict_grid(Xs, codes, Xt, points):
        np.testing.assert_array_equal(labels, STM(**points[index]).fit(Xs, codes, Xt).predict(Xt))


def test_permuted_target_and_features():
    Xs, codes, Xt = domains(25)
    rng = np.random.default_rng(25)
    rows, columns = rng.permutation(len(Xt)), rng.permutation(6)
    model = STM().fit(Xs, codes, Xt)
    moved = STM().fit(Xs[:, columns], codes, Xt[rows][:, columns])
    np.testing.assert_allclose(moved.weights_, model.weights_, atol=1e-5)


@pytest.mark.parametrize("how", DEGENERATE)
@pytest.mark.parametrize("lam", [0.001, 1.0, 1e4])
def test_degenerate_input(how, lam):
    Xs, codes, Xt = degenerate(how)
    n_s = len(Xs)
    for arguments in ({}, {"loss": "hinge"}, {"start": "kmm"}):
        model = STM(lam, **arguments).fit(Xs, codes, Xt)
        assert set(model.predict(Xt)) <= set(codes)
        assert model.weights_.min() >= 0
        slack = n_s * (1 - 1 / np.sqrt(n_s))
        assert np.abs(model.weights_.sum(axis=1) - n_s).max() <= slack + 1e-5
        if "loss" in arguments:
            continue
        for code, (machine, s) in enumerate(zip(model.svm_.machines, model.weights_, strict=True)):
            assert_stationary(Xs @ Xs.T, np.where(codes == code, 1, -1), s, machine, 1e-8)


@pytest.mark.parametrize(
    "arguments", [{"lam": 0}, {"sigma": 0}, {"upper": 0}, {"C": 0}, {"start": "zeros"}]
)
def test_out_of_range(arguments):
    Xs, codes, Xt = domains()
    with pytest.raises(ValueError, match="parameter of STM must be"):
        STM(**arguments).fit(Xs, codes, Xt)
