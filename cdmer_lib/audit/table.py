"""Tables to be audited: a file that somebody typed, or the papers' own, checked when read."""

import csv
from dataclasses import dataclass
from functools import cache

import numpy as np
import pandas as pd

from ..errors import InvalidInput
from ..files import user_path
from ..protocol import DATABASES, LABELS
from ..report.printed_digits import possible_hits, slips
from ..report.published import PAPERS, ROWS, read
from .feasible import check_size, macro_f1, witness

KINDS = ["mean_f1", "accuracy_percent"]
REQUIRED = ["method", "target", *KINDS]
OPTIONAL = ["paper", "table", "place", "source"]
MAX_DECIMALS = 6
AVERAGE = "Average"  # the row that holds means over the methods
PAPERS_COUNTS = {key: d.counts for d in DATABASES.values() for key in (d.letter, d.name)}
_witness = cache(witness)  # the papers print most cells several times


@dataclass(frozen=True)
class PrintedTable:
    """Printed cells and averages, the class counts by target, the decimals of each column.

    ``cells`` and ``averages`` have the columns of the table that was read, numbers as float (NaN
    where not printed), ``task`` (``V→N``, or the target alone; empty in the averages of a row) and
    ``where`` (paper, table and place in words). ``decimals`` are the most digits that a column
    shows after the point: 0.80 in a column with 0.8002 is 0.8000.
    """

    cells: pd.DataFrame
    averages: pd.DataFrame
    counts: dict
    decimals: dict

    def scale(self, kind):
        """Units of the last digit in a mean F1 of 1, or in an accuracy of 1 per cent."""
        return 10 ** self.decimals[kind]

    def text(self, kind, value):
        """A number with the digits that the table prints, a dash for NaN."""
        return "–" if np.isnan(value) else f"{value:.{self.decimals[kind]}f}"

    def show(self, *pair):
        """Mean F1 and accuracy as text."""
        return " / ".join(map(self.text, KINDS, pair))

    def slips(self, kind, value):
        """The numbers that are one slip away from a printed one, and which slip: a dict."""
        digits, scale = self.decimals[kind] + 2 * (kind == "accuracy_percent"), self.scale(kind)
        return {u / scale: slip for u, slip in slips(round(value * scale), digits).items()}

    def class_name(self, target, index):
        """Name of a class of the papers' databases, or its number counted from 1."""
        return LABELS[index + 1] if target in PAPERS_COUNTS else f"class {index + 1}"

    def constant_f1(self, target):
        """Mean F1 of always predicting a class, as printed, for each: 2 n / (n + N) over C."""
        counts = self.counts[target]
        f1 = (2 * n / (n + sum(counts)) / len(counts) for n in counts)
        return [round(value, self.decimals["mean_f1"]) for value in f1]

    def hits(self, target, percent, rule="nearest"):
        """The whole numbers of samples that a printed accuracy can mean; none of NaN."""
        how = sum(self.counts[target]), self.decimals["accuracy_percent"], rule
        return [] if np.isnan(percent) else possible_hits(percent, *how)

    def witness(self, target, hits, mean_f1, rule="nearest", score=macro_f1):
        """A confusion matrix with this mean F1 and one of these numbers of hits, or None."""
        how = mean_f1, self.decimals["mean_f1"], rule, score
        hits = [] if np.isnan(mean_f1) else hits
        found = (_witness(self.counts[target], k, *how) for k in hits)
        return next((matrix for matrix in found if matrix is not None), None)


def papers_table():
    """Published cells of both papers and the averages in their text: a DataFrame of str."""
    names = "published_results.csv", "printed_in_text.csv"
    parts = [read(name, dtype=str, keep_default_na=False) for name in names]
    return pd.concat(parts, ignore_index=True).fillna("").replace({"paper": PAPERS, "method": ROWS})


