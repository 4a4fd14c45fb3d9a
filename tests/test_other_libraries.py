"""Estimators of other libraries as methods, and one of ours in skada: with and without skada."""

import re

import numpy as np
import pandas as pd
import pytest
from sklearn.base import BaseEstimator, ClassifierMixin, clone
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

from cdmer_lib import Database, Task
from cdmer_lib.cli import main
from cdmer_lib.errors import InvalidInput
from cdmer_lib.experiments import Store, run, sweep
from cdmer_lib.experiments.other_libraries import Transported, WithDomains, wrap
from cdmer_lib.methods import SA, SVM
from cdmer_lib.report.bench import bench
from cdmer_lib.selection import CHOICES
from cdmer_lib.selection.validation import validate, with_record

try:
    import skada
except ImportError:
    skada = None
try:
    import ot
except ImportError:
    ot = None

needs_skada = pytest.mark.skipif(skada is None, reason="skada absent: extra adapt")
needs_pot = pytest.mark.skipif(ot is None, reason="POT absent: extra adapt")
QUIET = {"progress": False}
TASK = Task(1, "A", "B")


def made_up(name, i, n, n_classes=3):
    rng, codes = np.random.default_rng(i), np.arange(n) % n_classes
    X = 1.5 * np.eye(n_classes, 12)[codes] + rng.normal(size=(n, 12)) + 0.4 * i
    order = rng.permutation(n)  # the first label is not the first in the alphabet
    return Database(name, X[order], np.array(["anger", "calm", "joy"])[codes][order])


@pytest.fixture
def data():
    data = {"A": made_up("A", 0, 30), "B": made_up("B", 1, 33)}
    assert data["A"].y[0] != "anger"
    return data


class Recorder(ClassifierMixin, BaseEstimator):
    """Labels all rows with the first class, and keeps what fit was told, in the class."""

    told = {}

    def __init__(self, c=1):
        self.c = c

    def predict(self, X):
        return np.zeros(len(X), int)


class TakesXt(Recorder):
    def fit(self, X, y, Xt):
        self.told.update(X=X, y=y, Xt=Xt)


class TakesDomains(Recorder):
    def fit(self, X, y, sample_domain=None):
        self.told.update(X=X, y=y, sample_domain=sample_domain)


# --- what an estimator is told ----------------------------------------------------------------


def test_a_classifier_labels_as_by_itself(data):
    one, two = data.values()
    model = make_pipeline(StandardScaler(), SVC(kernel="linear"))
    method = wrap("SVC", model, {"svc__C": [0.1, 1.0], "svc__tol": [1e-3]})
    table = sweep(method, TASK, data=data, predictions=True, **QUIET)
    for C, digits in zip(table["svc__C"], table["predicted"]):
        alone = clone(model).set_params(svc__C=C).fit(one.X, one.y).predict(two.X)
        assert np.array_equal(method(svc__C=C).fit(one.X, one.y, two.X).predict(two.X), alone)
        assert digits == "".join(str(1 + list(np.unique(one.y)).index(label)) for label in alone)
    assert model.get_params()["svc__C"] == 1.0 and not hasattr(model, "classes_")


@pytest.mark.parametrize("kind", [TakesXt, TakesDomains])
def test_the_target_comes_without_its_labels(kind, data):
    one, two = data.values()
    fitted = wrap("own", kind(), {"c": [1]})().fit(one.X, one.y, two.X)
    assert set(fitted.predict(two.X)) == {"anger"}
    told, codes = kind.told, np.unique(one.y, return_inverse=True)[1]
    if kind is TakesXt:
        assert all(map(np.array_equal, (told["X"], told["y"], told["Xt"]), (one.X, codes, two.X)))
        return
    source = told["sample_domain"] > 0
    assert np.array_equal(told["X"][source], one.X) and np.array_equal(told["y"][source], codes)
    assert np.array_equal(told["X"][~source], two.X) and set(told["y"][~source]) == {-1}
    assert (told["sample_domain"][~source] < 0).all()


def test_ours_can_be_wrapped_too(data):
    ours = sweep("SA", TASK, [{"k": 2}, {"k": 3}], data, **QUIET)
    wrapped = sweep(wrap("SA again", SA(), {"k": [2, 3]}), TASK, data=data, **QUIET)
    pd.testing.assert_frame_equal(wrapped, ours)


