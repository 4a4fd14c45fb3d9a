"""Bases of subspaces: principal directions, the geodesic flow of GFK, the components of TCA."""

import numpy as np
from scipy.linalg import LinAlgError, eigh

from ..errors import InvalidInput


def principal_directions(X):
    """Principal directions of the centred rows of X (n, n_features), in descending order.

    Returns orthonormal columns (n_features, rank). The rank is at most n - 1, and 0 for equal
    rows.
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
    """Rows in the bases A and E of a geodesic: a and e, both (n, k).

    ``coordinates`` are the rows' coordinates in P_s and in P_t, each (n, >= k); U and Vt (k, k)
    and the angles theta (k,) are from the singular value decomposition of P_s'P_t. A direction
    that both subspaces share (angle 0) has no E: its column is 0.
    """
    in_source, in_target = (part[:, : len(theta)] for part in coordinates)
    a = in_source @ U
    e = in_target @ Vt.T - a * np.cos(theta)
    return a, np.divide(e, np.sin(theta), out=np.zeros_like(e), where=theta > 1e-8)


def transfer_components(K, n_s, mu):
    """max_W tr(W'K H K W) with W'(K L K + mu I)W = I: all n columns, the best first.

    K (n, n) is the kernel of the source's n_s samples followed by the target's. Any k leading
    columns of the result (n, n) solve the problem with k columns. Raises ``ValueError`` if mu is
    so small beside the difference of the means that K L K + mu I is singular in floating point.
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
