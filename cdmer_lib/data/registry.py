"""The files that authors released: names, addresses and hashes, of ``registry.csv``.

Source: two public repositories, each at a pinned commit. That of TGSR has features and recorded
grids; that of domain regeneration has earlier features, those of the thesis behind paper A.
"""

from typing import NamedTuple

from ..errors import InvalidInput
from ..protocol import DATABASES, database_info, get_task
from .reading import own_table

HOST = "https://raw.githubusercontent.com"
REPOSITORY = "https://github.com/jiangxingxun/Seeking_Salient_Facial_Region"
COMMIT = "0ceef18ea3f5cb7a4cb0dac049b6250ffe075a01"
EARLIER_REPOSITORY = "https://github.com/ProphetZ-star/ME-Recognition"
EARLIER_COMMIT = "c274369b190d346b8ef620b7fae30cacf728672a"
# Where a file may lie below a data folder: a short name of ours, then the repository's folder.
FEATURES = ("released_features", "data/3class")
GRIDS = ("authors_grids", "Acc/3class")
EARLIER = ("earlier_features", "MM2017-TIP2018-Codes_of_DR_V0.2/Codes_of_DR_V0.2")


class ReleasedFile(NamedTuple):
    """A released file: what it holds, its name, and the folders where it may lie."""

    what: str
    file: str
    folders: tuple[str, str]


FOLDERS = {"features": FEATURES, "grid": GRIDS, "earlier features": EARLIER}
_rows = [row.values() for row in own_table("registry.csv")]
SHA1 = {file: sha1 for _, _, file, sha1 in _rows}
REGISTRY = [ReleasedFile(f"{name} {kind}", file, FOLDERS[kind]) for kind, name, file, _ in _rows]


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
    name = get_task(name).letters if kind == "grid" else database_info(name).name
    kind = {"grid": "grid", "earlier": "earlier features"}.get(kind, "features")
    for released in REGISTRY:
        if released.what == f"{name} {kind}":
            return released
    raise InvalidInput(
        f"expected one of the released databases, {', '.join(DATABASES)}, found {name}; "
        f"extract its features from the clips: cdmer features --root FOLDER --database {name}"
    )
