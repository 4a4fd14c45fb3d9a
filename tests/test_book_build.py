"""The rendered book works with no network. `make test` renders it first and names it by --book."""

import json
import re
from html.parser import HTMLParser
from pathlib import Path
from types import SimpleNamespace

import execute
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


def test_a_page_whose_data_are_absent_gets_a_note_below_its_title(tmp_path):
    (tmp_path / "_build").mkdir()
    (tmp_path / "_build" / "left_out.json").write_text('{"notebooks/one": ["SMIC_HS"]}')
    app = SimpleNamespace(srcdir=tmp_path)
    page = json.dumps({"cells": [{"source": "# Title"}, {"source": "x = 1"}]})
    one, two = [page], [page]
    stored_outputs.add_note(app, "notebooks/one", one)
    stored_outputs.add_note(app, "notebooks/two", two)
    title, note, code = json.loads(one[0])["cells"]
    assert (title["source"], code["source"]) == ("# Title", "x = 1")
    assert "SMIC_HS could not be had" in note["source"]
    assert two == [page]

    env = SimpleNamespace(found_docs={"notebooks/one", "notebooks/two"})
    assert stored_outputs.changed_pages(app, env, set(), set(), set()) == ["notebooks/one"]
    assert stored_outputs.changed_pages(app, env, set(), set(), set()) == []


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
    for page in execute.pages_in_toc(root):
        assert (book / f"{page}.html").exists()
        assert f'"{page}"' in search


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
    record = root / "_build" / "left_out.json"
    left_out = json.loads(record.read_text()) if record.exists() else {}
    for page in execute.pages_in_toc(root):
        html = (book / f"{page}.html").read_text(encoding="utf-8")
        assert ("The outputs on this page are the stored ones" in html) == (page in left_out), page
