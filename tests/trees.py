"""Tiny databases in the official layouts: what the tests of the readers write to disk."""

import numpy as np
from openpyxl import Workbook
from PIL import Image

from cdmer_lib.data.samm import SUBJECT_COUNTS as SAMM_COUNTS
from cdmer_lib.data.smic import SUBJECT_COUNTS

SHEET = "CASME2-coding-20140508.xlsx"
HEADER = ["Subject", "Filename", None, "OnsetFrame", "ApexFrame", "OffsetFrame", None,
          "Action Units", "Estimated Emotion"]  # fmt: skip
# The public coding sheet's 255 rows (32, 72 and 25 after the 3-class rule).
EMOTIONS = {"others": 99, "disgust": 63, "happiness": 32, "repression": 27, "surprise": 25,
            "sadness": 7, "fear": 2}  # fmt: skip
LABEL = {"happiness": 2, "disgust": 1, "sadness": 1, "fear": 1, "surprise": 3}
# Rows that the official sheet has: names of odd form, an apex that is a slash, a wrong offset,
# and the run of Negatives from sub23 to sub24 that the folder without a row falls into.
SPECIAL = {
    (4, "EP12_01f"): ("happiness", (99, "/", 101)),
    (7, "EP06_01"): ("disgust", (89, 90, 68)),
    (9, "EP06_02_01"): ("surprise", (99, 100, 101)),
    (9, "EP09f"): ("sadness", (99, 100, 101)),
    (10, "EP11_01"): ("happiness", (99, 100, 101)),
    (10, "EP11_01f"): ("surprise", (99, 100, 101)),
    (11, "EP01_2"): ("fear", (99, 100, 101)),
    (23, "EP20_01"): ("disgust", (99, 100, 101)),
    (24, "EP00_01"): ("disgust", (99, 100, 101)),
    (24, "EP02_08"): ("disgust", (99, 100, 101)),
}
SAMM_SHEET = "SAMM_Micro_FACS_Codes_v2.xlsx"
SAMM_HEADER = ["Subject", "Filename", "Inducement Code", "Onset Frame", "Apex Frame",
               "Offset Frame", "Duration", "Micro", "Action Units", "Estimated Emotion",
               "Objective Classes", "Notes"]  # fmt: skip
SAMM_LABEL = {"Anger": 1, "Contempt": 1, "Disgust": 1, "Fear": 1, "Sadness": 1, "Happiness": 2,
              "Surprise": 3}  # fmt: skip
CLASS_FOLDERS = {1: ("negative", "ne"), 2: ("positive", "po"), 3: ("surprise", "sur")}
_pixels = np.random.default_rng(7)


def write_frames(folder, numbers, name="reg_img{}.jpg", shape=(8, 8)):
    """Write one random image for each frame number; return the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for number in numbers:
        image = _pixels.integers(0, 256, shape, dtype=np.uint8)
        Image.fromarray(image).save(folder / name.format(number))
    return folder


def write_sheet(path, rows, header=HEADER):
    """Write a coding sheet; a row is (subject, name, (onset, apex, offset), emotion)."""
    book = Workbook()
    book.active.append(header)
    for subject, name, (onset, apex, offset), emotion in rows:
        book.active.append([subject, name, None, onset, apex, offset, None, "4+L10", emotion])
    path.parent.mkdir(parents=True, exist_ok=True)
    book.save(path)


def casme2_rows():
    """255 rows of 26 subjects with the official sheet's emotion counts and special rows."""
    pool = [emotion for emotion, n in EMOTIONS.items() for _ in range(n)]
    for emotion, _ in SPECIAL.values():
        pool.remove(emotion)
    np.random.default_rng(3).shuffle(pool)
    rows = [(subject, name, span, emotion) for (subject, name), (emotion, span) in SPECIAL.items()]
    for i, emotion in enumerate(pool):
        # EP03 to EP12: behind EP02_08, before EP20_01
        rows.append((i % 26 + 1, f"EP{3 + i // 26:02d}_05", (99, 100, 101), emotion))
    return sorted(rows, key=lambda row: (row[0], row[1]))


