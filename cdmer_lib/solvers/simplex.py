"""Equation (14) of paper B: the label vector on the probability simplex."""

import numpy as np


def project_simplex(Z):
    """Project each row of Z (n, c) onto {l : l >= 0, sum(l) = 1}.

    The projection subtracts one number from all entries of a row and sets negative results to 0,
    so it never changes which entry is the largest.
    """
    U = -np.sort(-Z, axis=1)
    theta = (np.cumsum(U, axis=1) - 1) / np.arange(1, Z.shape[1] + 1)
    last = (theta < U).sum(axis=1) - 1
    return np.maximum(Z - theta[np.arange(len(Z)), last, None], 0)
