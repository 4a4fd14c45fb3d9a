"""The findings on licensed databases as tables, and as a text with a verdict."""

from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd

from ..protocol import DATABASES, LABELS

MOST = 5  # findings of one kind that the text shows
PER_LINE = 6  # subjects


@dataclass(frozen=True)
class Report:
    """What :func:`~cdmer_lib.data.check.check` found; ``str()`` of it is the text for the user.

    Attributes
    ----------
    root : Path
    places : dict
        Database -> where it lies, or None.
    counts : DataFrame
        A row for each database found, subject and class: ``database``, ``subject``, ``label``,
        ``found``, ``known``.
    findings : DataFrame
        ``database``, ``level`` (``error``: a clip cannot be used; ``fault``: it is incomplete or
        doubtful; ``note``: harmless), ``kind``, ``where``, ``detail``.
    deep : bool
        Whether all images were opened, or the first of each clip.
    """

    root: Path
    places: dict = field(repr=False)
    counts: pd.DataFrame = field(repr=False)
    findings: pd.DataFrame = field(repr=False)
    deep: bool = False

    @property
    def ok(self):
        """Every database found with the known counts, no clip unusable, incomplete or doubtful."""
        return bool(
            all(self.class_counts(name) == DATABASES[name].counts for name in self.places)
            and (self.findings.level == "note").all()
        )

    def class_counts(self, name):
        """Numbers of Negative, Positive and Surprise clips found of a database."""
        found = self.counts[self.counts.database == name].groupby("label").found.sum()
        return tuple(int(found.get(code, 0)) for code in LABELS)

    def __str__(self):
        images = "all images opened" if self.deep else "the first image of each clip opened"
        lines = [f"Databases below {self.root} ({images})"]
        for name, place in self.places.items():
            lines += ["", *self._database(name, place)]
        return "\n".join([*lines, "", self._verdict()])

    def _database(self, name, place):
        info = DATABASES[name]
        yield f"{info.title}: {'not found' if place is None else place}"
        findings = self.findings[self.findings.database == name]
        if place is not None:
            counts = " ".join(map(str, self.class_counts(name)))
            known = " ".join(map(str, info.counts))
            yield f"  Negative, Positive, Surprise: {counts} (known: {known})"
            yield from self._subjects(name)
        for (level, kind), group in findings.groupby(["level", "kind"]):
            yield f"  {level}: {kind} ({len(group)})"
            for row in group.head(MOST).itertuples():
                yield f"    {row.where}: " + row.detail.replace("\n", "\n    ")
            if len(group) > MOST:
                yield f"    and {len(group) - MOST} more"

    def _subjects(self, name):
        counts = self.counts[self.counts.database == name]
        yield "  by subject (known where different):"
        cells = []
        for subject, rows in counts.groupby("subject", sort=False):
            found, known = (" ".join(map(str, column)) for column in (rows.found, rows.known))
            cells.append(f"{subject} {found}" + (f" ({known})" if found != known else ""))
        for i in range(0, len(cells), PER_LINE):
            yield "    " + "; ".join(cells[i : i + PER_LINE])

    def _verdict(self):
        if self.ok:
            return "Verdict: complete, every count as known."
        absent = sum(place is None for place in self.places.values())
        levels = self.findings.level.value_counts()
        differ = sum(
            place is not None and self.class_counts(name) != DATABASES[name].counts
            for name, place in self.places.items()
        )
        return (
            f"Verdict: NOT complete: {absent} databases not found, {differ} with other class "
            f"counts, {levels.get('error', 0)} errors, {levels.get('fault', 0)} faults."
        )
