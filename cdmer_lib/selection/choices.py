"""How a grid point is chosen: with the target labels, as the papers do, or without them."""

from functools import partial

import numpy as np

from ..errors import InvalidInput
from ..experiments.store import labels_of
from ..statistics.metrics import confusion, mean_f1


def best_on_target(table):
    """The papers' rule: the first point with the largest mean F1 **on the target labels**.

    Such scores say what a method can reach, not what it would reach in use. ``table`` is a sweep,
    in the grid's order. The result is the row (Series) of the chosen point.

    Source: paper A, Section IV-A; paper B, Section III-A.
    """
    # rounded, so that equal confusion matrices tie however their scores were summed
    return table.loc[table["mean_f1"].round(12).idxmax()]


def importance_weighted(table, ys):
    """Accuracy on held-out source samples, each counted by its density ratio (uLSIF, mean 1).

    Source: Sugiyama et al., Importance weighted cross validation (JMLR 2007).
    """
    wrong = labels_of(table["held_out"]) != ys
    return -(np.array(table.attrs["weights"]) * wrong).mean(axis=1)


def deep_embedded(table, ys):
    """:func:`importance_weighted` with a discriminator's weights and a control variate.

    The control variate, eta (mean weight - 1) with eta = -Cov(w l, w) / Var(w), is added to the
    weighted error against the noise of the weights; it is 0 for weights of mean 1. The
    discriminator's weights were taken only after a regret had been seen.

    Source: You et al., Towards accurate model selection in deep unsupervised domain adaptation
    (ICML 2019).
    """
    w = np.array(table.attrs["discriminator"])
    weighted = w * (labels_of(table["held_out"]) != ys)
    centred = weighted - weighted.mean(axis=1, keepdims=True)
    eta = -(centred * (w - w.mean())).mean(axis=1) / (w.var() or 1)
    return -(weighted.mean(axis=1) + eta * (w.mean() - 1))


def _source_f1(column, table, ys):
    """Mean F1 of the labels in ``column``, a record of the source, against its true ones."""
    labels = labels_of(table[column])
    return mean_f1(confusion(ys, labels, np.union1d(ys, labels)))


#: The criterion that the results page shows. It was declared before any criterion was scored. It
#: needs neither the scale of decision values nor a density in 15045 dimensions, and it treats
#: source and target in the same way.
DEFAULT_CRITERION = "reverse validation"
#: name: the criterion, and the column that it reads. A criterion takes a sweep with its record and
#: the source labels, as :func:`choose` does, and returns a value for each point. Cross-validation
#: (Stone 1974) does not see the shift; for reverse validation see
#: :func:`~cdmer_lib.selection.validation.reverse_labels`, for the last three
#: :mod:`~cdmer_lib.experiments.criteria`.
#:
#: :meta hide-value:
CHOICES = {
    "source cross-validation": (partial(_source_f1, "held_out"), "held_out"),
    "importance-weighted": (importance_weighted, "held_out"),
    "deep embedded": (deep_embedded, "held_out"),
    "reverse validation": (partial(_source_f1, "reverse"), "reverse"),
    "entropy": (lambda table, ys: -table["entropy"], "entropy"),
    "mutual information": (lambda table, ys: table["diversity"] - table["entropy"], "entropy"),
    "neighbourhood density": (lambda table, ys: table["density"], "density"),
}


def choose(table, ys, criterion):
    """The row (Series) that a criterion, a key of ``CHOICES``, chooses: the first largest value.

    ``table`` is that of :func:`~cdmer_lib.selection.validation.with_record`, and ``ys`` (n_s,) are
    the source labels. Points without what the criterion reads are left out; InvalidInput if all.
    """
    value, column = CHOICES[criterion]
    known = table[table[column].notna()] if column in table else table[:0]
    if not len(known):
        raise InvalidInput(
            f"expected a sweep with the column {column!r} for {criterion}, found none; solve it "
            "again with cdmer run, then cdmer validate"
        )
    return known.iloc[np.argmax(np.round(value(known, ys), 12))]
