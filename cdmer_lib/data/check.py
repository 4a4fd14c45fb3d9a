"""Is a copy of the licensed databases complete? Counts, images and a report with a verdict."""

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

import pandas as pd

from ..clips.reading import read_frames
from ..errors import InvalidInput, LayoutError
from ..files import sha256, user_path
from ..protocol import DATABASES, LABELS, database_info
from .clip_folder import COPY, MOST, Finding, printable, shorten
from .layouts import find_folder, index_database
from .smic import INFERRED

PER_LINE = 6  # subjects


def check(root, deep=False, databases=tuple(DATABASES)):
    """Compare a copy of the licensed databases with what is known of them; return a Report.

    ``root`` is as for :func:`cdmer_lib.data.layouts.find_clips`. ``deep`` opens every image, not
    only the first of each clip. ``databases`` are names or letters; that one of them is not found
    is an error of the report, like all that is wrong with the files; only an unknown database
    raises ``ValueError``.

    The known counts by class are the benchmark's. Those by subject are official for SMIC-HS and
    inferred from it for SMIC-VIS and SMIC-NIR, where a difference is only a note; for CASME II the
    coding sheet gives them, for SAMM a public list.
    """
    places, counts, findings, root = {}, [], [], user_path(root)
    for name in (database_info(database).name for database in databases):
        places[name] = None
        try:
            places[name] = find_folder(name, root)[0]
            found = index_database(name, root)
        except (LayoutError, OSError) as error:
            kind = "not found" if places[name] is None else "unreadable sheet"
            findings.append((name, "error", kind, printable(root), printable(error)))
            continue
        if not found.clips:
            found.error("no clips", places[name], "clips", f"none that can be used; {COPY}")
        _image_findings(found, deep)
        tally = Counter((clip.subject, clip.label) for clip in found.clips)
        for subject in dict.fromkeys([*found.expected, *(clip.subject for clip in found.clips)]):
            for label, known in enumerate(found.expected.get(subject, (0, 0, 0)), start=1):
                n = tally[subject, label]
                counts.append((name, subject, label, n, known))
                if n != known:
                    # In VIS and NIR only the counts by class decide.
                    found.add("note" if name in INFERRED else "fault", "counts by subject", subject,
                              f"{LABELS[label]}: {n} clips, known {known}")  # fmt: skip
        findings += [(name, *finding) for finding in found.findings]
    counts = pd.DataFrame(counts, columns=["database", "subject", "label", "found", "known"])
    findings = pd.DataFrame(findings, columns=["database", *Finding._fields])
    return Report(root, places, counts, findings, deep)


def _image_findings(found, deep):
    """Notice images that are empty, broken or of odd size, and clips that are there twice."""
    same_start, first = defaultdict(list), {}
    for clip in found.clips:
        with found.noting("fault", "unreadable images", clip.where):
            if empty := [path.name for path in clip.frames if path.stat().st_size == 0]:
                raise InvalidInput(f"{len(empty)} files of no bytes: {shorten(empty)}")
            read_frames(clip.frames if deep else clip.frames[:1])
            same_start[len(clip.frames), sha256(clip.frames[0])].append(clip)
    # Clips of equal content are found by a hash of the first frame, and confirmed by all others.
    for clip in (clip for clips in same_start.values() if len(clips) > 1 for clip in clips):
        with found.noting("fault", "unreadable images", clip.where):
            same = first.setdefault(tuple(map(sha256, clip.frames)), clip)
            if same is not clip:
                detail = f"every frame equals that of {same.where}"
                found.add("fault", "duplicate clips", clip.where, detail)


@dataclass(frozen=True)
class Report:
    """What :func:`check` found; ``str()`` of it is the text for the user.

    ``counts`` has a row for each database found, subject and class: ``database``, ``subject``,
    ``label``, ``found``, ``known``. ``findings`` has the columns ``database``, ``level``, ``kind``,
    ``where`` and ``detail`` of a :class:`~.clip_folder.Finding`.
    """

    root: Path
    places: dict = field(repr=False)  # database -> where it lies, or None
    counts: pd.DataFrame = field(repr=False)
    findings: pd.DataFrame = field(repr=False)
    deep: bool = False  # all images were opened, not only the first of each clip

    @property
    def ok(self):
        """Every database found with the known counts, no clip unusable, incomplete or doubtful."""
        return not self._differing() and bool((self.findings.level == "note").all())

    def _differing(self):
        return [n for n in self.places if self.class_counts(n) != database_info(n).counts]

    def class_counts(self, name):
        """Numbers of Negative, Positive and Surprise clips found of a database."""
        found = self.counts[self.counts.database == name].groupby("label").found.sum()
        return tuple(map(int, found.reindex(list(LABELS), fill_value=0)))

    def __str__(self):
        images = "all images opened" if self.deep else "the first image of each clip opened"
        lines = [f"Databases below {self.root} ({images})"]
        for name, place in self.places.items():
            lines += ["", *self._database(name, place)]
        return printable("\n".join([*lines, "", self._verdict()]))

    def _database(self, name, place):
        info = database_info(name)
        yield f"{info.title}: {'not found' if place is None else place}"
        if place is not None:
            found, known = (" ".join(map(str, n)) for n in (self.class_counts(name), info.counts))
            yield f"  Negative, Positive, Surprise: {found} (known: {known})"
            yield "  by subject (known where different):"
            counts = self.counts[self.counts.database == name].astype(str)
            texts = counts.groupby("subject", sort=False)[["found", "known"]].agg(" ".join)
            cells = (f"{s} {n}" + (f" ({k})" if n != k else "") for s, n, k in texts.itertuples())
            while line := "; ".join(islice(cells, PER_LINE)):
                yield f"    {line}"
        findings = self.findings[self.findings.database == name]
        for (level, kind), group in findings.groupby(["level", "kind"]):
            yield f"  {level}: {kind} ({len(group)})"
            for row in group.head(MOST).itertuples():
                yield f"    {row.where}: " + row.detail.replace("\n", "\n    ")
            if len(group) > MOST:
                yield f"    and {len(group) - MOST} more"

    def _verdict(self):
        if self.ok:
            return "Verdict: complete, every count as known."
        there = [name for name, place in self.places.items() if place is not None]
        differ = len(set(self._differing()) & set(there))
        error, fault = ((self.findings.level == level).sum() for level in ("error", "fault"))
        return (
            f"Verdict: NOT complete: {len(self.places) - len(there)} databases not found, "
            f"{differ} with other class counts, {error} errors, {fault} faults."
        )
