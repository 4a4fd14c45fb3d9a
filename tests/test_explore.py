"""The page to play with: its data against the store, and what a browser shows of them."""

import base64
import json
import re
import shutil
import subprocess
import zlib
from pathlib import Path

import nbformat
import numpy as np
import pytest

from cdmer_lib.experiments import Store
from cdmer_lib.experiments.store import labels_of
from cdmer_lib.methods import TGSR
from cdmer_lib.statistics import confusion

ROOT = Path(__file__).resolve().parents[1]
BROWSER = shutil.which("chromium") or shutil.which("google-chrome")
GROUPINGS = {"authors": {}, "facial": {"blocks": "facial"}}


@pytest.fixture(scope="module")
def html():
    notebook = nbformat.read(ROOT / "notebooks/explore.ipynb", as_version=4)
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", [])]
    (found,) = (o.data["text/html"] for o in outputs if "cdmerExplore(" in str(o.get("data")))
    return found


@pytest.fixture(scope="module")
def shown(html):
    return json.loads(re.search(r"cdmerExplore\((.*),\n", html)[1])


def unpacked(text, kind):
    return np.frombuffer(zlib.decompress(base64.b64decode(text)), dtype=kind)


def some_points(table, n=40):
    return table.iloc[np.random.default_rng(0).choice(len(table), n, replace=False)]


@pytest.mark.parametrize("task", ["V→N", "N→V", "C→V", "V→C", "C→N", "N→C"])
@pytest.mark.parametrize("grouping", GROUPINGS)
def test_scores_and_matrices_are_the_store_s(shown, task_data, task, grouping):
    table = Store(ROOT / "results").load("TGSR", task, "paper", **GROUPINGS[grouping])
    part, (_, target) = shown["tasks"][task][grouping], task_data(task)
    index = unpacked(part["index"], "<u2").reshape(len(shown["kappas"]), len(shown["xis"]))
    for row in some_points(table).itertuples():
        at = index[shown["kappas"].index(row.kappa), shown["xis"].index(row.xi)]
        f1, percent, *counts = part["outcomes"][at]
        labels = labels_of(np.array([row.predicted]))[0]
        assert (f1, percent) == (round(row.mean_f1, 4), round(100 * row.accuracy, 2))
        assert counts == confusion(target.y, labels).ravel().tolist()


@pytest.mark.parametrize("grouping", GROUPINGS)
def test_kept_regions_are_those_of_the_estimator(shown, task_data, grouping):
    source, target = task_data("V→N")
    part = shown["tasks"]["V→N"][grouping]
    bits = np.unpackbits(unpacked(part["selected"], "u1"))
    bits = bits[: len(part["xis"]) * 85 * 85].reshape(len(part["xis"]), 85, 85)
    assert (bits.sum(axis=2) == np.arange(1, 86)).all()
    for i, kappa in ((0, 12), (len(part["xis"]) // 2, 40)):
        model = TGSR(kappa=kappa, xi=part["xis"][i], blocks=grouping)
        model.fit(source.X, source.y, target.X)
        assert (bits[i, kappa - 1] == model.selected_).all()


@pytest.mark.parametrize("grouping", GROUPINGS)
def test_every_histogram_is_in_one_region(shown, grouping):
    held = np.zeros(85, dtype=int)
    for group in shown["groupings"][grouping]["holds"]:
        for block, n in group:
            held[block] += n
    assert (held == 3).all()


@pytest.mark.skipif(not BROWSER, reason="no Chromium installed")
@pytest.mark.parametrize(("task", "grouping"), [("N→V", "authors"), ("C→V", "facial")])
def test_the_browser_shows_the_score_of_the_address(html, shown, tmp_path, task, grouping):
    shutil.copy(ROOT / "book/_static/explore.js", tmp_path)
    page = tmp_path / "explore.html"
    page.write_text(
        "<meta charset=utf-8>" + html.replace("../_static/explore.js", "explore.js"),
        encoding="utf-8",
    )
    xi = shown["tasks"][task][grouping]["xis"][3]
    state = f"task={task}&grouping={grouping}&kappa=12&xi={xi}&method=SA"
    done = subprocess.run(
        [BROWSER, "--headless", "--no-sandbox", "--disable-gpu", "--dump-dom",
         "--host-resolver-rules=MAP * ~NOTFOUND", "--virtual-time-budget=20000",
         f"--user-data-dir={tmp_path / 'profile'}", f"{page.as_uri()}#{state}"],
        capture_output=True, text=True, timeout=120, check=True,
    )  # fmt: skip
    table = Store(ROOT / "results").load("TGSR", task, "paper", **GROUPINGS[grouping])
    row = table[(table["kappa"] == 12) & (table["xi"] == xi)].iloc[0]
    said = f"Mean F1 {row['mean_f1']:.4f}, accuracy {100 * row['accuracy']:.2f} %, 12 of 85"
    assert said in done.stdout
    cells = shown["methods"]["SA"]
    assert all(f"<td>{number}</td>" in done.stdout for cell in cells for number in cell[1:])
    assert done.stdout.count("<svg") == 4
