"""The synthetic databases: seeds, counts, layouts, motion and its ground truth, resuming."""

import subprocess
import sys
from collections import Counter

import numpy as np
import openpyxl
import pandas as pd
import pytest
from PIL import Image

from cdmer_lib import load_database, synthetic
from cdmer_lib.clips import normalised_clip
from cdmer_lib.data import available
from cdmer_lib.data.layouts import SHEETS, find_clips
from cdmer_lib.errors import Busy, InvalidInput, NotWritable
from cdmer_lib.files import locked
from cdmer_lib.protocol import DATABASES, database_info
from cdmer_lib.synthetic import clip_frames, plan, synthesise, writing
from cdmer_lib.synthetic.cameras import CAMERAS
from cdmer_lib.synthetic.expressions import PULLS, Performance, displacement
from cdmer_lib.synthetic.faces import Geometry
from cdmer_lib.synthetic.scene import Scene

SOME = {
    "CASME2": [("sub03", "EP01_2"), ("sub07", "EP06_01"), ("sub24", "EP02_07")],
    "SMIC_HS": [("s1", "s1_ne_01"), ("s20", "s20_sur_05")],
    "SMIC_VIS": [("s11", "s11_po_02"), ("s20", "s20_sur_05")],
    "SMIC_NIR": [("s11", "s11_po_02"), ("s20", "s20_sur_05")],
    "SAMM": [("006", "006_1_2"), ("013", "013_1_3"), ("032", "032_1_2")],
}


def planned(database):
    return {(clip.subject, clip.name): clip for clip in plan(database)}


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    """A folder with a few clips of every database, written as ``synthesise`` does."""
    out = tmp_path_factory.mktemp("synthetic")
    with pytest.MonkeyPatch.context() as patch:
        everything = synthetic.writing.plan
        patch.setattr(writing, "plan", lambda name: [
            clip for clip in everything(name)
            if (clip.subject, clip.name) in SOME[name] or not clip.label
        ])  # fmt: skip
        for name in SOME:
            synthesise(name, out, seed=3, progress=False)
    return out


def test_a_clip_depends_on_nothing_but_its_seed():
    first = clip_frames("SMIC_NIR", "s13", 2, 4, seed=5)
    clip_frames("SMIC_NIR", "s11", 1, 1, seed=5)
    again = clip_frames("N", 13, 2, 4, seed=5)
    np.testing.assert_array_equal(first.frames, again.frames)
    np.testing.assert_array_equal(first.motion, again.motion)
    other = clip_frames("N", 13, 2, 4, seed=6)
    assert other.frames.shape != first.frames.shape or (other.frames != first.frames).any()


def test_cameras_film_the_same_performance():
    clips = {name: clip_frames(name, "s20", 1, 2) for name in ("SMIC_HS", "SMIC_VIS", "SMIC_NIR")}
    assert len({clip.action_units for clip in clips.values()}) == 1
    for name, clip in clips.items():
        assert clip.rate == CAMERAS[name].rate
        assert clip.apex / clip.rate == pytest.approx(clips["SMIC_HS"].apex / 100, abs=0.04)
        # framing differs by a few pixels, so the maps agree but for a shift
        assert np.corrcoef(clip.motion.ravel(), clips["SMIC_HS"].motion.ravel())[0, 1] > 0.9
    vis, nir = clips["SMIC_VIS"].frames, clips["SMIC_NIR"].frames
    assert vis.shape[-1] == 3 and nir.ndim == 3 and len(vis) == len(nir)


def test_counts_and_order():
    for name, info in (DATABASES | {"SAMM": database_info("SAMM")}).items():
        labels = Counter(clip.label for clip in plan(name) if clip.label)
        assert tuple(labels[code] for code in (1, 2, 3)) == info.counts
        keys = [(clip.subject, clip.name) for clip in plan(name)]
        assert len(keys) == len(set(keys))
    assert [c.name for c in plan("SMIC_VIS")] == [c.name for c in plan("SMIC_NIR")]
    casme2 = planned("CASME2")
    del casme2["sub24", "EP02_07"]
    emotions = Counter(clip.emotion for clip in casme2.values())
    assert emotions == {
        "others": 99, "disgust": 63, "happiness": 32, "repression": 27, "surprise": 25,
        "sadness": 7, "fear": 2,
    }  # fmt: skip
    assert len({clip.subject for clip in plan("CASME2")}) == 26
    assert len(plan("SAMM")) == 159 and plan("SAMM")[0].name == "006_1_2"


