"""Is a copy of the licensed databases complete? Counts against the known ones, and findings."""

from pathlib import Path

import pandas as pd

from ..errors import DatabaseNotFound, LayoutError
from ..protocol import DATABASES, LABELS, database_info
from .check_report import Report
from .clip_folder import Finding, count_by_subject
from .image_check import image_findings
from .layouts import index, locate
from .smic import INFERRED


def check(root, deep=False, databases=tuple(DATABASES)):
    """Compare a copy of the licensed databases with what is known of them.

    Parameters
    ----------
    root : path
        Where to look, as for :func:`cdmer_lib.data.layouts.find_clips`.
    deep : bool
        Open every image, not only the first of each clip.
    databases : sequence of str
        Names or letters; a database among them that is not found is a fault.

    Returns
    -------
    Report

    Raises
    ------
    PermissionError
        A folder may not be read.
    ValueError
        Unknown database.

    Notes
    -----
    The known counts by class are those of the benchmark (Negative, Positive, Surprise); by
    subject they are the official ones for SMIC-HS, inferred from these for SMIC-VIS and SMIC-NIR
    (there a difference is only a note), and for CASME II those of the coding sheet.
    """
    places, counts, findings = {}, [], []
    for name in (database_info(database).name for database in databases):
        try:
            places[name] = locate(name, root)[0]
            found = index(name, root)
            table = _counts(name, found)
            counts += table
            seen = found.findings + image_findings(found.clips, deep) + _count_findings(name, table)
        except (DatabaseNotFound, LayoutError) as error:
            places.setdefault(name, None)
            kind = "not found" if places[name] is None else "unreadable sheet"
            seen = [Finding("error", kind, str(root), str(error))]
        findings += [(name, *finding) for finding in seen]
    return Report(
        Path(root),
        places,
        pd.DataFrame(counts, columns=["database", "subject", "label", "found", "known"]),
        pd.DataFrame(findings, columns=["database", *Finding._fields]),
        deep,
    )


def _counts(name, found):
    """Return (database, subject, label, found, known) of all subjects, those expected first."""
    tally = count_by_subject((clip.subject, clip.label) for clip in found.clips)
    none = (0,) * len(LABELS)
    return [
        (name, subject, label, n, known)
        for subject in dict.fromkeys([*found.expected, *tally])
        for label, n, known in zip(
            LABELS, tally.get(subject, none), found.expected.get(subject, none), strict=True
        )
    ]


def _count_findings(name, counts):
    """Return a finding for each subject and class whose count is not the known one."""
    # In VIS and NIR the counts by subject are inferred: those by class alone decide there.
    level = "note" if name in INFERRED else "fault"
    return [
        Finding(level, "counts by subject", subject, f"{LABELS[label]}: {n} clips, known {known}")
        for _, subject, label, n, known in counts
        if n != known
    ]
