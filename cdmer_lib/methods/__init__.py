"""Domain-adaptation methods: one file each, registered under the name printed in the tables."""

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

__all__ = ["METHODS", *sorted(cls.__name__ for cls in METHODS.values())]
