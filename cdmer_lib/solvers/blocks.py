"""Which feature columns form a block: the groups of TGSR and RSTR."""

from numbers import Integral

import numpy as np

from ..errors import InvalidInput
from ..protocol import facial_blocks, facial_columns

N_BLOCKS = len(facial_blocks())


def block_columns(blocks, n_features):
    """Columns of each block, as a list of arrays of int.

    ``blocks`` is "authors", 85 consecutive runs of equal length, as in the authors' code;
    "facial", the 85 facial blocks of the released LBP-TOP features (15045 columns); an int, so
    many consecutive runs of equal length; or a list with the columns of each block. Raises
    ``ValueError`` if the blocks do not cover each of the ``n_features`` columns once.
    """
    if isinstance(blocks, str):
        columns = facial_columns() if blocks == "facial" else _runs(N_BLOCKS, n_features)
    elif isinstance(blocks, Integral):
        columns = _runs(int(blocks), n_features)
    else:
        columns = [np.asarray(block) for block in blocks]
    found = np.concatenate([[], *columns])
    if not np.array_equal(np.sort(found), np.arange(n_features)) or not all(map(len, columns)):
        raise InvalidInput(
            f"expected blocks that cover each of the {n_features} features once, found "
            f"{len(columns)} blocks of {len(found)} columns in all; blocks={blocks!r} needs "
            "features with that layout, or pass the columns of each block as a list"
        )
    return [np.asarray(block, dtype=int) for block in columns]


def _runs(n_blocks, n_features):
    if n_blocks < 1 or n_features % n_blocks:
        raise InvalidInput(
            f"expected a number of features that {n_blocks} blocks divide evenly, found "
            f"{n_features} (the released features have 15045 = 85 x 177); pass blocks=1 or a list"
        )
    return list(np.arange(n_features).reshape(n_blocks, -1))
