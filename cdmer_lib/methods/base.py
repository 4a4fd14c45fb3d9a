"""What every domain-adaptation method shares: the estimator contract and label codes."""

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin, clone
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import check_array, check_is_fitted, validate_data


class DomainAdapter(ClassifierMixin, BaseEstimator):
    """Base of all methods: ``fit(Xs, ys, Xt=None)``, then ``predict(X)``.

    A subclass writes methods of arrays that are already checked:

    ``_fit(Xs, codes, Xt)``
        Xs (n_s, n_features), codes (n_s,) in 0..c-1 **in order of first appearance**, which is
        how LIBSVM numbers classes, Xt (n_t, n_features). Target labels never come near it.
    ``_scores(X)``
        X (n, n_features) -> decision values (n, c), in the order of ``class_order_``.

    or ``_decide(X)``, X -> codes (n,), where there are none or the largest does not decide.

    Where the points of a parameter grid share work, it also overrides :meth:`predict_grid`.

    Attributes
    ----------
    classes_ : ndarray of shape (c,)
        Labels, sorted, as scikit-learn wants them.
    class_order_ : ndarray of shape (c,)
        Labels in order of first appearance: ``class_order_[code]`` is a label.
    scores_ : ndarray of shape (n, c)
        Decision values of the rows that :meth:`predict_grid` labels, in the order of
        ``class_order_``: of the point that it yielded last, where the method leaves them.
    """

    points_per_batch = 1  # how many grid points are solved side by side
    # Relative margin of decision values above which no rounding changes a label: not known
    safe_margin = np.inf

    def fit(self, Xs, y=None, Xt=None, *, ys=None):
        """Learn from labelled source samples and unlabelled target samples.

        The contract is ``fit(Xs, ys, Xt=None)``; scikit-learn's tools ask that the second
        argument be called ``y``, so both names are taken.

        Parameters
        ----------
        Xs : array-like of shape (n_s, n_features)
            Source samples.
        y, ys : array-like of shape (n_s,)
            Source labels, of any type that scikit-learn takes for classes.
        Xt : array-like of shape (n_t, n_features), default=None
            Target samples; ``None`` means the source itself (no shift).

        Raises
        ------
        ValueError
            NaN, shapes that do not fit, continuous labels, a parameter out of its range.
        """
        Xs, codes, Xt = self._check(Xs, y if ys is None else ys, Xt)
        self._fit(Xs, codes, Xt)
        return self

    def predict(self, X):
        """Labels of new rows: (n, n_features) -> (n,)."""
        check_is_fitted(self)
        X = validate_data(self, X, reset=False, dtype=np.float64)
        return self.class_order_[self._decide(X)]

    def class_scores(self, X):
        """Decision values of new rows, (n, n_features) -> (n, c), in the order ``class_order_``."""
        check_is_fitted(self)
        return self._scores(validate_data(self, X, reset=False, dtype=np.float64))

    def _decide(self, X):
        return self._scores(X).argmax(axis=1)

    def predict_grid(self, Xs, ys, Xt, points, X=None):
        """Predict the target, or other rows, at many parameter points.

        Parameters
        ----------
        Xs, ys, Xt
            As in :meth:`fit`.
        points : list of dict
            Constructor arguments, one dict a point.
        X : array-like of shape (n, n_features), default=None
            Rows to label; the target if None.

        Yields
        ------
        index : int
            Position in ``points``; points may come in any order.
        labels : ndarray of shape (n_t,), or (n,)
        """
        X = Xt if X is None else X
        for index, point in enumerate(points):
            model = clone(self).set_params(**point).fit(Xs, ys, Xt)
            if hasattr(model, "_scores"):
                self.scores_ = model.class_scores(X)
            yield index, model.predict(X)

    def _complete(self, points, names):
        """Points with the parameters ``names`` alone, what they leave out taken from the estimator.

        Raises ``ValueError`` for a point that is out of range, or that changes another parameter.
        """
        for point in points:
            clone(self).set_params(**point)._validate_params()
            if other := set(point) - set(names):
                raise ValueError(
                    f"expected points of {' and '.join(names)}, found {', '.join(sorted(other))}; "
                    "set it for the whole sweep, as an argument of the method"
                )
        return [{name: point.get(name, getattr(self, name)) for name in names} for point in points]

    def _check(self, Xs, ys, Xt):
        """Validate the input and number the classes; returns float64 Xs, codes, Xt."""
        self._validate_params()
        Xs, ys = validate_data(self, Xs, ys, dtype=np.float64)
        check_classification_targets(ys)
        if Xt is None:
            Xt = Xs
        else:
            Xt = check_array(Xt, dtype=np.float64, input_name="Xt")
            if Xt.shape[1] != Xs.shape[1]:
                raise ValueError(
                    f"expected target samples with {Xs.shape[1]} features as in the source, "
                    f"found {Xt.shape[1]}; extract both with the same descriptor"
                )
        self.classes_, first, inverse = np.unique(ys, return_index=True, return_inverse=True)
        appearance = np.argsort(first)
        self.class_order_ = self.classes_[appearance]
        return Xs, np.argsort(appearance)[inverse], Xt


def one_hot(codes, n_classes=None):
    """Label matrix L (n, c): a row a sample, one 1 in the column of its class."""
    return np.eye(int(codes.max()) + 1 if n_classes is None else n_classes)[codes]
