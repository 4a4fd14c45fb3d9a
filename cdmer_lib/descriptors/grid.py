"""The block grid that all descriptors share: 1 + 4 + 16 + 64 = 85 facial blocks.

Source: paper B, Section III-A (1x1, 2x2, 4x4, 8x8; paper A's text says 1, 2, 3, 4, which would
give 30 blocks). Edges and column order are those found in the released features; the book's page
on the released features proves them.
"""

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


def facial_blocks(length=CORE):
    """The 85 blocks in released order: grid by grid, the row index running fastest."""
    blocks = []
    for level in LEVELS:
        edge = block_edges(level, length)
        blocks += [
            Block(level, r, c, slice(edge[r], edge[r + 1]), slice(edge[c], edge[c + 1]))
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
