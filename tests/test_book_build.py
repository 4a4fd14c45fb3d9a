"""The rendered book works with no network. `make test` renders it first and names it by --book."""

import json
import os
import re
import shutil
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path
from types import SimpleNamespace

import execute
import pairs
import pytest
import stored_outputs

# Attributes by which a page makes the browser fetch something, and the tags that bear them.
FETCHED = {
    "script": ["src"],
    "img": ["src", "srcset"],
    "iframe": ["src"],
    "source": ["src", "srcset"],
    "video": ["src", "poster"],
    "audio": ["src"],
    "embed": ["src"],
    "object": ["data"],
    "input": ["src"],
    "use": ["href", "xlink:href"],
}
FETCHING_LINKS = {
    "stylesheet",
    "icon",
    "preload",
    "modulepreload",
    "prefetch",
    "preconnect",
    "dns-prefetch",
    "manifest",
    "apple-touch-icon",
}
REMOTE = re.compile(r"\s*(https?:)?//", re.IGNORECASE)
REMOTE_CSS = re.compile(r"""(?:url\(|@import)\s*['"]?\s*((?:https?:)?//[^'")\s]+)""", re.IGNORECASE)


class Loads(HTMLParser):
    """Collects what a page loads (`fetched`), and the ids it defines (`ids`)."""

    def __init__(self, html):
        super().__init__()
        self.fetched, self.ids, self.in_style = [], set(), False
        self.feed(html)

    def handle_starttag(self, tag, attributes):
        attributes = {key: value or "" for key, value in attributes}
        self.in_style = tag == "style"
        self.ids.add(attributes.get("id"))
        keys = FETCHED.get(tag, [])
        if tag == "link" and FETCHING_LINKS & set(attributes.get("rel", "").lower().split()):
            keys = ["href"]
        for key in keys:
            value = attributes.get(key, "")
            self.fetched += (
                [part.split()[0] for part in value.split(",") if part.split()]
                if (key == "srcset")
                else [value] * bool(value)
            )
        self.fetched += REMOTE_CSS.findall(attributes.get("style", ""))

    def handle_data(self, data):
        if self.in_style:
            self.fetched += REMOTE_CSS.findall(data)

    def handle_endtag(self, tag):
        self.in_style = False


def remote(addresses):
    return [address for address in addresses if REMOTE.match(address)]


@pytest.fixture(scope="module")
def book(request):
    folder = request.config.getoption("--book")
    if folder is None:
        pytest.skip("no rendered book named: `make test` renders it, or pass --book _build/html")
    assert (Path(folder) / "index.html").exists(), f"no rendered book in {folder}"
    return Path(folder)


@pytest.fixture(scope="module")
def pages(book):
    # The theme leaves a template, which no page uses, in _static.
    paths = [path for path in sorted(book.rglob("*.html")) if "_static" not in path.parts]
    return {path: Loads(path.read_text(encoding="utf-8")) for path in paths}


@pytest.mark.parametrize(
    "html",
    [
        '<script src="https://cdn.example/x.js"></script>',
        '<script async src="//cdn.example/x.js"></script>',
        '<link rel="stylesheet" href="http://cdn.example/x.css">',
        '<link href="https://fonts.example" rel="preconnect" crossorigin>',
        '<img alt="x" src="https://cdn.example/x.png">',
        '<img srcset="a.png 1x, https://cdn.example/x.png 2x">',
        '<div style="background: url(https://cdn.example/x.png)"></div>',
        "<style>@import 'https://cdn.example/x.css';</style>",
    ],
)
def test_a_remote_load_is_seen(html):
    assert remote(Loads(html).fetched)


@pytest.mark.parametrize(
    "html",
    [
        '<a href="https://arxiv.org/abs/2111.15361">a link is no load</a>',
        '<link rel="canonical" href="https://book.example">',
        '<script src="_static/x.js"></script>',
        '<img src="data:image/png;base64,AAAA">',
        "<p>@import 'https://only.text'</p>",
    ],
)
def test_a_local_load_or_a_link_is_none(html):
    assert not remote(Loads(html).fetched)


