"""The files that authors released: names, addresses and hashes.

Source: two public repositories, each at a pinned commit. That of TGSR has features and recorded
grids; that of domain regeneration has earlier features, those of the thesis behind paper A. The
SHA-1 of a file is the one that git gives to its content (a git blob), so ``git hash-object FILE``
checks a file too.
"""

from pathlib import Path
from typing import NamedTuple

from ..errors import InvalidInput
from ..protocol import DATABASES, TASKS, database_info, get_task
from .extracted import features_name

HOST = "https://raw.githubusercontent.com"
REPOSITORY = "https://github.com/jiangxingxun/Seeking_Salient_Facial_Region"
COMMIT = "0ceef18ea3f5cb7a4cb0dac049b6250ffe075a01"
EARLIER_REPOSITORY = "https://github.com/ProphetZ-star/ME-Recognition"
EARLIER_COMMIT = "c274369b190d346b8ef620b7fae30cacf728672a"
# Where a file may lie below a data folder: a short name of ours, then the repository's folder.
FEATURES = ("released_features", "data/3class")
GRIDS = ("authors_grids", "Acc/3class")
EARLIER = ("earlier_features", "MM2017-TIP2018-Codes_of_DR_V0.2/Codes_of_DR_V0.2")

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
    earlier = released.folders == EARLIER
    repository, commit = (EARLIER_REPOSITORY, EARLIER_COMMIT) if earlier else (REPOSITORY, COMMIT)
    place = repository.removeprefix("https://github.com")
    return f"{HOST}{place}/{commit}/{released.folders[-1]}/{released.file}"


def released_file(need):
    """Return a :class:`ReleasedFile`.

    ``need`` is a database ("SMIC_VIS", "V"), its earlier features ("earlier:V") or a recorded grid
    ("grid:V->N"). Raises ``ValueError`` for an unknown one, and one of which nothing is released.
    """
    kind, _, name = str(need).rpartition(":")
    if kind == "grid":
        task = get_task(name)
        file = f"Acc_record_3class_{task.source}_{task.target}_feature_LBPTOP_R3P8.mat"
        return ReleasedFile(f"{task.letters} grid", file, GRIDS)
    name = database_info(name).name
    if name not in DATABASES:
        raise InvalidInput(
            f"expected one of the released databases, {', '.join(DATABASES)}, found {name}; "
            f"extract its features from the clips: cdmer features --root FOLDER --database {name}"
        )
    if kind == "earlier":
        return ReleasedFile(f"{name} earlier features", f"{name}_Corpus_LBPTOP.mat", EARLIER)
    return ReleasedFile(f"{name} features", features_name(name), FEATURES)


REGISTRY = [
    released_file(f"{kind}{name}")
    for kind, names in (("", DATABASES), ("grid:", [t.letters for t in TASKS]),
                        ("earlier:", DATABASES))
    for name in names
]  # fmt: skip
