"""One pool for the batches of many sweeps: what comes next, and how long the rest takes."""

import heapq
from itertools import chain, islice
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from threadpoolctl import threadpool_info

from cdmer_lib import TASKS, Database, methods
from cdmer_lib.cli import main
from cdmer_lib.errors import Busy
from cdmer_lib.experiments import Store, fill, run, run_all
from cdmer_lib.experiments.schedule import Forecast, Part, Schedule, solved
from cdmer_lib.experiments.sweep import Problem
from cdmer_lib.methods import METHODS
from cdmer_lib.methods.ranges import points

# --- made-up durations, no clock --------------------------------------------------------------

CLIPS = {"CASME2": 130, "SMIC_HS": 164, "SMIC_VIS": 71, "SMIC_NIR": 71}
# heavy, points a batch, points; seconds a point and a batch on V->N, how they grow with n_s and
# n_t, and how many times longer the slowest point of the grid takes than the quickest one
UNEQUAL = {
    "slow": (True, 4, 259, 3.0, 2.0, (1.0, 1.0), 3),
    "slow back": (True, 4, 259, 3.5, 1.0, (0.5, 1.5), 2),
    "many points": (True, 512, 23000, 0.04, 0.5, (1.6, 0.2), 10),
    "quick": (False, 500, 3000, 0.004, 0.1, (0.5, 0.5), 1.2),
    "quick, but": (False, 500, 3000, 0.036, 0.1, (0.5, 0.5), 1.2),
    "uneven": (False, 16, 129, 0.06, 0.1, (1.0, 1.0), 3),
    "shared": (False, 512, 140, 0.001, 0.6, (1.0, 1.0), 1),
    "one point": (False, 1, 1, 0.04, 0.0, (1.0, 0.0), 1),
}


def part_of(name, task):
    """Points of a made-up method on a task with the sizes of the papers."""
    heavy, size, n, *_ = UNEQUAL[name]
    method, _, variant = name.partition(", ")
    return Part(
        SimpleNamespace(
            method=method, fixed=variant, task=task,
            estimator=SimpleNamespace(heavy=heavy, points_per_batch=size),
            source=SimpleNamespace(X=SimpleNamespace(shape=(CLIPS[task.source], 15045))),
            target=SimpleNamespace(y=range(CLIPS[task.target])),
        ), part_of, list(range(n)), (name,),
    )  # fmt: skip


def duration(part, batch, rng):
    _, _, n, point, once, (a, b), times = UNEQUAL[part.more[0]]
    n_s, n_t = part.problem.source.X.shape[0], len(part.problem.target.y)
    trend = times ** (np.array(batch) / n - 0.5)
    return (once + point * trend.sum()) * (n_s / 71) ** a * (n_t / 71) ** b * rng.lognormal(0, 0.3)


def simulated(n_jobs, seed):
    """Times at which a batch is done, what is told to remain then, what remains; all batches."""
    schedule = Schedule([part_of(name, task) for name in UNEQUAL for task in TASKS], n_jobs)
    rng, ahead, running, now, told, done = np.random.default_rng(seed), [], [], 0, [], []
    while True:
        while len(running) < n_jobs:
            # joblib takes a batch for each process at a time
            ahead = ahead or list(islice(schedule, n_jobs))
            if not ahead:
                break
            number, part, batch = ahead.pop(0)
            seconds = duration(part, batch, rng)
            heapq.heappush(running, (now + seconds, number, seconds, part, batch))
        if not running:
            break
        now, number, seconds, part, batch = heapq.heappop(running)
        assert schedule.done(number, seconds) == (part, len(batch))
        told.append((now, schedule.remaining()))
        done.append((part, batch, seconds))
    moments, told = np.transpose(told)
    return moments, told, now - moments, done


@pytest.mark.parametrize(("n_jobs", "seed"), [(1, 0), (2, 1), (8, 0), (16, 1)])
def test_remaining_time_is_right_after_a_minute(n_jobs, seed):
    moments, told, left, done = simulated(n_jobs, seed)
    assert moments[-1] > 3600
    after = moments > 60
    assert after.sum() > 1000
    slack = 20  # seconds, for the last batches
    assert (told <= 1.5 * left + slack)[after].all()
    assert (told >= left / 1.5 - slack)[after].all()
    # every point once, and no process without work before the end
    of_part = {part: [] for part, *_ in done}
    for part, batch, _ in done:
        of_part[part] += batch
    assert len(of_part) == len(UNEQUAL) * len(TASKS)
    assert all(sorted(work) == part.work for part, work in of_part.items())
    assert sum(seconds for *_, seconds in done) > 0.99 * n_jobs * moments[-1]


