"""Features of one's own: extracted from clips, kept in the layout of the released files.

The provenance in such a file tells it from a released one. It is read only from a folder that the
caller names, so that features of other clips never take the place of the released ones; and where
that folder has features of one's own, the released ones never stand in for those that it lacks.
"""

import hashlib
import json
import re
from contextlib import suppress

import numpy as np

from ..errors import CdmerError, DataUnavailable, IntegrityError, InvalidInput
from ..files import replacing, user_path
from ..protocol import DATABASES, Database, database_info
from .reading import is_file, read_hdf5

BASELINE = "LBP-TOP(R3P8)"  # the descriptor of the released features
FOLDER = "features"  # of extracted features below a folder of databases
MARK = "cdmer_provenance"


def features_name(name, descriptor=BASELINE):
    """File name, as the authors would give it: ``CrossCorpus_LBPTOP_R3P8_CASME2_112by112.mat``."""
    slug = re.sub(r"[-=) ]", "", descriptor).replace("(", "_")
    return f"CrossCorpus_{slug}_{database_info(name).name}_112by112.mat"


def write_features(path, database, descriptor, clips, provenance):
    """Write features in the released layout: MATLAB v7.3 datasets, completely or not at all.

    ``database`` has ``subjects``; ``clips`` names each sample; ``provenance``, a dict, is stored
    as JSON, with a digest of all that the file says.
    """
    import h5py

    start, provenance = f"{database.name}_micro_", provenance | {"descriptor": descriptor}
    arrays = {
        f"{start}feature": database.X.T,
        f"{start}label": database.y[None].astype(np.float64),
        f"{start}subject": np.char.encode(np.array(database.subjects, dtype=str), "utf-8"),
        f"{start}clip": np.char.encode(np.array(clips, dtype=str), "utf-8"),
    }
    provenance["sha256"] = _digest(arrays, provenance)
    with replacing(path) as partial, h5py.File(partial, "w") as file:
        file.attrs[MARK] = json.dumps(provenance)
        for key, array in arrays.items():
            how = {"compression": "gzip", "compression_opts": 1} if key.endswith("feature") else {}
            file.create_dataset(key, data=array, **how)


def _digest(arrays, provenance):
    """SHA-256 of the arrays by name, and of the provenance but for the digest itself."""
    told = {key: value for key, value in provenance.items() if key != "sha256"}
    digest = hashlib.sha256(json.dumps(told, sort_keys=True).encode())
    for key, array in sorted(arrays.items()):
        digest.update(f"{key} {array.dtype} {array.shape}".encode())
        digest.update(np.ascontiguousarray(array))
    return digest.hexdigest()


def find_features(name, root, descriptor=BASELINE):
    """Path of a file of one's own in ``root`` or ``root/features``, or ``None``.

    Its content is not checked yet. Raises ``InvalidInput`` for a file in ``root`` that is damaged
    so much that it does not say whose it is.
    """
    folder, file = user_path(root), features_name(name, descriptor)
    if is_file(folder / file) and read_hdf5(folder / file, (), MARK)[1] is not None:
        return folder / file
    return folder / FOLDER / file if is_file(folder / FOLDER / file) else None


def choose_features(name, root=None, descriptor=BASELINE, mixed=False):
    """Path of a file of one's own, or ``None`` where the released file is to be used.

    Raises ``DataUnavailable`` for a descriptor that nobody released; unless ``mixed``,
    ``InvalidInput`` where ``root`` holds features of one's own of other databases only.
    """
    own = root and find_features(name, root, descriptor)
    if own or (not root and descriptor == BASELINE):
        return own
    if descriptor != BASELINE:
        raise absent(name, root, descriptor)
    others = []
    for other in DATABASES:
        with suppress(CdmerError):  # a damaged file is an error of its own database
            others += [other] if find_features(other, root) else []
    if others and not mixed:
        raise InvalidInput(
            f"{database_info(name).name}: expected your own features of it beside those of "
            f"{', '.join(others)} in {root}, found none; the released ones are not mixed with "
            f"them: {_advice(name)}, or name another folder as root"
        )
    return None


def _advice(name, descriptor=BASELINE):
    return (
        "extract it from the clips with: cdmer features --root FOLDER --database "
        f'{database_info(name).name} --descriptor "{descriptor}"'
    )


def absent(name, root, descriptor):
    """The exception for features that nobody released and that are not extracted yet."""
    places = f"{root} and {user_path(root) / FOLDER}" if root else "no folder was named by root"
    return DataUnavailable(
        f"{database_info(name).name} in {descriptor}: expected {features_name(name, descriptor)}, "
        f"found none ({places}); only {BASELINE} is released: {_advice(name, descriptor)}, then "
        "pass root=FOLDER"
    )


def _read(path):
    """Return the datasets and the provenance of a file of one's own, after checking its digest."""
    advice = "delete it, and extract it again with: cdmer features --root FOLDER"
    arrays, mark = read_hdf5(path, None, MARK, advice)
    try:
        provenance = json.loads(mark)
        if provenance["sha256"] == _digest(arrays, provenance):
            return arrays, provenance
    except (TypeError, ValueError, KeyError):  # no provenance, or damaged, or without a digest
        pass
    raise IntegrityError(
        f"{path}: expected features as cdmer features wrote them, found other content than their "
        f"digest says: the file is damaged, or an old version wrote it; {advice}"
    )


def read_provenance(path):
    """What a file of one's own says of its making; ``None`` for any other or damaged file."""
    try:
        return _read(path)[1]
    except (CdmerError, OSError):
        return None


def read_features(path, name):
    """The :class:`~cdmer_lib.protocol.Database` of a file of one's own, with its subjects.

    Raises ``IntegrityError`` for a damaged file.
    """
    arrays, start = _read(path)[0], f"{database_info(name).name}_micro_"
    if f"{start}feature" not in arrays:
        raise InvalidInput(
            f"{path}: expected features of {database_info(name).name}, found {', '.join(arrays)}; "
            "give the file its own name again"
        )
    X, y, subjects = (arrays[start + what] for what in ("feature", "label", "subject"))
    return Database(name, np.ascontiguousarray(X.T), y.ravel(), np.char.decode(subjects, "utf-8"))