def test_decision_values_are_one_a_class(data):
    one, two = (made_up(name, i, 30, n_classes=2) for i, name in enumerate("AB"))
    logistic = wrap("LogReg", LogisticRegression(), {"C": [1.0]})().fit(one.X, one.y, two.X)
    scores = logistic.class_scores(two.X)
    alone = LogisticRegression().fit(one.X, one.y).predict_proba(two.X)
    assert np.allclose(np.exp(scores), alone)
    svc = wrap("SVC", SVC(), {"C": [1.0]})().fit(one.X, one.y, two.X)
    assert np.array_equal(svc.classes_[svc.class_scores(two.X).argmax(axis=1)], svc.predict(two.X))
    assert wrap("own", TakesXt(), {"c": [1]})().fit(one.X, one.y).class_scores(two.X) is None


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("a/b", SVC(), {"C": [1.0]}), "expected a name of letters, digits"),
        (("LogReg", "LogReg", {"C": [1.0]}), "without fit, predict, get_params"),
        (("SVC", SVC(), {"svc__C": [1.0]}), "parameters of the estimator, found svc__C; it has C,"),
        (("SVC", SVC(), {}), "a grid of one parameter or more with values, found {}"),
        (("SVC", SVC(), {"C": []}), "a grid of one parameter or more with values"),
    ],
)
def test_what_cannot_be_wrapped(arguments, message):
    with pytest.raises(InvalidInput, match=message):
        wrap(*arguments)


def test_complaints_of_the_estimator_are_errors_of_the_package(data):
    method = wrap("SVC", SVC(), {"C": [-1.0]})
    with pytest.raises(InvalidInput, match="The 'C' parameter of SVC must be"):
        sweep(method, TASK, data=data, **QUIET)
    with pytest.raises(InvalidInput, match=r"arguments of SVC that its grid varies \(C\), found k"):
        method(k=3)
    with pytest.raises(InvalidInput, match="found LogisticRegression; an estimator of another"):
        sweep(LogisticRegression(), TASK, data=data, **QUIET)
    with pytest.raises(InvalidInput, match="another 'SVM': the two would share a file"):
        sweep(wrap("SVM", SVC(), {"C": [1.0]}), TASK, data=data, **QUIET)


# --- wherever a method goes -------------------------------------------------------------------


def test_a_row_of_the_report(data, tmp_path):
    method = wrap("LogReg (L2)", LogisticRegression(), {"C": [0.1, 1.0, 10.0]})
    cells = bench(data, tmp_path, [method, "SVM"], progress=False, n_permutations=9)
    assert cells["method"].tolist() == ["LogReg (L2)"] * 2 + ["SVM"] * 2
    assert (cells["n_points"] == [3, 3, 1, 1]).all() and cells["chosen_f1"].notna().all()
    assert "LogReg (L2)" in (tmp_path / "report.html").read_text(encoding="utf-8")
    record = with_record(Store(tmp_path / "results"), method, Task(1, "A", "B"))
    assert all(record[column].notna().all() for _, column in CHOICES.values())


def test_two_processes_find_what_one_finds(data, tmp_path):
    method = wrap("LogReg", LogisticRegression(), {"C": [0.1, 1.0]})
    two = validate(method, TASK, Store(tmp_path / "2"), data=data, n_jobs=2, **QUIET)
    one = validate(method, TASK, Store(tmp_path / "1"), data=data, n_jobs=1, **QUIET)
    pd.testing.assert_frame_equal(two, one)
    again = run(method, TASK, store=Store(tmp_path / "2"), data=data, **QUIET)
    assert len(again.attrs["provenance"]["runs"]) == 1


OWN = """
from sklearn.neighbors import KNeighborsClassifier
from cdmer_lib.experiments.other_libraries import wrap

KNN = wrap("kNN", KNeighborsClassifier(), {"n_neighbors": [1, 3]})
"""


