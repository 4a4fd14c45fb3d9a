"""Every page of the book is one that can be read: DESIGN's list, kept by machine.

The text halves and the stored notebooks are always read. The rendered pages are read where
``--book`` names them, and looked at where Chromium is installed.
"""

import base64
import os
import re
import struct
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urldefrag

import browser
import jupytext
import pairs
import pytest

ROOT = Path(__file__).parents[1]
PAGES = {Path(page).name: page for page in pairs.pages_in_toc(ROOT)}
WORDS, COLUMNS, WIDTH = 3000, 80, 1280

# Pages that a rule does not concern, with the reason.
EXEMPT = {
    "cites": {
        "api": "made from docstrings, which name their sources in words",
        "contributing": "is a file of the repository too, where no citation works",
        "changelog": "is a file of the repository too, where no citation works",
    },
    "box": {
        "intro": "the first page is all of it a summary",
        "bibliography": "a list",
        "contributing": "is a file of the repository too, where no box works",
        "api": "made from docstrings",
        "citation": "a list",
        "take_away": "a list",
        "changelog": "a list",
    },
}

# Pages that break a rule still. A page that is mended must leave its list.
NOT_YET = {}


def compare(rule, broken):
    """`broken` ({page: what is wrong}) must be what the two lists above say of a rule."""
    excused = {*EXEMPT.get(rule, {}), *NOT_YET.get(rule, "").split()}
    new = {page: what for page, what in broken.items() if page not in excused}
    assert not new, f"{rule}: {len(new)} pages break it: {new}"
    assert not (mended := excused - broken.keys()), f"{rule}: kept now, take off the list: {mended}"


# The text halves and the notebooks


@cache
def text_half(page):
    return (ROOT / "book" / f"{page}.md").read_text(encoding="utf-8")


@cache
def cells(page):
    return jupytext.reads(text_half(page), fmt="md:myst").cells


def prose_and_code(page):
    """The lines of a page that are prose, and those that are code.

    Text in an admonition, a figure or a list of tabs is prose.
    """
    prose, code = [], []
    for cell in cells(page):
        if cell.cell_type == "code":
            code += cell.source.splitlines()
            continue
        fence = None
        for line in cell.source.splitlines():
            opened = re.match(r"\s*(`{3,}|~{3,})\s*(\S*)", line)
            if fence:
                if opened and opened[1].startswith(fence) and not opened[2]:
                    fence = None
                else:
                    code.append(line)
            elif opened and not opened[2].startswith("{") and line.strip("`~ ") != "":
                fence = opened[1]
            else:
                prose.append(line)
    return prose, code


def n_words(page):
    """Words of the prose; a formula is one."""
    text = "\n".join(prose_and_code(page)[0])
    text = re.sub(
        r"\\begin\{align\*?\}.*?\\end\{align\*?\}|\$\$.*?\$\$", "M", text, flags=re.DOTALL
    )
    return len(re.sub(r"\$[^$]+\$", "M", text).split())


def test_no_line_of_code_is_longer_than_the_page():
    found = {
        page: [line for line in prose_and_code(page)[1] if len(line) > COLUMNS] for page in PAGES
    }
    compare("code", {page: lines[:2] for page, lines in found.items() if lines})


def test_no_page_is_two_pages():
    found = {page: n_words(page) for page in PAGES}
    compare("words", {page: n for page, n in found.items() if n > WORDS})


def test_every_page_cites():
    compare("cites", {page: "no {cite}" for page in PAGES if "{cite" not in text_half(page)})


def test_every_page_begins_with_its_box():
    lines = ("This page in three lines", "What you will learn", "What you need", "What was found")
    found = {page: [line for line in lines if line not in text_half(page)] for page in PAGES}
    compare("box", {page: absent for page, absent in found.items() if absent})


