"""The twelve tasks, their names, and what a database may hold."""

import numpy as np
import pytest

from cdmer_lib import DATABASES, LABELS, TASKS, Database, Task
from cdmer_lib.protocol import database_info, get_task, tasks_between

# Table II of paper A, Exp.1 to Exp.12 (paper B lists the same in Section III-A, "Protocol")
ORDER = ["H→V", "V→H", "H→N", "N→H", "V→N", "N→V", "C→H", "H→C", "C→V", "V→C", "C→N", "N→C"]


def test_tasks_in_the_papers_order():
    assert [task.letters for task in TASKS] == ORDER
    assert [task.number for task in TASKS] == list(range(1, 13))
    assert {task.source for task in TASKS} == {task.target for task in TASKS} == set(DATABASES)
    assert (TASKS[4].source, TASKS[4].target) == ("SMIC_VIS", "SMIC_NIR")


def test_names_of_a_task():
    assert str(TASKS[4]) == "Exp.5 (V→N)"
    assert [TASKS[0].slug, TASKS[11].slug] == ["01_H_V", "12_N_C"]
    assert len({task.slug for task in TASKS}) == 12


@pytest.mark.parametrize("task", TASKS, ids=str)
def test_a_task_by_number_letters_or_itself(task):
    spellings = (
        task,
        task.number,
        str(task.number),
        np.int64(task.number),
        task.letters,
        task.letters.replace("→", "->"),
    )
    assert all(get_task(spelling) is task for spelling in spellings)


@pytest.mark.parametrize("wrong", [13, 0, -1, "13", "V->V", "X->Y", "V→", "", None, 1.5])
def test_unknown_task(wrong):
    with pytest.raises(ValueError, match=r"unknown task .*a number from 1 to 12") as caught:
        get_task(wrong)
    assert repr(wrong) in str(caught.value)


def test_class_counts():
    # Table I of both papers; VIS and NIR as the released labels have them, where the print swaps
    # Negative and Positive
    counts = {info.letter: info.counts for info in DATABASES.values()}
    assert counts == {"C": (73, 32, 25), "H": (70, 51, 43), "V": (23, 28, 20), "N": (23, 28, 20)}
    assert [info.n_samples for info in DATABASES.values()] == [130, 164, 71, 71]
    assert LABELS == {1: "Negative", 2: "Positive", 3: "Surprise"}


def test_a_database_by_name_or_letter():
    for name, info in DATABASES.items():
        assert database_info(name) is database_info(info.letter) is info
    with pytest.raises(ValueError, match=r"unknown database 'CASME3': expected one of .*SMIC_NIR"):
        database_info("CASME3")


def test_a_database_holds_rows_and_codes():
    database = Database("V", [[1, 2], [3, 4], [5, 6]], [[3.0, 1.0, 3.0]], subjects=["a", "a", "b"])
    assert database.name == "SMIC_VIS"
    assert database.X.dtype == np.float64 and database.X.shape == (3, 2)
    assert database.y.dtype.kind == "i" and database.y.tolist() == [3, 1, 3]
    assert database.counts == (1, 0, 2)
    assert list(database.subjects) == ["a", "a", "b"]


@pytest.mark.parametrize("labels", [[0, 1, 2], [1, 2, 4], [1, 2, 1.5], [1, 2, np.nan], ["1"] * 3])
def test_labels_outside_one_to_three(labels):
    with pytest.raises(ValueError, match=r"SMIC_VIS: expected label codes 1 .*found .*recode"):
        Database("V", np.zeros((3, 2)), labels)


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_the_first_nan_is_named_by_row_and_column(bad):
    X = np.zeros((3, 4))
    X[1, 2] = X[2, 0] = bad
    with pytest.raises(ValueError, match="found 2 NaN or infinite, the first at row 1, column 2"):
        Database("C", X, [1, 2, 3])


@pytest.mark.parametrize("shape", [(3,), (2, 3), (3, 2, 1)])
def test_shapes_that_do_not_fit(shape):
    with pytest.raises(ValueError, match=r"found X \(.*\) and y \(3,\); check the orientation"):
        Database("C", np.zeros(shape), [1, 2, 3])


def test_one_subject_a_sample():
    with pytest.raises(ValueError, match="CASME2: expected 3 subjects, one a sample, found 2"):
        Database("C", np.zeros((3, 2)), [1, 2, 3], subjects=["a", "b"])


@pytest.mark.parametrize("name", ["", "../up", "a,b", "a b", "a" * 62, None, 3])
def test_a_name_that_no_file_can_have(name):
    with pytest.raises(ValueError, match="expected the name of a database: letters, digits"):
        Database(name, np.zeros((3, 2)), [1, 2, 3])


def test_a_database_of_ones_own():
    words = Database("lab_A", np.zeros((4, 2)), ["sad", "glad", "sad", "calm"])
    assert words.counts == (1, 1, 2) and words.y.tolist() == ["sad", "glad", "sad", "calm"]
    assert Database("lab", np.zeros((2, 2)), [7.0, 40.0]).y.tolist() == [7, 40]
    for labels in ([1.5, 2, 3], [np.nan, 1, 2], ["a", None, "b"], ["a", "", "b"]):
        with pytest.raises(ValueError, match="lab: expected a label for each sample"):
            Database("lab", np.zeros((3, 2)), labels)


def test_tasks_of_ones_own():
    tasks = tasks_between(["lab_A", "V", "x"])
    assert [task.letters for task in tasks[:3]] == ["lab_A→V", "lab_A→x", "V→lab_A"]
    assert tasks[0].target == "SMIC_VIS" and tasks[5].slug == "06_x_V"
    assert get_task(tasks[0]) is tasks[0] and len({task.slug for task in tasks}) == 6
    with pytest.raises(ValueError, match="two databases in a task, found SMIC_VIS twice"):
        Task(1, "V", "SMIC_VIS")
