"""Support vector machines on a Gram matrix, as LIBSVM trains them."""

import warnings

import numpy as np
from sklearn.exceptions import ConvergenceWarning
from sklearn.svm import SVC

from ..errors import InvalidInput

# LIBSVM's own limit, which scikit-learn's copy leaves out: on overlapping classes of a huge scale
# its steps end in rounding, and without a limit never.
MAX_ITER = 10_000_000


def gram_svm(K, codes, C=1.0, strategy="ovo", weights=None):
    """Fit a C-SVC on a Gram matrix.

    LIBSVM numbers classes by first appearance in the training labels and breaks a tie of the
    one-vs-one votes in favour of the lower number; scikit-learn's copy of LIBSVM numbers them by
    size. So ``codes`` decide the ties: pass codes in the order that is wanted.

    Parameters
    ----------
    K : ndarray of shape (n_s, n_s)
    codes : ndarray of shape (n_s,)
        Classes 0..c-1.
    C : float
    strategy : {"ovo", "ovr"}
        One-vs-one votes as LIBSVM, or one-vs-rest with the largest decision value.
    weights : ndarray of shape (n_s,), default=None
        Importance of each sample: its penalty is ``C * weights``.

    Returns
    -------
    A classifier whose ``predict`` takes the (n, n_s) kernel between new and training samples.
    """
    _need_two_classes(codes)

    def machine(K, codes):
        if weights is None or (weights > 0).all():
            return _fitted(C, K, codes, weights)
        # scikit-learn's copy of LIBSVM loses count of the samples when it leaves some out itself
        (kept,) = np.nonzero(weights > 0)
        if len(set(codes[kept])) < 2:
            return OneClass(codes[kept[0]] if len(kept) else codes[0])
        svm = _fitted(C, K[np.ix_(kept, kept)], codes[kept], weights[kept])
        return OnSome(svm, kept)

    return machine(K, codes) if strategy == "ovo" else OneVsRest(machine, K, codes)


def _fitted(C, K, codes, weights):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        return SVC(C=C, kernel="precomputed", max_iter=MAX_ITER).fit(K, codes, weights)


def decision_values(svm, K, n_classes):
    """A column a class, (n, c), also where there are two: the larger, the surer of that class.

    With three and more classes the one-vs-one votes, with the sums of their margins to tell equal
    votes apart, as scikit-learn combines them. Classes that the machine does not know, since no
    sample of theirs counts, have minus infinity.
    """
    values = svm.decision_function(K)
    if values.ndim == 1:
        values = np.column_stack([-values, values])[:, -len(svm.classes_) :]
    scores = np.full((len(K), n_classes), -np.inf)
    scores[:, svm.classes_] = values
    return scores


def _need_two_classes(codes):
    if codes.max() == 0:
        raise InvalidInput("expected at least 2 classes in the source labels, found 1 class")


class OneClass:
    """What an SVM becomes where only one class has samples that count.

    Parameters
    ----------
    code : int
    """

    def __init__(self, code):
        self.code, self.classes_ = code, np.array([code])

    def decision_function(self, K):
        return np.full(len(K), float(self.code))

    def predict(self, K):
        return np.full(len(K), self.code)


class OnSome:
    """An SVM trained on some of the samples, for kernels between new samples and all of them.

    Parameters
    ----------
    svm : SVC
        With a precomputed kernel.
    kept : ndarray of int
        The samples that it was trained on.
    """

    def __init__(self, svm, kept):
        self.svm, self.kept, self.classes_ = svm, kept, svm.classes_

    def decision_function(self, K):
        return self.svm.decision_function(K[:, self.kept])

    def predict(self, K):
        return self.svm.predict(K[:, self.kept])


class OneVsRest:
    """A binary machine for each class against the rest; the largest decision value wins.

    Parameters
    ----------
    fit : callable
        ``fit(K, codes)`` with codes -1 and 1 returns a machine with ``decision_function``.
    K : ndarray of shape (n_s, n_s)
    codes : ndarray of shape (n_s,)
    """

    def __init__(self, fit, K, codes):
        _need_two_classes(codes)
        self.classes_ = np.arange(codes.max() + 1)
        self.machines = [fit(K, np.where(codes == c, 1, -1)) for c in self.classes_]

    def decision_function(self, K):
        """Decision values (n, c) of rows of the kernel (n, n_s)."""
        return np.stack([machine.decision_function(K) for machine in self.machines], axis=1)

    def predict(self, K):
        """Codes (n,) of rows of the kernel (n, n_s)."""
        return self.decision_function(K).argmax(axis=1)