def pictures(page):
    """Of each stored picture: its pixels across, and the width at which it is shown."""
    for cell in pairs.from_notebook(pairs.notebook_half(ROOT, page)).cells:
        for output in cell.get("outputs", []):
            if png := output.get("data", {}).get("image/png"):
                header = base64.b64decode(png[:32])
                shown = output.metadata.get("image/png", {}).get("width", 0)
                yield struct.unpack(">I", header[16:20])[0], shown


def test_pictures_are_stored_at_double_resolution():
    found = {
        page: [width for width, shown in pictures(page) if not 1.9 * shown < width < 2.1 * shown]
        for page, name in PAGES.items()
        if name.startswith("notebooks/")
    }
    compare("sharp", {page: widths for page, widths in found.items() if widths})


# The rendered book


@pytest.fixture(scope="module")
def book(request):
    folder = request.config.getoption("--book")
    if folder is None:
        pytest.skip("no rendered book named: `make test` renders it, or pass --book _build/html")
    return Path(folder).resolve()


class Pictures(HTMLParser):
    """Pictures of the article: (source, alt text, whether a numbered caption stands below)."""

    def __init__(self, html):
        super().__init__()
        self.inside, self.figure, self.found = False, None, []
        self.feed(html)

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        if tag == "article":
            self.inside = True
        elif tag == "figure":
            self.figure = [len(self.found), False]
        elif tag == "img" and self.inside:
            self.found.append((attributes.get("src", ""), attributes.get("alt") or "", False))
        elif attributes.get("class") == "caption-number" and self.figure:
            self.figure[1] = True

    def handle_endtag(self, tag):
        if tag == "article":
            self.inside = False
        elif tag == "figure" and self.figure:
            first, numbered = self.figure
            self.found[first:] = [(*picture[:2], numbered) for picture in self.found[first:]]
            self.figure = None


def wrong_pictures(html):
    found = []
    for source, alt, numbered in Pictures(html).found:
        if len(alt.split()) < 5 or re.search(r"\.(png|svg|jpe?g)$|^_?images", alt):
            found.append(f"{source[-20:]}: alt text {alt[-40:]!r}")
        elif not numbered:
            found.append(f"{source[-20:]}: no numbered caption")
    return found


ALT = "Two curves that fall to the right."
CAPTION = '<figcaption><span class="caption-number">Fig. 1.1 </span>Curves.</figcaption>'


@pytest.mark.parametrize(
    ("html", "n"),
    [
        (f'<article><figure><img src="a.png" alt="{ALT}">{CAPTION}</figure></article>', 0),
        (f'<article><img src="a.png" alt="{ALT}"></article>', 1),
        (f'<article><figure><img src="a.png" alt="_images/a.png">{CAPTION}</figure></article>', 1),
        (f'<article><figure><img src="a.png">{CAPTION}</figure></article>', 1),
        (f'<article><figure><img src="a.png" alt="{ALT}"></figure></article>', 1),
        (f'<article><img src="a.png" alt="{ALT}"><figure>{CAPTION}</figure></article>', 1),
        ('<img src="logo.png">', 0),
    ],
)
def test_a_picture_without_alt_text_or_caption_is_seen(html, n):
    assert len(wrong_pictures(html)) == n


def test_pictures_have_alt_texts_and_numbered_captions(book):
    found = {page: wrong_pictures((book / f"{name}.html").read_text(encoding="utf-8"))
             for page, name in PAGES.items()}  # fmt: skip
    compare("captions", {page: what for page, what in found.items() if what})


def broken_links(folder):
    """Links of the pages below `folder` that lead to no page, or to no place on it."""
    pages = {p.resolve(): p.read_text(encoding="utf-8")
             for p in folder.rglob("*.html") if "_static" not in p.parts}  # fmt: skip
    places = {
        path: set(re.findall(r'\s(?:id|name)="([^"]+)"', html)) for path, html in pages.items()
    }
    for path, html in pages.items():
        for address in re.findall(r'<a\s[^>]*\bhref="([^"]*)"', html):
            file, anchor = map(unquote, urldefrag(address))
            if re.match(r"[a-z]+:", file):
                continue
            target = (path.parent / file).resolve() if file else path
            if not target.exists() or (anchor and target in pages and anchor not in places[target]):
                yield f"{path.relative_to(folder.resolve())}: {address}"


