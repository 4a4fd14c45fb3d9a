"""The command as a process: how fast it starts, terminals and locales, pipes, interruptions."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from cdmer_lib import cli
from cdmer_lib.data import available

STORE = Path(__file__).parents[1] / "results"
CDMER = [sys.executable, "-m", "cdmer_lib.cli"]
ONE_THREAD = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}


def cdmer(*arguments, **environment):
    return subprocess.run(
        [*CDMER, *arguments], capture_output=True, env={**os.environ, **ONE_THREAD, **environment}
    )


@pytest.mark.parametrize("verb", [["--help"], ["data"], ["audit", "--help"]])
def test_light_verbs_load_no_heavy_library(verb):
    code = (
        "import sys; from cdmer_lib.cli import main\n"
        f"try: main({verb})\n"
        "except SystemExit: pass\n"
        "print(*sorted({'pandas', 'sklearn', 'scipy', 'skimage', 'matplotlib', 'joblib', 'torch'}"
        " & set(sys.modules)), file=sys.stderr)"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert run.returncode == 0 and run.stderr.strip() == ""


LOCALES = [
    {"PYTHONIOENCODING": "ascii"},
    {"PYTHONIOENCODING": "cp1252"},
    {"PYTHONIOENCODING": "latin-1"},
    {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
]


@pytest.mark.parametrize("locale", LOCALES, ids=str)
@pytest.mark.parametrize(
    "arguments",
    [["data"], ["audit"], ["table", "--method", "SVM"], ["table", "--headline"]],
    ids=str,
)
def test_every_terminal_can_print_it(arguments, locale):
    store = ["--store", str(STORE)] if arguments[0] == "table" else []
    run, whole = (cdmer(*arguments, *store, **env) for env in (locale, {"PYTHONUTF8": "1"}))
    assert run.returncode == whole.returncode == 0, run.stderr.decode()
    assert b"?" not in run.stdout.replace(b"?", b"", whole.stdout.count(b"?"))
    if "→" in whole.stdout.decode():
        assert b"->" in run.stdout


def test_a_cell_in_a_plain_locale():
    if not available("SMIC_NIR"):
        pytest.skip("released features absent")
    run = cdmer("cell", "--method", "SVM", "--task", "V->N", "--store", str(STORE), **LOCALES[-1])
    assert run.returncode == 0, run.stderr.decode()


def test_a_reader_that_stops():
    """As ``cdmer table | head -1``: no message."""
    process = subprocess.Popen(
        [*CDMER, "audit"], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    )  # fmt: skip
    process.stdout.readline()
    process.stdout.close()
    assert process.stderr.read() == b"" and process.wait() in (0, 141)


@pytest.mark.skipif(os.name == "nt", reason="signals of POSIX")
def test_ctrl_c_is_one_line(tmp_path):
    if not available("SMIC_NIR"):
        pytest.skip("released features absent")
    command = [*CDMER, "run", "--method", "TSRG", "--task", "5", "--grid", "paper", "--jobs", "1"]
    process = subprocess.Popen(
        [*command, "--store", str(tmp_path)], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        env={**os.environ, **ONE_THREAD},
    )  # fmt: skip
    time.sleep(6)
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=60)
    lines = said.decode().replace("\r", "\n").splitlines()
    assert process.returncode == 130
    assert lines[-1] == "cdmer: interrupted; what was finished is kept"
    assert not any("Traceback" in line or "File " in line for line in lines)


def test_a_bug_keeps_its_traceback(monkeypatch):
    def broken(options):
        raise ValueError("a bug")

    monkeypatch.setattr("cdmer_lib.data.describe", lambda root: broken(root))
    with pytest.raises(ValueError, match="a bug"):
        cli.main(["data"])
