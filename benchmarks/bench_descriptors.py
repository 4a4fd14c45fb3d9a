"""Ratios of time for the descriptors, on one random clip of 16 x 112 x 112, and times a clip."""

import warnings

import numpy as np
from scipy.linalg import svd
from skimage.feature import local_binary_pattern
from timing import report, side_by_side

from cdmer_lib.clips.tim import interpolate
from cdmer_lib.descriptors import HAND_CRAFTED
from cdmer_lib.descriptors.base import AXES_TIME_FIRST
from cdmer_lib.descriptors.lbp_top import lbp_codes
from cdmer_lib.protocol import facial_blocks

CLIP = np.random.default_rng(0).integers(0, 256, (16, 112, 112)).astype(float)


def codes_slice_by_slice(R=3, P=8):
    """What a user would write: scikit-image's LBP on every slice of the core, on three planes."""
    for first, second in AXES_TIME_FIRST.values():
        (third,) = {0, 1, 2} - {first, second}
        for i in range(R, CLIP.shape[third] - R):
            local_binary_pattern(CLIP.take(i, axis=third), P, R, method="default")


def histograms_block_by_block(labels, n_bins):
    """A count in each of the 85 blocks."""
    for block in facial_blocks():
        np.bincount(labels[:, block.rows, block.columns].ravel(), minlength=n_bins)


def bench_lbp_top():
    descriptor = HAND_CRAFTED["LBP-TOP(R3P8)"]
    ours, codes, user = side_by_side(
        lambda: descriptor.extract(CLIP),
        lambda: [lbp_codes(CLIP, axes, 3, 8) for axes in AXES_TIME_FIRST.values()],
        codes_slice_by_slice,
    )
    report("LBP-TOP(R3P8), codes", codes, user, "scikit-image's local_binary_pattern by slice")
    labels = [descriptor.labels(CLIP, plane) for plane in AXES_TIME_FIRST]
    (counts,) = side_by_side(lambda: [histograms_block_by_block(m, 59) for m in labels])
    report(
        "LBP-TOP(R3P8), with histograms", ours, user + counts, "that, and a count block by block"
    )


def bench_tim(n=64):
    frames = np.random.default_rng(0).random((n, 112, 112))
    centred = (frames - frames.mean(axis=0)).reshape(n, -1).T
    ours, plain = side_by_side(
        lambda: interpolate(frames), lambda: svd(centred, full_matrices=False)
    )
    report(f"TIM, {n} to 16 frames", ours, plain, "the SVD alone of the graph embedding")


def main():
    warnings.filterwarnings("ignore", "Applying `local_binary_pattern` to floating-point")
    bench_lbp_top()
    bench_tim()
    for name, descriptor in HAND_CRAFTED.items():
        (seconds,) = side_by_side(lambda d=descriptor: d.extract(CLIP), repeat=5)
        print(f"{name:34s} {1e3 * seconds:8.1f} ms a clip", flush=True)


if __name__ == "__main__":
    main()
