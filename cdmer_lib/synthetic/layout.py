"""Folders, file names and frame numbers of the official layouts."""

from pathlib import Path

from ..data.casme2 import MISPRINTED_OFFSET
from .seeds import generator

CLASS_FOLDERS = {1: "negative", 2: "positive", 3: "surprise"}
FRAME_NAMES = {
    "CASME2": "reg_img{}.jpg", "SMIC_HS": "reg_image{:06d}.bmp",
    "SMIC_VIS": "reg_{:05d}.bmp", "SMIC_NIR": "reg_{:05d}.bmp",
}  # fmt: skip
# The last number that a clip may start with; frames are numbered within a recording.
LATEST_START = {"CASME2": 200, "SMIC_HS": 99_000, "SMIC_VIS": 24_000, "SMIC_NIR": 24_000}


def database_folder(name, out):
    """The folder of a database's subjects below ``out``."""
    if name == "CASME2":
        return Path(out) / "CASME2" / "Cropped"
    return Path(out) / "SMIC" / "SMIC_all_cropped" / name.removeprefix("SMIC_")


def clip_folder(clip, folder):
    """The folder of a clip's frames below its database's ``folder``."""
    if clip.database == "CASME2":
        return folder / clip.subject / clip.name
    return folder / clip.subject / "micro" / CLASS_FOLDERS[clip.label] / clip.name


def first_number(clip, n_frames, seed):
    """Number of a clip's first frame: drawn, or fixed by the real number of its last."""
    _, last = MISPRINTED_OFFSET.get((clip.subject, clip.name), (None, None))
    if clip.database == "CASME2" and last:
        return last - n_frames + 1
    rng = generator(seed, "numbers", clip.database, clip.subject, clip.name)
    return int(rng.integers(20, LATEST_START[clip.database]))
