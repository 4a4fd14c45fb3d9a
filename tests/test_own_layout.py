"""Clips in folders of one's own: layouts, what they find, and the way to a report."""

import numpy as np
import pytest
import trees
from hypothesis import given
from hypothesis import strategies as st

from cdmer_lib import DESCRIPTORS, cli
from cdmer_lib.clips import normalised_clip, read_frames
from cdmer_lib.data.own_layout import compile_layout, find_own_clips
from cdmer_lib.data.tables import load_tables
from cdmer_lib.descriptors.extraction import extract_tree
from cdmer_lib.errors import CdmerError, DatabaseNotFound, InvalidInput

LAYOUT = "{subject}/{label}/{clip}/*.png"
ROW = "LBP-SIP(R1)"
names = st.text("abcxyzäß_-. 0123456789", min_size=1, max_size=8)


@given(names, names, names, names)
def test_a_layout_reads_back_what_was_written_with_it(subject, label, clip, frame):
    path = f"{subject}/{label}/{clip}/{frame}.png"
    fields = compile_layout(LAYOUT).fullmatch(path).groupdict()
    assert fields == {"subject": subject, "label": label, "clip": clip}


@pytest.mark.parametrize("layout, path, fields", [
    ("{label}/{subject}_{clip}_??.jpg", "joy/s1_c_2_07.JPG", ("s1", "joy", "c_2")),
    ("{subject}/{subject}_{label}/*", "006/006_joy/1.bmp", ("006", "joy", None)),
    ("{subject}/{subject}_{label}/*", "006/007_joy/1.bmp", None),
    ("{label}/{clip}/*.png", "a/b/c/1.png", None),  # a field stands for one name
    ("{label}/(x)+/{clip}.*", "joy/(x)+/3.png", (None, "joy", "3")),
])  # fmt: skip
def test_what_fits_a_layout(layout, path, fields):
    match = compile_layout(layout).fullmatch(path)
    found = match and tuple(match.groupdict().get(f) for f in ("subject", "label", "clip"))
    assert found == fields


@pytest.mark.parametrize("layout, words", [
    ("{subject}/{clip}/*.png", "expected a layout with {label}, such as"),
    ("{person}/{label}/*.png", "expected the fields .*{clip}, found {person}"),
    ("", "expected a layout with"),
])  # fmt: skip
def test_a_layout_that_is_none(layout, words):
    with pytest.raises(InvalidInput, match=words):
        compile_layout(layout)


@pytest.fixture
def tree(tmp_path):
    """Two databases of two people, two labels and two clips of each; numbers are not padded."""
    for database in ("lab_A", "lab_B"):
        for subject in ("anna", "bo"):
            for label in ("joy", "awe"):
                for clip in ("1", "2"):
                    folder = tmp_path / database / subject / label / clip
                    trees.write_frames(folder, (9, 10, 11), "f{}.png", shape=(12, 10))
    return tmp_path


def test_what_a_tree_holds(tree):
    clips = find_own_clips(tree / "lab_A", LAYOUT)["lab_A"]
    assert len(clips) == 8 and {clip.subject for clip in clips} == {"anna", "bo"}
    assert len({clip.where for clip in clips}) == 8  # anna has a clip 1 of either label
    assert {tuple(path.name for path in clip.frames) for clip in clips} == {
        ("f9.png", "f10.png", "f11.png")
    }
    both = find_own_clips(tree, "{database}/" + LAYOUT)
    assert both["lab_A"] == clips and list(both) == ["lab_A", "lab_B"]
    people = find_own_clips(tree / "lab_A" / "bo", "{label}/{clip}/*.png")["bo"]
    assert {clip.subject for clip in people} == {""} and people[0].where == "awe/1"
    by_folder = find_own_clips(tree / "lab_A", "{subject}/{label}/*/*.png")["lab_A"]
    assert [clip.frames for clip in by_folder] == [clip.frames for clip in clips]


