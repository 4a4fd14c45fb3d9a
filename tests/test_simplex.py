"""Equation (14) of paper B: the projection onto the simplex."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays
from scipy.optimize import brentq

from cdmer_lib.solvers.simplex import project_simplex

ROWS = arrays(
    float, array_shapes(min_dims=2, max_dims=2, max_side=6), elements=st.floats(-100, 100)
)


def slow_projection(z):
    """The number that is subtracted from all entries, found as the root of sum - 1."""
    theta = brentq(
        lambda t: np.maximum(z - t, 0).sum() - 1, z.min() - 2, z.max(), xtol=1e-14, rtol=1e-15
    )
    return np.maximum(z - theta, 0)


@given(ROWS)
def test_against_bisection(Z):
    np.testing.assert_allclose(project_simplex(Z), [slow_projection(z) for z in Z], atol=1e-12)


@given(ROWS)
def test_on_the_simplex(Z):
    L = project_simplex(Z)
    assert L.shape == Z.shape and L.min() >= 0
    np.testing.assert_allclose(L.sum(axis=1), 1, atol=1e-12)
    np.testing.assert_allclose(project_simplex(L), L, atol=1e-12)


@given(ROWS)
def test_the_largest_entry_stays_the_largest(Z):
    chosen = project_simplex(Z)[np.arange(len(Z)), Z.argmax(axis=1)]
    assert np.array_equal(chosen, project_simplex(Z).max(axis=1))


@given(ROWS, st.integers(0, 2**32 - 1))
def test_optimality(Z, seed):
    """(z - p)'(v - p) <= 0 for every v of the simplex: the projection p is the nearest point."""
    L = project_simplex(Z)
    V = np.random.default_rng(seed).dirichlet(np.ones(Z.shape[1]), size=20)
    assert max(((V - row) @ (z - row)).max() for z, row in zip(Z, L, strict=True)) <= 1e-9


@pytest.mark.parametrize(
    ("z", "expected"),
    [
        ([7.0], [1.0]),
        ([0.2, 0.3, 0.5], [0.2, 0.3, 0.5]),
        ([0.0, 0.0, 0.0, 0.0], [0.25, 0.25, 0.25, 0.25]),
        ([2.0, 2.0, -5.0], [0.5, 0.5, 0.0]),
        ([9.0, 0.0, 0.0], [1.0, 0.0, 0.0]),
    ],
)
def test_special_cases(z, expected):
    np.testing.assert_allclose(project_simplex(np.array([z])), [expected], atol=1e-15)
