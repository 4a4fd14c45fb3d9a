"""Reading the released layout from tiny made-up files: search order, orientation, bad input."""

import os
import subprocess
import sys

import h5py
import numpy as np
import pytest
from scipy.io import savemat

from cdmer_lib import data
from cdmer_lib.data import fetch, registry
from cdmer_lib.files import git_blob_sha1

Y = np.array([1, 2, 3, 1])


@pytest.fixture(autouse=True)
def alone(tmp_path, monkeypatch):
    """No data folder, an empty cache, and an address where nobody listens."""
    monkeypatch.delenv("CDMER_DATA", raising=False)
    monkeypatch.setenv("NO_PROXY", "*")
    monkeypatch.setattr(fetch, "cache_folder", lambda: tmp_path / "cache")
    monkeypatch.setattr(registry, "HOST", "http://127.0.0.1:9")


def write_features(folder, name="SMIC_VIS", y=Y, n_features=15045, value=0.0, **datasets):
    """Write a MATLAB v7.3 file of the released layout; return its path and X, samples as rows."""
    X = np.arange(len(y) * n_features, dtype=float).reshape(len(y), n_features) + value
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / registry.released_file(name).file
    default = {f"{name}_micro_feature": X.T, f"{name}_micro_label": np.reshape(y, (1, -1)) * 1.0}
    with h5py.File(path, "w", userblock_size=512) as file:
        for key, array in (datasets or default).items():
            file[key] = array
    return path, X


def release(monkeypatch, path):
    """Make the content at ``path`` the released one."""
    monkeypatch.setitem(registry.SHA1, path.name, git_blob_sha1(path))


def test_columns_become_rows(tmp_path):
    _, X = write_features(tmp_path)
    database = data.load_database("V", tmp_path, verify=False)
    assert database.name == "SMIC_VIS"
    np.testing.assert_array_equal(database.X, X)
    np.testing.assert_array_equal(database.y, Y)
    assert database.X.flags.c_contiguous and database.X.dtype == np.float64
    assert database.y.dtype.kind == "i"


@pytest.mark.parametrize("subfolder", ["", "released_features", "data/3class"])
def test_each_layout_is_found(tmp_path, monkeypatch, subfolder):
    path, _ = write_features(tmp_path / subfolder)
    release(monkeypatch, path)
    monkeypatch.setenv("CDMER_DATA", str(tmp_path))
    assert data.load_database("SMIC_VIS").X.shape == (4, 15045)
    stock = data.inventory().set_index("what")
    assert stock.path["SMIC_VIS features"] == str(path)
    assert stock.state["SMIC_VIS features"] == "verified"


def test_search_order_is_root_then_environment_then_cache(tmp_path, monkeypatch):
    places = {"root": 1.0, "environment": 2.0, "cache": 3.0}
    paths = [write_features(tmp_path / place, value=v)[0] for place, v in places.items()]
    monkeypatch.setenv("CDMER_DATA", str(tmp_path / "environment"))
    monkeypatch.setattr(fetch, "verify_file", lambda path, released: None)
    for path, value in zip(paths, places.values(), strict=True):
        assert data.load_database("V", tmp_path / "root").X[0, 0] == value
        path.unlink()
    with pytest.raises(data.DataUnavailable):
        data.load_database("V", tmp_path / "root")


def test_absent_says_where_it_looked_and_what_to_do(tmp_path, monkeypatch):
    monkeypatch.setenv("CDMER_DATA", str(tmp_path / "typo"))
    (tmp_path / "a_file").touch()
    with pytest.raises(data.DataUnavailable) as caught:
        data.load_database("H", tmp_path / "a_file")
    message = str(caught.value)
    assert isinstance(caught.value, FileNotFoundError)
    for part in (
        f"root: {tmp_path / 'a_file'} (no such folder)",
        f"CDMER_DATA: {tmp_path / 'typo'} (no such folder)",
        f"cache: {tmp_path / 'cache'}",
        "Tried to download: http://127.0.0.1:9/jiangxingxun/Seeking_Salient_Facial_Region/0ceef18",
        "/data/3class/CrossCorpus_LBPTOP_R3P8_SMIC_HS_112by112.mat",
        "cdmer data --download",
    ):
        assert part in message


