"""A stored notebook output that is wrong in one digit makes the validation fail."""

import re
import subprocess
import sys

import execute
import nbformat
import pytest


def first_number(nb):
    """(cell position, output, digit position) of the first number that a code cell prints."""
    for i, cell in enumerate(nb.cells):
        for output in cell.get("outputs", []):
            if output.get("name") == "stdout" and (digit := re.search(r"\d", output.text)):
                return i, output, digit.start()
    return None


def validate(path):
    command = [sys.executable, "-m", "pytest", "--nbval", "--nbval-current-env", "-p",
               "no:cacheprovider", str(path)]
    return subprocess.run(command, cwd=path.parent, capture_output=True, text=True)


@pytest.fixture
def beginning(root, tmp_path):
    """A copy of a chapter up to its first printed number, beside what its code may read."""
    for name in execute.chapters(root):
        nb = execute.from_notebook(execute.notebook_half(root, name))
        if nb and not execute.needs(nb) and (found := first_number(nb)):
            nb.cells = nb.cells[: found[0] + 1]
            (tmp_path / "results").symlink_to(root / "results")
            (tmp_path / "notebooks").mkdir()
            path = tmp_path / "notebooks" / f"{name}.ipynb"
            nbformat.write(nb, path)
            return path
    pytest.fail("no chapter without data prints a number: choose another one for this test")


def test_the_unchanged_copy_validates(beginning):
    run = validate(beginning)
    assert run.returncode == 0, run.stdout


def test_one_changed_digit_fails_and_names_the_cell(beginning):
    nb = nbformat.read(beginning, as_version=4)
    _, output, at = first_number(nb)
    digit = str((int(output.text[at]) + 1) % 10)
    output.text = output.text[:at] + digit + output.text[at + 1 :]
    nbformat.write(nb, beginning)
    run = validate(beginning)
    number = sum(cell.cell_type == "code" for cell in nb.cells) - 1
    assert run.returncode == 1, run.stdout
    assert f"{beginning.name}::Cell {number}" in run.stdout
    assert "Cell outputs differ" in run.stdout


def test_notebooks_with_absent_data_are_skipped_by_name(root, tmp_path):
    """An unknown database can never be had, so this notebook must be left out, and named."""
    nb = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("1 + 1", execution_count=1)])
    nb.metadata = {**execute.METADATA, "cdmer": {"needs": ["NO_SUCH_DATABASE"]}}
    path = tmp_path / "absent.ipynb"
    nbformat.write(nb, path)
    # --confcutdir and -p: the project's conftest.py serves a notebook outside the project too.
    command = [sys.executable, "-m", "pytest", "--nbval", "-n", "2", "-c", root / "pyproject.toml",
               "-p", "conftest", "-p", "no:cacheprovider", path]
    run = subprocess.run(command, cwd=root, capture_output=True, text=True)
    assert run.returncode == 0, run.stdout + run.stderr
    assert "absent.ipynb (needs NO_SUCH_DATABASE)" in run.stdout
    assert "1 skipped" in run.stdout
