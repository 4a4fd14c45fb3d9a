"""Every row of the leaderboard against arithmetic: can its printed numbers be?"""

from collections import Counter

import pandas as pd

from ..protocol import PROTOCOLS
from ..report.leaderboard import NUMBERS, as_cells, leaderboard, scores
from .audit import COLUMNS, audit
from .feasible import recall_witness


def audit_leaderboard(table=None):
    """Find the scores of a leaderboard that cannot be, whatever the method.

    Rows of CDMER are held against all checks of :func:`~cdmer_lib.audit.audit.audit`. For UF1 and
    UAR of a composite evaluation a confusion matrix of the published class counts is searched.

    ``table`` is a DataFrame of str in the form of the leaderboard; by default it is the package's.
    Returns a DataFrame as ``audit`` does. Raises ``ValueError`` for a table of another form.
    """
    parts, not_checked = [], Counter()
    for row in leaderboard(table).itertuples():
        if row.protocol == "CDMER":
            found = audit(as_cells(row))
            not_checked.update(found.attrs["not checked"])
        else:
            found = pd.DataFrame(_composite(row), columns=COLUMNS)
        parts.append(found)
    findings = pd.concat(parts, ignore_index=True)
    findings.attrs = {"not checked": dict(not_checked)}
    return findings


def _composite(row):
    counts = PROTOCOLS[row.protocol].counts
    counts = counts | {"all": tuple(map(sum, zip(*counts.values(), strict=True)))}
    for part, uf1, uar in scores(row).itertuples(index=False):
        if recall_witness(counts[part], uar, uf1) is None:
            said = f"no confusion matrix with rows {', '.join(map(str, counts[part]))} has both"
            where = f"{row.source} {row.protocol}"
            shown = f"{uf1} / {uar} ({' / '.join(NUMBERS[row.protocol])})"
            yield "confusion matrix", where, row.method, part, shown, "impossible", said
