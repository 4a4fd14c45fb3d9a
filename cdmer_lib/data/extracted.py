"""Features of one's own: extracted from clips, kept in the layout of the released files.

The provenance in such a file tells it from a released one. It is read only from a folder that the
caller names, so that features of other clips never take the place of the released ones.
"""

import json
import re
from pathlib import Path

import numpy as np

from ..errors import DataUnavailable
from ..files import replacing
from ..protocol import Database, database_info

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
    as JSON.
    """
    import h5py

    name = database.name
    with replacing(path) as partial, h5py.File(partial, "w") as file:
        file.attrs[MARK] = json.dumps(provenance | {"descriptor": descriptor})
        file.create_dataset(
            f"{name}_micro_feature", data=database.X.T, compression="gzip", compression_opts=1
        )
        file[f"{name}_micro_label"] = database.y[None].astype(np.float64)
        file[f"{name}_micro_subject"] = np.array(database.subjects, dtype="S")
        file[f"{name}_micro_clip"] = np.array(clips, dtype="S")


def find_features(name, root, descriptor=BASELINE):
    """Path of a file of one's own in ``root`` or ``root/features``, or ``None``."""
    root, file = Path(root).expanduser(), features_name(name, descriptor)
    return next((p for p in (root / file, root / FOLDER / file) if read_provenance(p)), None)


def read_provenance(path):
    """What a file of one's own says of its making; ``None`` for any other file, or none."""
    import h5py

    try:
        with h5py.File(path, "r") as file:
            return json.loads(file.attrs[MARK])
    except (OSError, KeyError):
        return None


def read_features(path, name):
    """The :class:`~cdmer_lib.protocol.Database` of a file of one's own, with its subjects."""
    import h5py

    start = f"{database_info(name).name}_micro_"
    with h5py.File(path, "r") as file:
        X, y, subjects = (file[start + what][()] for what in ("feature", "label", "subject"))
    return Database(name, np.ascontiguousarray(X.T), y.ravel(), subjects.astype(str))


def absent(name, root, descriptor):
    """The exception for features that nobody released and that are not extracted yet."""
    name, file = database_info(name).name, features_name(name, descriptor)
    places = f"{root} and {Path(root) / FOLDER}" if root else "no folder was named by root"
    return DataUnavailable(
        f"{name} in {descriptor}: expected {file}, found none ({places}); only {BASELINE} is "
        "released: extract it from the clips with: cdmer features --root FOLDER "
        f'--database {name} --descriptor "{descriptor}", then pass root=FOLDER'
    )
