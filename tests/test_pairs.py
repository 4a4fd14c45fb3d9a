"""The two halves of each chapter are in step, and the check that says so can fail."""

import execute
import nbformat
import pytest

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
        "root: book/intro\nparts:\n  - chapters:\n      - file: notebooks/one\n"
    )
    (tmp_path / "book" / "intro.md").write_text("# Intro\n")
    (tmp_path / "book" / "one.md").write_text(TEXT)
    nb = execute.from_text(tmp_path / "book" / "one.md")
    for count, cell in enumerate((c for c in nb.cells if c.cell_type == "code"), start=1):
        cell.execution_count = count
    cell.outputs = [nbformat.v4.new_output("stream", name="stdout", text="2\n")]
    execute.write_if_changed(tmp_path / "notebooks" / "one.ipynb", nb)
    return tmp_path


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
    assert execute.problems(root) == []


def test_a_pair_in_step_has_no_problems(book):
    assert execute.problems(book) == []


def test_the_header_reaches_the_notebook(book):
    assert execute.needs(execute.from_notebook(book / "notebooks" / "one.ipynb")) == ["CASME2"]


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
    assert complaint in "\n".join(execute.problems(book))


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        (lambda nb: nb.cells[1].update(source="x = 3"), "cell 2 differs"),
        (lambda nb: nb.cells.pop(), "cell 3 stands in only one half"),
        (lambda nb: nb.cells[2].update(execution_count=None), "cell 3 has no stored run"),
        (lambda nb: nb.cells[2].outputs[0].update(name="stderr"), "cell 3 stores a warning: 2"),
        (lambda nb: nb.cells[2].update(source="print(x);"), "cell 3 ends in a semicolon"),
        (lambda nb: nb.metadata.update(author="me"), "other metadata"),
    ],
)
def test_a_change_of_the_notebook_alone_is_found(book, edit, change, complaint):
    edit(change)
    assert complaint in "\n".join(execute.problems(book))


def test_absent_halves_and_unlisted_chapters_are_found(book):
    (book / "notebooks" / "one.ipynb").rename(book / "notebooks" / "two.ipynb")
    (book / "book" / "intro.md").unlink()
    assert execute.problems(book) == [
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
    assert execute.problems(book) == []


def test_a_cell_that_fails_leaves_the_stored_notebook_alone(book):
    path = book / "notebooks" / "one.ipynb"
    before = path.read_bytes()
    (book / "book" / "one.md").write_text(TEXT.replace("print(x)", "assert x == 3"))
    with pytest.raises(Exception, match="AssertionError"):
        execute.update(book, "one")
    assert path.read_bytes() == before
    assert list(path.parent.iterdir()) == [path]


def test_without_data_the_prose_is_renewed_and_the_outputs_stay(book):
    (book / "book" / "one.md").write_text(TEXT.replace("Prose.", "Other prose."))
    assert execute.update(book, "one", absent=["CASME2"]) == "stored outputs kept, written"
    nb = execute.from_notebook(book / "notebooks" / "one.ipynb")
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
    execute.record_left_out(book, ["one"], left_out)
    assert "notebooks/one" in (book / "_build" / "left_out.json").read_text()
    execute.record_left_out(book, ["one"], {})
    assert (book / "_build" / "left_out.json").read_text() == "{}"


def test_pictures_are_compared_by_their_pixels():
    import base64
    import io

    import numpy as np
    from matplotlib.image import imsave

    def png(pixels):
        stream = io.BytesIO()
        imsave(stream, pixels, format="png", cmap="gray", vmin=0, vmax=1)
        return base64.b64encode(stream.getvalue()).decode()

    pixels = np.tile(np.linspace(0, 1, 20), (20, 1))
    assert execute.same_picture(png(pixels), png(pixels + 0.01))
    moved = pixels.copy()
    moved[3, 4] += 0.5
    assert not execute.same_picture(png(pixels), png(moved))
    assert not execute.same_picture(png(pixels), png(pixels[:10]))
