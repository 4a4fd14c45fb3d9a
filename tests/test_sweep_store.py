"""Sweeps and the results store: their contract, interruptions, provenance, on made-up databases."""

import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from itertools import product
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from joblib import parallel_config
from threadpoolctl import threadpool_info

from cdmer_lib import Database, methods
from cdmer_lib.cli import main
from cdmer_lib.errors import InvalidInput, LabelsDiffer
from cdmer_lib.experiments import Store, fill, get_grid, run, sweep, verify
from cdmer_lib.experiments.criteria import CRITERIA
from cdmer_lib.experiments.provenance import input_hash
from cdmer_lib.experiments.store import as_digits, labels_of, parameter_names, points_of
from cdmer_lib.methods import METHODS, TGSR
from cdmer_lib.methods.ranges import colon, points
from cdmer_lib.methods.tgsr import COARSE_XI, XI
from cdmer_lib.statistics import accuracy, confusion, mean_f1, uar

POINTS = [{"kappa": kappa, "xi": xi} for kappa, xi in product((1, 2), (0.1, 1.0, 10.0, 100.0))]


@pytest.fixture
def arguments(made_up):
    """What every sweep of this file is told: databases with two blocks, no progress bar."""
    return {"data": made_up, "blocks": 2, "progress": False}


@pytest.fixture
def tiny(monkeypatch):
    """A named grid of eight points, solved two at a time."""
    monkeypatch.setitem(TGSR.grids, "tiny", POINTS)
    monkeypatch.setattr(TGSR, "points_per_batch", 2)


@pytest.fixture
def solved(monkeypatch):
    """The points that are solved from here on, and a way to break in."""
    calls, solve = [], fill.solve_points

    def spy(problem, wanted, *args, **kwargs):
        for frame in solve(problem, wanted, *args, **kwargs):
            if len(calls) == spy.until:
                raise KeyboardInterrupt
            calls.append(frame)
            yield frame

    spy.until, spy.calls = -1, calls
    monkeypatch.setattr(fill, "solve_points", spy)
    return spy


def files_below(folder):
    """All files but those of locks, which are empty and stay."""
    return sorted(f for f in folder.rglob("*") if f.is_file() and f.suffix != ".lock")


def without_time(table):
    return table.drop(columns="seconds", errors="ignore")


# --- grids ------------------------------------------------------------------------------------


def test_printed_ranges():
    # Section III-A of paper B: kappa 1..85; xi in six runs, of which five meet in a value
    assert len(XI) == 46 * 6 and len(set(XI)) == 271
    assert (XI[0], XI[1], XI[-1]) == (0.001, 0.0012, 1000.0)
    grid = get_grid("TGSR", "paper")
    assert len(grid) == 85 * 276 == 23460
    assert grid[1] == {"kappa": 1, "xi": 0.0012}  # the last parameter runs fastest
    # Section IV-A.1 of paper A
    grid = get_grid("DRLS", "paper")
    assert len(grid) == 7 * 37
    assert {point["lam"] for point in grid} == {1e-3, 1e-2, 1e-1, 1.0, 10.0, 100.0, 1000.0}
    assert [point["mu"] for point in grid[:37]][8:11] == [0.009, 0.01, 0.02]
    assert [point["mu"] for point in grid[:37]][-10:] == [1, *range(2, 11)]


def test_printed_ranges_of_the_other_methods():
    sizes = {"SA": 129, "GFK": 70, "TCA": 201, "IW-SVM": 600, "STM": 129, "TKL": 50, "RSTR": 3000}
    for method, size in sizes.items():
        assert len(get_grid(method, "paper", n_s=130, n_t=71)) == size
        assert get_grid(method, "quick", 130, 71) == get_grid(method, "paper", 130, 71)
    assert [p["k"] for p in get_grid("GFK", "paper", 71, 130)] == list(range(1, 71))
    assert get_grid("RSTR", "paper")[1] == {"gamma": 0.1, "mu": 0.1, "lam": 0.02}
    assert get_grid("RSTR", "literal")[1] == {"lam": 0.1, "mu": 0.1, "gamma": 0.02}
    lam = [point["lam"] for point in get_grid("STM", "paper")]
    assert lam == sorted(set(lam)) and (lam[0], lam[-2], lam[-1]) == (0.001, 1000, 10000)
    with pytest.raises(ValueError, match="needs n_s and n_t"):
        get_grid("SA", "paper")