def test_unknown_name():
    with pytest.raises(ValueError, match="unknown database 'CASME3'"):
        data.load_database("CASME3")


def test_made_up_smic_hs_is_refused_unless_unverified(tmp_path):
    write_features(tmp_path, "SMIC_HS", y=np.repeat([1, 2, 3], [70, 51, 43]))
    with pytest.raises(data.IntegrityError, match=r"600e2166.*found .*delete.*verify=False"):
        data.load_database("H", tmp_path)
    with pytest.warns(UserWarning, match="SMIC_HS"):
        assert not data.available("H", tmp_path)
    assert data.load_database("H", tmp_path, verify=False).counts == (70, 51, 43)
    assert data.inventory(tmp_path).set_index("what").state["SMIC_HS features"] == "wrong hash"
    assert "wrong hash" in data.describe(tmp_path)


def test_one_flipped_byte(tmp_path, monkeypatch):
    path, _ = write_features(tmp_path)
    release(monkeypatch, path)
    data.load_database("V", tmp_path)
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    os.utime(path, ns=(0, 0))  # a coarse clock must not hide the change
    with pytest.raises(data.IntegrityError, match=path.name):
        data.load_database("V", tmp_path)


def test_a_verified_file_is_hashed_once(tmp_path, monkeypatch):
    path, _ = write_features(tmp_path)
    release(monkeypatch, path)
    data.load_database("V", tmp_path)
    monkeypatch.setattr(fetch, "git_blob_sha1", None)
    data.load_database("V", tmp_path)


@pytest.mark.parametrize(
    ("labels", "message"), [([0, 1, 2, 0], "label codes 1"), ([1, 2, np.nan, 3], "label codes 1")]
)
def test_labels_outside_one_to_three(tmp_path, labels, message):
    path, _ = write_features(tmp_path, y=labels)
    with pytest.raises(ValueError, match=message) as caught:
        data.load_database("V", tmp_path, verify=False)
    assert str(path) in str(caught.value)


def test_nan_feature(tmp_path):
    path, _ = write_features(tmp_path)
    with h5py.File(path, "r+") as file:
        file["SMIC_VIS_micro_feature"][7, 2] = np.nan
    with pytest.raises(ValueError, match="row 2, column 7") as caught:
        data.load_database("V", tmp_path, verify=False)
    assert str(path) in str(caught.value)


def test_shapes_that_do_not_fit(tmp_path):
    write_features(tmp_path, n_features=15044)
    with pytest.raises(ValueError, match=r"expected .*15045, n_samples.*found \(15044, 4\)"):
        data.load_database("V", tmp_path, verify=False)
    arrays = {"SMIC_VIS_micro_feature": np.zeros((15045, 4))}
    write_features(tmp_path, **arrays, SMIC_VIS_micro_label=np.ones((1, 3)))
    with pytest.raises(ValueError, match=r"expected 4 labels.*found 3"):
        data.load_database("V", tmp_path, verify=False)


def test_datasets_missing_or_not_numeric(tmp_path):
    write_features(tmp_path, other=np.zeros(2))
    with pytest.raises(ValueError, match="dataset SMIC_VIS_micro_feature, found other float64"):
        data.load_database("V", tmp_path, verify=False)
    arrays = {"SMIC_VIS_micro_feature": np.zeros((15045, 4))}
    write_features(tmp_path, **arrays, SMIC_VIS_micro_label=np.array([b"ne", b"po"]))
    with pytest.raises(ValueError, match="numeric dataset SMIC_VIS_micro_label"):
        data.load_database("V", tmp_path, verify=False)


