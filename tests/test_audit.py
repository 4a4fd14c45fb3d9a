"""The audit: the search against all small matrices, round trips, hand cases, the papers' tables."""

import itertools

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cdmer_lib.audit.audit import CHECKS, as_text, audit
from cdmer_lib.audit.feasible import MAX_SAMPLES, OTHER_SCORES, macro_f1, reachable, witness
from cdmer_lib.audit.table import parse_counts
from cdmer_lib.cli import main
from cdmer_lib.protocol import TASKS
from cdmer_lib.report import later_cells, published_cells
from cdmer_lib.report.printed_digits import RULES, possible_hits, rounds_to, slips
from cdmer_lib.statistics import accuracy, confusion, mean_f1


def compositions(total, parts):
    """All ways to write a total as an ordered sum, as a list of tuples."""
    if parts == 1:
        return [(total,)]
    return [(i, *rest) for i in range(total + 1) for rest in compositions(total - i, parts - 1)]


def all_matrices(counts):
    """Every confusion matrix with these row sums, (many, c, c), the slow obvious way."""
    rows = [compositions(n, len(counts)) for n in counts]
    return np.array(list(itertools.product(*rows)))


# --- the search ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "counts", [(1, 1, 1), (2, 1, 0), (3, 2, 1), (4, 3, 2), (3, 3, 3), (5, 3), (6, 1), (0, 4)]
)
@pytest.mark.parametrize("decimals", [2, 4])
def test_the_search_equals_all_small_matrices(counts, decimals):
    matrices = all_matrices(counts)
    units = mean_f1(matrices) * 10**decimals
    trace = np.trace(matrices, axis1=1, axis2=2)
    for k in range(sum(counts) + 1):
        printable = {u for v in units[trace == k] for u in range(int(v), int(v) + 2)}
        printable = {u for u in printable if rounds_to(units[trace == k], u).any()}
        candidates = range(10**decimals + 1) if decimals == 2 else printable | {1234, 5000, 6667}
        for u in candidates:
            found = witness(counts, k, u / 10**decimals, decimals)
            assert (found is not None) == (u in printable), (counts, k, u)


@pytest.mark.parametrize("counts", [(3, 2, 1), (2, 2, 2), (4, 3)])
def test_the_other_definitions_over_all_small_matrices(counts):
    matrices = all_matrices(counts)
    hits = np.diagonal(matrices, axis1=1, axis2=2)
    for score in OTHER_SCORES.values():
        units = 100 * score(counts, hits.T, matrices.sum(axis=1).T)
        for k in range(sum(counts) + 1):
            for u in range(0, 101, 7):
                expected = rounds_to(units[hits.sum(axis=1) == k], u).any()
                assert (witness(counts, k, u / 100, 2, score=score) is not None) == expected


@pytest.mark.parametrize("counts", [(3, 2, 1), (2, 2, 3), (4, 3)])
def test_reachable_counts_hits_and_predicted_totals(counts):
    matrices = all_matrices(counts)
    seen = {}
    for matrix in matrices:
        seen[tuple(matrix.diagonal()), tuple(matrix.sum(axis=0))] = mean_f1(matrix)
    for k in range(sum(counts) + 1):
        expected = np.zeros(101, dtype=int)
        for (hits, _), f1 in seen.items():
            if sum(hits) == k:
                expected[int(np.floor(100 * f1 + 0.5 + 1e-9))] += 1
        np.testing.assert_array_equal(reachable(counts, k, 2), expected)


@given(st.data())
@settings(max_examples=60, deadline=None)
def test_round_trip(data):
    n_classes = data.draw(st.sampled_from([2, 3, 3, 3]))
    counts = tuple(data.draw(st.lists(st.integers(1, 30), min_size=n_classes, max_size=n_classes)))
    label = st.integers(0, n_classes - 1)
    y = np.repeat(range(n_classes), counts)
    predicted = data.draw(st.lists(label, min_size=len(y), max_size=len(y)))
    decimals = data.draw(st.integers(2, 4))
    matrix = confusion(y, predicted, classes=range(n_classes))
    f1, percent = round(mean_f1(matrix), decimals), round(100 * accuracy(matrix), 2)
    assert np.trace(matrix) in possible_hits(percent, len(y))
    found = witness(counts, int(np.trace(matrix)), f1, decimals)
    assert tuple(found.sum(axis=1)) == counts
    assert (found >= 0).all()
    assert np.trace(found) == np.trace(matrix)
    assert rounds_to(mean_f1(found) * 10**decimals, round(f1 * 10**decimals))