def test_a_method_of_one_s_own_brings_its_grids(made_up, monkeypatch):
    class Mine(METHODS["SVM"]):
        grids = {"quick": [{"C": 0.5}, {"C": 2.0}]}

    monkeypatch.setitem(METHODS, "mine", Mine)
    assert list(sweep("mine", "V->N", "quick", made_up, progress=False)["C"]) == [0.5, 2.0]
    assert get_grid("mine", "paper") == get_grid("mine", "quick") == get_grid(Mine(), "quick")
    with pytest.raises(ValueError, match=r"no grid 'coarse' .*; expected one of quick"):
        get_grid("mine", "coarse")
    with pytest.raises(ValueError, match="unknown method 'nobody': expected one of SVM"):
        get_grid("nobody", "quick")


def test_range_of_k_follows_the_databases(made_up):
    table = sweep("SA", "V->N", "paper", made_up, progress=False)
    n_s, n_t = len(made_up["SMIC_VIS"].y), len(made_up["SMIC_NIR"].y)
    assert list(table["k"]) == list(range(1, max(n_s, n_t)))


def test_the_recorded_grid_is_the_printed_range(recorded_grid):
    recorded = recorded_grid(5)[["kappa", "xi"]]
    printed = pd.DataFrame(get_grid("TGSR", "paper"))
    np.testing.assert_allclose(recorded, printed, rtol=1e-12)


def test_short_grids_hold_the_published_points():
    for name in ("quick", "coarse"):
        grid = get_grid("TGSR", name)
        assert all(point in grid for point in TGSR.published.values())
        assert len({tuple(point.items()) for point in grid}) == len(grid)
    assert all(point in get_grid("TGSR", "coarse") for point in points(kappa=[1, 85], xi=COARSE_XI))
    on_paper = [point for point in TGSR.published.values() if point in get_grid("TGSR", "paper")]
    assert len(TGSR.published) == 12 and len(on_paper) == 11  # Exp.3 lists xi = 4000


def test_ranges_hold_the_printed_decimals():
    assert colon((0.1, 0.1, 0.5)) == [0.1, 0.2, 0.3, 0.4, 0.5]
    assert colon((1, 2, 5), (5, 5, 15)) == [1, 3, 5, 5, 10, 15]
    assert points(a=[1, 2], b=[3, 4]) == [
        {"a": 1, "b": 3}, {"a": 1, "b": 4}, {"a": 2, "b": 3}, {"a": 2, "b": 4},
    ]  # fmt: skip


# --- sweep ------------------------------------------------------------------------------------


def test_columns_order_and_scores(arguments, made_up):
    table = sweep("TGSR", 5, POINTS, **arguments)
    assert list(table.columns) == ["kappa", "xi", "mean_f1", "accuracy", "uar"]
    assert table[["kappa", "xi"]].to_dict("records") == POINTS
    assert table.kappa.dtype.kind == "i"
    source, target = made_up["SMIC_VIS"], made_up["SMIC_NIR"]
    for row, point in zip(table.itertuples(), POINTS, strict=True):
        model = TGSR(blocks=2, **point).fit(source.X, source.y, target.X)
        matrix = confusion(target.y, model.predict(target.X))
        scores = mean_f1(matrix), accuracy(matrix), uar(matrix)
        assert (row.mean_f1, row.accuracy, row.uar) == pytest.approx(scores)
    assert table.mean_f1.nunique() > 1


def test_predictions_are_kept_on_demand(arguments, made_up):
    table = sweep("TGSR", "V->N", POINTS, predictions=True, **arguments)
    assert list(table.columns[-5:]) == [*CRITERIA, "predicted", "seconds"]
    y = made_up["SMIC_NIR"].y
    for row in table.itertuples():
        assert np.mean([int(digit) for digit in row.predicted] == y) == row.accuracy
        assert row.seconds > 0


@pytest.mark.parametrize(
    ("method", "grid"),
    [
        ("SVM", [{"C": 0.1}, {"C": 10.0}]),
        ("SVM", [{"C": 1.0, "strategy": "ovr"}, {"C": 1.0, "strategy": "ovo"}]),
        ("TSRG", [{"lam": 1.0, "mu": 0.3}, {"lam": 0.1, "mu": 0.3}, {"lam": 1.0, "mu": 0.1}]),
        ("DRFS-T", [{"lam": 1.0, "mu": 0.3}]),
        ("DRLS", [{"mu": 0.3, "lam": 1.0}, {"mu": 0.1, "lam": 1.0}]),
    ],
)
def test_every_method_sweeps(made_up, method, grid):
    table = sweep(method, 9, grid, data=made_up, progress=False)
    names = list(grid[0])
    assert list(table.columns) == [*names, "mean_f1", "accuracy", "uar"]
    assert table[names].to_dict("records") == grid


