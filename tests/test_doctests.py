"""The examples in the docstrings of the package give what they say."""

import doctest
import importlib
import pkgutil

import pytest

import cdmer_lib
from cdmer_lib.data import available

PUBLIC = {
    "cdmer_lib.data.released": "load_database",
    "cdmer_lib.methods": "METHODS",
    "cdmer_lib.descriptors": "DESCRIPTORS",
    "cdmer_lib.experiments.sweep": "sweep",
    "cdmer_lib.experiments.store": "Store",
    "cdmer_lib.audit.audit": "audit",
}


def examples():
    """Every docstring with an example: list of (module, test)."""
    found, finder = [], doctest.DocTestFinder(exclude_empty=True)
    for info in pkgutil.walk_packages(cdmer_lib.__path__, "cdmer_lib."):
        if info.name.endswith("__main__"):
            continue
        try:
            module = importlib.import_module(info.name)
        except ModuleNotFoundError as error:
            if error.name != "torch":  # of the extra c3d
                raise
            continue
        tests = finder.find(module, info.name, module)
        found += [pytest.param(info.name, test, id=test.name) for test in tests if test.examples]
    return found


EXAMPLES = examples()


@pytest.mark.parametrize(("module", "test"), EXAMPLES)
def test_example(module, test):
    if "load_database(" in test.docstring and not available("SMIC_VIS"):
        pytest.skip("released features absent")
    assert doctest.DocTestRunner().run(test).failed == 0


@pytest.mark.parametrize("module", PUBLIC)
def test_public_entry_points_have_an_example(module):
    assert any(param.values[0] == module for param in EXAMPLES), PUBLIC[module]
