"""Selected columns against the ground truth of motion."""

import numpy as np
import pytest

from cdmer_lib.descriptors import DESCRIPTORS
from cdmer_lib.experiments import saliency
from cdmer_lib.experiments.saliency import block_motion, precision_recall
from cdmer_lib.methods import TGSR
from cdmer_lib.protocol import Database, facial_blocks, get_task


def test_block_motion_is_the_mean_over_the_blocks_pixels():
    motion = np.random.default_rng(0).random((2, 112, 112))
    found = block_motion(motion)
    assert found.shape == (2, 85)
    np.testing.assert_allclose(found[:, 0], motion[:, 3:109, 3:109].mean(axis=(1, 2)))
    block = facial_blocks()[-1]  # the last of 8 x 8, at the lower right
    assert (block.row, block.column) == (7, 7)
    np.testing.assert_allclose(found[:, -1], motion[:, 94:109, 94:109].mean(axis=(1, 2)))


def test_precision_and_recall_by_hand():
    columns_of = DESCRIPTORS["LBP-TOP(R3P8)"].block_slices
    truth = np.zeros(85, dtype=bool)
    truth[[3, 10]] = True
    selected = np.zeros(15045, dtype=bool)
    assert np.isnan(precision_recall(selected, truth)[0])
    selected[columns_of[3]] = selected[columns_of[50]] = True
    assert precision_recall(selected, truth) == (0.5, 0.5)
    assert precision_recall(np.ones(15045, dtype=bool), truth) == (pytest.approx(2 / 85), 1)


def test_the_selection_path_equals_a_fit_for_each_kappa():
    rng = np.random.default_rng(1)
    Xs, Xt, ys = rng.random((18, 24)), rng.random((15, 24)), np.repeat([1, 2, 3], 6)
    model = TGSR(blocks=8, xi=0.5)
    kept = model.selection_path(Xs, ys, Xt, [1, 3, 5, 8])
    assert kept.sum(axis=1).tolist() == [1, 3, 5, 8]
    for kappa, row in zip([1, 3, 5, 8], kept, strict=True):
        expected = TGSR(kappa=kappa, blocks=8, xi=0.5).fit(Xs, ys, Xt).selected_
        np.testing.assert_array_equal(row, expected)


def test_a_path_is_scored_by_columns_and_labels(monkeypatch):
    rng, y = np.random.default_rng(0), np.arange(12) % 3 + 1
    data = {n: Database(n, rng.random((12, 15045)), y) for n in ("SMIC_VIS", "SMIC_NIR")}
    for module in ("cdmer_lib.data", "cdmer_lib.experiments.saliency"):
        monkeypatch.setattr(f"{module}.load_database", lambda name, root: data[name])
    monkeypatch.setattr(saliency, "KAPPAS", [1, 40, 85])
    monkeypatch.setattr(saliency, "true_motion", lambda *_: np.eye(85)[[0, 1]] / 2)
    table = saliency._score_path(".", ".", get_task("V->N"), "facial")
    assert table["kappa"].tolist() == [1, 40, 85] and (table["chance"] == 2 / 85).all()
    assert [row.count("1") for row in table["selected"]] == [1, 40, 85]
    assert table["recall"].iloc[-1] == 1 and table["precision"].iloc[-1] == pytest.approx(2 / 85)
    assert table["mean_f1"].between(0, 1).all()
