"""The SVM with squared hinge loss in the primal: its minimum, and where STM's code stops."""

import numpy as np


class SquaredHingeSVM:
    """min ||f||^2 / 2 + sum_i c_i max(0, 1 - y_i f(x_i))^2, f(x) = sum_i beta_i k(x_i, x) + b.

    On the samples with a loss, the active set I, stationarity says beta_i = 2 c_i (y_i - f(x_i)),
    elsewhere beta_i = 0: for a given set one linear system. A Newton step solves it for the
    present set; where the set repeats, the solution is stationary and so the minimum. K is (n, n),
    y (n,) holds -1 or 1, c (n,) the penalties, at least 0; a sample with penalty 0 does not count.
    The solution is in the attributes ``beta`` (n,) and ``b``, with the squared losses ``xi`` (n,)
    and ``objective``. Source: Chapelle, Neural Computation 2007.
    """

    def __init__(self, K, y, c, max_iter=100):
        point = self._minimum(K, y, c, max_iter)
        self.beta, self.b = point[:-1], point[-1]
        hinge = np.maximum(0, 1 - y * self.decision_function(K))
        self.xi, self.objective = hinge**2, self._objective(K, point, hinge, c)

    def _minimum(self, K, y, c, max_iter):
        """beta and b of the solution: (n + 1,)."""
        point, margin = np.zeros(len(y) + 1), np.ones(len(y))
        if len(classes := set(y[c > 0])) < 2:  # nothing to separate: f is that class, exactly
            point[-1] = sum(classes)
            return point
        for _ in range(max_iter):
            active = (margin > 0) & (c > 0)
            step = self._solution(K, y, c, active) - point
            along = y * (K @ step[:-1] + step[-1])
            strays = ((margin > along) & (c > 0)) != active
            if np.abs(margin - along)[strays].max(initial=0) < 1e-10:  # the set repeats
                return point + step
            t, here = 1.0, self._objective(K, point, margin, c)
            while t > 1e-10 and self._objective(K, point + t * step, margin - t * along, c) > here:
                t /= 2
            if t <= 1e-10:  # nothing but rounding is left
                break
            point, margin = point + t * step, margin - t * along
        return point

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


class EarlyStoppedSVM:
    """min ||f||^2 / (2 C) + sum_i s_i max(0, 1 - y_i f(x_i))^2 / 2, by few conjugate gradients.

    The steps of a public copy of STM's code, which end before the minimum. They begin at 0, in the
    direction sum_i y_i k(x_i, .) with the offset sum_i y_i, which no weight enters. Each step goes
    to the minimum, along the direction, of the weighted *least squares* of all samples. Directions
    are Fletcher and Reeves'. The last step is the first whose predicted gain, its length times the
    product of direction and gradient, is below ``tol`` of the objective; at most 20 n are made.

    K is (n, n), y (n,) holds -1 or 1, s (n,) the weights. The result is f(x) = sum_i beta_i k(x_i,
    x) + b in ``beta`` (n,) and ``b``, the squared losses ``xi`` (n,), ``objective``, ``n_steps``.
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
