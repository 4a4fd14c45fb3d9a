"""LBP-SIP: local binary patterns on the six intersection points of the three planes.

Source: paper A, Sections II-B.2 and IV-A.2, after Wang et al. (2014), whose code is not public. Two
patterns without a uniform mapping, and blocks that are cut after the codes: our reading.
"""

import numpy as np

from .base import TOLERANCE, BlockDescriptor, block_histograms, largest, relative, shifted

# Steps (t, y, x) from the centre, in units of R; a neighbour's place in the list is its bit.
# In the frame: right, above, left, below, the order of LBP-TOP with four neighbours.
STEPS = np.array([(0, 0, 1), (0, -1, 0), (0, 0, -1), (0, 1, 0), (-1, 0, 0), (1, 0, 0)])
SPATIAL, TEMPORAL = 16, 4


class LBPSIP(BlockDescriptor):
    """Histograms of the pattern of the four neighbours in the frame, and of the two in time.

    ``R`` is the radius in pixels and frames. Each of the two histograms of a block sums to 1.
    """

    planes = ("SIP",)
    n_bins = SPATIAL + TEMPORAL

    def __init__(self, R):
        self.R = R

    def histograms(self, clip):
        """Shares of the 16 + 4 patterns (1, 85, 20); InvalidInput if a side is below 2R + 1."""
        self.require_size(clip, 2 * self.R + 1, f"LBP-SIP with R = {self.R}")
        codes = sip_codes(clip, self.R)
        # All six bits are counted together; a sum over one pattern gives the counts of the other.
        counts = block_histograms(codes, SPATIAL * TEMPORAL).reshape(-1, TEMPORAL, SPATIAL)
        return np.hstack([relative(counts.sum(axis=1)), relative(counts.sum(axis=2))])[None]


def sip_codes(clip, R):
    """Both patterns of each core voxel of a clip (T, H, W) in one number: spatial + 16 temporal.

    Bits as for :func:`~.lbp_top.lbp_codes`. The codes, 0 to 63, are uint8 of the shape
    (T - 2R, H - 2R, W - 2R).
    """
    threshold = shifted(clip, (0, 0, 0), R) - TOLERANCE * largest(clip)
    codes = np.zeros(threshold.shape, np.uint8)
    for bit, step in enumerate(R * STEPS):
        codes |= (shifted(clip, step, R) >= threshold).view(np.uint8) << bit
    return codes
