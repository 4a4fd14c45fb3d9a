"""Every hand-made descriptor on one random clip: here, as it is printed, and by the nearest peer.

*Plain* is each definition on whole arrays, neighbour by neighbour, and a count in each of the 85
blocks. *Peer* is what scikit-image or SciPy have, slice by slice where they know images alone; most
of these peers do a part of the work, or a like one, as their notes say.
"""

import warnings
from math import floor

import numpy as np
from scipy.linalg import svd
from scipy.ndimage import convolve
from skimage.feature import hog, local_binary_pattern
from timing import Form, compare

from cdmer_lib.clips.tim import interpolate
from cdmer_lib.descriptors import HAND_CRAFTED, HIGOTOP, HOGTOP, LBPSIP, LBPTOP, LPQTOP
from cdmer_lib.descriptors.base import AXES_TIME_FIRST
from cdmer_lib.descriptors.lbp_top import uniform_mapping
from cdmer_lib.descriptors.lpq_top import AXES_SPACE_FIRST, whitening
from cdmer_lib.protocol import facial_blocks


def slices(clip, axes):
    """The images of one plane; ``axes`` are the two axes that span it."""
    (third,) = {0, 1, 2} - set(axes)
    return np.moveaxis(clip, third, 0)


def moved(clip, step, R):
    """The core of a clip, read ``step`` (t, y, x) away, linear between voxels."""
    for axis, s in enumerate(step):
        n, whole = clip.shape[axis], floor(round(s, 9))
        near = clip.take(range(R + whole, n - R + whole), axis)
        share = round(s, 9) - whole
        if share:
            near = (1 - share) * near + share * clip.take(
                range(R + whole + 1, n - R + whole + 1), axis
            )
        clip = near
    return clip


def counted(labels, n_bins, weights=None):
    """A histogram in each of the 85 blocks, (85, n_bins), that sums to 1."""
    found = []
    for b in facial_blocks(*labels.shape[1:]):
        part = None if weights is None else weights[:, b.rows, b.columns].ravel()
        counts = np.bincount(labels[:, b.rows, b.columns].ravel(), part, n_bins)
        found.append(counts / max(counts.sum(), 1e-300))
    return np.array(found)


def plain_lbp_top(clip, d):
    planes = []
    for axes in AXES_TIME_FIRST.values():
        codes = 0
        for p in range(d.P):
            step = np.zeros(3)
            step[list(axes)] = -d.R * np.sin(2 * np.pi * p / d.P), d.R * np.cos(2 * np.pi * p / d.P)
            codes = codes | ((moved(clip, step, d.R) >= moved(clip, (0, 0, 0), d.R) - 1e-7) << p)
        planes.append(counted(uniform_mapping(d.P)[codes], d.n_bins))
    return planes


def plain_lbp_sip(clip, d):
    centre = moved(clip, (0, 0, 0), d.R)
    around = (0, 0, d.R), (0, -d.R, 0), (0, 0, -d.R), (0, d.R, 0), (-d.R, 0, 0), (d.R, 0, 0)
    bits = [moved(clip, step, d.R) >= centre for step in around]
    space = counted(sum(bit.astype(int) << p for p, bit in enumerate(bits[:4])), 16)
    time = counted(sum(bit.astype(int) << p for p, bit in enumerate(bits[4:])), 4)
    return [np.hstack([space, time])]


def windows(axes):
    """Four complex exponentials in the window of a plane, as volumes."""
    along = [np.arange(-2, 3).reshape([-1 if a == axis else 1 for a in range(3)]) for axis in axes]
    for u, v in (0, 1), (1, 0), (1, 1), (1, -1):
        yield np.exp(-2j * np.pi / 5 * (u * along[0] + v * along[1]))