def test_a_point_may_stand_twice(arguments):
    table = sweep("TGSR", 5, [POINTS[5], POINTS[0], POINTS[5], POINTS[0]], **arguments)
    assert len(table) == 4
    pd.testing.assert_frame_equal(table[:2], table[2:].reset_index(drop=True))
    single = sweep("TGSR", 5, [POINTS[0], POINTS[5]], **arguments)
    assert table.mean_f1[0] == single.mean_f1[1] and table.mean_f1[1] == single.mean_f1[0]


def test_a_task_picks_its_source_and_target(arguments, made_up):
    there, back = (sweep("TGSR", task, POINTS, **arguments) for task in ("V->N", "N->V"))
    assert not there.equals(back)
    swapped = {"SMIC_VIS": ("SMIC_NIR", made_up), "SMIC_NIR": ("SMIC_VIS", made_up)}
    swapped = {name: Database(name, data[of].X, data[of].y) for name, (of, data) in swapped.items()}
    pd.testing.assert_frame_equal(sweep("TGSR", 6, POINTS, **arguments | {"data": swapped}), there)


def test_target_labels_change_scores_and_no_prediction(arguments, made_up):
    relabelled = made_up | {
        "SMIC_NIR": Database("N", made_up["SMIC_NIR"].X, np.roll(made_up["SMIC_NIR"].y, 1))
    }
    one = sweep("TGSR", 5, POINTS, predictions=True, **arguments)
    other = sweep("TGSR", 5, POINTS, predictions=True, **arguments | {"data": relabelled})
    assert list(one.predicted) == list(other.predicted)
    assert not one.mean_f1.equals(other.mean_f1)


def test_two_processes_give_the_same_table(arguments, tiny):
    one = sweep("TGSR", 5, "tiny", **arguments)
    pd.testing.assert_frame_equal(sweep("TGSR", 5, "tiny", n_jobs=2, **arguments), one)


@pytest.mark.parametrize(
    ("method", "task", "grid", "message"),
    [
        ("TGSRR", 5, POINTS, "unknown method 'TGSRR': expected one of SVM, "),
        ("TGSR", 13, POINTS, "unknown task 13"),
        ("TGSR", "V->V", POINTS, "unknown task 'V->V'"),
        ("TGSR", 5, "tinier", "no grid 'tinier' .*; expected one of paper, coarse, quick"),
        ("TGSR", 5, [{"kappa": 3, "xi": 1.0}], r"expected kappa in 1..2 .*found 3"),
        ("TGSR", 5, [{"kappa": 1, "xi": -1.0}], "'xi' .* Got -1.0"),
        ("TGSR", 5, [], "at least one point"),
    ],
)
def test_bad_arguments(arguments, method, task, grid, message):
    with pytest.raises(ValueError, match=message):
        sweep(method, task, grid, **arguments)


def test_unknown_argument(made_up):
    with pytest.raises(ValueError, match="Invalid parameter 'kernel' for estimator SVM"):
        sweep("SVM", 5, data=made_up, kernel="linear", progress=False)


# --- the store --------------------------------------------------------------------------------


def test_what_is_not_stored_is_none_and_what_does_not_exist_is_an_error(tmp_path):
    store = Store(tmp_path)
    assert store.load("TGSR", 5) is None and store.load("SVM", 5, strategy="ovr") is None
    for method, task, fixed, message in (
        ("TGSRR", 5, {}, "unknown method 'TGSRR'"),
        ("TGSR", 13, {}, "unknown task 13"),
        ("TGSR", 5, {"block": "facial"}, "Invalid parameter 'block' for estimator TGSR"),
        ("SVM", 5, {"strategy": "ovx"}, "'strategy' parameter of SVM .* Got 'ovx'"),
    ):
        for ask in (store.path, store.load, store.widest):
            with pytest.raises(InvalidInput, match=message):
                ask(method, task, **fixed)


def test_labels_are_read_as_they_were_written():
    labels = np.random.default_rng(0).integers(0, 36, (5, 40))
    np.testing.assert_array_equal(labels_of(as_digits(labels)), labels)
    assert as_digits([[1, 2, 3], [9, 10, 35]]) == ["123", "9az"]
    for wrong in (-1, 36):
        with pytest.raises(InvalidInput, match="expected labels from 0 to 35, found"):
            as_digits([[1, wrong]])


def test_parameters_are_the_columns_before_the_results():
    sweep = pd.DataFrame({"k": [1, 2], "start": ["a", "b"], "mean_f1": 0.5, "predicted": "1"})
    record = pd.DataFrame({"k": [1], "held_out": "12", "reverse": "11"})
    assert parameter_names(sweep) == parameter_names(sweep.loc[1]) == ["k", "start"]
    assert parameter_names(record) == ["k"]
    assert points_of(sweep) == [{"k": 1, "start": "a"}, {"k": 2, "start": "b"}]


