"""LBP-TOP: local binary patterns on three orthogonal planes.

Source: paper A, Sections II-B.2 and IV-A.2, after Zhao and Pietikäinen (2007). With R = 3 and P = 8
these are the released features: codes once on the whole clip, the core of it cut into blocks.
"""

from dataclasses import dataclass
from functools import cache

import numpy as np

from ..errors import InvalidInput
from ..protocol import PLANES, facial_blocks
from .base import BlockDescriptor, relative
from .grid import block_histograms

AXES = {"XY": (1, 2), "XT": (0, 2), "YT": (0, 1)}  # of a clip (t, y, x): first, second
CHUNK = 1 << 14  # voxels worked on at a time, so that caches hold them
TOLERANCE = 1e-9  # of the largest value: below it two grey values count as equal


@dataclass(frozen=True)
class LBPTOP(BlockDescriptor):
    """Histograms of uniform local binary patterns on the planes XY, XT and YT.

    Parameters
    ----------
    R : int
        Radius in pixels and frames.
    P : int
        Number of neighbours.
    """

    R: int
    P: int
    planes = PLANES

    @property
    def n_bins(self):
        """P(P-1) + 3 uniform labels: 59 for P = 8, 15 for P = 4."""
        return self.P * (self.P - 1) + 3

    def labels(self, clip, plane):
        """Label of each core voxel on a plane: shape (T - 2R, H - 2R, W - 2R).

        Raises ``ValueError`` where the clip has no core.
        """
        smallest = 2 * self.R + 1
        if min(clip.shape) < smallest:
            raise InvalidInput(
                f"LBP-TOP with R = {self.R} needs at least {smallest} frames, rows and columns, "
                f"found a clip of shape {clip.shape}; interpolate it to 16 frames of 112 x 112"
            )
        return uniform_mapping(self.P)[lbp_codes(clip, AXES[plane], self.R, self.P)]

    def histograms(self, clip):
        """Shares of the labels: shape (3, 85, n_bins)."""
        maps = [self.labels(clip, plane) for plane in self.planes]
        blocks = facial_blocks(*maps[0].shape[1:])
        return relative(np.array([block_histograms(m, self.n_bins, blocks) for m in maps]))


def lbp_codes(clip, axes, R, P):
    """Binary pattern of each core voxel on one plane, as a number below 2**P.

    Neighbour p lies at -R sin(2 pi p/P) along the first axis of the plane and at R cos(2 pi p/P)
    along the second, interpolated bilinearly; bit p is set where it is not below the centre.

    Parameters
    ----------
    clip : ndarray of shape (T, H, W)
    axes : (int, int)
        First and second axis of the plane.
    R, P : int

    Returns
    -------
    ndarray of shape (T - 2R, H - 2R, W - 2R), the smallest unsigned integers that hold P bits
    """
    clip = np.ascontiguousarray(clip, dtype=np.float64)
    strides = clip.shape[1] * clip.shape[2], clip.shape[2], 1
    first, second = (strides[axis] for axis in axes)
    # In the flat array a neighbour is a constant step away. Voxels near a face find their steps
    # on the other side of the clip; they are computed with the rest and cut off.
    flat, margin = clip.ravel(), R * sum(strides)
    threshold = flat - TOLERANCE * np.abs(flat).max(initial=0)
    codes = np.zeros(flat.shape, np.min_scalar_type(2**P - 1))
    for start in range(margin, len(flat) - margin, CHUNK):
        voxels = slice(start, min(start + CHUNK, len(flat) - margin))
        around = flat[voxels.start - margin : voxels.stop + margin]
        rows = {}  # read along the first axis: two neighbours share each place
        for p in range(P):
            angle = 2 * np.pi * p / P
            down, across = round(-R * np.sin(angle), 12), round(R * np.cos(angle), 12)
            if down not in rows:
                rows[down] = read_at(around, down, first, margin - R * second)
            bit = read_at(rows[down], across, second, R * second) >= threshold[voxels]
            codes[voxels] |= bit.view(np.uint8) * codes.dtype.type(1 << p)
    inside = slice(R, -R or None)
    return codes.reshape(clip.shape)[inside, inside, inside]


def read_at(values, offset, step, margin):
    """Grey values ``offset`` steps further on, linear in between, without ``margin`` at the ends.

    Parameters
    ----------
    values : ndarray of shape (n,)
    offset : float
    step : int
        Entries from one pixel to the next.
    margin : int
    """
    whole = int(np.floor(offset))
    start, stop = margin + whole * step, len(values) - margin + whole * step
    near = values[start:stop]
    if offset == whole:
        return near
    far = values[start + step : stop + step]
    between = far - near
    between *= offset - whole
    between += near  # exactly the grey value where both are equal
    return between


@cache
def uniform_mapping(P):
    """Label of each code: uniform codes (at most two changes around the circle) in rising order,
    all others share the last label. P(P-1) + 3 labels.

    Returns
    -------
    ndarray of shape (2**P,), int
    """
    codes = np.arange(2**P)
    rotated = (codes >> 1) | ((codes & 1) << (P - 1))
    changes = np.array([int(x).bit_count() for x in codes ^ rotated])
    uniform = changes <= 2
    return np.where(uniform, np.cumsum(uniform) - 1, uniform.sum())
