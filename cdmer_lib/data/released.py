"""The released LBP-TOP(R3P8) features: from a MATLAB file to a Database with samples as rows."""

import h5py
import numpy as np

from ..errors import InvalidInput
from ..protocol import Database, database_info
from . import extracted
from .fetch import obtain
from .people import released_subjects
from .registry import features_file
from .search_path import readable

# 85 facial blocks x 3 planes x 59 uniform patterns.
N_FEATURES = 15045


def load_database(name, root=None, *, descriptor=extracted.BASELINE, verify=True):
    """Load the features of a database: the released ones, or those of one's own.

    Parameters
    ----------
    name : str
        A name or letter: CASME2 (C), SMIC_HS (H), SMIC_VIS (V), SMIC_NIR (N).
    root : path, optional
        A folder searched before the one named by CDMER_DATA and the user's cache. The file may
        lie directly in a folder, in ``released_features/``, or in ``data/3class/`` as in a clone
        of the authors' repository. A file found nowhere is downloaded into the cache. Features
        that ``cdmer features`` extracted are read from ``root`` or ``root/features`` alone.
    descriptor : str, default="LBP-TOP(R3P8)"
        A key of :data:`~cdmer_lib.DESCRIPTORS`. Only the default is released.
    verify : bool, default=True
        Require the released content, unless the file says that it was extracted here. ``False``
        reads your own features in the same layout; with a ``root`` from there alone.

    Returns
    -------
    Database
        ``X`` of shape (n_samples, 15045), float64, a histogram's relative frequencies: each of
        the 255 planes of blocks in a row sums to 1; ``y`` of shape (n_samples,), codes 1 to 3.
        With another descriptor, its own number of columns. ``subjects``: the person in each clip,
        recovered from public lists, the order of the labels and the features themselves; what it
        rests on is in :mod:`cdmer_lib.data.people`. None where the labels are not the released
        ones (``verify=False``).

    Raises
    ------
    DataUnavailable
        The file is in no folder searched and cannot be downloaded.
    IntegrityError
        The file, or its download, is not the released one.
    PermissionError
        A folder or the file may not be read.
    ValueError
        Unknown name; not a MATLAB v7.3 file; datasets missing or of a shape that does not fit;
        labels outside 1..3; NaN.

    Notes
    -----
    MATLAB saves the (n_samples, 15045) matrix column by column, which HDF5 presents as
    (15045, n_samples). This is the one place where it is turned.
    """
    own = root and extracted.find_features(name, root, descriptor)
    if own:
        return extracted.read_features(own, name)
    if descriptor != extracted.BASELINE:
        raise extracted.absent(name, root, descriptor)
    path = obtain(features_file(name), root, verify=verify)
    name = database_info(name).name
    with readable(path), open(path, "rb") as stream:
        features, labels = _read_matlab(
            stream, path, (f"{name}_micro_feature", f"{name}_micro_label")
        )
    _check_shapes(features, labels, path)
    labels = labels.ravel()
    try:
        X = np.ascontiguousarray(features.T, dtype=np.float64)
        return Database(name, X, labels, released_subjects(name, labels))
    except ValueError as error:
        raise InvalidInput(f"{path}: {error}") from error


def _read_matlab(stream, path, keys):
    """Return the datasets ``keys`` of a MATLAB v7.3 file as HDF5 presents them."""
    try:
        with h5py.File(stream, "r") as file:
            return [_numeric_dataset(file, key, path)[()] for key in keys]
    except (OSError, RuntimeError) as error:
        raise InvalidInput(
            f"{path}: expected a MATLAB v7.3 (HDF5) file, found one that HDF5 cannot read "
            f"({error}); save the features with save(..., '-v7.3') or download the file again"
        ) from error


def _numeric_dataset(file, key, path):
    dataset = file.get(key)
    if not isinstance(dataset, h5py.Dataset) or dataset.dtype.kind not in "fiu":
        held = ", ".join(f"{k} {getattr(v, 'dtype', 'group')}" for k, v in file.items())
        raise InvalidInput(
            f"{path}: expected a numeric dataset {key}, found {held or 'no dataset'}; "
            "save the matrix under that name"
        )
    return dataset


def _check_shapes(features, labels, path):
    if features.ndim != 2 or len(features) != N_FEATURES:
        raise InvalidInput(
            f"{path}: expected features of shape ({N_FEATURES}, n_samples) as HDF5 presents them "
            f"(n_samples x {N_FEATURES} in MATLAB), found {features.shape}; extract LBP-TOP(R3P8) "
            "on the 85 blocks again, or turn the matrix"
        )
    if labels.size != features.shape[1]:
        raise InvalidInput(
            f"{path}: expected {features.shape[1]} labels, one a sample, found {labels.size}; "
            "save the labels of the same samples"
        )
