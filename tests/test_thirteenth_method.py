"""A method that is added as its page teaches, in every command; and one that is no name."""

import importlib.util
import re

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone

from cdmer_lib import Database
from cdmer_lib.cli import main
from cdmer_lib.experiments import Store, run, sweep, verify
from cdmer_lib.experiments.grids import Method, get_grid, given
from cdmer_lib.experiments.stability import mark_stable
from cdmer_lib.experiments.sweep import Problem
from cdmer_lib.methods import IWSVM, METHODS, SVM, TGSR
from cdmer_lib.report.cells import describe_cell
from cdmer_lib.selection.validation import validate, with_record

QUIET = {"progress": False}


@pytest.fixture(scope="module")
def coral(root, tmp_path_factory):
    """The page's class, from a file that holds the page's cell and nothing else."""
    page = (root / "book" / "add_a_method.md").read_text(encoding="utf-8")
    cells = re.findall(r"```\{code-cell\} ipython3\n(.*?)```", page, re.DOTALL)
    (text,) = (cell for cell in cells if "class CORAL" in cell)
    path = tmp_path_factory.mktemp("methods") / "coral.py"
    path.write_text(text)
    spec = importlib.util.spec_from_file_location("coral", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.CORAL


@pytest.fixture
def registered(coral, monkeypatch):
    monkeypatch.setitem(METHODS, "CORAL", coral)


def test_every_command_knows_it(registered, task_data, tmp_path, capsys):
    task_data("V->N")
    store, one = ["--store", str(tmp_path)], ["--method", "CORAL", "--task", "V->N"]

    def cdmer(verb, *options):
        assert main([verb, *options, *store]) == 0, capsys.readouterr().err
        return capsys.readouterr().out

    assert "best on the target of 3 points" in cdmer("run", *one, "--jobs", "1")
    assert "complete: CORAL, Exp.5" in cdmer("run", "--all", *one, "--jobs", "1")
    assert "complete: CORAL, Exp.5" in cdmer("validate", "--method", "CORAL", "--jobs", "1")
    table = cdmer("table", "--method", "CORAL")
    assert "not printed" in table and "eps=" in table and "quick" in table
    assert "CORAL" in cdmer("uncertainty", "--jobs", "1")
    cell = cdmer("cell", *one)
    assert "CORAL, Exp.5 (V→N)" in cell and "of 3 points solved again" in cell
    assert "best on target" in cell and "without labels" in cell and "[" in cell
    checked = cdmer("verify", "--method", "CORAL", "--jobs", "1").splitlines()
    assert checked[1].split() == ["CORAL", "V→N", "3", "0", "0", "0"]
    stable = cdmer("stability", "--method", "CORAL", "--jobs", "1")
    assert "CORAL, Exp.5 (V→N)" in stable and "of 3 points tested" in stable


def test_an_unknown_grid_names_those_there_are(registered, task_data, tmp_path, capsys):
    task_data("V->N")
    command = ["run", "--method", "CORAL", "--task", "V->N", "--store", str(tmp_path)]
    assert main([*command, "--grid", "coarse"]) == 1
    assert "no grid 'coarse' of method 'CORAL'; expected one of quick" in capsys.readouterr().err


def test_its_arguments_are_checked(coral):
    X = np.eye(6)
    for point in ({"eps": -1.0}, {"eps": 0}):
        with pytest.raises(ValueError, match="'eps' parameter of CORAL must be a float in the ran"):
            coral(**point).fit(X, [1, 2, 3, 1, 2, 3])
        with pytest.raises(ValueError, match="'eps' parameter of CORAL"):
            next(coral().predict_grid(X, [1, 2, 3, 1, 2, 3], X, [point]))


def test_the_widest_grid_stands_for_a_printed_one(coral, monkeypatch):
    few, many = [{"eps": 1.0}], [{"eps": 1.0}, {"eps": 2.0}]
    monkeypatch.setattr(coral, "grids", {"quick": few, "all": lambda n_s, n_t: many * n_s})
    assert get_grid(coral, "paper", 3, 3) == many * 3
    assert get_grid(coral, "quick") == few
    monkeypatch.setattr(coral, "grids", {})
    with pytest.raises(ValueError, match="its class has: it has none"):
        get_grid(coral, "paper", 3, 3)


# --- a method that is no name -----------------------------------------------------------------


def test_names_and_fixed_arguments(coral):
    assert given("SVM") == ("SVM", {}) and given(SVM) == ("SVM", {}) == given(SVM())
    assert given(IWSVM(ratio="KMM"), {"C": 2.0}) == ("IW-SVM", {"ratio": "KMM", "C": 2.0})
    assert given(coral) == ("CORAL", {}) and given(coral(eps=3.0)) == ("CORAL", {"eps": 3.0})
    name, _ = given(coral)
    assert given(name) == (name, {}) and name.kind is coral and isinstance(name, Method)
    with pytest.raises(ValueError, match="unknown method 'CORAL'"):
        given("CORAL")
    with pytest.raises(ValueError, match="another 'SVM': the two would share a file"):
        given(type("SVM", (SVM,), {}))


@pytest.fixture
def thirty():
    """Two databases of thirty samples, enough for five folds."""
    rng, y = np.random.default_rng(0), np.tile([1, 2, 3], 10)
    names = ("SMIC_VIS", "SMIC_NIR")
    return {name: Database(name, rng.normal(size=(30, 12)) + y[:, None], y) for name in names}


@pytest.mark.parametrize("as_object", [lambda coral: coral, lambda coral: coral()])
def test_an_object_goes_wherever_a_name_goes(coral, as_object, thirty, tmp_path):
    method, data, store = as_object(coral), {"data": thirty}, Store(tmp_path)
    problem = Problem(method, 5, thirty)
    assert type(problem.estimator) is coral
    assert problem.points("paper") == coral.grids["quick"]
    plain = sweep(method, 5, "quick", thirty, **QUIET)
    stored = run(method, 5, store=store, **data, **QUIET)
    pd.testing.assert_frame_equal(stored[list(plain)], plain)
    assert (tmp_path / "CORAL" / "05_V_N.parquet").exists()
    assert store.widest(method, 5) == "quick" and len(store.tasks(method, "paper")) == 1
    assert len(validate(method, 5, store, **data, **QUIET)) == 3
    assert with_record(store, method, 5)["held_out"].notna().all()
    assert mark_stable(method, 5, store, **data, **QUIET)["stable"].notna().all()
    assert not verify(store, method, 5, **data)["differing"].any()
    pd.DataFrame({"method": ["SVM"], "task": [5]}).to_parquet(tmp_path / "uncertainty.parquet")
    text = describe_cell(store, method, 5, **data)
    assert text.startswith("CORAL, Exp.5 (V→N)") and "without labels" in text


def test_arguments_of_an_estimator_are_a_variant(made_up, tmp_path):
    store, model = Store(tmp_path), TGSR(blocks=2)
    points = [{"kappa": 1, "xi": 1.0}, {"kappa": 2, "xi": 1.0}]
    by_name = sweep("TGSR", 5, points, made_up, blocks=2, **QUIET)
    pd.testing.assert_frame_equal(sweep(model, 5, points, made_up, **QUIET), by_name)
    run(SVM(strategy="ovr"), 5, store=store, data=made_up, **QUIET)
    assert len(store.load("SVM", 5, "quick", strategy="ovr")) == 1
    assert store.load(SVM(strategy="ovr"), 5, "quick") is not None
    assert store.load(SVM(), 5, "quick") is None
    assert clone(model).get_params() == model.get_params()