def test_a_broken_link_is_seen(tmp_path):
    (tmp_path / "a.html").write_text(
        '<p id="x"><a href="b.html#y">1</a><a href="#x">2</a><a href="https://x.example">3</a>'
        '<a href="b.html#z">4</a><a class="c" href="c.html">5</a>'
    )
    (tmp_path / "b.html").write_text('<p id="y">')
    assert list(broken_links(tmp_path)) == ["a.html: b.html#z", "a.html: c.html"]


def test_every_link_leads_to_its_place(book):
    """Also in the pages of source code."""
    assert list((book / "_modules").rglob("*.html"))
    assert not list(broken_links(book))


def test_a_term_shows_its_meaning(book):
    """Every link to a term has the text of the glossary as its title."""
    meaning = "One entry of a published table: the scores of one row"
    html = (book / "notebooks/results.html").read_text(encoding="utf-8")
    assert f'#term-cell" title="{meaning}' in html
    for name in PAGES.values():
        html = (book / f"{name}.html").read_text(encoding="utf-8")
        for link in re.findall(r'<a [^>]*href="[^"]*glossary\.html#term-[^"]*"[^>]*>', html):
            assert " title=" in link, (name, link)


def test_every_page_names_its_edition_and_leads_to_nothing_absent(book):
    for name in PAGES.values():
        html = (book / f"{name}.html").read_text(encoding="utf-8")
        assert re.search(r"cdmer-lib [0-9.]+, commit \w+", html), name
        assert bool(os.environ.get("BOOK_REPOSITORY")) == ("mybinder.org" in html), name


# The book in a browser

# Tables that are wider than what they stand in, by how many pixels. A cell tagged "full-width" may
# use the margin too.
TOO_WIDE = """[...document.querySelectorAll("article table")].map(table => {
  const place = table.parentElement, left = place.getBoundingClientRect().left;
  const edge = table.closest(".tag_full-width") ? "body" : "article";
  const end = document.querySelector(edge).getBoundingClientRect().right;
  const right = table.getBoundingClientRect().right;
  return Math.round(right - Math.min(left + place.clientWidth, end));
}).filter(pixels => pixels > 1)"""


@pytest.fixture(scope="module")
def look(tmp_path_factory):
    """``look(addresses)``: what a browser sees of pages, or a skip that says what is absent."""
    if not browser.CHROMIUM:
        pytest.skip("Chromium absent: neither tables nor consoles of pages were looked at")
    return lambda addresses: browser.visit_all(addresses, WIDTH, TOO_WIDE)


def asked_elsewhere(seen):
    return [
        address for address in seen.asked if not address.startswith(("file:", "data:", "blob:"))
    ]


def test_what_a_browser_sees_of_a_bad_page(look, tmp_path):
    page = tmp_path / "bad.html"
    page.write_text(
        "<article style='width: 300px'><div style='overflow-x: auto'>"
        "<table><td style='min-width: 400px'>wide</table></div><table><td>narrow</table></article>"
        "<script>console.error('said'); fetch('https://x.example/').catch(() => 0);"
        "throw Error('thrown')</script>"
    )
    (seen,) = look([page.as_uri()]).values()
    (pixels,) = seen.answers
    assert 100 < pixels < 120
    assert "said" in str(seen.errors) and "thrown" in str(seen.errors)
    assert asked_elsewhere(seen) == ["https://x.example/"]


def test_pages_in_a_browser(book, look):
    """No table is wider than its place, no error on the console, nothing asked of the network."""
    names = {(book / f"{name}.html").as_uri(): page for page, name in PAGES.items()}
    seen = {names[address]: found for address, found in look(names).items()}
    assert not {page: found.errors for page, found in seen.items() if found.errors}
    assert not {page: found for page in seen if (found := asked_elsewhere(seen[page]))}
    compare("tables", {page: found.answers for page, found in seen.items() if found.answers})
