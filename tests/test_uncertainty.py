"""Bootstrap, permutation and paired tests against plain loops."""

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import f1_score

from cdmer_lib import Database
from cdmer_lib.experiments import Store, run
from cdmer_lib.statistics import uncertainty
from cdmer_lib.statistics.paired import friedman, holm, mcnemar, wilcoxon_holm
from cdmer_lib.statistics.uncertainty import (
    as_labels,
    bootstrap,
    cell_uncertainty,
    coverage,
    interval,
    permutation_maxima,
    replicate_f1,
)


def some_sweep(n=40, p=30, seed=0):
    rng = np.random.default_rng(seed)
    y = rng.integers(1, 4, n)
    predicted = np.where(rng.random((p, n)) < 0.5, y, rng.integers(1, 4, (p, n)))
    return y, pd.DataFrame({"predicted": ["".join(map(str, row)) for row in predicted]})


def macro_f1(y, predicted):
    """Over the classes that occur in y."""
    return f1_score(y, predicted, labels=np.unique(y), average="macro", zero_division=0)


def test_replicates_equal_resampling_one_by_one():
    y, table = some_sweep()
    predicted, rng = as_labels(table), np.random.default_rng(1)
    rows = rng.integers(0, len(y), (20, len(y)))
    rows[0] = np.flatnonzero(y == 2)[0]  # a replicate with one class alone
    weights = np.array([np.bincount(row, minlength=len(y)) for row in rows])
    found = replicate_f1(y, predicted, weights)
    for row, values in zip(rows, found, strict=True):
        expected = [macro_f1(y[row], labels[row]) for labels in predicted]
        np.testing.assert_allclose(values, expected, atol=1e-6)


def test_bootstrap_chooses_in_every_replicate_and_scores_outside():
    y, table = some_sweep()
    found = bootstrap(table, y, n_replicates=50, seed=3)
    predicted, rng = as_labels(table), np.random.default_rng(3)
    fixed = max(range(len(predicted)), key=lambda i: macro_f1(y, predicted[i]))
    for counts, row in zip(
        rng.multinomial(40, np.full(40, 1 / 40), 50), found.itertuples(), strict=True
    ):
        drawn = np.repeat(np.arange(40), counts)
        scores = [macro_f1(y[drawn], labels[drawn]) for labels in predicted]
        left_out, best = counts == 0, int(np.argmax(np.round(scores, 6)))
        assert row.best == pytest.approx(max(scores), abs=1e-6)
        assert row.fixed == pytest.approx(scores[fixed], abs=1e-6)
        if sorted(scores)[-1] - sorted(scores)[-2] > 1e-5:  # else another point may be the first
            outside = macro_f1(y[left_out], predicted[best][left_out])
            assert row.out_of_bag == pytest.approx(outside, abs=1e-6)
    assert found["best"].mean() > found["out_of_bag"].mean()


def test_subjects_are_drawn_whole():
    y, table = some_sweep()
    groups = np.repeat(["a", "b", "c", "d"], 10)
    found = bootstrap(table, y, groups, n_replicates=200, seed=0)
    whole = {np.round(s, 6) for s in bootstrap(table, y, np.zeros(40), 5)["best"]}
    assert len(whole) == 1  # one subject: nothing to draw
    assert found["out_of_bag"].isna().mean() < 0.2  # all four drawn: nobody is left out
    assert found["best"].nunique() <= 35  # multisets of four out of four


@pytest.mark.parametrize("people", [False, True])
def test_coverage_equals_trials_one_by_one(people):
    y, table = some_sweep()
    groups = np.repeat(list("abcdefgh"), 5) if people else np.arange(len(y))
    units, predicted, rng = np.unique(groups), as_labels(table), np.random.default_rng(3)
    truth, rows = [macro_f1(y, labels) for labels in predicted], []
    for trial in rng.multinomial(len(units), np.full(len(units), 1 / len(units)), 8):
        drawn = np.concatenate([np.flatnonzero(groups == u) for u in np.repeat(units, trial)])
        there = np.round([macro_f1(y[drawn], labels[drawn]) for labels in predicted], 6)
        best, fixed = [], []
        for counts in rng.multinomial(len(units), trial / len(units), 10):
            again = np.concatenate([np.flatnonzero(groups == u) for u in np.repeat(units, counts)])
            scores = [macro_f1(y[again], labels[again]) for labels in predicted]
            best.append(max(scores))
            fixed.append(scores[there.argmax()])
        ends, true = np.array([interval(best, 0.8), interval(fixed, 0.8)]), truth[there.argmax()]
        held = (ends[:, 0] - 1e-6 <= true) & (true <= ends[:, 1] + 1e-6)
        rows.append([*held, ends[0, 0] > true, there.max() - true])
    found = coverage(table, y, groups if people else None, 8, 10, 0.8, 3)
    assert list(found) == ["best", "fixed", "above", "optimism"]
    np.testing.assert_allclose(list(found.values()), np.mean(rows, axis=0), atol=1e-5)


def test_coverage_falls_with_the_number_of_points_to_choose_from():
    y, table = some_sweep(60, 400)
    one = coverage(table[:1], y)
    many = coverage(table, y)
    assert one["best"] == one["fixed"] > 0.9  # nothing to choose: what is promised
    assert many["best"] < 0.8 and many["above"] > 0.2 and many["optimism"] > 0.05