def test_what_does_not_fit_is_left_alone(tree):
    expected = find_own_clips(tree / "lab_A", LAYOUT)
    folder = tree / "lab_A" / "bo" / "joy" / "1"
    for name in ("._f9.png", "notes.txt", "f9.bmp"):
        (folder / name).touch()
    (folder.parent / "x.png").touch()
    assert find_own_clips(tree / "lab_A", LAYOUT) == expected


def test_nothing_that_fits(tree):
    with pytest.raises(InvalidInput, match=r"found 48 others, the first lab_A/anna/awe/1/f9.png"):
        find_own_clips(tree, LAYOUT)
    with pytest.raises(DatabaseNotFound, match="found no folder of that name"):
        find_own_clips(tree / "typo", LAYOUT)
    (tree / "lab_A").rename(tree / "lab (A)")
    with pytest.raises(InvalidInput, match=r"name of a database: .* found 'lab \(A\)'"):
        find_own_clips(tree / "lab (A)", LAYOUT)


def test_what_is_extracted_is_what_is_loaded(tree):
    files = extract_tree(tree, "{database}/" + LAYOUT, ROW, progress=False)
    assert [path.name for path in files.values()] == ["lab_A.npz", "lab_B.npz"]
    data = load_tables(tree / "features")
    for name, clips in find_own_clips(tree, "{database}/" + LAYOUT).items():
        assert data[name].y.tolist() == [clip.label for clip in clips]
        assert data[name].subjects.tolist() == [clip.subject for clip in clips]
        for row, clip in zip(data[name].X, clips, strict=True):
            volume = normalised_clip(read_frames(clip.frames))
            np.testing.assert_array_equal(row, DESCRIPTORS[ROW].extract(volume)[0])
    before = files["lab_A"].stat().st_mtime_ns
    extract_tree(tree, "{database}/" + LAYOUT, ROW, progress=False)
    assert files["lab_A"].stat().st_mtime_ns == before  # nothing was missing
    files["lab_A"].write_bytes(files["lab_A"].read_bytes()[:-40])  # damaged: extracted again
    extract_tree(tree, "{database}/" + LAYOUT, ROW, progress=False)
    np.testing.assert_array_equal(load_tables(tree / "features")["lab_A"].X, data["lab_A"].X)


def test_a_table_of_somebody_else_is_not_replaced(tree):
    np.savez(tree / "lab_A.npz", features=np.eye(2), labels=[1, 2])
    with pytest.raises(InvalidInput, match="found another one, which would be replaced"):
        extract_tree(tree / "lab_A", LAYOUT, ROW, tree, progress=False)


def test_a_broken_frame_names_its_clip_or_is_left_out(tree):
    (tree / "lab_A/bo/joy/1/f10.png").write_bytes(b"")
    with pytest.raises(CdmerError, match=r"bo.joy.1.f10.png: expected an image"):
        extract_tree(tree / "lab_A", LAYOUT, ROW, progress=False)
    with pytest.warns(UserWarning, match="left out: lab_A bo/joy/1"):
        (file,) = extract_tree(tree / "lab_A", LAYOUT, ROW, progress=False, skip=True).values()
    with np.load(file) as arrays:
        assert len(arrays["labels"]) == 7 and "bo/joy/1" not in arrays["clips"]


def test_from_clips_to_a_report(tree, capsys):
    """Two commands, on no data of the papers."""
    out = str(tree / "tables")
    command = ["features", "--root", str(tree), "--layout", "{database}/" + LAYOUT, "--jobs", "1"]
    assert cli.main([*command, "--descriptor", ROW, "--out", out]) == 0
    assert cli.main(["bench", out, "--method", "SVM", "--jobs", "1"]) == 0
    assert "2 cells" in capsys.readouterr().out
    report = (tree / "tables" / "report" / "report.md").read_text(encoding="utf-8")
    assert "lab_A→lab_B" in report and "awe: 4, joy: 4" in report
    assert cli.main([*command, "--descriptor", ROW, "LBP-TOP(R1P8)"]) == 1
    assert "expected at most one descriptor with --layout" in capsys.readouterr().err
