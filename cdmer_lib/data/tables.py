"""Databases of one's own as tables: a folder of ``NAME.npz`` or ``NAME.csv`` files."""

import json
from contextlib import suppress

import numpy as np

from ..errors import InvalidInput
from ..files import replacing, user_path
from .reading import as_database, expecting, readable

HOW = (
    "NAME.npz with the arrays features (n_samples, n_features), labels and, if known, subjects; or "
    "NAME.csv with a header, the columns label and, if known, subject, and a column a feature"
)


def load_tables(folder):
    """The databases of a folder, a dict of str to Database in the order of their names.

    Every file ``NAME.npz`` or ``NAME.csv`` is one, other files are left alone. An ``.npz`` has the
    arrays ``features`` (n_samples, n_features), ``labels`` (n_samples,) and, where known,
    ``subjects`` (n_samples,). A ``.csv`` has a header with ``label`` and, where known, ``subject``;
    each of its other columns is a feature. Raises ``ValueError`` for fewer than two databases, two
    files of one name, a table that is none, different numbers of features, and databases that share
    fewer than two labels.
    """
    folder, data = user_path(folder), {}
    with readable(folder):
        files = sorted(folder.iterdir()) if folder.is_dir() else []
    for path in (path for path in files if path.suffix.lower() in (".npz", ".csv")):
        if path.stem in data:
            raise InvalidInput(f"{folder}: expected one file of {path.stem}, found two; remove one")
        with expecting(path, HOW):
            told = _read_npz(path) if path.suffix.lower() == ".npz" else _read_csv(path)
        data[path.stem] = as_database(path, path.stem, *told)
    if len(data) < 2:
        found = ", ".join(data) or "none"
        raise InvalidInput(f"{folder}: expected two databases or more, {HOW}; found {found}")
    sizes = {name: database.X.shape[1] for name, database in data.items()}
    if len(set(sizes.values())) > 1:
        raise InvalidInput(
            f"{folder}: expected as many features in every database, found {sizes}; extract all "
            "with the same descriptor"
        )
    if len(set.intersection(*(set(map(str, database.y)) for database in data.values()))) < 2:
        found = {name: np.unique(database.y).tolist()[:6] for name, database in data.items()}
        raise InvalidInput(
            f"{folder}: expected two labels or more that all databases have, found {found}; "
            "recode them alike"
        )
    return data


def _read_npz(path):
    with np.load(path, allow_pickle=False) as file:
        return file["features"], file["labels"], file.get("subjects")


def _read_csv(path):
    import pandas as pd

    table = pd.read_csv(path, encoding="utf-8-sig", dtype={"subject": str})
    y, subjects = table.pop("label"), table.pop("subject") if "subject" in table else None
    if wrong := list(table.columns[[kind.kind not in "iuf" for kind in table.dtypes]]):
        raise InvalidInput(
            f"{path}: expected numbers in every column but label and subject, found others in "
            f"{', '.join(wrong[:3])}; remove the column, or mend it"
        )
    return table.to_numpy(), y.to_numpy(), None if subjects is None else subjects.to_numpy()


def write_features(path, database, descriptor, clips, provenance):
    """Write a database as ``NAME.npz``, completely or not at all, with the arrays above.

    Beside them: ``clips``, a name for each sample; ``provenance``, a dict as JSON.
    """
    told = {"features": database.X, "labels": database.y, "clips": np.array(clips, dtype=str)}
    if database.subjects is not None:
        told["subjects"] = np.array(database.subjects, dtype=str)
    made = np.array(json.dumps(provenance | {"descriptor": descriptor}))
    with replacing(path) as partial, open(partial, "wb") as stream:
        np.savez_compressed(stream, **told, provenance=made)


def read_provenance(path):
    """What a file of :func:`write_features` says of its making; ``None`` for any other one."""
    with suppress(Exception), np.load(path, allow_pickle=False) as file:  # it may be damaged
        arrays = {name: file[name] for name in file.files}  # checksums are verified
        return json.loads(str(arrays["provenance"]))


def is_foreign(path):
    """Whether a file is a whole ``.npz`` that was not written by :func:`write_features`."""
    with suppress(Exception), np.load(path, allow_pickle=False) as file:  # it may be damaged
        return "provenance" not in file.files
    return False
