"""Processes that share work."""

import os
import tempfile


def workers(n_jobs, **how):
    """A ``joblib.Parallel`` with ``n_jobs`` processes; ``how`` are its other arguments.

    joblib sends the name of its temporary folder as ASCII. Where that name has other letters, such
    as those of a user's name in Chinese, every parallel call would fail; another folder is taken.
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
