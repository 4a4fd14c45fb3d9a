"""Synthetic databases on disk, in the official layouts: frames, coding sheet, ground truth."""

import json
import os
import shutil
from pathlib import Path

import numpy as np

from ..data.casme2 import MISPRINTED_OFFSET, PATCH
from ..data.layouts import SHEETS
from ..data.samm import MEANT_OFFSET
from ..errors import InvalidInput, NotWritable
from ..files import locked, replacing, user_path
from ..parallel import workers
from ..protocol import LABELS
from .faces import generator, whole
from .population import plan, synthetic_name
from .scene import Scene

VERSION = 2  # raise it when the pictures change: folders of another version are not completed
FRAME_NAMES = {
    "CASME2": "reg_img{}.jpg", "SMIC_HS": "reg_image{:06d}.bmp", "SMIC_VIS": "reg_{:05d}.bmp",
    "SMIC_NIR": "reg_{:05d}.bmp", "SAMM": "{subject}_{:05d}.jpg",
}  # fmt: skip
# The largest number of a clip's first frame. Official frames are numbered within a recording.
LATEST_START = {
    "CASME2": 200, "SMIC_HS": 99_000, "SMIC_VIS": 24_000, "SMIC_NIR": 24_000, "SAMM": 9_000,
}  # fmt: skip
# The coding sheets are as irregular as the real ones. What stands above the clips:
SHEET_TOP = {
    "CASME2": [("Subject", "Filename", None, "OnsetFrame", "ApexFrame", "OffsetFrame", None,
                "Action Units", "Estimated Emotion")],
    "SAMM": [("Synthetic SAMM: no picture of a person.",), *[(None,)] * 12,
             ("Subject", "Filename", "Inducement Code", "Onset Frame", "Apex Frame",
              "Offset Frame", "Duration", "Micro", "Action Units", "Estimated Emotion",
              "Objective Classes", "Notes")],
}  # fmt: skip
# (subject, clip) -> the offset printed and the one meant. Which clip of SAMM it is, is our choice.
WRONG_OFFSET = MISPRINTED_OFFSET | {("013", "013_1_3"): (5793, MEANT_OFFSET)}
# What stands in the cell of an apex that is missing. SAMM's three, and what they show: our choice.
NO_APEX = {("sub04", "EP12_01f"): "/", ("028", "028_1_2"): None, ("032", "032_1_2"): -1,
           ("032", "032_1_3"): 0}  # fmt: skip


def synthesise(database, out, seed=0, progress=True, n_jobs=1):
    """Write one synthetic database in its official layout, and its ground truth.

    ``database`` is a name or letter: CASME2 (C), SMIC_HS (H), SMIC_VIS (V), SMIC_NIR (N), SAMM.
    CASME II goes to ``out/CASME2/``, ``Cropped/`` and the coding sheet, and SAMM with its sheet to
    ``out/SAMM/``: clips of dropped emotions have a row but no pictures. SMIC goes to
    ``out/SMIC/SMIC_all_cropped/{HS,VIS,NIR}/``. ``n_jobs`` is the number of processes. The same
    call continues an interrupted run. Returns the folder of the database.

    ``out/ground_truth/<database>.csv`` has a row for each clip: clip, subject, label, action_units,
    onset, apex, offset (frame numbers as in the files' names), peak (largest displacement by the
    expression, pixels at 112 x 112). ``<database>_motion.npz`` has for each ``subject/clip`` the
    largest displacement at each pixel of the 112 x 112 face, float16.

    Raises ``ValueError`` for an unknown database, a seed that is no whole number from 0 up, and a
    folder of this database made from another seed, by another version or by something else;
    ``Busy`` where another process writes it; ``NotWritable`` where the system refuses to write.
    """
    import pandas as pd
    from joblib import delayed
    from tqdm import tqdm

    name, out = synthetic_name(database), user_path(out)
    folder, truth = database_folder(name, out), out / "ground_truth" / name
    home = folder.parent if name == "CASME2" else folder  # of the coding sheet
    record = truth.with_suffix(".json")
    made_from = json.dumps({"seed": whole(seed), "version": VERSION})
    with locked(truth):
        found = record.read_text("utf-8", "replace").strip() if record.exists() else None
        if found != made_from and (found is not None or folder.exists()):
            raise InvalidInput(
                f"expected no folder {folder}, or one with {made_from} in its record {record}, "
                f"found {'no record' if found is None else found}; choose another folder"
            )
        with replacing(record) as path:
            path.write_text(made_from + "\n")
        # left by a killed run; the lock removes the rest
        for partial in (*truth.parent.glob(f"{name}_*.partial"), *home.glob("*.xlsx.*.partial")):
            partial.unlink(missing_ok=True)
        planned = plan(name)
        filmed = [clip for clip in planned if clip.label]
        jobs = (delayed(_write_clip)(clip, folder, seed) for clip in filmed)
        done = workers(n_jobs, return_as="generator")(jobs)
        done = list(tqdm(done, desc=name, total=len(filmed), unit="clip", disable=not progress))
        rows = {(row["subject"], row["clip"]): row for row, _ in done}
        motions = {"/".join(key): motion for key, (_, motion) in zip(rows, done, strict=True)}
        if name in SHEETS:
            write_sheet(home, planned, rows, seed)
        with replacing(truth.with_suffix(".csv")) as path:
            pd.DataFrame(rows.values()).to_csv(path, index=False)
        with replacing(truth.with_name(f"{name}_motion.npz")) as path, path.open("wb") as stream:
            np.savez_compressed(stream, **motions)
    return folder


