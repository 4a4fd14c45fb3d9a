"""Tables as files: what they hold is what the store and the papers say, and LaTeX can read them."""

from pathlib import Path

import browser
import edition
import pandas as pd
import pdf
import pytest

from cdmer_lib.experiments import Store
from cdmer_lib.files import package_version
from cdmer_lib.report import comparison, deviations, published_cells
from cdmer_lib.report.take_away import latex, tables_to_take_away, write_tables

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("tables")
    write_tables(Store(ROOT / "results"), folder)
    return folder


def test_files_hold_every_published_cell(folder):
    names = {"A": ["III", "IV", "V", "VI", "VII"], "B": ["II", "III"]}
    for paper, tables in names.items():
        for name in tables:
            held = pd.read_csv(folder / f"{paper}_{name}.csv")
            printed = published_cells(paper, name)
            if "printed_f1" in held:  # adaptation: without averages
                printed = printed[
                    (printed["experiment"] != "avg") & (printed["method"] != "Average")
                ]
                values = held["printed_f1"], printed["mean_f1"]
            else:
                values = held["mean_f1"], printed["mean_f1"]
            assert sorted(values[0]) == sorted(values[1]), (paper, name)


def test_ours_are_the_store_s(folder):
    table = comparison(Store(ROOT / "results"), "B", "paper", ["TGSR"]).set_index("task")
    held = pd.concat(pd.read_csv(folder / f"B_{name}.csv") for name in ("II", "III"))
    held = held[held["method"] == "TGSR"].set_index("task")
    assert (held["mean_f1"].dropna() == table["mean_f1"].dropna().round(4)).all()
    assert list(held["verdict"]) == list(table["verdict"])
    assert "0.6984 / 0.6984" in (folder / "B_II.tex").read_text(encoding="utf-8")


def test_latex_is_ascii_and_every_row_has_all_columns(folder):
    for path in folder.glob("*.tex"):
        text = path.read_text(encoding="utf-8")
        assert text.isascii(), path.name
        n_columns = text.split("\\toprule\n")[1].split("\\\\")[0].count("&") + 1
        rows = text.split("\\endlastfoot\n")[1].split("\\end{longtable}")[0].splitlines()
        assert rows and all(r.replace("\\&", "").count("&") == n_columns - 1 for r in rows)
    log = (folder / "deviations.tex").read_text(encoding="utf-8")
    assert all(entry in log for entry in deviations()["id"])


def test_special_letters_are_escaped():
    text = latex(pd.DataFrame({"a_b": ["50 % & more", "V→N"]}))
    assert "a\\_b" in text and "50 \\% \\& more" in text and "V$\\to$N" in text


def test_without_sweeps_the_printed_tables_are_left(tmp_path):
    names = set(tables_to_take_away(Store(tmp_path / "none")))
    assert names == {"A_V", "A_VI", "A_VII", "deviations", "paper_map"}


def test_buttons_appear_with_an_address_alone():
    assert edition.repository_options(None) == edition.repository_options("") == {}
    assert edition.repository_options("https://host.example/a/book") == {}
    options = edition.repository_options("https://github.com/a/book/")
    assert options["repository_url"] == "https://github.com/a/book"
    assert options["launch_buttons"] and options["use_repository_button"]


def test_the_footer_names_version_and_commit():
    assert f"cdmer-lib {package_version('cdmer-lib')}, commit " in edition.footer()


def test_one_page_of_html_becomes_a_pdf(tmp_path):
    if not browser.CHROMIUM:
        pytest.skip("Chromium absent: no page was printed")
    page = tmp_path / "notebooks" / "intro.html"
    page.parent.mkdir()
    page.write_text("<article><p>One page.</p></article>")
    assert pdf.main(tmp_path, tmp_path / "book.pdf") == 0
    assert (tmp_path / "book.pdf").read_bytes().startswith(b"%PDF-")


def test_without_chromium_no_pdf_is_made_and_the_reason_is_said(tmp_path, monkeypatch):
    monkeypatch.setattr(browser, "CHROMIUM", "")
    assert "Chromium is not installed" in pdf.main(tmp_path, tmp_path / "book.pdf")
