"""Statistics of features, against hand-made databases whose statistics are known."""

import numpy as np
import pytest

from cdmer_lib import Database
from cdmer_lib.protocol import BINS, facial_blocks, facial_columns
from cdmer_lib.statistics.calibration import (
    FRAMES,
    class_share,
    domain_gap,
    mean_block_histogram,
    non_uniform_share,
    statistics,
    variance_over_noise,
)

BLOCKS, COLUMNS = facial_blocks(), facial_columns()
LABELS = np.tile([1, 2, 3], 10)


def counted(seed, name="CASME2", y=LABELS, thin=1):
    """Clips whose histograms are pure counting: voxels drawn independently, 1 in ``thin`` kept."""
    rng = np.random.default_rng(seed)
    X = np.empty((len(y), 15045))
    for block, columns in zip(BLOCKS, COLUMNS, strict=True):
        voxels = FRAMES * (block.rows.stop - block.rows.start) * (
            block.columns.stop - block.columns.start
        ) // thin  # fmt: skip
        for plane in np.split(columns, 3):
            X[:, plane] = rng.multinomial(voxels, np.full(BINS, 1 / BINS), len(y)) / voxels
    return Database(name, X, y)


@pytest.fixture(scope="module")
def database():
    return counted(0)


def test_counting_alone_has_the_variance_of_counting(database):
    ratio = variance_over_noise(database)
    assert ratio.shape == (85,)
    expected = (len(LABELS) - 1) / len(LABELS)  # the variance is divided by n
    np.testing.assert_allclose(ratio, expected, atol=0.1)


def test_fewer_independent_voxels_show_as_that_many_times_the_noise():
    np.testing.assert_allclose(variance_over_noise(counted(1, thin=10)), 10, rtol=0.15)


def test_variance_over_noise_equals_a_loop_over_bins(database):
    for i in (0, 7, 84):
        variance = noise = 0
        for column in COLUMNS[i]:
            p = database.X[:, column].mean()
            variance += np.mean((database.X[:, column] - p) ** 2)
            block = BLOCKS[i]
            pixels = np.zeros((106, 106))[block.rows, block.columns].size
            noise += p * (1 - p) / (10 * pixels)
        assert variance_over_noise(database)[i] == pytest.approx(variance / noise)


def test_class_share_is_all_or_next_to_nothing(database):
    np.testing.assert_allclose(class_share(database), 2 / (len(LABELS) - 1), atol=0.03)
    X = database.X[:3][LABELS - 1]  # each clip is its class
    np.testing.assert_allclose(class_share(Database("CASME2", X, LABELS)), 1)


def test_domain_gap_is_the_length_of_a_shift(database):
    shift = np.random.default_rng(2).normal(size=15045)
    moved = Database("SMIC_VIS", database.X + shift, database.y)
    assert domain_gap(database, moved) == pytest.approx(np.linalg.norm(shift))
    assert domain_gap(database, moved) == domain_gap(moved, database)
    assert domain_gap(database, database) == 0


def test_shares_and_histograms_of_planes():
    X = np.zeros((2, 15045))
    for columns in COLUMNS:  # XY all uniform, XT a quarter and YT all non-uniform
        X[:, columns[0]] = X[:, columns[2 * BINS + 58]] = 1
        X[:, columns[BINS]], X[:, columns[BINS + 58]] = 0.75, 0.25
    np.testing.assert_array_equal(non_uniform_share(Database("CASME2", X, [1, 2])), [0, 0.25, 1])
    histogram = mean_block_histogram(X)
    assert histogram.shape == (3, BINS)
    np.testing.assert_allclose(histogram.sum(axis=1), 1)
    np.testing.assert_allclose(histogram[:, 58], [0, 0.25, 1])


def test_statistics_of_two_databases():
    y = LABELS[:15]
    table = statistics([counted(3, "SMIC_VIS", y), counted(4, "CASME2", y)])
    counts = table.groupby(["statistic", "of"]).size().to_dict()
    assert counts == {
        ("variance_over_noise", "V"): 85, ("variance_over_noise", "C"): 85,
        ("class_share", "V"): 85, ("class_share", "C"): 85,
        ("non_uniform_share", "V"): 3, ("non_uniform_share", "C"): 3,
        ("domain_gap", "VC"): 1, ("mean_f1", "C→V"): 1, ("mean_f1", "V→C"): 1,
    }  # fmt: skip
    assert set(table.attrs["inputs"]) == {"CASME2", "SMIC_VIS"}
    assert table["value"].notna().all()
