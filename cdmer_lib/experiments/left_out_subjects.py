"""Leave one subject out, within a database or across several: any method, UF1 and UAR."""

import numpy as np
import pandas as pd
from joblib import delayed
from sklearn.base import clone
from sklearn.utils.validation import has_fit_parameter

from ..errors import InvalidInput
from ..parallel import workers
from ..protocol import PROTOCOLS, Protocol, people
from ..statistics.metrics import accuracy, confusion, mean_f1, uar
from .grids import registered

ALL = "all"  # the row of all databases together


def leave_subjects_out(method, data, protocol="LOSO", *, n_jobs=1):
    """Predict each person's clips by a method that learned from all other people's, and score.

    Parameters
    ----------
    method : str or estimator
        A key of :data:`~cdmer_lib.METHODS`, with its default arguments, or an estimator, which is
        cloned for each person. One whose ``fit`` takes ``Xt`` gets the clips of that person without
        labels; any classifier of scikit-learn does without.
    data : dict of str to Database
        Databases of the same features, with subjects.
    protocol : str or Protocol, default="LOSO"
        A key of :data:`~cdmer_lib.protocol.PROTOCOLS`, or one of your own.
    n_jobs : int, default=1
        People at the same time.

    Returns
    -------
    DataFrame
        That of :func:`score`; ``attrs["differences"]`` says what the databases have otherwise than
        the published protocol, ``attrs["predicted"]`` has the labels (list) of each database.

    Raises ``ValueError`` for an unknown method or protocol, databases that do not fit the protocol
    or each other, and fewer than two people.
    """
    differences = get_protocol(protocol).differences(data)
    if isinstance(method, str) and method not in registered():
        known = ", ".join(registered())
        raise InvalidInput(f"unknown method {method!r}: expected one of {known}, or an estimator")
    estimator = registered()[method]() if isinstance(method, str) else method
    if len(sizes := {d.X.shape[1] for d in data.values()}) > 1:
        raise InvalidInput(f"expected as many features in every database, found {sorted(sizes)}")
    X, y = (np.concatenate([getattr(d, name) for d in data.values()]) for name in "Xy")
    if len(whom := np.unique(who := people(data))) < 2:
        raise InvalidInput(f"expected two people or more, found {len(whom)}")
    jobs = (delayed(_predict)(clone(estimator), X, y, who == person) for person in whom)
    predicted = np.empty_like(y)
    for person, labels in zip(whom, workers(n_jobs)(jobs), strict=True):
        predicted[who == person] = labels
    ends = np.cumsum([len(d.y) for d in data.values()])[:-1]
    labels = dict(zip(data, np.split(predicted, ends), strict=True))
    table = score({name: (d.y, labels[name]) for name, d in data.items()})
    table.attrs["differences"] = differences
    table.attrs["predicted"] = {name: these.tolist() for name, these in labels.items()}
    return table


def get_protocol(protocol):
    """A Protocol: itself, or one of :data:`~cdmer_lib.protocol.PROTOCOLS`; ``ValueError`` else."""
    if isinstance(protocol, Protocol):
        return protocol
    if protocol not in PROTOCOLS:
        known = ", ".join(PROTOCOLS)
        raise InvalidInput(f"unknown protocol {protocol!r}: expected one of {known}")
    return PROTOCOLS[protocol]


def _predict(estimator, X, y, out):
    more = {"Xt": X[out]} if has_fit_parameter(estimator, "Xt") else {}
    return estimator.fit(X[~out], y[~out], **more).predict(X[out])


def score(labels):
    """UF1, UAR and accuracy of predicted labels, of all databases together and of each.

    ``labels`` maps the name of a database to its true and its predicted labels, each (n,). UF1 is
    the mean over classes of 2 TP / (2 TP + FP + FN), UAR that of TP / n_c; both are of **one**
    confusion matrix for all people, so that a person without clips of a class costs nothing.
    Returns a DataFrame: ``database`` ("all" first), ``n``, ``uf1``, ``uar``, ``accuracy``.

    Source: the composite evaluation of MEGC 2019 (See et al., 2019).
    """
    together = {ALL: tuple(np.concatenate(parts) for parts in zip(*labels.values(), strict=True))}
    rows = []
    for name, (y, predicted) in (together | labels).items():
        matrix = confusion(y, predicted, np.union1d(y, predicted))
        rows.append((name, len(y), mean_f1(matrix), uar(matrix), accuracy(matrix)))
    return pd.DataFrame(rows, columns=["database", "n", "uf1", "uar", "accuracy"])
