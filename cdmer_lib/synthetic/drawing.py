"""What everything is drawn with: random numbers, noise, soft shapes, weighted sums."""

import zlib

import numpy as np
from scipy.fft import irfft2, rfft2


def generator(seed, *key):
    """Return the random Generator of one thing, named by words and non-negative integers.

    Each thing has its own, so that it can be drawn alone and in any order. A word enters by its
    CRC-32, which is the same on every machine and in every process.
    """
    words = [zlib.crc32(k.encode()) if isinstance(k, str) else int(k) for k in key]
    return np.random.default_rng(np.random.SeedSequence([int(seed), *words]))


def band_noise(shape, scale, rng):
    """Return noise of unit variance whose details are about ``scale`` pixels wide, float32.

    ``scale`` is one length or a pair (rows, columns). White noise is filtered, in the Fourier
    domain, by the difference of two Gaussians of widths ``scale`` and ``2 * scale``. The noise is
    therefore periodic.
    """
    rows, columns = np.broadcast_to(np.asarray(scale, dtype=np.float32), 2)
    fy = np.fft.fftfreq(shape[0]).astype(np.float32)[:, None] * rows
    fx = np.fft.rfftfreq(shape[1]).astype(np.float32) * columns
    squared = 2 * np.pi**2 * (fy**2 + fx**2)
    spectrum = rfft2(rng.standard_normal(shape, dtype=np.float32))
    band = irfft2(spectrum * (np.exp(-squared) - np.exp(-4 * squared)), s=shape)
    return (band / band.std()).astype(np.float32)


def bell(z):
    """The Gaussian exp(-z^2 / 2)."""
    return np.exp(-0.5 * z**2)


def bump(x, y, centre, spread):
    """The two factors of a Gaussian bump of height 1: of shape (rows, 1), and of the shape of x.

    ``x`` are columns, of shape (columns,) or (1, columns), and ``y`` rows, of shape (rows, 1).
    """
    return bell((y - centre[1]) / spread[1]), bell((x - centre[0]) / spread[0])


def step(distance, softness):
    """A soft step: near 1 where ``distance`` is well above 0, near 0 where well below."""
    return 1 / (1 + np.exp(-np.clip(distance / softness, -40, 40)))


def mix(weights, parts):
    """Return the sum of ``weights[k] * parts[k]``, of shape ``parts.shape[1:]``.

    It is not a BLAS product: the last bit of that depends on where the arrays lie in memory, and
    one bit can change how a grey value is rounded.
    """
    return sum(weight * part for weight, part in zip(weights, parts, strict=True))
