"""From the clips of a database on disk to feature files that ``load_database`` reads."""

import hashlib
import shutil
import warnings
from importlib.metadata import version
from pathlib import Path

import numpy as np
from joblib import Parallel, delayed
from tqdm import tqdm

from ..c3d.descriptor import C3D
from ..clips import normalised_clip, read_frames
from ..data.extracted import FOLDER, features_name, read_provenance, replacing, write_features
from ..data.layouts import find_clips
from ..errors import InvalidInput
from ..protocol import Database, database_info
from . import EXTRACTABLE, HAND_CRAFTED


def extract_database(
    name, root, descriptors=None, out=None, *, weights=None, device="cpu", n_jobs=1, progress=True,
    **how,
):  # fmt: skip
    """Extract what is missing of a database's features, clip by clip.

    Every clip is read once for all descriptors. Finished clips are kept until the database is
    done, so that an interrupted run goes on where it was. A finished file is left alone as long
    as the frames are the ones that it was made of.

    Parameters
    ----------
    name : str
        Database, by name or letter.
    root : path
        Folder of the database, as for :func:`~cdmer_lib.data.layouts.find_clips`.
    descriptors : list of str, default=None
        Keys of :data:`~cdmer_lib.DESCRIPTORS`, the rows of fine-tuned and of random C3D too; by
        default all that need no weights.
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
        ``skip`` and ``patch`` of :func:`~cdmer_lib.data.layouts.find_clips`; with ``skip`` a clip
        that cannot be read is left out, too, with a warning.

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
    made_of = _fingerprint(clips)
    files = {row: out / features_name(name, row) for row in ready}
    stale = {row: _stale(files[row], made_of, ready[row]) for row in ready}
    missing = {row: descriptor for row, descriptor in ready.items() if stale[row]}
    if missing:
        unfinished = out / f".unfinished-{name}-{made_of}"
        unfinished.mkdir(parents=True, exist_ok=True)
        done = _extract_clips(clips, missing, unfinished, n_jobs, progress, how.get("skip"))
        for row, descriptor in missing.items():
            _assemble(files[row], name, row, descriptor, done, made_of)
        shutil.rmtree(unfinished)
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


def _stale(file, made_of, descriptor):
    made = read_provenance(file) or {}
    return (made.get("clips"), made.get("parameters")) != (made_of, repr(descriptor))


def _fingerprint(clips):
    """Of the names, sizes and times of all frames: changes when a file does."""
    digest = hashlib.sha256()
    for clip in clips:
        for frame in clip.frames:
            state = frame.stat()
            digest.update(f"{clip} {frame.name} {state.st_size} {state.st_mtime_ns}\n".encode())
    return digest.hexdigest()[:16]


def _extract_clips(clips, descriptors, folder, n_jobs, progress, skip):
    """(clip, file of its features) for each clip that can be read."""
    files = [folder / f"{clip.subject}-{clip.name}.npz" for clip in clips]
    pairs = list(zip(clips, files, strict=True))
    parallel = Parallel(n_jobs=n_jobs, return_as="generator")
    faults = parallel(delayed(_extract_clip)(*pair, descriptors, skip) for pair in pairs)
    bar = tqdm(faults, clips[0].database, len(clips), unit="clip", disable=not progress)
    done = []
    for pair, fault in zip(pairs, bar, strict=True):
        if fault:
            warnings.warn(f"left out: {fault}", stacklevel=3)
        else:
            done.append(pair)
    return done


def _extract_clip(clip, file, descriptors, skip):
    """Write the features that a clip lacks; what is wrong with it, or "", with ``skip``."""
    done = {}
    if file.exists():
        with np.load(file) as stored:
            done = dict(stored)
    missing = {repr(d): d for d in descriptors.values() if repr(d) not in done}
    if missing:
        try:
            volume = normalised_clip(read_frames(clip.frames))
        except (ValueError, OSError) as error:
            if skip:
                return f"{clip}: {error}"
            raise
        done |= {key: descriptor.extract(volume)[0] for key, descriptor in missing.items()}
        with replacing(file) as partial:
            np.savez(partial, **done)
    return ""


def _assemble(path, name, row, descriptor, done, made_of):
    """One file of all clips' features."""
    clips = [clip for clip, _ in done]
    rows = []
    for _, file in done:
        with np.load(file) as stored:
            rows.append(stored[repr(descriptor)])
    database = Database(
        name, np.array(rows), [clip.label for clip in clips], [clip.subject for clip in clips]
    )
    provenance = {"clips": made_of, "parameters": repr(descriptor)}
    provenance |= {"package": version("cdmer-lib")}
    write_features(path, database, row, [clip.name for clip in clips], provenance)
