"""Do the selected regions move? TGSR's blocks against the ground truth of synthetic clips."""

from pathlib import Path

import numpy as np
import pandas as pd
from joblib import Parallel, delayed

from ..data import load_database
from ..data.extracted import BASELINE
from ..data.layouts import find_clips
from ..descriptors import DESCRIPTORS
from ..methods import TGSR
from ..protocol import CORE, TASKS, database_info, facial_blocks, get_task
from ..solvers.blocks import block_columns
from .provenance import input_hash
from .sweep import sweep

MOVES = 0.25  # pixels at 112 x 112: a block whose mean displacement reaches it moves
XI = 1.0
KAPPAS = range(1, 86)


def block_motion(motion):
    """Mean displacement in each facial block.

    Parameters
    ----------
    motion : ndarray of shape (n, 112, 112)
        Largest displacement by the expression at each pixel, in pixels.

    Returns
    -------
    ndarray of shape (n, 85)
    """
    border = (motion.shape[1] - CORE) // 2  # what the descriptor's radius takes
    core = motion[:, border : border + CORE, border : border + CORE].astype(np.float64)
    return np.stack([core[:, b.rows, b.columns].mean(axis=(1, 2)) for b in facial_blocks()], axis=1)


def true_motion(name, root):
    """Ground truth of a synthetic database, clip by clip in the order of its features: (n, 85)."""
    with np.load(Path(root) / "ground_truth" / f"{database_info(name).name}_motion.npz") as maps:
        clips = find_clips(name, root)
        return block_motion(np.stack([maps[f"{clip.subject}/{clip.name}"] for clip in clips]))


def moving_blocks(name, root):
    """Blocks whose displacement, averaged over all clips, reaches :data:`MOVES`: (85,) bool."""
    return true_motion(name, root).mean(axis=0) >= MOVES


def precision_recall(columns, truth):
    """Of a selection of columns: the share that lies in true blocks, and the share found of these.

    Counted in columns, since the authors' groups hold columns of several facial blocks.

    Parameters
    ----------
    columns : ndarray of shape (n_features,), bool
    truth : ndarray of shape (85,), bool

    Returns
    -------
    precision, recall : float
        Precision is NaN where nothing is selected.
    """
    inside = np.zeros(len(columns), dtype=bool)
    for block, moves in zip(DESCRIPTORS[BASELINE].block_slices, truth, strict=True):
        inside[block] = moves
    hits = (columns & inside).sum()
    return hits / columns.sum() if columns.any() else np.nan, hits / inside.sum()


def score_saliency(root, tasks=None, kappas=KAPPAS, xi=XI, n_jobs=1):
    """TGSR over kappa on synthetic databases, with both groupings of columns.

    Parameters
    ----------
    root : path
        Synthetic databases with their ground truth and their features.
    tasks : list, default=None
        All by default.
    kappas, xi
        Grid points.
    n_jobs : int

    Returns
    -------
    DataFrame
        ``task``, ``blocks`` ("facial" or "authors"), ``kappa``, ``mean_f1`` on the target,
        ``precision`` and ``recall`` of the selected columns, ``chance`` (the precision of a random
        selection), ``selected`` (85 digits, 1 for a block that is kept).
    """
    wanted = [get_task(task) for task in tasks or TASKS]
    jobs = [(task, blocks) for task in wanted for blocks in ("facial", "authors")]
    frames = Parallel(n_jobs=n_jobs)(
        delayed(_score_path)(root, task, blocks, list(kappas), xi) for task, blocks in jobs
    )
    scores = pd.concat(frames, ignore_index=True)
    names = sorted({name for task in wanted for name in (task.source, task.target)})
    scores.attrs["inputs"] = {name: input_hash(load_database(name, root)) for name in names}
    return scores


def _score_path(root, task, blocks, kappas, xi):
    data = {name: load_database(name, root) for name in (task.source, task.target)}
    source, target = data[task.source], data[task.target]
    points = [{"kappa": kappa, "xi": xi} for kappa in kappas]
    table = sweep("TGSR", task, points, data, progress=False, blocks=blocks)[["kappa", "mean_f1"]]
    table.insert(0, "task", task.letters)
    table.insert(1, "blocks", blocks)
    kept = TGSR(xi=xi, blocks=blocks).selection_path(source.X, source.y, target.X, kappas)
    truth, group_of = moving_blocks(task.source, root), np.empty(source.X.shape[1], dtype=int)
    for group, columns in enumerate(block_columns(blocks, source.X.shape[1])):
        group_of[columns] = group
    found = [precision_recall(selected[group_of], truth) for selected in kept]
    table["precision"], table["recall"] = np.transpose(found)
    table["chance"] = truth.mean()
    table["selected"] = ["".join(map(str, selected.astype(int))) for selected in kept]
    return table
