"""The leaderboard: a row of a CSV file for each method and protocol; our rows, from the store.

Columns: ``method``; ``source``, who printed it; ``protocol``, a key of :data:`PARTS`; ``scores``;
``link``; ``chosen``, how the parameters were chosen. ``scores`` has two numbers for each part of
the protocol, in the printed digits: ``C->V 0.7056 / 70.41; N->C 0.7403 / 75.98``.
"""

import re

import pandas as pd

from ..errors import InvalidInput
from ..protocol import PROTOCOLS, TASKS
from .published import read

COLUMNS = ["method", "source", "protocol", "scores", "link", "chosen"]
WITHOUT_LABELS = "without target labels: "  # a row whose choice begins so is comparable to ours
# Paper -> where its rows were printed.
LINKS = {"A": "https://doi.org/10.1109/TKDE.2020.2985365", "B": "https://arxiv.org/abs/2111.15361"}
NUMBERS = {  # protocol -> what its two numbers are
    "CDMER": ("mean F1", "accuracy in per cent"),
    "MEGC2019": ("UF1", "UAR"),
}
#: Protocol -> the parts that its scores may name: of the twelve tasks each, and the means of the
#: six among the sets of SMIC (I) and the six others (II); of a composite evaluation the databases.
PARTS = {
    "CDMER": [*(task.letters for task in TASKS), "avg-I", "avg-II"],
    "MEGC2019": ["all", *PROTOCOLS["MEGC2019"].counts],
}


def leaderboard(table=None):
    """The rows of the leaderboard, or of a table in its form, checked: a DataFrame of str.

    Raises ``ValueError`` for other columns, an empty field, an unknown protocol, a link that is
    none, a row given twice, and scores that :func:`scores` cannot read.
    """
    table = read("leaderboard.csv", dtype=str, keep_default_na=False) if table is None else table
    if list(table) != COLUMNS:
        raise InvalidInput(f"expected the columns {', '.join(COLUMNS)}, found {', '.join(table)}")
    for row in table.itertuples():
        for column, text in zip(COLUMNS, row[1:], strict=True):
            if not text.strip():
                raise InvalidInput(f"{row.method or 'a row'}: expected {column}, found nothing")
        if row.protocol not in PARTS:
            known = f"one of {', '.join(PARTS)}"
            raise InvalidInput(f"{row.method}: expected the protocol {known}, found {row.protocol}")
        if not re.fullmatch(r"https?://\S+", row.link):
            raise InvalidInput(f"{row.method}: expected a link, https://..., found {row.link!r}")
        scores(row)
    for row in table[table.duplicated(["method", "source", "protocol"])].itertuples():
        raise InvalidInput(f"{row.method} of {row.source}: expected one row, found two")
    return table


def scores(row):
    """The scores of a row as printed: a DataFrame of str, ``part``, ``first`` and ``second``.

    Raises ``ValueError`` for text of another form, an unknown part, and one given twice.
    """
    found = []
    for text in row.scores.replace("->", "→").split(";"):
        match = re.fullmatch(r"\s*(\S+)\s+([0-9.]+)\s*/\s*([0-9.]+)\s*", text)
        if not match or match[1] not in PARTS[row.protocol] or match[1] in [p for p, *_ in found]:
            first, second = NUMBERS[row.protocol]
            raise InvalidInput(
                f"{row.method}: expected scores such as '{PARTS[row.protocol][-1]} 0.7109 / 72.14' "
                f"({first} / {second}) of {', '.join(PARTS[row.protocol])}, each once, with "
                f"semicolons between, found {text.strip()!r}"
            )
        found.append(match.groups())
    return pd.DataFrame(found, columns=["part", "first", "second"])


def as_cells(row):
    """The scores of a row of CDMER with the columns of ``published_cells``, numbers as printed."""
    cells = []
    for part, first, second in scores(row).itertuples(index=False):
        source, _, target = part.rpartition("→")
        tasks = [task.number for task in TASKS if task.letters == part]
        kind = part.removeprefix("avg-") if not tasks else "I" if tasks[0] <= 6 else "II"
        place = [row.source, f"TYPE-{kind}", row.method, str(tasks[0]) if tasks else part]
        cells.append((*place, *((source, target) if tasks else (None, None)), first, second))
    names = ["paper", "table", "method", "experiment", "source", "target"]
    return pd.DataFrame(cells, columns=[*names, "mean_f1", "accuracy_percent"])


def own_rows(store, tasks, *, data=None, root=None):
    """Our rows: each row of the papers on ``tasks``, chosen without target labels; as the CSV file.

    ``store``, ``data`` and ``root`` are as for :func:`~cdmer_lib.report.cell_table.cell_table`.
    """
    from ..selection.choices import DEFAULT_CRITERION
    from .cell_table import cell_table

    how = {"tasks": tasks, "data": data, "root": root}
    cells = [cell_table(store, paper, **how).assign(link=link) for paper, link in LINKS.items()]
    cells = pd.concat(cells).drop_duplicates(["method", "task"]).dropna(subset="chosen_f1")
    rows = []
    for (method, link), these in cells.groupby(["method", "link"], sort=False):
        told = zip(these["task"], these["chosen_f1"], these["chosen_percent"], strict=True)
        text = "; ".join(f"{task} {f1:.4f} / {percent:.2f}" for task, f1, percent in told)
        rows.append((method, "this book", "CDMER", text, link, WITHOUT_LABELS + DEFAULT_CRITERION))
    return pd.DataFrame(rows, columns=COLUMNS)
