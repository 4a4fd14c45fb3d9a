"""Domain-adaptation methods: one file each, registered under the name printed in the tables.

A method is a scikit-learn estimator. It learns from labelled source samples and unlabelled target
samples, and predicts the labels of new rows:

>>> import numpy as np
>>> from cdmer_lib import METHODS
>>> rng = np.random.default_rng(0)
>>> ys = np.repeat([1, 2, 3], 10)
>>> Xs = rng.normal(size=(30, 4)) + 4 * np.eye(4)[ys]  # rows are samples
>>> Xt = Xs + 0.5  # the target: shifted, and its labels are not given
>>> labels = METHODS["SA"](k=3).fit(Xs, ys, Xt).predict(Xt)
>>> float((labels == ys).mean())
1.0
"""

from .drfs_t import DRFST
from .drls import DRLS
from .gfk import GFK
from .iw_svm import IWSVM
from .rstr import RSTR
from .sa import SA
from .stm import STM
from .svm import SVM
from .tca import TCA
from .tgsr import TGSR
from .tkl import TKL
from .tsrg import TSRG

METHODS = {
    "SVM": SVM,
    "IW-SVM": IWSVM,
    "TCA": TCA,
    "GFK": GFK,
    "SA": SA,
    "STM": STM,
    "TKL": TKL,
    "TSRG": TSRG,
    "DRFS-T": DRFST,
    "DRLS": DRLS,
    "RSTR": RSTR,
    "TGSR": TGSR,
}

__all__ = ["METHODS", *(cls.__name__ for cls in METHODS.values())]
