"""The log of deviations from the print: one data file, rendered as one page of the book."""

from functools import cache
from importlib.resources import files

import pandas as pd


@cache
def deviations():
    """All entries: id, paper, place, printed, here, evidence, effect, cells, rows, page.

    ``cells`` names the published cells whose difference an entry describes, as
    ``method:experiment``, separated by semicolons; ``rows`` the methods that it concerns, or
    "all"; ``page`` is the page of the book with the evidence.
    """
    return pd.read_csv(files(__package__) / "deviations.csv", dtype=str, keep_default_na=False)


def documented_in(method, experiment):
    """Id of the entry that describes a cell's difference, or an empty string."""
    named, _ = _entries(method, experiment)
    return named[0].id if named else ""


def concerning(method, experiment):
    """The entries that concern a cell, as named tuples: first those that name the cell."""
    named, general = _entries(method, experiment)
    return named + general


def _entries(method, experiment):
    """Entries that name the cell, and others that concern its method."""
    named, general = [], []
    for entry in deviations().itertuples():
        if f"{method}:{experiment}" in entry.cells.split(";"):
            named.append(entry)
        elif {method, "all"} & set(entry.rows.split(";")):
            general.append(entry)
    return named, general