def test_run_stores_the_sweep(arguments, tiny, tmp_path):
    store = Store(tmp_path)
    assert store.load("TGSR", 5, "tiny", blocks=2) is None
    table = run("TGSR", 5, "tiny", store, **arguments)
    plain = sweep("TGSR", 5, "tiny", predictions=True, **arguments)
    pd.testing.assert_frame_equal(without_time(table), without_time(plain))
    path = tmp_path / "TGSR,blocks=2" / "05_V_N.parquet"
    assert files_below(tmp_path) == [path]
    assert store.path("TGSR", "V->N", blocks=2) == path
    stored = store.load("TGSR", 5, "tiny", blocks=2)
    pd.testing.assert_frame_equal(stored, table)
    assert [task.number for task in store.tasks("TGSR", "tiny", blocks=2)] == [5]
    assert store.tasks("TGSR", "tiny") == []


def blas_of_this_process():
    return [info for info in threadpool_info() if info["user_api"] == "blas"]


def test_provenance(arguments, made_up, tiny, tmp_path):
    store = Store(tmp_path)
    run("TGSR", 5, "tiny", store, **arguments)
    provenance = store.load("TGSR", 5, "tiny", blocks=2).attrs["provenance"]
    names = ("SMIC_VIS", "SMIC_NIR")
    assert provenance["inputs"] == {name: input_hash(made_up[name]) for name in names}
    (record,) = provenance["runs"]
    assert record["points"] == 8
    assert set(record) == {
        "started", "package", "commit", "python", "libraries", "blas", "kernels", "threads",
        "processes", "points",
    }  # fmt: skip
    assert record["libraries"]["numpy"] == np.__version__
    assert record["kernels"] == sorted({info["architecture"] for info in blas_of_this_process()})
    assert record["threads"] >= 1 and record["processes"] == 1
    assert pd.Timestamp(record["started"]).tz is not None


def test_a_record_without_the_kernels_is_read_and_added_to(arguments, tiny, tmp_path, monkeypatch):
    store = Store(tmp_path)
    monkeypatch.setitem(TGSR.grids, "tiny", POINTS[:3])
    old = run("TGSR", 5, "tiny", store, **arguments)
    del old.attrs["provenance"]["runs"][0]["kernels"]
    store.save(old, "TGSR", 5, blocks=2)
    monkeypatch.setitem(TGSR.grids, "tiny", POINTS)
    run("TGSR", 5, "tiny", store, **arguments)
    first, second = store.load("TGSR", 5, "tiny", blocks=2).attrs["provenance"]["runs"]
    assert "kernels" not in first and second["kernels"]


def test_hash_depends_on_features_and_labels():
    X, y = np.arange(6.0).reshape(3, 2), np.array([1, 2, 3])
    base = input_hash(Database("V", X, y))
    assert len(base) == 16 and base == input_hash(Database("N", np.asfortranarray(X), y))
    assert base != input_hash(Database("V", X, [1, 2, 2]))
    X[2, 1] = np.nextafter(X[2, 1], 9)
    assert base != input_hash(Database("V", X, y))


def test_a_complete_sweep_is_not_solved_again(arguments, tiny, tmp_path, solved):
    store = Store(tmp_path)
    first = run("TGSR", 5, "tiny", store, **arguments)
    assert len(solved.calls) == 4
    again = run("TGSR", 5, "tiny", store, **arguments)
    assert len(solved.calls) == 4
    pd.testing.assert_frame_equal(again, first)
    assert len(again.attrs["provenance"]["runs"]) == 1


def test_only_missing_points_are_solved(arguments, tiny, tmp_path, solved, monkeypatch):
    store, few = Store(tmp_path), [POINTS[6], POINTS[1], POINTS[2]]
    monkeypatch.setitem(TGSR.grids, "tiny", few)
    run("TGSR", 5, "tiny", store, **arguments)
    monkeypatch.setitem(TGSR.grids, "tiny", POINTS)
    solved.calls.clear()
    table = run("TGSR", 5, "tiny", store, **arguments)
    found = pd.concat(solved.calls)[["kappa", "xi"]].to_dict("records")
    assert found == [point for point in POINTS if point not in few]
    plain = sweep("TGSR", 5, "tiny", predictions=True, **arguments)
    pd.testing.assert_frame_equal(without_time(table), without_time(plain))
    assert [record["points"] for record in table.attrs["provenance"]["runs"]] == [3, 5]


