"""LBP-SIP: local binary patterns on the six intersection points of the three planes.

Source: paper A, Sections II-B.2 and IV-A.2, after Wang et al. (2014). The four neighbours in the
frame give one pattern of 16 values, the two in time another of 4; there is no uniform mapping. The
authors' code is not public: codes on the whole clip first, then blocks, as in the released
LBP-TOP features, is our reading.
"""

import numpy as np

from ..errors import InvalidInput
from ..protocol import facial_blocks
from .base import BlockDescriptor, relative
from .grid import block_histograms
from .lbp_top import TOLERANCE

# Steps (t, y, x) from the centre, in units of R; a neighbour's place in the list is its bit.
# In the frame: right, above, left, below, the order of LBP-TOP with four neighbours.
NEIGHBOURS = ((0, 0, 1), (0, -1, 0), (0, 0, -1), (0, 1, 0), (-1, 0, 0), (1, 0, 0))
SPATIAL, TEMPORAL = 16, 4


class LBPSIP(BlockDescriptor):
    """Histograms of the spatial and of the temporal pattern, 16 + 4 bins a block.

    Each of the two histograms sums to 1, as each plane of LBP-TOP does. Both count the same voxels,
    so that one common sum would only halve every feature.

    Parameters
    ----------
    R : int
        Radius in pixels and frames.
    """

    planes = ("SIP",)
    n_bins = SPATIAL + TEMPORAL

    def __init__(self, R):
        self.R = R

    def histograms(self, clip):
        """Shares of the patterns: shape (1, 85, 20), the 16 spatial ones first.

        Raises ``ValueError`` where a neighbour of every voxel lies outside the clip.
        """
        codes = sip_codes(clip, self.R)
        # One count of all six bits; the two patterns are its margins.
        counts = block_histograms(codes, SPATIAL * TEMPORAL, facial_blocks(*codes.shape[1:]))
        counts = counts.reshape(-1, TEMPORAL, SPATIAL)
        return np.hstack([relative(counts.sum(axis=1)), relative(counts.sum(axis=2))])[None]


def sip_codes(clip, R):
    """Both patterns of each core voxel in one number: spatial + 16 temporal.

    Bit p is set where neighbour p is not below the centre; grey values that differ by no more than
    ``TOLERANCE`` of the largest count as equal.

    Parameters
    ----------
    clip : ndarray of shape (T, H, W), float64
    R : int

    Returns
    -------
    ndarray of shape (T - 2R, H - 2R, W - 2R), uint8, values 0 to 63
    """
    smallest = 2 * R + 1
    if min(clip.shape) < smallest:
        raise InvalidInput(
            f"LBP-SIP with R = {R} needs at least {smallest} frames, rows and columns, "
            f"found a clip of shape {clip.shape}; interpolate it to 16 frames of 112 x 112"
        )
    core = tuple(length - 2 * R for length in clip.shape)

    def moved(step):
        return clip[tuple(slice(R + R * s, R + R * s + n) for s, n in zip(step, core, strict=True))]

    threshold = moved((0, 0, 0)) - TOLERANCE * np.abs(clip).max()
    codes = np.zeros(core, np.uint8)
    for bit, step in enumerate(NEIGHBOURS):
        codes |= (moved(step) >= threshold).view(np.uint8) << bit
    return codes
