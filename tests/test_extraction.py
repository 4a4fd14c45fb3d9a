"""From clips on disk to feature files that load_database reads; Tables V and VI."""

import os
import pickle
import subprocess
import sys
import time
from importlib.metadata import PackageNotFoundError

import h5py
import numpy as np
import pandas as pd
import pytest
import trees
from joblib import delayed

from cdmer_lib import DATABASES, DESCRIPTORS, cli, data, load_database
from cdmer_lib.clips import normalised_clip, read_frames
from cdmer_lib.data.extracted import features_name, read_provenance
from cdmer_lib.data.layouts import find_clips
from cdmer_lib.descriptors import EXTRACTABLE, HAND_CRAFTED
from cdmer_lib.descriptors.extraction import extract_database
from cdmer_lib.errors import InvalidInput
from cdmer_lib.experiments.descriptor_rows import score_descriptors
from cdmer_lib.files import locked
from cdmer_lib.parallel import workers
from cdmer_lib.report.descriptor_tables import (
    descriptor_comparison,
    printed_layout,
    rank_correlations,
)

COUNTS = {"s1": (2, 1, 1), "s3": (1, 1, 2)}
CHEAP = ["LBP-TOP(R3P8)", "LBP-SIP(R1)"]


@pytest.fixture
def tree(tmp_path):
    trees.smic(tmp_path / "SMIC" / "SMIC_all_cropped", "VIS", COUNTS)
    return tmp_path


def test_what_is_extracted_is_what_is_loaded(tree):
    files = extract_database("V", tree, CHEAP, progress=False)
    clips = find_clips("V", tree)
    for descriptor in CHEAP:
        database = load_database("V", tree, descriptor=descriptor)
        assert files[descriptor].parent == tree / "features"
        assert database.y.tolist() == [clip.label for clip in clips]
        assert list(database.subjects) == [clip.subject for clip in clips]
        for row, clip in zip(database.X, clips, strict=True):
            volume = normalised_clip(read_frames(clip.frames))
            np.testing.assert_array_equal(row, DESCRIPTORS[descriptor].extract(volume)[0])
    assert features_name("V") == "CrossCorpus_LBPTOP_R3P8_SMIC_VIS_112by112.mat"  # as released


def test_own_features_never_stand_in_for_the_released(tree, monkeypatch):
    extract_database("V", tree, CHEAP, progress=False)
    monkeypatch.setenv("CDMER_DATA", str(tree / "features"))
    with pytest.raises(data.IntegrityError):
        load_database("V")
    with pytest.raises(data.DataUnavailable, match="cdmer features --root"):
        load_database("V", descriptor="LBP-SIP(R1)")
    assert data.available("V", tree)


def test_a_second_run_reads_no_clip_and_a_changed_clip_is_extracted_again(tree, monkeypatch):
    (file,) = extract_database("V", tree, CHEAP[:1], progress=False).values()
    before = file.stat().st_mtime_ns
    extract_database("V", tree, CHEAP[:1], progress=False)
    assert file.stat().st_mtime_ns == before
    clip = find_clips("V", tree)[0]
    trees.write_frames(clip.frames[0].parent, (36237, 36238), "reg_{:05d}.bmp", (8, 6, 3))
    old = load_database("V", tree).X
    extract_database("V", tree, CHEAP[:1], progress=False)
    new = load_database("V", tree).X
    changed = np.not_equal(new, old).any(axis=1)
    assert changed.tolist() == [True] + [False] * (len(old) - 1)


def test_a_kill_loses_only_clips_under_way(tree):
    command = [sys.executable, "-m", "cdmer_lib.cli", "features", "--root", str(tree), "--database",
               "V", "--descriptor", "LBP-SIP(R1)", "--jobs", "1"]  # fmt: skip
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    features = tree / "features"
    deadline = time.monotonic() + 60
    while not list(features.glob(".unfinished-*/*.npz")) and time.monotonic() < deadline:
        time.sleep(0.005)
    process.kill()
    process.wait()
    files = extract_database("V", tree, ["LBP-SIP(R1)"], progress=False)
    assert [path.name for path in features.iterdir()] == [files["LBP-SIP(R1)"].name]
    assert len(load_database("V", tree, descriptor="LBP-SIP(R1)").y) == 8


