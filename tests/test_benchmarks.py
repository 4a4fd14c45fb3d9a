"""Every benchmark runs at a tiny size, what it compares agrees, and the stored run is whole.

No time is asserted.
"""

import json
import re

import bench_all
import bench_descriptors
import bench_exponents
import bench_methods
import bench_roofline
import numpy as np
import pandas as pd
import pytest
import timing

from cdmer_lib import METHODS
from cdmer_lib.descriptors import HAND_CRAFTED


@pytest.fixture
def run(tmp_path, capsys):
    """``run(name)``: the rows of one benchmark at a tiny size, as they are stored."""

    def stored(name):
        path = tmp_path / "bench.csv"
        bench_all.main(["--tiny", "--only", name, "--out", str(path)])
        assert name in capsys.readouterr().out
        return pd.read_csv(path, comment="#")

    return stored


def assert_whole(table, wanted):
    """Ours, plain and (but for the libraries that are absent) a peer of each."""
    forms = table.groupby("what")["form"].agg(set)
    assert all(forms[what] >= {"ours", "plain"} for what in wanted)
    assert (table["seconds"] > 0).all() and (table["low"] <= table["high"]).all()
    others = table[table["form"] != "ours"]
    assert (others["ratio_low"] <= others["ratio"]).all()
    assert (others["ratio"] <= others["ratio_high"]).all()
    assert table.loc[table["form"] == "peer", "library"].notna().all()


def test_the_printed_forms_of_all_methods_give_our_labels(run):
    table = run("methods")
    assert_whole(table, METHODS)
    assert set(table["work"]) == {"one fit", "a sweep"}
    plain = table[(table["form"] == "plain") & (table["work"] == "one fit")].set_index("what")
    unfinished = ["TSRG", "DRFS-T"]  # a part of their iterations
    assert (plain["same"].drop(unfinished) == 1).all() and set(plain.index) == set(METHODS)


def test_the_definitions_of_all_descriptors_give_our_features(run):
    table = run("descriptors")
    assert_whole(table, HAND_CRAFTED)
    plain = table[table["form"] == "plain"].set_index("what")
    assert (plain.loc[list(HAND_CRAFTED), "same"] == 1).all()


def test_statistics(run):
    table = run("statistics")
    assert_whole(table, ["bootstrap", "permutation maxima", "held-out labels, GFK"])


def test_exponents(run):
    table = run("exponents").drop_duplicates(["what", "work"])
    assert set(table["what"]) == set(METHODS) == set(bench_exponents.OPERATIONS)
    blocks = {("RSTR", "K"), ("TGSR", "K")}
    assert set(zip(table["what"], table["work"], strict=True)) == blocks | {
        (name, letter) for name in METHODS for letter in "nd"
    }
    assert table[["exponent", "error", "expected"]].notna().all(axis=None)


def test_roofline(run):
    table = run("roofline")
    steps = table[table["work"] == "iteration"].set_index("what")
    assert set(steps.index) == {"TGSR", "TSRG", "DRFS-T", "DRLS", "RSTR"}
    assert set(steps["bound"]) <= {"arithmetic", "memory", "calls"}
    assert np.allclose(steps["share"], steps["gflops"] / steps["roof"], rtol=1e-3)
    assert {"product", "triad"} <= set(table.loc[table["what"] == "machine", "work"])


def test_an_exponent_is_the_slope_of_the_logarithms():
    sizes = np.array([10, 20, 40, 80])
    exponent, error = bench_exponents.slope(sizes, 3e-9 * sizes**2.5)
    assert exponent == pytest.approx(2.5) and error == pytest.approx(0, abs=1e-9)


def test_operations_are_those_of_the_products():
    """With two products of (D, n) and (n, r), what is left over is a handful a number."""
    Xs, ys, Xt = timing.made_up(15, 14, 60)
    _, operations, moved, (D, n, r), _ = bench_roofline.regeneration(Xs, ys, Xt, "TSRG")
    assert (D, n, r) == (60, 29, 16)
    assert operations - 2 * 2 * D * n * r == 6 * D * n + 3 * D * r
    assert moved == 8 * (13 * D * n + 9 * D * r + 2 * n * r)
    _, operations, _, (rows, m, columns), _ = bench_roofline.tgsr(Xs, ys, Xt, 5, 4)
    assert (rows, m, columns) == (4 * 3, 16, 5 * 16)
    assert operations == 2 * rows * m * columns + 7 * rows * columns + 4 * rows * m**2


def test_an_absent_library_is_left_out_by_name(monkeypatch, capsys):
    monkeypatch.setitem(timing.OPTIONAL, "skada", "no_module_of_this_name")
    monkeypatch.setattr(timing, "left_out", {})
    p = bench_methods.Problem(*timing.made_up(15, 14, 20))
    rows = list(bench_methods.compare_method("SA", p, tiny=True))
    assert {row["form"] for row in rows} == {"ours", "plain"}
    assert list(timing.left_out) == ["skada"] and "skada absent" in capsys.readouterr().out


def test_ratios_are_taken_in_each_turn(monkeypatch):
    times = iter([1.0, 2.0, 4.0, 12.0])  # ours and another form, two turns
    monkeypatch.setattr(timing, "seconds", lambda call: next(times))
    ours = {"work": timing.Form("ours", lambda: np.arange(4))}
    others = [timing.Form("plain", lambda: np.array([0, 1, 2, 4]), units=0.5)]
    first, second = timing.compare("b", "w", "s", ours, others, tiny=True)
    assert first["seconds"] == 2.5 and "ratio" not in first
    assert (second["ratio_low"], second["ratio"], second["ratio_high"]) == (4, 5, 6)
    assert second["same"] == 0.75


@pytest.mark.parametrize("name", HAND_CRAFTED)
def test_every_descriptor_has_a_printed_form_and_a_peer(name):
    kind = type(HAND_CRAFTED[name]).__mro__
    assert set(kind) & set(bench_descriptors.PLAIN) and set(kind) & set(bench_descriptors.PEERS)


# --- the stored run ----------------------------------------------------------------------------


@pytest.fixture(scope="module")
def text(root):
    return (root / "results" / "bench.csv").read_text(encoding="utf-8")


def test_the_stored_run_has_every_method_and_descriptor(root):
    table = pd.read_csv(root / "results" / "bench.csv", comment="#")
    parts = dict(list(table.groupby("benchmark")))
    assert set(parts) == set(bench_all.BENCHMARKS)
    assert_whole(parts["methods"], METHODS)
    assert_whole(parts["descriptors"], HAND_CRAFTED)
    assert set(parts["methods"]["what"]) == set(METHODS) == set(parts["exponents"]["what"])
    peers = parts["methods"][parts["methods"]["form"] == "peer"]
    assert peers["version"].notna().all()
    plain = parts["methods"].query("form == 'plain' and work == 'one fit'")
    assert (plain["same"].dropna() > 0.98).all()


def test_the_stored_run_says_with_what_it_was_made_and_not_where(text):
    header = dict(line[2:].split(": ", 1) for line in text.splitlines() if line.startswith("# "))
    record = {name: json.loads(value) for name, value in header.items()}
    assert {"commit", "libraries", "kernels", "threads", "left_out"} <= set(record)
    assert record["threads"] == 1 and record["kernels"]
    assert not re.search(r"/(home|work|root|tmp|usr)/|host", text)
