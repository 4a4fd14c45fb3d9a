"""From clips on disk to feature files that load_database reads; Tables V and VI."""

import pickle
import subprocess
import sys
import time

import numpy as np
import pandas as pd
import pytest
import trees

from cdmer_lib import DATABASES, DESCRIPTORS, cli, data, load_database
from cdmer_lib.clips import normalised_clip, read_frames
from cdmer_lib.data.extracted import features_name, read_provenance
from cdmer_lib.data.layouts import find_clips
from cdmer_lib.descriptors import EXTRACTABLE, HAND_CRAFTED
from cdmer_lib.descriptors.extraction import extract_database
from cdmer_lib.experiments.descriptor_rows import score_descriptors
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