def test_a_clip_that_cannot_be_read(tree):
    clip = find_clips("V", tree)[1]
    clip.frames[0].write_bytes(b"no image")
    with pytest.raises(ValueError, match="cannot be read"):
        extract_database("V", tree, CHEAP[:1], progress=False)
    assert not (tree / "features" / features_name("V")).exists()
    with pytest.warns(UserWarning, match="left out: .*cannot be read"):
        extract_database("V", tree, CHEAP[:1], progress=False, skip=True)
    assert len(load_database("V", tree).y) == 7


def test_unknown_descriptor(tree, capsys):
    with pytest.raises(ValueError, match="unknown descriptor 'LBP': expected one of LBP-TOP"):
        extract_database("V", tree, ["LBP"])
    with pytest.raises(FileNotFoundError):
        extract_database("C", tree, CHEAP[:1])
    assert cli.main(["features", "--root", str(tree / "nowhere")]) == 1
    assert "cdmer: " in capsys.readouterr().err


def test_descriptors_are_known_by_their_parameters_in_every_process():
    for descriptor in EXTRACTABLE.values():
        assert repr(descriptor) == repr(pickle.loads(pickle.dumps(descriptor)))
    assert repr(DESCRIPTORS["LBP-SIP(R3)"]) == "LBPSIP(R=3)"
    assert len(set(map(repr, EXTRACTABLE.values()))) == len(EXTRACTABLE)


def test_provenance(tree):
    (file,) = extract_database("V", tree, CHEAP[:1], progress=False).values()
    record = read_provenance(file)
    assert record["descriptor"] == CHEAP[0] and record["parameters"] == "LBPTOP(R=3, P=8)"


def test_tables_v_and_vi_from_folders(tmp_path, capsys):
    home = tmp_path / "SMIC" / "SMIC_all_cropped"
    for subset in ("HS", "VIS", "NIR"):
        trees.smic(home, subset, COUNTS)
    rows = [(1, f"EP01_{i:02d}", (9, 10, 11), emotion) for i, emotion in enumerate(
        ["happiness", "disgust", "fear", "surprise", "happiness", "surprise"])]  # fmt: skip
    trees.casme2(tmp_path / "CASME2", rows)
    trees.write_frames(tmp_path / "CASME2" / "Cropped" / "sub24" / "EP02_07", (9, 10, 11))
    command = ["descriptors", "--root", str(tmp_path), "--jobs", "1", "--descriptor", *CHEAP]
    assert cli.main(command) == 0
    printed = capsys.readouterr().out
    assert "Table V:" in printed and "Table VI:" in printed
    scores = pd.read_parquet(tmp_path / "descriptors.parquet")
    assert set(scores.attrs["provenance"]["inputs"]) == set(CHEAP)
    assert len(scores) == 2 * 12 and set(scores["descriptor"]) == set(CHEAP)
    both = descriptor_comparison(scores)
    assert len(both) == 24 and both.notna().all().all()
    first = both[(both["descriptor"] == "LBP-SIP(R1)") & (both["task"] == "H→V")].iloc[0]
    assert (first["printed_f1"], first["printed_percent"]) == (0.6290, 63.38)
    assert printed_layout(both, "VI").shape == (2, 7)


def test_without_rows_named_all_that_need_no_weights_are_extracted():
    for verb in ("features", "descriptors"):
        assert cli.parser().parse_args([verb, "--root", "."]).descriptor is None
    assert len(HAND_CRAFTED) == 12 and set(HAND_CRAFTED) < set(DESCRIPTORS)
    assert len(DESCRIPTORS) == 16


def test_rank_correlation_of_the_print_with_itself_is_one():
    rows = [(name, f"{s}→{t}", 0.5, 50.0) for name in ("LBP-SIP(R1)", "HOG-TOP(p=4)", "SVM")
            for s, t in ("HV", "VH")]  # fmt: skip
    scores = pd.DataFrame(rows, columns=["descriptor", "task", "mean_f1", "accuracy"])
    scores["descriptor"] = scores["descriptor"].replace("SVM", "LBP-TOP(R3P8)")
    both = descriptor_comparison(scores)
    assert len(both) == 6
    both["mean_f1"] = both["printed_f1"]
    assert rank_correlations(both).round(12).eq(1).all()


