"""A stored notebook output that is wrong in one digit makes the validation fail."""

import os
import re
import subprocess
import sys

import execute
import nbformat
import pairs
import pytest


def text_of(output):
    """Where an output keeps the text that nbval compares, as (dict, key); None for pictures."""
    if output.get("name") == "stdout":
        return output, "text"
    plain = output.get("data", {}).get("text/plain", "<")
    return None if plain.startswith("<") else (output["data"], "text/plain")


def first_number(nb):
    """(cell position, (dict, key), digit position) of the first number in the stored outputs."""
    for i, cell in enumerate(nb.cells):
        for output in cell.get("outputs", []):
            if (place := text_of(output)) and (digit := re.search(r"\d", place[0][place[1]])):
                return i, place, digit.start()
    return None


def made_up(path):
    """A notebook of one sum, executed as chapters are."""
    nb = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("print('sum', 1 + 1)")])
    nbformat.write(execute.execute(nb, path.parent), path)


def beginning_of_a_chapter(root, path):
    """A copy of the first chapter whose data are here, up to its first number."""
    for name in pairs.chapters(root):
        nb = pairs.from_notebook(pairs.notebook_half(root, name))
        if nb and (found := first_number(nb)) and not pairs.absent_needs(nb):
            nb.cells = nb.cells[: found[0] + 1]
            nbformat.write(nb, path)
            return
    pytest.skip("no chapter has its data here")


@pytest.fixture(params=["made up", "chapter"])
def notebook(request, root, tmp_path):
    (tmp_path / "results").symlink_to(root / "results")  # chapters may read ../results
    path = tmp_path / "notebooks" / "copy.ipynb"
    path.parent.mkdir()
    made_up(path) if request.param == "made up" else beginning_of_a_chapter(root, path)
    return path


def validate(path):
    command = [
        sys.executable,
        "-m",
        "pytest",
        "--nbval",
        "--nbval-current-env",
        "-p",
        "no:cacheprovider",
        str(path),
    ]
    environment = {**os.environ, **execute.KERNEL_ENVIRONMENT}
    return subprocess.run(command, cwd=path.parent, env=environment, capture_output=True, text=True)


def test_one_changed_digit_fails_and_names_the_cell(notebook):
    run = validate(notebook)
    assert run.returncode == 0, run.stdout  # so that what fails below is the digit

    nb = nbformat.read(notebook, as_version=4)
    _, (holder, key), at = first_number(nb)
    digit = str((int(holder[key][at]) + 1) % 10)
    holder[key] = holder[key][:at] + digit + holder[key][at + 1 :]
    nbformat.write(nb, notebook)
    run = validate(notebook)
    number = sum(cell.cell_type == "code" for cell in nb.cells) - 1
    assert run.returncode == 1, run.stdout
    assert f"copy.ipynb::Cell {number}" in run.stdout
    assert "Cell outputs differ" in run.stdout


def test_notebooks_with_absent_data_are_skipped_by_name(root, tmp_path):
    nb = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("1 / 0", execution_count=1)])
    nb.metadata = {**pairs.METADATA, "cdmer": {"needs": ["SMIC_HS"]}}
    path = tmp_path / "absent.ipynb"
    nbformat.write(nb, path)
    # A machine on which nothing can be had, and the project's conftest.py on top of it.
    (tmp_path / "nothing.py").write_text("import pairs\npairs.absent_needs = pairs.needs\n")
    search = os.pathsep.join(map(str, (tmp_path, root, root / "book" / "_ext")))
    command = [
        sys.executable,
        "-m",
        "pytest",
        "--nbval",
        "-n",
        "2",
        "-p",
        "nothing",
        "-p",
        "conftest",
        "-p",
        "no:cacheprovider",
        path,
    ]
    run = subprocess.run(
        command,
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": search},
        capture_output=True,
        text=True,
    )
    assert run.returncode == 0, run.stdout + run.stderr
    assert "absent.ipynb (needs SMIC_HS)" in run.stdout
    assert "1 skipped" in run.stdout