@pytest.mark.parametrize("batches", [0, 1, 3])
def test_an_interrupted_run_keeps_whole_batches_and_resumes(
    arguments, tiny, tmp_path, solved, batches
):
    store = Store(tmp_path)
    solved.until = batches
    with pytest.raises(KeyboardInterrupt):
        run("TGSR", 5, "tiny", store, **arguments)
    kept = store.load("TGSR", 5, blocks=2)
    assert (kept is None) if batches == 0 else (len(kept) == 2 * batches)
    solved.until = -1
    solved.calls.clear()
    table = run("TGSR", 5, "tiny", store, **arguments)
    assert sum(map(len, solved.calls)) == 8 - 2 * batches
    plain = sweep("TGSR", 5, "tiny", predictions=True, **arguments)
    pd.testing.assert_frame_equal(without_time(table), without_time(plain))


def databases_for_two_processes():
    rng = np.random.default_rng(1)
    y = np.arange(9) % 3 + 1
    return {name: Database(name, rng.normal(size=(9, 10)), y) for name in ("SMIC_VIS", "SMIC_NIR")}


SLOW_RUN = """
import sys, time
sys.path.insert(0, sys.argv[1])
from test_sweep_store import POINTS, Store, TGSR, databases_for_two_processes, run

def slowly(*arguments, solve=TGSR._solve):
    time.sleep(1)
    return solve(*arguments)

TGSR.grids["tiny"], TGSR.points_per_batch, TGSR._solve = POINTS, 1, slowly
data = databases_for_two_processes()
run("TGSR", 5, "tiny", Store(sys.argv[2]), data=data, blocks=2, progress=False)
"""


def test_a_killed_process_loses_the_batch_under_way_and_no_more(tmp_path, tiny, solved):
    store = Store(tmp_path)
    command = [sys.executable, "-c", SLOW_RUN, str(Path(__file__).parent), str(tmp_path)]
    with subprocess.Popen(command) as process:
        while (kept := store.load("TGSR", 5, blocks=2)) is None or len(kept) < 3:
            assert process.poll() is None
            time.sleep(0.02)
        process.kill()
    assert process.returncode == -signal.SIGKILL
    kept = store.load("TGSR", 5, blocks=2)
    assert 3 <= len(kept) < 8

    arguments = {"data": databases_for_two_processes(), "blocks": 2, "progress": False}
    table = run("TGSR", 5, "tiny", store, **arguments)
    found = pd.concat(solved.calls)[["kappa", "xi"]].to_dict("records")
    assert found == POINTS[len(kept) :]
    whole = sweep("TGSR", 5, "tiny", predictions=True, **arguments)
    pd.testing.assert_frame_equal(without_time(kept), without_time(whole)[: len(kept)])
    pd.testing.assert_frame_equal(without_time(table), without_time(whole))
    runs = table.attrs["provenance"]["runs"]
    assert [record["points"] for record in runs] == [len(kept), 8 - len(kept)]


MANY = points(kappa=[1, 2], xi=[float(xi) for xi in range(1, 81)])
MANY_RUNS = """
import os, sys
sys.path.insert(0, sys.argv[1])
from test_sweep_store import MANY, Store, TGSR, databases_for_two_processes, run

TGSR.grids["many"], TGSR.points_per_batch = MANY, 1
data = databases_for_two_processes()
for _ in sys.stdin:  # a run for each line, in a process of its own
    if (pid := os.fork()) == 0:
        os.setpgrp()
        run("TGSR", 5, "many", Store(sys.argv[2]), data=data, blocks=2, n_jobs=2, progress=False)
        os._exit(0)
    print(pid, flush=True)
    print(os.waitpid(pid, 0)[1], flush=True)
"""


