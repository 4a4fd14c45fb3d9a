"""SMIC on disk: ``{HS,VIS,NIR}/s1/micro/{negative,positive,surprise}/s1_ne_01/*.bmp``.

There is no annotation file: subject and label are those of the folders, the frames are all those
in a clip's folder. The sibling ``non_micro/`` is not looked into.
"""

import re
from itertools import pairwise

from .clip_folder import (
    ClipFolder,
    Finding,
    Index,
    entries,
    frame_findings,
    numbered_frames,
    stray_findings,
)

FRAME = r"reg_[a-z]*_?([0-9]+)\.bmp"  # reg_image036237.bmp in HS, reg_06387.bmp in VIS and NIR
SUBJECT = r"s0*([0-9]+)"
CLIP = r"s0*([0-9]+)_(ne|po|su)[a-z]*_0*([0-9]+)"
CLASSES = {"negative": ("ne", 1), "positive": ("po", 2), "surprise": ("su", 3)}

_HS = {
    "s1": (3, 2, 1), "s2": (0, 1, 5), "s3": (22, 11, 6), "s4": (10, 4, 5), "s5": (1, 0, 1),
    "s6": (2, 0, 2), "s8": (9, 4, 0), "s9": (0, 1, 3), "s11": (3, 3, 1), "s12": (0, 8, 1),
    "s13": (0, 10, 0), "s14": (3, 2, 5), "s15": (1, 1, 2), "s18": (2, 0, 5), "s19": (0, 1, 1),
    "s20": (14, 3, 5),
}  # fmt: skip
# VIS and NIR filmed the last eight subjects, by no list of their own. The eight rows of HS sum to
# 23, 28, 20, the counts of VIS and NIR, and the released features agree clip by clip (people.py).
_LAST_EIGHT = dict(list(_HS.items())[-8:])
SUBJECT_COUNTS = {"SMIC_HS": _HS, "SMIC_VIS": _LAST_EIGHT, "SMIC_NIR": _LAST_EIGHT}
INFERRED = ("SMIC_VIS", "SMIC_NIR")


def index(folder, database):
    """Index one subset of SMIC.

    Parameters
    ----------
    folder : Path
        The subset's folder (``HS``, ``VIS`` or ``NIR``).
    database : str
        ``SMIC_HS``, ``SMIC_VIS`` or ``SMIC_NIR``.

    Returns
    -------
    Index
        Clips in the released order: subject number, then negative, positive, surprise, then clip
        number. Folder names may be padded with zeros or not, in any case.
    """
    clips, findings = [], []
    folders, strays = entries(folder)
    subjects, others = _numbered(folders, SUBJECT)
    findings += stray_findings(folder.name, strays + others)
    for number, path in subjects:
        micro = [f for f in entries(path)[0] if f.name.lower() == "micro"]
        if not micro:
            findings.append(Finding(
                "error", "missing folder", path.name,
                f"expected {path / 'micro'}, found no such folder; copy it from the database",
            ))  # fmt: skip
        for label_folder in micro:
            _add_subject(label_folder, f"s{number[0]}", database, clips, findings)
    clips.sort(key=lambda item: item[0])
    for (previous, _), (key, clip) in pairwise(clips):
        if key == previous:
            findings.append(Finding(
                "error", "duplicate clips", f"{clip.subject}/{clip.name}",
                f"expected one folder for each clip, found {clip.frames[0].parent} beside another "
                "of the same subject, label and number; remove one",
            ))  # fmt: skip
    return Index([clip for _, clip in clips], findings, SUBJECT_COUNTS[database])


def _numbered(folders, pattern):
    """Return ``((numbers and words of the name), path)`` of the folders that match, and the rest"""
    matches = [(re.fullmatch(pattern, path.name, re.IGNORECASE), path) for path in folders]
    found = [
        (tuple(int(g) if g.isdigit() else g.lower() for g in match.groups()), path)
        for match, path in matches
        if match
    ]
    return sorted(found), [path for match, path in matches if not match]


def _add_subject(micro, subject, database, clips, findings):
    """Append the clips below one ``micro`` folder, each with its key of the released order."""
    folders, strays = entries(micro)
    findings += stray_findings(f"{subject}/{micro.name}", strays)
    for folder in folders:
        if folder.name.lower() not in CLASSES:
            findings.append(Finding(
                "error", "unknown labels", f"{subject}/{folder.name}",
                f"expected the folders {', '.join(CLASSES)} below {micro}, found {folder.name}; "
                "rename it or move it away",
            ))  # fmt: skip
            continue
        short, label = CLASSES[folder.name.lower()]
        inside, files = entries(folder)
        numbered, others = _numbered(inside, CLIP)
        findings += stray_findings(f"{subject}/{folder.name}", files + others)
        for (number, word, clip_number), path in numbered:
            where = f"{subject}/{path.name}"
            if f"s{number}" != subject or word != short:
                findings.append(Finding(
                    "error", "unknown labels", where,
                    f"expected clips named {subject}_{short}..., found {path.name} in {folder}; "
                    "move it to the folder of its subject and label",
                ))  # fmt: skip
                continue
            frames, strays = numbered_frames(path, FRAME)
            if not frames:
                findings.append(Finding(
                    "error", "no frames", where,
                    f"expected files such as reg_image036237.bmp in {path}, found none; copy them "
                    "from the database",
                ))  # fmt: skip
                continue
            findings += frame_findings(where, frames, strays)
            clip = ClipFolder(database, subject, path.name, label, tuple(frames.values()))
            clips.append(((number, label, clip_number), clip))
