"""Band-limited noise: the raw material of skin, hair and brows."""

import numpy as np
from scipy.fft import irfft2, rfft2


def band_noise(shape, scale, rng):
    """Return noise of unit variance whose details are about ``scale`` pixels wide, float32.

    ``scale`` is one length or a pair (rows, columns). The band is a difference of two Gaussians,
    of widths ``scale`` and ``2 * scale``, applied to white noise in the Fourier domain, which
    makes the noise periodic: at the price of one transform a band.
    """
    rows, columns = np.broadcast_to(np.asarray(scale, dtype=np.float32), 2)
    fy = np.fft.fftfreq(shape[0]).astype(np.float32)[:, None] * rows
    fx = np.fft.rfftfreq(shape[1]).astype(np.float32) * columns
    squared = 2 * np.pi**2 * (fy**2 + fx**2)
    spectrum = rfft2(rng.standard_normal(shape, dtype=np.float32))
    band = irfft2(spectrum * (np.exp(-squared) - np.exp(-4 * squared)), s=shape)
    return (band / band.std()).astype(np.float32)


def many_scales(shape, weights, rng):
    """Return the weighted sum of bands: ``weights`` maps a scale in pixels to its weight."""
    return sum(weight * band_noise(shape, scale, rng) for scale, weight in weights.items())
