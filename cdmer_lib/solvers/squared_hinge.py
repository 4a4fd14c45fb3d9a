"""The SVM with squared hinge loss in the primal: its minimum, and where STM's code stops."""

import daqp
import numpy as np


class SquaredHingeSVM:
    """min ||f||^2 / 2 + sum_i c_i max(0, 1 - y_i f(x_i))^2, f(x) = sum_i beta_i k(x_i, x) + b.

    Solved exactly, by the quadratic programme of its dual: beta_i = y_i a_i with

        min_a sum_ij a_i a_j y_i y_j K_ij / 2 + sum_i a_i^2 / (4 c_i) - sum_i a_i,
        a >= 0,  sum_i y_i a_i = 0,

    where b is the multiplier of the equality. K is (n, n), y (n,) holds -1 or 1, c (n,) the
    penalties, at least 0; a sample with penalty 0 does not count. The solution is in the attributes
    ``beta`` (n,) and ``b``, with the squared losses ``xi`` (n,) and ``objective``.
    """

    def __init__(self, K, y, c):
        self.beta, counted = np.zeros(len(y)), np.flatnonzero(c > 0)
        signs = y[counted].astype(float)
        if len(set(signs)) < 2:  # nothing to separate: f is that class, exactly
            self.b = sum(set(signs))
        else:
            H = np.outer(signs, signs) * K[np.ix_(counted, counted)] + np.diag(0.5 / c[counted])
            bounds = np.r_[np.full(len(signs), 1e30), 0], np.zeros(len(signs) + 1)
            a, *_, more = daqp.solve(H, -np.ones(len(signs)), signs[None], *bounds)
            self.beta[counted], self.b = signs * np.maximum(a, 0), more["lam"][-1]
        hinge = np.maximum(0, 1 - y * self.decision_function(K))
        self.xi = hinge**2
        self.objective = self.beta @ K @ self.beta / 2 + c @ self.xi

    def decision_function(self, K):
        """f (n,) of rows of the kernel (n, n_s)."""
        return K @ self.beta + self.b


class EarlyStoppedSVM:
    """min ||f||^2 / (2 C) + sum_i s_i max(0, 1 - y_i f(x_i))^2 / 2, by few conjugate gradients.

    The steps of a public copy of STM's code, which end before the minimum. They begin at 0, in the
    direction sum_i y_i k(x_i, .) with the offset sum_i y_i, which no weight enters. Each step goes
    to the minimum, along the direction, of the weighted *least squares* of all samples. Directions
    are Fletcher and Reeves'. The last step is the first whose predicted gain, its length times the
    product of direction and gradient, is below ``tol`` of the objective; at most 20 n are made.

    K is (n, n), y (n,) holds -1 or 1, s (n,) the weights. The result is that of
    :class:`SquaredHingeSVM`, with ``n_steps``.
    """

    def __init__(self, K, y, s, C=1.0, tol=1e-6):
        point, f = np.zeros(len(y) + 1), np.zeros(len(y))  # beta and b; f of the samples
        direction = gradient = np.append(y, y.sum()).astype(float)  # downhill
        size = gradient[:-1] @ K @ gradient[:-1] + gradient[-1] ** 2
        for n_steps in range(1, 20 * len(y) + 1):
            Kd, offset = K @ direction[:-1], direction[-1]
            along = Kd + offset
            pull = s @ (y * along * (1 - y * f)) - point[:-1] @ Kd / C
            bend = direction[:-1] @ Kd / C + s @ along**2
            if not (bend > 0 and size > 0):
                break
            t, gain = pull / bend, gradient[:-1] @ Kd + gradient[-1] * offset
            point, f = point + t * direction, f + t * along
            hinge = np.maximum(0, 1 - y * f)
            objective = point[:-1] @ (f - point[-1]) / (2 * C) + s @ hinge**2 / 2
            if t * gain < tol * objective:
                break
            beta = s * y * hinge
            gradient, last = np.append(beta - point[:-1] / C, beta.sum()), size
            size = gradient[:-1] @ K @ gradient[:-1] + gradient[-1] ** 2
            direction = size / last * direction + gradient
        self.beta, self.b, self.n_steps = point[:-1], point[-1], n_steps
        hinge = np.maximum(0, 1 - y * f)
        self.xi = hinge**2
        self.objective = self.beta @ K @ self.beta / (2 * C) + s @ self.xi / 2

    def decision_function(self, K):
        """f (n,) of rows of the kernel (n, n_s)."""
        return K @ self.beta + self.b
