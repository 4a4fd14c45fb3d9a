"""What the hand-made descriptors share: histograms on the grid of 85 facial blocks.

Source: paper B, Section III-A (grids of 1 x 1, 2 x 2, 4 x 4 and 8 x 8 blocks; paper A's text says
1, 2, 3, 4, which would give 30 blocks). The blocks and the order of columns are in
:mod:`cdmer_lib.protocol`.
"""

from functools import cache
from itertools import repeat

import numpy as np

from ..clips import as_clips
from ..errors import InvalidInput
from ..protocol import LEVELS, facial_blocks, facial_columns

# The two axes of a clip (t, y, x) that span each plane: the axis of time, or else of rows, first.
AXES_TIME_FIRST = {"XY": (1, 2), "XT": (0, 2), "YT": (0, 1)}
TOLERANCE = 1e-9  # times the largest grey value: a smaller difference counts as none


class BlockDescriptor:
    """Base of the descriptors. Each sets ``planes`` and ``n_bins``, and has :meth:`histograms`.

    For the one here ``counts(clip, plane)`` gives the sums in all blocks, (85, n_bins).
    """

    def __repr__(self):
        """Name and parameters, the same in every process: stored features are found by it."""
        parameters = ", ".join(f"{name}={value!r}" for name, value in vars(self).items())
        return f"{type(self).__name__}({parameters})"

    @property
    def n_features(self):
        """Length of a feature vector: 85 blocks x planes x bins."""
        return sum(level**2 for level in LEVELS) * len(self.planes) * self.n_bins

    @property
    def block_slices(self):
        """Columns of each block: 85 arrays, see :func:`~cdmer_lib.protocol.facial_columns`."""
        return facial_columns(len(self.planes), self.n_bins)

    def require_size(self, clip, smallest, who):
        """Raise InvalidInput if a clip (T, H, W) is shorter than ``smallest`` along any axis."""
        if min(clip.shape) < smallest:
            raise InvalidInput(
                f"{who} needs at least {smallest} frames, rows and columns, "
                f"found a clip of shape {clip.shape}; interpolate it to 16 frames of 112 x 112"
            )

    def histograms(self, clip):
        """Histograms of one clip (T, H, W) as shares: shape (n_planes, 85, n_bins)."""
        return relative(np.array([self.counts(clip, plane) for plane in self.planes]))

    def extract(self, clips):
        """Features (n, n_features), float64, of clips (n, T, H, W), or (T, H, W) for one.

        Clips hold grey values of any scale, time forwards, rows downwards. Raises InvalidInput for
        another number of axes, NaN or infinity, and a clip too small for the descriptor.
        """
        clips = as_clips(clips)
        features = np.empty((len(clips), self.n_features))
        columns = np.concatenate(self.block_slices)
        for row, clip in zip(features, clips, strict=True):
            row[columns] = self.histograms(clip).swapaxes(0, 1).ravel()
        return features


def largest(clip):
    """The largest absolute grey value of a clip, 0 if it is empty, without a copy of the clip."""
    return max(float(np.max(clip, initial=0)), -float(np.min(clip, initial=0)))


def relative(counts):
    """Histograms as shares: each sums to 1, an empty one stays 0."""
    total = counts.sum(axis=-1, keepdims=True)
    return np.divide(counts, total, out=np.zeros_like(counts), where=total > 0)


def shifted(clip, step, R):
    """The grey value ``step`` (t, y, x) away from each core voxel: (T - 2R, H - 2R, W - 2R)."""
    return clip[tuple(slice(R + s, n - R + s) for s, n in zip(step, clip.shape, strict=True))]


def block_histograms(labels, n_bins, blocks=None, weights=None):
    """Histograms of a labelled volume in every block: shape (n_blocks, n_bins), float64.

    ``labels`` (T, H, W) has integers from 0 to n_bins - 1, ``weights`` (T, H, W) what each voxel
    adds, 1 by default. ``blocks`` is a list of Block, by default the 85 facial blocks. The edges of
    all blocks cut the image into tiles. Each tile is counted once, and summed over for each block.
    """
    blocks = blocks or facial_blocks(*labels.shape[1:])
    rows = tuple((b.rows.start, b.rows.stop) for b in blocks)
    columns = tuple((b.columns.start, b.columns.stop) for b in blocks)
    tile, inside = _tiles(rows, columns, labels.shape[1:])
    first_bin = tile * n_bins
    counts = np.zeros(inside.shape[1] * n_bins)
    added = repeat(1.0) if weights is None else weights.reshape(len(labels), -1)
    for frame, amount in zip(labels, added, strict=False):  # a frame fits the processor's caches
        np.add.at(counts, (frame + first_bin).ravel(), amount)
    return inside @ counts.reshape(-1, n_bins)


@cache
def _tiles(rows, columns, shape):
    """The tile of each pixel (H, W), and which tiles each block has (n_blocks, n_tiles)."""
    (down, in_rows), (across, in_columns) = map(_cut, (rows, columns), shape)
    inside = (in_rows[:, :, None] & in_columns[:, None, :]).reshape(len(rows), -1)
    return down[:, None] * in_columns.shape[1] + across, inside.astype(np.float64)


def _cut(runs, length):
    """Along one axis: the tile of each pixel, and which tiles each run (start, stop) covers."""
    edges = np.unique([0, *np.ravel(runs)])
    starts = edges[edges < length]
    tile = np.searchsorted(starts, np.arange(length), side="right") - 1
    return tile, np.array([(start <= starts) & (starts < stop) for start, stop in runs])
