"""Bases of subspaces: principal directions, the geodesic flow of GFK, the components of TCA."""

import numpy as np
from scipy.linalg import LinAlgError, eigh

from ..errors import InvalidInput


def principal_directions(X):
    """Principal directions of centred rows, in descending order, as many as the rank.

    Parameters
    ----------
    X : ndarray of shape (n, n_features)

    Returns
    -------
    P : ndarray of shape (n_features, rank)
        Orthonormal columns. The rank is at most n - 1, and 0 for equal rows.
    """
    _, singular, Vt = np.linalg.svd(X - X.mean(axis=0), full_matrices=False)
    # equal rows leave the rounding of their mean, which is no direction
    rounding = max(singular.max(initial=0) * 1e-10, np.linalg.norm(X) * 1e-14)
    return Vt[singular > rounding].T


def flow_weights(theta):
    """Diagonals L1, L2, L3 (k,) for principal angles (k,); 1, 0, 0 at angle 0."""
    ratio = np.sinc(2 * theta / np.pi)  # sin(2 theta) / (2 theta)
    safe = np.where(theta > 0, theta, 1)
    return (1 + ratio) / 2, np.where(theta > 0, np.sin(theta) ** 2 / (2 * safe), 0), (1 - ratio) / 2


def ends(coordinates, U, Vt, theta):
    """Rows in the bases A and E of a geodesic, from their coordinates in P_s and P_t.

    Parameters
    ----------
    coordinates : tuple of two ndarray of shape (n, >= k)
    U, Vt : ndarray of shape (k, k)
    theta : ndarray of shape (k,)

    Returns
    -------
    a, e : ndarray of shape (n, k)
        A direction that both subspaces share (angle 0) has no E: its column is 0.
    """
    in_source, in_target = (part[:, : len(theta)] for part in coordinates)
    a = in_source @ U
    e = in_target @ Vt.T - a * np.cos(theta)
    return a, np.divide(e, np.sin(theta), out=np.zeros_like(e), where=theta > 1e-8)


def transfer_components(K, n_s, mu):
    """max_W tr(W'K H K W) with W'(K L K + mu I)W = I: all n columns, the best first.

    Parameters
    ----------
    K : ndarray of shape (n, n)
        Kernel of the source's n_s samples, then the target's.
    n_s : int
    mu : float

    Returns
    -------
    W : ndarray of shape (n, n)
        Any k leading columns solve the problem with k columns.

    Raises
    ------
    ValueError
        mu so small beside the means' difference that K L K + mu I is singular in floating point.
    """
    HK = K - K.mean(axis=0)
    Ke = K[:, :n_s].mean(axis=1) - K[:, n_s:].mean(axis=1)  # K L K = (K e)(K e)'
    try:
        _, W = eigh(HK.T @ HK, np.outer(Ke, Ke) + mu * np.eye(len(K)))
    except LinAlgError:
        raise InvalidInput(
            f"expected mu above 1e-15 of ||K e||^2, found {mu:.3g} and {Ke @ Ke:.3g}; raise mu, or "
            "scale the features down"
        ) from None
    return W[:, ::-1]