def page_with_note(folder, page, text="# Title\n\nThe rest.", **lists):
    """The cells of a page after the note is added; `lists` are what `_build` holds."""
    (folder / "_build").mkdir(exist_ok=True)
    for name, found in lists.items():
        (folder / "_build" / f"{name}.json").write_text(json.dumps(found))
    cells = [
        {"cell_type": "markdown", "source": text},
        {"cell_type": "code", "source": "x = 1"},
        {"cell_type": "markdown", "source": ["It is {glue:text}`x:.0f`\n", "per cent."]},
    ]
    source = [json.dumps({"cells": cells})]
    stored_outputs.add_note(SimpleNamespace(srcdir=folder), page, source)
    first, *rest = json.loads(source[0])["cells"]
    assert rest[0] == cells[1]
    return first["source"], "".join(rest[1]["source"])


def test_a_page_whose_data_are_absent_gets_a_note_below_its_title(tmp_path):
    left_out = {"notebooks/one": ["SMIC_HS"]}
    text, _ = page_with_note(tmp_path, "notebooks/one", left_out=left_out)
    title, note, rest = text[:7], text[7:-11], text[-11:]
    assert (title, rest) == ("# Title", "\n\nThe rest.")
    assert note.strip().startswith(":::{note}") and "SMIC_HS could not be had" in note
    assert page_with_note(tmp_path, "notebooks/two")[0] == "# Title\n\nThe rest."

    app = SimpleNamespace(srcdir=tmp_path)
    env = SimpleNamespace(found_docs={"notebooks/one", "notebooks/two"})
    assert stored_outputs.changed_pages(app, env, set(), set(), set()) == ["notebooks/one"]
    assert stored_outputs.changed_pages(app, env, set(), set(), set()) == []


FAILED = {"cell": 3, "source": "assert x", "error": "ValueError: no\n```", "shown": "stored"}


@pytest.mark.parametrize(
    ("shown", "words", "number"),
    [
        ("stored", "The outputs shown are the stored ones.", "{glue:text}`x:.0f`"),
        ("earlier", "the page as it was last executed", "{glue:text}`x:.0f`"),
        ("none", "there are no outputs to show", "?"),
    ],
)
def test_a_page_that_failed_gets_a_mark_below_its_title(tmp_path, shown, words, number):
    failed = {"notebooks/one": FAILED | {"shown": shown}}
    text, last = page_with_note(
        tmp_path, "notebooks/one", "(label)=\n# Title\n\nThe rest.", failed=failed
    )
    assert text.startswith("(label)=\n# Title\n\n::::{error}\n") and text.endswith("The rest.")
    assert "code cell 3, which begins\n    assert x\nValueError: no\n```\n" in text
    assert words in text
    assert last == f"It is {number}\nper cent."


BROKEN = """\
---
kernelspec: {display_name: Python 3, language: python, name: python3}
---

# Page NAME

```{code-cell} ipython3
from myst_nb import glue
print("This is output", 7 * 6)
glue("half", 0.5)
```

The half is {glue:text}`half:.1f`.
"""


@pytest.fixture
def small_project(root, tmp_path):
    """A project of three pages, made and rendered as this one is; the last two pages fail."""
    for path in ("Makefile", "_config.yml"):
        shutil.copy(root / path, tmp_path / path)
    for path in ("book/_ext", "book/_static"):
        shutil.copytree(root / path, tmp_path / path)
    (tmp_path / "notebooks").mkdir()
    (tmp_path / ".venv").symlink_to(sys.prefix)
    (tmp_path / "_toc.yml").write_text(
        "{format: jb-book, root: book/intro, chapters: [{file: notebooks/good}, "
        "{file: notebooks/broken}, {file: notebooks/new}]}"
    )
    (tmp_path / "book" / "intro.md").write_text("# Intro\n")
    for name in ("good", "broken", "new"):
        text = BROKEN.replace("NAME", name).replace("print", "1 / 0; print")
        (tmp_path / "book" / f"{name}.md").write_text(
            BROKEN.replace("NAME", name) if name == "good" else text
        )
    text = BROKEN.replace("NAME", "broken")
    (tmp_path / "stored.md").write_text(text)
    stored = pairs.from_text(tmp_path / "stored.md")
    execute.execute(stored, tmp_path)
    execute.write_if_changed(tmp_path / "notebooks" / "broken.ipynb", stored)
    return tmp_path


