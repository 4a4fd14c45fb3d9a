"""SMIC on disk: ``{HS,VIS,NIR}/s1/micro/{negative,positive,surprise}/s1_ne_01/*.bmp``.

There is no coding sheet: the folders say it all. The sibling ``non_micro/`` is not looked into.
"""

import re
from itertools import pairwise

from .clip_folder import COPY, Index

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
# VIS and NIR show the last eight subjects. No list of their clips is public: the counts of HS are
# taken. They sum to 23, 28, 20, as VIS and NIR do, and the released features agree (people.py).
_LAST_EIGHT = dict(list(_HS.items())[-8:])
SUBJECT_COUNTS = {"SMIC_HS": _HS, "SMIC_VIS": _LAST_EIGHT, "SMIC_NIR": _LAST_EIGHT}
INFERRED = ("SMIC_VIS", "SMIC_NIR")


def index_smic(folder, database):
    """Return the :class:`~.clip_folder.Index` of a subset of SMIC in the released order."""
    found = Index(SUBJECT_COUNTS[database])
    subjects = found.subfolders(folder, SUBJECT, folder.name)
    for match, path in sorted(subjects, key=lambda pair: int(pair[0][1])):
        subject = f"s{match[1]}"
        folders, _ = found.entries(path, path.name)
        micro = [f for f in folders if f.name.lower() == "micro"]
        if not micro:
            found.error("missing folder", path.name, path / "micro", f"no such folder; {COPY}")
        for parent in micro:
            for _, label_folder in found.subfolders(parent, ".*", f"{subject}/{parent.name}"):
                _add_clips(found, database, subject, label_folder)
    found.clips.sort(key=_released_order)
    for previous, clip in pairwise(found.clips):
        if _released_order(clip) == _released_order(previous):
            both = f"{previous.frames[0].parent} and {clip.frames[0].parent}; remove one"
            found.error("duplicate clips", clip.where, "one folder", both)
    return found


def _add_clips(found, database, subject, folder):
    where = f"{subject}/{folder.name}"
    if folder.name.lower() not in CLASSES:
        expected = f"the folders {', '.join(CLASSES)}"
        found.error("unknown labels", where, expected, f"{folder}; rename it or move it away")
        return
    short, label = CLASSES[folder.name.lower()]
    for match, path in found.subfolders(folder, CLIP, where):
        where = f"{subject}/{path.name}"
        if (f"s{match[1]}", match[2].lower()) != (subject, short):
            found.error("unknown labels", where, f"clips named {subject}_{short}...",
                        f"{path}; move it to the folder of its subject and label")  # fmt: skip
        elif frames := found.frames(path, FRAME, where, "reg_image036237.bmp"):
            found.add_clip(database, subject, path.name, label, frames)


def _released_order(clip):  # numbers may be padded with zeros
    match = re.fullmatch(CLIP, clip.name, re.IGNORECASE)
    return int(match[1]), clip.label, int(match[3])
