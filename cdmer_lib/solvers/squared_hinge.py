"""The SVM with squared hinge loss, solved exactly in the primal by Newton's method."""

import numpy as np


class SquaredHingeSVM:
    """min ||f||^2 / 2 + sum_i c_i max(0, 1 - y_i f(x_i))^2, f(x) = sum_i beta_i k(x_i, x) + b.

    On the samples with a loss, the active set I, stationarity says beta_i = 2 c_i (y_i - f(x_i)),
    elsewhere beta_i = 0: for a given set one linear system. A Newton step solves it for the
    present set; where the set repeats, the solution is stationary and so the minimum. K is (n, n),
    y (n,) holds -1 or 1, c (n,) the penalties, at least 0; a sample with penalty 0 does not count.
    The solution is in the attributes ``beta`` (n,) and ``b``. Source: Chapelle, Neural Computation
    2007.
    """

    def __init__(self, K, y, c, max_iter=100):
        self.beta, self.b = np.zeros(len(y)), 0.0
        if len(classes := set(y[c > 0])) < 2:  # nothing to separate: f is that class, exactly
            self.b = float(sum(classes))
            return
        point, margin = np.zeros(len(y) + 1), np.ones(len(y))
        for _ in range(max_iter):
            active = (margin > 0) & (c > 0)
            step = self._solution(K, y, c, active) - point
            along = y * (K @ step[:-1] + step[-1])
            strays = ((margin > along) & (c > 0)) != active
            if np.abs(margin - along)[strays].max(initial=0) < 1e-10:  # the set repeats
                point = point + step
                break
            t, here = 1.0, self._objective(K, point, margin, c)
            while t > 1e-10 and self._objective(K, point + t * step, margin - t * along, c) > here:
                t /= 2
            if t <= 1e-10:  # nothing but rounding is left
                break
            point, margin = point + t * step, margin - t * along
        self.beta, self.b = point[:-1], point[-1]

    @staticmethod
    def _solution(K, y, c, active):
        """beta and b (n + 1,) that are stationary for one active set."""
        found, (at,) = np.zeros(len(y) + 1), np.nonzero(active)
        if not len(at):
            return found
        system = np.ones((len(at) + 1, len(at) + 1))
        system[:-1, :-1] = K[np.ix_(at, at)] + np.diag(0.5 / c[at])
        system[-1, -1] = 0
        found[[*at, -1]] = np.linalg.solve(system, np.r_[y[at], 0.0])
        return found

    @staticmethod
    def _objective(K, point, margin, c):
        beta = point[:-1]
        return beta @ K @ beta / 2 + c @ np.maximum(margin, 0) ** 2

    def decision_function(self, K):
        """f (n,) of rows of the kernel (n, n_s)."""
        return K @ self.beta + self.b
