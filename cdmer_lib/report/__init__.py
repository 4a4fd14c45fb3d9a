"""Published cells, comparison tables, figures and the deviations log."""

from .compare import VERDICTS, comparison, each_once, verdict
from .figures import critical_difference, face_grids
from .published import STATES, deviations, documented_in, later_cells, paper_map, published_cells

__all__ = [
    "STATES", "VERDICTS", "comparison", "critical_difference", "deviations", "documented_in",
    "each_once", "face_grids", "later_cells", "paper_map", "published_cells", "verdict",
]  # fmt: skip