def whole(clip, window):
    """Convolution, where the window lies inside the clip."""
    edges = zip(window.shape, clip.shape, strict=True)
    inside = (slice(n // 2, side - n // 2) for n, side in edges)
    return convolve(clip, window)[tuple(inside)]


def plain_lpq(clip, d):
    """As the public function of paper A does it: called for each block."""
    planes = []
    for plane in d.planes:
        V = whitening(plane, d.decorr).T if d.decorr else np.eye(8)
        found = []
        for b in facial_blocks(*clip.shape[1:]):
            part = clip[:, b.rows, b.columns]
            F = [whole(part, w) for w in windows(AXES_SPACE_FIRST[plane])]
            parts = V @ np.array([half.ravel() for f in F for half in (f.real, f.imag)])
            codes = (1 << np.arange(8)) @ (parts >= -1e-7)
            found.append(np.bincount(codes, minlength=256) / len(codes))
        planes.append(np.array(found))
    return planes


def plain_hog(clip, d):
    core = np.ix_(*(range(1, n - 1) for n in clip.shape))
    gradient = [(np.roll(clip, -1, axis) - np.roll(clip, 1, axis))[core] for axis in range(3)]
    planes = []
    for first, second in AXES_TIME_FIRST.values():
        length = np.hypot(gradient[first], gradient[second])
        turns = np.arctan2(gradient[first], gradient[second]) / (2 * np.pi) % 1
        bins = np.floor(d.p * turns + 1e-9).astype(int) % d.p
        planes.append(counted(bins, d.p, length if type(d) is not HIGOTOP else 1.0 * (length > 0)))
    return planes


def codes_by_slice(clip, d, planes=tuple(AXES_TIME_FIRST)):
    for plane in planes:
        for image in slices(clip, AXES_TIME_FIRST[plane]):
            local_binary_pattern(image, getattr(d, "P", 4), d.R, method="default")


def hog_by_slice(clip, d):
    for axes in AXES_TIME_FIRST.values():
        for image in slices(clip, axes):
            cell = [max(1, side // 8) for side in image.shape]
            hog(image, d.p, cell, (1, 1), channel_axis=None)


def convolved(clip, d):
    for axes in AXES_SPACE_FIRST.values():
        for window in windows(axes):
            convolve(clip, window)


PLAIN = {LBPTOP: plain_lbp_top, LBPSIP: plain_lbp_sip, LPQTOP: plain_lpq, HOGTOP: plain_hog}
PEERS = {
    LBPTOP: ("scikit-image", codes_by_slice, "LBP by slice, no counts"),
    LBPSIP: ("scikit-image", lambda clip, d: codes_by_slice(clip, d, ["XY"]),
             "LBP by frame, no time, no counts"),
    LPQTOP: ("scipy", convolved, "its convolutions alone"),
    HOGTOP: ("scikit-image", hog_by_slice, "HOG by slice, half the circle"),
}  # fmt: skip


def compare_descriptor(name, clip, tiny):
    d = HAND_CRAFTED[name]
    kind = next(kind for kind in PLAIN if isinstance(d, kind))
    library, call, note = PEERS[kind]
    size = " x ".join(map(str, clip.shape))
    ours = {"a clip": Form("ours", lambda: d.histograms(clip).ravel(), "", "cdmer-lib")}
    others = [
        Form("plain", lambda: np.ravel(PLAIN[kind](clip, d)), "by array and block"),
        Form("peer", lambda: call(clip, d), note, library),
    ]
    return compare("descriptors", name, size, ours, others, tiny)


def compare_tim(n, tiny):
    """Temporal interpolation to 16 frames, beside the decomposition of its derivation."""
    frames = np.random.default_rng(0).random((n, 8 if tiny else 112, 8 if tiny else 112))
    centred = (frames - frames.mean(axis=0)).reshape(n, -1).T

    def decomposed():
        svd(centred, full_matrices=False)

    ours = {"a clip": Form("ours", lambda: interpolate(frames), "", "cdmer-lib")}
    others = [Form("plain", decomposed, "the SVD alone of the graph embedding")]
    return compare("descriptors", "TIM", " x ".join(map(str, frames.shape)), ours, others, tiny)


def jobs(tiny=False):
    """(label, function without arguments that yields rows) of each descriptor."""
    warnings.filterwarnings("ignore", "Applying `local_binary_pattern` to floating-point")
    side = 48 if tiny else 112
    clip = np.random.default_rng(0).integers(0, 256, (8 if tiny else 16, side, side)).astype(float)
    found = [
        (name, lambda name=name: compare_descriptor(name, clip, tiny)) for name in HAND_CRAFTED
    ]
    return [*found, ("TIM", lambda: compare_tim(20 if tiny else 64, tiny))]