def _write_clip(planned, folder, seed):
    """Write the frames of a clip unless they are there. Returns its ground truth and its motion."""
    from PIL import Image

    scene = Scene(planned.database, planned.subject, planned.label, planned.index, seed)
    first = first_number(planned, scene.n_frames, seed)
    target = clip_folder(planned, folder)
    scratch = target.with_name(f".part-{target.name}")
    clip = scene.clip(render=not target.is_dir())
    try:
        shutil.rmtree(scratch, ignore_errors=True)
        if clip.frames is not None:
            scratch.mkdir(parents=True)
            for number, frame in enumerate(clip.frames, start=first):
                file = FRAME_NAMES[planned.database].format(number, subject=planned.subject)
                Image.fromarray(frame).save(scratch / file, quality=92)  # of JPEG; others keep all
            os.rename(scratch, target)
    except OSError as error:
        raise NotWritable(f"cannot write {target}: {error.strerror or error}") from error
    row = {
        "clip": planned.name, "subject": planned.subject, "label": planned.label,
        "action_units": clip.action_units, "onset": first + clip.onset, "apex": first + clip.apex,
        "offset": first + clip.offset, "peak": round(clip.peak, 4),
    }  # fmt: skip
    return row, clip.motion.astype(np.float16)


def database_folder(name, out):
    """The folder of a database's subjects below ``out``: a Path."""
    if name.startswith("SMIC"):
        return Path(out) / "SMIC" / "SMIC_all_cropped" / name.removeprefix("SMIC_")
    return Path(out) / "CASME2" / "Cropped" if name == "CASME2" else Path(out) / name


def clip_folder(clip, folder):
    """The folder of a clip's frames below its database's ``folder``."""
    if clip.database.startswith("SMIC"):
        return folder / clip.subject / "micro" / LABELS[clip.label].lower() / clip.name
    return folder / clip.subject / clip.name


def first_number(clip, n_frames, seed):
    """Number of a clip's first frame: drawn, but in two clips fixed by their last number."""
    if (clip.subject, clip.name) in WRONG_OFFSET:
        return WRONG_OFFSET[clip.subject, clip.name][1] - n_frames + 1
    rng = generator(seed, "numbers", clip.database, clip.subject, clip.name)
    return int(rng.integers(20, LATEST_START[clip.database]))


def write_sheet(folder, planned, truths, seed):
    """Write the coding sheet of the synthetic CASME II or SAMM: a row for each planned clip.

    ``truths`` maps (subject, name) to the ground truth of a clip that has pictures. The numbers and
    units of the other clips are drawn from ``seed``.
    """
    from openpyxl import Workbook

    name, book = planned[0].database, Workbook()
    for line in SHEET_TOP[name]:
        book.active.append(line)
    for clip in planned:
        key = (clip.subject, clip.name)
        if key == PATCH[:2]:  # has no row in the real sheet
            continue
        if key in truths:
            told = "onset", "apex", "offset", "action_units"
            onset, apex, offset, units = (truths[key][column] for column in told)
        else:
            rng = generator(seed, "row", *key)
            onset = int(rng.integers(20, 200))
            apex = onset + int(rng.integers(12, 45))
            drawn = rng.choice([4, 7, 12, 14, 15, 17, 24], rng.integers(1, 3), replace=False)
            units, offset = "+".join(map(str, sorted(drawn))), apex + int(rng.integers(15, 50))
        offset, _ = WRONG_OFFSET.get(key, (offset, None))
        apex, who = NO_APEX.get(key, apex), clip.subject.removeprefix("sub")
        cells = (who, clip.name, None, onset, apex, offset, None, units, clip.emotion)
        if name == "SAMM":  # subjects are numbers there; the column Micro comes before the units
            cells = (int(who), *cells[1:7], "1", *cells[7:])
        book.active.append(cells)
    with replacing(folder / SHEETS[name][0]) as path:
        book.save(path)