def test_scores_name_their_inputs(tmp_path):
    with pytest.raises(data.DataUnavailable, match="cdmer features"):
        score_descriptors(tmp_path, ["LBP-SIP(R1)"])
    assert set(DATABASES) == {"CASME2", "SMIC_HS", "SMIC_VIS", "SMIC_NIR"}
    assert list(tmp_path.iterdir()) == []


def test_only_the_tasks_whose_databases_are_there(tmp_path):
    home = tmp_path / "SMIC" / "SMIC_all_cropped"
    for subset, name in (("VIS", "V"), ("NIR", "N")):
        trees.smic(home, subset, COUNTS)
        extract_database(name, tmp_path, ["LBP-SIP(R1)"], progress=False)
    assert score_descriptors(tmp_path, ["LBP-SIP(R1)"])["task"].tolist() == ["V→N", "N→V"]


# two runs, broken scratch, other machines


def features_verb(tree, *rows, **environment):
    command = [sys.executable, "-m", "cdmer_lib.cli", "features", "--root", str(tree)]
    return subprocess.Popen(
        [*command, "--database", "V", "--jobs", "1", "--descriptor", *rows],
        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
        env={**os.environ, **environment},
    )  # fmt: skip


def test_two_runs_with_different_descriptors_leave_each_other_alone(tree):
    rows = ["LPQ-TOP(decorr=0.1)", "LBP-TOP(R3P8)", "HOG-TOP(p=8)"]
    runs = [features_verb(tree, row) for row in rows]
    said = [run.communicate()[1] for run in runs]
    assert [run.returncode for run in runs] == [0, 0, 0], said
    assert {load_database("V", tree, descriptor=row).X.shape[0] for row in rows} == {8}
    assert {path.suffix for path in (tree / "features").iterdir()} == {".mat"}


def test_two_runs_with_the_same_descriptor(tree, tmp_path):
    """The second one says that the first one is at it, and needs no lock once all is there."""
    row = CHEAP[1]
    file = tree / "features" / features_name("V", row)
    scratch = file.with_name(f".unfinished-{file.stem}")
    with locked(scratch / file.name):
        run = features_verb(tree, row)
        assert "another run is writing" in run.communicate()[1] and run.returncode == 1
    extract_database("V", tree, [row], progress=False)
    assert [path.name for path in file.parent.iterdir()] == [file.name]
    with locked(scratch / file.name):
        extract_database("V", tree, [row], progress=False)


