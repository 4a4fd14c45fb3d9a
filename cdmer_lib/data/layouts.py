"""Licensed databases in their official folders: found from wherever the user points."""

import re
import warnings
from pathlib import Path

from ..errors import DatabaseNotFound, LayoutError
from ..protocol import database_info
from . import casme2, smic
from .clip_folder import ClipFolder, entries
from .search_path import readable

__all__ = ["ClipFolder", "DatabaseNotFound", "LayoutError", "find_clips", "index", "locate"]

OFFICIAL_SHEET = "CASME2-coding-20140508.xlsx"
SHEETS = r"CASME2-coding.*\.xlsx"


def find_clips(database, root, *, skip=False, patch=True):
    """Find the clips of a licensed database, or of a synthetic one in the same layout.

    Nothing is read but the folders and the coding sheet. That the counts are the known ones is
    for :func:`cdmer_lib.data.check.check` to say.

    Parameters
    ----------
    database : str
        A name or letter: CASME2 (C), SMIC_HS (H), SMIC_VIS (V), SMIC_NIR (N).
    root : path
        The database's own folder, or one above it: for CASME II the folder that holds
        ``Cropped``, or one that holds ``CASME2``; for SMIC the folder of the subset,
        ``SMIC_all_cropped``, or one that holds either, directly or below ``SMIC``.
    skip : bool
        Warn about a clip that cannot be used and leave it out, instead of raising.
    patch : bool
        CASME II only: add the folder ``sub24/EP02_07``, which has no row, as a Negative.

    Returns
    -------
    list of ClipFolder, in the released order

    Raises
    ------
    DatabaseNotFound
        Names what was looked for, and where.
    LayoutError
        The sheet cannot be read; or, unless ``skip``, a row of a kept emotion has no folder, a
        clip has no frames, a label is unknown, a clip is there twice.
    PermissionError
        A folder may not be read.
    ValueError
        Unknown database.
    """
    found = index(database, root, patch=patch)
    errors = [finding for finding in found.findings if finding.level == "error"]
    if errors and not skip:
        name = database_info(database).name
        more = f" (and {len(errors) - 1} more: run cdmer check)" if len(errors) > 1 else ""
        raise LayoutError(f"{name} {errors[0].where}: {errors[0].detail}{more}; or pass skip=True")
    for finding in errors:
        warnings.warn(f"left out: {finding.where}: {finding.detail}", stacklevel=2)
    return found.clips


def index(database, root, *, patch=True):
    """Return the :class:`~cdmer_lib.data.clip_folder.Index` of a database: clips and findings.

    Raises as :func:`find_clips`, but not for what is wrong with single clips.
    """
    name = database_info(database).name
    place = locate(name, root)
    return casme2.index(*place, patch=patch) if name == "CASME2" else smic.index(*place, name)


def locate(database, root):
    """Return where a database lies: the folder of subjects and, for CASME II, the coding sheet.

    Names are compared without regard to case, spaces, hyphens and underscores. Raises
    :class:`DatabaseNotFound`; :class:`LayoutError` for several coding sheets.
    """
    name, root = database_info(database).name, Path(root).expanduser().absolute()
    looked = []
    for parts in _candidates(name, root):
        looked.append(root.joinpath(*parts))
        folder = _descend(root, parts)
        if folder is None:
            continue
        if name != "CASME2":
            return (folder,)
        if sheet := _sheet(dict.fromkeys((folder.parent, folder, root))):
            return folder, sheet
        looked[-1] = f"{folder} (found, but no {OFFICIAL_SHEET} beside it)"
    raise DatabaseNotFound(
        f"{name}: expected a folder of the official layout, found none below {root}"
        + ("" if root.is_dir() else ", which is no folder")
        + ". Looked for:\n"
        + "\n".join(f"  {folder}" for folder in looked)
        + "\nWhat to do: point at the folder that holds "
        + ("Cropped and the coding sheet" if name == "CASME2" else "SMIC_all_cropped")
    )


def _candidates(name, root):
    """Where the folder of subjects may lie, as steps down from ``root``, the nearest first."""
    own = "Cropped" if name == "CASME2" else name.removeprefix("SMIC_")
    if _plain(root.name) == _plain(own):
        yield ()
    if name == "CASME2":
        homes = [(), ("CASME2",), ("CASME II",)]
    else:
        homes = [(), ("SMIC_all_cropped",), ("SMIC",), ("SMIC", "SMIC_all_cropped")]
    for home in homes:
        yield (*home, own)


def _plain(name):
    return re.sub(r"[\s_-]", "", name).lower()


def _descend(folder, parts):
    """Return the folder reached by these steps, each name as it is or written otherwise, or None"""
    with readable(folder):
        if not folder.is_dir():
            return None
    for part in parts:
        same = [f for f in entries(folder)[0] if _plain(f.name) == _plain(part)]
        if not same:
            return None
        folder = next((f for f in same if f.name == part), same[0])
    return folder


def _sheet(folders):
    sheets = {
        path.resolve(): path
        for folder in folders
        for path in entries(folder)[1]
        if re.fullmatch(SHEETS, path.name, re.IGNORECASE)
    }
    found = list(sheets.values())
    # The released labels go back to the sheet of 2014; a later one lies beside it at some sites.
    official = [path for path in found if path.name == OFFICIAL_SHEET]
    if len(official or found) > 1:
        raise LayoutError(
            f"CASME2: expected one coding sheet, found {', '.join(map(str, found))}; keep "
            f"{OFFICIAL_SHEET}"
        )
    return (official or found or [None])[0]