def read_table(path):
    """A CSV file as text, digits as typed; see :func:`~cdmer_lib.audit.audit.audit`."""
    try:
        with open(user_path(path), encoding="utf-8-sig", newline="") as file:
            reader = csv.reader(file, strict=True)
            rows = [(reader.line_num, row) for row in reader if row]  # an empty line is no row
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise InvalidInput(f"{path}: expected a CSV file in UTF-8: {error}") from None
    if not rows:
        raise InvalidInput(f"{path}: expected a CSV file with a header line, found nothing")
    (_, header), *rows = rows
    for line, row in rows:
        if len(row) != len(header):
            raise InvalidInput(
                f"{path}, line {line}: expected {len(header)} fields between commas, as in the "
                f"header, found {len(row)}; leave a field empty where nothing is printed"
            )
    return pd.DataFrame([row for _, row in rows], columns=header, dtype=str)


def parse_counts(texts):
    """``["VIS=23,28,20"]`` as ``{"VIS": (23, 28, 20)}``; ``ValueError`` for anything else."""
    counts = {}
    for text in texts:
        name, _, numbers = text.partition("=")
        try:
            counts[name.strip()] = tuple(map(int, numbers.split(",")))
        except ValueError:
            raise InvalidInput(
                f"expected class counts such as VIS=23,28,20, found {text!r}"
            ) from None
    return counts


def printed_table(table, counts=None):
    """Check a table and split it; the format is that of :func:`~cdmer_lib.audit.audit.audit`.

    Raises ``ValueError`` for columns that are absent or there twice, a table without cells, a
    number that is none or out of range, a cell given twice, a target without class counts, and
    class counts out of range.
    """
    found = ", ".join(map(str, table))
    if absent := ", ".join(name for name in REQUIRED if name not in table):
        wanted = ", ".join(REQUIRED)
        raise InvalidInput(f"expected the columns {wanted}, found no {absent} in {found}")
    if not table.columns.is_unique:
        raise InvalidInput(f"expected each column once, found {found}")
    text = table.reindex(columns=[*OPTIONAL, *REQUIRED]).astype(object)
    text = text.where(text.notna(), "").astype(str).map(str.strip).reset_index(drop=True)
    decimals = {k: max((len(t.partition(".")[2]) for t in text[k]), default=0) for k in KINDS}
    arrow = text["source"].where(text["source"] == "", text["source"] + "→")
    place = text["place"].where(text["place"] == "", ", " + text["place"])
    frame = text.assign(
        mean_f1=_numbers(text["mean_f1"], 1, "mean F1 a fraction from 0 to 1, as 0.7381"),
        accuracy_percent=_numbers(text["accuracy_percent"], 100, "accuracy in per cent, as 73.98"),
        task=(arrow + text["target"]).where(text["target"] != "", ""),
        where=(text["paper"] + " " + text["table"]).str.strip() + place,
    )
    mean = (frame["target"] == "") | (frame["method"] == AVERAGE)
    cells, averages = (frame[some].reset_index(drop=True) for some in (~mean, mean))
    if cells[KINDS].isna().all(axis=None):
        raise InvalidInput(
            f"nothing to check: expected a row for each printed cell, with target and numbers, "
            f"found {len(cells)} cells without a number and {len(averages)} averages"
        )
    for row in cells[cells.duplicated(["where", "method", "task"])].itertuples():
        raise InvalidInput(f"{row.method}, {row.task}: given twice in table {row.where!r}")
    if max(decimals.values()) > MAX_DECIMALS:
        raise InvalidInput(f"expected at most {MAX_DECIMALS} decimals a column, found {decimals}")
    counts = {name: tuple(n) for name, n in (PAPERS_COUNTS | (counts or {})).items()}
    for target in cells["target"].unique():
        if target not in counts:
            raise InvalidInput(
                f"no class counts for the target {target!r}: give them, as {target}=23,28,20"
            )
        check_size(counts[target])
    return PrintedTable(cells, averages, counts, decimals)


def _numbers(column, top, expected):
    """Printed digits as numbers, NaN of an empty field; 1e-3 does not say how much is printed."""
    plain = column.str.fullmatch(r"[0-9]+\.?[0-9]*|\.[0-9]+")
    numbers = pd.to_numeric(column.where(plain, ""), errors="coerce")
    bad = (column != "") & ~numbers.between(0, top)
    if bad.any():
        where, found = bad.argmax() + 1, column[bad].iloc[0]
        raise InvalidInput(f"row {where} of the table: expected {expected}, found {found!r}")
    return numbers
