"""From the clips of a database on disk to feature files that ``load_database`` reads."""

import hashlib
import shutil
import warnings
from importlib.metadata import version
from pathlib import Path

import numpy as np
from joblib import Parallel, delayed
from tqdm import tqdm

from ..c3d import C3D
from ..clips import normalised_clip, read_frames
from ..data.extracted import FOLDER, features_name, read_provenance, write_features
from ..data.layouts import find_clips
from ..errors import InvalidInput
from ..files import replacing
from ..protocol import Database, database_info
from . import EXTRACTABLE, HAND_CRAFTED


def extract_database(
    name, root, descriptors=None, out=None, *, weights=None, device="cpu", n_jobs=1, progress=True,
    **how,
):  # fmt: skip
    """Extract the features of a database that are missing.

    Each clip is read once for all descriptors. What is finished is kept, so that an interrupted run
    goes on where it stopped. A file is written again only if the frames or the parameters of its
    descriptor have changed.

    Parameters
    ----------
    name, root : str, path
        Database, by name or letter, and folder, as for
        :func:`~cdmer_lib.data.layouts.find_clips`.
    descriptors : list of str, default=None
        Keys of :data:`~cdmer_lib.DESCRIPTORS`, or rows of fine-tuned or of random C3D; by default
        all that need no weights.
    out : path, default=None
        Where the files go; ``root/features`` by default.
    weights : path, default=None
        Weights of the C3D rows, which must then be of one kind.
    device : str
        Of C3D, as PyTorch names it.
    n_jobs : int
        Processes; -1 for all cores.
    progress : bool
    **how
        ``skip`` and ``patch`` of ``find_clips``. With ``skip`` a clip that cannot be read is also
        left out, with a warning.

    Returns
    -------
    dict of str to Path
        The file of each descriptor.

    Raises
    ------
    ValueError
        Unknown database or descriptor; a clip that cannot be read.
    FileNotFoundError
        No such database below ``root``.
    """
    name, out = database_info(name).name, Path(out or Path(root) / FOLDER)
    ready = _ready(descriptors or HAND_CRAFTED, weights, device)
    clips = find_clips(name, root, **how)
    frames = _fingerprint(clips)
    files = {row: out / features_name(name, row) for row in ready}
    made_of = {row: {"clips": frames, "parameters": repr(d)} for row, d in ready.items()}
    missing = [row for row in ready if made_of[row] != _made_of(files[row])]
    if missing:
        folder = out / f".unfinished-{name}-{frames}"
        folder.mkdir(parents=True, exist_ok=True)
        clips = _extract_clips(
            clips, [ready[row] for row in missing], folder, n_jobs, progress, how.get("skip")
        )
        for row in missing:
            X = [np.load(_file(folder, clip))[made_of[row]["parameters"]] for clip in clips]
            labels, subjects = [clip.label for clip in clips], [clip.subject for clip in clips]
            database = Database(name, np.array(X), labels, subjects)
            provenance = made_of[row] | {"package": version("cdmer-lib")}
            write_features(files[row], database, row, [clip.name for clip in clips], provenance)
        shutil.rmtree(folder)
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
    for clip in clips:
        for frame in clip.frames:
            state = frame.stat()
            digest.update(f"{clip} {frame.name} {state.st_size} {state.st_mtime_ns}\n".encode())
    return digest.hexdigest()[:16]


def _made_of(file):
    """What a finished file was made of: its frames and its descriptor's parameters."""
    provenance = read_provenance(file) or {}
    return {key: provenance.get(key) for key in ("clips", "parameters")}


def _file(folder, clip):
    return folder / f"{clip.subject}-{clip.name}.npz"


def _extract_clips(clips, descriptors, folder, n_jobs, progress, skip):
    """Write a file of features for each clip; return the clips that could be read."""
    parallel = Parallel(n_jobs=n_jobs, return_as="generator")
    faults = parallel(
        delayed(_extract_clip)(clip, _file(folder, clip), descriptors, skip) for clip in clips
    )
    bar = tqdm(faults, clips[0].database, len(clips), unit="clip", disable=not progress)
    done = []
    for clip, fault in zip(clips, bar, strict=True):
        if fault:
            warnings.warn(f"left out: {fault}", stacklevel=3)
        else:
            done.append(clip)
    return done


def _extract_clip(clip, file, descriptors, skip):
    """Add the missing features to a clip's file; return what is wrong with the clip, or ""."""
    done = dict(np.load(file)) if file.exists() else {}
    missing = {repr(d): d for d in descriptors if repr(d) not in done}
    if missing:
        try:
            volume = normalised_clip(read_frames(clip.frames))
        except (ValueError, OSError) as error:
            if skip:
                return f"{clip}: {error}"
            raise
        done |= {key: descriptor.extract(volume)[0] for key, descriptor in missing.items()}
        with replacing(file) as partial, open(partial, "wb") as stream:
            np.savez(stream, **done)
    return ""
