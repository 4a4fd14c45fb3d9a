"""What pytest needs to know about this project beyond pyproject.toml.

Plain tests draw without a display. Under nbval, notebooks whose data are absent are skipped by
name, and the summary lists them.
"""

import os
from functools import cache
from pathlib import Path

import pytest
from execute import KERNEL_ENVIRONMENT
from hypothesis import settings
from pairs import absent_needs, from_notebook

# No deadline: a busy machine is not a failure. Derandomised: a run can be repeated.
settings.register_profile("cdmer", deadline=None, derandomize=True)
settings.load_profile("cdmer")

LEFT_OUT = "left out, data absent: "


def pytest_addoption(parser):
    parser.addoption("--book", help="folder of the rendered book, for the tests that read it")


def pytest_configure(config):
    os.environ.update(KERNEL_ENVIRONMENT if config.option.nbval else {"MPLBACKEND": "Agg"})


@cache
def reason_to_leave_out(path):
    absent = absent_needs(from_notebook(path))
    return f"{LEFT_OUT}{path.parent.name}/{path.name} (needs {', '.join(absent)})" if absent else ""


def pytest_collection_modifyitems(items):
    for item in items:
        if item.path.suffix == ".ipynb" and (reason := reason_to_leave_out(item.path)):
            item.add_marker(pytest.mark.skip(reason=reason))


def pytest_terminal_summary(terminalreporter):
    skipped = (str(report.longrepr[2]) for report in terminalreporter.getreports("skipped"))
    names = sorted({reason.split(LEFT_OUT)[1] for reason in skipped if LEFT_OUT in reason})
    for name in names:
        terminalreporter.write_line(f"{LEFT_OUT}{name}", yellow=True)


@pytest.fixture(scope="session")
def root():
    return Path(__file__).parent