def test_what_is_known_of_a_batch():
    forecast = Forecast()
    assert forecast.seconds(("TGSR", "V->N"), 3.0) == 3.0
    forecast.add(("TGSR", "V->N"), 1.0, 10.0)
    assert forecast.seconds(("TGSR", "V->N"), 3.0) == 30.0
    assert forecast.seconds(("TGSR", "N->V"), 2.0) == 20.0  # as on the other task
    assert forecast.seconds(("SVM", "V->N"), 2.0) == 20.0  # as the other method
    forecast.add(("TGSR", "N->V"), 1.0, 30.0)
    assert forecast.seconds(("TGSR", "H->V"), 1.0) == 20.0
    assert forecast.seconds(("TGSR", "N->V"), 1.0) == 25.0  # 30, and 20 as one batch more
    forecast.add(("SVM", "V->N"), 1.0, 0.1)
    assert forecast.seconds(("SVM", "N->V"), 1.0) == pytest.approx(0.1)
    waiting, running = [(("SVM", "N->V"), 100.0)], [(("TGSR", "H->V"), 2.0)]
    assert forecast.remaining(waiting, running, 1) == pytest.approx(10 + 20)
    assert forecast.remaining(waiting, running, 2) == pytest.approx(20)  # the longest one
    assert Forecast().remaining([], [], 1) == 0


def test_every_part_is_tried_first_then_quick_methods_and_the_longest_batch():
    parts = [part_of(name, task) for name in UNEQUAL for task in TASKS]
    order = [(part, batch) for _, part, batch in Schedule(parts, 1)]
    first = order[: len(parts)]
    assert {part for part, _ in first} == set(parts)
    variants = [part.kind[:2] for part, _ in first]
    assert len(set(variants[: len(UNEQUAL)])) == len(UNEQUAL)
    tried = next(batch for part, batch in first if part.more == ("many points",))
    assert len(tried) == 512 // 8 and np.ptp(np.diff(tried)) <= 1  # spread over the grid
    assert {len(batch) for part, batch in first if part.more == ("slow",)} == {1}
    rest = [
        (not part.problem.estimator.heavy, part.rough * len(batch))
        for part, batch in order[len(parts) :]
    ]
    assert rest == sorted(rest, reverse=True)


def test_a_single_part_keeps_its_order():
    part = part_of("many points", TASKS[0])
    assert list(chain(*(batch for _, _, batch in Schedule([part], 2)))) == part.work


# --- processes --------------------------------------------------------------------------------


def seen(estimator, Xs, ys, Xt, batch):
    """What a process has: how the arrays come to it, the threads of its linear algebra."""
    threads = {info["num_threads"] for info in threadpool_info() if info["user_api"] == "blas"}
    return type(Xs).__name__, type(Xt).__name__, threads


def test_databases_are_shared_and_each_process_has_one_thread(monkeypatch):
    monkeypatch.delenv("OPENBLAS_NUM_THREADS", raising=False)
    rng, y = np.random.default_rng(0), np.arange(70) % 3 + 1
    data = {n: Database(n, rng.random((70, 2000)), y) for n in ("SMIC_VIS", "SMIC_NIR")}
    parts = [Part(Problem(m, "V->N", data), seen, [{}, {}]) for m in ("SVM", "TSRG")]
    for _, found in solved(parts, 2, progress=False):
        assert found == ("memmap", "memmap", {1})
    for _, found in solved(parts, 1, progress=False):
        assert found[:2] == ("ndarray", "ndarray")


# --- the store --------------------------------------------------------------------------------

FEW = {
    "SVM": {"C": [1.0]}, "SA": {"k": [1, 2, 3]}, "DRLS": {"lam": [1.0], "mu": [0.1, 0.3]},
    "TGSR": {"kappa": [1, 2], "xi": [0.1, 1.0, 10.0]}, "TSRG": {"lam": [0.1, 1.0], "mu": [0.1]},
    "DRFS-T": {"lam": [0.1, 1.0], "mu": [0.1]},
}  # fmt: skip


