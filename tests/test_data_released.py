"""The released files themselves, where they can be had."""

import doctest
import subprocess
import sys
from pathlib import Path

import numpy as np
import pooch
import pytest

from cdmer_lib import data
from cdmer_lib.data import fetch, released
from cdmer_lib.data.registry import REGISTRY, SHA1
from cdmer_lib.protocol import DATABASES, TASKS


def load(name):
    if not data.available(name):
        pytest.skip(f"{name} features can neither be found nor downloaded")
    return data.load_database(name)


def test_registry_is_complete():
    assert len(REGISTRY) == 20
    assert {file.file for file in REGISTRY} == set(SHA1)
    assert all(len(sha1) == 40 for sha1 in SHA1.values())


def test_the_cache_is_the_folder_that_pooch_names():
    assert fetch.cache_folder() == Path(pooch.os_cache("cdmer"))


def test_what_is_here_is_told_without_heavy_libraries():
    package = str(Path(data.__file__).parents[1])
    code = f"""import sys, types
sys.modules["cdmer_lib"] = package = types.ModuleType("cdmer_lib")
package.__path__ = [{package!r}]
from cdmer_lib import data
assert "Released data" in data.describe()
print(*sys.modules)"""
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True).stdout
    heavy = {"pandas", "scipy", "h5py", "sklearn", "pooch", "requests", "matplotlib", "PIL"}
    assert not heavy & set(loaded.decode().split())


def test_the_example_of_load_database():
    load("V")
    failed, attempted = doctest.testmod(released)
    assert attempted and not failed


@pytest.mark.parametrize("name", DATABASES)
def test_released_features(name):
    database = load(name)
    assert database.name == name
    assert database.counts == DATABASES[name].counts
    assert database.X.shape == (DATABASES[name].n_samples, 15045)
    # Each of the 85 x 3 histograms of a row holds relative frequencies.
    np.testing.assert_allclose(database.X.sum(axis=1), 255, rtol=0, atol=1e-9)
    histograms = database.X.reshape(-1, 59)
    assert histograms.min() >= 0
    np.testing.assert_allclose(histograms.sum(axis=1), 1, rtol=0, atol=1e-9)


def test_vis_and_nir_show_the_same_clips_in_the_same_order():
    vis, nir = load("V"), load("N")
    np.testing.assert_array_equal(vis.y, nir.y)
    assert not np.array_equal(vis.X, nir.X)


@pytest.mark.parametrize("task", TASKS, ids=str)
def test_recorded_grid(task):
    if not data.available(f"grid:{task.letters}"):
        pytest.skip(f"{task.letters} recorded grid can neither be found nor downloaded")
    grid = data.load_recorded_grid(task)
    assert len(grid) == 23460
    assert sorted(set(grid.kappa)) == list(range(1, 86))
    assert (grid.groupby("kappa").size() == 276).all()
    # An accuracy is a number of target samples out of their count.
    correct = grid.accuracy * DATABASES[task.target].n_samples
    np.testing.assert_allclose(correct, correct.round(), rtol=0, atol=1e-9)
    assert grid[["accuracy", "mean_f1"]].min().min() >= 0
    assert grid[["accuracy", "mean_f1"]].max().max() <= 1
