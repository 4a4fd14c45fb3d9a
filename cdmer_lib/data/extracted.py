"""Features of one's own: extracted from clips, kept in the layout of the released files.

The provenance in such a file tells it from a released one. It is read only from a folder that the
caller names; released files never take the place of what is absent there.
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

    ``database`` has ``subjects``; ``clips`` names each sample; ``provenance`` is a dict for JSON.
    A digest of all that the file says is stored with it.
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
            file.create_dataset(key, data=array, compression="gzip", compression_opts=1)


def _digest(arrays, provenance):
    told = {key: value for key, value in provenance.items() if key != "sha256"}
    digest = hashlib.sha256(json.dumps(told, sort_keys=True).encode())
    for key, array in sorted(arrays.items()):
        digest.update(f"{key} {array.dtype} {array.shape}".encode())
        digest.update(np.ascontiguousarray(array))
    return digest.hexdigest()


def is_foreign(path):
    """Whether a file is whole and was not written by this module: a released one, say."""
    with suppress(CdmerError):  # damaged, or there is none
        return read_hdf5(path, (), MARK)[1] is None
    return False


def find_features(name, root, descriptor=BASELINE):
    """Path of a file of one's own in ``root`` or ``root/features``, unchecked, or ``None``."""
    folder, file = user_path(root), features_name(name, descriptor)
    if is_file(folder / file) and read_hdf5(folder / file, (), MARK)[1] is not None:
        return folder / file
    return folder / FOLDER / file if is_file(folder / FOLDER / file) else None


def choose_features(name, root=None, descriptor=BASELINE, mixed=False):
    """Path of a file of one's own, or ``None`` where the released file is to be used.

    Raises where there is neither; unless ``mixed``, also where ``root`` has other databases only.
    """
    if root and (own := find_features(name, root, descriptor)):
        return own
    others = []
    for other in DATABASES if root else ():
        with suppress(CdmerError):  # a damaged file is an error of its own database
            others += [other] if find_features(other, root, descriptor) else []
    released = descriptor == BASELINE and database_info(name).name in DATABASES
    if not released or (others and not mixed):
        raise absent(name, root, descriptor, others)
    return None


def absent(name, root, descriptor, others=()):
    """The exception for features that are not extracted yet, while those of ``others`` are."""
    name, file = database_info(name).name, features_name(name, descriptor)
    places = f"{root} and {user_path(root) / FOLDER}" if root else "no folder was named by root"
    kind, why = DataUnavailable, f"only {BASELINE} of the papers' databases is released:"
    if others and descriptor == BASELINE and name in DATABASES:
        why = f"the released ones are not mixed with your own of {', '.join(others)}"
        kind, why = InvalidInput, f"{why}: name another root, or"
    return kind(
        f"{name} in {descriptor}: expected {file}, found none ({places}); {why} extract it from "
        f'the clips with: cdmer features --root FOLDER --database {name} --descriptor "{descriptor}'
        '", then pass root=FOLDER'
    )


def _read(path):
    """Return the datasets and the provenance of a file of one's own, after checking its digest."""
    advice = "delete it, and extract it again with: cdmer features --root FOLDER"
    arrays, mark = read_hdf5(path, None, MARK, advice)
    with suppress(TypeError, ValueError, KeyError):  # no provenance, or damaged, or no digest
        provenance = json.loads(mark)
        if provenance["sha256"] == _digest(arrays, provenance):
            return arrays, provenance
    raise IntegrityError(
        f"{path}: expected features as cdmer features wrote them, found other content than their "
        f"digest says: the file is damaged, or an old version wrote it; {advice}"
    )


def read_provenance(path):
    """What a file of one's own says of its making; ``None`` for any other or damaged file."""
    with suppress(CdmerError):
        return _read(path)[1]


def read_features(path, name):
    """The Database of a file of one's own; raises ``IntegrityError`` where it is damaged."""
    arrays, start = _read(path)[0], f"{database_info(name).name}_micro_"
    if f"{start}feature" not in arrays:
        found = ", ".join(arrays)
        raise InvalidInput(f"{path}: expected {start}feature, found {found}; rename the file")
    X, y, subjects = (arrays[start + what] for what in ("feature", "label", "subject"))
    return Database(name, np.ascontiguousarray(X.T), y.ravel(), np.char.decode(subjects, "utf-8"))
