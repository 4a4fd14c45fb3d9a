"""Synthetic databases on disk, in the official layouts: frames, coding sheet, ground truth."""

import json
import os
import shutil
from datetime import datetime
from pathlib import Path

import numpy as np
import pandas as pd
from joblib import Parallel, delayed
from openpyxl import Workbook
from PIL import Image
from tqdm import tqdm

from ..data.casme2 import MISPRINTED_OFFSET, PATCH
from ..errors import InvalidInput, NotWritable
from ..files import replacing
from ..protocol import LABELS, database_info
from .drawing import generator
from .population import plan
from .scene import Scene

VERSION = 2  # raise it when the pictures change: folders of another version are not completed
JPEG_QUALITY = 92
FRAME_NAMES = {
    "CASME2": "reg_img{}.jpg", "SMIC_HS": "reg_image{:06d}.bmp",
    "SMIC_VIS": "reg_{:05d}.bmp", "SMIC_NIR": "reg_{:05d}.bmp",
}  # fmt: skip
# The last number that a clip may start with; frames are numbered within a recording.
LATEST_START = {"CASME2": 200, "SMIC_HS": 99_000, "SMIC_VIS": 24_000, "SMIC_NIR": 24_000}
SHEET = "CASME2-coding-20140508.xlsx"
HEADER = ("Subject", "Filename", None, "OnsetFrame", "ApexFrame", "OffsetFrame", None,
          "Action Units", "Estimated Emotion")  # fmt: skip


def synthesise(database, out, seed=0, progress=True, n_jobs=1):
    """Write one synthetic database in its official layout, and its ground truth.

    Returns the folder of the database. Raises ``ValueError`` for an unknown database, and where
    ``out`` holds this database made from another seed or by another version of the generator;
    ``NotWritable`` where the system refuses to write.

    Parameters
    ----------
    database : str
        A name or letter: CASME2 (C), SMIC_HS (H), SMIC_VIS (V), SMIC_NIR (N).
    out : path
        CASME II goes to ``out/CASME2/``: ``Cropped/`` and the coding sheet; SMIC to
        ``out/SMIC/SMIC_all_cropped/{HS,VIS,NIR}/``. The readers find both from ``out``.
    seed : int
    progress : bool, whether a progress bar is shown
    n_jobs : int
        Clips made at the same time (joblib). The result does not depend on it.

    Notes
    -----
    ``out/ground_truth/<database>.csv`` has a row for each clip: clip, subject, label, action_units,
    onset, apex, offset (frame numbers as in the files' names; the coding sheet has one of them
    wrong, as the real one), peak (largest displacement by the expression, pixels at 112 x 112).
    ``<database>_motion.npz`` has for each ``subject/clip`` the largest displacement at each pixel
    of the 112 x 112 face, float16.

    Rows of the sheet whose emotion is dropped get no pictures. A clip's folder appears when it is
    complete, and is not made again: the same call continues an interrupted run.
    """
    name = database_info(database).name
    folder, truth = database_folder(name, out), Path(out) / "ground_truth" / name
    record, made_from = truth.with_suffix(".json"), {"seed": int(seed), "version": VERSION}
    if record.exists() and (found := json.loads(record.read_text())) != made_from:
        raise InvalidInput(
            f"{name}: expected an empty folder or one made from {made_from}, found one made from "
            f"{found} ({record}); choose another folder or delete this database and its truth"
        )
    with replacing(record) as path:
        path.write_text(json.dumps(made_from) + "\n")
    planned = plan(name)
    filmed = [clip for clip in planned if clip.label]
    jobs = (delayed(_write_clip)(clip, folder, seed) for clip in filmed)
    done = Parallel(n_jobs=n_jobs, return_as="generator")(jobs)
    done = list(tqdm(done, desc=name, total=len(filmed), unit="clip", disable=not progress))
    rows = {(row["subject"], row["clip"]): row for row, _ in done}
    motions = {"/".join(key): motion for key, (_, motion) in zip(rows, done, strict=True)}
    if name == "CASME2":
        write_sheet(folder.parent, planned, rows, seed)
    with replacing(truth.with_suffix(".csv")) as path:
        pd.DataFrame(rows.values()).to_csv(path, index=False)
    with replacing(truth.with_name(f"{name}_motion.npz")) as path, path.open("wb") as stream:
        np.savez_compressed(stream, **motions)
    return folder


