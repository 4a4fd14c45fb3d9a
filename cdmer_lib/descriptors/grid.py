"""The block grid that all descriptors share: 1 + 4 + 16 + 64 = 85 facial blocks.

Source: paper B, Section III-A (1x1, 2x2, 4x4, 8x8; paper A's text says 1, 2, 3, 4, which would
give 30 blocks). Edges and column order are those found in the released features; the book's page
on the released features proves them.
"""

from functools import cache

import numpy as np


def block_histograms(labels, n_bins, blocks, weights=None):
    """Histograms of a labelled volume in every block, from one count on the cells of all grids.

    The edges of all blocks cut the image into cells; a cell is counted once, a block is the sum
    of its cells.

    Parameters
    ----------
    labels : ndarray of int, shape (T, H, W), values 0 to n_bins - 1
    n_bins : int
    blocks : list of Block
        Rows and columns count from the volume's first.
    weights : ndarray of shape (T, H, W), default=None
        What each voxel adds; 1 by default.

    Returns
    -------
    ndarray of shape (n_blocks, n_bins), float64
    """
    rows, columns = (tuple((run.start, run.stop) for run in runs) for runs in (
        [block.rows for block in blocks], [block.columns for block in blocks]))  # fmt: skip
    cell, n_cells, inside = _cells(rows, columns, labels.shape[1:])
    counts = np.bincount(
        (labels + cell * n_bins).ravel(),
        None if weights is None else weights.ravel(),
        n_cells * n_bins,
    )
    return inside @ counts.reshape(n_cells, n_bins).astype(np.float64)


@cache
def _cells(rows, columns, shape):
    """Cell of each pixel (H, W), number of cells, and which cells each block has (n_blocks, .)."""
    cell_row, inside_rows = _runs_of_cells(rows, shape[0])
    cell_column, inside_columns = _runs_of_cells(columns, shape[1])
    inside = (inside_rows[:, :, None] & inside_columns[:, None, :]).reshape(len(rows), -1)
    cell = cell_row[:, None] * inside_columns.shape[1] + cell_column
    return cell, inside.shape[1], inside.astype(np.float64)


def _runs_of_cells(runs, length):
    """Along one axis: the cell of each pixel, and which cells each run covers."""
    edges = np.unique([0, *np.ravel(runs)])
    starts = edges[edges < length]
    cell = np.searchsorted(starts, np.arange(length), side="right") - 1
    return cell, np.array([(start <= starts) & (starts < stop) for start, stop in runs])
