"""A store that has all twelve tasks, of made-up databases: the tables, the commands, two pages."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from pairs import code, from_text, text_half

import cdmer_lib
from cdmer_lib import METHODS, TASKS, experiments, methods
from cdmer_lib.cli import main
from cdmer_lib.experiments import Store
from cdmer_lib.experiments.fill import run_all
from cdmer_lib.experiments.provenance import write_table
from cdmer_lib.methods.ranges import points
from cdmer_lib.protocol import Database
from cdmer_lib.report import cell_table as cell_table_module
from cdmer_lib.report.cell_table import cell_table
from cdmer_lib.report.cells import describe_cell, entries, overview
from cdmer_lib.report.compare import headline
from cdmer_lib.report.published import published_cells
from cdmer_lib.selection.validation import validate
from cdmer_lib.statistics.uncertainty import cell_uncertainty

LETTERS = [task.letters for task in TASKS]
VALIDATED = ["SVM", "SA"]
FEW = {
    "SVM": {"C": [1.0]}, "SA": {"k": [1, 5]}, "TKL": {"zeta": [1.0, 2.0]},
    "TGSR": {"kappa": [3, 85], "xi": [0.1]},
}  # fmt: skip


@pytest.fixture(scope="module")
def data():
    """Small databases with 85 runs of two columns, three classes and a shift between them."""
    rng = np.random.default_rng(20)
    centres, sizes = rng.random((3, 170)), {"CASME2": 27, "SMIC_HS": 24, "SMIC_VIS": 21}
    sizes["SMIC_NIR"] = 18
    return {
        name: Database(name, centres[np.arange(n) % 3] + rng.random((n, 170)), np.arange(n) % 3 + 1)
        for name, n in sizes.items()
    }


@pytest.fixture(scope="module")
def twelve(data, tmp_path_factory):
    """A store with all twelve tasks of four methods, whose printed grids have few points here."""
    store, options = Store(tmp_path_factory.mktemp("store")), {"data": data, "progress": False}
    with pytest.MonkeyPatch.context() as patch:
        for module in (cdmer_lib, methods):
            patch.setattr(module, "METHODS", {method: METHODS[method] for method in FEW})
        for method, ranges in FEW.items():
            patch.setitem(METHODS[method].grids, "paper", points(**ranges))
            patch.setattr(METHODS[method], "recorded", None)
        assert len(list(run_all(store, **options))) == 12 * len(FEW)
        for method, task in store.printed(VALIDATED):
            validate(method, task, store, **options)
        few = {"n_replicates": 20, "n_permutations": 20, "n_trials": 2}
        write_table(cell_uncertainty(store, **few, **options), store.uncertainty_path)
        yield store


def test_every_cell_has_its_numbers(twelve, data):
    tables = {paper: cell_table(twelve, paper, data=data) for paper in "AB"}
    for table in tables.values():
        assert not table["verdict"].str.startswith("not run").any()
        assert table[["mean_f1", "low", "high"]].notna().all(axis=None)
        has_record = table["method"].isin(VALIDATED)
        assert (table["chosen_f1"].notna() == has_record).all()
    shown = overview(tables["A"])
    assert list(shown.columns) == [*LETTERS, "mean"] and (shown != "").all(axis=None)
    assert not shown["H→V"].str.contains("not-run").any()
    averages = published_cells("A", "III"), published_cells("A", "IV")
    printed = [t.query("method == 'TKL' and experiment != 'avg'")["mean_f1"] for t in averages]
    assert shown.loc[("TKL", "printed"), "mean"] == f"{pd.concat(printed).mean():.4f}"[1:]
    for method in FEW:
        page = entries(tables, method)
        assert "not-run" not in page and page.count("<td>again</td>") == 12


def test_the_commands(twelve, data, capsys):
    assert headline(twelve).splitlines()[-1].endswith(f" of {12 * len(FEW)} |")
    text = describe_cell(twelve, "SA", "H->V", data=data)
    assert text.startswith("SA, Exp.1 (H→V): ") and "without labels" in text
    assert main(["table", "--paper", "B", "--store", str(twelve.root)]) == 0
    table = capsys.readouterr().out
    assert table.count("H→V") == len(FEW) and "not run" not in table


@pytest.mark.parametrize("page", ["results", "cells"])
def test_pages_take_twelve_tasks(twelve, data, root, monkeypatch, page):
    """The code of a page runs on the store of made-up numbers."""
    for task in TASKS:
        twelve.save(twelve.load("TGSR", task), "TGSR", task, blocks="facial")

    def made_up(name, root=None):
        return data[name]

    for module in (cdmer_lib, cdmer_lib.data, cell_table_module):
        monkeypatch.setattr(module, "load_database", made_up)
    monkeypatch.setattr(experiments, "Store", lambda path: twelve)
    monkeypatch.setattr(plt, "show", lambda: plt.close("all"))
    scope = {}
    exec("\n".join(code(from_text(text_half(root, page)))), scope)
    assert scope["tables"]["A"]["task"].nunique() == 12