def _write_clip(planned, folder, seed):
    """Write the frames of a clip unless they are there. Returns its ground truth and its motion."""
    scene = Scene(planned.database, planned.subject, planned.label, planned.index, seed)
    first = first_number(planned, scene.n_frames, seed)
    target = clip_folder(planned, folder)
    clip = scene.clip(render=not target.is_dir())
    if clip.frames is not None:
        _write_frames(target, FRAME_NAMES[planned.database], first, clip.frames)
    row = {"clip": planned.name, "subject": planned.subject, "label": planned.label,
           "action_units": clip.action_units}  # fmt: skip
    row |= {event: first + getattr(clip, event) for event in ("onset", "apex", "offset")}
    return row | {"peak": round(clip.peak, 4)}, clip.motion.astype(np.float16)


def _write_frames(folder, name, first, frames):
    scratch = folder.with_name(f".part-{folder.name}")
    options = {"quality": JPEG_QUALITY} if name.endswith("jpg") else {}
    shutil.rmtree(scratch, ignore_errors=True)
    try:
        scratch.mkdir(parents=True)
        for number, frame in enumerate(frames, start=first):
            Image.fromarray(frame).save(scratch / name.format(number), **options)
        os.rename(scratch, folder)
    except OSError as error:
        raise NotWritable(f"cannot write {folder}: {error.strerror or error}") from error


def database_folder(name, out):
    """The folder of a database's subjects below ``out``."""
    if name == "CASME2":
        return Path(out) / "CASME2" / "Cropped"
    return Path(out) / "SMIC" / "SMIC_all_cropped" / name.removeprefix("SMIC_")


def clip_folder(clip, folder):
    """The folder of a clip's frames below its database's ``folder``."""
    if clip.database == "CASME2":
        return folder / clip.subject / clip.name
    return folder / clip.subject / "micro" / LABELS[clip.label].lower() / clip.name


def first_number(clip, n_frames, seed):
    """Number of a clip's first frame: drawn, or fixed by the real number of its last."""
    if (clip.subject, clip.name) in MISPRINTED_OFFSET:  # of CASME II
        return MISPRINTED_OFFSET[clip.subject, clip.name][1] - n_frames + 1
    rng = generator(seed, "numbers", clip.database, clip.subject, clip.name)
    return int(rng.integers(20, LATEST_START[clip.database]))


def write_sheet(folder, planned, truths, seed):
    """Write the coding sheet of the synthetic CASME II, as irregular as the real one.

    ``planned`` are all clips; the one that has no row in the real sheet gets none here. ``truths``
    maps (subject, name) to the ground truth of a clip that has pictures; ``seed`` is for the frame
    numbers and units of the others.
    """
    book = Workbook()
    book.properties.created = book.properties.modified = datetime(2014, 5, 8)
    book.active.append(HEADER)
    for clip in planned:
        key = (clip.subject, clip.name)
        if key == (PATCH.subject, PATCH.name):
            continue
        onset, apex, offset, units = _row(key, truths, seed)
        # one offset is wrong and one apex absent, as in the real sheet
        offset, _ = MISPRINTED_OFFSET.get(key, (offset, None))
        apex = "/" if key == ("sub04", "EP12_01f") else apex
        who = clip.subject.removeprefix("sub"), clip.name
        book.active.append((*who, None, onset, apex, offset, None, units, clip.emotion))
    with replacing(Path(folder) / SHEET) as path:
        book.save(path)


def _row(key, truths, seed):
    """Onset, apex, offset and action units of a clip; made up where it has no pictures."""
    if key in truths:
        return (truths[key][column] for column in ("onset", "apex", "offset", "action_units"))
    rng = generator(seed, "row", *key)
    onset = int(rng.integers(20, 200))
    apex = onset + int(rng.integers(12, 45))
    units = sorted(rng.choice([4, 7, 12, 14, 15, 17, 24], rng.integers(1, 3), replace=False))
    return onset, apex, apex + int(rng.integers(15, 50)), "+".join(map(str, units))