def test_a_run_killed_again_and_again_completes(tmp_path, monkeypatch):
    """Two workers and a batch a point, so that most of the time goes into writing."""
    monkeypatch.setattr(TGSR, "points_per_batch", 1)
    names = ["kappa", "xi"]
    data = databases_for_two_processes()
    whole = sweep("TGSR", 5, MANY, data, predictions=True, blocks=2, progress=False)
    store = Store(tmp_path)
    path, before = store.path("TGSR", 5, blocks=2), whole[:0]

    def stored():
        table = store.load("TGSR", 5, blocks=2)
        return whole[:0] if table is None else table

    def check(pid):
        table = stored()
        expected = table[names].merge(whole, how="left", on=names)
        pd.testing.assert_frame_equal(without_time(table), without_time(expected))
        assert not table.duplicated(names).any()
        assert len(before.merge(table)) == len(before)  # seconds and all
        assert set(files_below(path.parent)) <= {path, path.with_name(f"{path.name}.{pid}.partial")}
        return table

    command = [sys.executable, "-c", MANY_RUNS, str(Path(__file__).parent), str(tmp_path)]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    with subprocess.Popen(command, **pipes) as runs:
        for moment in [*np.random.default_rng(4).uniform(0, 0.3, size=3), None]:
            print(file=runs.stdin, flush=True)
            pid = int(runs.stdout.readline())
            if moment is not None:
                while len(stored()) == len(before):
                    os.kill(pid, 0)  # fails when the run has ended
                    time.sleep(0.01)
                time.sleep(moment)
                os.kill(pid, signal.SIGKILL)
            assert int(runs.stdout.readline()) == (0 if moment is None else signal.SIGKILL)
            with suppress(ProcessLookupError):
                os.killpg(pid, signal.SIGTERM)  # its workers, which wait for more
            before = check(pid)

    pd.testing.assert_frame_equal(without_time(before), without_time(whole))
    assert sum(record["points"] for record in before.attrs["provenance"]["runs"]) == len(MANY)
    assert files_below(tmp_path) == [path]


def test_what_a_killed_writer_left_is_cleared(arguments, tiny, tmp_path):
    store = Store(tmp_path)
    path = store.path("TGSR", 5, blocks=2)
    path.parent.mkdir()
    with subprocess.Popen([sys.executable, "-c", ""]) as ended:
        pass
    dead = path.with_name(f"{path.name}.{ended.pid}.partial")
    of_another_task = path.with_name(f"06_N_V.parquet.{os.getppid()}.partial")
    for file in (dead, of_another_task):
        file.write_bytes(b"half a table")
    run("TGSR", 5, "tiny", store, **arguments)
    assert files_below(path.parent) == [path, of_another_task]


def test_a_failing_write_leaves_the_old_file_and_nothing_else(
    arguments, tiny, tmp_path, monkeypatch
):
    store = Store(tmp_path)
    table = run("TGSR", 5, "tiny", store, **arguments)
    path = store.path("TGSR", 5, blocks=2)
    before = path.read_bytes()

    def half(self, partial, **kwargs):
        partial.write_bytes(before[:100])
        raise OSError("no space left on device")

    monkeypatch.setattr(pd.DataFrame, "to_parquet", half)
    with pytest.raises(OSError, match="no space left"):
        store.save(table, "TGSR", 5, blocks=2)
    assert path.read_bytes() == before
    assert files_below(path.parent) == [path]


def test_other_inputs_are_refused(arguments, made_up, tiny, tmp_path):
    store = Store(tmp_path)
    run("TGSR", 5, "tiny", store, **arguments)
    before = store.path("TGSR", 5, blocks=2).read_bytes()
    other = made_up | {"SMIC_NIR": Database("N", made_up["SMIC_NIR"].X + 1, made_up["SMIC_NIR"].y)}
    with pytest.raises(ValueError, match="use another store, or remove that file") as caught:
        run("TGSR", 5, "tiny", store, **arguments | {"data": other})
    for database in (made_up["SMIC_NIR"], other["SMIC_NIR"]):
        assert input_hash(database) in str(caught.value)
    assert "05_V_N.parquet" in str(caught.value)
    assert store.path("TGSR", 5, blocks=2).read_bytes() == before


def test_a_grid_is_a_choice_of_stored_rows(arguments, tiny, tmp_path, monkeypatch, solved):
    store = Store(tmp_path)
    run("TGSR", 5, "tiny", store, **arguments)
    twice = [POINTS[5], POINTS[0], POINTS[5]]
    monkeypatch.setitem(TGSR.grids, "few", twice)
    solved.calls.clear()
    few = store.load("TGSR", 5, "few", blocks=2)
    assert few[["kappa", "xi"]].to_dict("records") == twice
    pd.testing.assert_frame_equal(run("TGSR", 5, "few", store, **arguments), few)
    assert not solved.calls
    assert store.load("TGSR", 5, "quick", blocks=2) is None
    # more points join the same file, and what they lack stays empty
    monkeypatch.setitem(TGSR.grids, "more", [{"kappa": 2, "xi": 7.0}, POINTS[0]])
    run("TGSR", 5, "more", store, **arguments)
    assert sum(map(len, solved.calls)) == 1
    assert len(store.load("TGSR", 5, blocks=2)) == 9
    pd.testing.assert_frame_equal(
        without_time(store.load("TGSR", 5, "tiny", blocks=2)).drop(columns=CRITERIA),
        sweep("TGSR", 5, "tiny", predictions=True, **arguments).drop(
            columns=[*CRITERIA, "seconds"]
        ),
    )


