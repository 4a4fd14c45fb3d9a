"""Leave one subject out, and the composite evaluation of MEGC 2019, against slow and other code."""

import numpy as np
import pytest
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import balanced_accuracy_score, f1_score
from sklearn.model_selection import LeaveOneGroupOut, cross_val_predict

from cdmer_lib import METHODS, Database, cli, synthetic
from cdmer_lib.data.extracted import features_name, write_features
from cdmer_lib.errors import InvalidInput
from cdmer_lib.experiments.left_out_subjects import leave_subjects_out, score
from cdmer_lib.protocol import PROTOCOLS, database_info, people


@pytest.fixture(scope="module")
def megc():
    """The synthetic databases' clips with features of 12 numbers: people and classes are theirs."""
    rng, data = np.random.default_rng(5), {}
    for name in PROTOCOLS["MEGC2019"].counts:
        clips = synthetic.plan(name.removesuffix("_MEGC"))
        clips = [clip for clip in clips if clip.label]
        y = np.array([clip.label for clip in clips])
        who = np.array([clip.subject for clip in clips])
        habits = {s: rng.normal(size=12) for s in np.unique(who)}
        X = 1.5 * np.eye(3, 12)[y - 1] + rng.normal(size=(len(y), 12)) + [habits[s] for s in who]
        data[name] = Database(name, X, y, who)
    return data


def slow(estimator, data):
    """(true, predicted) by database, with a loop over people."""
    outcome = {name: (d.y, np.zeros_like(d.y)) for name, d in data.items()}
    for home, target in data.items():
        for subject in sorted(set(target.subjects)):
            Xs, ys = [], []
            for name, d in data.items():
                for x, label, who in zip(d.X, d.y, d.subjects, strict=True):
                    if (name, who) != (home, subject):
                        Xs.append(x)
                        ys.append(label)
            out = np.array(target.subjects) == subject
            fitted = estimator.fit(np.array(Xs), np.array(ys), target.X[out])
            outcome[home][1][out] = fitted.predict(target.X[out])
    return outcome


def by_hand(y, predicted):
    """UF1 and UAR, counted one clip at a time."""
    f1, recall = [], []
    for c in sorted(set(y) | set(predicted)):
        pairs = list(zip(y, predicted, strict=True))
        tp = sum(a == c and b == c for a, b in pairs)
        fp = sum(a != c and b == c for a, b in pairs)
        fn = sum(a == c and b != c for a, b in pairs)
        f1.append(2 * tp / (2 * tp + fp + fn))
        recall += [tp / (tp + fn)] if tp + fn else []
    return sum(f1) / len(f1), sum(recall) / len(recall)


def test_the_composite_evaluation_against_an_independent_one(megc):
    table = leave_subjects_out("SA", megc, "MEGC2019").set_index("database")
    outcome = slow(METHODS["SA"](), megc)
    assert list(table.index) == ["all", "SMIC_HS", "CASME2_MEGC", "SAMM"]
    assert table["n"].tolist() == [164 + 130 + 133, 164, 130, 133]
    outcome["all"] = tuple(np.concatenate(parts) for parts in zip(*outcome.values(), strict=True))
    for name, (y, predicted) in outcome.items():
        uf1, uar = by_hand(y.tolist(), predicted.tolist())
        assert table.loc[name, "uf1"] == pytest.approx(uf1)
        assert table.loc[name, "uar"] == pytest.approx(uar)
        assert uf1 == pytest.approx(f1_score(y, predicted, average="macro"))
        assert uar == pytest.approx(balanced_accuracy_score(y, predicted))
        assert 1 / 3 < uf1 < 0.9  # something is learned, and not all
        assert name == "all" or table.attrs["predicted"][name] == predicted.tolist()


def test_within_one_database_as_scikit_learn_does_it(megc):
    alone, model = {"SAMM": megc["SAMM"]}, LogisticRegression()
    d = megc["SAMM"]
    expected = cross_val_predict(model, d.X, d.y, groups=d.subjects, cv=LeaveOneGroupOut())
    table = leave_subjects_out(model, alone)
    assert table.attrs["predicted"]["SAMM"] == expected.tolist()
    assert table["uf1"].tolist() == pytest.approx([f1_score(d.y, expected, average="macro")] * 2)
    assert not hasattr(model, "coef_")  # the estimator that was given is left as it was


class Spy(ClassifierMixin, BaseEstimator):
    """Remembers nothing; fails if it sees the person that it will be tested on."""

    def fit(self, Xs, ys, Xt=None):
        assert Xt is not None and not set(Xs[:, 0]) & set(Xt[:, 0])
        self.classes_ = np.unique(ys)
        return self

    def predict(self, X):
        return np.repeat(self.classes_[-1], len(X))


