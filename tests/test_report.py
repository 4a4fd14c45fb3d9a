"""Published cells, verdicts, the comparison, the deviations log, the face picture, the command."""

import os
import subprocess
import sys
from fractions import Fraction

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
import yaml
from matplotlib.patches import Rectangle

from cdmer_lib import METHODS, TASKS, experiments
from cdmer_lib.cli import main
from cdmer_lib.experiments import Store, get_grid
from cdmer_lib.methods import SVM, TGSR
from cdmer_lib.methods.tgsr import XI
from cdmer_lib.protocol import DATABASES
from cdmer_lib.report import (
    VERDICTS,
    comparison,
    critical_difference,
    deviations,
    documented_in,
    each_once,
    face_grids,
    published_cells,
    verdict,
)
from cdmer_lib.report.compare import headline
from cdmer_lib.report.descriptor_tables import descriptor_comparison, printed_layout
from cdmer_lib.report.figures import ACCENT, alike
from cdmer_lib.report.printed_digits import mean_of_printed

# --- published cells --------------------------------------------------------------------------


def test_number_of_cells():
    cells = published_cells()
    assert len(cells) == 540
    assert cells.groupby(["paper", "table"]).size().to_dict() == {
        ("A", "III"): 83, ("A", "IV"): 83, ("A", "V"): 118, ("A", "VI"): 118, ("A", "VII"): 18,
        ("B", "II"): 60, ("B", "III"): 60,
    }  # fmt: skip
    assert not cells.duplicated(["paper", "table", "method", "experiment"]).any()


@pytest.mark.parametrize(
    ("paper", "table", "method", "experiment", "printed"),
    [
        ("A", "III", "SVM", "1", (0.8002, 80.28)),
        ("A", "III", "DRLS", "avg", (0.6552, 66.60)),
        ("A", "IV", "DRLS", "12", (0.3838, 42.37)),
        ("A", "VI", "C3D-FC1 (UCF101)", "9", (0.1886, 39.44)),
        ("B", "II", "SVM", "6", (0.6078, 63.38)),
        ("B", "II", "TGSR", "6", (0.8403, 84.51)),
        ("B", "III", "STM", "8", (0.6115, 63.85)),
        ("B", "III", "TGSR", "11", (0.5697, 57.75)),
    ],
)
def test_some_cells_as_typed_from_the_papers(paper, table, method, experiment, printed):
    cells = published_cells(paper, table, method).set_index("experiment")
    assert (cells.mean_f1[experiment], cells.accuracy_percent[experiment]) == printed


def test_cells_lie_on_the_tasks():
    cells = published_cells()
    for cell in cells[cells.experiment != "avg"].itertuples():
        task = TASKS[int(cell.experiment) - 1]
        assert f"{cell.source}→{cell.target}" == task.letters
    assert cells.mean_f1.between(0, 1).all() and cells.accuracy_percent.between(1, 100).all()
    assert set(METHODS) <= set(cells.method)


def test_both_papers_name_the_baseline_svm():
    assert set(published_cells(method="SVM").paper) == {"A", "B"}
    assert published_cells(method="Baseline").empty
    assert published_cells(paper="B", table="IV").empty


def test_files_of_the_package_are_read_alike_in_every_locale():
    """Case 15: the default encoding is the locale's, so that none may be left to it."""
    code = (
        "import warnings, cdmer_lib.report as r\n"
        "from cdmer_lib.audit.table import papers_table\n"
        "warnings.simplefilter('error', EncodingWarning)\n"
        "print(*map(ascii, (r.deviations(), r.published_cells(), papers_table())))"
    )
    c_locale = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    warnings = ["-X", "warn_default_encoding"]
    runs = [
        subprocess.run(
            [sys.executable, *flags, "-c", code], capture_output=True, env=os.environ | e
        )
        for flags, e in ((warnings, {}), ([], c_locale))
    ]
    assert [run.returncode for run in runs] == [0, 0], [run.stderr for run in runs]
    assert runs[0].stdout == runs[1].stdout != b""


