"""Do printed averages follow from the cells they average, and if not, what would mend them?"""

import numpy as np

from ..report.printed_digits import TOLERANCE
from .cells import averaged_cells, finding
from .table import KINDS


def averages(table, verdicts):
    """Averages that are not the mean of their row or column.

    A paper may have averaged before rounding. So an average is wrong only where no unrounded cells
    either have a mean that rounds to it.
    """
    for average in table.averages.itertuples():
        cells, said, wrong = averaged_cells(table, average), [], False
        if cells.empty:
            continue
        columns = zip(*(cells[name] for name in ["target", *KINDS]))
        ends = np.array([_unrounded(table, *cell) for cell in columns])
        allowed = _can_be(table, average, ends.mean(axis=0))
        for kind, name, ok in zip(KINDS, ("mean F1", "accuracy"), allowed):
            printed, scale = getattr(average, kind), table.scale(kind)
            mean = cells[kind].mean(skipna=False) * scale
            if abs(mean - round(printed * scale, 0)) > 0.5 + TOLERANCE:  # never of NaN
                wrong |= not ok
                slip = table.slips(kind, printed).get(round(mean) / scale)
                why = f" (hint: {slip} away)" if slip else ""
                said.append(
                    f"{name}: printed {table.text(kind, printed)}, the cells' mean is "
                    f"{mean / scale:.{table.decimals[kind] + 2}f}"
                    f"{', which unrounded cells allow' if ok else why}"
                )
        if said:
            whole = cells[KINDS].notna().all(axis=None)
            hints = repairs(table, verdicts, average, cells, ends) if wrong and whole else []
            if len(hints) > 4:
                said.append(f"{len(hints)} changes of one cell would mend it: none stands out")
            elif hints:
                said.append(f"hint: would be right with {', or '.join(hints)}")
            what = "wrong average" if wrong else "average of unrounded cells"
            average = average._replace(task=average.task or "mean of the row")
            yield finding(table, average, what, "; ".join(said))


def is_complete(table, average):
    """Whether an average, and each of the cells that it is the mean of, has both numbers."""
    cells = averaged_cells(table, average)[KINDS]
    numbers = [*cells.to_numpy().ravel(), *(getattr(average, kind) for kind in KINDS)]
    return not cells.empty and not np.isnan(numbers).any()


def repairs(table, verdicts, average, cells, ends):
    """Changes of one cell after which both numbers of a printed average are right, in words.

    The changed cell must be possible. ``ends`` are :func:`_unrounded` of each cell, (n, 2, 2).
    """
    found = []
    for cell, own in zip(cells.itertuples(), ends):
        for pair, why in _candidates(table, verdicts, cell).items():
            changed = ends.sum(axis=0) - own + _unrounded(table, cell.target, *pair)
            if _can_be(table, average, changed / len(cells)).all():
                hits = table.hits(cell.target, pair[1])
                if table.witness(cell.target, hits, pair[0]) is not None:
                    found.append(f"{cell.method}, {cell.task} as {table.show(*pair)} ({why})")
    return found


def _unrounded(table, target, mean_f1, percent):
    """Lowest and highest numbers, in units of the last digit, that a paper may have averaged.

    Of an accuracy: the print, and the shares k of N that are printed so. Of a mean F1, and of an
    accuracy that no k gives: half a unit below and above. Shape (2, 2): mean F1, accuracy.
    """
    f1, scale = mean_f1 * table.scale("mean_f1"), table.scale("accuracy_percent")
    n, hits = sum(table.counts[target]), table.hits(target, percent)
    shares = [percent * scale, *(100 * scale * k / n for k in hits)]
    slack = 0 if hits else 0.5
    return np.array([[f1 - 0.5, f1 + 0.5], [min(shares) - slack, max(shares) + slack]])


def _can_be(table, average, ends):
    """Whether some mean between two ends, in units, is printed so: for mean F1, for accuracy."""
    units = np.round([getattr(average, kind) * table.scale(kind) for kind in KINDS])
    low, high = ends.T
    return ~((units < low - 0.5 - TOLERANCE) | (units > high + 0.5 + TOLERANCE))  # NaN fits all


def _candidates(table, verdicts, cell):
    """Other pairs of numbers for a cell: dict of (mean F1, accuracy) to where it comes from.

    Another row's numbers for the task, a slip of the pen, one sample more or less, and the two
    accuracies beside an impossible one.
    """
    f1, percent, n = cell.mean_f1, cell.accuracy_percent, sum(table.counts[cell.target])
    pairs, constant = {}, table.constant_f1(cell.target)
    others = verdicts[(verdicts["task"] == cell.task) & (verdicts["method"] != cell.method)]
    for other in others.dropna(subset=KINDS).itertuples():
        pairs.setdefault((other.mean_f1, other.accuracy_percent), f"what {other.method} has there")
    for value, slip in table.slips("mean_f1", f1).items():
        also = ", a constant prediction" if value in constant else ""
        pairs.setdefault((value, percent), slip + also)
    for value, slip in table.slips("accuracy_percent", percent).items():
        pairs.setdefault((f1, value), slip)
    hits, below = table.hits(cell.target, percent), int(percent * n / 100)
    for k in [k + d for k in hits for d in (-1, 1)] or [below, below + 1]:
        if 0 <= k <= n:
            share = round(100 * k / n, table.decimals["accuracy_percent"])
            pairs.setdefault((f1, share), f"{k} of {n}")
    pairs.pop((f1, percent), None)
    return pairs
