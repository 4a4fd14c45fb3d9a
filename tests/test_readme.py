"""What the README says in numbers is computed here, not typed.

And the tree that CONTRIBUTING tells of is the tree that is here.
"""

import re
from pathlib import Path

import pytest

from cdmer_lib.experiments import Store
from cdmer_lib.methods import METHODS
from cdmer_lib.report import comparison, each_once, published_cells
from cdmer_lib.report.compare import DOCUMENTED, EXACT, headline

ROOT = Path(__file__).parents[1]
CONTRIBUTING = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def store():
    return Store(ROOT / "results")


def test_headline_table_is_the_store_s(store):
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    assert headline(store) in text, "run: cdmer table --headline"


def test_ten_rows_are_exact_or_documented(store):
    cells = each_once({paper: comparison(store, paper) for paper in "AB"})
    settled = cells["verdict"].isin([EXACT, DOCUMENTED]).groupby(cells["method"]).all()
    assert set(settled.index[~settled]) == {"IW-SVM", "RSTR"} and len(settled) == 12
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    assert "IW-SVM and RSTR are not exact" in text


def test_rows_of_the_tables():
    """Table III: a baseline, nine methods and RSTR. Table V: the baseline and fifteen rows."""
    rows = {table: set(published_cells("A", table)["method"]) for table in ("III", "V")}
    assert rows["III"] - {"Average"} == set(METHODS) - {"TGSR"}
    assert len(rows["III"] - {"Average", "SVM", "RSTR"}) == 9
    assert len(rows["V"] - {"Average", "SVM"}) == 15


def test_contributing_has_a_line_for_each_part_of_the_package():
    told = re.findall(r"^  (\w+)(?:/|\.py) ", CONTRIBUTING, re.MULTILINE)
    parts = {path.stem for path in (ROOT / "cdmer_lib").iterdir() if path.stem[0] != "_"}
    assert set(told) == parts and len(told) == len(parts)


def test_files_that_contributing_names_exist():
    named = re.findall(r"`([a-z]\S*\.(?:py|md|csv|parquet|toml|ipynb|txt))`", CONTRIBUTING)
    folders = [ROOT, ROOT / "cdmer_lib", *(ROOT / "cdmer_lib").glob("*/")]
    absent = [name for name in named if not any((folder / name).exists() for folder in folders)]
    assert len(named) > 20 and set(absent) == {"book/NAME.md"}


def test_functions_that_contributing_names_stand_in_the_files_it_names():
    named = re.findall(r"`(?:\w+\.)?(\w+)(?:\(.*?\))?`\s\(`(\w+/\w+\.py)`\)", CONTRIBUTING)
    for name, file in named:
        text = (ROOT / "cdmer_lib" / file).read_text(encoding="utf-8")
        assert re.search(rf"\b(def|class) {name}\b", text), f"no {name} in {file}"
    assert {"run", "solve_batch", "save", "comparison", "cell_table"} <= {n for n, _ in named}
