"""What all descriptors on the block grid share."""

import numpy as np

from ..clips import as_clips
from ..protocol import LEVELS, facial_columns


class BlockDescriptor:
    """A histogram on each plane of each of the 85 facial blocks.

    A descriptor sets ``planes`` (names) and ``n_bins``, and computes :meth:`histograms`.
    """

    planes = ()
    n_bins = 0

    def __repr__(self):
        """Name and parameters, the same in every process: extracted features are known by it."""
        parameters = ", ".join(f"{name}={value!r}" for name, value in vars(self).items())
        return f"{type(self).__name__}({parameters})"

    @property
    def n_features(self):
        """Length of a feature vector: 85 blocks x planes x bins."""
        return sum(level**2 for level in LEVELS) * len(self.planes) * self.n_bins

    @property
    def block_slices(self):
        """Columns of each facial block: 85 arrays, in the order of ``facial_blocks``.

        Columns run level -> plane -> block -> bin as in the released files, so those of one block
        are one run a plane.
        """
        return facial_columns(len(self.planes), self.n_bins)

    def histograms(self, clip):
        """Histograms of one clip (T, H, W): shape (n_planes, 85, n_bins)."""
        raise NotImplementedError

    def extract(self, clips):
        """Features of some clips.

        Parameters
        ----------
        clips : array-like of shape (n, T, H, W), or (T, H, W) for one
            Grey values, time forwards, rows downwards; 16 x 112 x 112 in the benchmark. Integers
            or floats of any scale.

        Returns
        -------
        ndarray of shape (n, n_features), float64

        Raises
        ------
        ValueError
            Another number of axes, NaN or infinity, a clip too small for the descriptor.
        """
        clips = as_clips(clips)
        features = np.empty((len(clips), self.n_features))
        for row, clip in zip(features, clips, strict=True):
            levels = np.split(self.histograms(clip), _ENDS, axis=1)
            row[:] = np.concatenate([level.ravel() for level in levels])
        return features


_ENDS = np.cumsum([level**2 for level in LEVELS])[:-1]  # blocks of a level are neighbours


def relative(counts):
    """Histograms as shares: each sums to 1, an empty one stays 0."""
    total = counts.sum(axis=-1, keepdims=True)
    return np.divide(counts, total, out=np.zeros_like(counts), where=total > 0)
