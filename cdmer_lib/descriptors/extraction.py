"""From the clips of a database on disk to feature files that ``load_database`` reads."""

import hashlib
import shutil
import warnings
from contextlib import ExitStack, suppress
from urllib.parse import quote

import numpy as np
from joblib import delayed
from tqdm import tqdm

from ..c3d import C3D
from ..clips import normalised_clip, read_frames
from ..data import extracted, tables
from ..data.layouts import find_clips, index_database
from ..data.own_layout import find_own_clips
from ..errors import InvalidInput, NotWritable
from ..files import locked, package_version, replacing, user_path
from ..parallel import workers
from ..protocol import Database, database_info
from . import EXTRACTABLE, HAND_CRAFTED


def extract_database(
    name, root, descriptors=None, out=None, *, weights=None, device="cpu", n_jobs=1, progress=True,
    skip=False, patch=True,
):  # fmt: skip
    """Extract the features of a database that are missing; return the file of each descriptor.

    ``name``, ``root`` and ``patch`` are as for :func:`~cdmer_lib.data.layouts.find_clips`;
    ``descriptors`` are keys of ``EXTRACTABLE``, by default all that need no weights; the files go
    to ``out``, by default ``root/features``. ``weights`` is a file for the rows of C3D, which must
    then be of one kind, ``device`` where PyTorch computes them, ``n_jobs`` the number of processes.

    An interrupted run goes on where it stopped. A file is written again only if it is damaged, or
    if the frames or the parameters of its descriptor have changed. With ``skip`` a clip that cannot
    be read is left out, with a warning; its file records that, and the next run tries again.

    Raises InvalidInput for an unknown database or descriptor and for a clip that cannot be read,
    DatabaseNotFound, Busy if another run extracts the same features, NotWritable.
    """
    name, root = database_info(name).name, user_path(root)
    out = user_path(out or root / extracted.FOLDER)
    ready = _ready(descriptors or HAND_CRAFTED, weights, device)
    clips = find_clips(name, root, skip=skip, patch=patch)
    files = {row: out / extracted.features_name(name, row) for row in ready}
    findings = index_database(name, root, patch=patch).findings if skip else []
    unusable = [finding.where for finding in findings if finding.level == "error"]
    return _extract(name, clips, ready, files, extracted, unusable, n_jobs, progress, skip)


def extract_tree(
    root, layout, descriptor=extracted.BASELINE, out=None, *, weights=None, device="cpu", n_jobs=1,
    progress=True, skip=False,
):  # fmt: skip
    """Extract the features of clips in a layout of one's own, for ``cdmer bench``.

    ``root`` and ``layout`` are as for :func:`~cdmer_lib.data.own_layout.find_own_clips`, all else
    is as for :func:`extract_database`. Each database becomes ``NAME.npz``, which
    :func:`~cdmer_lib.data.tables.load_tables` reads. Returns a dict of the names to the files.
    """
    out, files = user_path(out or user_path(root) / extracted.FOLDER), {}
    ready = _ready([descriptor], weights, device)
    for name, clips in find_own_clips(root, layout).items():
        files[name] = out / f"{name}.npz"
        made = {descriptor: files[name]}
        _extract(name, clips, ready, made, tables, [], n_jobs, progress, skip)
    return files


def _extract(name, clips, ready, files, form, unusable, n_jobs, progress, skip):
    """Extract what is missing of one database: the descriptors ``ready`` into ``files``.

    ``form`` is the module that writes the files. ``unusable`` clips are recorded as left out.
    """
    frames = _fingerprint(clips)
    made_of = {row: {"clips": frames, "parameters": repr(d)} for row, d in ready.items()}
    scratch = {row: file.with_name(f".unfinished-{file.stem}") for row, file in files.items()}

    def unfinished(rows):
        return [row for row in rows if not _finished(files[row], made_of[row], clips, form, skip)]

    with ExitStack() as locks:
        claimed = unfinished(ready)
        try:
            for row in claimed:  # the lock goes with the scratch folder when the row is finished
                locks.enter_context(locked(scratch[row] / files[row].name))
        except NotWritable as error:
            raise NotWritable(f"{error}; choose another folder (--out)") from error
        missing = unfinished(claimed)  # another run may have finished some of them just now
        if missing:
            keys = {row: f"{frames} {ready[row]!r}" for row in missing}
            wanted = [(scratch[row], key, ready[row]) for row, key in keys.items()]
            jobs = (delayed(_extract_clip)(clip, wanted, skip) for clip in clips)
            faults = workers(n_jobs, return_as="generator")(jobs)
            bar = tqdm(faults, name, len(clips), unit="clip", disable=not progress)
            done = [clip for clip, fault in zip(clips, bar, strict=True) if not _said(fault)]
            if not done:
                raise InvalidInput(f"{name}: expected clips that can be read, found none")
            left_out = [str(clip) for clip in clips if clip not in done] + unusable
            record = {"left_out": left_out, "package": package_version("cdmer-lib")}
            labels, subjects, names = zip(*((c.label, c.subject, c.name) for c in done))
        for row in missing:
            X = np.array([_kept(clip, scratch[row], keys[row]) for clip in done])
            database = Database(name, X, labels, subjects if any(subjects) else None)
            form.write_features(files[row], database, row, names, made_of[row] | record)
        for row in claimed:
            shutil.rmtree(scratch[row], ignore_errors=True)
    return files


