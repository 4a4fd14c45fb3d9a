"""``cdmer check``: complete copies pass, each thing wrong is named, and decides the verdict."""

import os
import shutil

import numpy as np
import pytest
import trees
from PIL import Image

from cdmer_lib.data.check import check
from cdmer_lib.data.layouts import find_clips
from cdmer_lib.data.smic import SUBJECT_COUNTS
from cdmer_lib.errors import LayoutError
from cdmer_lib.protocol import DATABASES, LABELS, database_info

SPAN = (99, 100, 101)


@pytest.fixture(scope="session")
def complete(tmp_path_factory):
    """All databases at their full counts."""
    root = tmp_path_factory.mktemp("complete")
    trees.samm(root / "SAMM")
    trees.casme2(root / "CASME2")
    for subset in ("HS", "VIS", "NIR"):
        trees.smic(root / "SMIC" / "SMIC_all_cropped", subset)
    return root


@pytest.fixture
def vis(complete, tmp_path):
    """A copy of VIS alone, to be damaged; its first clip has the frames 36237 and 36238."""
    shutil.copytree(complete / "SMIC/SMIC_all_cropped/VIS", tmp_path / "VIS")
    return tmp_path / "VIS"


def levels(report):
    """kind -> level of the findings on all databases."""
    return dict(zip(report.findings.kind, report.findings.level, strict=True))


@pytest.mark.parametrize("deep", [False, True])
def test_a_complete_copy_passes(complete, deep):
    report = check(complete, deep)
    assert report.ok
    assert (report.counts.found == report.counts.known).all()
    for name, info in DATABASES.items():
        assert report.class_counts(name) == info.counts
    text = str(report)
    assert "Verdict: complete" in text and "73 32 25 (known: 73 32 25)" in text
    assert "s20 14 3 5" in text
    assert ("all images" in text) is deep
    # the quirks of the official copy are named, and are no faults
    for quirk in ("sub24/EP02_07", "sub07/EP06_01", "sub04/EP12_01f"):
        assert quirk in text


def test_a_complete_samm_passes_and_a_clip_less_fails(complete, tmp_path):
    report = check(complete, databases=["SAMM"])
    assert report.ok and report.class_counts("SAMM") == database_info("SAMM").counts == (92, 26, 15)
    text = str(report)
    assert "92 26 15 (known: 92 26 15)" in text and "006 9 0 2" in text
    assert "known misprint for 5739" in text and text.count("no apex; it is not needed") == 3
    trees.samm(tmp_path / "SAMM", trees.samm_rows()[1:])
    report = check(tmp_path, databases=["SAMM"])
    assert not report.ok and "91 26 15 (known: 92 26 15)" in str(report)
    assert "158, known 159" in str(report) and "006 8 0 2 (9 0 2)" in str(report)


def test_known_counts_by_subject_sum_to_those_by_class():
    for name, counts in SUBJECT_COUNTS.items():
        assert tuple(map(sum, zip(*counts.values(), strict=True))) == DATABASES[name].counts
    assert " ".join(SUBJECT_COUNTS["SMIC_VIS"]) == "s11 s12 s13 s14 s15 s18 s19 s20"


def test_only_what_is_asked_for_must_be_there(vis):
    assert check(vis, databases=["V"]).ok
    report = check(vis.parent)
    assert not report.ok
    assert list(report.findings.kind) == ["not found"] * 3
    assert str(report).count("not found\n") == 3 and "3 databases not found" in str(report)
    assert "SMIC_all_cropped/HS" in str(report)


def first_clip(vis):
    return vis / "s11/micro/negative/s11_ne_01"


def second_clip(vis):
    return vis / "s11/micro/negative/s11_ne_02"


def lose_clip(vis):
    shutil.rmtree(first_clip(vis))


def lose_frame(vis):
    trees.write_frames(first_clip(vis), (36241,), "reg_{}.bmp", (8, 6))


def empty_frame(vis):
    (first_clip(vis) / "reg_36238.bmp").write_bytes(b"")


def break_first_frame(vis):
    path = first_clip(vis) / "reg_36237.bmp"
    path.write_bytes(path.read_bytes()[:60])


def repeat_clip(vis):
    shutil.rmtree(second_clip(vis))
    shutil.copytree(first_clip(vis), second_clip(vis))


def unknown_label(vis):
    trees.write_frames(vis / "s11/micro/anger/s11_an_01", (1,), "reg_{}.bmp")


@pytest.mark.parametrize("damage, kind", [
    (lose_clip, None),
    (lose_frame, "missing frames"),
    (empty_frame, "unreadable images"),
    (break_first_frame, "unreadable images"),
    (repeat_clip, "duplicate clips"),
    (unknown_label, "unknown labels"),
])  # fmt: skip
def test_each_damage_is_named_and_fails(vis, damage, kind):
    damage(vis)
    report = check(vis, databases=["V"])
    assert not report.ok and "NOT complete" in str(report)
    if kind:
        assert levels(report)[kind] in ("error", "fault")
        assert kind in str(report) and "s11" in str(report)
    else:
        assert "22 28 20 (known: 23 28 20)" in str(report)
        assert "s11 2 3 1 (3 3 1)" in str(report)