@pytest.fixture
def data():
    """Small databases with 85 runs of two columns, three classes and a shift between them."""
    rng = np.random.default_rng(20)
    centres, sizes = rng.random((3, 170)), {"SMIC_VIS": 21, "SMIC_NIR": 18, "CASME2": 24}
    return {
        name: Database(name, centres[np.arange(n) % 3] + rng.random((n, 170)), np.arange(n) % 3 + 1)
        for name, n in sizes.items()
    }


@pytest.fixture
def few(monkeypatch):
    """Six methods with short grids and short batches."""
    for method, ranges in FEW.items():
        monkeypatch.setitem(METHODS[method].grids, "paper", points(**ranges))
        monkeypatch.setitem(METHODS[method].grids, "quick", points(**ranges)[:1])
    monkeypatch.setattr(METHODS["TGSR"], "points_per_batch", 4)
    monkeypatch.setattr(METHODS["SA"], "points_per_batch", 2)
    monkeypatch.setattr(methods, "METHODS", {method: METHODS[method] for method in FEW})


def tables(store):
    """Every stored table by its path, without what a run measures."""
    return {
        str(path.relative_to(store.root)): pd.read_parquet(path).drop(columns="seconds")
        for path in sorted(store.root.rglob("*.parquet"))
    }


@pytest.fixture
def one_by_one(data, few, tmp_path):
    """The store that sweeps fill one after the other."""
    store, options = Store(tmp_path / "one by one"), {"data": data, "progress": False}
    run("TGSR", "V->N", "paper", store, blocks=17, **options)
    for method, grid, task, fixed in list(fill.planned(store, data=data)):
        run(method, task, grid, store, **options, **fixed)
    return store


@pytest.mark.parametrize("n_jobs", [1, 2])
def test_all_at_once_stores_what_one_by_one_stores(data, one_by_one, tmp_path, n_jobs):
    store, options = Store(tmp_path / "all"), {"data": data, "progress": False}
    run("TGSR", "V->N", "paper", store, blocks=17, **options)
    done = list(run_all(store, n_jobs=n_jobs, **options))
    assert len(done) == 6 * (len(FEW) + 2)  # the paper's grid and both grids of the variant
    expected, found = tables(one_by_one), tables(store)
    assert list(found) == list(expected)
    for path, table in found.items():
        pd.testing.assert_series_equal(table["predicted"], expected[path]["predicted"])
        pd.testing.assert_frame_equal(table, expected[path], atol=1e-2)  # LIBSVM stops at 1e-3
    again = {path: path.read_bytes() for path in store.root.rglob("*.parquet")}
    assert sorted(map(str, run_all(store, **options))) == sorted(map(str, [*done, *quick(done)]))
    assert again == {path: path.read_bytes() for path in store.root.rglob("*.parquet")}


def quick(done):
    """The short grids of the printed sweeps, which the store has after the long ones."""
    return [(method, "quick", task, fixed) for method, _, task, fixed in done if not fixed]


def test_what_is_solved_is_kept_when_a_run_of_all_ends_early(data, one_by_one, tmp_path):
    store, options = Store(tmp_path / "all"), {"data": data, "progress": False}
    runs = run_all(store, **options)
    next(runs)
    with pytest.raises(Busy, match="another run is writing"):
        next(run_all(store, **options))
    runs.close()
    kept = tables(store)
    rows = sum(map(len, kept.values()))
    assert len(kept) > 1 and not list(store.root.rglob("*.partial"))
    list(run_all(store, **options))
    found = tables(store)
    for path, table in kept.items():
        assert len(table.merge(found[path])) == len(table)
    expected = {path: table for path, table in tables(one_by_one).items() if "blocks" not in path}
    assert list(found) == list(expected) and rows < sum(map(len, found.values()))
    for path, table in found.items():
        pd.testing.assert_series_equal(table["predicted"], expected[path]["predicted"])


def test_the_line_of_progress(data, few, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr("cdmer_lib.data.load_database", lambda name, root=None: data[name])
    monkeypatch.setattr("cdmer_lib.data.available", lambda name, root=None: name in data)
    command = ["run", "--all", "--method", "TGSR", "--store", str(tmp_path), "--jobs", "1"]
    assert main(command) == 0
    printed = capsys.readouterr()
    assert printed.out.count("complete: TGSR, ") == 6
    last = printed.err.split("\r")[-1]
    assert last.startswith("6 of 6 sweeps: 100%") and "36/36 points" in last
    assert "about 00:00 left, " in last and last.rstrip().endswith(" MB]")
