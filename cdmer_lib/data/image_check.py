"""Are the images of clips what they should be? Empty, broken, of odd size, the same twice."""

import hashlib
from collections import defaultdict

from ..clips.reading import read_frames
from .clip_folder import Finding, shorten


def image_findings(clips, deep=False):
    """Return the findings on the images of a database's clips.

    Files of no bytes are always noticed. The first frame of each clip is opened; with ``deep``
    all frames are, and those of another size than the first are noticed too. Clips of equal
    content are found by a hash of the first frame, and confirmed by all others.
    """
    findings, same_start = [], defaultdict(list)
    for clip in clips:
        where = f"{clip.subject}/{clip.name}"
        empty = [path for path in clip.frames if path.stat().st_size == 0]
        if empty:
            detail = f"{len(empty)} files of no bytes: {shorten(path.name for path in empty)}"
            findings.append(Finding("fault", "unreadable images", where, detail))
        else:
            findings += _opened(where, clip.frames if deep else clip.frames[:1])
        same_start[len(clip.frames), _digest(clip.frames[0])].append(clip)
    for group in same_start.values():
        findings += _duplicates(group)
    return findings


def _opened(where, paths):
    try:
        read_frames(paths)
    except ValueError as error:
        yield Finding("fault", "unreadable images", where, str(error))


def _duplicates(group):
    if len(group) == 1:
        return
    first = {}
    for clip in group:
        content = tuple(_digest(path) for path in clip.frames)
        if content in first:
            same = first[content]
            yield Finding("fault", "duplicate clips", f"{clip.subject}/{clip.name}",
                          f"every frame equals that of {same.subject}/{same.name}")  # fmt: skip
        first.setdefault(content, clip)


def _digest(path):
    with open(path, "rb") as stream:
        return hashlib.file_digest(stream, "sha1").digest()
