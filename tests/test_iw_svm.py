"""IW-SVM: weighted machines against unweighted ones, special cases, degenerate input."""

import numpy as np
import pytest
from degenerate_input import DEGENERATE, degenerate, domains
from iw_svm_conventions import left_out
from sklearn.metrics.pairwise import rbf_kernel
from sklearn.svm import SVC

from cdmer_lib.methods import IWSVM, SVM
from cdmer_lib.solvers.density_ratio import kliep, kmm, ulsif
from cdmer_lib.solvers.gram_svm import gram_svm

pytestmark = pytest.mark.filterwarnings("error")

STRATEGIES = ["ovo", "ovr"]


def overlapping(seed, n=24):
    """Three classes that no plane separates, some weights, and many new rows."""
    rng = np.random.default_rng(seed)
    codes = np.arange(n) % 3
    X = rng.normal(size=(n, 3)) + np.eye(3)[codes]
    return X, codes, rng.exponential(size=n), rng.normal(size=(300, 3))


def decisions(svm, K):
    """Decision values, whatever the strategy."""
    if hasattr(svm, "machines"):
        return np.array([machine.decision_function(K) for machine in svm.machines]).T
    return svm.decision_function(K)


# --- the weighted machine ---------------------------------------------------------------------


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_weights_of_one_are_the_plain_svm(strategy):
    X, codes, _, new = overlapping(0)
    weighted = gram_svm(X @ X.T, codes, 1.0, strategy, np.ones(24)).predict(new @ X.T)
    plain = SVM(strategy=strategy).fit(X, codes).predict(new)
    np.testing.assert_array_equal(weighted, plain)


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_a_sample_twice_is_a_doubled_weight(strategy):
    X, codes, _, new = overlapping(1)
    twice = np.r_[:24, 3, 4, 5, 3]
    weights = np.ones(24)
    weights[3:6] = 3, 2, 2
    repeated = gram_svm(X[twice] @ X[twice].T, codes[twice], 1.0, strategy)
    weighted = gram_svm(X @ X.T, codes, 1.0, strategy, weights)
    expected = decisions(repeated, new @ X[twice].T)
    np.testing.assert_allclose(decisions(weighted, new @ X.T), expected, atol=2e-2)


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_a_sample_without_weight_does_not_count(strategy):
    X, codes, weights, new = overlapping(2)
    weights[5:12] = 0
    kept = weights > 0
    fewer = gram_svm(X[kept] @ X[kept].T, codes[kept], 1.0, strategy, weights[kept])
    weighted = gram_svm(X @ X.T, codes, 1.0, strategy, weights)
    expected = decisions(fewer, new @ X[kept].T)
    np.testing.assert_allclose(decisions(weighted, new @ X.T), expected, atol=1e-2)


@pytest.mark.parametrize("C", [0.1, 3.0])
def test_binary_machine_is_optimal(C):
    """min ||v||^2 / 2 + C sum w_i hinge_i: the dual's conditions, sample by sample."""
    X, codes, weights, _ = overlapping(3)
    y = np.where(codes == 1, 1, -1)
    svm = gram_svm(X @ X.T, y + 1, C, weights=weights)  # codes 0 and 2
    margin = y * svm.decision_function(X @ X.T)
    alpha = np.zeros(24)
    alpha[svm.svm.support_] = np.abs(svm.svm.dual_coef_[0])
    assert alpha @ y == pytest.approx(0, abs=1e-9)
    assert (alpha <= C * weights * (1 + 1e-9)).all()
    assert (margin[alpha < C * weights * (1 - 1e-9)] >= 1 - 2e-3).all()
    assert (margin[alpha > 0] <= 1 + 2e-3).all()


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_a_class_without_weight_is_never_predicted_one_vs_one(strategy):
    X, codes, weights, new = overlapping(4)
    weights[codes == 1] = 0
    svm = gram_svm(X @ X.T, codes, 1.0, strategy, weights)
    predicted = svm.predict(new @ X.T)
    kept = codes != 1
    without = SVC(kernel="linear").fit(X[kept], codes[kept], weights[kept]).predict(new)
    if strategy == "ovo":
        np.testing.assert_array_equal(predicted, without)
    else:  # its machine says -1 throughout: it wins only where both others are below that
        assert set(predicted) <= {0, 1, 2}
        scores = decisions(svm, new @ X.T)
        np.testing.assert_array_equal(scores[:, 1], -1)
        np.testing.assert_array_equal(predicted == 1, (scores[:, [0, 2]] < -1).all(axis=1))


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_a_single_class_with_weight_is_always_predicted(strategy):
    X, codes, weights, new = overlapping(5)
    weights[codes != 2] = 0
    assert set(gram_svm(X @ X.T, codes, 1.0, strategy, weights).predict(new @ X.T)) == {2}


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_no_weights_at_all_predict_the_first_class(strategy):
    X, codes, _, new = overlapping(6)
    assert set(gram_svm(X @ X.T, codes, 1.0, strategy, np.zeros(24)).predict(new @ X.T)) == {0}


