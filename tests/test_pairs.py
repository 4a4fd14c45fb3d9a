"""The two halves of each chapter are in step, and the check that says so can fail."""

import base64
import io
import json
import sys
from functools import cache

import execute
import matplotlib.pyplot as plt
import nbformat
import numpy as np
import pairs
import pictures
import pytest
import stored_outputs
from matplotlib.image import imsave

TEXT = """\
---
kernelspec:
  display_name: Python 3
  language: python
  name: python3
cdmer:
  needs: [CASME2]
---

# A chapter

Prose.

```{code-cell} ipython3
:tags: [hide-input]

x = 1 + 1
```

```{code-cell} ipython3
print(x)
```
"""


@pytest.fixture
def book(tmp_path):
    """A book of one chapter, both halves in step, as if it had been executed."""
    for folder in ("book", "notebooks"):
        (tmp_path / folder).mkdir()
    (tmp_path / "_toc.yml").write_text(
        "format: jb-book\nroot: book/intro\nparts:\n  - chapters:\n      - file: notebooks/one\n"
    )
    (tmp_path / "book" / "intro.md").write_text("# Intro\n")
    store(tmp_path, "one", TEXT)
    return tmp_path


def store(book, name, text):
    """Write both halves of a chapter whose last cell printed a 2."""
    (book / "book" / f"{name}.md").write_text(text)
    nb = pairs.from_text(book / "book" / f"{name}.md")
    for count, cell in enumerate((c for c in nb.cells if c.cell_type == "code"), start=1):
        cell.execution_count = count
    cell.outputs = [nbformat.v4.new_output("stream", name="stdout", text="2\n")]
    execute.write_if_changed(book / "notebooks" / f"{name}.ipynb", nb)


@pytest.fixture
def edit(book):
    """Change the stored notebook: `edit(function of the notebook)`."""

    def edit(change):
        path = book / "notebooks" / "one.ipynb"
        nb = nbformat.read(path, as_version=4)
        change(nb)
        nbformat.write(nb, path)

    return edit


def test_all_chapters_of_the_book_are_in_step(root):
    assert pairs.problems(root) == []


def test_a_pair_in_step_has_no_problems(book):
    assert pairs.problems(book) == []


def test_the_header_reaches_the_notebook(book):
    assert pairs.needs(pairs.from_notebook(book / "notebooks" / "one.ipynb")) == ["CASME2"]


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ("Prose.", "Other prose.", "cell 1 differs"),
        ("x = 1 + 1", "x = 1 + 2", "cell 2 differs"),
        ("hide-input", "hide-cell", "cell 2 has other metadata"),
        ("[CASME2]", "[SMIC_VIS]", "other metadata"),
        ("```{code-cell} ipython3\nprint(x)\n```\n", "", "cell 3 stands in only one half"),
    ],
)
def test_a_change_of_the_text_half_alone_is_found(book, old, new, complaint):
    assert old in TEXT
    (book / "book" / "one.md").write_text(TEXT.replace(old, new))
    assert complaint in "\n".join(pairs.problems(book))


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        (lambda nb: nb.cells[1].update(source="x = 3"), "cell 2 differs"),
        (lambda nb: nb.cells.pop(), "cell 3 stands in only one half"),
        (lambda nb: nb.cells[2].update(execution_count=None), "cell 3 has no stored run"),
        (lambda nb: nb.cells[2].outputs[0].update(name="stderr"), "cell 3 stores a warning: 2"),
        (
            lambda nb: nb.cells[2].outputs[0].update(text="0.07 12.144423966436232\n"),
            "cell 3 stores a number that is not rounded: 12.144423966436232",
        ),
        (
            lambda nb: nb.cells[2].outputs.append(glued(-3.0000000004e-07)),
            "cell 3 stores a number that is not rounded: 3.0000000004",
        ),
        (lambda nb: nb.cells[2].update(source="print(x);"), "cell 3 ends in a semicolon"),
        (lambda nb: nb.metadata.update(author="me"), "other metadata"),
    ],
)
def test_a_change_of_the_notebook_alone_is_found(book, edit, change, complaint):
    edit(change)
    assert complaint in "\n".join(pairs.problems(book))


def glued(value):
    """What `glue(name, value, display=False)` stores."""
    data = {"application/papermill.record/text/plain": repr(value)}
    return nbformat.v4.new_output("display_data", data, metadata={"scrapbook": {"name": "x"}})


@pytest.mark.parametrize(
    "text", ["0.12345678", "255.000000000", "openblas 0.3.31.188.0", "1234567890", "0x1.8a3f000001"]
)
def test_rounded_numbers_versions_and_integers_are_no_problem(book, edit, text):
    edit(lambda nb: nb.cells[2].outputs[0].update(text=text))
    assert pairs.problems(book) == []


def test_absent_halves_and_unlisted_chapters_are_found(book):
    (book / "notebooks" / "one.ipynb").rename(book / "notebooks" / "two.ipynb")
    (book / "book" / "intro.md").unlink()
    assert pairs.problems(book) == [
        "book/intro.md: named in _toc.yml, absent",
        "notebooks/one.ipynb: absent",
        "notebooks/two: not in _toc.yml, so the book would not show it",
        "book/two.md: absent",
    ]


