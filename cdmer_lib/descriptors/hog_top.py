"""HOG-TOP and HIGO-TOP: histograms of gradient orientations on three orthogonal planes.

Source: paper A, Sections II-B.2 and IV-A.2, after Li et al. (2018), who give the histogram of
oriented gradients of Dalal and Triggs (2005) to the three planes; HIGO counts a vote where HOG adds
the length of the gradient. Paper A gives the number of bins only. The rest is our reading:

- derivatives are differences of the two neighbours, [-1, 0, 1]; voxels without both are left out
  on all axes, so that the three planes count the same 14 x 110 x 110 voxels, as LBP-TOP with R = 1;
- the p bins are equal, the first begins at the direction of the second axis, and a vote is not
  shared between bins. With p = 4 a bin is a pair of signs of the two derivatives: on XT and YT,
  which way an edge moves. Four bins centred on the axes would not tell motion slower than a pixel
  a frame from rest;
- a voxel without gradient has no orientation and does not vote;
- each histogram sums to 1, as for the other descriptors: HOG then forgets the contrast.
"""

import numpy as np

from ..errors import InvalidInput
from ..protocol import PLANES, facial_blocks
from .base import BlockDescriptor, relative
from .grid import block_histograms
from .lbp_top import AXES, TOLERANCE

TIE = 1e-6  # of a bin: an orientation that close below an edge counts as on it


class HOGTOP(BlockDescriptor):
    """Lengths of the gradients on the planes XY, XT and YT, summed by orientation.

    Parameters
    ----------
    p : int
        Number of bins.
    signed : bool, default=True
        Whether the bins divide the full circle. False takes opposite gradients for one, and the
        bins divide the half circle, which Dalal and Triggs found better for people in any clothes.
    """

    planes = PLANES

    def __init__(self, p, signed=True):
        self.p, self.signed = p, signed

    @property
    def n_bins(self):
        return self.p

    def gradients(self, clip, plane):
        """Bin and length of the gradient of each core voxel on a plane.

        Returns
        -------
        bins : ndarray of int, shape (T - 2, H - 2, W - 2), values 0 to p - 1
            Bin b holds the angles [b, b + 1) of the p equal parts, counted from the second axis
            of the plane towards the first (rows downwards, time forwards).
        lengths : ndarray of float, the same shape
            0 where rounding alone makes a gradient.

        Raises
        ------
        ValueError
            A clip without core.
        """
        if min(clip.shape) < 3:
            raise InvalidInput(
                f"{type(self).__name__} needs at least 3 frames, rows and columns, "
                f"found a clip of shape {clip.shape}; interpolate it to 16 frames of 112 x 112"
            )
        first, second = (difference(clip, axis) for axis in AXES[plane])
        lengths = np.sqrt(first * first + second * second)
        lengths[lengths <= TOLERANCE * np.abs(clip).max()] = 0
        turns = np.arctan2(first, second)
        turns *= self.p / (2 * np.pi if self.signed else np.pi)
        turns += TIE
        return np.floor(turns, out=turns).astype(np.int64) % self.p, lengths

    def votes(self, lengths):
        """What each voxel adds to its bin."""
        return lengths

    def histograms(self, clip):
        """Shares of the votes: shape (3, 85, p)."""
        counts = []
        for plane in self.planes:
            bins, lengths = self.gradients(clip, plane)
            blocks = facial_blocks(*bins.shape[1:])
            counts.append(block_histograms(bins, self.p, blocks, self.votes(lengths)))
        return relative(np.array(counts))


class HIGOTOP(HOGTOP):
    """Numbers of the gradients on the planes XY, XT and YT, counted by orientation.

    Parameters
    ----------
    p : int
        Number of bins.
    signed : bool, default=True
        As for :class:`HOGTOP`.
    """

    def votes(self, lengths):
        """One for each voxel that has a gradient."""
        return (lengths > 0).astype(np.float64)


def difference(clip, axis):
    """Next minus previous grey value along an axis, for the core: shape (T - 2, H - 2, W - 2)."""
    ahead, behind = [slice(1, -1)] * 3, [slice(1, -1)] * 3
    ahead[axis], behind[axis] = slice(2, None), slice(None, -2)
    return clip[tuple(ahead)] - clip[tuple(behind)]
