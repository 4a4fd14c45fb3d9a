"""STM: the squared-hinge machine, the alternation and its limits, degenerate input."""

import numpy as np
import pytest
from degenerate_input import DEGENERATE, degenerate, domains
from scipy.optimize import minimize
from sklearn.metrics.pairwise import rbf_kernel

from cdmer_lib.experiments import sweep
from cdmer_lib.methods import STM
from cdmer_lib.report import published_cells
from cdmer_lib.selection import best_on_target
from cdmer_lib.solvers.density_ratio import kmm, mean_matching
from cdmer_lib.solvers.selective_transfer import alternation, matching_kernels
from cdmer_lib.solvers.squared_hinge import EarlyStoppedSVM, SquaredHingeSVM

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


@pytest.mark.parametrize("scale", [1e-3, 1.0, 1e3])
def test_a_machine_of_many_samples_is_stationary(scale):
    X, y, c = binary(14, n=160)
    assert_stationary(X @ X.T, y, scale * c, SquaredHingeSVM(X @ X.T, y, scale * c))


# --- the machine that stops early ---------------------------------------------------------------


def released_primal(X, y, s, C, tol=1e-6):
    """The same steps with a vector w and an offset in place of a kernel, as they are described."""
    X1 = np.c_[X, np.ones(len(X))]
    free = np.r_[np.ones(X.shape[1]), 0]
    w = np.zeros(X1.shape[1])
    p = g = X1.T @ y
    for step in range(1, 20 * len(y) + 1):
        q, f = X1 @ p, X1 @ w
        t = (s @ (y * q * (1 - y * f)) - (free * w) @ p / C) / (s @ q**2 + (free * p) @ p / C)
        w = w + t * p
        hinge = np.maximum(0, 1 - y * (X1 @ w))
        objective = (free * w) @ w / (2 * C) + s @ hinge**2 / 2
        if t * (p @ g) < tol * objective:
            break
        new = X1.T @ (s * y * hinge) - free * w / C
        p, g = (new @ new) / (g @ g) * p + new, new
    return w, objective, step


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("C", [1.0, 0.1, 10.0])
def test_early_stopped_machine_against_the_primal(seed, C):
    X, y, s = binary(seed)
    w, objective, steps = released_primal(X, y, s, C)
    machine = EarlyStoppedSVM(X @ X.T, y, s, C)
    assert machine.n_steps == steps
    np.testing.assert_allclose(X.T @ machine.beta, w[:-1], atol=1e-9)
    assert machine.b == pytest.approx(w[-1], abs=1e-9)
    assert machine.objective == pytest.approx(objective)
    np.testing.assert_allclose(machine.xi, np.maximum(0, 1 - y * (X @ w[:-1] + w[-1])) ** 2)


@pytest.mark.parametrize("C", [1.0, 0.1, 10.0])
def test_both_machines_measure_the_same_objective(C):
    X, y, s = binary(15)
    exact = SquaredHingeSVM(X @ X.T, y, C * s / 2)
    early = EarlyStoppedSVM(X @ X.T, y, s, C)
    assert early.objective >= exact.objective / C - 1e-12


def test_without_data_there_is_nothing_to_do():
    machine = EarlyStoppedSVM(np.zeros((4, 4)), np.array([1, -1, 1, -1]), np.ones(4))
    assert not machine.beta.any() and machine.b == 0


# --- the alternation --------------------------------------------------------------------------


def machines(solver):
    return STM(solver=solver)._machine


def test_matching_kernels():
    Xs, _, Xt = domains(20)
    G, kappa = matching_kernels(Xs, Xt)
    squares = ((Xs[:, None] - Xs) ** 2).sum(-1)
    expected = np.exp(-squares / np.sqrt(np.median(squares))) + 1e-10 * np.eye(len(Xs))
    np.testing.assert_allclose(G, expected)
    squares = ((Xs[:, None] - Xt) ** 2).sum(-1)
    near = np.exp(-squares / np.sqrt(np.median(squares)))
    np.testing.assert_allclose(kappa, len(Xs) / len(Xt) * near.sum(axis=1))


@pytest.mark.parametrize("lam", [0.01, 1.0, 100.0])
@pytest.mark.parametrize("seed", [20, 21])
def test_no_half_step_increases_the_joint_objective(lam, seed):
    """With machines at their minimum; the estimator ends with the last weights and machine."""
    Xs, codes, Xt = domains(seed, n_s=12)
    y, K, n_s = np.where(codes == 1, 1, -1), Xs @ Xs.T, 12
    G, kappa = matching_kernels(Xs, Xt)
    values, machine, s_before = [], None, None
    for s, trained, _ in alternation(K, y, G, kappa, lam, machines("exact")):
        assert s.min() >= 0 and abs(s.sum() - n_s) <= n_s - np.sqrt(n_s) + 1e-6
        matching = lam * (s @ G @ s / 2 - kappa @ s)
        if machine is not None:
            norm = machine.objective - s_before @ machine.xi / 2
            values.append(norm + s @ machine.xi / 2 + matching)
        machine, s_before = trained, s
        values.append(machine.objective + matching)
    assert (np.diff(values) <= 1e-6 * np.abs(values).max()).all()
    model = STM(lam, solver="exact").fit(Xs, codes, Xt)
    np.testing.assert_allclose(model.weights_[1], s, atol=1e-9)
    X = domains(seed + 1, n_t=20)[2]
    np.testing.assert_allclose(
        model.svm_.machines[1].decision_function(X @ Xs.T), machine.decision_function(X @ Xs.T)
    )


