"""The same labels under every kernel of the linear algebra: a sample of the store, solved again.

OpenBLAS, which numpy and scipy bring with them, has code of its own for each family of processors
and chooses when it is loaded; the environment variable ``OPENBLAS_CORETYPE`` chooses in its place.
So one processor can add numbers up in the order of the older ones too.
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


def runnable_kernels():
    """Those of :data:`KERNELS` that this processor and its libraries can run.

    Returns
    -------
    list of str
        Each was tried in a process of its own: a kernel with instructions that the processor does
        not have would end it.
    """
    code = (
        "import numpy as np; from cdmer_lib.experiments.portable import own_kernel; "
        "A = np.ones((300, 300)); assert (A @ A == 300).all(); print(own_kernel())"
    )
    found = []
    for kernel in KERNELS:
        run = subprocess.run([sys.executable, "-c", code], env=_environment(kernel),
                             capture_output=True, text=True)  # fmt: skip
        if run.returncode == 0 and run.stdout.strip() == REPORTED.get(kernel, kernel):
            found.append(kernel)
    return found


def verify_under(kernel, threads, arguments=()):
    """The table of ``cdmer verify`` under a kernel with so many threads.

    Parameters
    ----------
    kernel : str
        One of :func:`runnable_kernels`, or "own".
    threads : int
    arguments : sequence of str
        Further arguments of ``cdmer verify``.

    Returns
    -------
    DataFrame
        Rows of :func:`~cdmer_lib.experiments.verify.verify_store`, with ``kernel`` and
        ``threads``.

    Raises
    ------
    ChildProcessError
        If the command failed.
    """
    jobs = max(1, (os.cpu_count() or 1) // threads)
    command = [sys.executable, "-m", "cdmer_lib.cli", "verify", "--csv", "--jobs", str(jobs)]
    command += arguments
    run = subprocess.run(command, env=_environment(kernel, threads), capture_output=True, text=True)
    if not run.stdout:
        raise ChildProcessError(f"cdmer verify under {kernel}: {run.stderr.strip()[-500:]}")
    return pd.read_csv(io.StringIO(run.stdout)).assign(kernel=kernel, threads=threads)


def verify_everywhere(kernels=None, threads=THREADS, arguments=()):
    """The same sample of stored points under several kernels and numbers of threads.

    Parameters
    ----------
    kernels : list of str, default=None
        ``None`` means all that can be run here, and the processor's own.
    threads : sequence of int
    arguments : sequence of str
        As for :func:`verify_under`.

    Yields
    ------
    DataFrame
        Of each run, as it ends.
    """
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
