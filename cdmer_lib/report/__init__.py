"""Published cells, comparison tables, figures and the deviations log."""

from .compare import VERDICTS, comparison, verdict
from .deviations import deviations, known_cause
from .figures import critical_difference, face_grids
from .published import published_cells

__all__ = [
    "VERDICTS",
    "comparison",
    "critical_difference",
    "deviations",
    "face_grids",
    "known_cause",
    "published_cells",
    "verdict",
]