@pytest.mark.parametrize("name", ["CASME2", "SMIC_VIS", "SMIC_NIR"])
def test_labels_are_in_the_released_order(name):
    if not available(name):
        pytest.skip(f"{name} features absent")
    ours = [clip.label for clip in plan(name) if clip.label]
    np.testing.assert_array_equal(ours, load_database(name).y)


def test_irregular_names():
    clips = planned("CASME2")
    for key in (("sub10", "EP11_01"), ("sub10", "EP11_01f"), ("sub04", "EP12_01f")):
        assert clips[key].label is None
    for key in (("sub07", "EP06_02_01"), ("sub09", "EP09f"), ("sub03", "EP01_2")):
        assert clips[key].label


def test_readers_find_what_was_written(written):
    for name, keys in SOME.items():
        found = find_clips(name, written)
        assert [(clip.subject, clip.name) for clip in found] == keys
        wanted = planned(name)
        truth = pd.read_csv(written / "ground_truth" / f"{name}.csv").set_index("clip")
        for clip in found:
            assert clip.label == wanted[clip.subject, clip.name].label
            row = truth.loc[clip.name]
            numbers = [int(path.stem.split("_")[-1].lstrip("imageg")) for path in clip.frames]
            assert numbers == list(range(row.onset, row.offset + 1))
            assert row.onset < row.apex < row.offset


def test_frames_on_disk(written):
    hs = written / "SMIC/SMIC_all_cropped/HS/s1/micro/negative/s1_ne_01"
    frames = sorted(hs.iterdir())
    assert all(len(path.name) == len("reg_image036237.bmp") for path in frames)
    clip = clip_frames("SMIC_HS", "s1", 1, 1, seed=3)
    np.testing.assert_array_equal([np.asarray(Image.open(path)) for path in frames], clip.frames)
    nir = next((written / "SMIC/SMIC_all_cropped/NIR/s11/micro/positive/s11_po_02").iterdir())
    assert len(nir.name) == len("reg_06387.bmp") and Image.open(nir).mode == "L"
    jpeg = written / "CASME2/Cropped/sub07/EP06_01/reg_img91.jpg"
    assert Image.open(jpeg).mode == "RGB"
    assert not jpeg.with_name("reg_img92.jpg").exists()


def test_coding_sheet(written):
    book = openpyxl.load_workbook(written / "CASME2" / "CASME2-coding-20140508.xlsx")
    header, *rows = book.active.iter_rows(values_only=True)
    assert header[:2] == ("Subject", "Filename") and header[2] is None is header[6]
    assert header[3:6] == ("OnsetFrame", "ApexFrame", "OffsetFrame")
    assert header[7:] == ("Action Units", "Estimated Emotion")
    rows = {(row[0], row[1]): row for row in rows}
    assert ("24", "EP02_07") not in rows
    assert rows["04", "EP12_01f"][4] == "/"
    assert rows["07", "EP06_01"][5] == 68 and rows["07", "EP06_01"][8] == "sadness"


def test_a_sheet_of_all_clips_has_a_row_for_each(tmp_path):
    for name, n_rows in (("CASME2", 1 + 255), ("SAMM", 14 + 159)):
        writing.write_sheet(tmp_path, plan(name), {}, seed=0)
        sheet = openpyxl.load_workbook(tmp_path / SHEETS[name][0]).active
        assert sheet.max_row == n_rows
    apexes = {row[1]: row[4] for row in sheet.iter_rows(values_only=True)}
    assert [apexes[name] for name in ("028_1_2", "032_1_2", "032_1_3")] == [None, -1, 0]


