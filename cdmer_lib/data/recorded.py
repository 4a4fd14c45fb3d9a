"""The authors' own record of their TGSR grid search."""

import pandas as pd
from scipy.io import loadmat

from .fetch import obtain
from .registry import grid_file

COLUMNS = ("kappa", "xi", "accuracy", "mean_f1")


def load_recorded_grid(task, root=None):
    """Load the grid search that the authors of TGSR recorded for a task.

    Parameters
    ----------
    task : Task, int or str
        Anything ``get_task`` takes: a task, its number, or letters such as ``"V->N"``.
    root : path, optional
        A folder searched first, as in :func:`cdmer_lib.load_database`; the subfolders are
        ``authors_grids/`` and ``Acc/3class/``.

    Returns
    -------
    DataFrame
        23460 rows (85 kappa x 276 xi; xi repeats at 0.01, 0.1, 1, 10 and 100) in the file's
        order: ``kappa`` (int), ``xi``, ``accuracy`` (a fraction), ``mean_f1``.

    Raises
    ------
    DataUnavailable, IntegrityError, PermissionError
        As :func:`cdmer_lib.load_database`.
    ValueError
        Unknown task.
    """
    # The content is verified, so the variable and its shape need no second check.
    record = loadmat(obtain(grid_file(task), root), variable_names=["Acc"])["Acc"]
    return pd.DataFrame(record, columns=COLUMNS).astype({"kappa": int})
