"""CASME II on disk: ``Cropped/sub01/EP02_01f/reg_img46.jpg`` and the coding sheet beside it."""

import difflib
from collections import Counter

from .casme2_sheet import MISPRINTED_OFFSET, PATCH, read_sheet, with_patch
from .clip_folder import Index, shorten

FRAME = r"reg_img([0-9]+)\.jpe?g"
SUBJECT = r"sub0*([0-9]+)"


def index_casme2(cropped, sheet, patch=True):
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
    frames on disk. Otherwise the sheet must be wrong, and all frames on disk are taken: the
    official cropped folders hold no others. All frames are taken, too, where the offset comes
    before the onset, where the apex lies outside of both, and for a folder without a row.
    """
    rows = read_sheet(sheet)
    rows = with_patch(rows) if patch else rows
    found = Index(Counter((row.subject, row.label) for row in rows if row.label))
    folders, seen = _clip_folders(found, cropped), set()
    for row in rows:
        key, where = (row.subject, row.name), f"{row.subject}/{row.name}"
        if key in seen:
            found.add("error", "duplicate clips", where, "expected one row for each clip, "
                      f"found a second one in {sheet}; remove it")  # fmt: skip
        elif row.label is None:
            found.add("error", "unknown labels", where, "expected an emotion of the database, "
                      f"found {row.emotion!r} in {sheet}; correct the sheet")  # fmt: skip
        elif key not in folders and row.label == 0:
            found.add("note", "row without a folder", where, f"dropped anyway: {row.emotion}")
        elif key not in folders:
            names = [name for subject, name in folders if subject == row.subject]
            near = shorten(difflib.get_close_matches(row.name, names)) or "nothing like it"
            advice = ", or pass patch=False" if row is PATCH else ""
            found.add("error", "row without a folder", where, f"expected the folder "
                      f"{cropped / where} ({row.emotion}), found {near} of that subject; copy it "
                      f"from the database{advice}")  # fmt: skip
        elif row.label:
            frames = found.frames(folders[key], FRAME, where, "reg_img46.jpg")
            if frames:
                first, last = _frame_range(found, row, where, frames)
                frames = {n: path for n, path in frames.items() if first <= n <= last}
                found.add_clip("CASME2", row.subject, row.name, row.label, frames)
        seen.add(key)
    for key in folders.keys() - seen:
        detail = "ignored: the sheet does not name it"
        found.add("note", "folder without a row", "/".join(key), detail)
    found.findings.sort()
    return found


def _clip_folders(found, cropped):
    """Return (subject, clip) -> folder."""
    folders = {}
    for match, path in found.subfolders(cropped, SUBJECT, cropped.name):
        for _, clip in found.subfolders(path, ".*", path.name):
            key = (f"sub{int(match[1]):02d}", clip.name)
            if folders.setdefault(key, clip) != clip:
                found.add("error", "duplicate clips", "/".join(key), "expected one folder, "
                          f"found {folders[key]} and {clip}; remove one")  # fmt: skip
    return folders


def _frame_range(found, row, where, frames):
    """Return the first and last frame number to use."""

    def odd(level, detail):
        found.add(level, "odd onset or offset", where, detail)

    first, last = min(frames), max(frames)
    on_disk = f"the frames on disk are used, {first} to {last}"
    onset, apex, offset = row.onset, row.apex, row.offset
    if row is PATCH:
        found.add("note", "folder without a row", where, f"Negative; {on_disk}")
        return first, last
    misprint, meant = MISPRINTED_OFFSET.get((row.subject, row.name), (None, None))
    if misprint is not None and offset == misprint:
        odd("note", f"offset {offset} is a known misprint for {meant}")
        offset = meant
    if apex is None:
        odd("note", "no apex; it is not needed")
    if onset is None or offset is None:
        odd("note", f"no onset or no offset in the sheet; {on_disk}")
    elif not onset <= (onset if apex is None else apex) <= offset:
        odd("note", f"onset {onset}, apex {apex}, offset {offset} are out of order; {on_disk}")
    elif onset not in frames or offset not in frames:
        odd("fault", f"onset {onset} or offset {offset} is no frame on disk; {on_disk}")
    else:
        return onset, offset
    return first, last
