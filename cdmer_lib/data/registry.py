"""The sixteen files that the authors of TGSR released: names, addresses and hashes.

Source: the authors' public repository at a pinned commit. The SHA-1 of a file is the one that git
gives to its content (a git blob), so ``git hash-object FILE`` checks a file too.
"""

from pathlib import Path
from typing import NamedTuple

from ..protocol import DATABASES, TASKS, database_info, get_task
from .extracted import features_name

REPOSITORY = "https://github.com/jiangxingxun/Seeking_Salient_Facial_Region"
COMMIT = "0ceef18ea3f5cb7a4cb0dac049b6250ffe075a01"
BASE_URL = f"https://raw.githubusercontent.com/jiangxingxun/Seeking_Salient_Facial_Region/{COMMIT}"
# Where a file may lie below a data folder: a short name of ours, then the repository's folder.
FEATURES = ("released_features", "data/3class")
GRIDS = ("authors_grids", "Acc/3class")

# Name -> hash. The file is a registry as `pooch` has them: a path and a hash in each line.
_lines = Path(__file__).with_name("registry.txt").read_text("utf-8").splitlines()
SHA1 = {Path(path).name: sha1 for path, sha1 in map(str.split, _lines)}


class ReleasedFile(NamedTuple):
    """A released file: what it holds, its name, and the folders where it may lie."""

    what: str
    file: str
    folders: tuple[str, str]


def url(released):
    """Address of a released file."""
    return f"{BASE_URL}/{released.folders[-1]}/{released.file}"


def released_file(need):
    """Return the :class:`ReleasedFile` of a database ("SMIC_VIS", "V") or grid ("grid:V->N")."""
    if str(need).startswith("grid:"):
        task = get_task(need.removeprefix("grid:"))
        file = f"Acc_record_3class_{task.source}_{task.target}_feature_LBPTOP_R3P8.mat"
        return ReleasedFile(f"{task.letters} grid", file, GRIDS)
    return ReleasedFile(f"{database_info(need).name} features", features_name(need), FEATURES)


REGISTRY = [released_file(need) for need in [*DATABASES, *(f"grid:{t.letters}" for t in TASKS)]]