@pytest.mark.parametrize("damage", ["cut off", "empty", "one bit"])
def test_a_damaged_scratch_file_is_computed_again(tree, damage, monkeypatch):
    def stop(*arguments):
        raise KeyboardInterrupt

    monkeypatch.setattr("cdmer_lib.data.extracted.write_features", stop)
    with pytest.raises(KeyboardInterrupt):
        extract_database("V", tree, CHEAP[:1], progress=False)
    monkeypatch.undo()
    scratch = sorted((tree / "features").glob(".unfinished-*/*.npz"))
    assert len(scratch) == 8
    content = bytearray(scratch[3].read_bytes())
    content[len(content) // 2] ^= 4
    kept = {"cut off": content[:1000], "empty": b"", "one bit": content}
    scratch[3].write_bytes(kept[damage])
    extract_database("V", tree, CHEAP[:1], progress=False)
    for row, clip in zip(load_database("V", tree).X, find_clips("V", tree), strict=True):
        volume = normalised_clip(read_frames(clip.frames))
        np.testing.assert_array_equal(row, DESCRIPTORS[CHEAP[0]].extract(volume)[0])


def test_a_damaged_file_of_features_is_computed_again(tree):
    (file,) = extract_database("V", tree, CHEAP[:1], progress=False).values()
    whole = load_database("V", tree).X
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    for damaged in (content[:5000], content):
        file.write_bytes(damaged)
        extract_database("V", tree, CHEAP[:1], progress=False)
        np.testing.assert_array_equal(load_database("V", tree).X, whole)


def test_what_was_left_out_is_recorded_and_tried_again(tree):
    frame = find_clips("V", tree)[1].frames[0]
    pixels, state = frame.read_bytes(), frame.stat()
    frame.write_bytes(bytes(len(pixels)))
    os.utime(frame, ns=(state.st_atime_ns, state.st_mtime_ns))
    how = {"progress": False, "skip": True}
    with pytest.warns(UserWarning, match="left out: SMIC_VIS s1/s1_ne_02"):
        (file,) = extract_database("V", tree, CHEAP[:1], **how).values()
    assert read_provenance(file)["left_out"] == ["SMIC_VIS s1/s1_ne_02"]
    before = file.stat().st_mtime_ns
    with pytest.warns(UserWarning, match="left out: SMIC_VIS s1/s1_ne_02"):
        extract_database("V", tree, CHEAP[:1], **how)
    assert file.stat().st_mtime_ns == before
    with pytest.raises(ValueError, match="cannot be read"):  # without skip
        extract_database("V", tree, CHEAP[:1], progress=False)
    frame.write_bytes(pixels)  # same size, same time: as if a permission had come back
    os.utime(frame, ns=(state.st_atime_ns, state.st_mtime_ns))
    extract_database("V", tree, CHEAP[:1], **how)
    assert len(load_database("V", tree).y) == 8 and read_provenance(file)["left_out"] == []


def test_clips_that_the_layout_leaves_out_are_recorded(tree):
    clip = find_clips("V", tree)[0]
    for frame in clip.frames:
        frame.unlink()
    with pytest.warns(UserWarning, match="left out"):
        (file,) = extract_database("V", tree, CHEAP[:1], progress=False, skip=True).values()
    (name,) = read_provenance(file)["left_out"]
    assert clip.name in name


def test_a_link_to_nothing_is_a_clip_that_cannot_be_read(tree):
    frame = find_clips("V", tree)[0].frames[0]
    frame.unlink()
    frame.symlink_to("nowhere.bmp")
    with pytest.raises(ValueError, match=r"cannot be read|nowhere"):
        extract_database("V", tree, CHEAP[:1], progress=False)
    with pytest.warns(UserWarning, match="left out"):
        extract_database("V", tree, CHEAP[:1], progress=False, skip=True)


def test_no_clip_that_can_be_read(tree):
    for clip in find_clips("V", tree):
        clip.frames[0].write_bytes(b"no image")
    with (
        pytest.warns(UserWarning, match="left out"),
        pytest.raises(ValueError, match="expected clips that can be read"),
    ):
        extract_database("V", tree, CHEAP[:1], progress=False, skip=True)


def test_a_file_of_others_is_not_replaced(tree):
    """The released features have the same name."""
    file = tree / "features" / features_name("V")
    file.parent.mkdir()
    with h5py.File(file, "w") as stream:
        stream["SMIC_VIS_micro_feature"] = np.zeros((3, 3))
    content = file.read_bytes()
    with pytest.raises(ValueError, match="which would be replaced"):
        extract_database("V", tree, CHEAP[:1], progress=False)
    assert file.read_bytes() == content


def test_databases_that_may_not_be_written(tree, tmp_path, capsys):
    """An unwritable folder is found before the work; --out is the way out."""
    (tree / "features").write_text("a file where the folder should be")
    command = ["--root", str(tree), "--database", "V", "--jobs", "1", "--descriptor", CHEAP[1]]
    assert cli.main(["features", *command]) == 1
    assert "--out" in capsys.readouterr().err
    out = tmp_path / "elsewhere"
    assert cli.main(["features", *command, "--out", str(out)]) == 0
    assert load_database("V", out, descriptor=CHEAP[1]).X.shape == (8, 1700)


def test_a_table_that_may_not_be_written_is_found_before_the_work(tree, capsys, monkeypatch):
    monkeypatch.setattr("cdmer_lib.cli.clips.extract", None)  # it is not reached
    (tree / "full").write_text("a file where the folder should be")
    for verb in ("descriptors", "saliency"):
        table = ["--table", str(tree / "full" / "table.parquet")]
        assert cli.main([verb, "--root", str(tree), *table]) == 1
        assert "cannot write" in capsys.readouterr().err
    assert cli.main(["finetune", "--root", str(tree), "--out", str(tree / "full" / "tuned")]) == 1
    assert "cannot write" in capsys.readouterr().err


def test_descriptors_of_two_databases_elsewhere(tree, tmp_path, monkeypatch):
    """What was chosen is what is scored; features and table go to --out."""
    asked = {}

    def score(root, rows, **how):
        asked.update(how, root=root, rows=rows)
        raise InvalidInput("far enough")

    monkeypatch.setattr("cdmer_lib.experiments.descriptor_rows.score_descriptors", score)
    trees.smic(tree / "SMIC" / "SMIC_all_cropped", "NIR", COUNTS)
    out = tmp_path / "elsewhere"
    command = ["descriptors", "--root", str(tree), "--out", str(out), "--jobs", "1"]
    assert cli.main([*command, "--descriptor", CHEAP[1], "--database", "V", "N"]) == 1
    names = ["SMIC_VIS", "SMIC_NIR"]
    assert asked == {"root": out, "rows": CHEAP[1:], "n_jobs": 1, "databases": names}
    assert len(list(out.glob("*.mat"))) == 2 and not (tree / "features").exists()


def test_saliency_elsewhere(tree, tmp_path, monkeypatch):
    def score(root, **how):
        assert root == tree and how == {"n_jobs": 1, "features": tmp_path / "elsewhere"}
        raise InvalidInput("far enough")

    monkeypatch.setattr("cdmer_lib.experiments.saliency.score_saliency", score)
    monkeypatch.setattr("cdmer_lib.cli.clips.extract", lambda options: None)
    command = ["saliency", "--root", str(tree), "--out", str(tmp_path / "elsewhere")]
    assert cli.main([*command, "--jobs", "1"]) == 1


def test_descriptors_of_one_database(tree, capsys):
    assert cli.main(["descriptors", "--root", str(tree), "--database", "V"]) == 1
    assert "two databases" in capsys.readouterr().err and not (tree / "features").exists()


def test_the_home_folder(tree, monkeypatch):
    monkeypatch.setenv("HOME", str(tree))
    monkeypatch.setenv("USERPROFILE", str(tree))
    (file,) = extract_database("V", "~", CHEAP[1:], "~/own", progress=False).values()
    assert file.parent == tree / "own"
    command = ["features", "--root", "~", "--database", "V", "--descriptor", CHEAP[1]]
    assert cli.main([*command, "--out", "~/other", "--jobs", "1"]) == 0
    assert (tree / "other" / file.name).exists()


def test_a_package_that_is_not_installed(tree, monkeypatch):
    def version(package):
        raise PackageNotFoundError(package)

    monkeypatch.setattr("cdmer_lib.files.version", version)
    (file,) = extract_database("V", tree, CHEAP[1:], progress=False).values()
    assert read_provenance(file)["package"] == "unknown"


@pytest.mark.skipif(sys.getfilesystemencoding() == "ascii", reason="no such file name here")
@pytest.mark.parametrize("variable", ["JOBLIB_TEMP_FOLDER", "TMPDIR"])
def test_processes_with_a_temporary_folder_in_chinese(tree, tmp_path, variable, monkeypatch):
    folder = tmp_path / "用户"
    folder.mkdir()
    monkeypatch.setenv(variable, str(folder))
    monkeypatch.setattr("tempfile.tempdir", None)
    assert workers(2, return_as="list")(delayed(abs)(-i) for i in range(4)) == [0, 1, 2, 3]
    extract_database("V", tree, CHEAP[1:], progress=False, n_jobs=2)
    assert len(load_database("V", tree, descriptor=CHEAP[1]).y) == 8


def test_tables_of_three_databases(tmp_path, capsys):
    """Without SMIC-HS: the tasks that are there; other databases in the folder are not asked."""
    home = tmp_path / "SMIC" / "SMIC_all_cropped"
    for subset in ("VIS", "NIR"):
        trees.smic(home, subset, COUNTS)
    rows = [(1, f"EP01_{i:02d}", (9, 10, 11), emotion) for i, emotion in enumerate(
        ["happiness", "disgust", "fear", "surprise", "happiness", "surprise"])]  # fmt: skip
    trees.casme2(tmp_path / "CASME2", rows)
    command = ["descriptors", "--root", str(tmp_path), "--jobs", "1", "--descriptor", CHEAP[1]]
    assert cli.main([*command, "--no-patch", "--database", "C", "V", "N"]) == 0
    printed = capsys.readouterr().out
    assert "Table V:" in printed and "Table VI:" in printed and "V→C" in printed
    assert cli.main([*command, "--database", "V", "N"]) == 0
    printed = capsys.readouterr().out
    assert "Table V:" in printed and "Table VI:" not in printed
    scores = pd.read_parquet(tmp_path / "descriptors.parquet")
    assert scores["task"].tolist() == ["V→N", "N→V"]