def casme2(home, rows=None):
    """Write CASME II below ``home``; return the expected (subject, name, label), patched."""
    full = rows is None
    rows = casme2_rows() if full else rows
    write_sheet(home / SHEET, rows)
    expected = []
    for i, (subject, name, (onset, _, offset), emotion) in enumerate(rows):
        key = f"sub{subject:02d}"
        if full and key == "sub24" and name > "EP02_07" and ("sub24", "EP02_07", 1) not in expected:
            write_frames(home / "Cropped" / key / "EP02_07", (9, 10, 11))
            expected.append((key, "EP02_07", 1))
        if emotion in LABEL:
            last = 91 if offset == 68 else offset
            write_frames(home / "Cropped" / key / name, range(onset, last + 1))
            expected.append((key, name, LABEL[emotion]))
        elif i % 8 == 0:  # of the dropped emotions some folders are there, some are not
            write_frames(home / "Cropped" / key / name, (1, 2))
    return expected


def samm_rows():
    """159 rows: the public numbers by subject and class, one Other in 26 subjects; slips included.

    One clip has an offset that is no frame on disk, three have no apex.
    """
    words = {1: ["Anger", "Contempt", "Disgust", "Fear", "Sadness"], 2: ["Happiness"],
             3: ["Surprise"], 0: ["Other"]}  # fmt: skip
    rows = []
    for place, (subject, counts) in enumerate(SAMM_COUNTS.items()):
        labels = [label for label, n in zip((1, 2, 3, 0), (*counts, place < 26)) for _ in range(n)]
        for i, label in enumerate(labels):
            emotion = words[label][i % len(words[label])]
            rows.append((int(subject), f"{subject}_1_{i + 2}", (5562, 5563, 5564), emotion))
    odd = {"013_1_3": (5737, 5738, 5793), "028_1_2": (5562, None, 5564),
           "032_1_2": (5562, -1, 5564), "032_1_3": (5562, "/", 5564)}  # fmt: skip
    return [(who, name, odd.get(name, span), emotion) for who, name, span, emotion in rows]


def samm(home, rows=None, preamble=13):
    """Write SAMM below ``home``; return the expected (subject, name, label)."""
    rows = samm_rows() if rows is None else rows
    book, expected = Workbook(), []
    for line in range(preamble):
        book.active.append([f"line {line} of a text", "Subject and more"])
    book.active.append(SAMM_HEADER)
    for subject, name, (onset, apex, offset), emotion in rows:
        cells = [onset, apex, offset, "", "1", "4+L10", emotion, "", ""]
        book.active.append([subject, name, "x", *cells])
        if label := SAMM_LABEL.get(emotion, 0):
            last = 5739 if offset == 5793 else offset
            frames = f"{subject:03d}_{{:05d}}.jpg"
            write_frames(home / f"{subject:03d}" / name, range(onset, last + 1), frames)
            expected.append((f"{subject:03d}", name, label))
    book.save(home / SAMM_SHEET)
    return expected


def smic(home, subset, counts=None, frame=None):
    """Write one subset of SMIC below ``home``; return the expected (subject, name, label)."""
    counts = counts or SUBJECT_COUNTS[f"SMIC_{subset}"]
    frame = frame or ("reg_image{:06d}.bmp" if subset == "HS" else "reg_{:05d}.bmp")
    expected = []
    for subject, numbers in counts.items():
        micro = home / subset / subject / "micro"
        for label, (folder, short) in CLASS_FOLDERS.items():
            (micro / folder).mkdir(parents=True)
            for i in range(1, numbers[label - 1] + 1):
                name = f"{subject}_{short}_{i:02d}"
                write_frames(micro / folder / name, (36237, 36238), frame, shape=(8, 6, 3))
                expected.append((subject, name, label))
        write_frames(home / subset / subject / "non_micro" / "non" / f"{subject}_non_01", (1, 2))
    return expected


def found(clips):
    """What the writers return, of clips that were found."""
    return [(clip.subject, clip.name, clip.label) for clip in clips]
