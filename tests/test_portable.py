"""The sample that is solved again under other kernels: what is counted, and where it runs."""

import pandas as pd
import pytest

from cdmer_lib.cli import main
from cdmer_lib.experiments import Store, portable, run
from cdmer_lib.experiments.portable import KERNELS, as_table, own_kernel
from cdmer_lib.experiments.verify import verify_store

QUIET = {"progress": False}
SHIFT = str.maketrans("123", "231")


@pytest.fixture
def store(made_up, tmp_path):
    """SA and SVM on V→N; of SA one stable and one unstable point are falsified."""
    store = Store(tmp_path)
    run("SVM", 5, "paper", store, data=made_up, **QUIET)
    table = run("SA", 5, "paper", store, data=made_up, **QUIET)
    table["stable"] = pd.array([True] * len(table), dtype="boolean")
    table.loc[2, "stable"] = False
    for row in (2, 4):
        table.loc[row, "predicted"] = table.loc[row, "predicted"].translate(SHIFT)
    store.save(table, "SA", 5)
    return store


def test_labels_that_differ_are_counted_stable_points_apart(store, made_up):
    svm, sa = verify_store(store, data=made_up)
    n = len(made_up["SMIC_NIR"].y)
    assert (svm["method"], svm["task"], svm["points"], svm["differing"]) == ("SVM", "V→N", 1, 0)
    assert (sa["points"], sa["unstable"]) == (11, 1)
    assert sa["differing"] == sa["differing_unstable"] == n
    (few,) = verify_store(store, ["SA"], n=3, data=made_up)
    assert few["points"] == 3
    assert not list(verify_store(store, ["SA"], [6], data=made_up))


def test_a_kernel_is_asked_of_the_process_that_computes(monkeypatch):
    monkeypatch.setenv("OPENBLAS_CORETYPE", "Zen")
    assert portable._environment("Nehalem", 2)["OPENBLAS_CORETYPE"] == "Nehalem"
    assert portable._environment("Nehalem", 2)["OPENBLAS_NUM_THREADS"] == "2"
    assert "OPENBLAS_CORETYPE" not in portable._environment("own")
    assert own_kernel()


def test_one_table_of_all_runs():
    def of(kernel, threads, differing):
        table = pd.DataFrame({"method": ["SA", "SVM"], "points": [40, 1], "differing": differing})
        return table.assign(task="V→N", unstable=0, kernel=kernel, threads=threads)

    table = as_table([of("Nehalem", 1, [0, 2]), of("Haswell", 1, [1, 0])])
    assert table.iloc[:, -2:].to_dict("list") == {"Nehalem, 1": [0, 2], "Haswell, 1": [1, 0]}
    assert table["method"].tolist() == ["SA", "SVM"]


@pytest.mark.parametrize("kernel", ["own", KERNELS[1]])
def test_the_command(kernel, task_data, tmp_path, capsys):
    task_data("V->N")
    run("SVM", 5, "paper", Store(tmp_path), **QUIET)
    arguments = ["portable", "--store", str(tmp_path), "--threads", "1", "--kernels", kernel]
    assert main([*arguments, "--table", str(tmp_path / "table.csv")]) == 0
    printed = capsys.readouterr().out
    assert f"{kernel}, threads: 1; 1 points, 0 labels of stable ones differ" in printed
    assert pd.read_csv(tmp_path / "table.csv")["kernel"].tolist() == [kernel]


def test_without_a_store(tmp_path):
    with pytest.raises(ChildProcessError, match=r"cdmer verify under own: .* found none"):
        portable.verify_under("own", 1, ["--store", str(tmp_path)])
