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
    only the first of each clip. ``databases`` are names or letters. All that is wrong, also that
    one is not found, stands in the report; only an unknown database raises ``ValueError``.

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
        level = "note" if name in INFERRED else "fault"
        for subject in dict.fromkeys([*found.expected, *(clip.subject for clip in found.clips)]):
            for label, known in enumerate(found.expected.get(subject, (0, 0, 0)), start=1):
                n = tally[subject, label]
                counts.append((name, subject, label, n, known))
                if n != known:
                    detail = f"{LABELS[label]}: {n} clips, known {known}"
                    found.add(level, "counts by subject", subject, detail)
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
        there = [name for name, place in self.places.items() if place]
        return [name for name in there if self.class_counts(name) != database_info(name).counts]

    def class_counts(self, name):
        """Numbers of Negative, Positive and Surprise clips found of a database."""
        found = self.counts[self.counts.database == name].groupby("label").found.sum()
        return tuple(map(int, found.reindex(list(LABELS), fill_value=0)))

    def __str__(self):
        images = "all images opened" if self.deep else "the first image of each clip opened"
        lines = [f"Databases below {self.root} ({images})"]
        for name, place in self.places.items():
            lines += ["", f"{database_info(name).title}: {place or 'not found'}"]
            lines += self._counts_of(name) if place else []
            findings = self.findings[self.findings.database == name]
            for (level, kind), group in findings.groupby(["level", "kind"]):
                lines.append(f"  {level}: {kind} ({len(group)})")
                for row in group.head(MOST).itertuples():
                    lines.append(f"    {row.where}: " + row.detail.replace("\n", "\n    "))
                if len(group) > MOST:
                    lines.append(f"    and {len(group) - MOST} more")
        verdict = "Verdict: complete, every count as known."
        if not self.ok:
            absent, n = list(self.places.values()).count(None), self.findings.level.value_counts()
            verdict = (
                f"Verdict: NOT complete: {absent} databases not found, {len(self._differing())} "
                f"with other class counts, {n.get('error', 0)} errors, {n.get('fault', 0)} faults."
            )
        return printable("\n".join([*lines, "", verdict]))

    def _counts_of(self, name):
        found, known = self.class_counts(name), database_info(name).counts
        yield f"  Negative, Positive, Surprise: {_spaced(found)} (known: {_spaced(known)})"
        yield "  by subject (known where different):"
        counts = self.counts[self.counts.database == name].groupby("subject", sort=False)
        texts = counts[["found", "known"]].agg(_spaced)
        cells = (f"{s} {n}" + (f" ({k})" if n != k else "") for s, n, k in texts.itertuples())
        while line := "; ".join(islice(cells, PER_LINE)):
            yield f"    {line}"


def _spaced(numbers):
    return " ".join(map(str, numbers))