def _ready(rows, weights, device):
    """The descriptors of some rows, C3D's with their weights."""
    if unknown := set(rows) - set(EXTRACTABLE):
        raise InvalidInput(
            f"unknown descriptor {', '.join(map(repr, sorted(unknown)))}: expected one of "
            f"{', '.join(EXTRACTABLE)}"
        )
    ready = {row: EXTRACTABLE[row] for row in rows}
    if weights is not None:
        trained = {row: d for row, d in ready.items() if isinstance(d, C3D)}
        if len({d.pretrained for d in trained.values()}) != 1:
            raise InvalidInput(
                "expected C3D rows of one kind (Sports1M, UCF101 or Finetune) with a file of "
                f"weights, found {', '.join(trained) or 'none'}; run once for each kind"
            )
        ready |= {row: d.with_weights(weights, device=device) for row, d in trained.items()}
    return ready


def _fingerprint(clips):
    """A hash of the names, sizes and times of all frames; it changes when a file does."""
    digest = hashlib.sha256()
    for clip, frame in ((clip, frame) for clip in clips for frame in clip.frames):
        with suppress(OSError):  # a link to nothing, say: reading the clip will tell
            state = frame.stat()
            digest.update(f"{clip} {frame.name} {state.st_size} {state.st_mtime_ns}\n".encode())
    return digest.hexdigest()[:16]


def _finished(file, made_of, clips, form, skip):
    """Whether a file is intact and holds what is wanted, of all clips that can be read."""
    found = form.read_provenance(file)
    if found is None and form.is_foreign(file):
        raise InvalidInput(
            f"{file}: expected a file of cdmer features or none, found another one, which would be "
            "replaced; choose another folder (--out)"
        )
    if not made_of.items() <= (found or {}).items():
        return False
    again = [clip for clip in clips if str(clip) in found.get("left_out", [])]
    return all(_said(_volume(clip, skip)[1]) for clip in again)


def _said(fault):
    """Warn of what is wrong with a clip that is left out; return it."""
    if fault:
        warnings.warn(f"left out: {fault}", stacklevel=4)
    return fault


def _volume(clip, skip):
    """A clip (16, 112, 112) and ""; with ``skip``, ``None`` and what is wrong with a broken one."""
    try:
        return normalised_clip(read_frames(clip.frames)), ""
    except (ValueError, OSError) as error:
        if not skip:
            raise
        return None, f"{clip}: {error}"


def _extract_clip(clip, wanted, skip):
    """Keep what is wanted, by (scratch folder, key, descriptor); return the clip's fault, or ""."""
    missing = [row for row in wanted if _kept(clip, *row[:2]) is None]
    volume, fault = _volume(clip, skip) if missing else (None, "")
    for folder, key, descriptor in [] if fault else missing:
        with replacing(_file(clip, folder)) as partial, open(partial, "wb") as stream:
            np.savez(stream, **{key: descriptor.extract(volume)[0]})
    return fault


def _kept(clip, folder, key):
    """Features of a clip that a run kept; ``None`` if there are none, others or damaged ones."""
    try:
        with np.load(_file(clip, folder)) as kept:
            return kept[key]
    except Exception:  # NumPy and zipfile raise errors of many kinds on a damaged file
        return None


def _file(clip, folder):
    return folder / f"{quote(clip.where, safe='')}.npz"
