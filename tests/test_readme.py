"""The README's table is the output of a command, not typed."""

from pathlib import Path

from cdmer_lib.experiments import Store
from cdmer_lib.report.compare import headline

ROOT = Path(__file__).parents[1]


def test_headline_table_is_the_store_s():
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    assert headline(Store(ROOT / "results")) in text, "run: cdmer table --headline"