def test_the_sheet_of_samm_has_its_quirks(written):
    sheet = openpyxl.load_workbook(written / "SAMM" / "SAMM_Micro_FACS_Codes_v2.xlsx").active
    rows = list(sheet.iter_rows(values_only=True))
    assert rows[13][:4] == ("Subject", "Filename", "Inducement Code", "Onset Frame")
    assert Counter(row[9] for row in rows[14:])["Other"] == 26
    cells = {row[1]: row for row in rows[14:]}
    assert cells["006_1_2"][0] == 6 and cells["013_1_3"][5] == 5793
    assert cells["032_1_2"][4] == -1
    frames = sorted((written / "SAMM" / "013" / "013_1_3").iterdir())
    assert frames[-1].name == "013_05739.jpg" and Image.open(frames[0]).mode == "L"


@pytest.mark.parametrize("name", SOME)
def test_length_and_size(name):
    lengths, sizes = [], set()
    for clip in plan(name)[::9]:
        if clip.label:
            scene = Scene(name, clip.subject, clip.label, clip.index, 0)
            assert 0.2 < scene.performance.duration < 0.5
            assert (scene.n_frames - 1) / scene.camera.rate < 0.5
            lengths.append(scene.n_frames)
            sizes.add((len(scene.framing.y), len(scene.framing.x)))
    lowest, highest = {200: (40, 100), 100: (20, 50), 25: (7, 13)}[scene.camera.rate]
    assert lowest <= min(lengths) and max(lengths) <= highest
    assert len(sizes) > 1


def test_displacement_limits():
    peaks = []
    for clip in plan("SMIC_HS")[::8]:
        scene = Scene("SMIC_HS", clip.subject, clip.label, clip.index, 0)
        courses = scene.courses()
        assert courses.min() >= 0 and courses.max() <= 1
        np.testing.assert_allclose(courses[0], 0, atol=1e-12)
        motion = scene.motion(courses)
        assert motion.shape == (112, 112)
        # the crop is zoomed, and the camera need not catch the apex
        assert motion.max() == pytest.approx(scene.performance.peak, rel=0.12)
        peaks.append(motion.max())
    assert min(peaks) >= 1 and max(peaks) <= 3 and np.std(peaks) > 0.3


def test_every_unit_moves_the_half_it_is_asked_to():
    geometry = Geometry("SMIC", 1, 0)
    x, y = np.arange(280) + 0.5, np.arange(340) + 0.5
    for unit in PULLS:
        field = displacement(geometry, unit, (1, 1), x, y)
        assert 0.5 < np.hypot(*field).max() < 2.2
        # mirror symmetry: the flow to the right changes its sign
        np.testing.assert_allclose(field[0], -field[0, :, ::-1], atol=1e-4)
        np.testing.assert_allclose(field[1], field[1, :, ::-1], atol=1e-4)
        left = np.hypot(*displacement(geometry, unit, (1, 0), x, y))
        assert left[:, :140].sum() > left[:, 140:].sum()
    smile = displacement(geometry, 12, (1, 1), x, y)
    corner = geometry.points["mouth_corner"]
    at = int(corner[1]), int(140 + corner[0])
    assert smile[0][at] > 0.5 and smile[1][at] < -0.5  # outwards and up


def test_classes_are_distributions():
    units = {label: Counter() for label in (1, 2, 3)}
    for label in units:
        for number in range(60):
            units[label].update(Performance("CASME2", number, label, 1, 0).units)
    assert units[2][12] > units[1][12] > 0
    assert units[3][2] > units[2][2] and units[3][1] > units[1][1] > 0
    assert units[1][4] > units[3][4] and units[1][4] < 60