@given(st.permutations([23, 28, 20]), st.integers(20, 71), st.integers(1500, 9999))
@settings(max_examples=15, deadline=None)
def test_the_order_of_the_classes_does_not_matter(counts, hits, units):
    same = witness((23, 28, 20), hits, units / 1e4) is None
    assert (witness(tuple(counts), hits, units / 1e4) is None) == same


def test_a_matrix_by_hand():
    # rows 2 and 1, 2 hits: [[1, 1], [0, 1]] has F1 2/3 and 2/3; [[2, 0], [1, 0]] has 4/5 and 0
    assert witness((2, 1), 2, 0.6667).tolist() == [[1, 1], [0, 1]]
    assert witness((2, 1), 2, 0.4000).tolist() == [[2, 0], [1, 0]]
    assert witness((2, 1), 2, 0.5000) is None
    # cut off, 2/3 is .6666; rounded it is not
    assert witness((2, 1), 2, 0.6666) is None
    assert witness((2, 1), 2, 0.6666, rule="truncated") is not None


@pytest.mark.parametrize("counts", [(5,), (1, 2, 3, 4), (0, 0, 0), (MAX_SAMPLES, 1), (3, -1)])
def test_counts_out_of_range(counts):
    with pytest.raises(ValueError, match="two or three classes"):
        witness(counts, 1, 0.5)


# --- printed digits --------------------------------------------------------------------------


def test_rules_of_rounding_on_halves():
    printed = {rule: [u for u in range(5) if rounds_to(2.5, u, rule)] for rule in RULES}
    assert printed == {"nearest": [2, 3], "half up": [3], "half even": [2], "truncated": [2]}
    assert [u for u in range(5) if rounds_to(3.5, u, "half even")] == [4]
    for value in (2.4999, 2.5001):
        expected = round(value)
        assert all(rounds_to(value, expected, rule) for rule in RULES[:3])
    with pytest.raises(ValueError, match="unknown rule"):
        rounds_to(1.0, 1, "up")


def test_hits_of_a_printed_accuracy():
    assert possible_hits(61.54, 130) == [80]
    assert possible_hits(61.50, 130) == []
    assert possible_hits(61.53, 130, rule="truncated") == [80]
    assert possible_hits(62, 130, decimals=0) == [80, 81]
    for k in range(72):
        assert possible_hits(round(100 * k / 71, 2), 71) == [k]


def test_slips():
    found = slips(1705, 4)
    assert found[1075] == "two digits exchanged"
    assert found[1704] == "one digit"
    assert 1705 not in found
    assert len(slips(1234, 4)) == 4 * 9 + 3
    assert slips(12, 4)[102] == "two digits exchanged"  # leading zeros are digits


# --- the audit of a table --------------------------------------------------------------------


def typed(*rows):
    columns = ["table", "method", "source", "target", "mean_f1", "accuracy_percent"]
    return pd.DataFrame(rows, columns=columns, dtype=str)


COUNTS = {"T": (3, 2, 1), "U": (2, 2, 2)}
GOOD = typed(
    ("I", "one", "S", "T", "0.6556", "66.67"),
    ("I", "one", "S", "U", "0.6556", "66.67"),
    ("I", "one", "", "", "0.6556", "66.67"),
)


def test_a_table_in_which_all_is_well():
    assert audit(GOOD, COUNTS).empty
    assert "no finding" in as_text(audit(GOOD, COUNTS))


EMPTY = GOOD[:1].assign(mean_f1="", accuracy_percent="")


@pytest.mark.parametrize("rows", [GOOD[:0], GOOD[2:], EMPTY], ids=["header", "averages", "empty"])
def test_a_table_without_cells_is_not_taken_for_a_good_one(rows, tmp_path):
    with pytest.raises(ValueError, match="nothing to check"):
        audit(rows, COUNTS)
    rows.to_csv(tmp_path / "table.csv", index=False)
    with pytest.raises(ValueError, match="nothing to check"):
        audit(tmp_path / "table.csv", COUNTS)


def test_what_was_not_checked_is_said():
    lacking = typed(("I", "two", "S", "T", "0.6556", ""), ("I", "three", "", "", "0.6556", "66.67"))
    found = audit(pd.concat([GOOD, lacking]), COUNTS)
    assert found.empty and as_text(found) == (
        "no finding in what was checked\n"
        "not checked: 1 cells that lack one of their two numbers, "
        "1 averages that lack a number, or a number of a cell"
    )
    assert "kinds of checks" in as_text(audit(GOOD, COUNTS, checks=["accuracy"]))
    assert as_text(audit(GOOD, COUNTS)).startswith("no finding: every cell is possible")


