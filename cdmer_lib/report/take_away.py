"""The tables of results and the log of deviations as files, for other papers and programs."""

from ..errors import StoreMissing
from ..files import replacing
from ..protocol import TASKS
from .compare import TABLES, comparison
from .published import deviations, paper_map, published_cells

DIGITS = {"printed_f1": 4, "printed_percent": 2, "mean_f1": 4, "percent": 2}


def tables_to_take_away(store):
    """Every table that a reader may want elsewhere, as {name: (long, wide)}.

    ``long`` is a DataFrame, a row a cell, for programs. ``wide`` is for print, a row a method and a
    column a task. The names are those of the papers' tables: ``A_III``, ``A_IV``, ``B_II`` and
    ``B_III`` with "ours / printed" mean F1, left out where ``store`` has no sweep; ``A_V``,
    ``A_VI`` and ``A_VII`` as printed; then ``deviations`` (wide: what it says alone) and
    ``paper_map``.
    """
    tables = {}
    for paper, names in TABLES.items():
        for name, tasks in zip(names, (TASKS[:6], TASKS[6:]), strict=True):
            try:
                long = comparison(store, paper, "paper", tasks=tasks)
            except StoreMissing:
                continue
            long = long.drop(columns=["grid", "seconds"]).round(DIGITS)
            cell = _digits(long["mean_f1"]) + " / " + _digits(long["printed_f1"])
            tables[f"{paper}_{name}"] = long, _wide(long, cell, "task")
    for name in ("V", "VI", "VII"):
        long = published_cells("A", name)
        tables[f"A_{name}"] = long, _wide(long, _digits(long["mean_f1"]), "experiment")
    log, where = deviations(), paper_map()
    where = where.assign(**{name: where[name].str.join(" ") for name in ("pages", "entries")})
    tables["deviations"] = log, log[["id", "paper", "place", "printed", "here"]]
    tables["paper_map"] = where, where
    return tables


def _digits(values):
    return values.map("{:.4f}".format, na_action="ignore").fillna("–")


def _wide(long, cell, columns):
    wide = long.assign(cell=cell).pivot(index="method", columns=columns, values="cell").fillna("")
    return wide.loc[long["method"].unique(), long[columns].unique()].reset_index()


def write_tables(store, folder):
    """Write each table as CSV (long) and LaTeX (wide) below a folder; returns the names."""
    tables = tables_to_take_away(store)
    for name, (long, wide) in tables.items():
        texts = {"csv": long.to_csv(index=False, lineterminator="\n"), "tex": latex(wide)}
        for kind, text in texts.items():
            with replacing(folder / f"{name}.{kind}") as partial:
                partial.write_text(text, encoding="utf-8")
    return list(tables)


def latex(table, longtable=True):
    """A table as LaTeX, for the packages booktabs and longtable; long columns are paragraphs."""
    text = table.rename(columns=str).astype(str)
    long = [text[name].str.len().max() > 25 for name in text]
    share = rf"p{{{0.7 / max(sum(long), 1):.2f}\linewidth}}"
    columns = "".join(share if wide else "l" for wide in long)
    how = {"index": False, "escape": True, "longtable": longtable, "column_format": columns}
    return text.to_latex(**how).replace("→", r"$\to$").replace("–", "--")