# --- verdicts ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("printed", "ours", "n", "entry", "expected"),
    [
        # 45 of 71: equal in all printed digits, whatever the log says
        ((0.6186, 63.38), (0.61855, 45 / 71), 71, "", ("exact", 0)),
        ((0.6186, 63.38), (0.61864999, 45 / 71), 71, "D10", ("exact", 0)),
        # equal accuracy, but not in mean F1
        ((0.6186, 63.38), (0.6184, 45 / 71), 71, "", ("within one sample", 0)),
        ((0.6186, 63.38), (0.63, 46 / 71), 71, "", ("within one sample", 1)),
        ((0.6186, 63.38), (0.60, 44 / 71), 71, "", ("within one sample", -1)),
        ((0.6186, 63.38), (0.70, 47 / 71), 71, "", ("open", 2)),
        ((0.6186, 63.38), (0.70, 47 / 71), 71, "D10", ("documented", 2)),
        # an entry is named for one sample too
        ((0.6186, 63.38), (0.60, 44 / 71), 71, "D10", ("documented", -1)),
        # mean F1 exact, accuracy not k/N
        ((0.3838, 42.37), (0.38382, 55 / 130), 130, "", ("within one sample", -0.1)),
    ],
)
def test_verdict(printed, ours, n, entry, expected):
    assert verdict(*printed, *ours, n, entry) == expected
    assert expected[0] in VERDICTS


# --- comparison -------------------------------------------------------------------------------


def save(store, method, task, *rows, **fixed):
    names = list(METHODS[method].grids["quick"][0])
    table = pd.DataFrame(rows, columns=[*names, "mean_f1", "accuracy"])
    table["uar"], table["predicted"], table["seconds"] = 0.5, "1", 1.5
    table.attrs["provenance"] = {"samples": [71, 71]}
    store.save(table, method, task, **fixed)


class Whole(Store):
    """A store whose files are taken for whole grids, however few their rows."""

    def widest(self, method, task, **fixed):
        return "quick" if self.path(method, task, **fixed).exists() else None

    def load(self, method, task, grid=None, **fixed):
        return super().load(method, task, **fixed)


@pytest.fixture
def store(tmp_path):
    """Exp.5 and 6 of two rows: exact, a tie won by the first point, and an entry of the log."""
    store = Whole(tmp_path / "store")
    save(store, "SVM", 5, (1.0, 0.618551, 45 / 71))
    save(
        store, "TGSR", 5,
        (1, 0.1, 0.5, 0.5), (12, 44.0, 0.698401, 50 / 71), (85, 1.0, 0.698401, 49 / 71),
    )  # fmt: skip
    save(store, "TGSR", 11, (75, 0.022, 0.5239, 38 / 71))
    save(store, "SVM", 6, (1.0, 0.7, 52 / 71))
    save(store, "SVM", 6, (1.0, 0.6, 44 / 71), strategy="ovr")
    return store


def test_comparison(store):
    table = comparison(store, "B", methods=["TGSR", "SVM"])
    assert list(table.columns) == [
        "method", "task", "printed_f1", "printed_percent", "verdict", "mean_f1", "percent",
        "samples", "deviation", "parameters", "grid", "seconds",
    ]  # fmt: skip
    assert list(table.method) == ["TGSR"] * 12 + ["SVM"] * 12
    assert list(table.task) == [task.letters for task in TASKS] * 2
    rows = table.set_index(["method", "task"])

    best = rows.loc["TGSR", "V→N"]
    assert (best.printed_f1, best.printed_percent) == (0.6984, 70.42)
    assert (best.verdict, best.parameters, best.samples) == ("exact", "kappa=12, xi=44", 0)
    assert best.percent == pytest.approx(5000 / 71)
    assert best.deviation == "" and best.seconds == 4.5

    known = rows.loc["TGSR", "C→N"]
    assert (known.verdict, known.deviation) == ("documented", "D09")
    assert known.samples == -3
    other = rows.loc["SVM", "N→V"]
    assert (other.verdict, other.deviation) == ("open", "")
    assert other.samples == 7
    assert rows.loc["SVM", "V→N"].verdict == "exact"
    assert rows.loc["SVM", "H→V"].verdict == "not run: data absent"
    assert table.verdict.value_counts()["not run: data absent"] == 20


