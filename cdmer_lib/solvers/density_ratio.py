"""Importance weights: the density ratio target / source at the source samples, three estimators.

Each takes kernel matrices, so that any kernel serves. Sources: KMM, Huang et al., NIPS 2006;
uLSIF, Kanamori et al., JMLR 2009; KLIEP, Sugiyama et al., AISM 2008.
"""

import daqp
import numpy as np

from ..errors import InvalidInput

DUST = 1e-9  # of the largest weight: what a solver leaves where 0 is meant


def mean_matching(K, f, *, upper=1000.0, slack=None):
    """min_s s'Ks / 2 + f's over 0 <= s_i <= upper with ``|sum s - n| <= n slack``: s (n,).

    The quadratic programme of KMM, and of STM with its loss in f (n,). K (n, n) is positive
    semi-definite; ``slack=None`` means (sqrt(n) - 1) / sqrt(n). Weights below 1e-9 of the largest
    are set to 0: the solver leaves 1e-12 where a bound is active, and whether that is above or
    below 0 differs between processors. Raises ``ValueError`` if there is no solution: n (1 - slack)
    above n upper.
    """
    n = len(f)
    slack = (np.sqrt(n) - 1) / np.sqrt(n) if slack is None else slack
    bounds = np.r_[np.full(n, upper), n * (1 + slack)], np.r_[np.zeros(n), n * (1 - slack)]
    K, f = (np.ascontiguousarray(part, dtype=float) for part in (K, f))  # daqp reads raw memory
    s, _, flag, _ = daqp.solve(K, f, np.ones((1, n)), *bounds)
    if flag != 1:
        raise InvalidInput(
            f"expected a quadratic programme with a solution, found none: weights in 0..{upper}, "
            f"sum in {n * (1 - slack):.3g}..{n * (1 + slack):.3g}; is the kernel finite and "
            "positive semi-definite?"
        )
    return np.where(s < DUST * s.max(), 0.0, np.minimum(s, upper))


def kmm(Kss, Kst, *, upper=1000.0, slack=None):
    """Kernel mean matching: weights s (n_s,) that move the source's mean onto the target's.

    min_s ||1/n_s sum_i s_i phi(x_i) - 1/n_t sum_j phi(z_j)||^2 under the constraints of
    :func:`mean_matching`, from the kernels Kss (n_s, n_s) and Kst (n_s, n_t).
    """
    return mean_matching(Kss, -len(Kss) * Kst.mean(axis=1), upper=upper, slack=slack)


def ulsif(Phi_s, Phi_t, lam):
    """Unconstrained least-squares importance fitting: the ratio as Phi alpha, in closed form.

    min_a a'Ha / 2 - h'a + lam ||a||^2 / 2 with H = Phi_s'Phi_s / n_s and h the mean row of Phi_t;
    negative entries of the solution are then set to 0. Phi_s (n_s, b) and Phi_t (n_t, b) are
    kernels between the samples and b centres. ``lam`` is a positive number, or an array (m,): all
    values share one eigendecomposition of H. Returns the weights (n_s,), or (m, n_s).
    """
    e, V = np.linalg.eigh(Phi_s.T @ Phi_s / len(Phi_s))
    alpha = (V.T @ Phi_t.mean(axis=0) / (e + np.asarray(lam, dtype=float)[..., None])) @ V.T
    return np.maximum(np.maximum(alpha, 0) @ Phi_s.T, 0)


def kliep(Phi_s, Phi_t, *, tol=1e-10, max_iter=200):
    """Kullback-Leibler importance estimation: the ratio as Phi alpha, by maximum likelihood.

    max_a mean log(Phi_t a) over a >= 0 with mean(Phi_s a) = 1. With b_j = a_j times the mean of
    column j of Phi_s these are mixture weights, the minimum of -mean log(A b) + sum b over b >= 0
    (its sum comes out as 1): a Newton step is a non-negative quadratic programme. Phi_s (n_s, b)
    and Phi_t (n_t, b) are kernels between the samples and b centres; ``tol`` bounds the violation
    of the optimality conditions. Returns the weights (n_s,). Raises ``ValueError`` for a negative
    kernel, for a centre with no source sample near it, and for a target sample with no centre near
    it.
    """
    means, near = Phi_s.mean(axis=0), Phi_t.sum(axis=1)
    if min(Phi_s.min(), Phi_t.min()) < 0 or min(means.min(), near.min()) == 0:
        raise InvalidInput(
            "expected a kernel that is not negative, with a positive mean at each centre and a "
            f"positive sum for each target sample, found entries from "
            f"{min(Phi_s.min(), Phi_t.min()):.3g}, means from {means.min():.3g} and sums from "
            f"{near.min():.3g}; use a Gaussian kernel, or a wider one"
        )
    A, b = Phi_t / means, np.full(len(means), 1 / len(means))
    n_t, bound = len(A), np.zeros((0, len(b)))

    def objective(b):
        model = A @ b
        return np.inf if model.min() <= 0 else -np.log(model).mean() + b.sum()

    for _ in range(max_iter):
        model = A @ b
        gradient = 1 - A.T @ (1 / model) / n_t
        if max(-gradient.min(), np.abs(gradient * b).max()) < tol:
            break
        J = A / model[:, None]
        H = J.T @ J / n_t + 1e-10 * np.eye(len(b))
        to = daqp.solve(H, gradient - H @ b, bound, np.full(len(b), 1e30), np.zeros(len(b)))[0]
        step, slope = np.maximum(to, 0) - b, gradient @ (np.maximum(to, 0) - b)
        t, here = 1.0, objective(b)
        while objective(b + t * step) > here + 1e-4 * t * slope and t > 1e-10:
            t /= 2
        b = b + t * step
    return Phi_s @ (b / b.sum() / means)
