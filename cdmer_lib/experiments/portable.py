"""The same labels under every kernel of the linear algebra: a sample of the store, solved again.

OpenBLAS, which numpy and scipy bring with them, has its own code for each family of processors. The
variable ``OPENBLAS_CORETYPE`` lets a processor add numbers in the order of older ones too.
"""

import io
import os
import subprocess
import sys

import pandas as pd
from threadpoolctl import threadpool_info

KERNELS = ("Prescott", "Nehalem", "Sandybridge", "Haswell", "SkylakeX")  # oldest first
REPORTED = {"Prescott": "Katmai"}  # one kernel, two names


def own_kernel():
    """The kernel that OpenBLAS chooses on this processor; "own" for another library."""
    blas = (info for info in threadpool_info() if info["internal_api"] == "openblas")
    return next((info["architecture"] for info in blas), "own")


def _environment(kernel, threads=1):
    """The environment of a process with this kernel; the processor's own kernel is not forced."""
    rest = {name: value for name, value in os.environ.items() if name != "OPENBLAS_CORETYPE"}
    forced = {"OPENBLAS_CORETYPE": kernel} if kernel in KERNELS else {}
    return rest | dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"), str(threads)) | forced


def _python(kernel, threads, *arguments):
    """Run Python in a process of its own under a kernel."""
    return subprocess.run([sys.executable, *arguments], env=_environment(kernel, threads),
                          capture_output=True, text=True)  # fmt: skip


def runnable_kernels():
    """Those of :data:`KERNELS` that run here; each is tried in a process, which it may end."""
    code = (
        "import numpy as np; from cdmer_lib.experiments.portable import own_kernel; "
        "A = np.ones((300, 300)); assert (A @ A == 300).all(); print(own_kernel())"
    )
    found = {kernel: _python(kernel, 1, "-c", code) for kernel in KERNELS}
    reported = {k: run.stdout.strip() for k, run in found.items() if run.returncode == 0}
    return [kernel for kernel in reported if reported[kernel] == REPORTED.get(kernel, kernel)]


def verify_under(kernel, threads, arguments=()):
    """The table (DataFrame) of ``cdmer verify`` under a kernel with a number of threads.

    ``kernel`` is one of :func:`runnable_kernels`, or "own"; ``arguments`` are further ones (str)
    of the command. Raises ChildProcessError if the command fails.
    """
    jobs = str(max(1, (os.cpu_count() or 1) // threads))
    verify = "-m", "cdmer_lib.cli", "verify", "--csv", "--jobs", jobs
    run = _python(kernel, threads, *verify, *arguments)
    if not run.stdout:
        raise ChildProcessError(f"cdmer verify under {kernel}: {run.stderr.strip()[-500:]}")
    return pd.read_csv(io.StringIO(run.stdout)).assign(kernel=kernel, threads=threads)


def as_table(runs):
    """One table: a row a method and task, the labels that differ under each kernel and threads."""
    wide = pd.concat(runs).pivot_table(
        index=["method", "task", "points", "unstable"], columns=["kernel", "threads"],
        values="differing", sort=False,
    )  # fmt: skip
    wide.columns = [f"{kernel}, {n}" for kernel, n in wide.columns]
    return wide.astype(int).reset_index()
