"""Print the whole book into one PDF: ``python pdf.py FOLDER PDF``.

FOLDER is what Sphinx's builder ``singlehtml`` wrote: one page, whose paths begin at FOLDER although
it lies in a folder below. Without Chromium nothing is printed, and the script says so.
"""

import asyncio
import base64
import shutil
import sys
from pathlib import Path

import browser

from cdmer_lib.files import replacing

PAGE = {  # A4, in inches
    "paperWidth": 8.27,
    "paperHeight": 11.69,
    "printBackground": True,
    "displayHeaderFooter": True,
    "headerTemplate": "<span></span>",
    "footerTemplate": "<div style='font-size: 8px; width: 100%; text-align: center'>"
    "<span class='pageNumber'></span></div>",
}
# Light, and links that code made to other pages lead to their chapters.
READY = """(() => {
  Object.assign(document.documentElement.dataset, {theme: "light", mode: "light"});
  for (const link of document.querySelectorAll("article a[href*='.html']")) {
    const [, name, place] = link.getAttribute("href").match(/([^/]+)[.]html#?(.*)$/) ?? [];
    const chapter = document.querySelector(`[id^="document-"][id$="/${name}"]`);
    if (chapter) link.setAttribute("href", "#" + (place || chapter.id));
  }
})()"""


def one_page(folder):
    """The page, copied to where its paths begin."""
    (page,) = (p for p in folder.glob("*/*.html") if p.parent.name != "_static")
    return shutil.copy(page, folder / "book.html")


async def print_page(html, pdf):
    async with browser.tab() as page:
        await page.visit(html.resolve().as_uri(), 1280, READY)
        told = await page.do("Page.printToPDF", **PAGE)
    with replacing(pdf) as partial:
        partial.write_bytes(base64.b64decode(told["data"]))


def main(folder, pdf):
    if not browser.CHROMIUM:
        return "no PDF: Chromium is not installed (chromium, chromium-browser or google-chrome)"
    asyncio.run(print_page(one_page(Path(folder)), Path(pdf)))
    print(f"The book: {Path(pdf).resolve()}")
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
