"""What every domain-adaptation method shares: the estimator contract and label codes."""

from contextlib import contextmanager
from dataclasses import dataclass, fields

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin, clone
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import check_array, check_is_fitted, validate_data

from ..errors import InvalidInput
from ..solvers.gram_svm import decision_values, gram_svm

LARGEST = 1e60  # the solvers multiply four features, and sum over samples and features


def parameters(cls):
    """Class decorator: a line ``name: range = default`` makes an argument of the constructor.

    A range is a list of scikit-learn's constraints, such as those in :mod:`.ranges`. In place of
    such lines a class may have ``_parameter_constraints`` and ``__init__``, as in scikit-learn.
    """
    cls = dataclass(eq=False, repr=False)(cls)
    cls._parameter_constraints = {field.name: field.type for field in fields(cls)}
    cls.__init__.__annotations__ = {}  # they are no types
    return cls


class DomainAdapter(ClassifierMixin, BaseEstimator):
    """Base of all methods: ``fit(Xs, ys, Xt=None)``, then ``predict(X)``.

    A subclass writes methods of arrays that are already checked:

    ``_fit(Xs, codes, Xt)``
        Xs (n_s, n_features), codes (n_s,) in 0..c-1 **in order of first appearance**, which is
        how LIBSVM numbers classes, Xt (n_t, n_features). Target labels never come near it.
    ``_scores(rows)``
        X (n, n_features) -> decision values (n, c), in the order of ``class_order_``.
    ``_decide(rows)``
        X -> codes (n,): only for a method without decision values, or whose label is not the
        largest of them.

    If the points of a parameter grid share work, the subclass lists the parameters in which the
    points differ, ``grid_parameters``, and writes in place of ``_fit``:

    ``_share(Xs, Xt)``
        computes what all points share, such as a factorisation, and keeps it in attributes;
    ``_train(codes, **point)``
        computes the rest for one point;
    ``_rows(X)``
        optional: computes from new rows X what all points share. ``_scores`` and ``_decide`` then
        get its result in place of X.

    A subclass that solves many points at once overrides ``_grid`` instead. All else that the
    package knows of a method stands in attributes of its class:

    ``grids`` : dict of str to list of dict, or to a function of (n_s, n_t) that makes one
        Named grids; a point is a dict of parameters. "paper" is the printed range in the papers'
        order, "quick" is what ``cdmer run`` solves by default. If there is no "paper", the widest
        grid takes its place.
    ``published`` : dict of int to dict
        For the number of an experiment, a point that gives the published cell.
    ``recorded`` : list of dict, int or None
        Points of "paper" that are fitted again for the choices without target labels: a list of
        points, a number of evenly spread points, or ``None`` for all points.
    ``folds`` : int
        Number of parts of the source in these fits.
    ``twin`` : str or None
        A method that needs the same solutions on the task the other way round. Each of the two
        names the other and has ``predict_both_ways``, which computes them once for both.
    ``heavy`` : bool
        True where a task takes hours: ``run --all`` solves it last, ``verify`` takes fewer points.

    Attributes
    ----------
    classes_ : ndarray of shape (c,)
        Labels, sorted, as scikit-learn wants them.
    class_order_ : ndarray of shape (c,)
        Labels in order of first appearance: ``class_order_[code]`` is a label.
    """

    # scikit-learn leaves out every argument called Xt; with this line a Pipeline can pass it on:
    # set_fit_request(Xt=True), and transform_input=["Xt"] to scale it as the source is scaled
    __metadata_request__fit = {"Xt": None}

    grids = {}
    published = {}
    recorded = None
    folds = 5
    heavy = False
    twin = None

    grid_parameters = ()  # in which points differ that share work; empty: they share nothing
    points_per_batch = 1  # how many grid points are solved side by side
    # Relative margin of decision values above which no rounding changes a label: not known
    safe_margin = np.inf
    perturbations = 3  # of the features, in the test whether a point is stable

    def fit(self, Xs, y=None, Xt=None, *, ys=None):
        """Learn from labelled source samples and unlabelled target samples.

        Parameters
        ----------
        Xs : array-like of shape (n_s, n_features)
            Source samples.
        y, ys : array-like of shape (n_s,)
            Source labels, of any type that scikit-learn takes for classes. Its tools ask for the
            name ``y``.
        Xt : array-like of shape (n_t, n_features), default=None
            Target samples; ``None`` means the source itself (no shift).

        Raises
        ------
        ValueError
            NaN, infinity or numbers above 1e60, shapes or names of features that do not fit,
            continuous labels, labels given twice, a parameter out of its range.
        """
        if y is not None and ys is not None:
            raise InvalidInput("expected the source labels once, found both y and ys")
        Xs, codes, Xt = self._check(Xs, y if ys is None else ys, Xt)
        self._fit(Xs, codes, Xt)
        return self

    def predict(self, X):
        """Labels of new rows: (n, n_features) -> (n,)."""
        codes, _ = self._outcome(X)
        return self.class_order_[codes]

    def class_scores(self, X):
        """Decision values of new rows, (n, n_features) -> (n, c), in the order ``class_order_``.

        ``None`` where the method has none.
        """
        return self._outcome(X)[1]

    def predict_grid(self, Xs, ys, Xt, points, X=None):
        """Predict the target, or other rows, at many parameter points.

        What the points share is computed once. The estimator is not fitted afterwards: call ``fit``
        at the point that is wanted.

        Parameters
        ----------
        Xs, ys, Xt
            As in :meth:`fit`.
        points : list of dict
            Constructor arguments, one dict a point; what a point leaves out is the estimator's.
        X : array-like of shape (n, n_features), default=None
            Rows to label; the target if None.

        Yields
        ------
        index : int
            Position in ``points``; points may come in any order.
        labels : ndarray of shape (n_t,), or (n,)
        scores : ndarray of shape (n_t, c), or (n, c), or None
            As of :meth:`class_scores`.

        Raises
        ------
        ValueError
            As :meth:`fit` and :meth:`predict` do; a point that changes another parameter than
            those of ``grid_parameters``.
        """
        points = self._complete(points)
        Xs, codes, Xt = self._check(Xs, ys, Xt)
        X = Xt if X is None else self._check_rows(X)
        for index, found, scores in self._grid(Xs, codes, Xt, points, X):
            yield index, self.class_order_[found], scores

    def _fit(self, Xs, codes, Xt):
        self._share(Xs, Xt)
        self._train(codes, **{name: getattr(self, name) for name in self.grid_parameters})

    def _grid(self, Xs, codes, Xt, points, X):
        """Yield (index, codes, scores) of each point, for the rows X; arguments are checked."""
        if not self.grid_parameters:
            ys = self.class_order_[codes]
            for index, point in enumerate(points):
                model = clone(self).set_params(**point).fit(Xs, ys, Xt)
                self.class_order_ = model.class_order_  # fit may number the classes in its own way
                yield index, *model._label(model._rows(X))
            return
        self._share(Xs, Xt)
        rows = self._rows(X)
        for index, point in enumerate(points):
            self._train(codes, **point)
            yield index, *self._label(rows)

    def _rows(self, X):
        return X

    def _scores(self, rows):
        return None

    def _decide(self, rows):
        return self._scores(rows).argmax(axis=1)

    def _label(self, rows):
        """Codes (n,) of rows, and their decision values (n, c) or None."""
        return self._decide(rows), self._scores(rows)

    def _outcome(self, X):
        check_is_fitted(self)
        return self._label(self._rows(self._check_rows(X)))

    def _check_rows(self, X, name="X"):
        """Rows that are not the source, checked: float64, the features of the source."""
        with as_invalid_input():
            rows = check_array(X, dtype=np.float64, input_name=name)
            if name == "Xt" and rows.shape[1] != self.n_features_in_:
                raise InvalidInput(
                    f"expected target samples with {self.n_features_in_} features as in the "
                    f"source, found {rows.shape[1]}; extract both with the same descriptor"
                )
            validate_data(self, X, reset=False, skip_check_array=True)  # number and names
        return _bounded(rows, name)

    def _complete(self, points):
        """The points, checked; what they leave out of ``grid_parameters`` is the estimator's."""
        names = self.grid_parameters
        for point in points:
            with as_invalid_input():
                model = clone(self).set_params(**point)
            model._validate_params()
            if names and (other := set(point) - set(names)):
                raise InvalidInput(
                    f"expected points of {' and '.join(names)}, found {', '.join(sorted(other))}; "
                    "set it for the whole sweep, as an argument of the method"
                )
        if not names:
            return points
        return [{name: point.get(name, getattr(self, name)) for name in names} for point in points]

    def _validate_params(self):
        ranges = self._parameter_constraints
        for name, value in self.get_params(deep=False).items():
            # True is a whole number in Python: without this, kappa=True would mean kappa=1
            if isinstance(value, bool) and "boolean" not in ranges.get(name, ()):
                raise InvalidInput(
                    f"expected {name!r} of {type(self).__name__} as number or word, found {value}"
                )
        with as_invalid_input():
            super()._validate_params()

    def _check(self, Xs, ys, Xt):
        """Validate the input and number the classes; returns float64 Xs, codes, Xt."""
        self._validate_params()
        with as_invalid_input():
            Xs, ys = validate_data(self, Xs, ys, dtype=np.float64)
            check_classification_targets(ys)
        _bounded(Xs, "Xs")
        Xt = Xs if Xt is None else self._check_rows(Xt, "Xt")
        self.classes_, first, inverse = np.unique(ys, return_index=True, return_inverse=True)
        appearance = np.argsort(first)
        self.class_order_ = self.classes_[appearance]
        return Xs, np.argsort(appearance)[inverse], Xt


