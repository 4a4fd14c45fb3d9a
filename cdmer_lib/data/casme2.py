"""CASME II on disk: ``Cropped/sub01/EP02_01f/reg_img46.jpg`` and the coding sheet beside it."""

import difflib
import re

from .casme2_sheet import MISPRINTED_OFFSET, PATCH, read_sheet, with_patch
from .clip_folder import (
    ClipFolder,
    Finding,
    Index,
    count_by_subject,
    entries,
    frame_findings,
    numbered_frames,
    shorten,
    stray_findings,
)

FRAME = r"reg_img([0-9]+)\.jpe?g"


def index(cropped, sheet, patch=True):
    """Index CASME II by its coding sheet.

    Parameters
    ----------
    cropped : Path
        The folder that holds ``sub01``, ``sub02``, ...
    sheet : Path
        The coding sheet.
    patch : bool
        Add ``sub24/EP02_07``, a folder without a row, as one Negative: with it a complete copy
        has the released 73, 32 and 25 clips in the released order, without it 72, 32 and 25.

    Returns
    -------
    Index
        Clips of the kept emotions in the sheet's order: happiness is Positive; disgust, sadness
        and fear are Negative; surprise is Surprise; others and repression are dropped. The
        folder's name equals the sheet's in every letter.

    Notes
    -----
    The frames of a clip are those from onset to offset, both included, when both are numbers of
    frames on disk. Otherwise the sheet's range cannot be meant, and all frames on disk are taken:
    the official cropped folders hold no others. So it is done, too, where the offset comes before
    the onset, where the apex lies outside of both, and for a folder without a row.
    """
    rows = read_sheet(sheet)
    rows = with_patch(rows) if patch else rows
    folders, findings = _clip_folders(cropped)
    clips, seen = [], set()
    for row in rows:
        key, where = (row.subject, row.name), f"{row.subject}/{row.name}"
        if key in seen:
            findings.append(Finding(
                "error", "duplicate clips", where,
                f"expected one row for each clip, found a second one in {sheet}; remove it",
            ))  # fmt: skip
        elif row.label is None:
            findings.append(Finding(
                "error", "unknown labels", where,
                f"expected an emotion of the database, found {row.emotion!r} in {sheet}; "
                "correct the sheet",
            ))  # fmt: skip
        elif key not in folders:
            findings.append(_without_folder(row, where, cropped, folders))
        elif row.label:
            clips += _clip(row, where, folders[key], findings)
        seen.add(key)
    for key in folders.keys() - seen:
        detail = "ignored: the sheet does not name it"
        findings.append(Finding("note", "folder without a row", "/".join(key), detail))
    expected = count_by_subject((row.subject, row.label) for row in rows if row.label)
    return Index(clips, sorted(findings), expected)


def _clip_folders(cropped):
    """Return (subject, clip) -> folder, and findings on what else lies there."""
    folders, (subjects, strays) = {}, entries(cropped)
    findings = []
    for path in subjects:
        match = re.fullmatch(r"sub0*([0-9]+)", path.name, re.IGNORECASE)
        if not match:
            strays.append(path)
            continue
        inside, files = entries(path)
        findings += stray_findings(path.name, files)
        for clip in inside:
            key = (f"sub{int(match[1]):02d}", clip.name)
            if key in folders:
                findings.append(Finding(
                    "error", "duplicate clips", "/".join(key),
                    f"expected one folder, found {folders[key]} and {clip}; remove one",
                ))  # fmt: skip
            folders.setdefault(key, clip)
    return folders, [*findings, *stray_findings(cropped.name, strays)]


def _without_folder(row, where, cropped, folders):
    if not row.label:
        return Finding("note", "row without a folder", where, f"dropped anyway: {row.emotion}")
    names = [name for subject, name in folders if subject == row.subject]
    near = shorten(difflib.get_close_matches(row.name, names)) or "nothing like it"
    advice = ", or pass patch=False" if row is PATCH else ""
    return Finding(
        "error", "row without a folder", where,
        f"expected the folder {cropped / where} ({row.emotion}), found {near} of that subject; "
        f"copy it from the database{advice}",
    )  # fmt: skip


def _clip(row, where, folder, findings):
    """Return the clip of a row in a list, empty when it has no frames."""
    frames, strays = numbered_frames(folder, FRAME)
    if not frames:
        findings.append(Finding(
            "error", "no frames", where,
            f"expected files such as reg_img46.jpg in {folder}, found none; copy them from the "
            "database",
        ))  # fmt: skip
        return []
    first, last = _frame_range(row, where, frames, findings)
    frames = {number: path for number, path in frames.items() if first <= number <= last}
    findings += frame_findings(where, frames, strays)
    return [ClipFolder("CASME2", row.subject, row.name, row.label, tuple(frames.values()))]


def _frame_range(row, where, frames, findings):
    """Return the first and last frame number to use."""

    def found(level, detail):
        findings.append(Finding(level, "odd onset or offset", where, detail))

    first, last = min(frames), max(frames)
    on_disk = f"the frames on disk are used, {first} to {last}"
    onset, apex, offset = row.onset, row.apex, row.offset
    if row is PATCH:
        findings.append(Finding("note", "folder without a row", where, f"Negative; {on_disk}"))
        return first, last
    misprint, meant = MISPRINTED_OFFSET.get((row.subject, row.name), (None, None))
    if misprint is not None and offset == misprint:
        found("note", f"offset {offset} is a known misprint for {meant}")
        offset = meant
    if apex is None:
        found("note", "no apex; it is not needed")
    if onset is None or offset is None:
        found("note", f"no onset or no offset in the sheet; {on_disk}")
    elif not onset <= (onset if apex is None else apex) <= offset:
        found("note", f"onset {onset}, apex {apex}, offset {offset} are out of order; {on_disk}")
    elif onset not in frames or offset not in frames:
        found("fault", f"onset {onset} or offset {offset} is no frame on disk; {on_disk}")
    else:
        return onset, offset
    return first, last
