"""Label-free criteria: bounds, invariances, values worked out by hand."""

import numpy as np
import pytest
from scipy.special import softmax

from cdmer_lib.experiments.criteria import (
    CRITERIA,
    diversity,
    entropy,
    neighbourhood_density,
)
from cdmer_lib.experiments.sweep import solve_batch
from cdmer_lib.methods.base import DomainAdapter

SCORES = np.random.default_rng(0).normal(size=(11, 3)) * 3


def test_entropy_and_diversity_by_hand():
    P = softmax(SCORES, axis=1)
    rows = [-sum(p * np.log(p) for p in row) for row in P]
    assert entropy(SCORES) == pytest.approx(np.mean(rows))
    mean = P.mean(axis=0)
    assert diversity(SCORES) == pytest.approx(-sum(p * np.log(p) for p in mean))
    assert entropy(SCORES) <= diversity(SCORES) <= np.log(3)  # the mutual information is >= 0


def test_extremes():
    even, sure = np.zeros((6, 3)), np.eye(3)[[0, 1, 2, 0, 1, 2]] * 1e4
    assert entropy(even) == pytest.approx(np.log(3)) == diversity(even) == diversity(sure)
    assert entropy(sure) == 0
    assert diversity(sure[[0, 0, 3]]) == 0  # all samples in one class
    # each sample has one twin and all else at a cosine of 0
    assert neighbourhood_density(sure) == pytest.approx(0, abs=1e-6)
    # n equal predictions: each sees n - 1 neighbours alike
    assert neighbourhood_density(even) == pytest.approx(np.log(5))
    assert neighbourhood_density(even[:1]) == 0


def test_density_by_the_definition():
    P = softmax(SCORES, axis=1)
    P /= np.linalg.norm(P, axis=1, keepdims=True)
    found = []
    for i in range(len(P)):
        similar = softmax([P[i] @ P[j] / 0.05 for j in range(len(P)) if j != i])
        found.append(-(similar * np.log(similar)).sum())
    assert neighbourhood_density(SCORES) == pytest.approx(np.mean(found))


@pytest.mark.parametrize("name", CRITERIA)
def test_order_of_samples_and_classes_and_a_common_offset_do_not_matter(name):
    criterion, rng = CRITERIA[name], np.random.default_rng(1)
    value = criterion(SCORES)
    assert criterion(SCORES[rng.permutation(11)]) == pytest.approx(value)
    assert criterion(SCORES[:, [2, 0, 1]]) == pytest.approx(value)
    assert criterion(SCORES + rng.normal(size=(11, 1))) == pytest.approx(value)
    assert np.isfinite(criterion(SCORES * 1e5))


class NearestMean(DomainAdapter):
    """A method as a user writes it: labels, and no decision values."""

    _parameter_constraints = {}

    def _fit(self, Xs, codes, Xt):
        self.means_ = np.array([Xs[codes == c].mean(axis=0) for c in range(codes.max() + 1)])

    def _decide(self, X):
        return ((X[:, None] - self.means_) ** 2).sum(axis=2).argmin(axis=1)


class NearestMeanWithScores(NearestMean):
    def _scores(self, X):
        return -((X[:, None] - self.means_) ** 2).sum(axis=2)


@pytest.mark.parametrize("method", [NearestMean, NearestMeanWithScores])
def test_criteria_are_recorded_where_a_method_has_decision_values(method):
    rng = np.random.default_rng(0)
    X, y = rng.standard_normal((12, 4)), np.tile([1, 2, 3], 4)
    table = solve_batch(method(), X, y, X, y, np.unique(y), [{}, {}])
    assert len(table["predicted"]) == 2
    assert set(CRITERIA) <= set(table) or method is NearestMean
    assert not set(CRITERIA) & set(table) or method is NearestMeanWithScores