def test_each_published_number_counts_once(store):
    """SVM is printed twice, TGSR in paper B only; TKL's two numbers count by paper A's."""
    save(store, "TKL", 6, (0.3, 0.757949, 54 / 71))
    cells = each_once({paper: comparison(store, paper) for paper in "AB"})
    assert list(zip(cells.method, cells.task, cells.papers, cells.verdict, strict=True)) == [
        ("SVM", "V→N", "A and B", "exact"), ("SVM", "N→V", "A and B", "open"),
        ("TKL", "N→V", "A and B", "exact"), ("TGSR", "V→N", "B", "exact"),
        ("TGSR", "C→N", "B", "documented"),
    ]  # fmt: skip
    assert cells.printed_f1[2] == 0.7579
    lines = headline(store).splitlines()
    assert lines[2:4] == ["| SVM | A and B | 1 of 2 |", "| TKL | A and B | 1 of 1 |"]
    assert lines[-1] == "| all rows | | 3 of 5 |"


def test_paper_b_reprints_nine_rows_but_for_two_cells_of_tkl():
    papers = {
        paper: published_cells(paper).query("experiment != 'avg' and method in @METHODS")
        for paper in "AB"
    }
    papers["A"] = papers["A"][papers["A"].table.isin(["III", "IV"])]
    numbers = ["mean_f1", "accuracy_percent"]
    both = papers["A"].merge(papers["B"], on=["method", "experiment"])
    assert len(both) == 9 * 12
    same = both[[f"{n}_x" for n in numbers]].values == both[[f"{n}_y" for n in numbers]].values
    differ = both[~same.all(axis=1)]
    assert list(zip(differ.method, differ.experiment, strict=True)) == [("TKL", "6"), ("TKL", "7")]


def test_an_average_of_printed_numbers_rounds_an_exact_half_up():
    gfk = [0.7619, 0.8142, 0.6361, 0.6056, 0.5180, 0.4469]  # mean .63045
    assert mean_of_printed(gfk) == mean_of_printed(gfk[::-1]) == 0.6305
    assert mean_of_printed([0.12341, 0.12349]) == 0.1235
    assert mean_of_printed([0.1, 0.2]) == 0.15 and np.isnan(mean_of_printed([0.1, np.nan]))


def test_comparison_of_a_variant_and_of_paper_a(store):
    table = comparison(store, "A", methods=["SVM"], strategy="ovr").set_index("task")
    assert table.verdict["N→V"] == "within one sample"
    assert (table.verdict.drop("N→V") == "not run: data absent").all()
    assert table.printed_f1["N→V"] == 0.6078
    # paper A prints no TGSR, paper B neither DRFS-T nor RSTR
    assert set(comparison(store, "A").method) == set(METHODS) - {"TGSR"}
    assert set(comparison(store, "B").method) == set(METHODS) - {"DRFS-T", "RSTR"}


def test_comparison_of_a_method_that_no_paper_prints(store, monkeypatch):
    own = {"strategy": "ovr"}  # any variant will do: only its name is in the store
    monkeypatch.setitem(METHODS, "mine", type("Mine", (SVM,), {}))
    save(store, "mine", 5, (1, 0.5, 0.5), **own)
    table = comparison(store, "A", methods=["mine"], **own).set_index("task")
    assert table.verdict["V→N"] == "not printed" and table.mean_f1["V→N"] == 0.5
    assert (table.verdict.drop("V→N") == "not run: data absent").all()
    assert table.printed_f1.isna().all()


# --- Tables V and VI --------------------------------------------------------------------------


def test_descriptor_tables_have_the_rows_and_tasks_that_exist():
    """Case 24, without SMIC-HS; and ``--database V N``, whose tasks are all in Table V."""
    tasks = {"V→N": 0.5, "N→V": 0.7, "C→N": 0.4}
    rows = [("HOG-TOP(p=4)", task, f1, 0.5) for task, f1 in tasks.items()]
    rows += [("LBP-SIP(R1)", "V→N", 0.6, 0.25)]
    scores = pd.DataFrame(rows, columns=["descriptor", "task", "mean_f1", "accuracy"])
    both = descriptor_comparison(scores)
    five, six = printed_layout(both, "V"), printed_layout(both, "VI")
    assert five.loc["HOG-TOP(p=4)"].to_dict() == {
        "V→N": "0.5000 / 50.00", "N→V": "0.7000 / 50.00", "Average": "0.6000 / 50.00",
    }  # fmt: skip
    assert five.loc["LBP-SIP(R1)"].tolist() == ["0.6000 / 25.00", "–", "–"]
    assert six.columns.tolist() == ["C→N", "Average"] and six.index.tolist() == ["HOG-TOP(p=4)"]
    none = printed_layout(both[both["table"] == "V"], "VI")
    assert none.shape == (0, 1)


