"""What the authors of TGSR released: LBP-TOP(R3P8) features, and the record of their grid search.

MATLAB saves the (n_samples, 15045) matrix by columns, which HDF5 presents as (15045, n_samples).
:func:`load_database` turns it: samples are rows.
"""

import numpy as np

from ..errors import InvalidInput
from ..protocol import database_info, get_task
from . import extracted
from .fetch import obtain
from .people import released_subjects
from .reading import as_database, expecting, read_hdf5
from .registry import released_file

N_FEATURES = 15045  # 85 facial blocks x 3 planes x 59 uniform patterns


def load_database(
    name, root=None, *, version="released", descriptor=extracted.BASELINE, verify=True
):  # fmt: skip
    """Load the features of a database: the released ones, or your own.

    ``name`` is a name or letter: CASME2 (C), SMIC_HS (H), SMIC_VIS (V), SMIC_NIR (N); or SAMM or
    CASME2_MEGC, of which nothing is released. The file is looked for in the folder ``root``, in the
    one named by CDMER_DATA, and in the user's cache: directly, in ``released_features/``, or in
    ``data/3class/`` as in a clone of the authors' repository. Found nowhere, it is downloaded into
    the cache. Features that ``cdmer features`` extracted are read only from ``root`` or
    ``root/features``, and not mixed: where ``root`` has those of other databases only, it raises.

    ``version="earlier"`` loads the LBP-TOP features of the thesis behind paper A, from
    ``earlier_features/`` or a clone of its repository: of the same clips, but for CASME II, which
    has 148 there. ``descriptor`` is a key of :data:`~cdmer_lib.DESCRIPTORS`; only the default is
    released. ``verify`` requires the released content, or that the file is as ``cdmer features``
    wrote it. ``False`` reads your own features in the same layout, only from ``root`` if given.

    Returns a :class:`~cdmer_lib.protocol.Database`. ``X`` is (n_samples, 15045), float64; a row is
    255 histograms, 85 blocks in 3 planes, and each sums to 1; other descriptors have other numbers
    of columns. ``y``, of shape (n_samples,): codes 1 to 3. ``subjects``: the person in each clip,
    as :mod:`cdmer_lib.data.people` finds them; None where the labels are not the released ones.

    Raises ``DataUnavailable`` where the file cannot be had, ``IntegrityError`` where it is not the
    released one or damaged, ``PermissionError`` where it may not be read; ``ValueError`` for an
    unknown name, not a MATLAB v7.3 file, datasets missing or of another shape, wrong labels, NaN.

    Examples
    --------
    >>> from cdmer_lib import load_database
    >>> load_database("SMIC_VIS").X.shape
    (71, 15045)
    """
    name = database_info(name).name
    if version not in ("released", "earlier"):
        raise InvalidInput(f"unknown version {version!r}: expected released or earlier")
    keys = f"{name}_micro_feature", f"{name}_micro_label"
    if version == "earlier":
        from scipy.io import loadmat

        path = obtain(released_file(f"earlier:{name}"), root, verify=verify)
        with expecting(path, f"a file of MATLAB 5 with {' and '.join(keys)}"):
            file = loadmat(path, variable_names=keys)
            X, y = (file[key] for key in keys)
        return as_database(path, name, X, y, released_subjects(name, y.ravel()))
    own = extracted.choose_features(name, root, descriptor, mixed=not verify)
    if own:
        return extracted.read_features(own, name)
    path = obtain(released_file(name), root, verify=verify)
    features, labels = read_hdf5(path, keys)[0].values()
    if features.ndim != 2 or len(features) != N_FEATURES:
        raise InvalidInput(
            f"{path}: expected features of shape ({N_FEATURES}, n_samples) as HDF5 presents them "
            f"(n_samples x {N_FEATURES} in MATLAB), found {features.shape}; turn the matrix"
        )
    if labels.size != features.shape[1]:
        raise InvalidInput(
            f"{path}: expected {features.shape[1]} labels, one a sample, found {labels.size}; "
            "save the labels of the same samples"
        )
    X, y = np.ascontiguousarray(features.T, dtype=np.float64), labels.ravel()
    return as_database(path, name, X, y, released_subjects(name, y))


def load_recorded_grid(task, root=None):
    """Load the grid search that the authors of TGSR recorded for a task.

    ``task`` is a task, its number, or letters such as ``"V->N"``; ``root`` and the errors are as in
    :func:`cdmer_lib.load_database`, the subfolders ``authors_grids/`` and ``Acc/3class/``. Returns
    a DataFrame of 23460 rows (85 kappa x 276 xi; xi repeats at 0.01, 0.1, 1, 10 and 100) in the
    file's order, with the columns ``kappa`` (int), ``xi``, ``accuracy`` (a fraction), ``mean_f1``.
    """
    import pandas as pd
    from scipy.io import loadmat

    # The content is verified, so the variable and its shape need no second check.
    path = obtain(released_file(f"grid:{get_task(task).letters}"), root)
    record = loadmat(path, variable_names=["Acc"])["Acc"]
    frame = pd.DataFrame(record, columns=["kappa", "xi", "accuracy", "mean_f1"])
    return frame.astype({"kappa": int})
