"""The same labels under every kernel of the linear algebra: a sample of the store, solved again.

OpenBLAS, which numpy and scipy bring with them, has its own code for each family of processors. It
chooses when it is loaded, or the environment variable ``OPENBLAS_CORETYPE`` chooses. So a processor
can add numbers in the order of the older processors too.
"""

import io
import os
import subprocess
import sys
from itertools import product

import pandas as pd
from threadpoolctl import threadpool_info

KERNELS = ("Prescott", "Nehalem", "Sandybridge", "Haswell", "SkylakeX")  # oldest first
REPORTED = {"Prescott": "Katmai"}  # one kernel, two names
THREADS = (1, 2)


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
    """Those of :data:`KERNELS` that this processor and its libraries can run: list of str.

    Each is tried in its own process, because an instruction that the processor does not have ends
    the process.
    """
    code = (
        "import numpy as np; from cdmer_lib.experiments.portable import own_kernel; "
        "A = np.ones((300, 300)); assert (A @ A == 300).all(); print(own_kernel())"
    )
    found = {kernel: _python(kernel, 1, "-c", code) for kernel in KERNELS}
    return [
        kernel
        for kernel, run in found.items()
        if run.returncode == 0 and run.stdout.strip() == REPORTED.get(kernel, kernel)
    ]


def verify_under(kernel, threads, arguments=()):
    """The table (DataFrame) of ``cdmer verify`` under a kernel with a number of threads.

    ``kernel`` is one of :func:`runnable_kernels`, or "own"; ``arguments`` are further arguments
    (str) of the command. The rows are those of
    :func:`~cdmer_lib.experiments.verify.verify_store`, with ``kernel`` and ``threads``. Raises
    ChildProcessError if the command fails.
    """
    jobs = str(max(1, (os.cpu_count() or 1) // threads))
    verify = "-m", "cdmer_lib.cli", "verify", "--csv", "--jobs", jobs
    run = _python(kernel, threads, *verify, *arguments)
    if not run.stdout:
        raise ChildProcessError(f"cdmer verify under {kernel}: {run.stderr.strip()[-500:]}")
    return pd.read_csv(io.StringIO(run.stdout)).assign(kernel=kernel, threads=threads)


def verify_everywhere(kernels=None, threads=THREADS, arguments=()):
    """Yield :func:`verify_under` for each of some kernels (None: all that run here) and threads."""
    kernels = kernels or list(dict.fromkeys([*runnable_kernels(), own_kernel()]))
    for kernel, n in product(kernels, threads):
        yield verify_under(kernel, n, arguments)


def as_table(runs):
    """One table: a row a method and task, the labels that differ under each kernel and threads."""
    wide = pd.concat(runs).pivot_table(
        index=["method", "task", "points", "unstable"], columns=["kernel", "threads"],
        values="differing", sort=False,
    )  # fmt: skip
    wide.columns = [f"{kernel}, {n}" for kernel, n in wide.columns]
    return wide.astype(int).reset_index()
