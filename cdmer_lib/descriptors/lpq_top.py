"""LPQ-TOP: local phase quantisation on three orthogonal planes.

Source: paper A, Sections II-B.2 and IV-A.2, after Päivärinta et al. (2011) and, for the image form,
Ojansivu and Heikkilä (2008). The order of planes, frequencies and bits, and the bit of a zero
coefficient, are those of the public function that paper A names.
"""

from functools import cache

import numpy as np

from ..errors import InvalidInput
from ..protocol import facial_blocks
from .base import TOLERANCE, BlockDescriptor, block_histograms, largest, relative

# The two axes of a clip (t, y, x) that span each plane; unlike in LBP-TOP, that of time comes last.
AXES_SPACE_FIRST = {"XY": (1, 2), "YT": (1, 0), "XT": (2, 0)}
M = 5  # side of the window
FREQUENCIES = ((0, 1), (1, 0), (1, 1), (1, -1))  # cycles a window along the two axes
CHUNK = 1 << 12  # voxels worked on at a time, few enough for the processor's caches
BITS = 1 << np.arange(8, dtype=np.uint8)[:, None]
OFFSETS = np.arange(M) - M // 2  # of the pixels in a window
ANGLES = 2 * np.pi / M * OFFSETS
# Weights of sum_k f(x - k) exp(-2 pi i u'k) at the frequencies u, one axis at a time. Along the
# second axis (3, M): 1, cos(2 pi k/M) and sin(2 pi k/M). Along the first axis (8, 3 M): the parts
# re, im, re, im, ... from these three sums at each pixel.
SECOND_AXIS = np.array([np.ones(M), np.cos(ANGLES), np.sin(ANGLES)])
SUMS = {0: (1, 0, 0), 1: (0, 1, 1j), -1: (0, 1, -1j)}  # 1 and cos +- i sin
WAVES = np.array([np.outer(np.exp(1j * u * ANGLES), SUMS[v]).ravel() for u, v in FREQUENCIES])
FIRST_AXIS = np.stack([WAVES.real, WAVES.imag], axis=1).reshape(8, -1)


class LPQTOP(BlockDescriptor):
    """Histograms of the signs of four local Fourier coefficients on three planes.

    A block counts the voxels whose window lies inside it on the plane, as the public function,
    which takes a volume, suggests. The whitening assumes that neighbouring grey values, in space
    and in time, have the correlation ``decorr``, 0 <= decorr < 1; 0 leaves the whitening out.
    """

    planes = tuple(AXES_SPACE_FIRST)
    n_bins = 256

    def __init__(self, decorr=0.1):
        self.decorr = decorr

    def codes(self, clip, plane):
        """Code of each voxel with a full window on a plane; see :func:`lpq_codes`."""
        V = whitening(plane, self.decorr) if self.decorr else None
        return lpq_codes(clip, AXES_SPACE_FIRST[plane], V)

    def histograms(self, clip):
        """Shares of the codes (3, 85, 256); InvalidInput if a block is smaller than a window."""
        blocks = facial_blocks(*clip.shape[1:])
        shortest = min(s.stop - s.start for b in blocks for s in (b.rows, b.columns))
        if min(shortest, len(clip)) < M:
            raise InvalidInput(
                f"LPQ-TOP needs at least {M} frames and blocks of {M} x {M} pixels, found a clip "
                f"of shape {clip.shape}; interpolate it to 16 frames of 112 x 112"
            )
        counts = [
            block_histograms(self.codes(clip, plane), self.n_bins, _windows_inside(blocks, plane))
            for plane in self.planes
        ]
        return relative(np.array(counts))


def _windows_inside(blocks, plane):
    """The blocks in the map of codes of a plane: entry 0 is the window that starts at pixel 0."""

    def shortened(run, axis):
        return slice(run.start, run.stop - (M - 1) * (axis in AXES_SPACE_FIRST[plane]))

    return [b._replace(rows=shortened(b.rows, 1), columns=shortened(b.columns, 2)) for b in blocks]


def lpq_codes(clip, axes, V=None):
    """Signs of the whitened Fourier coefficients of the window around each voxel, as a number.

    ``clip`` has shape (T, H, W), ``axes`` are the plane's two axes. Bit p is set where column p of
    ``V`` (8, 8), the identity by default, times the eight parts is not negative, but for rounding.
    The codes are uint8 of the clip's shape, less 4 along the two axes.
    """
    strides = clip.shape[1] * clip.shape[2], clip.shape[2], 1
    first, second = (strides[axis] for axis in axes)
    first_axis = FIRST_AXIS if V is None else V.T @ FIRST_AXIS
    # In the flat array the pixels of a window are a constant number of entries apart. A window
    # that starts near a border of the clip reads wrong voxels; its code is cut off at the end.
    flat, n = clip.ravel(), clip.size - (M - 1) * (first + second)
    zero = -TOLERANCE * largest(clip)
    codes = np.zeros(clip.size, np.uint8)
    for start in range(0, n, CHUNK):
        stop = min(start + CHUNK, n)
        sums = SECOND_AXIS @ _windows(flat[None, start:], second, stop - start + (M - 1) * first)
        parts = first_axis @ _windows(sums, first, stop - start)
        codes[start:stop] = np.bitwise_or.reduce((parts >= zero) * BITS)
    full = (slice(n - (M - 1) * (k in axes)) for k, n in enumerate(clip.shape))
    return codes.reshape(clip.shape)[tuple(full)]


def _windows(values, stride, n):
    """The M pixels of n windows along an axis, ``stride`` entries apart: r rows become M r."""
    return np.concatenate([values[:, k * stride : k * stride + n] for k in range(M)])


@cache
def whitening(plane, rho):
    """Axes along which a model of images has uncorrelated coefficients: shape (8, 8).

    The result is V of A D A = U S V' with D = M C M', the covariance of the eight parts. C holds
    rho^distance on XY, rho^|ds| rho^|dt| on the planes with time. D has equal singular values, so
    that the axes are open; the public function therefore scales by A = diag(1.000007, ..., 1). The
    sign of a column only renames bins: we make its largest entry positive. InvalidInput unless
    0 < rho < 1.
    """
    if not 0 < rho < 1:
        raise InvalidInput(f"expected a correlation decorr with 0 <= decorr < 1, found {rho}")
    down, across = (k.ravel() for k in np.meshgrid(OFFSETS, OFFSETS, indexing="ij"))
    steps = np.abs(down[:, None] - down), np.abs(across[:, None] - across)
    C = rho ** (np.hypot(*steps) if plane == "XY" else np.add(*steps))
    angles = 2 * np.pi / M * (np.array(FREQUENCIES) @ [down, across])
    parts = np.stack([np.cos(angles), np.sin(angles)], axis=1).reshape(8, -1)
    A = 1 + 1e-6 * np.arange(7, -1, -1)
    V = np.linalg.svd(A[:, None] * (parts @ C @ parts.T) * A)[2].T
    return V * np.sign(V[np.abs(V).argmax(axis=0), np.arange(8)])
