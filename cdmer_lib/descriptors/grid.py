"""The block grid that all descriptors share: 1 + 4 + 16 + 64 = 85 facial blocks.

Source: paper B, Section III-A (1x1, 2x2, 4x4, 8x8; paper A's text says 1, 2, 3, 4, which would
give 30 blocks). Edges and column order are those found in the released features; the book's page
on the released features proves them.
"""

from functools import cache
from typing import NamedTuple

import numpy as np

LEVELS = (1, 2, 4, 8)
CORE = 112 - 2 * 3  # rows and columns that have a full neighbourhood of radius 3
PLANES = ("XY", "XT", "YT")
BINS = 59  # uniform patterns of 8 neighbours, and one bin for the others


class Block(NamedTuple):
    """One facial block: its grid (1, 2, 4 or 8), its place in the grid, its pixels."""

    level: int
    row: int
    column: int
    rows: slice
    columns: slice


def block_edges(level, length=CORE):
    """Edges of ``level`` blocks on ``length`` pixels: shape (level + 1,).

    Every block has round(length / level) pixels, halves rounded up; the last takes the rest.
    """
    size = int(np.floor(length / level + 0.5))
    return np.append(np.arange(level) * size, length)


def facial_blocks(height=CORE, width=None):
    """The 85 blocks in released order: grid by grid, the row index running fastest.

    Parameters
    ----------
    height, width : int
        Pixels to cut; a square by default.
    """
    blocks = []
    for level in LEVELS:
        down, across = (block_edges(level, length) for length in (height, width or height))
        blocks += [
            Block(level, r, c, slice(down[r], down[r + 1]), slice(across[c], across[c + 1]))
            for c in range(level)
            for r in range(level)
        ]
    return blocks


def facial_columns(n_planes=3, n_bins=BINS):
    """Feature columns of each facial block in the released order.

    The released files run level -> plane -> block -> bin, so the columns of one block are
    ``n_planes`` separate runs.

    Returns
    -------
    list of 85 ndarray of shape (n_planes * n_bins,), in the order of :func:`facial_blocks`
    """
    columns, start = [], 0
    for level in LEVELS:
        shape = (n_planes, level * level, n_bins)
        run = start + np.arange(np.prod(shape)).reshape(shape)
        columns += list(run.transpose(1, 0, 2).reshape(level * level, -1))
        start = run[-1, -1, -1] + 1
    return columns


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