HEADER = "method,target,mean_f1,accuracy_percent\n"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (HEADER + "a,T,0.6556\n", "line 2: expected 4 fields between commas.*found 3"),
        (HEADER + "a,T,0.6556,66,67\n", "line 2: expected 4 fields between commas.*found 5"),
        (HEADER + "a,T,1e-3,66.67\n", "expected mean F1 a fraction.*found '1e-3'"),
        (HEADER + "a,T,0.6556,nan\n", "accuracy in per cent.*found 'nan'"),
        ("method," + HEADER + "x,a,T,0.6556,66.67\n", "each column once, found method, method"),
        (HEADER.replace(",", ";") + "a;T;0,6556;66,67\n", "expected 1 fields between commas"),
        ((HEADER + "a,T,0.6556,66.67\n").encode("utf-16"), "CSV file in UTF-8"),
        ((HEADER + "Müller,T,0.6556,66.67\n").encode("latin-1"), "CSV file in UTF-8"),
        (HEADER + '"a,T,0.6556,66.67\n', "CSV file in UTF-8: unexpected end of data"),
        (HEADER, "nothing to check"),
    ],
)
def test_a_file_that_cannot_be_checked(tmp_path, content, message):
    path = tmp_path / "table.csv"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(ValueError, match=message) as caught:
        audit(path, COUNTS)
    assert "every cell" not in str(caught.value)


def test_the_file_of_the_command(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / "table.csv").write_text(HEADER + "a,T,0.6556,66.67\n", encoding="utf-8")
    assert main(["audit", "~/table.csv", "--counts", "T=3,2,1"]) == 0
    assert capsys.readouterr().out.startswith("no finding: every cell is possible")
    assert main(["audit", "~/absent.csv"]) == 1
    said = capsys.readouterr()
    assert said.out == "" and "No such file" in said.err and said.err.count("\n") == 1


@pytest.mark.parametrize(
    ("rows", "check", "evidence"),
    [
        ([("I", "two", "S", "T", "0.6556", "65.67")], "accuracy", "3.94 of 6"),
        ([("I", "two", "S", "T", "0.6557", "66.67")], "confusion matrix", "nearest: 0.6556 and"),
        ([("I", "two", "S", "T", "0.2222", "50.00")], "constant", "3 hits of 6"),
        ([("I", "two", "S", "T", "0.2322", "50.00")], "constant", "one digit"),
        ([("I", "two", "S", "T", "0.6556", "66.67")], "identical cells", "equal accuracies"),
        ([("II", "one", "S", "T", "0.6667", "66.67")], "same cell", "0.6667 / 66.67 in II"),
        ([("I", "Average", "S", "T", "0.6656", "66.67")], "average", "0.6656"),
    ],
)  # fmt: skip
def test_each_check_finds_its_fault(rows, check, evidence):
    found = audit(pd.concat([GOOD, typed(*rows)]), COUNTS, checks=[check])
    assert len(found) >= 1
    assert set(found["check"]) == {check}
    assert found["evidence"].str.contains(evidence, regex=False).any()


def test_one_classifier_that_names_several_classes():
    table = typed(("", "a", "S", "T", "0.2222", "50.00"), ("", "a", "S", "W", "0.2222", "50.00"))
    assert audit(table, COUNTS | {"W": (3, 2, 1)}, ["class order"]).empty
    (finding,) = audit(table, COUNTS | {"W": (2, 3, 1)}, ["class order"]).itertuples()
    assert finding.evidence == "S→T class 1, S→W class 2"


def test_averaging_before_rounding_is_told_from_a_wrong_average():
    cells = [("I", "one", "S", "T", "0.6556", ""), ("I", "one", "S", "U", "0.6556", "")]
    told = {
        average: set(audit(typed(*cells, ("I", "one", "", "", average, "")), COUNTS)["finding"])
        for average in ("0.6556", "0.6557", "0.6558")
    }
    assert told["0.6556"] == set()
    assert told["0.6557"] == {"average of unrounded cells"}
    assert told["0.6558"] == {"wrong average"}
    # accuracies stand for whole numbers: 4 of 6 and 1 of 6 have the mean 41.667, and no other
    cells = [("I", "one", "S", "T", "", "66.67"), ("I", "one", "S", "U", "", "16.67")]
    for average, findings in {"41.67": set(), "41.66": {"wrong average"}}.items():
        found = audit(typed(*cells, ("I", "one", "", "", "", average)), COUNTS)
        assert set(found["finding"]) == findings


