"""Domain-adaptation methods: one file each, registered under the name printed in the tables."""

from .drfs_t import DRFST
from .drls import DRLS
from .gfk import GFK
from .sa import SA
from .svm import SVM
from .tca import TCA
from .tgsr import TGSR
from .tkl import TKL
from .tsrg import TSRG

METHODS = {
    "SVM": SVM,
    "TCA": TCA,
    "GFK": GFK,
    "SA": SA,
    "TKL": TKL,
    "TSRG": TSRG,
    "DRFS-T": DRFST,
    "DRLS": DRLS,
    "TGSR": TGSR,
}

__all__ = ["METHODS", *sorted(cls.__name__ for cls in METHODS.values())]
