"""Stores that others write, move, damage or share: nothing is replaced or lost in silence."""

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from joblib.externals.loky import get_reusable_executor

from cdmer_lib import Database
from cdmer_lib.cli import main
from cdmer_lib.errors import Busy, IntegrityError, InvalidInput, NotWritable, StoreMissing
from cdmer_lib.experiments import Store, fill, run, sweep, verify
from cdmer_lib.experiments.descriptor_rows import score_descriptors
from cdmer_lib.experiments.provenance import read_table, run_record, write_table
from cdmer_lib.experiments.stability import mark_stable
from cdmer_lib.experiments.store import argument_text, as_typed_argument
from cdmer_lib.files import locked, replacing
from cdmer_lib.methods import SVM, TGSR

HALVES = [[0, 1, 2, 3, 4], [5, 6, 7, 8, 9]]
ODD = [[0, 2, 4, 6, 8], [1, 3, 5, 7, 9]]
PACKAGE = Path(__file__).parents[1] / "cdmer_lib"


@pytest.fixture
def arguments(made_up):
    return {"data": made_up, "progress": False}


@pytest.fixture
def tiny(monkeypatch):
    monkeypatch.setitem(TGSR.grids, "tiny", [{"kappa": 1, "xi": 1.0}, {"kappa": 2, "xi": 1.0}])


# --- what was asked for is what is stored -----------------------------------------------------


@pytest.mark.parametrize("value", [1e-6, 2.0])
def test_an_argument_that_the_grid_varies_cannot_be_fixed(arguments, tmp_path, value):
    for solve in (
        lambda: run("SVM", 5, store=Store(tmp_path), C=value, **arguments),
        lambda: run(SVM(C=value), 5, store=Store(tmp_path), **arguments),
        lambda: sweep("SVM", 5, [{"C": 1.0}], C=value, **arguments),
    ):
        with pytest.raises(InvalidInput, match=r"C of SVM cannot be fixed .*the grid"):
            solve()
    assert not list(tmp_path.rglob("*.parquet"))


def test_long_values_have_a_file_each_and_stand_in_it(arguments, tiny, tmp_path):
    store, folders = Store(tmp_path), set()
    for blocks in (HALVES, [np.array(block) for block in ODD]):
        run("TGSR", 5, "tiny", store, blocks=blocks, **arguments)
        folders.add(store.path("TGSR", 5, blocks=blocks).parent.name)
    assert len(folders) == 2 and max(map(len, folders)) < 40
    assert store.path("TGSR", 5, blocks=list(map(tuple, ODD))).exists()  # the same arrays
    stored = [fixed["blocks"] for method, fixed in store.variants()]
    assert sorted(stored) == [HALVES, ODD]
    a, b = (store.load("TGSR", 5, "tiny", blocks=blocks) for blocks in (HALVES, ODD))
    assert not a.drop(columns="seconds").equals(b.drop(columns="seconds"))


def test_what_a_folder_is_called():
    for value in (3.0, 0.7071, 2, True, None, "facial", "KLIEP", 1e-06):
        assert argument_text(value) == str(value)
        assert as_typed_argument(f"x={argument_text(value)}") == ("x", value)
    for value in ("3.0", "a,b", "../up", "x" * 50, "", [1], np.arange(3), float("inf")):
        assert argument_text(value).startswith("@") and len(argument_text(value)) == 13
    assert argument_text(np.arange(3)) == argument_text([0, 1, 2]) != argument_text([0, 1])
    with pytest.raises(InvalidInput, match="has no name in a store"):
        argument_text(object())


def test_the_commit_of_a_repository_around_the_package_is_not_recorded(tmp_path):
    git = ["git", "-C", str(tmp_path), "-c", "user.email=a@b.c", "-c", "user.name=n"]
    subprocess.run([*git, "init", "-q"], check=True)
    subprocess.run([*git, "commit", "-q", "--allow-empty", "-m", "somebody's project"], check=True)
    site = tmp_path / "site-packages"
    shutil.copytree(PACKAGE, site / "cdmer_lib", ignore=shutil.ignore_patterns("__pycache__"))
    code = "from cdmer_lib.experiments.provenance import run_record; print(run_record(1)['commit'])"

    def recorded():
        return subprocess.check_output([sys.executable, "-c", code], cwd=tmp_path, text=True,
                                       env=os.environ | {"PYTHONPATH": str(site)})  # fmt: skip

    assert recorded() == "None\n"
    subprocess.run([*git, "add", "site-packages"], check=True)
    assert "+changes" in recorded()  # tracked, not committed
    assert set(run_record(1)) >= {"commit", "package", "kernels"}


# --- locks ------------------------------------------------------------------------------------


def test_a_lock_leaves_nothing_behind(tmp_path):
    path = tmp_path / "new" / "file"
    with locked(path), pytest.raises(Busy, match="another run is writing"), locked(path):
        pass
    assert list(tmp_path.iterdir()) == []
    (tmp_path / "file").write_text("kept")
    with locked(tmp_path / "file"):
        assert (tmp_path / "file.lock").stat().st_mode & 0o777 == 0o666  # other users' too
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