# --- the estimator ----------------------------------------------------------------------------


@pytest.mark.parametrize("sigma", [None, 1.0])
@pytest.mark.parametrize("ratio", ["uLSIF", "KMM", "KLIEP"])
def test_weights_are_those_of_the_estimator(ratio, sigma):
    Xs, codes, Xt = domains(7)

    def kernel(A, B):
        return A @ B.T if sigma is None else rbf_kernel(A, B, 1 / (2 * sigma**2))

    Phi_s, Phi_t = kernel(Xs, Xt), kernel(Xt, Xt)
    expected = {
        "uLSIF": lambda: ulsif(Phi_s, Phi_t, 2.0),
        "KMM": lambda: kmm(kernel(Xs, Xs), Phi_s),
        "KLIEP": lambda: kliep(Phi_s, Phi_t),
    }[ratio]()
    model = IWSVM(2.0, ratio, sigma).fit(Xs, codes, Xt)
    np.testing.assert_allclose(model.weights_, expected, rtol=1e-9, atol=1e-12)
    svm = gram_svm(Xs @ Xs.T, codes, 1.0, "ovr", expected)
    np.testing.assert_array_equal(model.predict(Xt), svm.predict(Xt @ Xs.T))
    scaled = IWSVM(2.0, ratio, sigma, scaled=True).fit(Xs, codes, Xt).weights_
    np.testing.assert_allclose(scaled, expected / expected.mean())


def test_scale_of_the_weights_is_a_penalty():
    Xs, codes, Xt = domains(8)
    model, scaled = IWSVM(5.0).fit(Xs, codes, Xt), IWSVM(5.0, scaled=True)
    scaled.set_params(C=model.weights_.mean()).fit(Xs, codes, Xt)
    X = domains(9, n_t=60)[2]
    np.testing.assert_array_equal(scaled.predict(X), model.predict(X))


@pytest.mark.parametrize("ratio", ["uLSIF", "KMM", "KLIEP"])
def test_predict_grid_is_fit_and_predict(ratio):
    Xs, codes, Xt = domains(10, n_s=21, n_t=30)
    points = [{"lam": lam} for lam in (0.01, 0.1, 1.0, 10.0, 1e3, 1e5)]
    model = IWSVM(ratio=ratio, sigma=1.0)
    found = {i: labels for i, labels, _ in model.predict_grid(Xs, codes, Xt, points)}
    assert list(found) == list(range(6))
    for index, point in enumerate(points):
        single = IWSVM(ratio=ratio, sigma=1.0, **point).fit(Xs, codes, Xt).predict(Xt)
        np.testing.assert_array_equal(found[index], single)


@pytest.mark.parametrize("how", DEGENERATE)
@pytest.mark.parametrize("ratio", ["uLSIF", "KMM", "KLIEP"])
@pytest.mark.parametrize("sigma", [None, 1.0])
def test_degenerate_input(how, ratio, sigma):
    Xs, codes, Xt = degenerate(how)
    for scaled in (False, True):
        model = IWSVM(ratio=ratio, sigma=sigma, scaled=scaled)
        if (
            how == "all zeros"
            and sigma is None
            and (ratio == "KLIEP" or (scaled and ratio != "KMM"))
        ):
            with pytest.raises(ValueError, match="or a wider"):
                model.fit(Xs, codes, Xt)
            continue
        model.fit(Xs, codes, Xt)
        assert np.isfinite(model.weights_).all() and model.weights_.min() >= 0
        assert set(model.predict(Xt)) <= set(codes)


@pytest.mark.parametrize(
    "arguments", [{"lam": 0}, {"C": 0}, {"sigma": 0}, {"ratio": "RuLSIF"}, {"strategy": "all"}]
)
def test_out_of_range(arguments):
    Xs, codes, Xt = domains()
    with pytest.raises(ValueError, match="parameter of IWSVM must be"):
        IWSVM(**arguments).fit(Xs, codes, Xt)


def test_the_width_left_out_in_closed_form():
    """Leaving one pair out by a rank-one update equals fitting without it (Kanamori et al.)."""
    rng = np.random.default_rng(0)
    far, near = rng.random((7, 4)), rng.random((5, 4))
    lam = np.array([0.01, 1.0])
    scores = []
    for a in lam:
        losses = []
        for i in range(5):
            X, Y = np.delete(far, i, axis=0), np.delete(near, i, axis=0)
            alpha = np.linalg.solve(X.T @ X / len(X) + a * np.eye(4), Y.mean(axis=0))
            alpha = np.maximum(alpha, 0)
            losses.append((far[i] @ alpha) ** 2 / 2 - near[i] @ alpha)
        scores.append(np.mean(losses))
    np.testing.assert_allclose(left_out(far, near, lam), scores, rtol=1e-10)
