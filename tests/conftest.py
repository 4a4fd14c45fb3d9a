"""Shared by the tests: the released data, or a skip that names what is absent; small databases."""

from functools import cache

import numpy as np
import pytest

from cdmer_lib import Database, data
from cdmer_lib.protocol import DATABASES, get_task


@cache
def _features(name):
    return data.load_database(name) if data.available(name) else None


@cache
def _recorded(letters):
    return data.load_recorded_grid(letters) if data.available(f"grid:{letters}") else None


def _or_skip(found, what):
    if found is None:
        pytest.skip(f"{what} absent: neither in CDMER_DATA, nor cached, nor downloadable")
    return found


@pytest.fixture(scope="session")
def task_data():
    """``task_data(task)``: source and target of a task, or a skip naming the absent database."""

    def load(task):
        task = get_task(task)
        return tuple(
            _or_skip(_features(name), f"{name} features") for name in (task.source, task.target)
        )

    return load


@pytest.fixture(scope="session")
def recorded_grid():
    """``recorded_grid(task)``: the authors' record, or a skip naming it."""

    def load(task):
        letters = get_task(task).letters
        return _or_skip(_recorded(letters), f"{letters} recorded grid")

    return load


@pytest.fixture(scope="session")
def made_up():
    """Small databases by name: 10 columns, three classes, a shift between the databases."""
    rng = np.random.default_rng(20)

    def database(name, n, shift):
        y = np.arange(n) * 7 % 3 + 1
        X = rng.normal(size=(n, 10)) + shift
        X[:, :3] += np.eye(3)[y - 1] * 1.5
        return Database(name, X, y)

    sizes = zip(DATABASES, (14, 13, 12, 11), (0, 0.3, 0.6, 0.9), strict=True)
    return {name: database(name, n, shift) for name, n, shift in sizes}


@pytest.fixture
def one_torch_thread():
    """PyTorch on one thread, so that sums come out alike; nothing where it is absent."""
    try:
        import torch
    except ImportError:
        yield
        return
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)
