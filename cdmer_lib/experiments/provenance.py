"""Tables as files, and where a stored number comes from: inputs, code, libraries, kernels."""

import hashlib
import json
import platform
import subprocess
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

import pandas as pd
from threadpoolctl import threadpool_info

from ..errors import IntegrityError, NotReadable
from ..files import package_version, replacing


def input_hash(database):
    """SHA-256 of a database's features and labels (first 16 hexadecimal digits)."""
    digest = hashlib.sha256(database.X.tobytes())
    digest.update(database.y.astype("int64").tobytes())
    return digest.hexdigest()[:16]


def run_record(n_jobs):
    """A dict that describes a run; ``kernels`` names processors that the linear algebra is for."""
    from joblib import effective_n_jobs

    names = "numpy", "scipy", "scikit-learn", "pandas", "joblib"
    blas = [info for info in threadpool_info() if info["user_api"] == "blas"]
    return {
        "started": datetime.now(UTC).isoformat(timespec="seconds"),
        "package": package_version("cdmer-lib"),
        "commit": _commit(),
        "python": platform.python_version(),
        "libraries": {name: package_version(name) for name in names},
        "blas": [f"{info['internal_api']} {info['version']}" for info in blas],
        "kernels": sorted({info.get("architecture") or "unknown" for info in blas}),
        "threads": max((info["num_threads"] for info in blas), default=1),
        "processes": effective_n_jobs(n_jobs),
    }


def write_table(table, path, n_jobs=1):
    """:func:`save_table` with the provenance of this process in ``attrs``."""
    table.attrs["provenance"] = run_record(n_jobs) | table.attrs
    save_table(table, path)


def save_table(table, path):
    """Write a table as Parquet, completely or not at all, with checksums of all that it holds."""
    table = table.copy(deep=False)
    table.attrs |= {"digest": _digest(table)}
    with replacing(path) as partial:
        table.to_parquet(partial, index=False, compression="zstd", write_page_checksum=True)


def read_table(path):
    """Read a table (DataFrame) and its ``attrs``; its checksums are verified where it has some.

    Raises IntegrityError for a damaged file or another one, FileNotFoundError, and NotReadable.
    """
    try:
        with open(path, "rb") as file:  # given a path, Arrow opens it twice; a run may replace it
            table = pd.read_parquet(file, page_checksum_verification=True)
        stored = table.attrs.pop("digest", None)
        if stored not in (None, _digest(table)):
            raise ValueError("its description is not the one that was written")
    except PermissionError as error:
        raise NotReadable(f"cannot read {path}: {error.strerror}") from error
    except FileNotFoundError:
        raise
    except Exception as error:  # Arrow and pandas raise a dozen kinds
        raise IntegrityError(
            f"{path} is damaged, or no table of this package ({str(error)[:200]}); take it from a "
            "copy, or remove it and solve it again (cdmer run)"
        ) from error
    return table


def _digest(table):
    """A hash of what page checksums leave out: names of columns, and ``attrs`` as JSON."""
    attrs = {name: value for name, value in table.attrs.items() if name != "digest"}
    text = json.dumps([list(table), json.loads(json.dumps(attrs))], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


@cache
def _commit():
    """The commit of the git repository that tracks the package, marked if it differs; or None."""
    asked = "ls-files --error-unmatch __init__.py", "rev-parse --short=12 HEAD", "status -s ."
    how = {"cwd": Path(__file__).parents[1], "stderr": subprocess.DEVNULL, "text": True}
    try:
        _, commit, changes = (subprocess.check_output(["git", *a.split()], **how) for a in asked)
    except (OSError, subprocess.CalledProcessError):
        return None
    return commit.strip() + ("+changes" if changes else "")
