"""Features of one's own: never exchanged for the released ones, and damage in them is named."""

import json
import os
from pathlib import Path

import h5py
import numpy as np
import pytest

from cdmer_lib import Database, data, load_database
from cdmer_lib.data.extracted import (
    MARK,
    choose_features,
    features_name,
    find_features,
    read_provenance,
    write_features,
)  # fmt: skip
from cdmer_lib.errors import CdmerError, IntegrityError, InvalidInput

DESCRIPTORS = ["LBP-TOP(R3P8)", "HOG-TOP(p=4)"]


@pytest.fixture
def root(tmp_path, monkeypatch):
    """Own features of VIS and NIR beside a folder that seems to hold all the released ones."""
    for name in ("SMIC_VIS", "SMIC_NIR"):
        for descriptor in DESCRIPTORS:
            own(tmp_path / "own/features", name, descriptor)
    released = tmp_path / "released"
    released.mkdir()
    for name in ("CASME2", "SMIC_HS", "SMIC_VIS", "SMIC_NIR"):
        (released / features_name(name)).write_bytes(b"released")
    monkeypatch.setattr("cdmer_lib.data.fetch.verify_file", lambda path, released: None)
    monkeypatch.setenv("CDMER_DATA", str(released))
    return tmp_path / "own"


def own(folder, name, descriptor=DESCRIPTORS[0]):
    rng = np.random.default_rng(0)
    database = Database(name, rng.random((6, 40)), [1, 2, 3] * 2, [f"s{i}" for i in range(6)])
    clips = [f"clip {i}" for i in range(6)]
    write_features(folder / features_name(name, descriptor), database, descriptor, clips, {"a": 1})
    return folder / features_name(name, descriptor)


def cut(path):
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def empty(path):
    path.write_bytes(b"")


def link_to_nowhere(path):
    path.unlink()
    path.symlink_to("/nonexistent/annex/object")


def pipe(path):
    path.unlink()
    os.mkfifo(path)


def folder(path):
    path.unlink()
    path.mkdir()


def without_mark(path):
    with h5py.File(path, "r+") as file:
        del file.attrs[MARK]


def other_name(path):
    path.with_name(features_name("N")).replace(path)
    own(path.parent, "SMIC_NIR")


@pytest.mark.parametrize(
    "damage", [cut, empty, link_to_nowhere, pipe, folder, without_mark, other_name]
)
def test_a_damaged_file_is_an_error_that_names_it(root, damage):
    path = root / "features" / features_name("V")
    damage(path)
    with pytest.raises(InvalidInput) as caught:
        load_database("V", root)
    assert str(path) in str(caught.value) and "expected" in str(caught.value)
    if damage not in (cut, empty, without_mark, other_name):
        with pytest.warns(UserWarning, match="features"):
            assert not data.available("V", root)
    assert load_database("N", root).X.shape == (6, 40)


def test_directly_in_root_too(root, tmp_path):
    path = own(tmp_path / "flat", "SMIC_VIS")
    assert find_features("V", tmp_path / "flat") == path
    for damage in (cut, link_to_nowhere):
        path = own(tmp_path / damage.__name__, "SMIC_VIS")
        damage(path)
        with pytest.raises(InvalidInput) as caught:
            load_database("V", path.parent)
        assert str(path) in str(caught.value)


def test_released_features_are_not_mixed_with_own_ones(root):
    with pytest.raises(
        InvalidInput,
        match=r"CASME2 in .*mixed with your own of SMIC_VIS, SMIC_NIR",
    ):
        load_database("C", root)
    with pytest.raises(InvalidInput, match=r"cdmer features --root FOLDER --database SMIC_HS"):
        load_database("H", root)
    with pytest.warns(UserWarning, match="not mixed"):
        assert not data.available("C", root)
    assert choose_features("C") is None and data.available("C")  # no root: all are released
    with pytest.raises(data.DataUnavailable, match="only LBP-TOP"):
        load_database("C", root, descriptor="HOG-TOP(p=4)")


def test_every_flipped_byte_is_noticed_or_changes_nothing(root):
    path = root / "features" / features_name("V")
    whole, before = path.read_bytes(), load_database("V", root)
    places = np.random.default_rng(1).choice(len(whole), 150, replace=False)
    inside = whole.find(json.dumps({"a": 1})[:5].encode())  # and some of the provenance
    noticed = 0
    for place in [*places.tolist(), *range(inside, inside + 20)]:
        content = bytearray(whole)
        content[place] ^= 1 << place % 8
        path.write_bytes(content)
        try:
            after = load_database("V", root)
        except CdmerError as error:
            noticed += 1
            assert str(path) in str(error)
            continue
        np.testing.assert_array_equal(after.X, before.X)
        np.testing.assert_array_equal(after.y, before.y)
        assert list(after.subjects) == list(before.subjects)
    assert noticed > 20


def test_the_message_on_damage_says_what_to_do_and_doing_it_helps(root):
    path = root / "features" / features_name("V")
    with h5py.File(path, "r+") as file:
        file["SMIC_VIS_micro_label"][0, 0] = 2
    with pytest.raises(IntegrityError, match="delete it, and extract it again"):
        load_database("V", root)
    assert read_provenance(path) is None  # so that `cdmer features` writes it anew
    assert read_provenance(own(path.parent, "SMIC_VIS"))["a"] == 1


def test_names_that_are_not_english(tmp_path):
    names = ["张", "é", "s3"]
    database = Database("SMIC_VIS", np.eye(3), [1, 2, 3], names)
    path = tmp_path / features_name("V")
    write_features(path, database, DESCRIPTORS[0], names, {})
    assert list(load_database("V", tmp_path).subjects) == names


def test_home_is_expanded_everywhere(root, monkeypatch):
    monkeypatch.setenv("HOME", str(root.parent))
    assert load_database("V", "~/own").X.shape == (6, 40)
    assert data.available("V", "~/own")
    assert choose_features("V", "~/own") == root / "features" / features_name("V")
    monkeypatch.setenv("CDMER_DATA", "~/released")
    assert data.inventory().path[0] == str(root.parent / "released" / features_name("C"))
    assert not Path("~").exists()
