"""Is a file the released one? Its git blob SHA-1 answers."""

import hashlib
import os
from functools import cache

from ..errors import IntegrityError
from .search_path import readable


def git_blob_sha1(path):
    """Return the SHA-1 of ``b"blob <size>\\0" + content``, as ``git hash-object`` prints it."""
    with open(path, "rb") as stream:
        size = os.fstat(stream.fileno()).st_size
        digest = hashlib.sha1(b"blob %d\0" % size, usedforsecurity=False)
        while chunk := stream.read(1 << 20):
            digest.update(chunk)
    return digest.hexdigest()


@cache
def _sha1_of_version(path, size, mtime_ns):
    # Size and time stand for the version of the file: it is hashed once as long as they stay.
    return git_blob_sha1(path)


def verify_file(path, released):
    """Raise ``IntegrityError`` unless the file at ``path`` has the released content.

    Raises ``PermissionError`` when it may not be read.
    """
    with readable(path):
        version = os.stat(path)
        found = _sha1_of_version(path, version.st_size, version.st_mtime_ns)
    if found != released.sha1:
        raise IntegrityError(
            f"{path}: expected git blob SHA-1 {released.sha1} (released {released.what}), "
            f"found {found} ({version.st_size} bytes); delete the file and download it again "
            "(cdmer data --download), or, for your own features in the same layout, load them "
            "with verify=False"
        )


def verify_download(part, released):
    """Raise ``IntegrityError`` unless the downloaded file ``part`` has the released content."""
    found = git_blob_sha1(part)
    if found != released.sha1:
        raise IntegrityError(
            f"{released.url}: expected git blob SHA-1 {released.sha1} ({released.what}), found "
            f"{found} ({os.path.getsize(part)} bytes); nothing was kept: download it again, and "
            "if it happens again look for a proxy or a sign-in page in between"
        )
