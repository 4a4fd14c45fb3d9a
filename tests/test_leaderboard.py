"""The leaderboard: its form, its rows against arithmetic, and ours against the store."""

from itertools import product
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from cdmer_lib import cli
from cdmer_lib.audit.feasible import recall_witness
from cdmer_lib.audit.leaderboard import audit_leaderboard
from cdmer_lib.errors import InvalidInput
from cdmer_lib.experiments import Store
from cdmer_lib.protocol import get_task
from cdmer_lib.report.cell_table import cell_table
from cdmer_lib.report.leaderboard import COLUMNS, WITHOUT_LABELS, leaderboard, own_rows, scores
from cdmer_lib.statistics.metrics import mean_f1, uar

GOOD = ("CNN", "Doe 2030", "CDMER", "V->N 0.7381 / 73.24; N->V 0.5 / 50.70", "https://a.b/c", "no")


def table(*rows):
    return pd.DataFrame(rows, columns=COLUMNS)


def changed(**fields):
    return tuple((dict(zip(COLUMNS, GOOD, strict=True)) | fields).values())


def test_every_row_of_the_file_is_in_the_form_and_audited():
    """A new row that cannot be is not refused: the page says so, and this test names it."""
    rows, findings = leaderboard(), audit_leaderboard()
    assert len(rows) >= 2 and rows["method"].is_unique
    assert findings.groupby("row").size().to_dict() == {"MADTN": 10}


def test_scores_are_kept_as_printed():
    (row,) = leaderboard(table(GOOD)).itertuples()
    assert scores(row).to_numpy().tolist() == [["V→N", "0.7381", "73.24"], ["N→V", "0.5", "50.70"]]


@pytest.mark.parametrize("fields, words", [
    ({"protocol": "LOSO"}, "expected the protocol one of CDMER, MEGC2019, found LOSO"),
    ({"link": "see the paper"}, "expected a link, https://..., found 'see the paper'"),
    ({"chosen": " "}, "CNN: expected chosen, found nothing"),
    ({"method": ""}, "a row: expected method, found nothing"),
    ({"scores": "V->N 0.7381"}, "with semicolons between, found 'V->N 0.7381'"),
    ({"scores": "V->X 0.7381 / 73.24"}, r"V→N, N→V, .* found 'V→X 0.7381"),
    ({"scores": "V->N 0.7 / 70; V->N 0.7 / 70"}, "each once"),
    ({"scores": "V->N 0.7 / 70;"}, "found ''"),
    ({"protocol": "MEGC2019"}, r"\(UF1 / UAR\) of all, SMIC_HS, CASME2_MEGC, SAMM"),
])  # fmt: skip
def test_a_row_in_another_form(fields, words):
    with pytest.raises(InvalidInput, match=words.replace("V->", "V(->|→)")):
        leaderboard(table(changed(**fields)))


def test_a_table_in_another_form():
    with pytest.raises(InvalidInput, match=r"expected the columns method.*, found method$"):
        leaderboard(table(GOOD)[["method"]])
    with pytest.raises(InvalidInput, match="CNN of Doe 2030: expected one row, found two"):
        leaderboard(table(GOOD, GOOD))


def test_what_cannot_be_is_found():
    rows = [
        changed(scores="V->N 0.7381 / 73.00"),  # 51.83 of 71
        changed(method="A", protocol="MEGC2019", scores="all 0.7353 / 0.7605; SAMM 0.9 / 0.9999"),
        changed(method="B", protocol="MEGC2019", scores="SAMM 0.1000 / 0.9000"),
        changed(method="C", scores="C->V 0.5 / 50.70; avg-II 0.6 / 50.70"),
    ]  # fmt: skip
    found = audit_leaderboard(table(*rows))
    assert list(zip(found["row"], found["task"], found["check"], strict=True)) == [
        ("CNN", "V→N", "accuracy"), ("A", "SAMM", "confusion matrix"),
        ("B", "SAMM", "confusion matrix"), ("C", "mean of the row", "average"),
    ]  # fmt: skip


def test_recall_and_mean_f1_together_against_all_matrices():
    counts, seen = (3, 2, 2), set()
    rows = [[r for r in product(range(n + 1), repeat=3) if sum(r) == n] for n in counts]
    for matrix in map(np.array, product(*rows)):
        seen.add((f"{uar(matrix):.3f}", f"{mean_f1(matrix):.3f}"))
    recalls, f1s = (sorted(set(column)) for column in zip(*seen, strict=True))
    impossible = 0
    for pair in product(recalls, f1s):
        matrix = recall_witness(counts, *pair)
        assert (matrix is not None) == (pair in seen)
        if matrix is None:
            impossible += 1
        else:
            assert matrix.sum(axis=1).tolist() == list(counts)
            assert (f"{uar(matrix):.3f}", f"{mean_f1(matrix):.3f}") == pair
    assert 0 < impossible < len(recalls) * len(f1s)
    assert recall_witness((2, 2), "0.75", "0.73") is not None


def test_our_rows_are_those_of_the_store_and_possible(task_data):
    task = get_task("V->N")
    data = {d.name: d for d in task_data(task)}
    store = Store(Path(__file__).parents[1] / "results")
    rows = own_rows(store, [task], data=data)
    assert list(rows) == COLUMNS and rows["chosen"].str.startswith(WITHOUT_LABELS).all()
    cells = cell_table(store, "A", data=data, methods=["SVM", "SA"], tasks=[task])
    for cell in cells.itertuples():
        (row,) = rows[rows["method"] == cell.method].itertuples()
        assert row.scores == f"V→N {cell.chosen_f1:.4f} / {cell.chosen_percent:.2f}"
    found = audit_leaderboard(rows)
    assert found[found["check"] != "constant"].empty


def test_the_command_audits_a_row_before_it_is_sent(tmp_path, capsys):
    file = tmp_path / "mine.csv"
    table(GOOD).to_csv(file, index=False)
    assert cli.main(["audit", str(file), "--leaderboard"]) == 0
    assert capsys.readouterr().out.startswith("no finding")
    assert cli.main(["audit", "--leaderboard"]) == 0
    assert capsys.readouterr().out.startswith("accuracy: 10\n")
    table(changed(link="x")).to_csv(file, index=False)
    assert cli.main(["audit", str(file), "--leaderboard"]) == 1
    assert "expected a link" in capsys.readouterr().err
