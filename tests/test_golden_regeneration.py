"""Golden numbers of TSRG and DRFS-T: the published cells, solved live in all 15045 columns.

Provenance: Tables III and IV of paper A; the points are those of
:data:`cdmer_lib.experiments.grids.REGENERATION_PUBLISHED`, found by a search of the printed grid
since the paper does not list them.
"""

import pytest

from cdmer_lib.experiments import accuracy, confusion, mean_f1
from cdmer_lib.experiments.grids import REGENERATION_PUBLISHED
from cdmer_lib.methods import METHODS
from cdmer_lib.report import published_cells

CELLS = [
    (method, number, point)
    for method, points in REGENERATION_PUBLISHED.items()
    for number, point in points.items()
]


@pytest.mark.parametrize(("method", "number", "point"), CELLS)
def test_published_cell_is_exact(task_data, method, number, point):
    source, target = task_data(number)
    predicted = METHODS[method](**point).fit(source.X, source.y, target.X).predict(target.X)
    matrix = confusion(target.y, predicted)
    cell = published_cells(paper="A", method=method).set_index("experiment").loc[str(number)]
    assert round(float(mean_f1(matrix)), 4) == cell.mean_f1
    assert round(100 * float(accuracy(matrix)), 2) == cell.accuracy_percent
