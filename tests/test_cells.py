"""The three columns of a cell, and the trail from a number to its command and deviations."""

import shutil

import numpy as np
import pandas as pd
import pytest

from cdmer_lib import Database
from cdmer_lib.cli import main
from cdmer_lib.experiments import Store, run
from cdmer_lib.experiments.provenance import write_table
from cdmer_lib.methods import METHODS
from cdmer_lib.protocol import TASKS
from cdmer_lib.report.cell_table import cell_table
from cdmer_lib.report.cells import (
    cell_id,
    commands,
    decimals,
    describe_cell,
    entries,
    overview,
)
from cdmer_lib.report.published import concerning, published_cells
from cdmer_lib.selection import best_on_target
from cdmer_lib.selection.choices import DEFAULT_CRITERION, choose
from cdmer_lib.selection.validation import validate, with_record
from cdmer_lib.statistics.uncertainty import bootstrap, cell_uncertainty, interval

QUIET = {"progress": False}


@pytest.fixture(scope="module")
def data():
    rng = np.random.default_rng(0)
    y = np.tile([1, 2, 3], 24)
    centres = rng.standard_normal((3, 30))
    people = np.repeat(list("abcdefgh"), 9)
    return {
        name: Database(name, centres[y - 1] + rng.standard_normal((72, 30)) + shift, y, people)
        for name, shift in {"SMIC_VIS": 0, "SMIC_NIR": 0.3}.items()
    }


@pytest.fixture(scope="module")
def store(tmp_path_factory, data):
    """SA on V→N and N→V, without a record on N→V."""
    store = Store(tmp_path_factory.mktemp("store"))
    for task in ("V->N", "N->V"):
        run("SA", task, "paper", store, data=data, **QUIET)
    validate("SA", "V->N", store, data=data, **QUIET)
    cells = cell_uncertainty(store, ["SA"], data=data, **QUIET)
    write_table(cells, store.root / "uncertainty.parquet")
    return store


def test_three_columns(store, data):
    table = cell_table(store, "A", data=data, methods=["SA"]).set_index("task")
    sweep = with_record(store, "SA", "V->N")
    cell, best = table.loc["V→N"], best_on_target(sweep)
    assert cell.printed_f1 == published_cells("A", method="SA").set_index("experiment").mean_f1["5"]
    assert (cell.mean_f1, cell.percent) == (best.mean_f1, 100 * best.accuracy)
    target = data["SMIC_NIR"]
    found = bootstrap(sweep, target.y, target.subjects)
    assert (cell.low, cell.high) == pytest.approx(interval(found["best"]))
    row = choose(sweep, data["SMIC_VIS"].y, DEFAULT_CRITERION)
    assert (cell.chosen_f1, cell.chosen_parameters) == (row.mean_f1, f"k={row.k}")
    assert cell.chosen_low <= cell.chosen_f1 <= cell.chosen_high
    assert sweep.loc[int(cell.chosen_row), "k"] == row.k
    assert np.isnan(table.loc["N→V", "chosen_f1"]) and np.isnan(table.loc["H→V", "mean_f1"])


def test_without_the_table_of_intervals(store, data, tmp_path):
    bare = Store(tmp_path)
    shutil.copytree(store.root / "SA", bare.root / "SA")
    with pytest.raises(FileNotFoundError, match=r"uncertainty.parquet.*cdmer uncertainty"):
        cell_table(bare, "A", data=data)
    write_table(pd.DataFrame(), bare.uncertainty_path)
    with pytest.raises(ValueError, match=r"uncertainty.parquet: expected a row a cell, found none"):
        cell_table(bare, "A", data=data)


@pytest.mark.parametrize("verb", [["table"], ["table", "--headline"], ["cell", "--task", "5"]])
@pytest.mark.parametrize("folder", ["absent", "empty"])
def test_a_folder_without_a_store(tmp_path, capsys, verb, folder):
    (tmp_path / "empty").mkdir()
    assert main([*verb, "--method", "SVM", "--store", str(tmp_path / folder)]) == 1
    said = capsys.readouterr()
    assert said.out == "" and said.err.count("\n") == 1
    assert f"expected a results store in {tmp_path / folder} (" in said.err
    assert [path.name for path in tmp_path.iterdir()] == ["empty"]


def test_every_number_links_to_its_entry(store, data):
    tables = {p: cell_table(store, p, data=data, methods=["SA"]) for p in "AB"}
    shown = overview(tables["B"])
    assert list(shown.columns) == [*(task.letters for task in TASKS), "mean"]
    assert list(shown.index) == [("SA", x) for x in ("printed", "best on target", "without labels")]
    page = entries(tables, "SA")
    for task, number in {"V→N": 5, "N→V": 6}.items():
        assert shown[task].str.contains(f'href="cells.html#sa-{number}"', regex=False).all()
        assert f'id="sa-{number}"' in page
    for command in commands("SA", "V->N"):
        assert f"<code>{command}</code>" in page
    assert 'href="deviations.html#D26"' in page and "D08" not in page
    assert f"<td>best on target</td><td>{decimals(tables['A'].mean_f1[4])} / " in page


def test_printed_numbers_of_tasks_that_are_not_run_are_grey(store, data):
    tables = {p: cell_table(store, p, data=data, methods=["SA"]) for p in "AB"}
    shown, page = overview(tables["A"]).loc["SA"], entries(tables, "SA")
    printed = published_cells("A", method="SA").set_index("experiment").mean_f1
    for task in TASKS:
        was_run, number = task.number in (5, 6), shown.loc["printed", task.letters]
        assert ("not-run" in number) is not was_run
        assert f">{decimals(printed[str(task.number)])}</a>" in number
        assert (shown.loc["best on target", task.letters] != "") is was_run
        assert (commands("SA", task)[0] + "<" in page) is was_run
    assert shown.loc["printed", "mean"] == decimals((printed["5"] + printed["6"]) / 2)
    assert page.count('<tr class="not-run">') == 20 and "nan" not in page
    assert (overview(tables["A"][:4])["mean"] == decimals(np.nan)).all()


def test_a_cell_as_text(store, data):
    text = describe_cell(store, "SA", "V->N", data=data)
    assert text.startswith("SA, Exp.5 (V→N): 1 of 71 points solved again, every label as stored")
    assert "without labels" in text and "D26  paper A and B" in text
    assert "1 of 71 points solved again" in describe_cell(store, "SA", "N->V", data=data)
    with pytest.raises(ValueError, match="not stored whole"):
        describe_cell(store, "TKL", "V->N", data=data)


def test_entries_that_concern_a_cell():
    assert concerning("TGSR", 11)[0].id == "D09"
    assert "D09" not in [entry.id for entry in concerning("TGSR", 5)]
    for method in METHODS:
        assert {"D01", "D02"} <= {entry.id for entry in concerning(method, 1)}
        assert cell_id(method, "C->N") == f"{method.lower()}-11"


def test_decimals_as_printed():
    assert [decimals(x) for x in (0.69841, 1.0, np.nan)] == [".6984", "1.0000", "–"]
