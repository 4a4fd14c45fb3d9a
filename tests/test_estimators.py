"""The estimator contract: scikit-learn's own checks on every entry of METHODS, and bad input."""

import numpy as np
import pandas as pd
import pytest
from sklearn import config_context
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.estimator_checks import parametrize_with_checks

from cdmer_lib.errors import InvalidInput
from cdmer_lib.methods import METHODS

# What a small, blockless test set needs to be told.
TEST_ARGUMENTS = {
    "IW-SVM": {"sigma": 10.0},  # a linear kernel of centred features takes both signs
    "RSTR": {"blocks": 1},
    "TKL": {"d": 20},  # the default of 200 takes ten seconds a check
    "TGSR": {"kappa": 1, "blocks": 1},
}


@parametrize_with_checks([cls(**TEST_ARGUMENTS.get(name, {})) for name, cls in METHODS.items()])
def test_scikit_learn_checks(estimator, check):
    check(estimator)


# --- input: each door has the same checks, for every method ------------------------------------


@pytest.fixture
def domains():
    """Source, labels and target of 85 named columns, the source separable."""
    rng = np.random.default_rng(0)
    names, ys = [f"f{i}" for i in range(85)], np.arange(30) % 3
    Xs, Xt = rng.random((30, 85)), rng.random((28, 85)) + 0.2
    Xs[:, :3] += np.eye(3)[ys]
    return pd.DataFrame(Xs, columns=names), ys, pd.DataFrame(Xt, columns=names)


each_method = pytest.mark.parametrize("method", METHODS.values(), ids=METHODS)


@each_method
def test_target_columns_in_another_order_are_refused(domains, method):
    S, ys, T = domains
    other = T[T.columns[::-1]]
    model = method()
    for refused in (
        lambda: model.fit(S, ys, other),
        lambda: list(model.predict_grid(S, ys, other, [{}])),
        lambda: list(model.predict_grid(S, ys, T, [{}], X=other)),
        lambda: model.fit(S, ys, T).predict(other),
    ):
        with pytest.raises(InvalidInput, match="feature names should match"):
            refused()


@each_method
def test_rows_to_label_are_checked(domains, method):
    S, ys, T = (np.asarray(part) for part in domains)
    bad = T.copy()
    bad[3, 4] = np.nan
    model = method()
    for X, message in ((bad, "contains NaN"), (T[:, :80], "80 features"), (T[0], "2D array")):
        with pytest.raises(InvalidInput, match=message):
            list(model.predict_grid(S, ys, T, [{}], X=X))
    (whole,) = (labels for _, labels, _ in model.predict_grid(S, ys, T, [{}]))
    (part,) = (labels for _, labels, _ in model.predict_grid(S, ys, T, [{}], X=T[:5]))
    np.testing.assert_array_equal(part, whole[:5])


@each_method
def test_numbers_whose_products_overflow_are_refused(domains, method):
    S, ys, T = (np.asarray(part) for part in domains)
    for Xs, Xt in ((1e154 * S, T), (S, 1e154 * T)):
        with pytest.raises(InvalidInput, match=r"expected entries of X. of at most 1e"):
            method().fit(Xs, ys, Xt)


@each_method
def test_labels_twice_are_refused(domains, method):
    S, ys, T = domains
    with pytest.raises(InvalidInput, match="once, found both y and ys"):
        method().fit(S, ys, T, ys=ys)


@each_method
def test_true_is_no_number(domains, method):
    S, ys, T = domains
    constraints = method._parameter_constraints
    numbers = [name for name in method().get_params() if "boolean" not in constraints[name]]
    for name in numbers:
        with pytest.raises(InvalidInput, match=f"'{name}' of {method.__name__} as number"):
            method(**{name: True}).fit(S, ys, T)


def test_a_width_whose_square_is_zero_is_refused(domains):
    with pytest.raises(InvalidInput, match="'sigma'"):
        METHODS["IW-SVM"](sigma=1e-300).fit(*domains)


def test_features_for_which_the_tolerance_of_tgsr_is_no_tolerance(domains):
    S, ys, T = (np.asarray(part) for part in domains)
    with pytest.raises(InvalidInput, match="the iteration would stop at once"):
        METHODS["TGSR"]().fit(1e10 * S, ys, 1e10 * T)
    METHODS["TGSR"](tol=1e-18).fit(1e10 * S, ys, 1e10 * T)


def test_a_pipeline_scales_the_target_too(domains):
    """With metadata routing, the target goes through the steps before the method."""
    S, ys, T = (np.asarray(part) for part in domains)
    scale, T = StandardScaler().fit(S), 40 * T + 5
    right = METHODS["TCA"]().fit(scale.transform(S), ys, scale.transform(T))
    with config_context(enable_metadata_routing=True):
        method = METHODS["TCA"]().set_fit_request(Xt=True)
        model = Pipeline([("scale", StandardScaler()), ("tca", method)], transform_input=["Xt"])
        found = model.fit(S, ys, Xt=T).predict(T)
    np.testing.assert_array_equal(found, right.predict(scale.transform(T)))
