"""How like the target each source sample is: the density ratios that two criteria weigh it by."""

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold, cross_val_predict

from ..solvers.density_ratio import ulsif


def source_weights(Xs, Xt, lam=1.0):
    """Density ratio target / source at the source samples: uLSIF with the linear kernel, mean 1.

    Parameters
    ----------
    Xs : ndarray of shape (n_s, n_features)
    Xt : ndarray of shape (n_t, n_features)
    lam : float

    Returns
    -------
    ndarray of shape (n_s,)
    """
    weights = ulsif(Xs @ Xt.T, Xt @ Xt.T, lam)
    return weights / weights.mean() if weights.any() else np.ones(len(Xs))


def discriminator_weights(Xs, Xt, n_folds=5, seed=0):
    """Density ratio target / source at the source samples, by telling the two databases apart.

    (n_s / n_t) p(target | x) / p(source | x) of a logistic regression, each sample's from a fit
    without it. The mean over the source is 1 where the ratio is a density ratio.

    Parameters
    ----------
    Xs : ndarray of shape (n_s, n_features)
    Xt : ndarray of shape (n_t, n_features)
    n_folds, seed : int

    Returns
    -------
    ndarray of shape (n_s,)

    Source: Bickel, Brückner and Scheffer, Discriminative learning for differing training and test
    distributions (ICML 2007), as in You et al. (2019).
    """
    X = np.vstack([Xs, Xt])
    of_target = np.arange(len(X)) >= len(Xs)
    value, U = np.linalg.eigh(X @ X.T)  # n coordinates with the same inner products
    folds = StratifiedKFold(n_folds, shuffle=True, random_state=seed)
    p = cross_val_predict(
        LogisticRegression(max_iter=5000), U * np.sqrt(np.maximum(value, 0)), of_target,
        cv=folds, method="predict_proba",
    )[: len(Xs)]  # fmt: skip
    return len(Xs) / len(Xt) * p[:, 1] / p[:, 0]


WEIGHTS = {"weights": source_weights, "discriminator": discriminator_weights}
