"""Golden numbers of SA, GFK, TCA and TKL: 24 published cells, each over the paper's whole range.

Provenance: Tables III and IV of paper A and Tables II and III of paper B, read from
``published_results.csv``; the six tasks between CASME II, SMIC-VIS and SMIC-NIR on the released
LBP-TOP features. Ranges as printed: every k for SA, GFK and TCA, zeta in 0.1:0.1:5 for TKL. The
cell is that of the best mean F1. Two printed numbers are set right: GFK on V->C prints 61.50 where
80 of 130 are 61.54; the papers print TKL on N->V as .7579 (A) and .7580 (B), and it is .7579.
"""

import pytest

from cdmer_lib.experiments import sweep
from cdmer_lib.protocol import get_task
from cdmer_lib.report import published_cells

TASKS = [5, 6, 9, 10, 11, 12]
MISPRINTS = {
    ("GFK", 10, "A", "accuracy_percent"): 61.54,
    ("GFK", 10, "B", "accuracy_percent"): 61.54,
    ("TKL", 6, "B", "mean_f1"): 0.7579,
}


@pytest.mark.parametrize("task", TASKS, ids=lambda task: str(get_task(task)))
@pytest.mark.parametrize("method", ["SA", "GFK", "TCA", "TKL"])
def test_published_cell(task_data, method, task):
    data = {database.name: database for database in task_data(task)}
    table = sweep(method, task, data=data, progress=False)
    best = table.loc[table.mean_f1.idxmax()]
    found = {
        "mean_f1": round(float(best.mean_f1), 4),
        "accuracy_percent": round(100 * float(best.accuracy), 2),
    }
    cells = published_cells(method=method)
    cells = cells[cells.experiment == str(task)]
    assert sorted(cells.paper) == ["A", "B"]
    for cell in cells.itertuples():
        for column, value in found.items():
            printed = getattr(cell, column)
            assert value == MISPRINTS.get((method, task, cell.paper, column), printed)


def test_misprints_differ_from_the_print():
    for (method, task, paper, column), value in MISPRINTS.items():
        cells = published_cells(paper, method=method).set_index("experiment")
        assert cells.loc[str(task), column] != value
