"""Clips in folders of one's own: a layout says which part of a path is what.

``{subject}/{label}/{clip}/*.png`` reads ``anna/joy/3/07.png`` as a frame of clip 3 of anna, a joy.
"""

import os
import re
from pathlib import Path

from ..errors import DatabaseNotFound, InvalidInput
from ..files import user_path
from ..protocol import checked_name
from .clip_folder import ClipFolder
from .reading import readable

FIELDS = ("{database}", "{subject}", "{label}", "{clip}")
EXAMPLE = "{subject}/{label}/{clip}/*.png"


def compile_layout(layout):
    """The compiled regular expression of a layout; its groups are the fields.

    A field stands for as few characters of one name as possible, and for the same ones where it
    comes again; ``*`` for any characters of one name, ``?`` for one. Upper and lower case are
    alike. Raises ``ValueError`` for a field that is none of ``FIELDS``, and without ``{label}``.
    """
    for field in re.findall(r"\{[^/}]*\}?", layout):
        if field not in FIELDS:
            raise InvalidInput(f"{layout}: expected the fields {', '.join(FIELDS)}, found {field}")
    if "{label}" not in layout:
        raise InvalidInput(f"expected a layout with {{label}}, such as {EXAMPLE}, found {layout!r}")
    pattern = re.escape(layout).replace(r"\*", "[^/]*").replace(r"\?", "[^/]")
    for field, name in ((re.escape(field), field[1:-1]) for field in FIELDS):
        pattern = pattern.replace(field, f"(?P<{name}>[^/]+?)", 1).replace(field, f"(?P={name})")
    return re.compile(pattern, re.IGNORECASE)


def find_own_clips(root, layout):
    """Find the clips of a tree of frames: a dict of str to list of :class:`ClipFolder`.

    ``layout`` is the path of a frame below ``root``, with fields; see :func:`compile_layout`.
    Without ``{clip}`` the frames of one folder are a clip, without ``{subject}`` people are unknown
    (""), without ``{database}`` all is one, with the name of ``root``. Labels are words. Frames
    come by their numbers, 9 before 10; files whose name begins with a point are left alone.

    Raises ``DatabaseNotFound`` where ``root`` is no folder; ``ValueError`` for a layout that is
    none, where no file fits it, and for a name that no database can have; ``PermissionError``.
    """
    pattern, root, found, others = compile_layout(layout), user_path(root).absolute(), {}, []
    if not root.is_dir():
        raise DatabaseNotFound(f"{root}: expected a folder of clips, found no folder of that name")
    with readable(root):
        for folder, folders, files in os.walk(root, onerror=_refuse):
            folders.sort()
            below = Path(folder).relative_to(root)
            for file in sorted(files, key=_by_number):
                match = pattern.fullmatch((below / file).as_posix())
                if file.startswith(".") or not match:
                    others.append(below / file)
                    continue
                field = {"database": root.name, "subject": "", "clip": str(below)}
                field |= match.groupdict()
                # a person may have clips of one name with several labels
                name = f"{field['label']}/{field['clip']}"
                clip = field["subject"], name, field["label"]
                clips = found.setdefault(checked_name(field["database"]), {})
                clips.setdefault(clip, []).append(Path(folder, file))
    if not found:
        some = f", the first {others[0]}" if others else ""
        raise InvalidInput(
            f"expected files such as {layout} below {root}, found {len(others)} others{some}; "
            "correct the layout"
        )
    return {
        database: [ClipFolder(database, *clip, tuple(frames)) for clip, frames in clips.items()]
        for database, clips in found.items()
    }


def _refuse(error):
    raise error


def _by_number(name):
    """A key to sort names by: numbers in them count as numbers."""
    return [int(s) if s.isdecimal() else s.lower() for s in re.split(r"([0-9]+)", name)], name