class KernelMachine(DomainAdapter):
    """A method that ends in a machine ``svm_`` of :func:`gram_svm` or :class:`OneVsRest`.

    A subclass writes ``_rows(X)``, the kernel (n, n_s) of rows X with the training samples. If all
    points of a grid share only a part of it, ``_rows`` returns that part, and ``_kernel(rows)`` the
    kernel at the point that was trained last. An argument ``strategy`` is the multi-class rule:
    "ovo", the one-vs-one votes of LIBSVM, or "ovr", one-vs-rest.
    """

    def _gram_svm(self, K, codes):
        return gram_svm(K, codes, strategy=self.strategy)

    def _kernel(self, rows):
        return rows

    def _label(self, rows):
        K = self._kernel(rows)
        return self.svm_.predict(K), decision_values(self.svm_, K, len(self.class_order_))


def _bounded(X, name):
    """X itself; ``InvalidInput`` if products of its entries could overflow."""
    if (largest := np.abs(X).max()) > LARGEST:
        raise InvalidInput(
            f"expected entries of {name} of at most {LARGEST:g}, found {largest:.3g}: products of "
            "such numbers overflow; scale source and target by the same factor"
        )
    return X


@contextmanager
def as_invalid_input():
    """Turn a complaint of scikit-learn about its input into this package's error."""
    try:
        yield
    except ValueError as error:
        raise InvalidInput(*error.args) from error


def one_hot(codes):
    """Label matrix L (n, c): row i has a 1 in the column of sample i's class, else 0."""
    return np.eye(int(codes.max()) + 1)[codes]
