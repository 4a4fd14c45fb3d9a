"""The thesis behind paper A: its features, its table as data, and its rows here.

Provenance of the numbers: tables 3.3 to 3.6 and 4.2 to 4.5 of Yuan Zong's thesis (Southeast
University; repository ProphetZ-star/ME-Recognition), in ``thesis_results.csv``.
"""

import numpy as np
import pytest
from scipy.io import savemat

from cdmer_lib import data, load_database
from cdmer_lib.data import registry
from cdmer_lib.experiments import Store, sweep
from cdmer_lib.protocol import get_task
from cdmer_lib.report.compare import EXACT
from cdmer_lib.report.published import thesis_cells
from cdmer_lib.report.thesis import (
    MISPRINT,
    OTHER_RULE,
    ROWS,
    best_by_accuracy,
    printed_so,
    thesis_comparison,
)

TASKS = [get_task(5), get_task(6)]
EXACT_ROWS = "SVM", "KLIEP", "TCA", "SA", "DRLS"


@pytest.fixture(scope="module")
def earlier():
    """The earlier features of SMIC-VIS and SMIC-NIR."""
    names = "SMIC_VIS", "SMIC_NIR"
    if not all(data.available(f"earlier:{name}") for name in names):
        pytest.skip("the earlier features can neither be found nor downloaded")
    return {name: load_database(name, version="earlier") for name in names}


def test_files_of_the_second_repository():
    files = [registry.released_file(f"earlier:{letter}") for letter in "CHVN"]
    assert set(files) <= set(registry.REGISTRY)
    assert len({registry.SHA1[file.file] for file in files}) == 4
    address = registry.url(files[2])
    assert address.startswith(f"{registry.HOST}/ProphetZ-star/ME-Recognition/c274369")
    assert address.endswith("/Codes_of_DR_V0.2/SMIC_VIS_Corpus_LBPTOP.mat")


def test_earlier_features_are_of_the_same_clips(earlier):
    for name, database in earlier.items():
        released = load_database(name)
        assert database.X.shape == (71, 15045) and not np.allclose(database.X, released.X)
        np.testing.assert_array_equal(database.y, released.y)
        np.testing.assert_array_equal(database.subjects, released.subjects)
        np.testing.assert_allclose(database.X.sum(axis=1), 255, atol=1e-9)


def test_an_earlier_file_of_ones_own(tmp_path):
    X, y = np.arange(12.0).reshape(4, 3), np.array([[1], [2], [3], [1]])
    path = tmp_path / "SMIC_HS_Corpus_LBPTOP.mat"
    savemat(path, {"SMIC_HS_micro_feature": X, "SMIC_HS_micro_label": y})
    found = load_database("H", tmp_path, version="earlier", verify=False)
    np.testing.assert_array_equal(found.X, X)
    assert found.y.tolist() == [1, 2, 3, 1] and found.subjects is None
    with pytest.raises(data.IntegrityError, match="SMIC_HS earlier features"):
        load_database("H", tmp_path, version="earlier")
    savemat(path, {"other": X})
    with pytest.raises(ValueError, match="expected a file of MATLAB 5 with SMIC_HS_micro_feature"):
        load_database("H", tmp_path, version="earlier", verify=False)
    path.write_bytes(b"no MATLAB")
    with pytest.raises(ValueError, match="expected a file of MATLAB 5"):
        load_database("H", tmp_path, version="earlier", verify=False)
    with pytest.raises(ValueError, match="unknown version 'older': expected released or earlier"):
        load_database("H", version="older")


def test_the_table_is_whole():
    cells = thesis_cells()
    single = cells[~cells["experiment"].str.startswith("avg")]
    assert set(cells["method"]) == set(ROWS) and len(single) == 12 * len(ROWS)
    assert cells[["war_percent", "uar_percent"]].stack().between(0, 100).all()


def test_a_uar_may_be_rounded_or_cut_off():
    assert printed_so(50 / 71, 0.708049, 70.42, 70.80)
    assert printed_so(50 / 71, 0.708099, 70.42, 70.80) and printed_so(
        50 / 71, 0.708051, 70.42, 70.81
    )
    assert not printed_so(50 / 71, 0.70812, 70.42, 70.80)
    assert not printed_so(51 / 71, 0.70804, 70.42, 70.80)


def test_the_store_has_the_rows(root):
    table = thesis_comparison(Store(root / "results" / "thesis"), tasks=TASKS)
    table = table.set_index(["row", "task"])["verdict"]
    for row in EXACT_ROWS:
        wanted = [EXACT, MISPRINT] if row == "SA" else [EXACT] * 2
        assert table.loc[row].tolist() == wanted, row


@pytest.mark.parametrize("row", EXACT_ROWS)
@pytest.mark.parametrize("task", TASKS, ids=str)
def test_rows_that_are_exact(earlier, row, task):
    """The whole grid again, the point by accuracy."""
    method, grid, fixed = ROWS[row]
    best = best_by_accuracy(sweep(method, task, grid, earlier, progress=False, **fixed))
    cell = thesis_cells().set_index(["method", "experiment"]).loc[row, str(task.number)]
    accuracy, uar = (80.28, 79.58) if (row, task.number) == ("SA", 6) else cell[2:4]
    assert printed_so(best["accuracy"], best["uar"], accuracy, uar)


@pytest.mark.parametrize("row", OTHER_RULE)
def test_both_multiclass_rules_are_stored(root, row):
    store, (method, *_) = Store(root / "results" / "thesis"), ROWS[row]
    for task in TASKS:
        assert store.load(method, task, "paper") is not None
        assert store.load(method, task, "paper", strategy="ovr") is not None
