"""Synthetic databases on disk, in the official layouts: frames, coding sheet, ground truth."""

import json
import os
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
from joblib import Parallel, delayed
from PIL import Image
from tqdm import tqdm

from ..errors import InvalidInput
from ..protocol import database_info
from .coding_sheet import write_sheet
from .layout import FRAME_NAMES, clip_folder, database_folder, first_number
from .population import plan
from .scene import Scene

VERSION = 2  # raise it when the pictures change: folders of another version are not completed
JPEG_QUALITY = 92


def synthesise(database, out, seed=0, progress=True, n_jobs=1):
    """Write one synthetic database in its official layout, and its ground truth.

    Parameters
    ----------
    database : str
        A name or letter: CASME2 (C), SMIC_HS (H), SMIC_VIS (V), SMIC_NIR (N).
    out : path
        CASME II goes to ``out/CASME2/``: ``Cropped/`` and the coding sheet; SMIC to
        ``out/SMIC/SMIC_all_cropped/{HS,VIS,NIR}/``. The readers find both from ``out``.
    seed : int
    progress : bool
        Show a progress bar.
    n_jobs : int
        Clips made at the same time (joblib). The result does not depend on it.

    Returns
    -------
    Path
        The folder of the database.

    Raises
    ------
    ValueError
        Unknown database; ``out`` holds this database made from another seed or by another version
        of the generator.

    Notes
    -----
    Ground truth goes to ``out/ground_truth/``. ``<database>.csv`` has a row for each clip: clip,
    subject, label, action_units, onset, apex, offset (frame numbers as in the files' names; the
    coding sheet has one of them wrong, as the real one), peak (largest displacement by the
    expression, pixels at 112 x 112). ``<database>_motion.npz`` has for each ``subject/clip`` the
    largest displacement at each pixel of the 112 x 112 face, float16.

    Rows of the sheet whose emotion is dropped get no pictures: no reader opens them, and they
    would double the frames.

    A clip's folder appears complete or not at all, and is not made again, so that an interrupted
    run is taken up by the same call.
    """
    name = database_info(database).name
    folder, truth_folder = database_folder(name, out), Path(out) / "ground_truth"
    truth_folder.mkdir(parents=True, exist_ok=True)
    _claim(truth_folder / f"{name}.json", name, seed)
    planned = plan(name)
    filmed = [clip for clip in planned if clip.label]
    jobs = (delayed(write_clip)(clip, folder, seed) for clip in filmed)
    done = Parallel(n_jobs=n_jobs, return_as="generator")(jobs)
    done = list(tqdm(done, desc=name, total=len(filmed), unit="clip", disable=not progress))
    rows, motions = zip(*done, strict=True)
    if name == "CASME2":
        truths = {(row["subject"], row["clip"]): row for row in rows}
        write_sheet(folder.parent, planned, truths, seed)
    _write_truth(truth_folder, name, rows, motions)
    return folder


def write_clip(clip, folder, seed):
    """Write the frames of a planned clip unless they are there.

    Returns
    -------
    row : dict
        Its ground truth.
    motion : ndarray of shape (112, 112), float16
    """
    scene = Scene(clip.database, clip.subject, clip.label, clip.index, seed)
    courses = scene.courses()
    motion = scene.motion(courses)
    facts = scene.facts(courses, motion)
    first = first_number(clip, scene.n_frames, seed)
    target = clip_folder(clip, Path(folder))
    if not target.is_dir():
        _write_frames(target, clip.database, scene.render(courses), first)
    row = {"clip": clip.name, "subject": clip.subject, "label": clip.label,
           "action_units": facts["action_units"]}  # fmt: skip
    row |= {event: first + facts[event] for event in ("onset", "apex", "offset")}
    return row | {"peak": round(facts["peak"], 4)}, motion.astype(np.float16)


def _write_frames(target, database, frames, first):
    scratch = target.with_name(f".part-{target.name}")
    shutil.rmtree(scratch, ignore_errors=True)
    scratch.mkdir(parents=True)
    options = {"quality": JPEG_QUALITY} if database == "CASME2" else {}
    for number, frame in enumerate(frames, start=first):
        Image.fromarray(frame).save(scratch / FRAME_NAMES[database].format(number), **options)
    os.rename(scratch, target)


def _claim(path, name, seed):
    """Record what this database is made from; refuse to complete another one."""
    made_from = {"seed": int(seed), "version": VERSION}
    if path.exists() and (found := json.loads(path.read_text())) != made_from:
        raise InvalidInput(
            f"{name}: expected an empty folder or one made from {made_from}, found one made from "
            f"{found} ({path}); choose another folder or delete this database and its ground truth"
        )
    _write_atomically(path, lambda scratch: scratch.write_text(json.dumps(made_from) + "\n"))


def _write_truth(folder, name, rows, motions):
    table = pd.DataFrame(rows)
    _write_atomically(folder / f"{name}.csv", lambda path: table.to_csv(path, index=False))
    keys = table["subject"] + "/" + table["clip"]
    maps = dict(zip(keys, motions, strict=True))
    _write_atomically(folder / f"{name}_motion.npz", lambda path: np.savez_compressed(path, **maps))


def _write_atomically(path, write):
    scratch = path.with_name(f".part-{path.name}")
    write(scratch)
    os.replace(scratch, path)