@pytest.mark.parametrize("solver", ["released", "exact"])
def test_the_alternation_stops_as_the_public_code_does(solver):
    """A second pass at least; the first whose gain is below 1e-4 of the first value is the last."""
    Xs, codes, Xt = domains(22, n_s=20)
    K, y, kernels = Xs @ Xs.T, np.where(codes == 0, 1, -1), matching_kernels(Xs, Xt)
    passes = list(alternation(K, y, *kernels, 1.0, machines(solver)))
    values = np.array([value for *_, value in passes])
    small = -np.diff(values) < 1e-4 * abs(values[0])
    assert len(values) >= 2 and small[-1] and not small[:-1].any()
    np.testing.assert_array_equal(passes[0][0], mean_matching(kernels[0], -kernels[1]))
    assert STM(1.0, solver).fit(Xs, codes, Xt).n_passes_[0] == len(passes)
    shorter = list(alternation(K, y, *kernels, 1.0, machines(solver), max_passes=1))
    assert len(shorter) == 1


def test_what_a_solver_leaves_of_a_zero_weight_is_zero():
    """A sample that no target sample is near, and one that all are near: the first has weight 0."""
    Xs, _, Xt = domains(23, n_s=30, n_t=30)
    Xs[::2] += 9
    s = kmm(rbf_kernel(Xs, gamma=0.5), rbf_kernel(Xs, Xt, 0.5))
    assert not s[::2].any() and s[1::2].any()
    assert s[s > 0].min() >= 1e-9 * s.max()


def test_machines_of_one_class_are_tied_exactly_and_the_class_order_decides():
    """At a small lam each exact machine has all its weight on the rest and says -1 to everybody."""
    Xs, codes, Xt = domains(26, n_s=30, n_t=10)
    model = STM(1e-6, solver="exact").fit(Xs, codes, Xt)
    own = codes == np.arange(3)[:, None]
    assert not model.weights_[own].any()
    np.testing.assert_array_equal(model.class_scores(Xt), -1)
    np.testing.assert_array_equal(model.predict(Xt), codes[0])


@pytest.mark.parametrize("solver", ["released", "exact"])
def test_a_large_lam_gives_the_weights_of_mean_matching(solver):
    Xs, codes, Xt = domains(22)
    G, kappa = matching_kernels(Xs, Xt)
    model = STM(1e9, solver).fit(Xs, codes, Xt)
    expected = mean_matching(G, -kappa)
    np.testing.assert_allclose(model.weights_, np.tile(expected, (3, 1)), atol=1e-5)
    assert np.ptp(expected) > 0.1


@pytest.mark.parametrize("solver", ["released", "exact"])
def test_predict_grid_is_fit_and_predict(solver):
    Xs, codes, Xt = domains(24, n_s=15, n_t=30)
    points = [{"lam": lam} for lam in (0.001, 0.1, 1.0, 10.0, 1e4)]
    for index, labels, _ in STM(solver=solver).predict_grid(Xs, codes, Xt, points):
        one = STM(**points[index], solver=solver).fit(Xs, codes, Xt)
        np.testing.assert_array_equal(labels, one.predict(Xt))


def test_permuted_target_and_features():
    Xs, codes, Xt = domains(25)
    rng = np.random.default_rng(25)
    rows, columns = rng.permutation(len(Xt)), rng.permutation(6)
    model = STM(solver="exact").fit(Xs, codes, Xt)
    moved = STM(solver="exact").fit(Xs[:, columns], codes, Xt[rows][:, columns])
    np.testing.assert_allclose(moved.weights_, model.weights_, atol=1e-5)


@pytest.mark.parametrize("how", DEGENERATE)
@pytest.mark.parametrize("lam", [0.001, 1.0, 1e4])
@pytest.mark.parametrize("solver", ["released", "exact"])
def test_degenerate_input(how, lam, solver):
    Xs, codes, Xt = degenerate(how)
    n_s = len(Xs)
    model = STM(lam, solver).fit(Xs, codes, Xt)
    assert set(model.predict(Xt)) <= set(codes)
    assert model.weights_.min() >= 0
    assert np.abs(model.weights_.sum(axis=1) - n_s).max() <= n_s - np.sqrt(n_s) + 1e-5
    if solver == "exact":
        for code, (machine, s) in enumerate(zip(model.svm_.machines, model.weights_, strict=True)):
            assert_stationary(Xs @ Xs.T, np.where(codes == code, 1, -1), s / 2, machine, 1e-8)


@pytest.mark.parametrize("arguments", [{"lam": 0}, {"upper": 0}, {"C": 0}, {"solver": "newton"}])
def test_out_of_range(arguments):
    Xs, codes, Xt = domains()
    with pytest.raises(ValueError, match="parameter of STM must be"):
        STM(**arguments).fit(Xs, codes, Xt)


# --- the printed row ----------------------------------------------------------------------------

# Best of the printed grid on the target. Paper A, Tables III and IV, prints the same on four tasks;
# on V->N it has .6427 / 67.61 and on N->C .3850 / 41.54.
FOUND = {
    5: (0.6559, 69.01), 6: (0.6922, 70.42), 9: (0.4051, 52.11), 10: (0.2715, 30.0),
    11: (0.3523, 42.25), 12: (0.3908, 41.54),
}  # fmt: skip


@pytest.mark.parametrize("task", FOUND)
def test_published_row(task_data, task):
    data = {database.name: database for database in task_data(task)}
    best = best_on_target(sweep("STM", task, data=data, progress=False))
    assert (round(best["mean_f1"], 4), round(100 * best["accuracy"], 2)) == FOUND[task]
    cell = published_cells("A", method="STM").set_index("experiment").loc[str(task)]
    same = FOUND[task] == (cell["mean_f1"], cell["accuracy_percent"])
    assert same == (task not in (5, 12))