# --- the deviations log -----------------------------------------------------------------------


def test_deviations_log(root):
    log = deviations()
    assert list(log.columns) == [
        "id", "paper", "place", "printed", "here", "evidence", "effect", "cells", "rows", "page",
    ]  # fmt: skip
    assert log.id.is_unique
    assert list(log.id) == [f"D{i:02d}" for i in range(1, len(log) + 1)]
    assert set(log.paper) <= {"A", "B", "A and B"}
    for column in ("place", "printed", "here", "evidence", "effect", "page"):
        assert (log[column].str.strip() != "").all(), column
    toc = yaml.safe_load((root / "_toc.yml").read_text(encoding="utf-8"))
    files = [chapter["file"] for part in toc["parts"] for chapter in part["chapters"]]
    assert set(log.page) <= {file.split("/")[1] for file in files}


def test_cells_of_the_log_exist_and_have_one_entry():
    named = [cell for cells in deviations().cells for cell in cells.split(";") if cell]
    assert len(set(named)) == len(named)
    for cell in named:
        method, experiment = cell.split(":")
        assert experiment in set(published_cells(method=method).experiment)
        assert documented_in(method, experiment) == documented_in(method, int(experiment)) != ""
    assert documented_in("TGSR", 11) == "D09"
    # Exp.1 is no part of Exp.11
    assert documented_in("TGSR", 1) == "" == documented_in("SVM", 5)


@pytest.mark.parametrize(("experiment", "percent"), [(11, "49.83"), (12, "42.37")])
def test_two_printed_drls_accuracies_are_no_number_of_samples(experiment, percent):
    """The claim of D11, for every k: round(100 k / N, 2) is never the printed percentage."""
    n = DATABASES[TASKS[experiment - 1].target].n_samples
    shares = {f"{float(100 * Fraction(k, n)):.2f}" for k in range(n + 1)}
    cells = published_cells(method="DRLS")
    printed = set(cells[cells.experiment == str(experiment)].accuracy_percent)
    assert printed == {float(percent)} and percent not in shares


def test_an_optimum_outside_the_printed_range(recorded_grid):
    """D63: of the twelve published points of TGSR only Exp.3's is no point of the grid."""
    grid = get_grid("TGSR", "paper")
    outside = [i for i, point in TGSR.published.items() if point not in grid]
    assert outside == [3] and TGSR.published[3] == {"kappa": 14, "xi": 4000.0}
    record, cells = recorded_grid(3), published_cells("B", "II", "TGSR").set_index("experiment")
    best = record.loc[record["mean_f1"].idxmax()]
    assert record["xi"].max() == 1000 == max(XI)
    assert (best["kappa"], best["xi"], round(best["mean_f1"], 4)) == (14, 1.4, 0.6103)
    f1, percent = cells.loc["3", ["mean_f1", "accuracy_percent"]]
    printed = (record["mean_f1"].round(4) == f1) & ((100 * record["accuracy"]).round(2) == percent)
    assert (f1, percent) == (0.5847, 60.56) and printed.any()


def test_the_average_that_section_iv_b_names_exp_4():
    """D69: .3928 / 41.96 stands below Exp.12."""
    averages = published_cells("A", method="Average").set_index(["mean_f1", "accuracy_percent"])
    assert averages.experiment[0.3928, 41.96] == "12"


# --- pictures ---------------------------------------------------------------------------------


