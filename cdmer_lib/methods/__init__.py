"""Domain-adaptation methods: one file each, registered under the name printed in the tables."""

from .drfs_t import DRFST
from .drls import DRLS
from .svm import SVM
from .tgsr import TGSR
from .tsrg import TSRG

METHODS = {"SVM": SVM, "TSRG": TSRG, "DRFS-T": DRFST, "DRLS": DRLS, "TGSR": TGSR}

__all__ = ["DRFST", "DRLS", "METHODS", "SVM", "TGSR", "TSRG"]