def test_motion_is_where_the_pictures_change():
    """Without head motion, noise and flicker, frames differ only where the truth says."""
    scene = Scene("SMIC_VIS", "s20", 1, 1, 0)
    still = {"head": 0.0, "noise": (0.0, 0.0), "light_drift": 0.0}
    scene.camera = type(scene.camera)(**{**vars(scene.camera), **still})
    object.__setattr__(scene.performance, "blink", (0.0, 0.5, 0.05))
    courses = scene.courses()
    motion = scene.motion(courses)
    clip = normalised_clip(scene.render(courses))
    change = np.abs(clip - clip[0]).max(axis=0)
    moves = motion > 0.5
    assert change[moves].mean() > 4 * change[motion < 0.02].mean()
    assert change[motion < 0.02].max() < 3  # rounding, and what the resizing smears


def test_resume(tmp_path, monkeypatch):
    clips = [clip for clip in plan("SMIC_NIR") if clip.subject == "s19"]
    monkeypatch.setattr(writing, "plan", lambda name: clips)
    folder = synthesise("N", tmp_path, progress=False)
    pictures = {path: path.read_bytes() for path in folder.rglob("*.bmp")}
    truth = (tmp_path / "ground_truth/SMIC_NIR.csv").read_text(encoding="utf-8")
    # an interruption: one clip is half written, the other is done and must stay as it is
    half, done = (writing.clip_folder(clip, folder) for clip in clips)
    half.rename(half.with_name(f".part-{half.name}"))
    next(half.with_name(f".part-{half.name}").iterdir()).unlink()
    ours = next(done.iterdir())
    ours.write_bytes(b"kept")
    synthesise("N", tmp_path, progress=False)
    assert ours.read_bytes() == b"kept"
    ours.write_bytes(pictures[ours])
    assert {path: path.read_bytes() for path in folder.rglob("*.bmp")} == pictures
    assert not list(folder.rglob(".part-*"))
    assert (tmp_path / "ground_truth/SMIC_NIR.csv").read_text(encoding="utf-8") == truth
    with pytest.raises(ValueError, match="choose another folder"):
        synthesise("N", tmp_path, seed=1, progress=False)


@pytest.fixture
def one_clip(monkeypatch):
    """``synthesise`` writes one clip of a database, the shortest."""
    everything = writing.plan
    some = {"CASME2": ("sub07", "EP06_01"), "SMIC_NIR": ("s19", "s19_po_01")}
    monkeypatch.setattr(writing, "plan", lambda name: [
        clip for clip in everything(name) if (clip.subject, clip.name) == some[name]
    ])  # fmt: skip


def test_two_writers_of_one_database(tmp_path, one_clip):
    with locked(tmp_path / "ground_truth" / "SMIC_NIR"):
        with pytest.raises(Busy, match=r"another run is writing .*SMIC_NIR"):
            synthesise("N", tmp_path, progress=False)
        synthesise("C", tmp_path, progress=False)  # another database may be written
    assert not (tmp_path / "SMIC").exists()
    synthesise("N", tmp_path, progress=False)


def test_a_folder_of_something_else_is_left_alone(tmp_path, one_clip):
    """The real CASME II, say: its coding sheet has the name of the synthetic one."""
    sheet = tmp_path / "CASME2" / "CASME2-coding-20140508.xlsx"
    (tmp_path / "CASME2" / "Cropped").mkdir(parents=True)
    sheet.write_bytes(b"licensed")
    with pytest.raises(InvalidInput, match=r"Cropped, .* found no record; choose another folder"):
        synthesise("C", tmp_path, progress=False)
    assert sheet.read_bytes() == b"licensed"
    synthesise("N", tmp_path, progress=False)
    (tmp_path / "ground_truth" / "SMIC_NIR.json").write_bytes(b"\xff\x00")
    with pytest.raises(InvalidInput, match="choose another folder"):
        synthesise("N", tmp_path, progress=False)


