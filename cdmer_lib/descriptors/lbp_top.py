"""LBP-TOP: local binary patterns on three orthogonal planes.

Source: paper A, Sections II-B.2 and IV-A.2, after Zhao and Pietikäinen (2007). R = 3 and P = 8 give
the released features: the codes of the whole clip first, then its core is cut into blocks.
"""

from functools import cache
from math import floor

import numpy as np

from ..protocol import PLANES
from .base import AXES_TIME_FIRST, TOLERANCE, BlockDescriptor, block_histograms, largest

CHUNK = 1 << 13  # voxels worked on at a time, few enough for the processor's caches


class LBPTOP(BlockDescriptor):
    """Histograms of uniform local binary patterns on the planes XY, XT and YT.

    ``R`` is the radius in pixels and frames, ``P`` the number of neighbours: 59 labels for P = 8,
    15 for P = 4.
    """

    planes = PLANES
    n_bins = property(lambda self: self.P * (self.P - 1) + 3)

    def __init__(self, R, P):
        self.R, self.P = R, P

    def labels(self, clip, plane):
        """Labels on a plane (T - 2R, H - 2R, W - 2R); InvalidInput if a side would be empty."""
        self.require_size(clip, 2 * self.R + 1, f"LBP-TOP with R = {self.R}")
        codes = lbp_codes(clip, AXES_TIME_FIRST[plane], self.R, self.P)
        return uniform_mapping(self.P).take(codes)

    def counts(self, clip, plane):
        """How often each label occurs in each block: shape (85, n_bins)."""
        return block_histograms(self.labels(clip, plane), self.n_bins)


def lbp_codes(clip, axes, R, P):
    """Binary pattern of each core voxel on one plane, as a number below 2**P.

    Neighbour p lies at -R sin(2 pi p/P) along the first axis of the plane and at R cos(2 pi p/P)
    along the second, interpolated bilinearly. Bit p is set where it is not below the centre; a
    difference of at most ``TOLERANCE`` times the largest grey value counts as none.

    ``clip`` has shape (T, H, W), ``axes`` are the plane's two axes. The result has shape
    (T - 2R, H - 2R, W - 2R) and the smallest unsigned integers that hold P bits.
    """
    clip = np.ascontiguousarray(clip, dtype=np.float64)
    strides = clip.shape[1] * clip.shape[2], clip.shape[2], 1
    first, second = (strides[axis] for axis in axes)
    # In the flat array a neighbour is a constant number of entries away. For voxels near a border
    # of the clip that entry is a wrong voxel; their codes are computed with the rest and cut off.
    flat, margin = clip.ravel(), R * sum(strides)
    angles = 2 * np.pi * np.arange(P) / P
    offsets = np.round([-R * np.sin(angles), R * np.cos(angles)], 12).T.tolist()
    equal = TOLERANCE * largest(clip)
    codes = np.zeros(flat.shape, np.min_scalar_type(2**P - 1))
    powers = 1 << np.arange(P, dtype=codes.dtype)[:, None]
    for start in range(margin, len(flat) - margin, CHUNK):
        voxels = slice(start, min(start + CHUNK, len(flat) - margin))
        around = flat[voxels.start - margin : voxels.stop + margin]
        threshold = flat[voxels] - equal
        bits = np.empty((P, len(threshold)), bool)
        rows = {}  # values read along the first axis, by offset: two neighbours share each of them
        for (down, across), bit in zip(offsets, bits, strict=True):
            if down not in rows:
                rows[down] = _read_at(around, down, first, margin - R * second)
            value = _read_at(rows[down], across, second, R * second)
            np.greater_equal(value, threshold, out=bit)
        codes[voxels] = np.bitwise_or.reduce(bits * powers)
    inside = slice(R, -R or None)
    return codes.reshape(clip.shape)[inside, inside, inside]


def _read_at(values, offset, stride, margin):
    """Grey values (n - 2 margin,) at ``offset`` pixels further on, linear between two pixels.

    Neighbouring pixels are ``stride`` entries apart in ``values`` (n,).
    """
    whole = floor(offset)
    start, stop = margin + whole * stride, len(values) - margin + whole * stride
    near = values[start:stop]
    if offset == whole:
        return near
    between = values[start + stride : stop + stride] - near
    between *= offset - whole
    between += near  # exactly the grey value where both pixels are equal
    return between


@cache
def uniform_mapping(P):
    """Label of each of the 2**P codes: P(P-1) + 3 labels.

    A code is uniform if its bits change at most twice around the circle. Uniform codes have labels
    of their own, in rising order; all others share the last label.
    """
    codes = np.arange(2**P)
    rotated = (codes >> 1) | ((codes & 1) << (P - 1))
    uniform = np.bitwise_count(codes ^ rotated) <= 2
    labels = np.where(uniform, np.cumsum(uniform) - 1, uniform.sum())
    return labels.astype(np.min_scalar_type(labels.max()))
