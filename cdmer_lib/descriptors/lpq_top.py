"""LPQ-TOP: local phase quantisation on three orthogonal planes.

Source: paper A, Sections II-B.2 and IV-A.2, after Päivärinta et al. (2011) and, for the image form,
Ojansivu and Heikkilä (2008). The order of planes, frequencies and bits and the side of zero are
those of the public function that paper A names.
"""

import numpy as np

from ..errors import InvalidInput
from ..protocol import facial_blocks
from .base import BlockDescriptor, relative
from .grid import block_histograms
from .lbp_top import TOLERANCE
from .lpq_whitening import M, whitening

# Of a clip (t, y, x): first and second axis. In the public function's order, space before time.
AXES = {"XY": (1, 2), "YT": (1, 0), "XT": (2, 0)}
CHUNK = 1 << 13  # voxels worked on at a time, so that caches hold them
COS, SIN = (f(2 * np.pi / M * np.arange(3)) for f in (np.cos, np.sin))


class LPQTOP(BlockDescriptor):
    """Histograms of the signs of four local Fourier coefficients on three planes.

    Blocks are cut first, as the public function, which takes a volume, suggests: a block counts
    the voxels whose window lies inside it on the plane at hand. These have the same codes in the
    whole clip, which are therefore computed once.

    Parameters
    ----------
    decorr : float, 0 <= decorr < 1
        Correlation of neighbouring grey values, in space and in time, that the whitening assumes;
        0 leaves the whitening out.
    """

    planes = tuple(AXES)
    n_bins = 256

    def __init__(self, decorr=0.1):
        self.decorr = decorr

    def codes(self, clip, plane):
        """Code of each voxel with a full window on a plane, 0 to 255.

        Returns
        -------
        ndarray, uint8, shape of the clip less 4 along the two axes of the plane
        """
        V = whitening(plane, self.decorr) if self.decorr else None
        return lpq_codes(clip, AXES[plane], V)

    def histograms(self, clip):
        """Shares of the codes: shape (3, 85, 256).

        Raises ``ValueError`` where a block has no room for a window.
        """
        blocks = facial_blocks(*clip.shape[1:])
        shortest = min(s.stop - s.start for b in blocks for s in (b.rows, b.columns))
        if min(shortest, len(clip)) < M:
            raise InvalidInput(
                f"LPQ-TOP needs at least {M} frames and blocks of {M} x {M} pixels, found a clip "
                f"of shape {clip.shape}; interpolate it to 16 frames of 112 x 112"
            )
        counts = [
            block_histograms(self.codes(clip, plane), self.n_bins, windows_inside(blocks, plane))
            for plane in self.planes
        ]
        return relative(np.array(counts))


def windows_inside(blocks, plane):
    """Where the codes of each block stand in the map of a plane, whose first entry is the first
    window."""

    def shortened(run, axis):
        return slice(run.start, run.stop - (M - 1)) if axis in AXES[plane] else run

    return [b._replace(rows=shortened(b.rows, 1), columns=shortened(b.columns, 2)) for b in blocks]


def lpq_codes(clip, axes, V=None):
    """Signs of the whitened Fourier coefficients of the window around each voxel, as a number.

    Parameters
    ----------
    clip : ndarray of shape (T, H, W)
    axes : (int, int)
        First and second axis of the plane.
    V : ndarray of shape (8, 8), default=None
        Bit p is set where column p of V times the eight parts is not negative; the identity by
        default. A value that rounding alone keeps from zero counts as zero.

    Returns
    -------
    ndarray, uint8, shape of the clip less 4 along the two axes
    """
    strides = clip.shape[1] * clip.shape[2], clip.shape[2], 1
    first, second = (strides[axis] for axis in axes)
    # In the flat array a window is a run of constant steps. Windows that begin near a face reach
    # round to the other side of the clip; they are computed with the rest and cut off.
    once = along(clip.ravel(), second)
    n = clip.size - (M - 1) * (first + second)
    zero = -TOLERANCE * np.abs(clip).max()
    codes = np.zeros(clip.size, np.uint8)
    for start in range(0, n, CHUNK):
        stop = min(start + CHUNK, n)
        G = fourier_parts([w[start : stop + (M - 1) * first] for w in once], first)
        if V is not None:
            G = V.T @ G
        for bit, part in enumerate(G):
            codes[start:stop] |= (part >= zero).view(np.uint8) << bit
    full = (slice(n - (M - 1) * (k in axes)) for k, n in enumerate(clip.shape))
    return codes.reshape(clip.shape)[tuple(full)]


def fourier_parts(once, first):
    """Real and imaginary parts of sum_k f(x - k) exp(-2 pi i u'k) at the four frequencies u.

    Parameters
    ----------
    once : three ndarray of shape (n + 4 first,)
        What :func:`along` gives along the second axis of the plane.
    first : int
        Entries from one pixel to the next along the first axis.

    Returns
    -------
    ndarray of shape (8, n): re, im, re, im, ...
    """
    sums, cosines, sines = once
    _, c1, s1 = along(sums, first)
    one_c, cc, sc = along(cosines, first)
    one_s, cs, ss = along(sines, first)
    return np.array([one_c, one_s, c1, s1, cc - ss, sc + cs, cc + ss, sc - cs])


def along(values, step):
    """Windows with weights 1, cos(2 pi k/5) and sin(2 pi k/5): three of shape (n - 4 step,).

    Parameters
    ----------
    values : ndarray of shape (n,)
    step : int
        Entries from one pixel of the window to the next.
    """
    length = len(values) - (M - 1) * step
    x = [values[k * step : k * step + length] for k in range(M)]
    near, far = x[3] + x[1], x[4] + x[0]
    return (
        x[2] + near + far,
        x[2] + COS[1] * near + COS[2] * far,
        SIN[1] * (x[3] - x[1]) + SIN[2] * (x[4] - x[0]),
    )