def test_deep_opens_every_image(vis):
    path = first_clip(vis) / "reg_36238.bmp"
    path.write_bytes(path.read_bytes()[:60])
    assert check(vis, databases=["V"]).ok
    report = check(vis, deep=True, databases=["V"])
    assert not report.ok and str(path) in str(report)


def test_deep_notices_a_frame_of_another_size(vis):
    trees.write_frames(first_clip(vis), (36239,), "reg_{}.bmp", (6, 8))
    report = check(vis, deep=True, databases=["V"])
    assert not report.ok and "frames of one size" in str(report)


def test_equal_first_frames_alone_are_no_duplicates(vis):
    shutil.copy(first_clip(vis) / "reg_36237.bmp", second_clip(vis) / "reg_36237.bmp")
    assert check(vis, databases=["V"]).ok


def test_stray_files_are_noted_and_pass(vis):
    (first_clip(vis) / "Thumbs.db").touch()
    report = check(vis, databases=["V"])
    assert report.ok and levels(report) == {"stray files": "note"}
    assert "s11/s11_ne_01: Thumbs.db" in str(report)


def test_inferred_counts_by_subject_do_not_decide(vis):
    # of VIS and NIR only the counts by class are known
    moved = vis / "s12/micro/negative/s12_ne_01"
    first_clip(vis).rename(moved)
    report = check(vis, databases=["V"])
    assert report.ok and levels(report) == {"counts by subject": "note"}
    hs = vis.with_name("HS")
    counts = {**SUBJECT_COUNTS["SMIC_HS"], "s5": (0, 0, 1), "s6": (3, 0, 2)}
    trees.smic(hs.parent, "HS", counts)
    report = check(hs, databases=["H"])
    assert not report.ok and levels(report) == {"counts by subject": "fault"}


def test_an_unreadable_sheet_is_a_finding(tmp_path):
    trees.casme2(tmp_path, [(1, "EP1", SPAN, "happiness")])
    (tmp_path / trees.SHEET).write_bytes(b"")
    report = check(tmp_path, databases=["CASME2"])
    assert not report.ok and levels(report) == {"unreadable sheet": "error"}


def test_long_lists_are_cut_in_the_text_and_whole_in_the_table(tmp_path):
    rows = [(1, f"EP{i:02d}", SPAN, "others") for i in range(9)]
    trees.casme2(tmp_path, rows)
    report = check(tmp_path, databases=["C"])
    text = str(report)
    assert (report.findings.kind == "row without a folder").sum() == 8  # 7 dropped, and the patch
    assert "row without a folder (7)" in text and "and 2 more" in text


def test_tables_have_documented_columns(vis):
    report = check(vis, databases=["V"])
    assert list(report.counts) == ["database", "subject", "label", "found", "known"]
    assert list(report.findings) == ["database", "level", "kind", "where", "detail"]
    assert set(report.counts.label) == set(LABELS)


def link_to_nowhere(vis):
    path = first_clip(vis) / "reg_36238.bmp"
    path.unlink()
    path.symlink_to("/nonexistent/annex/object")


def pipe(vis):
    path = first_clip(vis) / "reg_36237.bmp"
    path.unlink()
    os.mkfifo(path)


def many_pixels(vis):
    # a header of 40,000 x 40,000 pixels, and none behind it
    sizes = np.array([40, 40000, 40000, 1 | 24 << 16, 0, 0, 0, 0, 0, 0], "<u4").tobytes()
    header = b"BM" + np.array([54, 0, 54], "<u4").tobytes() + sizes
    (first_clip(vis) / "reg_36237.bmp").write_bytes(header)


def other_format(vis):
    Image.new("L", (8, 8)).save(first_clip(vis) / "reg_36237.bmp", "GIF")


@pytest.mark.parametrize("damage, kind, level, words", [
    (link_to_nowhere, "unreadable frames", "error", "links to nowhere"),
    (pipe, "unreadable frames", "error", "no files"),
    (many_pixels, "unreadable images", "fault", "pixels"),
    (other_format, "unreadable images", "fault", "cannot identify"),
])  # fmt: skip
def test_the_check_goes_on_after_a_frame_that_cannot_be_read(vis, damage, kind, level, words):
    damage(vis)
    (second_clip(vis) / "reg_36238.bmp").write_bytes(b"")
    report = check(vis, databases=["V"])
    assert levels(report)[kind] == level and words in str(report)
    assert "s11/s11_ne_01" in str(report) and "s11/s11_ne_02: 1 files of no bytes" in str(report)
    assert "Verdict: NOT complete" in str(report)


