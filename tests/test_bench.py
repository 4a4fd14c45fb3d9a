"""The protocol on databases of one's own, from files to a report; interrupted and resumed."""

import os
import re
import signal
import subprocess
import sys
import time

import numpy as np
import pandas as pd
import pytest

from cdmer_lib import Database
from cdmer_lib.cli import main
from cdmer_lib.data.tables import load_tables
from cdmer_lib.experiments import Store
from cdmer_lib.report.bench import as_table, bench

WORDS = np.array(["anger", "calm", "fear", "joy"])
METHODS = ["SVM", "SA", "TCA", "GFK"]


def made_up(i, n):
    """Features, labels and people of one of several shifted databases of four classes."""
    rng, codes = np.random.default_rng(i), np.arange(n) % 4
    X = 1.5 * np.eye(4, 20)[codes] + rng.normal(size=(n, 20)) + 0.3 * i
    return X, WORDS[codes], np.array([f"p{k // 5}" for k in range(n)])


@pytest.fixture
def folder(tmp_path):
    """Two databases as .npz, one as .csv, and a file that is none."""
    for i, name in enumerate(("lab_A", "lab_B")):
        X, y, subjects = made_up(i, 24 + 4 * i)
        np.savez(tmp_path / f"{name}.npz", features=X, labels=y, subjects=subjects)
    X, y, _ = made_up(2, 28)
    pd.DataFrame(X).add_prefix("f").assign(label=y).to_csv(tmp_path / "lab_C.csv", index=False)
    (tmp_path / "notes.txt").write_text("not a database")
    return tmp_path


def test_tables_are_read_as_they_are(folder):
    data = load_tables(folder)
    assert list(data) == ["lab_A", "lab_B", "lab_C"]
    X, y, subjects = made_up(1, 28)
    assert np.array_equal(data["lab_B"].X, X) and data["lab_B"].y.tolist() == y.tolist()
    assert data["lab_B"].subjects.tolist() == subjects.tolist()
    assert np.allclose(data["lab_C"].X, made_up(2, 28)[0], atol=1e-14)
    assert data["lab_C"].subjects is None


def damage(folder, name, how):
    X, y, _ = made_up(0, 24)
    if how == "none":
        (folder / "lab_A.npz").unlink()
        (folder / "lab_B.npz").unlink()
    elif how == "twice":
        (folder / "lab_A.csv").write_text("label,f\n1,2\n")
    elif how == "no labels":
        np.savez(folder / name, features=X)
    elif how == "words":
        (folder / "lab_C.csv").write_text("label,f0,f1\ncalm,1,x\njoy,2,y\n")
    elif how == "other features":
        np.savez(folder / name, features=X[:, :7], labels=y)
    elif how == "other labels":
        np.savez(folder / name, features=X, labels=np.arange(24) % 2 + 7)
    elif how == "pickle":
        np.savez(folder / name, features=X, labels=np.array(y, dtype=object))
    elif how == "no archive":
        (folder / name).write_bytes(b"PK not one")
    elif how == "nan":
        X[3, 4] = np.nan
        np.savez(folder / name, features=X, labels=y)


@pytest.mark.parametrize(
    ("how", "message"),
    [
        ("none", "expected two databases or more, .* found lab_C"),
        ("twice", "expected one file of lab_A, found two"),
        ("no labels", "lab_A.npz: expected NAME.npz with the arrays features"),
        ("words", "lab_C.csv: expected numbers in every column but label and subject, .* f1"),
        ("other features", "expected as many features in every database, found .*'lab_A': 7"),
        ("other labels", "expected two labels or more that all databases have"),
        ("pickle", "lab_A.npz: expected NAME.npz"),
        ("no archive", "lab_A.npz: expected NAME.npz"),
        ("nan", "lab_A.npz: lab_A: expected finite features, found 1 .* row 3, column 4"),
    ],
)
def test_a_folder_that_cannot_be_used(folder, how, message):
    damage(folder, "lab_A.npz", how)
    with pytest.raises(ValueError, match=message):
        load_tables(folder)


def test_bench_killed_twice_ends_as_if_it_had_not_been(folder, capsys):
    command = [sys.executable, "-m", "cdmer_lib.cli", "bench", str(folder), "--jobs", "1",
               "--method", *METHODS]  # fmt: skip
    for _ in range(2):  # killed when another file of the store is there
        store, stop = folder / "report" / "results", time.monotonic() + 60
        before = len(list(store.glob("*/*.parquet")))
        process = subprocess.Popen(command, stderr=subprocess.DEVNULL, start_new_session=True)
        while len(list(store.glob("*/*.parquet"))) <= before and time.monotonic() < stop:
            time.sleep(0.01)
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    assert main(["bench", str(folder), "--jobs", "1", "--method", *METHODS]) == 0
    assert "24 cells" in capsys.readouterr().out
    other = folder / "other"
    cells = bench(load_tables(folder), other, METHODS, progress=False)
    for name in ("cells.csv", "report.md", "mean_f1.tex", "chosen_f1.tex"):
        assert (folder / "report" / name).read_text() == (other / name).read_text()
    assert len(Store(other / "results").printed()) == len(cells) == 24


def test_the_report_says_what_the_table_says(folder):
    cells = bench(load_tables(folder), folder / "out", ["SVM", "SA", "TGSR"], progress=False)
    assert list(cells.attrs["left_out"]) == ["TGSR"]
    table = as_table(cells, "mean_f1")
    assert table.loc["SA", "mean"] == pytest.approx(table.loc["SA"].iloc[:6].mean())
    assert table["rank"].sum() == pytest.approx(3)
    html = (folder / "out" / "report.html").read_text(encoding="utf-8")
    best = cells[cells["method"] == "SA"].iloc[0]
    shown = f"{best.mean_f1:.4f} / {best.percent:.2f}".removeprefix("0")
    assert f"<td>{shown}</td>" in html and "85 blocks" in html
    assert not re.search(r"(src|href)=", html.split("<svg")[0])  # one file, nothing to load
    assert shown in (folder / "out" / "report.md").read_text(encoding="utf-8")
    written = pd.read_csv(folder / "out" / "cells.csv")
    assert written["mean_f1"].tolist() == cells["mean_f1"].tolist()
    assert (cells["chosen_f1"] <= cells["mean_f1"] + 1e-12).all()


def test_a_name_is_never_markup(tmp_path):
    X, y, _ = made_up(0, 16)
    words = np.where(y == "joy", "<b>joy</b>", y)
    data = {name: Database(name, X, words) for name in ("a", "b")}
    bench(data, tmp_path, ["SVM"], progress=False)
    assert "<b>joy</b>" not in (tmp_path / "report.html").read_text(encoding="utf-8")
