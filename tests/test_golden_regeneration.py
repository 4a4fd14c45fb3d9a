"""Golden numbers of TSRG and DRFS-T: the published cells, solved live in all 15045 columns.

Provenance: Tables III and IV of paper A; the points are those of the attribute ``published`` of the
two classes, found by a search of the printed grid since the paper does not list them.
"""

import pytest

from cdmer_lib.methods import METHODS
from cdmer_lib.report import published_cells
from cdmer_lib.statistics import accuracy, confusion, mean_f1

CELLS = [
    (method, number, point)
    for method in ("TSRG", "DRFS-T")
    for number, point in METHODS[method].published.items()
]


@pytest.mark.parametrize(("method", "number", "point"), CELLS)
def test_published_cell_is_exact(task_data, method, number, point):
    source, target = task_data(number)
    predicted = METHODS[method](**point).fit(source.X, source.y, target.X).predict(target.X)
    matrix = confusion(target.y, predicted)
    cell = published_cells(paper="A", method=method).set_index("experiment").loc[str(number)]
    assert round(float(mean_f1(matrix)), 4) == cell.mean_f1
    assert round(100 * float(accuracy(matrix)), 2) == cell.accuracy_percent


def test_a_label_that_single_precision_would_get_wrong(task_data):
    """DRFS-T on V→N, lam = 1000, mu = .2: a decision value of 3e-5 comes out negative in float32.

    This point would then score above the published maximum.
    """
    source, target = task_data("V->N")
    model = METHODS["DRFS-T"](lam=1000.0, mu=0.2)
    predicted = model.fit(source.X, source.y, target.X).predict(target.X)
    assert round(float(mean_f1(confusion(target.y, predicted))), 4) == 0.7286