def test_bench_takes_a_row_from_a_file(data, tmp_path, capsys):
    for name, database in data.items():
        np.savez(tmp_path / f"{name}.npz", features=database.X, labels=database.y)
    (tmp_path / "own.py").write_text(OWN)

    def cdmer(method):
        code = main(["bench", str(tmp_path), "--jobs", "2", "--method", "SVM", method])
        return code, capsys.readouterr()

    code, said = cdmer(f"{tmp_path / 'own.py'}:KNN")
    assert code == 0 and "4 cells" in said.out
    assert "kNN" in (tmp_path / "report" / "report.md").read_text(encoding="utf-8")
    for method in (f"{tmp_path / 'own.py'}:KN", f"{tmp_path / 'none.py'}:KNN", "no_module:KNN"):
        code, said = cdmer(method)
        assert code == 1 and "expected a row's name, FILE.py:NAME or module:NAME" in said.err
    code, said = cdmer("sklearn.svm:SVC")
    assert code == 1 and "found SVC; an estimator of another library becomes one with" in said.err


# --- skada and POT ----------------------------------------------------------------------------


@needs_pot
def test_exact_transport_finds_the_moved_clip():
    """Of points that lie far apart and move a little, the cheapest plan takes each to itself."""
    rng = np.random.default_rng(0)
    X, y = 10 * rng.normal(size=(20, 5)), rng.permutation(20) % 4
    order = rng.permutation(20)
    moved = X[order] + 0.1 * rng.normal(size=(20, 5))
    model = Transported(ot.da.EMDTransport(), SVC(C=1e3)).fit(X, y, moved)
    assert np.allclose(model.transport_.transform(Xs=X)[order], moved)
    assert np.array_equal(model.predict(moved), y[order])


@needs_skada
@needs_pot
def test_skada_and_pot_agree_through_one_adapter(data):
    svm = SVC(kernel="linear")
    by_pot = Transported(ot.da.SinkhornTransport(norm="median"), svm)
    adapter = skada.EntropicOTMappingAdapter(norm="median")
    name, widths = "entropicotmappingadapter__reg_e", [0.05, 0.5]
    theirs = wrap("a", skada.make_da_pipeline(adapter, svm), {name: widths})
    tables = (
        sweep(method, TASK, data=data, predictions=True, **QUIET).drop(columns="seconds")
        for method in (theirs, wrap("b", by_pot, {"transport__reg_e": widths}))
    )
    one, two = (table.set_axis(["reg_e", *table.columns[1:]], axis=1) for table in tables)
    pd.testing.assert_frame_equal(one, two)


@needs_skada
def test_a_pipeline_of_skada_as_a_row(data, tmp_path):
    one, two = data.values()
    model = skada.make_da_pipeline(skada.CORALAdapter(), SVC(kernel="linear"))
    method = wrap("CORAL", model, {"coraladapter__reg": [0.1, 0.5]})
    codes = np.unique(one.y, return_inverse=True)[1]
    X, y = np.vstack([one.X, two.X]), np.r_[codes, np.full(len(two.X), -1)]
    domain = np.r_[np.full(len(one.X), 1), np.full(len(two.X), -2)]
    for reg in (0.1, 0.5):
        alone = clone(model).set_params(coraladapter__reg=reg).fit(X, y, sample_domain=domain)
        ours = method(coraladapter__reg=reg).fit(one.X, one.y, two.X)
        assert np.array_equal(ours.predict(two.X), np.unique(one.y)[alone.predict(two.X)])
    cells = bench(data, tmp_path, [method, SVM], progress=False, n_permutations=9, n_jobs=2)
    assert cells["method"].tolist() == ["CORAL"] * 2 + ["SVM"] * 2
    assert cells["chosen_f1"].notna().all() and not cells.attrs["left_out"]


@needs_skada
@needs_pot
def test_the_code_on_the_page_runs(root, data):
    page = (root / "book" / "other_libraries.md").read_text(encoding="utf-8")
    rows, ours = re.findall(r"```python\n(.*?)```", page, re.DOTALL)
    names = {}
    exec(rows, names)
    for name, n_points in (("CORAL", 2), ("OT", 1)):
        assert len(sweep(names[name], TASK, data=data, **QUIET)) == n_points
    one, two = data.values()
    names["X"] = np.vstack([one.X, two.X])
    codes = np.unique(one.y, return_inverse=True)[1]
    names["y"] = np.r_[codes, np.full(len(two.y), -1)]
    names["domain"] = np.repeat([1, -2], [len(one.y), len(two.y)])
    exec(ours, names)
    assert set(names["search"].predict(two.X)) <= {0, 1, 2}


