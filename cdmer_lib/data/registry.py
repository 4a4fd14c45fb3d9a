"""The sixteen files that the authors of TGSR released, as data.

Source: the authors' public repository at a pinned commit. The SHA-1 of a file is the one git
itself gives to the file's content (a git blob), so ``git hash-object FILE`` checks it too.
"""

from dataclasses import dataclass

from ..protocol import DATABASES, TASKS, database_info, get_task

REPOSITORY = "https://github.com/jiangxingxun/Seeking_Salient_Facial_Region"
COMMIT = "0ceef18ea3f5cb7a4cb0dac049b6250ffe075a01"
BASE_URL = f"https://raw.githubusercontent.com/jiangxingxun/Seeking_Salient_Facial_Region/{COMMIT}"

SHA1 = {
    "CrossCorpus_LBPTOP_R3P8_CASME2_112by112.mat": "871c42b4eedc9857b1e533144400a67ad77fafb4",
    "CrossCorpus_LBPTOP_R3P8_SMIC_HS_112by112.mat": "600e2166c33f0fb56248d1d775bbba1e6e9d1189",
    "CrossCorpus_LBPTOP_R3P8_SMIC_NIR_112by112.mat": "5a5b0adabf5b0df4a8dad4b41eb9da5ca9e84eb3",
    "CrossCorpus_LBPTOP_R3P8_SMIC_VIS_112by112.mat": "4dd7765f1fbfa3c20d3d8d76ec9abab3a7fe9085",
    "Acc_record_3class_CASME2_SMIC_HS_feature_LBPTOP_R3P8.mat": (
        "45b03a00b28ef265687086342f3d488afd377690"
    ),
    "Acc_record_3class_CASME2_SMIC_NIR_feature_LBPTOP_R3P8.mat": (
        "259008a825b50cd8d9ee8dd03d6ee4099edc0c27"
    ),
    "Acc_record_3class_CASME2_SMIC_VIS_feature_LBPTOP_R3P8.mat": (
        "a4d2b9bbad6bf383c683dbf9f724573377d722d6"
    ),
    "Acc_record_3class_SMIC_HS_CASME2_feature_LBPTOP_R3P8.mat": (
        "b282cbf448bf4015fa8f0ddbe0d487deed2f1a60"
    ),
    "Acc_record_3class_SMIC_HS_SMIC_NIR_feature_LBPTOP_R3P8.mat": (
        "6d9395598a6bf44365449719f5aa586ee01190e7"
    ),
    "Acc_record_3class_SMIC_HS_SMIC_VIS_feature_LBPTOP_R3P8.mat": (
        "8d3020bbbe3c98a070016a5e00b186aaba20c488"
    ),
    "Acc_record_3class_SMIC_NIR_CASME2_feature_LBPTOP_R3P8.mat": (
        "87aafb25738ffa05d4d27c04c63a14b55ea01a0f"
    ),
    "Acc_record_3class_SMIC_NIR_SMIC_HS_feature_LBPTOP_R3P8.mat": (
        "507c1254c1611900e45ae73c50144edd98007a4c"
    ),
    "Acc_record_3class_SMIC_NIR_SMIC_VIS_feature_LBPTOP_R3P8.mat": (
        "4e91e94f929bfde1a94693f62f119158d786b3f9"
    ),
    "Acc_record_3class_SMIC_VIS_CASME2_feature_LBPTOP_R3P8.mat": (
        "f1232eecd1d073d1244e58d4e0da0ed753d9808d"
    ),
    "Acc_record_3class_SMIC_VIS_SMIC_HS_feature_LBPTOP_R3P8.mat": (
        "e1c393c5f6e0b8cb08489362da6c3aa4577664d7"
    ),
    "Acc_record_3class_SMIC_VIS_SMIC_NIR_feature_LBPTOP_R3P8.mat": (
        "5afa26d75b9c9643e0eb170afc535450deefe86f"
    ),
}


@dataclass(frozen=True)
class ReleasedFile:
    """One file of the registry.

    Attributes
    ----------
    what : str
        What it holds, in words.
    file : str
        Its name, a key of :data:`SHA1`.
    folders : tuple of str
        Where it lies below a data folder: a tidy folder, then the folder of the repository.
    """

    what: str
    file: str
    folders: tuple[str, str]

    @property
    def sha1(self):
        """The git blob SHA-1 of the released content."""
        return SHA1[self.file]

    @property
    def url(self):
        """The public address of the file at the pinned commit."""
        return f"{BASE_URL}/{self.folders[-1]}/{self.file}"


def features_file(name):
    """Return the file of the LBP-TOP(R3P8) features of a database, by name or letter."""
    name = database_info(name).name
    file = f"CrossCorpus_LBPTOP_R3P8_{name}_112by112.mat"
    return ReleasedFile(f"{name} features", file, ("released_features", "data/3class"))


def grid_file(task):
    """Return the file of the authors' TGSR grid search on a task (anything ``get_task`` takes)."""
    task = get_task(task)
    file = f"Acc_record_3class_{task.source}_{task.target}_feature_LBPTOP_R3P8.mat"
    return ReleasedFile(f"{task.letters} grid", file, ("authors_grids", "Acc/3class"))


def released_file(need):
    """Return the file behind a need: a database's name or letter, or a grid such as ``grid:V->N``.

    Raises ``ValueError`` for an unknown database or task.
    """
    if isinstance(need, str) and need.startswith("grid:"):
        return grid_file(need.removeprefix("grid:"))
    return features_file(need)


REGISTRY = tuple(map(features_file, DATABASES)) + tuple(map(grid_file, TASKS))
