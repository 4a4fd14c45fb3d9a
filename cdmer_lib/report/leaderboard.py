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
SCORES = r"^\s*(?P<part>\S+)\s+(?P<first>[0-9.]+)\s*/\s*(?P<second>[0-9.]+)\s*$"


def leaderboard(table=None):
    """The rows of the leaderboard, or of a table in its form, checked: a DataFrame of str.

    Raises ``ValueError`` for other columns, an empty field, an unknown protocol, a link that is
    none, a row given twice, and scores that :func:`scores` cannot read.
    """
    table = read("leaderboard.csv", dtype=str, keep_default_na=False) if table is None else table
    if list(table) != COLUMNS:
        raise InvalidInput(f"expected the columns {', '.join(COLUMNS)}, found {', '.join(table)}")
    for row in table.itertuples(index=False):
        for column, text in row._asdict().items():
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
    parts, texts = PARTS[row.protocol], pd.Series(row.scores.replace("->", "→").split(";"))
    found = texts.str.extract(SCORES)
    bad = ~found["part"].isin(parts) | found["part"].duplicated()
    if bad.any():
        raise InvalidInput(
            f"{row.method}: expected scores such as '{parts[-1]} 0.7109 / 72.14' "
            f"({' / '.join(NUMBERS[row.protocol])}) of {', '.join(parts)}, each once, with "
            f"semicolons between, found {texts[bad.argmax()].strip()!r}"
        )
    return found


def as_cells(row):
    """The scores of a row of CDMER with the columns of ``published_cells``, numbers as printed."""
    cells, tasks = [], {task.letters: task for task in TASKS}
    for part, first, second in scores(row).itertuples(index=False):
        if part in tasks:
            number = tasks[part].number
            kind, place = "I" if number <= 6 else "II", [str(number), *part.split("→")]
        else:
            kind, place = part.removeprefix("avg-"), [part, None, None]
        cells.append((row.source, f"TYPE-{kind}", row.method, *place, first, second))
    columns = "paper", "table", "method", "experiment", "source", "target"
    return pd.DataFrame(cells, columns=[*columns, "mean_f1", "accuracy_percent"])


def own_rows(store, tasks, *, data=None):
    """Our rows: each row of the papers on ``tasks``, chosen without target labels; as the CSV file.

    ``store`` and ``data`` are as for :func:`~cdmer_lib.report.cell_table.cell_table`.
    """
    from ..selection.choices import DEFAULT_CRITERION
    from .cell_table import cell_table

    cells = [cell_table(store, p, tasks=tasks, data=data).assign(link=LINKS[p]) for p in LINKS]
    cells = pd.concat(cells).drop_duplicates(["method", "task"]).dropna(subset="chosen_f1")
    rows = []
    for (method, link), these in cells.groupby(["method", "link"], sort=False):
        told = zip(these["task"], these["chosen_f1"], these["chosen_percent"])
        text = "; ".join(f"{task} {f1:.4f} / {percent:.2f}" for task, f1, percent in told)
        rows.append((method, "this book", "CDMER", text, link, WITHOUT_LABELS + DEFAULT_CRITERION))
    return pd.DataFrame(rows, columns=COLUMNS)