@pytest.mark.parametrize("link", ["symlink_to", "hardlink_to"])
def test_a_link_at_the_lock_s_name_is_refused_and_its_target_stays(tmp_path, link):
    target = tmp_path / "thesis"
    target.write_text("precious")
    getattr(tmp_path / "file.lock", link)(target)
    message = r"file.lock is a link or no file; remove it"
    with pytest.raises(NotWritable, match=message), locked(tmp_path / "file"):
        pass
    (tmp_path / f"file.{os.getpid()}.partial").symlink_to(target)
    with replacing(tmp_path / "file") as partial:
        partial.write_text("new")
    assert (
        target.read_text(encoding="utf-8") == "precious"
        and (tmp_path / "file").read_text(encoding="utf-8") == "new"
    )


def test_what_is_complete_needs_no_lock(arguments, tiny, tmp_path):
    store, how = Store(tmp_path), {"blocks": 2, **arguments}
    first = run("TGSR", 5, "tiny", store, **how)
    mark_stable("TGSR", 5, store, **how)
    with store.writing("TGSR", 5, blocks=2):
        again = run("TGSR", 5, "tiny", store, **how)
        assert mark_stable("TGSR", 5, store, **how)["stable"].notna().all()
    pd.testing.assert_frame_equal(again[list(first)], first)


TWO_RUNS = """
import sys, time
from cdmer_lib.experiments import Store, fill, run
from cdmer_lib.methods import METHODS
from test_store_hardened import thirty
grid = METHODS["TKL"].grids["paper"]
METHODS["TKL"].grids.update(one=grid[:25], two=grid[25:])
writing = fill.Store.writing
def late(self, *which, **fixed):  # between the first look at the file and the lock
    time.sleep(float(sys.argv[2]))
    return writing(self, *which, **fixed)
fill.Store.writing = late
run("TKL", "V->N", sys.argv[1], Store(sys.argv[3]), progress=False, data=thirty())
"""


def thirty():
    def database(name, n, seed):
        X, y = np.random.default_rng(seed).random((n, 30)), np.arange(n) % 3 + 1
        X[np.arange(n), y] += 0.7
        return Database(name, X, y)

    return {"SMIC_VIS": database("SMIC_VIS", 30, 1), "SMIC_NIR": database("SMIC_NIR", 33, 2)}


def test_two_runs_that_begin_together_lose_nothing(tmp_path):
    """With a folder of temporary files each; the later one has seen no file when it started."""
    runs = []
    for grid, wait in (("one", "0"), ("two", "8")):
        (tmp_path / grid).mkdir()
        path = os.pathsep.join([str(Path(__file__).parent), str(PACKAGE.parent)])
        runs.append(subprocess.Popen(
            [sys.executable, "-c", TWO_RUNS, grid, wait, str(tmp_path / "store")],
            env=os.environ | {"TMPDIR": str(tmp_path / grid), "PYTHONPATH": path},
        ))  # fmt: skip
    assert [process.wait() for process in runs] == [0, 0]
    assert len(Store(tmp_path / "store").load("TKL", 5, "paper")) == 50
    assert not list(tmp_path.rglob("*.lock"))


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="needs root")
def test_a_store_of_another_user_where_nothing_runs(tmp_path):
    for folder in (*tmp_path.parents, tmp_path):
        if folder.stat().st_uid == 0 and len(folder.parts) > 2:
            folder.chmod(0o777)
    path = tmp_path / "file"
    Path(f"{path}.lock").touch(0o666)  # of a run that was killed
    Path(f"{path}.lock").chmod(0o666)
    if (pid := os.fork()) == 0:
        os.setegid(65534)
        os.seteuid(65534)
        try:
            with locked(path):
                os._exit(0)
        finally:
            os._exit(1)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0


# --- damage -----------------------------------------------------------------------------------


