"""The map of both papers: every printed thing has a row, a page that exists and a state."""

from pathlib import Path

import pairs
import pytest

from cdmer_lib.report import STATES, deviations, paper_map, published_cells

ROOT = Path(__file__).parents[1]
MAP = paper_map()


def test_every_row_has_a_state_and_all_states_occur():
    assert set(MAP["state"]) == set(STATES)


def test_every_row_leads_to_pages_that_exist():
    known = {Path(page).name for page in pairs.pages_in_toc(ROOT)}
    assert set(MAP["pages"].sum()) <= known


def test_entries_of_the_log_exist_and_every_correction_has_one():
    assert set(MAP["entries"].sum()) - {""} <= set(deviations()["id"])
    assert all(entries != [""] for entries in MAP.loc[MAP["state"] == "corrected", "entries"])


@pytest.mark.parametrize(
    ("paper", "equations", "tables", "figures"), [("A", 14, 7, 2), ("B", 14, 3, 4)]
)
def test_nothing_of_a_paper_is_missing(paper, equations, tables, figures):
    mine = MAP[MAP["paper"] == paper].set_index("kind")["number"]
    assert {f"({n})" for n in range(1, equations + 1)} < set(mine["equation"])
    roman = ["I", "II", "III", "IV", "V", "VI", "VII"][:tables]
    assert list(mine[["table"]]) == roman
    assert {str(n) for n in range(1, figures + 1)} <= set(mine[["figure"]])
    assert list(mine[["algorithm"]]) == ["1"]
    printed = set(published_cells(paper)["table"])
    assert printed <= set(roman)


def test_no_row_stands_twice():
    assert not MAP.duplicated(["paper", "kind", "number"]).any()
