"""Published cells, comparison tables, figures and the deviations log."""

from .compare import VERDICTS, comparison, each_once, verdict
from .figures import critical_difference, face_grids
from .published import deviations, documented_in, later_cells, published_cells

__all__ = [
    "VERDICTS", "comparison", "critical_difference", "deviations", "documented_in", "each_once",
    "face_grids", "later_cells", "published_cells", "verdict",
]  # fmt: skip
