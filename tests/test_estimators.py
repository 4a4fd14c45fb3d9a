"""The estimator contract: scikit-learn's own checks on every entry of METHODS."""

from sklearn.utils.estimator_checks import parametrize_with_checks

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
