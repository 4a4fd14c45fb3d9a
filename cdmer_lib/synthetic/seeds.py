"""One random generator for each thing drawn, so that it can be made alone and in any order."""

import zlib

import numpy as np


def generator(seed, *key):
    """Return the Generator of ``(seed, key)``; keys are words and non-negative integers.

    Words enter by their CRC-32, which is the same on every machine and in every process.
    """
    words = [zlib.crc32(k.encode()) if isinstance(k, str) else int(k) for k in key]
    return np.random.default_rng(np.random.SeedSequence([int(seed), *words]))
