"""Estimators of other libraries as rows of a table, and our methods in a pipeline of skada.

There are three conventions of what ``fit`` is told of the target, besides none at all:

- ours, and that of the library adapt: ``fit(Xs, ys, Xt=Xt)``;
- skada's: ``fit(X, y, sample_domain=d)``, source and target one below the other, ``d`` positive
  for the source and negative for the target, whose labels in ``y`` are -1;
- POT's, which moves the source and trains nothing: ``fit(Xs=Xs, ys=ys, Xt=Xt)``, ``transform``.

No library is imported here: an object says by its ``fit`` which convention it follows.
"""

import re
from inspect import signature

import numpy as np
from sklearn import config_context
from sklearn.base import BaseEstimator, ClassifierMixin, clone
from sklearn.utils.metadata_routing import get_routing_for_object
from sklearn.utils.metaestimators import available_if

from ..errors import InvalidInput
from ..methods.base import DomainAdapter, as_invalid_input
from ..methods.ranges import cheap, points

SOURCE, TARGET, MASKED = 1, -2, -1  # skada's own defaults: domains, and the label of no label


def wrap(name, estimator, grid):
    """A method of your own from a classifier of any library: it goes wherever a method goes.

    Parameters
    ----------
    name : str
        The name of its row in a table, and of its folder in a store.
    estimator : object
        With ``fit`` and ``predict``, and with ``get_params`` and ``set_params`` as scikit-learn
        defines them. If its ``fit`` takes ``Xt`` or ``sample_domain``, itself or as the pipeline
        that it is, it is told of the target in that way; if not, it learns from the source alone.
    grid : dict of str to list
        Values to try of some of its parameters, at least one; of nested ones as ``"svc__C"``.

    Returns
    -------
    type
        A subclass of :class:`Wrapped` whose constructor arguments are the parameters of the grid.

    Raises InvalidInput for a name that no folder can have, and for an estimator or a parameter that
    is none.

    Examples
    --------
    >>> from sklearn.linear_model import LogisticRegression
    >>> method = wrap("LogReg", LogisticRegression(max_iter=1000), {"C": [0.1, 1.0, 10.0]})
    >>> method.grids["paper"]
    [{'C': 0.1}, {'C': 1.0}, {'C': 10.0}]
    >>> Xs, ys = np.array([[0.0], [1.0], [3.0], [4.0]]), ["no", "no", "yes", "yes"]
    >>> method(C=10.0).fit(Xs, ys).predict([[0.5], [3.5]]).tolist()
    ['no', 'yes']
    """
    if not re.fullmatch(r"\w[\w.+() -]*", name):
        raise InvalidInput(f"expected a name of letters, digits and .+()-, found {name!r}")
    if lacking := [m for m in ("fit", "predict", "get_params") if not hasattr(estimator, m)]:
        raise InvalidInput(
            f"{name}: expected an estimator, found {estimator!r:.80} without {', '.join(lacking)}; "
            "a transport of POT becomes one with Transported(transport, classifier)"
        )
    known = estimator.get_params()
    if unknown := sorted(set(grid) - set(known)):
        raise InvalidInput(
            f"{name}: expected parameters of the estimator, found {', '.join(unknown)}; "
            f"it has {', '.join(sorted(known))}"
        )
    grids = cheap(points(**grid))
    if not grid or not grids["paper"]:
        raise InvalidInput(
            f"{name}: expected a grid of one parameter or more with values, found {grid}; for the "
            "estimator as it is, give a parameter with the value that it has"
        )
    body = {"template": estimator, "defaults": {key: known[key] for key in grid}, "grids": grids}
    return type(name, (Wrapped,), body | {"__doc__": f"{type(estimator).__name__} as a method."})


