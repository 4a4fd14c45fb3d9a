"""Licensed databases in their official folders: found from wherever the user points."""

import re
import warnings
from pathlib import Path

from ..errors import DatabaseNotFound, LayoutError
from ..files import user_path
from ..protocol import database_info
from .casme2 import index_casme2
from .clip_folder import entries, plain
from .reading import readable
from .smic import index_smic

OFFICIAL_SHEET = "CASME2-coding-20140508.xlsx"
SHEETS = r"CASME2-coding.*\.xlsx"
# Where the folder of subjects may lie below the one that the user names, the nearest first.
_HOMES = {
    "CASME2": ["", "CASME2", "CASME II"],
    "SMIC": ["", "SMIC_all_cropped", "SMIC", "SMIC/SMIC_all_cropped"],
}


def find_clips(database, root, *, skip=False, patch=True):
    """Find the clips of a licensed database, or of a synthetic one in the same layout.

    Only the folders and the coding sheet are read. :func:`cdmer_lib.data.check.check` says whether
    the clips are as many as they should be.

    Parameters
    ----------
    database : str
        A name or letter: CASME2 (C), SMIC_HS (H), SMIC_VIS (V), SMIC_NIR (N).
    root : path
        The database's own folder, or one above it: for CASME II the folder that holds
        ``Cropped``, or one that holds ``CASME2``; for SMIC the folder of the subset,
        ``SMIC_all_cropped``, or one that holds one of these, directly or below ``SMIC``.
    skip : bool
        Warn about a clip that cannot be used and leave it out, instead of raising.
    patch : bool
        CASME II only: add the folder ``sub24/EP02_07``, which has no row, as a Negative.

    Returns
    -------
    list of ClipFolder, in the released order

    Raises
    ------
    DatabaseNotFound, PermissionError
        The database is not there, or a folder may not be read.
    LayoutError
        The sheet cannot be read; or, unless ``skip``, a row of a kept emotion has no folder, a
        clip has no frames, a label is unknown, a clip is there twice.
    ValueError
        Unknown database.
    """
    found = index_database(database, root, patch=patch)
    errors = [finding for finding in found.findings if finding.level == "error"]
    name = database_info(database).name
    if errors and not skip:
        more = f" (and {len(errors) - 1} more: run cdmer check)" if len(errors) > 1 else ""
        raise LayoutError(f"{name} {errors[0].where}: {errors[0].detail}{more}; or pass skip=True")
    for finding in errors:
        warnings.warn(f"left out: {finding.where}: {finding.detail}", stacklevel=2)
    if not found.clips:
        why = f"; {errors[0].where}: {errors[0].detail}" if errors else ""
        raise LayoutError(f"{name}: expected clips below {root}, found none that can be used{why}")
    return found.clips


def index_database(database, root, *, patch=True):
    """Return the :class:`~cdmer_lib.data.clip_folder.Index` of a database: clips and findings.

    Raises as :func:`find_clips`, but not for what is wrong with single clips.
    """
    name = database_info(database).name
    folder, sheet = find_folder(name, root)
    return index_casme2(folder, sheet, patch) if sheet else index_smic(folder, name)


def find_folder(database, root):
    """Return a database's folder of subjects and, for CASME II, the coding sheet, else None.

    Names are compared without regard to case, spaces, hyphens and underscores. Raises
    :class:`DatabaseNotFound`; :class:`LayoutError` for several coding sheets.
    """
    name, root = database_info(database).name, user_path(root).absolute()
    casme2 = name == "CASME2"
    own = "Cropped" if casme2 else name.removeprefix("SMIC_")
    places = [Path(home, own) for home in _HOMES["CASME2" if casme2 else "SMIC"]]
    if plain(root.name) == plain(own):
        places.insert(0, Path())
    looked = []
    for place in places:
        looked.append(f"{root / place}")
        folder = _descend(root, place.parts)
        if folder is not None:
            sheet = _sheet([folder.parent, folder, root]) if casme2 else None
            if sheet or not casme2:
                return folder, sheet
            looked[-1] = f"{folder} (found, but no {OFFICIAL_SHEET} beside it)"
    raise DatabaseNotFound(
        f"{name}: expected a folder of the official layout, found none below {root}"
        + ("" if root.is_dir() else ", which is no folder")
        + ". Looked for:\n"
        + "\n".join(f"  {folder}" for folder in looked)
        + "\nWhat to do: point at the folder that holds "
        + ("Cropped and the coding sheet" if casme2 else "SMIC_all_cropped")
    )


def _descend(folder, parts):
    """Return the folder reached by these names, each as it is or spelt otherwise, or None."""
    with readable(folder):
        if not folder.is_dir():
            return None
    for part in parts:
        same = [f for f in entries(folder)[0] if plain(f.name) == plain(part)]
        if not same:
            return None
        folder = next((f for f in same if f.name == part), same[0])
    return folder


def _sheet(folders):
    """Return the one coding sheet in these folders, or None."""
    files = [path for folder in folders for path in entries(folder)[1]]
    sheets = [path for path in files if re.fullmatch(SHEETS, path.name, re.IGNORECASE)]
    found = list({path.resolve(): path for path in sheets}.values())
    # The released labels go back to the sheet of 2014; a later one lies beside it at some sites.
    official = [path for path in found if path.name == OFFICIAL_SHEET]
    if len(official or found) > 1:
        raise LayoutError(
            f"CASME2: expected one coding sheet, found {', '.join(map(str, found))}; keep "
            f"{OFFICIAL_SHEET}"
        )
    return (official or found or [None])[0]