def test_widest_grid(made_up, tmp_path, monkeypatch):
    store, options = Store(tmp_path), {"data": made_up, "progress": False}
    assert store.widest("DRLS", 5) is None
    monkeypatch.setitem(METHODS["DRLS"].grids, "quick", get_grid("DRLS", "paper")[:3])
    run("DRLS", 5, "quick", store, **options)
    assert store.widest("DRLS", 5) == "quick" and store.tasks("DRLS", "paper") == []
    run("DRLS", 5, "paper", store, **options)
    assert store.widest("DRLS", 5) == "paper"


def test_two_runs_on_one_file_are_kept_apart(arguments, tiny, tmp_path):
    store = Store(tmp_path)
    with store.writing("TGSR", 5, blocks=2):
        with pytest.raises(BlockingIOError, match=r"another run is writing .*05_V_N"):
            run("TGSR", 5, "tiny", store, **arguments)
        run("TGSR", 6, "tiny", store, **arguments)  # another file
    run("TGSR", 5, "tiny", store, **arguments)


def test_recheck(arguments, tiny, tmp_path):
    store = Store(tmp_path)
    table = run("TGSR", 5, "tiny", store, **arguments)
    wanted = {name: value for name, value in arguments.items() if name != "progress"}
    sample = verify(store, "TGSR", 5, "tiny", n=3, **wanted)
    assert list(sample) == ["kappa", "xi", "mean_f1", "accuracy", "uar", "differing"]
    assert len(sample) == 3 and not sample["differing"].any() and sample.attrs["not_stable"] == 0
    assert sample[["kappa", "xi"]].to_dict("records") == [
        point for point in POINTS if point in sample[["kappa", "xi"]].to_dict("records")
    ]
    assert len(verify(store, "TGSR", 5, "tiny", n=99, **wanted)) == 8
    table.loc[3, "predicted"] = table.loc[3, "predicted"].translate(str.maketrans("123", "231"))
    store.save(table, "TGSR", 5, blocks=2)
    with pytest.raises(LabelsDiffer, match=r"labels differ .*'kappa': 1, 'xi': 100.0"):
        verify(store, "TGSR", 5, "tiny", n=8, **wanted)
    # nothing is asked of a point that is known to be unstable
    table["stable"] = pd.array([True, True, True, False, None, True, True, True], dtype="boolean")
    store.save(table, "TGSR", 5, blocks=2)
    sample = verify(store, "TGSR", 5, "tiny", n=8, **wanted)
    assert len(sample) == 6 and sample.attrs["not_stable"] == 2
    sample = verify(store, "TGSR", 5, "tiny", rows=[3, 5], **wanted)
    assert sample["differing"].tolist() == [len(table.loc[3, "predicted"]), 0]
    with pytest.raises(ValueError, match="not stored whole"):
        verify(store, "TGSR", 5, "quick", **wanted)


def test_all_that_is_missing(made_up, tmp_path, monkeypatch):
    """Every printed grid, and what variants other tasks have, where the data are at hand."""
    for method in METHODS.values():
        monkeypatch.setitem(method.grids, "paper", [])
    for method, few in (("SVM", [{"C": 1.0}]), ("DRLS", [{"lam": 1.0, "mu": 0.1}])):
        for grid in ("paper", "quick"):
            monkeypatch.setitem(METHODS[method].grids, grid, few)
    monkeypatch.setattr(methods, "METHODS", {m: METHODS[m] for m in ("SVM", "DRLS")})
    data = {name: made_up[name] for name in ("SMIC_VIS", "SMIC_NIR", "CASME2")}
    store, options = Store(tmp_path), {"data": data, "progress": False}
    run("SVM", 5, "quick", store, strategy="ovr", **options)
    done = list(fill.run_all(store, **options))
    numbers = [5, 6, 9, 10, 11, 12]  # without SMIC-HS
    assert [task.number for task in store.tasks("SVM", "paper")] == numbers
    assert [task.number for task in store.tasks("DRLS", "paper")] == numbers
    assert [task.number for task in store.tasks("SVM", "quick", strategy="ovr")] == numbers
    assert {(method, tuple(fixed)) for method, _, _, fixed in done} == {
        ("SVM", ()), ("DRLS", ()), ("SVM", ("strategy",)),
    }  # fmt: skip
    assert store.variants() == [("DRLS", {}), ("SVM", {}), ("SVM", {"strategy": "ovr"})]
    before = {path: path.read_bytes() for path in tmp_path.rglob("*.parquet")}
    list(fill.run_all(store, methods=["SVM"], tasks=["V->N"], **options))
    assert before == {path: path.read_bytes() for path in tmp_path.rglob("*.parquet")}


