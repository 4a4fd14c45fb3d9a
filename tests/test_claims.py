"""The verdicts on the papers' claims, and the statistics that only their pages use."""

import re
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest
from sklearn.metrics import f1_score

from cdmer_lib import TASKS, Database
from cdmer_lib.errors import DataUnavailable, InvalidInput
from cdmer_lib.experiments import Store
from cdmer_lib.report.claims import CLAIM_VERDICTS, claims, printed_scores, settle
from cdmer_lib.selection import validate
from cdmer_lib.selection.choices import choose
from cdmer_lib.selection.validation import with_record
from cdmer_lib.statistics.blind_gain import gains_without_labels
from cdmer_lib.statistics.paired import mcnemar, mcnemar_range
from cdmer_lib.statistics.uncertainty import draw_people

BOOK = Path(__file__).parents[1] / "book"


def test_each_claim_is_settled_once_on_the_page_of_its_paper():
    table = claims()
    assert list(table.index) == list(range(1, 22))
    assert set(table["verdict"]) <= set(CLAIM_VERDICTS)
    assert set(table["print"]) <= {"yes", "in part", "no"}
    for paper, rows in table.groupby("paper"):
        page = (BOOK / f"claims_{paper.lower()}.md").read_text(encoding="utf-8")
        settled = [int(n) for n in re.findall(r"^settle\((\d+),", page, re.M)]
        assert sorted(settled) == list(rows.index)
        assert re.findall(r"^\((claim-\w+)\)=$", page, re.M) == list(rows["label"])


def test_a_verdict_needs_evidence_that_holds():
    settle(1, True, np.bool_(True))
    with pytest.raises(InvalidInput, match=r"claim 1,.*these fail: \[2\]"):
        settle(1, True, False)
    with pytest.raises(InvalidInput, match="of 0 conditions"):
        settle(1)


def test_printed_scores_are_in_the_order_of_the_tasks():
    a, percent = (printed_scores("A", ["III", "IV"], c) for c in ("mean_f1", "accuracy_percent"))
    assert list(a) == [task.letters for task in TASKS]
    assert a.shape == percent.shape == (11, 12) and a.notna().all(axis=None)
    assert a.loc["SVM", "H→V"] == 0.8002  # paper A, Table III
    assert printed_scores("B", ["II", "III"]).loc["TGSR", "C→N"] == 0.5697  # paper B, Table III


def test_mcnemars_range_is_that_of_all_pairings():
    n = 6
    for hits in range(n + 1):
        for other in range(n + 1):
            a = np.arange(n) < hits
            pairings = [np.isin(np.arange(n), which) for which in combinations(range(n), other)]
            p = [mcnemar(np.ones(n), a, b)[2] for b in pairings]
            assert mcnemar_range(hits, other, n) == pytest.approx((min(p), max(p)))


def test_people_are_drawn_with_all_their_clips():
    people = np.array(["a", "b", "a", "c", "c", "c"])
    counts = draw_people(people, 500, np.random.default_rng(0))
    assert (counts[:, 0] == counts[:, 2]).all() and (np.ptp(counts[:, 3:], axis=1) == 0).all()
    assert (counts[:, [0, 1, 3]].sum(axis=1) == 3).all()
    assert counts.mean(axis=0) == pytest.approx(np.ones(6), abs=0.15)


@pytest.fixture(scope="module")
def small_store(tmp_path_factory):
    """Two databases of the same twelve people, solved by two methods, and their records."""
    rng, y = np.random.default_rng(1), np.tile([1, 2, 3], 8)
    people, centres, data = np.repeat(np.arange(12), 2), rng.random((3, 10)), {}
    for name in ("SMIC_VIS", "SMIC_NIR"):
        data[name] = Database(name, centres[y - 1] + rng.random((24, 10)), y, people)
    tasks = [task for task in TASKS if {task.source, task.target} == set(data)]
    store = Store(tmp_path_factory.mktemp("store"))
    for method in ("SVM", "SA"):
        for task in tasks:
            validate(method, task, store, data=data, progress=False)
    return store, tasks, data


def test_gains_without_labels_equal_a_loop_over_draws(small_store):
    store, tasks, data = small_store
    table = gains_without_labels(store, ["SVM", "SA"], tasks, data, n_draws=50)
    assert table.loc["SVM"].tolist() == [0, 0, 0, 1, 1, 0]  # the baseline against itself

    y, people = data["SMIC_VIS"].y, data["SMIC_VIS"].subjects
    counts = draw_people(people, 50, np.random.default_rng(0))  # the same people in both tasks

    def f1(method, task, rows):
        row = choose(with_record(store, method, task), y, "reverse validation")
        labels = np.array(list(map(int, row["predicted"])))
        classes = np.unique(y[rows])
        return f1_score(y[rows], labels[rows], labels=classes, average="macro", zero_division=0)

    def gain(rows):
        return np.mean([f1("SA", task, rows) - f1("SVM", task, rows) for task in tasks])

    found, draws = table.loc["SA"], [gain(np.repeat(np.arange(24), some)) for some in counts]
    assert found["gain"] == pytest.approx(gain(np.arange(24)), abs=1e-6)
    assert found[["low", "high"]].tolist() == pytest.approx(
        np.percentile(draws, [2.5, 97.5]), abs=1e-6
    )
    wrong = min((np.round(draws, 6) <= 0).sum(), (np.round(draws, 6) >= 0).sum())
    assert found["p"] == pytest.approx(min(1, 2 * (1 + wrong) / 51))
    assert found["p_holm"] == pytest.approx(min(1, 2 * found["p"]))


def test_gains_without_labels_need_a_record(small_store):
    store, tasks, data = small_store
    with pytest.raises(DataUnavailable, match="cdmer validate"):
        gains_without_labels(store, ["TCA"], tasks, data)
