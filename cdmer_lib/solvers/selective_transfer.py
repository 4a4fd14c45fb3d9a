"""STM's alternation between a machine and the weights of its samples.

For one class against the rest, y_i = -1 or 1, with xi_i = max(0, 1 - y_i f(x_i))^2:

    min_{f, s} ||f||^2 / (2 C) + sum_i s_i xi_i / 2 + lambda (s'Gs / 2 - kappa's)

under the constraints of kernel mean matching (:func:`~.density_ratio.mean_matching`). Source: Chu
et al., CVPR 2013 and TPAMI 2017; order, kernels and stopping rules are those of a public copy of
the authors' code (github.com/ustcnewly/domain_adaptation, commit fc50d2a).
"""

import numpy as np
from sklearn.metrics.pairwise import euclidean_distances

from .density_ratio import mean_matching

RIDGE = 1e-10  # added to the diagonal of G


def matching_kernels(Xs, Xt):
    """G (n_s, n_s) and kappa (n_s,): exp(-d^2 / w) of source pairs, and its sums over the target.

    kappa_i = n_s / n_t sum_j k(x_i, z_j). w is the square root of the median of the squared
    distances, one for the pairs of G, each sample with itself among them, and one for kappa.
    """

    def kernel(A, B=None):
        squares = euclidean_distances(A, B, squared=True)
        width = np.sqrt(np.median(squares))
        return np.exp(-squares / (width or 1.0))

    n_s, n_t = len(Xs), len(Xt)
    return kernel(Xs) + RIDGE * np.eye(n_s), n_s / n_t * kernel(Xs, Xt).sum(axis=1)


def alternation(K, y, G, kappa, lam, machine, *, upper=2000.0, tol=1e-4, max_passes=1000):
    """Yield (weights s (n_s,), machine, objective) after each pass.

    K (n_s, n_s) is the kernel of the machine, ``machine(K, y, s)`` trains one; it has ``xi``
    (n_s,) and ``objective``, its own part. The first weights are those of mean matching alone. The
    objective that is watched weighs the matching by lambda / n_s^2. The last pass is the first
    that lowers it by less than ``tol`` of its first value, or the pass ``max_passes``.
    """
    linear, first, before = -kappa, None, np.inf
    for _ in range(max_passes):
        s = mean_matching(G, linear, upper=upper)
        trained = machine(K, y, s)
        value = trained.objective + lam / len(y) ** 2 * (s @ G @ s / 2 - kappa @ s)
        yield s, trained, value
        first = value if first is None else first
        if before - value < tol * abs(first):
            return
        linear, before = trained.xi / (2 * lam) - kappa, value