def test_not_hdf5_or_cut_short(tmp_path):
    path, _ = write_features(tmp_path)
    for content in (b"<html>sign in</html>", path.read_bytes()[:100_000], b""):
        path.write_bytes(content)
        with pytest.raises(ValueError, match=r"expected a MATLAB v7.3 \(HDF5\) file"):
            data.load_database("V", tmp_path, verify=False)


def test_folder_without_permission(tmp_path, monkeypatch):
    # The system's answer is imitated, since a superuser is never refused.
    stat = os.stat

    def refuse(path, *args, **kwargs):
        if str(path).startswith(str(tmp_path / "locked")):
            raise PermissionError(13, "Permission denied", str(path))
        return stat(path, *args, **kwargs)

    monkeypatch.setattr(os, "stat", refuse)
    with pytest.raises(PermissionError, match=r"locked.*expected a readable file.*permissions"):
        data.load_database("V", tmp_path / "locked")
    with pytest.warns(UserWarning, match="no permission"):
        assert not data.available("V", tmp_path / "locked")
    assert set(data.inventory(tmp_path / "locked").state) == {"unreadable"}


def test_permissions_on_disk(tmp_path):
    path, _ = write_features(tmp_path / "locked")
    for locked in (path, path.parent):
        locked.chmod(0)
        refused = not os.access(path, os.R_OK)
        if refused:
            with pytest.raises(PermissionError, match="expected a readable file"):
                data.load_database("V", tmp_path / "locked", verify=False)
        locked.chmod(0o700)
        if not refused:
            pytest.skip("this user may read every file")


@pytest.mark.parametrize("subfolder", ["", "authors_grids", "Acc/3class"])
def test_recorded_grid(tmp_path, monkeypatch, subfolder):
    folder = tmp_path / subfolder
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "Acc_record_3class_SMIC_VIS_SMIC_NIR_feature_LBPTOP_R3P8.mat"
    savemat(path, {"Acc": [[85, 0.01, 0.5, 0.4], [1, 100, 0.25, 0.2]], "Acc_max_war": [[1, 2]]})
    with pytest.raises(data.IntegrityError, match="V→N grid"):
        data.load_recorded_grid("V->N", tmp_path)
    release(monkeypatch, path)
    grid = data.load_recorded_grid(5, tmp_path)
    assert list(grid.columns) == ["kappa", "xi", "accuracy", "mean_f1"]
    assert grid.kappa.dtype.kind == "i"
    assert grid.values.tolist() == [[85, 0.01, 0.5, 0.4], [1, 100, 0.25, 0.2]]
    assert data.available("grid:V->N", tmp_path)


def test_unknown_task():
    with pytest.raises(ValueError, match="unknown task 13"):
        data.load_recorded_grid(13)
    with pytest.raises(ValueError, match="unknown task"):
        data.available("grid:V->V")


def test_own_features_are_never_exchanged_for_the_released_ones(tmp_path, monkeypatch):
    own, released = tmp_path / "own", tmp_path / "released"
    own.mkdir()
    monkeypatch.setenv("CDMER_DATA", str(released))
    write_features(released, "SMIC_VIS")
    with pytest.raises(data.DataUnavailable, match="verify=False"):
        data.load_database("SMIC_VIS", own, verify=False)


def test_complex_features_keep_no_half_of_themselves(tmp_path):
    y = np.ones((1, 4))
    for X in (
        np.ones((15045, 4), complex),
        np.ones((15045, 4), [("real", float), ("imag", float)]),  # as MATLAB saves them
    ):
        write_features(tmp_path, SMIC_VIS_micro_feature=X, SMIC_VIS_micro_label=y)
        with pytest.raises(ValueError, match="expected a numeric dataset SMIC_VIS_micro_feature"):
            data.load_database("V", tmp_path, verify=False)


def external_numbers(path, file):
    elsewhere = [(str(path.with_name("elsewhere")), 0, 15045 * 4 * 8)]
    file.create_dataset("SMIC_VIS_micro_feature", (15045, 4), "f8", external=elsewhere)


