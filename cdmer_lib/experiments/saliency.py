"""Do the selected regions move? TGSR's blocks against the ground truth of synthetic clips."""

from itertools import product
from pathlib import Path

import numpy as np
import pandas as pd
from joblib import delayed

from ..data import load_database
from ..data.layouts import find_clips
from ..methods import TGSR
from ..parallel import workers
from ..protocol import CORE, TASKS, database_info, facial_blocks, facial_columns
from ..solvers.blocks import block_columns
from .provenance import input_hash
from .store import as_digits
from .sweep import sweep

MOVES = 0.25  # pixels at 112 x 112: a block whose mean displacement reaches it moves
XI = 1.0
KAPPAS = range(1, 86)


def block_motion(motion):
    """Mean displacement in each facial block, of pixels (n, 112, 112) -> (n, 85)."""
    border = (motion.shape[1] - CORE) // 2  # what the descriptor's radius takes
    core = motion[:, border : border + CORE, border : border + CORE].astype(np.float64)
    return np.stack([core[:, b.rows, b.columns].mean(axis=(1, 2)) for b in facial_blocks()], axis=1)


def true_motion(name, root):
    """Ground truth of a synthetic database, clip by clip in the order of its features: (n, 85)."""
    with np.load(Path(root) / "ground_truth" / f"{database_info(name).name}_motion.npz") as maps:
        clips = find_clips(name, root)
        return block_motion(np.stack([maps[f"{clip.subject}/{clip.name}"] for clip in clips]))


def precision_recall(columns, truth):
    """Precision and recall of selected ``columns`` (n_features,) bool, ``truth`` (85,) bool.

    Columns are counted: the authors' groups mix facial blocks. NaN where nothing is selected.
    """
    inside = np.zeros(len(columns), dtype=bool)
    for block, moves in zip(facial_columns(), truth, strict=True):
        inside[block] = moves
    hits = (columns & inside).sum()
    return hits / columns.sum() if columns.any() else np.nan, hits / inside.sum()


def score_saliency(root, n_jobs=1, features=None):
    """TGSR over kappa on the synthetic databases in a folder, on all tasks: a DataFrame.

    ``root`` has the databases and their ground truth, and their features if ``features`` has not.
    Columns: ``task``, ``blocks`` (the grouping of columns, "facial" or "authors"), ``kappa``,
    ``mean_f1``, ``precision`` and ``recall`` of the selected columns, ``chance`` (the precision of
    a random selection), ``selected`` (85 digits, 1 for a block that is kept).
    """
    features, jobs = features or root, product(TASKS, ("facial", "authors"))
    frames = workers(n_jobs)(delayed(_score_path)(root, features, *job) for job in jobs)
    scores = pd.concat(frames, ignore_index=True)
    names = sorted({task.source for task in TASKS})
    scores.attrs["inputs"] = {name: input_hash(load_database(name, features)) for name in names}
    return scores


def _score_path(root, features, task, blocks):
    source, target = (load_database(name, features) for name in (task.source, task.target))
    points = [{"kappa": kappa, "xi": XI} for kappa in KAPPAS]
    solved = sweep("TGSR", task, points, root=features, progress=False, blocks=blocks)
    kept = TGSR(xi=XI, blocks=blocks).selection_path(source.X, source.y, target.X, KAPPAS)
    truth = true_motion(task.source, root).mean(axis=0) >= MOVES
    group_of = np.empty(source.X.shape[1], dtype=int)
    for group, columns in enumerate(block_columns(blocks, len(group_of))):
        group_of[columns] = group
    precision, recall = np.transpose([precision_recall(row[group_of], truth) for row in kept])
    return pd.DataFrame({
        "task": task.letters, "blocks": blocks, "kappa": KAPPAS, "mean_f1": solved["mean_f1"],
        "precision": precision, "recall": recall, "chance": truth.mean(),
        "selected": as_digits(kept.astype(int)),
    })  # fmt: skip
