"""Processes that share work."""

import multiprocessing
import os
import sys
import tempfile
import threading
import time


def workers(n_jobs, **how):
    """A ``joblib.Parallel`` with ``n_jobs`` processes; ``how`` are its other arguments.

    joblib sends the name of its temporary folder as ASCII. Where that name has other letters (of a
    user's name in Chinese, say), every parallel call would fail; another folder is taken.
    """
    from joblib import Parallel

    return Parallel(n_jobs=n_jobs, temp_folder=_ascii_folder(), **how)


def _ascii_folder():
    """A temporary folder with an ASCII name; ``None`` where the one that joblib takes has one."""
    chosen = os.environ.get("JOBLIB_TEMP_FOLDER") or tempfile.gettempdir()
    if os.path.abspath(os.path.expanduser(chosen)).isascii():
        return None
    others = "/tmp", "/var/tmp", "/dev/shm", os.environ.get("PUBLIC", ""), os.getcwd()
    return next((path for path in others if path.isascii() and os.access(path, os.W_OK)), None)


def peak_memory():
    """The largest memory that this process has had, in MB; 0 where the system does not count it."""
    try:
        from resource import RUSAGE_SELF, getrusage
    except ImportError:  # Windows
        return 0
    return getrusage(RUSAGE_SELF).ru_maxrss / (2**20 if sys.platform == "darwin" else 2**10)


def _end_with_parent():
    """End this process soon after its parent: a killed one tells its workers nothing."""
    parent = os.getppid()

    def watch():
        while os.getppid() == parent:
            time.sleep(1)
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


if multiprocessing.current_process().name.startswith("LokyProcess"):  # a worker of joblib's
    _end_with_parent()