@needs_skada
def test_ours_in_a_pipeline_of_skada(data):
    from skada.metrics import CircularValidation
    from skada.model_selection import StratifiedDomainShuffleSplit

    one, two = data.values()
    codes = np.unique(one.y, return_inverse=True)[1]
    rows = np.random.default_rng(0).permutation(len(one.X) + len(two.X))
    X, y = np.vstack([one.X, two.X])[rows], np.r_[codes, np.full(len(two.X), -1)][rows]
    domain = np.r_[np.full(len(one.X), 1), np.full(len(two.X), -2)][rows]
    pipeline = skada.make_da_pipeline(StandardScaler(), WithDomains(SA(k=3)))
    pipeline.fit(X, y, sample_domain=domain)
    scaler = StandardScaler().fit(X)
    S, T = scaler.transform(X[domain > 0]), scaler.transform(X[domain < 0])
    alone = SA(k=3).fit(S, y[domain > 0], T)
    assert np.array_equal(pipeline.predict(X[domain < 0]), alone.predict(T))
    search = GridSearchCV(
        pipeline, {"withdomains__estimator__k": [1, 2, 4]}, scoring=CircularValidation(),
        cv=StratifiedDomainShuffleSplit(3, test_size=0.5, random_state=0), error_score="raise",
    ).fit(X, y, sample_domain=domain)  # fmt: skip
    scores = search.cv_results_["mean_test_score"]
    assert search.best_params_["withdomains__estimator__k"] == [1, 2, 4][scores.argmax()]
    assert len(set(scores)) > 1


def test_rows_of_both_domains_are_told_apart(data):
    one, two = data.values()
    X, y = np.vstack([two.X, one.X]), np.r_[np.full(len(two.X), -1), np.arange(len(one.X)) % 3]
    domain = np.r_[np.full(len(two.X), -1), np.full(len(one.X), 3)]
    alone = SA(k=3).fit(one.X, y[domain > 0], two.X).predict(two.X)
    for given in ({"sample_domain": domain}, {}):
        assert np.array_equal(WithDomains(SA(k=3)).fit(X, y, **given).predict(two.X), alone)
    only = WithDomains(SA(k=3)).fit(one.X, y[domain > 0])
    assert np.array_equal(only.predict(two.X), SA(k=3).fit(one.X, y[domain > 0]).predict(two.X))


# --- the stored table -------------------------------------------------------------------------


@pytest.fixture(scope="module")
def stored(root):
    return pd.read_csv(root / "results" / "other_libraries.csv")


def test_the_stored_rows_are_whole(stored):
    assert (stored.groupby("method")["task"].nunique() == 6).all() and len(stored) == 42
    assert (stored["chosen_f1"] <= stored["mean_f1"] + 1e-9).all()
    for name in CHOICES:
        assert (stored[f"by {name}"] <= stored["mean_f1"] + 1e-9).all()
    clips = {"V": 71, "N": 71, "C": 130}
    hits = stored["percent"] / 100 * stored["task"].str[-1].map(clips)
    assert np.allclose(hits, hits.round(), atol=1e-4)


@needs_skada
@needs_pot
@pytest.mark.parametrize("name", ["CORAL", "OT (exact)", "JDOT"])
def test_a_stored_row_is_computed_again(name, root, stored, task_data, monkeypatch):
    monkeypatch.syspath_prepend(root / "benchmarks")
    from other_libraries import rows

    from cdmer_lib.statistics.left_out_people import in_their_span

    at = stored[(stored["method"] == name) & (stored["task"] == "C→V")].iloc[0]
    released = [*task_data("C->V"), task_data("V->N")[1]]
    data = {database.name: database for database in in_their_span(*released)}
    table = sweep(rows()[name][1], "C->V", data=data, **QUIET)
    assert len(table) == at["n_points"]
    assert table["mean_f1"].max() == pytest.approx(at["mean_f1"], abs=1e-6)
