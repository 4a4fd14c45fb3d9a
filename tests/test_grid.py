"""The block grid, the order of the released columns, and what may serve as blocks."""

import numpy as np
import pytest

from cdmer_lib.protocol import CORE, LEVELS, block_edges, facial_blocks, facial_columns
from cdmer_lib.solvers.blocks import block_columns


@pytest.mark.parametrize(
    ("level", "sizes"), [(1, [106]), (2, [53, 53]), (4, [27, 27, 27, 25]), (8, [13] * 7 + [15])]
)
def test_block_edges(level, sizes):
    # with these sizes, and no others, every released value is an integer count
    assert CORE == 106
    edges = block_edges(level)
    assert np.diff(edges).tolist() == sizes
    assert (edges[0], edges[-1]) == (0, CORE)


def test_85_blocks_grid_by_grid_the_row_running_fastest():
    blocks = facial_blocks()
    assert len(blocks) == 85
    assert [block.level for block in blocks] == [1] * 1 + [2] * 4 + [4] * 16 + [8] * 64
    assert [(b.row, b.column) for b in blocks[1:5]] == [(0, 0), (1, 0), (0, 1), (1, 1)]
    for level in LEVELS:
        covered = np.zeros((CORE, CORE), dtype=int)
        for block in blocks:
            if block.level == level:
                covered[block.rows, block.columns] += 1
        assert (covered == 1).all()


def slow_facial_columns(n_planes, n_bins):
    """Level -> plane -> block -> bin, counted one column at a time."""
    columns, start = {}, 0
    for level in LEVELS:
        for _ in range(n_planes):
            for block in range(level * level):
                for _ in range(n_bins):
                    columns.setdefault((level, block), []).append(start)
                    start += 1
    return list(columns.values())


@pytest.mark.parametrize(("n_planes", "n_bins"), [(3, 59), (3, 15), (1, 20), (3, 1)])
def test_facial_columns(n_planes, n_bins):
    columns = facial_columns(n_planes, n_bins)
    assert [list(block) for block in columns] == slow_facial_columns(n_planes, n_bins)


def test_facial_columns_are_a_partition_of_the_released_features():
    columns = facial_columns()
    assert {len(block) for block in columns} == {177}
    assert sorted(np.concatenate(columns)) == list(range(15045))


def test_only_the_first_run_of_177_columns_is_a_facial_block():
    facial = {tuple(sorted(block)) for block in facial_columns()}
    same = [tuple(run) in facial for run in np.arange(15045).reshape(85, 177)]
    assert same == [True] + [False] * 84
    # the second run holds one plane of three different blocks of the 2 x 2 grid
    owners = [
        i for i, block in enumerate(facial_columns()) if np.isin(block, np.arange(177, 354)).any()
    ]
    assert owners == [1, 2, 3]


def test_blocks_by_name_number_or_list():
    assert np.array_equal(block_columns("authors", 15045), np.arange(15045).reshape(85, 177))
    assert np.array_equal(block_columns("facial", 15045), facial_columns())
    assert np.array_equal(block_columns("authors", 170), np.arange(170).reshape(85, 2))
    assert np.array_equal(block_columns(np.int64(3), 6), [[0, 1], [2, 3], [4, 5]])
    given = block_columns([[5, 0], (1, 2, 4), np.array([3])], 6)
    assert [list(block) for block in given] == [[5, 0], [1, 2, 4], [3]]


@pytest.mark.parametrize(
    ("blocks", "n_features", "message"),
    [
        ("authors", 15044, "85 blocks divide evenly, found 15044 .*15045 = 85 x 177"),
        (4, 10, "4 blocks divide evenly, found 10"),
        (0, 10, "0 blocks divide evenly"),
        ("facial", 15044, "each of the 15044 features once, found 85 blocks of 15045 columns"),
        ("facial", 170, "each of the 170 features once, found 85 blocks of 15045 columns"),
        ([[0, 1], [3]], 4, "each of the 4 features once, found 2 blocks of 3 columns"),
        ([[0, 1], [1, 2]], 4, "each of the 4 features once, found 2 blocks of 4 columns"),
        ([[0, 1], [2, 3], [3]], 4, "each of the 4 features once, found 3 blocks of 5 columns"),
        ([[0, 1], [2, 4]], 4, "each of the 4 features once, found 2 blocks of 4 columns"),
        ([[0, 1], [2, -1]], 4, "each of the 4 features once, found 2 blocks of 4 columns"),
    ],
)
def test_blocks_that_do_not_fit(blocks, n_features, message):
    with pytest.raises(ValueError, match=f"expected .*{message}"):
        block_columns(blocks, n_features)
