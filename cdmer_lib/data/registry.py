"""The sixteen files that the authors of TGSR released: names, addresses and hashes.

Source: the authors' public repository at a pinned commit. The SHA-1 of a file is the one that git
gives to its content (a git blob), so ``git hash-object FILE`` checks a file too.
"""

from typing import NamedTuple

from ..protocol import DATABASES, TASKS, database_info, get_task

REPOSITORY = "https://github.com/jiangxingxun/Seeking_Salient_Facial_Region"
COMMIT = "0ceef18ea3f5cb7a4cb0dac049b6250ffe075a01"
BASE_URL = f"https://raw.githubusercontent.com/jiangxingxun/Seeking_Salient_Facial_Region/{COMMIT}"
# Where a file may lie below a data folder: a short name of ours, then the repository's folder.
FEATURES = ("released_features", "data/3class")
GRIDS = ("authors_grids", "Acc/3class")

_FEATURES = "CrossCorpus_LBPTOP_R3P8_{}_112by112.mat"
_GRID = "Acc_record_3class_{}_{}_feature_LBPTOP_R3P8.mat"
SHA1 = {
    _FEATURES.format("CASME2"): "871c42b4eedc9857b1e533144400a67ad77fafb4",
    _FEATURES.format("SMIC_HS"): "600e2166c33f0fb56248d1d775bbba1e6e9d1189",
    _FEATURES.format("SMIC_NIR"): "5a5b0adabf5b0df4a8dad4b41eb9da5ca9e84eb3",
    _FEATURES.format("SMIC_VIS"): "4dd7765f1fbfa3c20d3d8d76ec9abab3a7fe9085",
    _GRID.format("CASME2", "SMIC_HS"): "45b03a00b28ef265687086342f3d488afd377690",
    _GRID.format("CASME2", "SMIC_NIR"): "259008a825b50cd8d9ee8dd03d6ee4099edc0c27",
    _GRID.format("CASME2", "SMIC_VIS"): "a4d2b9bbad6bf383c683dbf9f724573377d722d6",
    _GRID.format("SMIC_HS", "CASME2"): "b282cbf448bf4015fa8f0ddbe0d487deed2f1a60",
    _GRID.format("SMIC_HS", "SMIC_NIR"): "6d9395598a6bf44365449719f5aa586ee01190e7",
    _GRID.format("SMIC_HS", "SMIC_VIS"): "8d3020bbbe3c98a070016a5e00b186aaba20c488",
    _GRID.format("SMIC_NIR", "CASME2"): "87aafb25738ffa05d4d27c04c63a14b55ea01a0f",
    _GRID.format("SMIC_NIR", "SMIC_HS"): "507c1254c1611900e45ae73c50144edd98007a4c",
    _GRID.format("SMIC_NIR", "SMIC_VIS"): "4e91e94f929bfde1a94693f62f119158d786b3f9",
    _GRID.format("SMIC_VIS", "CASME2"): "f1232eecd1d073d1244e58d4e0da0ed753d9808d",
    _GRID.format("SMIC_VIS", "SMIC_HS"): "e1c393c5f6e0b8cb08489362da6c3aa4577664d7",
    _GRID.format("SMIC_VIS", "SMIC_NIR"): "5afa26d75b9c9643e0eb170afc535450deefe86f",
}


class ReleasedFile(NamedTuple):
    """A released file: what it holds, its name, and the folders where it may lie."""

    what: str
    file: str
    folders: tuple[str, str]

    @property
    def sha1(self):
        return SHA1[self.file]

    @property
    def url(self):
        return f"{BASE_URL}/{self.folders[-1]}/{self.file}"


def released_file(need):
    """Return the :class:`ReleasedFile` of a database ("SMIC_VIS", "V") or grid ("grid:V->N").

    Raises ``ValueError`` for an unknown database or task.
    """
    if str(need).startswith("grid:"):
        task = get_task(need.removeprefix("grid:"))
        return ReleasedFile(f"{task.letters} grid", _GRID.format(task.source, task.target), GRIDS)
    name = database_info(need).name
    return ReleasedFile(f"{name} features", _FEATURES.format(name), FEATURES)


REGISTRY = [released_file(need) for need in [*DATABASES, *(f"grid:{t.letters}" for t in TASKS)]]