def test_a_number_far_away_is_a_gap_that_nobody_counts_one_by_one(vis):
    path = first_clip(vis) / "reg_36238.bmp"
    shutil.copy(path, first_clip(vis) / "reg_1000000000.bmp")
    shutil.copy(path, second_clip(vis) / f"reg_{10**40}.bmp")
    text = str(check(vis, databases=["V"]))
    assert "999963761 absent: 36239, 36240, 36241, 36242, 36243 and 999963756 more" in text
    assert f"{10**40 - 36239} absent: 36239" in text


def test_a_clip_of_one_frame_is_noted(vis):
    (first_clip(vis) / "reg_36238.bmp").unlink()
    report = check(vis, databases=["V"])
    assert report.ok and levels(report) == {"one frame": "note"}


def test_names_that_are_not_utf_8(vis):
    for folder in (vis, first_clip(vis)):
        (folder / os.fsdecode(b"\xd5\xc5.txt")).touch()
    report = check(vis, databases=["V"])
    assert report.ok
    assert r"VIS: \xd5\xc5.txt" in str(report) and r"s11_ne_01: \xd5\xc5.txt" in str(report)
    assert report.findings.detail.str.encode("utf-8").map(len).all()
    with pytest.raises(FileNotFoundError):
        find_clips("H", vis.parent / os.fsdecode(b"\xd5"))
    assert r"\xd5" in str(check(vis.parent / os.fsdecode(b"\xd5")))


def test_a_folder_that_may_not_be_read_is_a_finding(vis, monkeypatch):
    # The system's answer is imitated, since a superuser is never refused.
    scandir = os.scandir

    def refuse(path):
        if str(path).endswith("s12"):
            raise PermissionError(13, "Permission denied", str(path))
        return scandir(path)

    monkeypatch.setattr(os, "scandir", refuse)
    report = check(vis, databases=["V"])
    assert levels(report)["unreadable folders"] == "error"
    assert "s12: " in str(report) and sum(report.class_counts("SMIC_VIS")) == 71 - 9
    with pytest.raises(LayoutError, match=r"s12: .*no permission"):
        find_clips("V", vis)
    with pytest.warns(UserWarning, match="s12"):
        assert len(find_clips("V", vis, skip=True)) == 71 - 9


def test_cells_that_excel_could_not_compute(tmp_path):
    rows = [(1, "EP1", SPAN, "happiness"), (1, "EP2", SPAN, "fear"), (2, "EP3", SPAN, "surprise"),
            (2, "EP4", SPAN, "fear"), (2, "EP5", SPAN, "others")]  # fmt: skip
    trees.casme2(tmp_path, rows)
    rows[1] = ("#N/A", *rows[1][1:])
    rows[2] = (2, "EP3", (99, "#N/A", "#REF!"), "surprise")
    rows[3] = (*rows[3][:3], "#VALUE!")
    rows[4] = (2, "#N/A", SPAN, "others")
    trees.write_sheet(tmp_path / trees.SHEET, rows)
    report = check(tmp_path, databases=["C"])
    found = report.findings.set_index("where").detail
    assert "a subject such as 1 or sub01" in found["#N/A/EP2"]
    assert "all" not in found and "Verdict" in str(report)
    assert "a known emotion" in found["sub02/EP4"]
    assert report.class_counts("CASME2") == (0, 1, 1)


def test_a_sheet_without_rows_and_folders_without_clips(tmp_path):
    trees.casme2(tmp_path / "rows", [(1, "EP1", SPAN, "happiness")])
    trees.write_sheet(tmp_path / "rows" / trees.SHEET, [])
    (tmp_path / "empty/Cropped").mkdir(parents=True)
    trees.Workbook().save(tmp_path / "empty" / trees.SHEET)
    (tmp_path / "empty/VIS").mkdir()
    for root, database, kind in (
        (tmp_path / "rows", "C", "no clips"),
        (tmp_path / "empty", "C", "unreadable sheet"),
        (tmp_path / "empty", "V", "no clips"),
    ):
        report = check(root, databases=[database])
        assert levels(report)[kind] == "error" and "NOT complete" in str(report)
        with pytest.raises(LayoutError, match="expected"):
            find_clips(database, root, skip=True, patch=False)


def test_the_sheet_as_a_pipe_or_a_link_to_nowhere(tmp_path):
    trees.casme2(tmp_path, [(1, "EP1", SPAN, "happiness")])
    sheet = tmp_path / trees.SHEET
    for make in (os.mkfifo, lambda sheet: sheet.symlink_to("/nonexistent")):
        sheet.unlink()
        make(sheet)
        report = check(tmp_path, databases=["C"])
        assert levels(report) == {"unreadable sheet": "error"} and str(sheet) in str(report)


def test_home_is_expanded(vis, monkeypatch):
    monkeypatch.setenv("HOME", str(vis.parent))
    assert check("~", databases=["V"]).ok and check("~/VIS", databases=["V"]).ok
    assert len(find_clips("V", "~/VIS")) == 71
