"""HOG-TOP and HIGO-TOP: histograms of gradient orientations on three orthogonal planes.

Source: paper A, Sections II-B.2 and IV-A.2, after Li et al. (2018) and Dalal and Triggs (2005).
Paper A gives the number of bins only. The rest is our reading:

- A derivative is the difference of the two neighbours, [-1, 0, 1]. A voxel that lacks a neighbour
  on any axis is left out on all planes, as in LBP-TOP with R = 1: 14 x 110 x 110 voxels are left.
- The p bins are equal, the first one starts at the second axis, and each voxel votes for one bin.
  With p = 4 a bin is a pair of signs: on XT and YT it tells which way an edge moves. Bins centred
  on the axes could not tell motion slower than one pixel a frame from rest.
- A voxel without gradient does not vote. Each histogram sums to 1.
"""

from functools import cache

import numpy as np

from ..protocol import PLANES
from .base import AXES_TIME_FIRST, TOLERANCE, BlockDescriptor, block_histograms, largest, shifted

# Part of a bin by which edges are moved down: rounding may put an angle just below its edge.
EDGE_TOLERANCE = 1e-6


class HOGTOP(BlockDescriptor):
    """Lengths of the gradients on the planes XY, XT and YT, summed by orientation in ``p`` bins.

    The bins divide the full circle. Without ``signed`` they divide the half circle, and opposite
    gradients have the same bin; Dalal and Triggs found this better for people in any clothes.
    """

    planes = PLANES
    n_bins = property(lambda self: self.p)

    def __init__(self, p, signed=True):
        self.p, self.signed = p, signed

    def gradients(self, clip, plane):
        """Bin and length of the gradient of each core voxel on a plane: two (T - 2, H - 2, W - 2).

        Bins, 0 to p - 1, are counted from the second axis of the plane towards the first, and have
        their lower edge. A length no larger than rounding errors is 0. Raises InvalidInput if a
        side of the clip is shorter than 3.
        """
        self.require_size(clip, 3, type(self).__name__)
        steps = np.eye(3, dtype=int)[list(AXES_TIME_FIRST[plane])]
        smallest = TOLERANCE * largest(clip)
        (first_slope, _), *slopes, table = _edges(self.p, self.signed)
        bins = np.empty([side - 2 for side in clip.shape], table.dtype)
        lengths = np.empty(bins.shape)
        for t, length in enumerate(lengths):  # a frame fits the processor's caches
            frames = clip[t : t + 3]
            first, second = (shifted(frames, s, 1)[0] - shifted(frames, -s, 1)[0] for s in steps)
            np.sqrt(first * first + second * second, out=length)
            length *= length > smallest
            number = (first >= first_slope * second) * np.int16(len(table) // 2)
            for slope, rising in slopes:
                number += first > slope * second if rising else first < slope * second
            table.take(number, out=bins[t], mode="clip")
        return bins, lengths

    def votes(self, lengths):
        """What each voxel adds to its bin."""
        return lengths

    def counts(self, clip, plane):
        """Sum of the votes for each bin in each block: shape (85, p)."""
        bins, lengths = self.gradients(clip, plane)
        return block_histograms(bins, self.p, weights=self.votes(lengths))


class HIGOTOP(HOGTOP):
    """Numbers of gradients on the planes XY, XT and YT, by orientation; see :class:`HOGTOP`."""

    def votes(self, lengths):
        """One for each voxel that has a gradient."""
        return (lengths > 0).astype(np.float64)


@cache
def _edges(p, signed):
    """Lines along the edges of the bins, then a table of the bin by the number of lines passed.

    A line at the angle a is a pair (tan a, cos a > 0), passed where first cos a > second sin a. The
    first of the n lines, near the angle 0, counts as n.
    """
    n = p // 2 if signed and p % 2 == 0 else p  # opposite edges share a line
    angles = np.pi * np.arange(n) / n - EDGE_TOLERANCE * (2 if signed else 1) * np.pi / p
    part = np.concatenate([np.arange(2 * n - 1, n - 1, -1), np.arange(n)])  # of 2n, from angle 0
    table = (part * p // (2 * n) if signed else part % p).astype(np.min_scalar_type(p))
    return *zip(np.tan(angles), np.cos(angles) > 0, strict=True), table
