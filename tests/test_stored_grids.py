"""The stored full grids of TGSR against the record of the authors' own code.

Provenance: the files Acc_record_3class_*.mat of the authors' public repository, 85 x 276 points a
task. Equal means: the same number of correct samples, and mean F1 equal to rounding.
"""

import numpy as np
import pytest

from cdmer_lib.experiments import Store


@pytest.mark.parametrize("task", ["V->N", "C->V", "N->C"])
def test_every_point_equals_the_authors_record(recorded_grid, root, task):
    stored = Store(root / "results").load("TGSR", task, "paper")
    if stored is None:
        pytest.skip(f"full grid of {task} not in the store")
    recorded = recorded_grid(task)
    assert len(stored) == len(recorded) == 23460
    for column in ("kappa", "xi", "accuracy", "mean_f1"):
        np.testing.assert_allclose(stored[column], recorded[column], rtol=1e-9, err_msg=column)
