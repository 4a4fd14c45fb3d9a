"""What a sweep records of each grid point besides its labels, for choosing without target labels.

A criterion is a function of ``scores``, the decision values (n, c) of the target samples, and
returns a float. The sources take the softmax of a network's outputs. Decision values are no
probabilities; here the softmax is taken of them as they are, without a temperature.
"""

import numpy as np
from scipy.special import entr, softmax


def entropy(scores):
    """Mean entropy of the predictions, 0 to log c: low where they are confident.

    Source: Morerio et al., Minimal-entropy correlation alignment (ICLR 2018).
    """
    return entr(softmax(scores, axis=1)).sum(axis=1).mean()


def diversity(scores):
    """Entropy of the mean class probabilities, from 0 to log c; low if nearly all samples get one
    class.

    ``diversity - entropy`` is the mutual information of sample and prediction.

    Source: Shi and Sha, Information-theoretical learning of discriminative clusters (ICML 2012).
    """
    return entr(softmax(scores, axis=1).mean(axis=0)).sum()


def neighbourhood_density(scores, temperature=0.05):
    """Soft neighbourhood density: high where samples lie in dense clusters of like predictions.

    The mean entropy of each sample's similarities to the others: a softmax of cosines.

    Source: Saito et al., Tune it the right way (ICCV 2021).
    """
    P = softmax(scores, axis=1)
    P /= np.linalg.norm(P, axis=1, keepdims=True)
    similarity = P @ P.T / temperature
    np.fill_diagonal(similarity, -np.inf)
    return entr(softmax(similarity, axis=1)).sum(axis=1).mean() if len(P) > 1 else 0.0


CRITERIA = {"entropy": entropy, "diversity": diversity, "density": neighbourhood_density}