def test_a_broken_page_is_one_broken_page(small_project):
    stored = (small_project / "notebooks" / "broken.ipynb").read_bytes()
    command = ["make", "book", "--old-file=.venv/installed"]
    # As from a shell, also where this test runs below another `make`.
    environment = {name: value for name, value in os.environ.items() if "MAKE" not in name}
    run = subprocess.run(
        command, cwd=small_project, env=environment, capture_output=True, text=True
    )
    assert run.returncode != 0
    said = "\n".join(run.stdout.splitlines()[-3:] + run.stderr.splitlines()[-3:])
    zero = "code cell 1 (`from myst_nb import glue`): ZeroDivisionError: division by zero"
    assert f"FAILED: notebooks/broken.ipynb: {zero}" in said
    assert f"FAILED: notebooks/new.ipynb: {zero}" in said
    assert "pages marked as failed in the book: notebooks/broken, notebooks/new" in said

    assert (small_project / "notebooks" / "broken.ipynb").read_bytes() == stored
    rendered = small_project / "_build" / "html" / "notebooks"
    html = {
        name: (rendered / f"{name}.html").read_text(encoding="utf-8")
        for name in ("good", "broken", "new")
    }
    text = {name: re.sub(r"<[^>]+>", "", page) for name, page in html.items()}
    found = {name: "This is output 42\n" in page for name, page in text.items()}
    assert found == {"good": True, "broken": True, "new": False}
    assert "The half is 0.5." in text["broken"] and "The half is ?." in text["new"]
    mark = "This page could not be executed when this book was made"
    found = {name: mark in page for name, page in text.items()}
    assert found == {"good": False, "broken": True, "new": True}
    assert "ZeroDivisionError" in text["broken"] and "admonition error" in html["broken"]


def test_pages_load_nothing_from_the_network(pages):
    found = {str(path): remote(page.fetched) for path, page in pages.items()}
    assert not {path: loads for path, loads in found.items() if loads}


def test_style_sheets_load_nothing_from_the_network(book):
    for sheet in book.rglob("*.css"):
        assert not REMOTE_CSS.findall(sheet.read_text(encoding="utf-8")), sheet


def test_what_pages_load_is_there(pages):
    for path, page in pages.items():
        for address in page.fetched:
            if not address.startswith("data:"):
                file = path.parent / address.split("?")[0].split("#")[0]
                assert file.exists(), f"{path} loads {address}"


def test_every_page_of_the_contents_is_rendered_and_searchable(book, root):
    search = (book / "searchindex.js").read_text(encoding="utf-8")
    for page in pairs.pages_in_toc(root):
        assert (book / f"{page}.html").exists()
        assert f'"{page}"' in search


def test_the_interface_page_has_every_module(book, pages, root):
    told = pages[book / "book" / "api.html"].ids
    for path in (root / "cdmer_lib").rglob("*.py"):
        module = path.relative_to(root).with_suffix("").parts
        hidden = module[1] in ("cli", "synthetic") or any(part[0] == "_" for part in module[1:])
        assert hidden or f"module-{'.'.join(module)}" in told


def test_equations_are_typeset_by_the_local_mathjax(book, pages):
    with_equations = [path for path in pages if 'class="math ' in path.read_text(encoding="utf-8")]
    assert with_equations
    for path in with_equations:
        assert any("mathjax/tex-" in address for address in pages[path].fetched), path
    assert list((book / "_static/mathjax").rglob("MathJax_Main-Regular.woff"))


NOT_PROSE = re.compile(r"<(script|style|pre|code)\b.*?</\1>|<[^>]+>", re.DOTALL)


def test_no_formula_is_left_as_text(pages):
    """A line of a formula that begins with a dash or a number starts a list and ends it."""
    left = {}
    for path in pages:
        prose = NOT_PROSE.sub("", path.read_text(encoding="utf-8"))
        if found := re.findall(r".{0,30}\$.{0,30}", prose):
            left[path.name] = found
    assert not left


def test_pages_with_stored_outputs_say_so(book, root):
    sentences = {
        "left_out.json": "The outputs on this page are the stored ones",
        "failed.json": "This page could not be executed when this book was made",
    }
    failed = stored_outputs.read_record(root, "failed.json")
    for file, sentence in sentences.items():
        found = stored_outputs.read_record(root, file).keys()
        if file == "left_out.json":
            found -= failed.keys()
        for page in pairs.pages_in_toc(root):
            html = (book / f"{page}.html").read_text(encoding="utf-8")
            assert (sentence in html) == (page in found), page