def test_permutation_maxima_equal_shuffling_one_by_one():
    y, table = some_sweep()
    found = permutation_maxima(table, y, n_replicates=30, seed=5)
    shuffled = np.random.default_rng(5).permuted(np.tile(y, (30, 1)), axis=1)
    predicted = as_labels(table)
    for labels, value in zip(shuffled, found, strict=True):
        assert value == pytest.approx(max(macro_f1(labels, row) for row in predicted), abs=1e-6)
    assert interval(found)[1] < replicate_f1(y, predicted).max()  # half of the labels are right


def test_labels_shuffled_within_people_keep_what_each_person_shows():
    y, groups = np.repeat([1, 2, 3], 10), np.repeat(["a", "b", "c"], 10)
    _, table = some_sweep(30)
    knows = pd.DataFrame({"predicted": ["".join(map(str, y))]})  # each person's only expression
    assert (permutation_maxima(knows, y, 20, 0, groups) == 1).all()
    assert (permutation_maxima(knows, y, 20, 0) < 1).all()
    single = permutation_maxima(table, y, 20, 0, np.arange(30))  # nothing left to shuffle
    assert (single == replicate_f1(y, as_labels(table)).max()).all()


def test_chunks_change_nothing(monkeypatch):
    y, table = some_sweep()
    whole = permutation_maxima(table, y, 50), bootstrap(table, y, n_replicates=50)
    monkeypatch.setattr(uncertainty, "CHUNK", 100)
    np.testing.assert_array_equal(permutation_maxima(table, y, 50), whole[0])
    pd.testing.assert_frame_equal(bootstrap(table, y, n_replicates=50), whole[1])


def test_mcnemar_by_hand():
    y = np.ones(10, int)
    a = np.array([1] * 8 + [2] * 2)
    b = np.array([1] * 3 + [2] * 5 + [1] * 2)
    assert mcnemar(y, a, b) == (5, 2, pytest.approx(0.453125))  # 2 (1 + 7 + 21) / 128
    assert mcnemar(y, a, a) == (0, 0, 1.0)


def test_friedman_and_holm():
    rng = np.random.default_rng(0)
    scores = pd.DataFrame(rng.random((12, 3)) / 10 + [0.5, 0.0, 0.5], columns=["A", "B", "C"])
    ranks, p, critical = friedman(scores)
    assert ranks.index[-1] == "B" and ranks["B"] == 3 and p < 1e-3
    assert critical == pytest.approx(2.343 * np.sqrt(3 * 4 / (6 * 12)), abs=1e-3)  # Demšar, Table 5
    pairs = wilcoxon_holm(scores)
    assert pairs["different"].tolist() == [True, True, False]
    assert pairs["p_holm"].tolist() == sorted(pairs["p_holm"])
    np.testing.assert_allclose(pairs["p_holm"][0], 3 * pairs["p"][0])
    scores["D"] = scores["A"]
    assert wilcoxon_holm(scores)["p"].max() == 1


def test_ties_keep_their_order_on_every_processor():
    names = [f"method {i:02d}" for i in range(24)]
    scores = pd.DataFrame({name: np.full(6, i // 12) for i, name in enumerate(names)})
    assert list(friedman(scores)[0].index) == names[12:] + names[:12]
    pairs = wilcoxon_holm(scores)
    apart = pairs[pairs["p"] < 1]
    assert list(zip(apart["better"], apart["worse"], strict=True)) == [
        (better, worse) for worse in names[:12] for better in names[12:]
    ]


def test_holm_by_hand():
    np.testing.assert_allclose(holm([0.03, 0.01, 0.04, 0.5]), [0.09, 0.04, 0.09, 0.5])
    np.testing.assert_allclose(holm([0.9, 0.6]), [1, 1])


def test_cells_hold_what_the_procedures_give(tmp_path):
    rng = np.random.default_rng(0)
    y, subjects = np.tile([1, 2, 3], 12), np.repeat(["a", "b", "c", "d"], 9)
    data = {
        "SMIC_VIS": Database("SMIC_VIS", rng.standard_normal((36, 20)), y),
        "SMIC_NIR": Database("SMIC_NIR", rng.standard_normal((36, 20)), y, subjects),
    }
    store = Store(tmp_path)
    for task in ("V->N", "N->V"):
        run("SA", task, "paper", store, data=data, progress=False)
    options = {"data": data, "n_replicates": 40, "n_permutations": 30, "seed": 5, "progress": False}
    options["n_trials"] = 10
    cells = cell_uncertainty(store, ["SA", "TCA"], **options).set_index("task")
    assert list(cells.index) == [5, 6] and (cells["method"] == "SA").all()
    sweep = store.load("SA", "V->N", "paper")
    for suffix, groups in {"": None, "_subjects": subjects}.items():
        found = bootstrap(sweep, y, groups, 40, 5)
        assert interval(found["best"]) == tuple(cells.loc[5, ["low" + suffix, "high" + suffix]])
        assert cells.loc[5, "out_of_bag" + suffix] == found["out_of_bag"].mean()
        held = coverage(sweep, y, groups, 10, 10, seed=5)["best"]
        assert cells.loc[5, "coverage" + suffix] == held
    assert np.isnan(cells.loc[6, "low_subjects"])  # VIS has no subjects here
    for suffix, groups in {"": None, "_subjects": subjects}.items():
        maxima = permutation_maxima(sweep, y, 30, 5, groups)
        reached = sum(maxima >= cells.loc[5, "mean_f1"] - 1e-6)
        assert cells.loc[5, "p" + suffix] == (1 + reached) / 31
        assert cells.loc[5, "chance" + suffix] == maxima.mean()
    assert np.isnan(cells.loc[6, "p_subjects"])
    assert cells.loc[5, "n_predictions"] == len(as_labels(sweep))
