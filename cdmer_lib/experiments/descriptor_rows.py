"""Tables V and VI of paper A: every descriptor with the linear SVM on every task."""

import pandas as pd
from joblib import delayed

from ..data import load_database
from ..data.extracted import absent, find_features
from ..descriptors import HAND_CRAFTED
from ..parallel import workers
from ..protocol import DATABASES, TASKS, database_info
from .provenance import input_hash
from .sweep import sweep


def score_descriptors(root, descriptors=None, n_jobs=1, databases=None):
    """Score descriptors whose features ``cdmer features`` has put in a folder, ``root``.

    ``descriptors`` are keys of :data:`~cdmer_lib.DESCRIPTORS`, by default all that need no weights;
    ``databases`` are names or letters. Returns a DataFrame, a row for each descriptor and task
    whose databases are there: ``descriptor``, ``task`` (letters), ``mean_f1``, ``accuracy``,
    ``uar``, ``predicted`` (as in the store). ``attrs["inputs"]`` has the hash of each database's
    features by descriptor. Raises DataUnavailable if one has fewer than two databases.
    """
    names = [database_info(name).name for name in databases or DATABASES]
    rows = workers(n_jobs)(
        delayed(_score)(root, descriptor, names) for descriptor in descriptors or HAND_CRAFTED
    )
    scores = pd.concat([frame for frame, _ in rows], ignore_index=True)
    scores.attrs["inputs"] = dict(hashes for _, hashes in rows)
    return scores


def _score(root, descriptor, names):
    here = [name for name in names if find_features(name, root, descriptor)]
    tasks = [task for task in TASKS if {task.source, task.target} <= set(here)]
    if not tasks:
        others = [name for name in [*names, *DATABASES] if name not in here]
        raise absent(others[0], root, descriptor)
    data = {name: load_database(name, root, descriptor=descriptor) for name in here}
    options = {"data": data, "progress": False, "predictions": True}
    frames = {(descriptor, task.letters): sweep("SVM", task, **options) for task in tasks}
    frame = pd.concat(frames, names=["descriptor", "task"]).reset_index(["descriptor", "task"])
    hashes = descriptor, {name: input_hash(data[name]) for name in here}
    return frame.drop(columns=["C", "seconds"]), hashes
