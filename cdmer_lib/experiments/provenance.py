"""Where a stored number comes from: inputs, code, libraries, kernels, threads."""

import hashlib
import platform
import subprocess
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from threadpoolctl import threadpool_info

from ..files import replacing

LIBRARIES = ("numpy", "scipy", "scikit-learn", "pandas", "joblib")


def input_hash(database):
    """SHA-256 of a database's features and labels (first 16 hexadecimal digits)."""
    digest = hashlib.sha256(database.X.tobytes())
    digest.update(database.y.astype("int64").tobytes())
    return digest.hexdigest()[:16]


def run_record(n_jobs):
    """What a run adds to the provenance of its results: dict; ``n_jobs`` as in joblib.

    ``kernels`` names the processors for which the linear algebra computes (``Haswell``), because
    kernels round differently. Older records have no such entry.
    """
    from joblib import effective_n_jobs

    blas = [info for info in threadpool_info() if info["user_api"] == "blas"]
    return {
        "started": datetime.now(UTC).isoformat(timespec="seconds"),
        "package": _version("cdmer-lib"),
        "commit": _commit(),
        "python": platform.python_version(),
        "libraries": {name: _version(name) for name in LIBRARIES},
        "blas": [f"{info['internal_api']} {info['version']}" for info in blas],
        "kernels": sorted({info.get("architecture") or "unknown" for info in blas}),
        "threads": max((info["num_threads"] for info in blas), default=1),
        "processes": effective_n_jobs(n_jobs),
    }


def write_table(table, path, n_jobs=1):
    """Write a table as Parquet, completely or not at all, with its provenance in ``attrs``."""
    table.attrs["provenance"] = run_record(n_jobs) | table.attrs
    with replacing(path) as partial:
        table.to_parquet(partial, index=False, compression="zstd")


def _version(package):
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def _commit():
    """The git commit of the checkout, marked where the package differs from it; None outside."""
    commands = ("rev-parse", "--short=12", "HEAD"), ("status", "--porcelain", ".")
    git = ["git", "-C", str(Path(__file__).parents[1])]
    try:
        commit, changes = (subprocess.check_output([*git, *c], stderr=subprocess.DEVNULL, text=True)
                           for c in commands)  # fmt: skip
    except (OSError, subprocess.CalledProcessError):
        return None
    return commit.strip() + ("+changes" if changes else "")
