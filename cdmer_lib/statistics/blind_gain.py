"""What each method gains over a baseline when no target label chooses its grid point."""

import numpy as np
import pandas as pd

from ..errors import DataUnavailable
from ..experiments.store import labels_of
from ..selection.choices import DEFAULT_CRITERION, choose
from ..selection.validation import with_record
from .paired import holm
from .uncertainty import draw_people, interval, replicate_f1


def gains_without_labels(store, methods, tasks, data, baseline="SVM", n_draws=2000, seed=0):
    """Mean gain in mean F1 over ``baseline``, on the same clips, for each of ``methods``.

    ``store`` holds the sweeps and their records, ``tasks`` are Task, ``data`` holds their databases
    by name, with people. The default criterion chooses the point of every method. People of the
    targets are drawn ``n_draws`` times with replacement, the same ones in all tasks that share
    them. DataUnavailable if a record is not in the store.

    Returns a DataFrame, a row a method: ``gain``, the mean over the tasks; ``low`` and ``high``,
    between which 95 per cent of the draws lie; ``p``, twice the share of draws on the wrong side of
    zero; ``p_holm``, corrected for the number of methods; ``n_tasks``, tasks with a gain.
    """
    rng, counts = np.random.default_rng(seed), {}  # of each clip: once, then as drawn
    people = {task: tuple(data[task.target].subjects) for task in tasks}
    for those in dict.fromkeys(people.values()):
        counts[those] = np.vstack([np.ones(len(those)), draw_people(those, n_draws, rng)])

    def scores(method, task):
        """Mean F1 on all clips, then in each draw: (1 + n_draws,)."""
        table = with_record(store, method, task)
        if table is None:
            raise DataUnavailable(
                f"expected a record of {method} on {task}, found none; cdmer validate makes it"
            )
        labels = labels_of([choose(table, data[task.source].y, DEFAULT_CRITERION)["predicted"]])
        return replicate_f1(data[task.target].y, labels, counts[people[task]])[:, 0]

    reference = np.array([scores(baseline, task) for task in tasks])
    gains = np.array([[scores(method, task) for task in tasks] for method in methods]) - reference
    here, drawn = gains[:, :, 0], gains.mean(axis=1)[:, 1:]  # (methods, tasks), (methods, draws)
    low, high = interval(drawn)
    wrong = np.minimum((drawn <= 0).sum(axis=1), (drawn >= 0).sum(axis=1))
    p = np.minimum(1, 2 * (1 + wrong) / (1 + n_draws))
    columns = {"gain": here.mean(axis=1), "low": low, "high": high, "p": p, "p_holm": holm(p)}
    return pd.DataFrame(columns | {"n_tasks": (here > 0).sum(axis=1)}, index=list(methods))
