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
    GramSVM or OneVsRest
        Its ``predict`` takes the (n, n_s) kernel between new and training samples.

    Raises ``ValueError`` for a single class.
    """
    _need_two_classes(codes)
    if strategy == "ovo":
        return GramSVM(K, codes, C, weights)
    return OneVsRest(lambda K, signs: GramSVM(K, signs, C, weights), K, codes)


def _need_two_classes(codes):
    if codes.max() == 0:
        raise InvalidInput("expected at least 2 classes in the source labels, found 1 class")


def decision_values(svm, K, n_classes):
    """Decision values (n, n_classes) for rows of the kernel K (n, n_s), a column a class.

    Of two classes these are minus and plus the value of the one machine, of more the one-vs-one
    votes, with the sums of their margins to tell equal votes apart, as scikit-learn combines them.
    A class without a sample that counts has minus infinity.
    """
    values = svm.decision_function(K)
    if values.ndim == 1:
        values = np.column_stack([-values, values])[:, -len(svm.classes_) :]
    scores = np.full((len(K), n_classes), -np.inf)
    scores[:, svm.classes_] = values
    return scores


class GramSVM:
    """A C-SVC on the samples with a positive weight; constant where these have one class.

    scikit-learn's copy of LIBSVM loses count of the samples when it leaves some out itself.
    ``classes_`` are the codes of the samples that count.
    """

    def __init__(self, K, codes, C, weights=None):
        self.kept = slice(None) if weights is None or (weights > 0).all() else weights > 0
        counted = codes[self.kept]
        self.classes_ = np.unique(counted) if len(counted) else codes[:1]
        if len(self.classes_) > 1:
            weights = None if weights is None else weights[self.kept]
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", ConvergenceWarning)
                self.svm = SVC(C=C, kernel="precomputed", max_iter=MAX_ITER)
                self.svm.fit(K[self.kept][:, self.kept], counted, weights)

    def decision_function(self, K):
        """Decision values of rows of the kernel (n, n_s), as scikit-learn's SVC gives them."""
        if len(self.classes_) == 1:
            return np.full(len(K), float(self.classes_[0]))
        return self.svm.decision_function(K[:, self.kept])

    def predict(self, K):
        """Codes (n,) of rows of the kernel (n, n_s)."""
        if len(self.classes_) == 1:
            return np.full(len(K), self.classes_[0])
        return self.svm.predict(K[:, self.kept])


class OneVsRest:
    """A binary machine for each class against the rest; the largest decision value wins.

    ``fit(K, signs)`` returns a machine with ``decision_function`` for the kernel K (n_s, n_s) and
    signs -1 and 1 (n_s,); ``codes`` (n_s,) are the classes.
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
