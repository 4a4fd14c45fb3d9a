"""Cost against size: the exponents of n, d and K, measured and counted.

Sizes grow in even steps of their logarithm; all but one stay as they are. The work is one fit on
made-up data with its prediction. Iterations are fixed where the method allows it, so that what is
left is the cost of the algebra. The exponent is the slope of the least-squares line through the
logarithms, with its standard error. *Counted* is the slope, over the same sizes, of the leading
operations in ``OPERATIONS``: it says what to expect if time went with operations alone.
"""

import numpy as np
from scipy.stats import linregress
from timing import made_up, repeated

from cdmer_lib.methods import METHODS

T = 30  # iterations of TSRG, DRFS-T, DRLS and TGSR
FIXED = {
    "GFK": {"k": 10}, "SA": {"k": 10}, "TCA": {"k": 10},
    "TSRG": {"lam": 1.0, "mu": 0.001, "max_iter": T},
    "DRFS-T": {"lam": 1.0, "mu": 0.001, "max_iter": T},
    "DRLS": {"lam": 1.0, "mu": 0.001, "max_iter": T},
    "TGSR": {"tol": 1e-300, "max_iter": T},
}  # fmt: skip

# Leading operations of a fit and its prediction: n clips in each database, d features, K blocks,
# 3 classes. A product of (a, b) and (b, c) has 2abc; eigenvectors of (n, n) are counted as 9 n^3,
# the thin SVD of (n, d) as 6 n^2 d + 20 n^3, the QR of (a, b) as 4 a b^2.
OPERATIONS = {
    "SVM": lambda n, d, K: 4 * n**2 * d,
    "IW-SVM": lambda n, d, K: 8 * n**2 * d + 11 * n**3,
    "TCA": lambda n, d, K: 12 * n**2 * d + 130 * n**3,
    "GFK": lambda n, d, K: 22 * n**2 * d + 40 * n**3,
    "SA": lambda n, d, K: 18 * n**2 * d + 40 * n**3,
    "STM": lambda n, d, K: 8 * n**2 * d,
    "TKL": lambda n, d, K: 10 * n**2 * d + 4 * n**2 * np.minimum(n - 10, 200) ** 2,
    "TSRG": lambda n, d, K: (8 * T + 20) * n**2 * d,
    "DRFS-T": lambda n, d, K: (8 * T + 20) * n**2 * d,
    "DRLS": lambda n, d, K: 12 * n**2 * d + 30 * n**3 + 24 * T * n**2,
    "RSTR": lambda n, d, K: 12 * n**2 * d + 30 * n**3 + 52 * K * n**2,
    "TGSR": lambda n, d, K: 2 * n**2 * d + 6 * T * K * n**2,
}
USUAL = {"n": 64, "d": 3840, "K": 60}
SIZES = {
    "n": [48, 72, 108, 162, 243],
    "d": [1920, 3840, 7680, 15360, 30720],
    "K": [15, 30, 60, 120, 240],
}
TINY = {"n": [12, 18, 24], "d": [240, 480, 960], "K": [4, 8, 16]}


def slope(sizes, values):
    """Slope of the least-squares line through the logarithms, and its standard error."""
    fit = linregress(np.log(sizes), np.log(values))
    return fit.slope, fit.stderr


def series(name, letter, tiny=False):
    """A row for each size of one letter, all with the exponent that fits them."""
    method, sizes, found = METHODS[name], (TINY if tiny else SIZES)[letter], []
    usual = {"n": 15, "d": 240, "K": 4} if tiny else USUAL
    for value in sizes:
        size = usual | {letter: value}
        p = made_up(size["n"], size["n"], size["d"])
        blocks = {"blocks": size["K"]} if "blocks" in method().get_params() else {}
        kappa = {"kappa": size["K"] // 2} if name == "TGSR" else {}
        model = method(**FIXED.get(name, {}), **blocks, **kappa)
        model.fit(*p)
        found.append(repeated(lambda m=model, p=p: m.fit(*p).predict(p[2]), tiny))
    operations = [float(OPERATIONS[name](**(usual | {letter: value}))) for value in sizes]
    exponent, error = slope(sizes, [median for median, *_ in found])
    for value, (median, low, high, repeats) in zip(sizes, found, strict=True):
        yield {
            "benchmark": "exponents", "what": name, "work": letter, "size": value, "form": "ours",
            "library": "cdmer-lib", "seconds": median, "low": low, "high": high,
            "repeats": repeats, "exponent": exponent, "error": error,
            "expected": slope(sizes, operations)[0],
        }  # fmt: skip


def jobs(tiny=False):
    """(label, function without arguments that yields rows) of each method and letter."""
    return [
        (f"{name}, {letter}", lambda name=name, letter=letter: series(name, letter, tiny))
        for name in METHODS
        for letter in ("nd" if name not in ("RSTR", "TGSR") else "ndK")
    ]
