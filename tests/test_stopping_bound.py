"""The page "Could the iterations stop earlier?": an error never grows, and what follows from it.

For TSRG, DRFS-T and DRLS, whose iteration is that of ``rstr_plain`` and ``Regenerator``; for TGSR
the same does not hold.
"""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cdmer_lib.solvers.plain import movement_bound, rstr_plain
from cdmer_lib.solvers.proximal import shrink_factors, soft_threshold
from cdmer_lib.solvers.regeneration import Regenerator

PROBLEMS = {
    "seed": st.integers(0, 2**32 - 1),
    "shape": st.tuples(st.integers(1, 5), st.integers(1, 10), st.integers(1, 8)),
    "lam": st.sampled_from([0.0, 0.1, 10.0, 1e3]),
    "mu": st.sampled_from([1e-3, 0.1, 1.0, 10.0]),
    "rho": st.sampled_from([1.03, 1.1, 1.5, 3.0]),
}
a_problem = given(**PROBLEMS)
few = settings(max_examples=40, deadline=None, derandomize=True)


def problem(seed, shape, lam):
    """B (D, m), K (n, m), k (n,), and what the iteration needs of them: G (n, n) and R (n, D)."""
    D, n, m = shape
    rng = np.random.default_rng(seed)
    B, K, k = rng.normal(size=(D, m)), rng.normal(size=(n, m)), rng.normal(size=n)
    return rng, (B, K, k), K @ K.T + lam * np.outer(k, k), K @ B.T


def iterate(G, R, mu, rho, tol=1e-12, P=1.0, T=1.0, kappa=1e-3):
    """Algorithm 1 of paper A from any start: W = Q - T/kappa, P, T and kappa of each iteration."""
    P, T = P * np.ones_like(R), T * np.ones_like(R)
    run, gap = [], np.inf
    while gap >= tol:
        Q = np.linalg.solve(G + kappa / 2 * np.eye(len(G)), R + (T + kappa * P) / 2)
        W = Q - T / kappa
        P = soft_threshold(W, mu / kappa)
        T, gap = T + kappa * (P - Q), np.abs(P - Q).max()
        run.append((W, P, T, kappa))
        kappa *= rho
    return run


def lengths(A):
    return np.linalg.norm(A, axis=0)


@few
@a_problem
def test_the_iteration_is_that_of_both_solvers(seed, shape, lam, mu, rho):
    _, (B, K, k), G, R = problem(seed, shape, lam)
    run = iterate(G, R, mu, rho, tol=1e-8)
    slow, n_slow = rstr_plain(B, K, k, lam, mu, rho=rho)
    fast, n_fast = Regenerator(K, k, lam).solve(B, mu, rho=rho)
    assert n_slow == n_fast == len(run)
    np.testing.assert_allclose(run[-1][1], slow, atol=1e-12)
    np.testing.assert_allclose(run[-1][1], fast, atol=1e-5)


@few
@a_problem
def test_the_distance_of_two_runs_never_grows(seed, shape, lam, mu, rho):
    rng, _, G, R = problem(seed, shape, lam)
    starts = [{"P": rng.normal(size=R.shape), "T": rng.normal(size=R.shape)} for _ in range(2)]
    here, there = (iterate(G, R, mu, rho, **start) for start in starts)
    apart = [lengths(one[0] - other[0]) for one, other in zip(here, there, strict=False)]
    size = max(1, np.abs(here[0][0]).max(), np.abs(there[0][0]).max())
    assert (np.diff(apart, axis=0) <= 1e-12 * size).all()


@few
@a_problem
def test_the_bound_is_never_below_what_moves(seed, shape, lam, mu, rho):
    """Not the distance to the end alone: that to each later iterate."""
    _, _, G, R = problem(seed, shape, lam)
    run = iterate(G, R, mu, rho)
    all_P = np.array([P for _, P, _, _ in run])
    for i in range(0, len(run), max(1, len(run) // 40)):
        _, P, T, kappa = run[i]
        bound = movement_bound(G, R, P, T, kappa, rho)
        assert (np.linalg.norm(all_P[i:] - P, axis=1) <= bound + 1e-10).all()
        # the sum of the page's inequality is below its right side, however many terms are taken
        right = 2 / kappa / (rho - 1) * lengths(R + T / 2 - G @ P)
        assert (bound <= right * (1 + 1e-9)).all()
        assert (bound <= movement_bound(G, R, P, T, kappa, rho, n=5) * (1 + 1e-9)).all()


def stop(run, G, R, rho, Kt, differences, b):
    """The first iteration at which no sign of Kt'P w + b can change any more, and the values."""
    for i, (_, P, T, kappa) in enumerate(run):
        bound = movement_bound(G, R, P, T, kappa, rho)
        values = Kt.T @ P @ differences + b
        if (np.abs(values) > np.outer(lengths(Kt), bound @ np.abs(differences))).all():
            return i, values
    return len(run) - 1, values


def machines(rng, D):
    """Three machines as in TSRG (w, b), and all pairs of columns: the largest entry of P'k(x)."""
    pairs = [np.eye(D)[i] - np.eye(D)[j] for i in range(D) for j in range(i)]
    trained = rng.normal(size=(D, 3)), rng.normal(size=3)
    return [trained, (np.array(pairs).T, 0.0)] if pairs else [trained]


@few
@a_problem
def test_stopped_by_the_bound_no_label_is_another(seed, shape, lam, mu, rho):
    rng, _, G, R = problem(seed, shape, lam)
    run, Kt = iterate(G, R, mu, rho), rng.normal(size=(len(G), 6))
    for w, b in machines(rng, R.shape[1]):
        _, values = stop(run, G, R, rho, Kt, w, b)
        np.testing.assert_array_equal(np.sign(values), np.sign(Kt.T @ run[-1][1] @ w + b))


def test_small_problems_are_stopped_early():
    """So the test before says something; of the papers' features it stops none."""
    saved = []
    for seed in range(10):
        rng, _, G, R = problem(seed, (3, 8, 5), 1.0)
        run, Kt = iterate(G, R, 0.1, 1.1), rng.normal(size=(8, 6))
        saved += [1 - stop(run, G, R, 1.1, Kt, *one)[0] / len(run) for one in machines(rng, 3)]
    assert np.median(saved) > 0.5


# --- TGSR ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("kappa", [1, 2, 5])
def test_the_shrinkage_of_tgsr_enlarges_a_distance(kappa):
    """By sqrt(kappa + 1): its threshold is a norm, which the error moves too."""
    one = np.r_[np.ones(kappa), 0.0]
    other = one + 1e-3 * np.r_[-np.ones(kappa), kappa] / np.sqrt(kappa + kappa**2)
    C = [shrink_factors(np.abs(W), kappa) * W for W in (one, other)]
    ratio = np.linalg.norm(C[1] - C[0]) / np.linalg.norm(other - one)
    assert ratio == pytest.approx(np.sqrt(kappa + 1))