def test_face_grids():
    values = np.arange(85.0)
    figure = face_grids(values, "title")
    assert [axis.get_title() for axis in figure.axes] == ["1 x 1", "2 x 2", "4 x 4", "8 x 8"]
    patches = [
        [patch for patch in axis.patches if isinstance(patch, Rectangle)] for axis in figure.axes
    ]
    assert [len(blocks) for blocks in patches] == [1, 4, 16, 64]
    # block 2 of the 2 x 2 grid lies below block 1: the row index runs fastest
    assert [patch.get_xy() for patch in patches[1]] == [(0, 0), (0, 53), (53, 0), (53, 53)]
    colour = plt.get_cmap("Blues")
    assert patches[3][-1].get_facecolor() == colour(1.0)
    assert patches[2][0].get_facecolor() == colour(5 / 84)
    plt.close(figure)
    plt.close(face_grids(np.zeros(85, dtype=bool)))  # nothing selected


def test_critical_difference_joins_what_is_not_told_apart():
    ranks = pd.Series({"a": 1.0, "b": 1.5, "c": 2.8, "d": 3.2, "e": 6.5})
    assert alike(ranks, 1.9) == [(0, 2), (1, 3)]
    assert alike(ranks, 0.1) == []
    assert alike(ranks, 9) == [(0, 4)]
    assert alike([1.0, 2.0], 1.0) == []  # apart by the critical difference: told apart
    figure = critical_difference(ranks, 1.9, "title")
    bars = [line for line in figure.axes[0].lines if line.get_color() == ACCENT]
    assert len(bars) == 2 and figure.axes[0].get_title() == "title"
    said = " ".join(text.get_text() for text in figure.axes[0].texts)
    assert all(f"{name} {rank:.2f}" in said for name, rank in ranks.items()) and "1.90" in said
    plt.close(figure)


# --- the command ------------------------------------------------------------------------------


def test_command_data(capsys, tmp_path):
    assert main(["data", "--root", str(tmp_path)]) == 0
    out = capsys.readouterr().out
    assert "Released data: " in out and f"root        {tmp_path}" in out


def test_command_table(capsys, store, monkeypatch):
    monkeypatch.setattr(experiments, "Store", Whole)
    arguments = ["table", "--paper", "B", "--method", "SVM", "TGSR", "--store", str(store.root)]
    assert main(arguments) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 25
    (line,) = [line for line in lines if "TGSR" in line and "V→N" in line]
    assert all(part in line for part in ("0.6984", "70.42", "exact", "kappa=12, xi=44"))
    assert sum("not run: data absent" in line for line in lines) == 20


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--task", "13"], "unknown task '13'"),
        (["--task", "V->V"], "unknown task 'V->V'"),
        (["--task", "5", "--grid", "coarse"], "no grid 'coarse' of method 'SVM'"),
        (["--task", "5", "--set", "kernel=linear"], "Invalid parameter 'kernel'"),
        ([], "expected --method and --task, or --all"),
        (["--all", "--set", "C=1"], "--all takes no --set"),
        (["--task", "5", "--method", "X"], "unknown method 'X': expected one of SVM, IW-SVM"),
        (["--task", "5", "--scheduler", "tcp://x:1"], "goes with --backend dask"),
        (["--task", "5", "--backend", "nobody"], "nobody"),
    ],
)
def test_command_run_answers_bad_input_in_one_line(capsys, tmp_path, arguments, message):
    store = tmp_path / "store"
    assert main(["run", "--method", "SVM", "--store", str(store), *arguments]) == 1
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.startswith("cdmer: ") and captured.err.count("\n") == 1
    assert message in captured.err
    assert not store.exists()


def test_command_refuses_what_it_does_not_know(capsys):
    for arguments in ([], ["table", "--paper", "C"]):
        with pytest.raises(SystemExit) as caught:
            main(arguments)
        assert caught.value.code == 2
        assert "usage: cdmer" in capsys.readouterr().err


def test_command_run(capsys, tmp_path, task_data):
    task_data(5)  # or skip
    store = Store(tmp_path)
    arguments = ["run", "--method", "SVM", "--task", "V->N", "--jobs", "1", "--set", "strategy=ovr"]
    assert main([*arguments, "--store", str(tmp_path)]) == 0
    out = capsys.readouterr().out
    assert "best on the target of 1 points:" in out and "mean_f1" in out
    row = store.load("SVM", 5, "quick", strategy="ovr").iloc[0]
    assert (round(row.mean_f1, 4), round(100 * row.accuracy, 2)) == (0.6620, 69.01)