def test_the_same_person_in_two_sets_of_smic_is_left_out_of_both():
    data = {}
    for name in ("SMIC_VIS", "SMIC_NIR"):
        numbers = np.repeat([11.0, 12.0, 13.0], 3)
        subjects = [f"s{n:.0f}" for n in numbers]
        data[name] = Database(name, numbers[:, None], np.tile([1, 2, 3], 3), subjects)
    assert sorted(set(people(data))) == ["SMIC/s11", "SMIC/s12", "SMIC/s13"]
    table = leave_subjects_out(Spy(), data)
    assert table["accuracy"].tolist() == pytest.approx([1 / 3] * 3)
    other = {n.lower(): Database(n.lower(), d.X, d.y, d.subjects) for n, d in data.items()}
    assert len(set(people(other))) == 6  # of databases of one's own nothing is assumed


def test_words_as_labels_and_people_at_the_same_time(megc):
    words = np.array(["", "neg", "pos", "sur"])
    data = {f"own_{n}": Database(f"own_{n}", d.X, words[d.y], d.subjects) for n, d in megc.items()}
    one, two = (leave_subjects_out("SVM", data, n_jobs=n) for n in (1, 2))
    assert one.equals(two)
    same = leave_subjects_out("SVM", {f"x_{n}": Database(f"x_{n}", d.X, d.y, d.subjects)
                                      for n, d in megc.items()})  # fmt: skip
    assert one["uf1"].tolist() == pytest.approx(same["uf1"].tolist())


def test_scores_of_labels_from_elsewhere():
    table = score({"a": ([1, 1, 2], [1, 2, 2]), "b": ([1, 3], [1, 1])})
    assert table["uar"].tolist() == pytest.approx([(2 / 3 + 1 + 0) / 3, 0.75, 0.5])
    assert table["accuracy"].tolist() == pytest.approx([3 / 5, 2 / 3, 1 / 2])


def test_the_published_counts():
    counts = PROTOCOLS["MEGC2019"].counts
    assert np.sum(list(counts.values()), axis=0).tolist() == [250, 109, 83]
    assert all(counts[name] == database_info(name).counts for name in counts)


def test_what_differs_from_the_published_evaluation_is_said(megc):
    table = leave_subjects_out(Spy(), {n: megc[n] for n in sorted(megc)}, "MEGC2019")
    assert table.attrs["differences"] == ["CASME2_MEGC has 73, 32, 25 clips, not 88, 32, 25"]


@pytest.mark.parametrize("what, words", [
    ("method", "unknown method 'CNN': expected one of SVM"),
    ("protocol", "unknown protocol 'MEGC2030': expected one of LOSO, MEGC2019"),
    ("databases", "expected the databases SMIC_HS, CASME2_MEGC, SAMM, found SAMM"),
    ("subjects", "SAMM: expected the subject of each sample, found none"),
    ("features", r"as many features in every database, found \[11, 12\]"),
    ("people", "expected two people or more, found 1"),
])  # fmt: skip
def test_what_is_refused(megc, what, words):
    d, method, protocol, data = megc["SAMM"], "SVM", "LOSO", {"SAMM": megc["SAMM"]}
    if what == "method":
        method = "CNN"
    elif what == "protocol":
        protocol = "MEGC2030"
    elif what == "databases":
        protocol = "MEGC2019"
    elif what == "subjects":
        data = {"SAMM": Database("SAMM", d.X, d.y)}
    elif what == "features":
        data = data | {"own": Database("own", d.X[:, 1:], d.y, d.subjects)}
    else:
        data = {"SAMM": Database("SAMM", d.X, d.y, ["006"] * len(d.y))}
    with pytest.raises(InvalidInput, match=words):
        leave_subjects_out(method, data, protocol)


def test_the_command(megc, tmp_path, capsys):
    for name, d in megc.items():
        np.savez(tmp_path / f"{name}.npz", features=d.X, labels=d.y, subjects=d.subjects)
    command = ["loso", str(tmp_path), "--jobs", "1"]
    assert cli.main([*command, "--only", "SAMM"]) == 0
    (uf1,) = leave_subjects_out("SVM", {"SAMM": megc["SAMM"]})["uf1"][:1]
    assert f"{uf1:.4f}" in capsys.readouterr().out
    assert cli.main([*command, "--method", "SVM", "GFK"]) == 0
    out = capsys.readouterr().out
    assert "SVM, leave one subject out" in out and out.count(" SMIC_HS 164 ") == 2
    assert cli.main([*command, "--only", "CK"]) == 1
    assert "expected one of CASME2_MEGC, SAMM, SMIC_HS, found --only CK" in capsys.readouterr().err
    assert cli.main([*command, "--protocol", "MEGC2019"]) == 1  # tables are no extracted features


def test_the_command_on_extracted_features(megc, tmp_path, capsys):
    for name, d in megc.items():
        path = tmp_path / "features" / features_name(name, "LBP-SIP(R1)")
        write_features(path, d, "LBP-SIP(R1)", d.subjects, {})
    command = ["loso", str(tmp_path), "--protocol", "MEGC2019", "--descriptor", "LBP-SIP(R1)"]
    assert cli.main([*command, "--jobs", "1"]) == 0
    out = capsys.readouterr().out
    table = leave_subjects_out("SVM", megc, "MEGC2019")
    assert all(f"{uf1:.4f}" in out for uf1 in table["uf1"])
    assert "not as published: CASME2_MEGC has 73, 32, 25 clips, not 88, 32, 25" in out