def test_what_two_methods_share_is_solved_once(made_up, tmp_path, monkeypatch):
    """TSRG from V to N and DRFS-T from N to V: the same files, half of the solutions."""
    from cdmer_lib.solvers.regeneration import Regenerator

    points = [{"lam": lam, "mu": 0.1} for lam in (0.1, 1.0, 10.0)]
    pair = {method: METHODS[method] for method in ("TSRG", "DRFS-T")}
    for kind in pair.values():
        monkeypatch.setitem(kind.grids, "paper", points)
    monkeypatch.setattr(methods, "METHODS", pair)
    data = {name: made_up[name] for name in ("SMIC_VIS", "SMIC_NIR")}
    apart, shared = Store(tmp_path / "apart"), Store(tmp_path / "shared")
    options = {"data": data, "progress": False}
    for method in pair:
        for task in ("V->N", "N->V"):
            run(method, task, "paper", apart, **options)
    run("DRFS-T", "N->V", points[:1], shared, **options)  # one is there already
    solve, calls = Regenerator.solve, []
    monkeypatch.setattr(Regenerator, "solve", lambda *a, **k: calls.append(a) or solve(*a, **k))
    assert len(list(fill.run_all(shared, **options))) == 4
    assert len(calls) == 6
    for method in pair:
        for task in ("V->N", "N->V"):
            same = (without_time(store.load(method, task, "paper")) for store in (apart, shared))
            pd.testing.assert_frame_equal(*same, atol=1e-2)  # LIBSVM stops at 1e-3


def test_dask_workers_give_the_same_table(arguments, tiny, tmp_path):
    """A local cluster of two worker processes, which see nothing of this one's memory."""
    distributed = pytest.importorskip("distributed")
    one = sweep("TGSR", 5, "tiny", predictions=True, **arguments)
    options = {"n_workers": 2, "threads_per_worker": 1, "processes": True}
    with (
        distributed.LocalCluster(**options, dashboard_address=None) as cluster,
        distributed.Client(cluster),
        parallel_config(backend="dask"),
    ):
        table = run("TGSR", 5, "tiny", Store(tmp_path), n_jobs=-1, **arguments)
    pd.testing.assert_frame_equal(without_time(table), without_time(one))
    assert table.attrs["provenance"]["runs"][0]["processes"] == 2


def test_command_with_a_dask_scheduler(task_data, tmp_path, capsys):
    distributed = pytest.importorskip("distributed")
    task_data("V->N")
    command = ["run", "--method", "SA", "--task", "V->N", "--store"]
    assert main([*command, str(tmp_path / "here"), "--jobs", "1"]) == 0
    cluster = distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None
    )
    with cluster:
        options = ["--backend", "dask", "--scheduler", cluster.scheduler_address]
        assert main([*command, str(tmp_path / "there"), *options]) == 0
    here, there = (Store(tmp_path / name).load("SA", 5, "paper") for name in ("here", "there"))
    pd.testing.assert_frame_equal(without_time(here), without_time(there))
    assert "best on the target of 70 points" in capsys.readouterr().out


def test_two_processes_store_the_same_table(arguments, tiny, tmp_path):
    one = run("TGSR", 9, "tiny", Store(tmp_path / "1"), **arguments)
    two = run("TGSR", 9, "tiny", Store(tmp_path / "2"), n_jobs=2, **arguments)
    pd.testing.assert_frame_equal(without_time(two), without_time(one))
    assert two.attrs["provenance"]["runs"][0]["processes"] == 2


def test_variants_and_tasks_have_files_of_their_own(arguments, tiny, tmp_path):
    store = Store(tmp_path)
    run("TGSR", 9, "tiny", store, **arguments)
    run("TGSR", 5, "tiny", store, **arguments)
    run("TGSR", 5, "tiny", store, **arguments | {"blocks": 5})
    assert [task.number for task in store.tasks("TGSR", "tiny", blocks=2)] == [5, 9]
    two, five = (store.load("TGSR", 5, "tiny", blocks=blocks) for blocks in (2, 5))
    assert not two.equals(five)


def test_nothing_is_written_for_a_run_that_cannot_start(arguments, tiny, tmp_path):
    for method, task, grid in (("TGSR", 13, "tiny"), ("X", 5, "tiny"), ("TGSR", 5, "tinier")):
        with pytest.raises(ValueError):
            run(method, task, grid, Store(tmp_path / "store"), **arguments)
    assert not (tmp_path / "store").exists()