@pytest.mark.parametrize("name", ["CASME2", "SMIC_NIR"])
def test_scratch_of_a_killed_run_goes(tmp_path, one_clip, name):
    folder = synthesise(name, tmp_path, progress=False)
    kept = {path.relative_to(tmp_path) for path in tmp_path.rglob("*")}
    clip = next(folder.rglob("*.*")).parent
    clip.with_name(f".part-{clip.name}").mkdir()
    clip.with_name(f".part-{clip.name}").joinpath("frame").touch()
    truth = tmp_path / "ground_truth"
    paths = [truth / f"{name}.csv", truth / f"{name}_motion.npz", truth / f"{name}.json"]
    if name == "CASME2":
        paths.append(folder.parent / "CASME2-coding-20140508.xlsx")
    for path in paths:
        path.with_name(f"{path.name}.999.partial").touch()
    other = truth / "SMIC_VIS.csv.999.partial"  # of another database, which may be being written
    other.touch()
    synthesise(name, tmp_path, progress=False)
    left = {path.relative_to(tmp_path) for path in tmp_path.rglob("*")} - kept
    assert left == {other.relative_to(tmp_path)}


def test_the_home_folder_and_a_file_in_the_way(tmp_path, one_clip, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    assert synthesise("N", "~/demo", progress=False).is_relative_to(tmp_path / "demo")
    (tmp_path / "file").touch()
    with pytest.raises(NotWritable, match="cannot write"):
        synthesise("N", tmp_path / "file", progress=False)


def test_only_what_writes_a_database_loads_its_libraries():
    heavy = {"PIL", "joblib", "matplotlib", "openpyxl", "pandas", "tqdm"}
    code = "import sys, cdmer_lib.clips.tim, cdmer_lib.synthetic.writing; print(*sys.modules)"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "cdmer_lib.synthetic.scene" in run.stdout and not heavy & set(run.stdout.split())


def test_result_does_not_depend_on_processes(tmp_path, monkeypatch):
    clips = [clip for clip in plan("SMIC_NIR") if clip.subject == "s19"]
    monkeypatch.setattr(writing, "plan", lambda name: clips)
    trees = []
    for n_jobs in (1, 2):
        folder = synthesise("N", tmp_path / str(n_jobs), progress=False, n_jobs=n_jobs)
        trees.append({p.relative_to(folder): p.read_bytes() for p in folder.rglob("*.bmp")})
    assert trees[0] == trees[1]


def test_ground_truth_files(written):
    for name in SOME:
        table = pd.read_csv(written / "ground_truth" / f"{name}.csv", dtype={"subject": str})
        assert list(table) == [
            "clip", "subject", "label", "action_units", "onset", "apex", "offset", "peak",
        ]  # fmt: skip
        with np.load(written / "ground_truth" / f"{name}_motion.npz") as maps:
            assert list(maps) == list(table["subject"] + "/" + table["clip"])
            for key, peak in zip(maps, table.peak, strict=True):
                assert maps[key].shape == (112, 112) and maps[key].dtype == np.float16
                assert maps[key].max() == pytest.approx(peak, rel=2e-3)


def test_what_is_refused():
    for make in (plan, lambda name: clip_frames(name, 1, 1, 1)):
        with pytest.raises(ValueError, match=r"of the synthetic databases, .* found CASME2_MEGC"):
            make("CASME2_MEGC")
    with pytest.raises(ValueError, match="unknown database"):
        clip_frames("CASME", 1, 1, 1)
    with pytest.raises(ValueError, match="expected label 1"):
        clip_frames("CASME2", 1, 0, 1)


@pytest.mark.parametrize("which", [
    ("N", "sx", 1, 1), ("N", None, 1, 1), ("N", 11, 1, 1.5), ("N", 11, 1, -1),
    ("N", 11, 1, 1, 0.5), ("N", 11, 1, 1, -1),
])  # fmt: skip
def test_a_subject_index_or_seed_that_is_none(which):
    with pytest.raises(InvalidInput, match=r"expected (label 1 .* such as 's1'|whole numbers)"):
        clip_frames(*which)


def test_a_bad_seed_writes_nothing(tmp_path):
    with pytest.raises(InvalidInput, match="expected whole numbers as seed"):
        synthesise("N", tmp_path / "new", seed=-1, progress=False)
    assert not (tmp_path / "new").exists()
