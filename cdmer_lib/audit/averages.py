"""Do printed averages follow from the cells they average, and if not, what would mend them?"""

import numpy as np

from ..report.printed_digits import possible_hits, slips
from .cells import constant_f1
from .feasible import witness
from .table import AVERAGE

KINDS = ("mean_f1", "accuracy_percent")
SHOWN = 4  # more candidates than that are no hint


def averages(table, verdicts):
    """Averages that are not the mean of their row or column.

    A mean of printed cells may miss the print by a unit, since a paper may have averaged before
    rounding. An average is wrong only where neither the printed cells nor unrounded ones behind
    them (:func:`unrounded`) have a mean that rounds to it.
    """
    for average in table.averages.itertuples():
        cells = averaged_cells(table, average)
        if cells.empty:
            continue
        said, wrong, whole = [], [], cells[list(KINDS)].notna().all(axis=None)
        for kind, scale in zip(KINDS, (table.f1_scale, table.percent_scale), strict=True):
            printed = getattr(average, kind)
            if np.isnan(printed) or cells[kind].isna().any():
                continue
            units, mean = round(printed * scale), cells[kind].mean() * scale
            if abs(mean - units) <= 0.5 + 1e-9:
                continue
            ok = _rounds(table, _ends(table, cells, kind).mean(axis=0), average, kind)
            wrong += [] if ok else [kind]
            label = "mean F1" if kind == "mean_f1" else "accuracy"
            said.append(
                f"{label}: printed {_show(printed, scale)}, the cells' mean is "
                f"{mean / scale:.{len(str(scale)) + 1}f}"
                + (", which unrounded cells allow" if ok else _slip_of(units, round(mean), scale))
            )
        if said:
            finding = "wrong average" if wrong else "average of unrounded cells"
            hints = repairs(table, verdicts, average, cells) if wrong and whole else []
            if len(hints) > SHOWN:
                said.append(f"{len(hints)} changes of one cell would mend it: none stands out")
            elif hints:
                said.append(f"hint: would be right with {', or '.join(hints)}")
            yield {
                "check": "average", "table": average.where, "row": average.method,
                "task": average.task or "mean of the row",
                "printed": table.show(average.mean_f1, average.accuracy_percent),
                "finding": finding, "evidence": "; ".join(said),
            }  # fmt: skip


def averaged_cells(table, average):
    """The cells that a printed average is the mean of: of its method, or of its task."""
    cells = table.cells
    cells = cells[(cells["paper"] == average.paper) & (cells["table"] == average.table)]
    name = "task" if average.method == AVERAGE else "method"
    return cells[cells[name] == getattr(average, name)]


def unrounded(table, target, kind, value):
    """Lowest and highest number, in units of the last digit, that may have been averaged.

    The printed one, or the one behind it: for an accuracy, k of N; else up to half a unit off.
    """
    if kind == "accuracy_percent":
        units, n = value * table.percent_scale, sum(table.counts[target])
        hits = possible_hits(value, n, table.percent_decimals)
        if hits:
            whole = [100 * table.percent_scale * k / n for k in hits]
            return min(units, *whole), max(units, *whole)
    else:
        units = value * table.f1_scale
    return units - 0.5, units + 0.5


def repairs(table, verdicts, average, cells):
    """Changes of one cell after which both numbers of a printed average are right, in words.

    Tried for each cell: another row's pair of numbers for the task, a slip of the pen (one digit,
    or two neighbours exchanged) in one of its two numbers, one sample more or less, and for an
    impossible accuracy the two possible ones beside it. Each must be a possible cell.
    """
    ends = {kind: _ends(table, cells, kind) for kind in KINDS}
    found = []
    for i, cell in enumerate(cells.itertuples()):
        for f1, percent, why in _candidates(table, verdicts, cell):
            for kind, value in zip(KINDS, (f1, percent), strict=True):
                both = ends[kind].sum(axis=0) - ends[kind][i]
                both = (both + unrounded(table, cell.target, kind, value)) / len(cells)
                if not _rounds(table, both, average, kind):
                    break
            else:
                if _possible(table, cell, f1, percent):
                    pair = table.show(f1, percent)
                    found.append(f"{cell.method}, {cell.task} as {pair} ({why})")
    return found


def _ends(table, cells, kind):
    pairs = zip(cells["target"], cells[kind], strict=True)
    return np.array([unrounded(table, target, kind, value) for target, value in pairs])


def _rounds(table, ends, average, kind):
    """Whether some mean between two ends, in units, is printed as the average is."""
    scale = table.f1_scale if kind == "mean_f1" else table.percent_scale
    printed = getattr(average, kind)
    units = np.nan if np.isnan(printed) else round(printed * scale)
    return np.isnan(units) or ends[0] - 0.5 - 1e-9 <= units <= ends[1] + 0.5 + 1e-9


def _candidates(table, verdicts, cell):
    f1, percent = cell.mean_f1, cell.accuracy_percent
    counts = table.counts[cell.target]
    n, hits = sum(counts), possible_hits(percent, sum(counts), table.percent_decimals)
    others = verdicts[(verdicts["task"] == cell.task) & (verdicts["method"] != cell.method)]
    pairs = {}
    for other in others.itertuples():
        pair = other.mean_f1, other.accuracy_percent
        if pair != (f1, percent):
            pairs.setdefault(pair, f"what {other.method} has there")
    for units, slip in slips(round(f1 * table.f1_scale), table.f1_decimals).items():
        value = units / table.f1_scale
        constant = [v for v in constant_f1(counts) if round(v, table.f1_decimals) == value]
        why = f"{slip}{', a constant prediction' if constant else ''}"
        pairs.setdefault((value, percent), why)
    whole = {round(100 * k / n, table.percent_decimals): k for k in range(n + 1)}
    digits = round(percent * table.percent_scale), 2 + table.percent_decimals
    for units, slip in slips(*digits).items():
        if units / table.percent_scale in whole:
            pairs.setdefault((f1, units / table.percent_scale), slip)
    near = [k + d for k in hits for d in (-1, 1)] or [int(percent * n / 100) + d for d in (0, 1)]
    for k in near:
        if 0 <= k <= n:
            value = round(100 * k / n, table.percent_decimals)
            pairs.setdefault((f1, value), f"{k} of {n}")
    return [(*pair, why) for pair, why in pairs.items()]


def _possible(table, cell, f1, percent):
    counts = table.counts[cell.target]
    hits = possible_hits(percent, sum(counts), table.percent_decimals)
    return any(witness(counts, k, f1, table.f1_decimals) is not None for k in hits)


def _slip_of(units, mean, scale):
    slip = slips(units, len(str(scale)) - 1).get(mean)
    return f" (hint: {slip} away)" if slip else ""


def _show(value, scale):
    return f"{value:.{len(str(scale)) - 1}f}"