def test_execution_stores_outputs_and_the_second_one_changes_nothing(book):
    path = book / "notebooks" / "one.ipynb"
    path.unlink()
    assert execute.update(book, "one").endswith("written")
    first = path.read_bytes()
    assert b'"2\\n"' in first
    assert execute.update(book, "one").endswith("unchanged")
    assert path.read_bytes() == first
    assert pairs.problems(book) == []


def test_a_cell_that_fails_leaves_the_stored_notebook_alone(book):
    path = book / "notebooks" / "one.ipynb"
    before = path.read_bytes()
    (book / "book" / "one.md").write_text(TEXT.replace("print(x)", "print(x)\nassert x == 3, 'no'"))
    with pytest.raises(execute.BrokenPage) as caught:
        execute.update(book, "one")
    broken = caught.value
    assert (broken.cell, broken.source, broken.error) == (2, "print(x)", "AssertionError: no")
    assert path.read_bytes() == before
    assert list(path.parent.iterdir()) == [path]


def test_a_kernel_that_dies_is_a_failure_of_its_cell(book):
    (book / "book" / "one.md").write_text(TEXT.replace("print(x)", "import os; os._exit(1)"))
    with pytest.raises(execute.BrokenPage, match=r"code cell 2 .*Kernel died"):
        execute.update(book, "one")


def test_a_page_that_fails_with_the_code_of_its_outputs_gets_the_prose_of_today(book, monkeypatch):
    def fail(nb, folder):
        raise execute.BrokenPage(1, "x = 1 + 1", "MemoryError: ")

    monkeypatch.setattr(execute, "execute", fail)
    (book / "book" / "one.md").write_text(TEXT.replace("Prose.", "Other prose."))
    with pytest.raises(execute.BrokenPage):
        execute.update(book, "one")
    assert pairs.problems(book) == []
    assert execute.shown(book, "one") == "stored"


def test_the_kernel_is_the_python_of_the_script(book, monkeypatch):
    """Another kernel that calls itself "python3" is not asked."""
    spec = book / "kernels" / "python3"
    spec.mkdir(parents=True)
    command = ["/nowhere/python", "-m", "ipykernel_launcher", "-f", "{connection_file}"]
    spec.joinpath("kernel.json").write_text(
        json.dumps({"argv": command, "display_name": "Python 3", "language": "python"})
    )
    monkeypatch.setenv("JUPYTER_PATH", str(book))
    nb = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_code_cell("import sys; print(sys.executable)")]
    )
    execute.execute(nb, book)
    assert nb.cells[0].outputs[0].text.strip() == sys.executable


def test_a_byte_order_mark_changes_nothing(book):
    page = book / "book" / "one.md"
    before = pairs.from_text(page)
    page.write_bytes(b"\xef\xbb\xbf" + page.read_bytes())
    assert pairs.needs(pairs.from_text(page)) == pairs.needs(before) == ["CASME2"]
    assert pairs.chapters(book) == ["one"]


@pytest.fixture
def broken_book(book):
    """A book of four chapters: the second and the third have changed and fail, as does the
    fourth, which has never run."""
    toc = (book / "_toc.yml").read_text(encoding="utf-8")
    for name in ("two", "three", "four"):
        toc += f"      - file: notebooks/{name}\n"
    (book / "_toc.yml").write_text(toc)
    text = TEXT.replace("cdmer:\n  needs: [CASME2]\n", "")
    for name in ("one", "two", "three"):
        store(book, name, text)
    (book / "book" / "one.md").write_text(text.replace("1 + 1", "1 + 2"))
    for name in ("two", "three", "four"):
        (book / "book" / f"{name}.md").write_text(text.replace("print(x)", "print(x / 0)"))
    return book


def test_the_other_chapters_are_executed_and_the_failures_are_reported(broken_book, capfd):
    names = ["one", "two", "three", "four"]
    before = {name: pairs.from_notebook(pairs.notebook_half(broken_book, name))
              for name in names}  # fmt: skip
    failed = execute.update_all(broken_book, names, {"three": ["CASME2"]}, jobs=1)
    after = {name: pairs.from_notebook(pairs.notebook_half(broken_book, name))
             for name in names}  # fmt: skip

    assert after["one"].cells[-1].outputs[0].text == "3\n"
    assert after["two"] == before["two"] and after["three"] == before["three"]
    assert after["four"].cells[-1].source == "print(x / 0)" and not after["four"].cells[-1].outputs
    zero = {"cell": 2, "source": "print(x / 0)", "error": "ZeroDivisionError: division by zero"}
    assert failed.pop("two") == zero | {"shown": "earlier"}
    assert failed.pop("four") == zero | {"shown": "none"}
    assert "without CASME2 it cannot be executed" in failed["three"]["error"]
    assert failed.keys() == {"three"}