def test_no_flipped_bit_goes_unnoticed(arguments, tmp_path):
    store = Store(tmp_path)
    run("STM", 5, "paper", store, **arguments)
    path, whole = store.path("STM", 5), store.load("STM", 5)
    content, named = path.read_bytes(), 0
    for bit in np.random.default_rng(0).integers(0, 8 * len(content), 300):
        flipped = bytearray(content)
        flipped[bit // 8] ^= 1 << (bit % 8)
        path.write_bytes(flipped)
        try:
            table = store.load("STM", 5)
        except IntegrityError as error:
            assert str(path) in str(error) and "remove it" in str(error) and len(str(error)) < 600
            named += 1
        else:
            pd.testing.assert_frame_equal(table, whole)
            assert table.attrs == whole.attrs
    assert named > 150


def test_a_file_that_another_program_saved_is_named(arguments, tmp_path, capsys):
    store = Store(tmp_path)
    run("SVM", 5, "quick", store, **arguments)
    path = store.path("SVM", 5)
    table = pd.read_parquet(path)
    table.attrs = {}
    table.to_parquet(path)
    with pytest.raises(IntegrityError, match=r"05_V_N.parquet: .* without provenance"):
        store.load("SVM", 5)
    assert main(["table", "--method", "SVM", "--store", str(tmp_path)]) == 1
    assert "without provenance" in capsys.readouterr().err
    path.write_text("no table")
    with pytest.raises(IntegrityError, match="is damaged, or no table of this package"):
        store.load("SVM", 5)


def test_tables_without_checksums_are_read(tmp_path):
    table = pd.DataFrame({"a": [1, 2], "b": ["x", "y"]})
    table.to_parquet(tmp_path / "old.parquet")
    pd.testing.assert_frame_equal(read_table(tmp_path / "old.parquet"), table)
    write_table(table, tmp_path / "new.parquet")
    found = read_table(tmp_path / "new.parquet")
    pd.testing.assert_frame_equal(found, table)
    assert found.attrs["provenance"]["python"]


# --- a store that is not there ----------------------------------------------------------------


@pytest.mark.parametrize(
    "verb",
    [["table", "--method", "SVM"], ["cell", "--method", "SVM", "--task", "5"], ["validate"],
     ["uncertainty"], ["stability"], ["verify"], ["portable"]],
    ids=lambda verb: verb[0],
)  # fmt: skip
def test_verbs_say_that_there_is_no_store_and_where(verb, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert main(verb) == 1
    said = capsys.readouterr()
    assert f"expected a results store in {tmp_path / 'results'} (" in said.err
    assert "cdmer run" in said.err and said.out == "" and not list(tmp_path.iterdir())
    assert main([*verb, "--store", ""]) == 1
    assert "expected the folder of a store, found an empty name" in capsys.readouterr().err


def test_an_empty_folder_is_no_store(tmp_path, capsys):
    (tmp_path / "notes.txt").touch()
    for verb in ("validate", "uncertainty", "stability", "verify"):
        assert main([verb, "--store", str(tmp_path)]) == 1
        assert "expected a results store in" in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["notes.txt"]


def test_reading_methods_name_a_missing_store(arguments, tmp_path, monkeypatch):
    store = Store(tmp_path / "absent")
    for ask in (
        lambda: store.load("SVM", 5), lambda: store.tasks("SVM", "paper"),
        lambda: store.widest("SVM", 5), lambda: store.printed(),
        lambda: verify(store, "SVM", 5, **{"data": arguments["data"]}),
        lambda: mark_stable("SVM", 5, store, **arguments),
    ):  # fmt: skip
        with pytest.raises(StoreMissing, match=r"expected a results store in .* found none"):
            ask()
    assert issubclass(StoreMissing, FileNotFoundError) and store.variants() == []
    with pytest.raises(InvalidInput, match="no grid 'nosuch' of method 'SVM'"):
        store.load("SVM", 5, "nosuch")
    monkeypatch.setenv("HOME", str(tmp_path))
    run("SVM", 5, store=Store("~/mine"), **arguments)
    assert (tmp_path / "mine" / "SVM").is_dir()


def test_a_store_that_cannot_be_written_is_found_before_the_work(arguments, tmp_path, monkeypatch):
    (tmp_path / "file").touch()
    monkeypatch.setattr(fill, "solve_points", None)
    with pytest.raises(NotWritable, match="write to another folder"):
        run("SVM", 5, store=Store(tmp_path / "file"), **arguments)


# --- processes --------------------------------------------------------------------------------


@pytest.mark.skipif(sys.getfilesystemencoding() == "ascii", reason="no such file name here")
def test_a_temporary_folder_with_a_chinese_name(arguments, tmp_path, monkeypatch):
    folder = tmp_path / "用户"
    folder.mkdir()
    monkeypatch.setenv("JOBLIB_TEMP_FOLDER", str(folder))
    get_reusable_executor().shutdown()  # an earlier test's has its folder already
    grid = [{"C": 1.0}, {"C": 2.0}]
    assert len(sweep("SVM", 5, grid, n_jobs=2, **arguments)) == 2


WORKERS = """
import time
from joblib import delayed
from cdmer_lib.parallel import workers
from test_store_hardened import process_id
print(*workers(2)(delayed(process_id)() for _ in range(8)), flush=True)
time.sleep(60)
"""


def process_id():
    """Of a process that has loaded the package, as each one that solves something has."""
    return str(os.getpid())


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="processes as Linux lists them")
def test_processes_end_with_a_killed_parent():
    path = os.pathsep.join([str(Path(__file__).parent), str(PACKAGE.parent)])
    with subprocess.Popen([sys.executable, "-c", WORKERS], stdout=subprocess.PIPE, text=True,
                          stderr=subprocess.DEVNULL,
                          env=os.environ | {"PYTHONPATH": path}) as parent:  # fmt: skip
        pids = set(parent.stdout.readline().split())
        assert pids
        parent.send_signal(signal.SIGKILL)
    until = time.monotonic() + 15
    while pids and time.monotonic() < until:
        pids = {pid for pid in pids if Path(f"/proc/{pid}").exists()}
        time.sleep(0.2)
    assert not pids


def test_descriptors_of_some_databases(tmp_path):
    with pytest.raises(FileNotFoundError, match="SMIC_VIS in LBP-SIP"):
        score_descriptors(tmp_path, ["LBP-SIP(R1)"], databases=["V", "N"])