class Wrapped(DomainAdapter):
    """The base of what :func:`wrap` makes; ``template`` is the estimator, which is never fitted.

    Classes are numbered in sorted order, so that the estimator labels as it does by itself.

    Attributes
    ----------
    model_ : object
        The fitted estimator; its labels are positions in ``classes_``.
    """

    template, defaults = None, {}

    def __init__(self, **parameters):
        self.set_params(**self.defaults | parameters)

    def get_params(self, deep=True):
        """Values of the parameters that the grid varies."""
        return {name: getattr(self, name) for name in self.defaults}

    def set_params(self, **parameters):
        """Set some of them; others raise InvalidInput."""
        if unknown := sorted(set(parameters) - set(self.defaults)):
            raise InvalidInput(
                f"expected arguments of {type(self).__name__} that its grid varies "
                f"({', '.join(self.defaults)}), found {', '.join(unknown)}"
            )
        vars(self).update(parameters)
        return self

    def _validate_params(self):
        """Nothing: the estimator itself does, when it is fitted."""

    def _fit(self, Xs, codes, Xt):
        codes = np.searchsorted(self.classes_, self.class_order_[codes])
        self.class_order_ = self.classes_
        model = clone(self.template)
        # routing is on where skada has been imported, but only in the thread that did it
        with as_invalid_input(), config_context(enable_metadata_routing=True):
            model.set_params(**self.get_params())
            if _takes(model, "Xt"):
                model.fit(Xs, codes, Xt=Xt)
            elif _takes(model, "sample_domain"):
                y = np.r_[codes, np.full(len(Xt), MASKED)]
                domain = np.repeat([SOURCE, TARGET], [len(Xs), len(Xt)])
                model.fit(np.vstack([Xs, Xt]), y, sample_domain=domain)
            else:
                model.fit(Xs, codes)
        self.model_ = model  # fit need not return it

    def _decide(self, X):
        with config_context(enable_metadata_routing=True):
            return np.asarray(self.model_.predict(X)).astype(int)

    def _scores(self, X):
        """Logarithms of the class probabilities, or decision values, or None: (n, c)."""
        with config_context(enable_metadata_routing=True):
            if hasattr(self.model_, "predict_proba"):
                tiny = np.finfo(float).tiny
                values = np.log(np.maximum(self.model_.predict_proba(X), tiny))
            elif hasattr(self.model_, "decision_function"):
                values = self.model_.decision_function(X)
            else:
                return None
        if values.ndim == 1:  # two classes: the value of the second one, with 0 for the first
            values = np.column_stack([np.zeros_like(values), values])
        return values if values.shape[1] == len(self.class_order_) else None


def _takes(estimator, name):
    """Whether ``fit`` takes the argument ``name``, itself or by the routing of a pipeline."""
    consumed = get_routing_for_object(estimator).consumes("fit", [name])
    return name in consumed or name in signature(estimator.fit).parameters


class Transported(ClassifierMixin, BaseEstimator):
    """A transport of POT (``ot.da``), then a classifier that is trained on the moved source.

    Parameters
    ----------
    transport : object
        With ``fit(Xs=, ys=, Xt=)`` and ``transform(Xs=)``; the target stays where it is.
    classifier : object
        Any classifier of scikit-learn's kind.
    """

    def __init__(self, transport, classifier):
        self.transport = transport
        self.classifier = classifier

    def fit(self, Xs, ys, Xt):
        """Move the source (n_s, n_features) onto the target (n_t, n_features), and train there."""
        self.transport_ = clone(self.transport).fit(Xs=Xs, ys=ys, Xt=Xt)
        self.classifier_ = clone(self.classifier).fit(self.transport_.transform(Xs=Xs), ys)
        self.classes_ = self.classifier_.classes_
        return self

    def predict(self, X):
        """Labels of target rows: (n, n_features) -> (n,)."""
        return self.classifier_.predict(X)

    @available_if(lambda self: hasattr(self.classifier, "decision_function"))
    def decision_function(self, X):
        """Decision values of target rows, as the classifier has them."""
        return self.classifier_.decision_function(X)


class WithDomains(ClassifierMixin, BaseEstimator):
    """One of our methods as skada calls an estimator, to stand last in its ``make_da_pipeline``.

    Parameters
    ----------
    estimator : DomainAdapter
        Its arguments are set as ``withdomains__estimator__k`` in a pipeline.

    Attributes
    ----------
    estimator_ : DomainAdapter
        The fitted method.
    """

    __metadata_request__fit = {"sample_domain": True}

    def __init__(self, estimator):
        self.estimator = estimator

    def fit(self, X, y, sample_domain=None):
        """Learn from rows of both domains.

        Parameters
        ----------
        X : array-like of shape (n_s + n_t, n_features)
        y : array-like of shape (n_s + n_t,)
            Labels; those of target rows are not looked at.
        sample_domain : array-like of shape (n_s + n_t,), default=None
            Not negative: source. ``None``: rows with the label -1 are the target.
        """
        X, y = np.asarray(X), np.asarray(y)
        source = y != MASKED if sample_domain is None else np.asarray(sample_domain) >= 0
        target = None if source.all() else X[~source]
        self.estimator_ = clone(self.estimator).fit(X[source], y[source], target)
        self.classes_ = self.estimator_.classes_
        return self

    def predict(self, X):
        """Labels of target rows: (n, n_features) -> (n,)."""
        return self.estimator_.predict(X)