def virtual_numbers(path, file):
    layout = h5py.VirtualLayout((15045, 4), "f8")
    layout[:] = h5py.VirtualSource(path.with_name("other.mat"), "X", (15045, 4))
    file.create_virtual_dataset("SMIC_VIS_micro_feature", layout)


def external_link(path, file):
    os.mkfifo(path.with_name("pipe"))
    file["SMIC_VIS_micro_feature"] = h5py.ExternalLink("pipe", "X")


def many_columns(path, file):
    file.create_dataset("SMIC_VIS_micro_feature", (15045, 10**8), "f8", chunks=(15045, 1))


def huge_chunk(path, file):
    file.create_dataset(
        "SMIC_VIS_micro_feature", (15045, 4), "f8", chunks=(15045, 30000), maxshape=(None, None)
    )


@pytest.mark.parametrize(
    "content", [external_numbers, virtual_numbers, external_link, many_columns, huge_chunk]
)
def test_hostile_hdf5_is_refused_before_it_is_read(tmp_path, content, monkeypatch):
    path, _ = write_features(tmp_path, SMIC_VIS_micro_label=np.ones((1, 4)))
    np.ones(15045 * 4).tofile(tmp_path / "elsewhere")
    with h5py.File(path, "r+") as file:
        content(path, file)
    monkeypatch.setattr(h5py.Dataset, "__getitem__", None)
    with pytest.raises(ValueError, match=r"expected .*SMIC_VIS_micro_feature.*found") as caught:
        data.load_database("V", tmp_path, verify=False)
    assert str(path) in str(caught.value)


@pytest.mark.parametrize("verify", [True, False])
def test_what_is_no_file_is_not_passed_over(tmp_path, monkeypatch, verify):
    released = tmp_path / "released"
    path, _ = write_features(released)
    release(monkeypatch, path)
    monkeypatch.setenv("CDMER_DATA", str(released))
    for place in ("", "released_features"):
        own = tmp_path / "own" / place / path.name
        own.parent.mkdir(parents=True, exist_ok=True)
        for make in (os.mkfifo, os.mkdir, lambda own: own.symlink_to(tmp_path / "nowhere")):
            make(own)
            with pytest.raises(ValueError, match="expected a file, found") as caught:
                data.load_database("V", tmp_path / "own", verify=verify)
            assert str(own) in str(caught.value)
            assert data.inventory(tmp_path / "own").state[2] == "unreadable"
            own.rmdir() if own.is_dir() else own.unlink()


def test_a_user_without_a_home(tmp_path, monkeypatch):
    monkeypatch.undo()
    monkeypatch.setattr(registry, "HOST", "http://127.0.0.1:9")
    monkeypatch.setattr(fetch, "user_cache_dir", lambda name: f"~/.cache/{name}")
    monkeypatch.setattr(os.path, "expanduser", lambda path: path)
    monkeypatch.setenv("CDMER_DATA", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    assert "Released data: 0 of 20" in data.describe()
    with pytest.raises(data.DataUnavailable, match=r"no home folder.*set HOME or XDG_CACHE_HOME"):
        data.load_database("V")
    with pytest.raises(ValueError, match=r"~/mine: expected a path.*in full, or set HOME"):
        data.load_database("V", "~/mine")
    assert data.download(names=["V"]).outcome.tolist() == ["failed"]
    assert list(tmp_path.iterdir()) == []


def test_no_text_is_read_in_the_encoding_of_the_locale():
    code = """import warnings, pkgutil, importlib
warnings.filterwarnings("error", "", EncodingWarning, "cdmer_lib")
import cdmer_lib.data
for module in pkgutil.iter_modules(cdmer_lib.data.__path__, "cdmer_lib.data."):
    importlib.import_module(module.name)
assert cdmer_lib.data.describe()"""
    command = [sys.executable, "-X", "warn_default_encoding", "-c", code]
    subprocess.run(command, check=True, capture_output=True, env={**os.environ, "LC_ALL": "C"})
