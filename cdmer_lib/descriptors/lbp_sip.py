"""LBP-SIP: local binary patterns on the six intersection points of the three planes.

Source: paper A, Sections II-B.2 and IV-A.2, after Wang et al. (2014). The four neighbours in the
frame give one pattern of 16 values, the two in time another of 4. No uniform mapping is used. The
authors' code is not public. As in the released LBP-TOP features, we compute the codes of the whole
clip first and then cut it into blocks; that is our reading.
"""

import numpy as np

from ..protocol import facial_blocks
from .base import TOLERANCE, BlockDescriptor, block_histograms, neighbours, relative, require_size

# Steps (t, y, x) from the centre, in units of R; a neighbour's place in the list is its bit.
# In the frame: right, above, left, below, the order of LBP-TOP with four neighbours.
STEPS = np.array([(0, 0, 1), (0, -1, 0), (0, 0, -1), (0, 1, 0), (-1, 0, 0), (1, 0, 0)])
SPATIAL, TEMPORAL = 16, 4


class LBPSIP(BlockDescriptor):
    """Histograms of the spatial and of the temporal pattern, 16 + 4 bins a block.

    Each of the two histograms sums to 1, as each plane of LBP-TOP does. Both count the same voxels:
    one sum for both would only halve every feature.

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

        Raises ``ValueError`` if a side of the clip is shorter than 2R + 1.
        """
        codes = sip_codes(clip, self.R)
        # All six bits are counted together; a sum over one pattern gives the counts of the other.
        counts = block_histograms(codes, SPATIAL * TEMPORAL, facial_blocks(*codes.shape[1:]))
        counts = counts.reshape(-1, TEMPORAL, SPATIAL)
        return np.hstack([relative(counts.sum(axis=1)), relative(counts.sum(axis=2))])[None]


def sip_codes(clip, R):
    """Both patterns of each core voxel in one number: spatial + 16 temporal.

    Bit p is set where neighbour p is not below the centre. Two grey values count as equal if they
    differ by at most ``TOLERANCE`` times the largest one.

    Parameters
    ----------
    clip : ndarray of shape (T, H, W), float64
    R : int

    Returns
    -------
    ndarray of shape (T - 2R, H - 2R, W - 2R), uint8, values 0 to 63
    """
    require_size(clip, 2 * R + 1, f"LBP-SIP with R = {R}")
    threshold = neighbours(clip, (0, 0, 0), R) - TOLERANCE * np.abs(clip).max()
    codes = np.zeros(threshold.shape, np.uint8)
    for bit, step in enumerate(R * STEPS):
        codes |= (neighbours(clip, step, R) >= threshold).view(np.uint8) << bit
    return codes
