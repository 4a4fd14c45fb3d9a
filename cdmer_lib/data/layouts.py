"""Licensed databases in their official folders: found from wherever the user points."""

import re
import warnings
from pathlib import Path

from ..errors import DatabaseNotFound, LayoutError
from ..files import user_path
from ..protocol import database_info
from .casme2 import index_casme2, index_casme2_megc
from .clip_folder import entries, plain
from .reading import readable
from .samm import index_samm
from .smic import index_smic

_CASME2 = ["", "CASME2", "CASME II"]
_SMIC = ["", "SMIC_all_cropped", "SMIC", "SMIC/SMIC_all_cropped"]
# Database -> the name of the folder of its subjects, and the folders that may hold it below the one
# that the user names, the nearest first.
HOMES = {
    "CASME2": ("Cropped", _CASME2),
    "CASME2_MEGC": ("Cropped", _CASME2),
    "SAMM": ("SAMM", ["SAMM", ""]),
} | {f"SMIC_{subset}": (subset, _SMIC) for subset in ("HS", "VIS", "NIR")}
# Database -> its coding sheet: the official name, and the pattern of any version.
SHEETS = {
    "CASME2": ("CASME2-coding-20140508.xlsx", r"CASME2-coding.*\.xlsx"),
    "SAMM": ("SAMM_Micro_FACS_Codes_v2.xlsx", r"SAMM_Micro_FACS_Codes.*\.xlsx"),
}
SHEETS["CASME2_MEGC"] = SHEETS["CASME2"]


def find_clips(database, root, *, skip=False, patch=True):
    """Find the clips of a licensed database, or of a synthetic one in the same layout.

    ``database`` is a name or letter: CASME2 (C), SMIC_HS (H), SMIC_VIS (V), SMIC_NIR (N), SAMM;
    CASME2_MEGC is CASME II with the classes and clips of MEGC 2019. ``root`` is its own folder, or
    one above it: that which holds ``Cropped``, or ``CASME2``; ``SAMM``, or that which holds it; the
    folder of the subset, ``SMIC_all_cropped``, or that which holds one of these, directly or below
    ``SMIC``. ``skip`` warns about a clip that cannot be used and leaves it out, instead of raising.
    ``patch`` (CASME2 only) adds the folder ``sub24/EP02_07``, which has no row, as a Negative.

    Only folders and the sheet are read; :func:`~cdmer_lib.data.check.check` reads more. Returns a
    list of :class:`ClipFolder` in the released order. Raises ``DatabaseNotFound``;
    ``PermissionError`` where ``root`` may not be read; ``LayoutError`` for a sheet that cannot be
    read, no clips, or, unless ``skip``, a clip that cannot be used or is there twice;
    ``ValueError`` for an unknown database.
    """
    found = index_database(database, root, patch=patch)
    name = database_info(database).name
    errors = [f"{f.where}: {f.detail}" for f in found.findings if f.level == "error"]
    if errors and not skip:
        more = f" (and {len(errors) - 1} more: run cdmer check)" if len(errors) > 1 else ""
        raise LayoutError(f"{name} {errors[0]}{more}; or pass skip=True")
    for error in errors:
        warnings.warn(f"left out: {error}", stacklevel=2)
    if not found.clips:
        why = "; ".join(["none that can be used", *errors[:1]])
        raise LayoutError(f"{name}: expected clips below {root}, found {why}")
    return found.clips


def index_database(database, root, *, patch=True):
    """Return the :class:`~.clip_folder.Index` of a database; raises where there is none."""
    name = database_info(database).name
    folder, sheet = find_folder(name, root)
    if name == "CASME2":
        return index_casme2(folder, sheet, patch)
    if name == "CASME2_MEGC":
        return index_casme2_megc(folder, sheet)
    return index_samm(folder, sheet) if sheet else index_smic(folder, name)


def find_folder(database, root):
    """Return a database's folder of subjects and its coding sheet, None in SMIC."""
    name, root = database_info(database).name, user_path(root).absolute()
    own, homes = HOMES[name]
    official, _ = SHEETS.get(name, (None, None))
    places, looked = [Path(home, own) for home in homes], ""
    if plain(root.name) == plain(own):
        places.append(Path())
    for place in places:
        folder, missing = _descend(root, place.parts), ""
        if folder is not None:
            sheet = _sheet([folder.parent, folder, root], name) if official else None
            if sheet or not official:
                return folder, sheet
            missing = f" (found, but no {official} beside it)"
        looked += f"  {folder or root / place}{missing}\n"
    below = root if root.is_dir() else f"{root}, which is no folder"
    target = f"{own} and the coding sheet" if official else "SMIC_all_cropped"
    raise DatabaseNotFound(
        f"{name}: expected a folder of the official layout, found none below {below}. Looked for:\n"
        f"{looked}What to do: point at the folder that holds {target}"
    )


def _descend(folder, parts):
    """Return the folder reached by these names, or by others that are :func:`plain` alike."""
    with readable(folder):
        folder = folder if folder.is_dir() else None
    for part in parts:
        same = [f for f in (entries(folder)[0] if folder else ()) if plain(f.name) == plain(part)]
        folder = next((f for f in same if f.name == part), same[0] if same else None)
    return folder


def _sheet(folders, database):
    """Return the one coding sheet of a database in these folders, or None."""
    official, pattern = SHEETS[database]
    files = [path for folder in folders for path in entries(folder)[1]]
    sheets = [path for path in files if re.fullmatch(pattern, path.name, re.IGNORECASE)]
    found = list({path.resolve(): path for path in sheets}.values())
    # CASME II's released labels go back to the sheet of 2014; a later one lies beside it at times.
    found = [path for path in found if path.name == official] or found
    if len(found) > 1:
        names = ", ".join(map(str, found))
        raise LayoutError(f"expected one coding sheet, found {names}; keep {official}")
    return found[0] if found else None