def test_a_file_as_typed(tmp_path):
    path = tmp_path / "table.csv"
    rows = "\ufeffmethod,target,mean_f1,accuracy_percent\na,T, 0.6556 ,66.67\nb,T,,50\n"
    path.write_text(rows, encoding="utf-8")
    assert audit(path, parse_counts(["T=3,2,1"])).empty
    path.write_text("")
    with pytest.raises(ValueError, match="a CSV file with a header"):
        audit(path, COUNTS)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"mean_f1": "65.56"}, "row 1 of the table: expected mean F1 a fraction"),
        ({"accuracy_percent": "66,67"}, "accuracy in per cent"),
        ({"target": "X"}, "no class counts for the target 'X'"),
        ({"target": "U"}, "given twice"),
        ({"mean_f1": "0.65555555"}, "decimals"),
    ],
)
def test_bad_cells(change, message):
    table = GOOD.copy()
    for column, value in change.items():
        table.loc[0, column] = value
    with pytest.raises(ValueError, match=message):
        audit(table, COUNTS)


def test_other_bad_input():
    with pytest.raises(ValueError, match="found no target"):
        audit(GOOD.drop(columns="target"), COUNTS)
    with pytest.raises(ValueError, match="unknown check 'sums'"):
        audit(GOOD, COUNTS, checks=["sums"])
    for text in ("VIS", "VIS=23;28", "VIS=a,b"):
        with pytest.raises(ValueError, match="class counts such as"):
            parse_counts([text])
    with pytest.raises(ValueError, match="two or three classes"):
        audit(GOOD, COUNTS | {"T": (6,)})


# --- the papers ------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def findings():
    return audit()


def rows_of(findings, check):
    rows = findings[findings["check"] == check]
    return {(row.row, row.task, row.printed) for row in rows.itertuples()}


def test_impossible_cells_of_the_papers(findings):
    assert rows_of(findings, "accuracy") == {
        ("GFK", "V→C", "0.6056 / 61.50"), ("DRLS", "C→N", "0.4885 / 49.83"),
        ("DRLS", "N→C", "0.3838 / 42.37"), ("HOG-TOP(p=4)", "N→C", "0.2163 / 27.46"),
    }  # fmt: skip
    assert rows_of(findings, "confusion matrix") == {
        ("C3D-FC1 (Sports1M)", "H→C", "0.2394 / 56.15")
    }


def test_the_papers_against_each_other(findings):
    assert {row[:2] for row in rows_of(findings, "same cell")} == {
        ("TKL", "N→V"), ("TKL", "C→H"), ("Average", "N→H"),
        ("IW-SVM", "mean of the row"), ("TKL", "mean of the row"),
    }  # fmt: skip
    assert {row[:2] for row in rows_of(findings, "identical cells")} == {
        ("GFK, HOG-TOP(p=4)", "H→N"), ("IW-SVM, DRLS", "V→N"),
    }  # fmt: skip


def test_wrong_averages_of_the_papers(findings):
    rows = findings[findings["finding"] == "wrong average"]
    assert ("IW-SVM", "0.6911 / 68.07") in set(zip(rows["row"], rows["printed"], strict=True))
    hog = rows[(rows["row"] == "HOG-TOP(p=4)") & rows["table"].eq("A V")].iloc[0]
    assert "H→N as 0.3990 / 46.48 (what HOG-TOP(p=8) has there)" in hog["evidence"]


def test_no_class_order_finding_but_with_the_printed_counts(findings):
    assert not rows_of(findings, "class order")
    swapped = audit(counts={"V": (28, 23, 20), "N": (28, 23, 20)}, checks=["class order"])
    assert len(swapped) == 4


def test_the_row_that_was_printed_later(capsys):
    """MADTN: ten of twelve accuracies are no k/N, and both averages follow from their cells."""
    cells = later_cells()
    assert list(cells.columns) == list(published_cells().columns)
    assert list(cells["experiment"]) == [*map(str, range(1, 7)), "avg-I", *map(str, range(7, 13)),
                                         "avg-II"]  # fmt: skip
    tasks = cells.dropna(subset="source")
    assert list(tasks["source"] + "→" + tasks["target"]) == [task.letters for task in TASKS]
    found = audit(cells)
    assert set(found["check"]) == {"accuracy"}
    assert set(found["task"]) == {task.letters for task in TASKS} - {"V→H", "C→N"}
    assert main(["audit", "--later"]) == 0
    assert capsys.readouterr().out.startswith("accuracy: 10\n")
    assert main(["audit", "table.csv", "--later"]) == 1


def test_every_check_has_a_finding_or_a_reason(findings):
    assert set(findings["check"]) == set(CHECKS) - {"class order"}
    assert macro_f1((2, 1), (2, 0), (3, 0)) == pytest.approx(0.4)
