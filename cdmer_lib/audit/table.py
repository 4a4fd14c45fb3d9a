"""Tables to be audited: a file that somebody typed, or the papers' own, checked when read."""

from dataclasses import dataclass
from importlib.resources import files

import numpy as np
import pandas as pd

from ..errors import InvalidInput
from ..protocol import DATABASES, LABELS
from ..report.published import PAPERS, ROWS
from .feasible import check_size

REQUIRED = ("method", "target", "mean_f1", "accuracy_percent")
OPTIONAL = ("paper", "table", "place", "source")
MAX_DECIMALS = 6
AVERAGE = "Average"  # the row that holds means over the methods
PAPERS_COUNTS = {d.letter: d.counts for d in DATABASES.values()} | {
    d.name: d.counts for d in DATABASES.values()
}


@dataclass(frozen=True)
class PrintedTable:
    """Printed cells with the class counts of their targets.

    Attributes
    ----------
    cells, averages : DataFrame
        ``paper``, ``table``, ``place``, ``method``, ``source``, ``target``, ``task`` (``V→N``, or
        the target alone where no source is given; empty in the averages of a row), ``mean_f1``,
        ``accuracy_percent`` (NaN where not printed), ``where`` (paper, table and place in words).
    counts : dict of str to tuple of int
        True samples of each class, by target.
    f1_decimals, percent_decimals : int
        Digits printed after the point: the most that a column shows.
    """

    cells: pd.DataFrame
    averages: pd.DataFrame
    counts: dict
    f1_decimals: int
    percent_decimals: int

    @property
    def f1_scale(self):
        """Units of the last digit in 1."""
        return 10**self.f1_decimals

    @property
    def percent_scale(self):
        """Units of the last digit in 1 per cent."""
        return 10**self.percent_decimals

    def show(self, mean_f1, percent):
        """Two numbers with the digits that the table prints, a dash where there is none."""
        f1 = "–" if np.isnan(mean_f1) else f"{mean_f1:.{self.f1_decimals}f}"
        return f"{f1} / " + ("–" if np.isnan(percent) else f"{percent:.{self.percent_decimals}f}")

    def class_name(self, target, index):
        """Name of a class of the papers' databases, or its number counted from 1."""
        return LABELS[index + 1] if target in PAPERS_COUNTS else f"class {index + 1}"


def papers_table():
    """Cells of both papers' tables, and the averages that their text names: a plain DataFrame."""
    parts = []
    for name in ("published_results.csv", "printed_in_text.csv"):
        with files("cdmer_lib.report").joinpath(name).open() as file:
            parts.append(pd.read_csv(file, dtype=str, keep_default_na=False))
    table = pd.concat(parts).fillna("")
    return table.assign(
        paper=table["paper"].replace(PAPERS), method=table["method"].replace(ROWS)
    ).reset_index(drop=True)


def read_table(path):
    """A CSV file as text, digits as typed; see :func:`~cdmer_lib.audit.audit.audit`."""
    try:
        return pd.read_csv(path, dtype=str, keep_default_na=False, encoding="utf-8-sig")
    except (pd.errors.ParserError, pd.errors.EmptyDataError, UnicodeDecodeError) as error:
        raise InvalidInput(f"{path}: expected a CSV file with a header line: {error}") from None


def parse_counts(texts):
    """``["VIS=23,28,20"]`` as ``{"VIS": (23, 28, 20)}``; ``ValueError`` for anything else."""
    counts = {}
    for text in texts:
        name, _, numbers = text.partition("=")
        try:
            counts[name.strip()] = tuple(int(number) for number in numbers.split(","))
        except ValueError:
            raise InvalidInput(
                f"expected class counts such as VIS=23,28,20, found {text!r}"
            ) from None
    return counts


def printed_table(table, counts=None):
    """Check a table and split it; the format is that of :func:`~cdmer_lib.audit.audit.audit`.

    Raises
    ------
    ValueError
        A missing column, a number that is none or out of range, a cell given twice, a target
        without class counts, class counts out of range.
    """
    if absent := [name for name in REQUIRED if name not in table.columns]:
        raise InvalidInput(
            f"expected the columns {', '.join(REQUIRED)}, found no {', '.join(absent)}; "
            f"columns are {', '.join(map(str, table.columns))}"
        )
    text = table.reindex(columns=[*OPTIONAL, *REQUIRED])
    text = text.astype(object).where(text.notna(), "").astype(str)
    text = text.apply(lambda column: column.str.strip())
    decimals = {name: _decimals(text[name]) for name in REQUIRED[2:]}
    frame = text.assign(
        mean_f1=_numbers(text["mean_f1"], 1, "mean F1 a fraction from 0 to 1"),
        accuracy_percent=_numbers(text["accuracy_percent"], 100, "accuracy in per cent, 0 to 100"),
        task=np.where(text["source"] == "", text["target"], text["source"] + "→" + text["target"]),
    )
    frame["task"] = frame["task"].where(frame["target"] != "", "")
    frame["where"] = (frame["paper"] + " " + frame["table"]).str.strip()
    frame["where"] += frame["place"].map(lambda place: f", {place}" if place else "")
    mean = (frame["target"] == "") | (frame["method"] == AVERAGE)
    cells, averages = frame[~mean], frame[mean]
    twice = cells[cells.duplicated(["where", "method", "task"])]
    if len(twice):
        row = twice.iloc[0]
        raise InvalidInput(f"{row.method}, {row.task}: given twice in table {row['where']!r}")
    if max(decimals.values()) > MAX_DECIMALS:
        raise InvalidInput(
            f"expected at most {MAX_DECIMALS} decimals in a column, found {decimals}"
        )
    counts = PAPERS_COUNTS | (counts or {})
    for target in cells["target"].unique():
        if target not in counts:
            raise InvalidInput(
                f"no class counts for the target {target!r}: give them, e.g. {target}=23,28,20"
            )
        check_size(counts[target])
    return PrintedTable(
        cells.reset_index(drop=True), averages.reset_index(drop=True), counts, *decimals.values()
    )


def _decimals(column):
    """Digits after the point, the most of a column: 0.80 in a column with 0.8002 is 0.8000."""
    return max((len(text.partition(".")[2]) for text in column), default=0)


def _numbers(column, top, expected):
    numbers = pd.to_numeric(column.where(column != "", "nan"), errors="coerce")
    bad = (numbers.isna() & (column != "")) | (numbers < 0) | (numbers > top)
    if bad.any():
        raise InvalidInput(
            f"row {bad.argmax() + 1} of the table: expected {expected}, "
            f"found {column[bad].iloc[0]!r}"
        )
    return numbers