def test_make_goes_on_and_ends_with_an_error(broken_book, monkeypatch, capsys):
    monkeypatch.setattr(execute, "ROOT", broken_book)
    assert execute.main(["--report"]) == 0
    assert execute.main(["two", "four", "--jobs", "1", "--keep-going"]) == 0
    said = execute.main(["--report"])
    assert said == "pages marked as failed in the book: notebooks/four, notebooks/two"
    assert "FAILED: notebooks/two.ipynb: code cell 2 (`print(x / 0)`): ZeroDivisionError" in (
        capsys.readouterr().out
    )

    (broken_book / "book" / "four.md").unlink()  # and with it what is said of it
    assert execute.main(["two", "--jobs", "1"]) == "not executed: two"
    (broken_book / "book" / "two.md").write_text("# No code\n")
    assert execute.main(["two", "--jobs", "1"]) == 0
    assert execute.main(["--report"]) == 0


def test_without_data_the_prose_is_renewed_and_the_outputs_stay(book):
    (book / "book" / "one.md").write_text(TEXT.replace("Prose.", "Other prose."))
    assert execute.update(book, "one", absent=["CASME2"]) == "stored outputs kept, written"
    nb = pairs.from_notebook(book / "notebooks" / "one.ipynb")
    assert nb.cells[0].source.endswith("Other prose.")
    assert nb.cells[2].outputs[0].text == "2\n"


def test_without_data_changed_code_is_an_error(book):
    (book / "book" / "one.md").write_text(TEXT.replace("1 + 1", "1 + 2"))
    with pytest.raises(RuntimeError, match="without CASME2 it cannot be executed"):
        execute.update(book, "one", absent=["CASME2"])


def test_left_out_chapters_are_named_and_recorded(book, monkeypatch, capsys):
    monkeypatch.setattr("cdmer_lib.data.available", lambda name: False, raising=False)
    left_out = execute.find_left_out(book, ["one"])
    assert left_out == {"one": ["CASME2"]}
    said = "left out, data absent: notebooks/one.ipynb (needs CASME2)"
    assert said in capsys.readouterr().out
    execute.record(book, "left_out.json", ["one"], left_out)
    assert stored_outputs.read_record(book, "left_out.json") == {"notebooks/one": ["CASME2"]}
    execute.record(book, "left_out.json", ["one"], {})
    assert stored_outputs.read_record(book, "left_out.json") == {}


@cache
def drawn(bars=(3, 5, 2, 4), curve=0.0, text="0.63"):
    """A figure as the pages have them, as base64 PNG: bars, a curve of points, a number."""
    fig, (left, right) = plt.subplots(1, 2, figsize=(8.5, 3), layout="constrained")
    left.bar(range(len(bars)), bars)
    left.set_ylim(0, 6)
    left.text(0.2, 5.4, text, fontsize=9)
    x = np.linspace(0, 1, 40)
    right.plot(x, np.sin(5 * x) + curve, "o-", ms=3)
    right.set_ylim(-1.2, 1.2)
    stream = io.BytesIO()
    fig.savefig(stream, format="png", dpi=200)
    plt.close(fig)
    return base64.b64encode(stream.getvalue()).decode()


# The axes are about 500 pixels high: 2.4 units of the curve, 6 of the bars.
@pytest.mark.parametrize(
    "rounding", [{"curve": 1e-12}, {"curve": 0.003}, {"curve": -0.004}, {"bars": (3, 5.005, 2, 4)}]
)
def test_a_picture_that_rounding_moved_is_the_same(rounding):
    assert pictures.same_picture(drawn(), drawn(**rounding))


@pytest.mark.parametrize(
    "change",
    [
        {"bars": (3, 5, 2.2, 4)},
        {"bars": (3, 5, 2)},
        {"curve": 0.05},
        {"text": ""},
        *({"text": f"0.6{digit}"} for digit in "012456789"),
    ],
    ids=str,
)
def test_a_picture_of_other_numbers_is_another(change):
    assert not pictures.same_picture(drawn(), drawn(**change))


def test_a_picture_of_another_size_is_another(book):
    small = io.BytesIO()
    imsave(small, np.zeros((20, 20)), format="png")
    small = base64.b64encode(small.getvalue()).decode()
    assert not pictures.same_picture(drawn(), small)


def test_stored_pictures_stay_where_only_rounding_differs():
    def notebook(*pictures):
        cells = []
        for i, png in enumerate(pictures):
            output = nbformat.v4.new_output("display_data", {"image/png": png, "text/plain": "<>"})
            cells.append(nbformat.v4.new_code_cell("", outputs=[output], id=str(i)))
        return nbformat.v4.new_notebook(cells=cells)

    stored, new = (drawn(), drawn()), (drawn(curve=-0.004), drawn(bars=(3, 5, 2, 3)))
    nb = pictures.keep_pictures(notebook(*new, new[0]), notebook(*stored))
    kept = [cell.outputs[0].data["image/png"] for cell in nb.cells]
    assert kept == [stored[0], new[1], new[0]]
    assert stored[0] != new[0]
