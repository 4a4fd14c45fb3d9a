"""Licensed databases in their official folders: order, counts, and each quirk known of them."""

import shutil
import warnings

import numpy as np
import pytest
import trees
from hypothesis import given
from hypothesis import strategies as st

from cdmer_lib import load_database
from cdmer_lib.data.casme2 import CODING, PATCH, with_patch
from cdmer_lib.data.clip_folder import entries, missing_numbers, numbered_frames
from cdmer_lib.data.coding_sheet import Row, read_sheet
from cdmer_lib.data.layouts import find_clips, index_database
from cdmer_lib.errors import CdmerError, DatabaseNotFound, DataUnavailable, LayoutError
from cdmer_lib.protocol import DATABASES, OTHER_DATABASES

KNOWN = DATABASES | {"SAMM": OTHER_DATABASES["SAMM"]}
SUBSETS = ["HS", "VIS", "NIR"]
GOOD = (99, 100, 101)


@pytest.fixture(scope="session")
def everything(tmp_path_factory):
    """``(root, expected clips by database)`` of all databases at their full counts."""
    root = tmp_path_factory.mktemp("licensed")
    expected = {"CASME2": trees.casme2(root / "CASME2"), "SAMM": trees.samm(root / "SAMM")}
    for subset in SUBSETS:
        expected[f"SMIC_{subset}"] = trees.smic(root / "SMIC" / "SMIC_all_cropped", subset)
    return root, expected


def kinds(found):
    """(level, kind, where) of the findings."""
    return {finding[:3] for finding in found.findings}


# Invariances: what does not change the list of clips.


@pytest.mark.parametrize("database", KNOWN)
def test_full_counts_and_released_order(everything, database):
    root, expected = everything
    clips = find_clips(database, root)
    assert trees.found(clips) == expected[database]
    counts = tuple(sum(clip.label == code for clip in clips) for code in (1, 2, 3))
    assert counts == KNOWN[database].counts
    assert all(len(clip.frames) in (2, 3) for clip in clips)
    assert find_clips(KNOWN[database].letter, root) == clips


@pytest.mark.parametrize("database, places", [
    ("CASME2", ["CASME2", "CASME2/Cropped"]),
    ("SAMM", ["SAMM"]),
    ("SMIC_VIS", ["SMIC", "SMIC/SMIC_all_cropped", "SMIC/SMIC_all_cropped/VIS"]),
])  # fmt: skip
def test_root_may_point_at_any_level(everything, database, places, monkeypatch):
    root, _ = everything
    clips = find_clips(database, root)
    for place in places:
        assert find_clips(database, root / place) == clips
        monkeypatch.chdir(root / place)
        assert find_clips(database, ".") == clips


@pytest.mark.parametrize("name", ["CASME II", "casme_ii", "Casme2", "CASMEII"])
def test_spelling_of_the_home_folder(tmp_path, name):
    expected = trees.casme2(tmp_path / name, [(1, "EP02_01f", GOOD, "happiness")])
    (tmp_path / name / "Cropped").rename(tmp_path / name / "cropped")
    assert trees.found(find_clips("C", tmp_path, patch=False)) == expected


def test_sheet_may_lie_in_root_above_the_home(tmp_path):
    expected = trees.casme2(tmp_path / "CASME2", [(1, "EP02_01f", GOOD, "happiness")])
    (tmp_path / "CASME2" / trees.SHEET).rename(tmp_path / trees.SHEET)
    assert trees.found(find_clips("C", tmp_path, patch=False)) == expected


@given(st.lists(st.integers(0, 10**6), min_size=1, unique=True))
def test_frames_come_by_number_whatever_the_order_on_disk(tmp_path_factory, numbers):
    folder = tmp_path_factory.mktemp("clip")
    for number in numbers:
        (folder / f"reg_img{number}.JPG").touch()
    frames, strays = numbered_frames(*entries(folder), r"reg_img([0-9]+)\.jpe?g")
    assert list(frames) == sorted(numbers) and not strays
    shutil.rmtree(folder)


@given(st.lists(st.integers(0, 60), min_size=2, unique=True), st.integers(1, 4))
def test_missing_numbers_against_counting(numbers, step):
    numbers = sorted(numbers)
    smallest = min(np.diff(numbers))
    steps = np.arange(numbers[0], numbers[-1] + 1, smallest)
    count, missing = missing_numbers(numbers)
    assert list(missing) == [n for n in steps if n not in numbers] and count == len(steps) - sum(
        n in numbers for n in steps
    )
    # a camera that counts in a finer unit
    whole = range(7, 7 + 9 * step, step)
    assert missing_numbers(whole)[0] == 0
    count, missing = missing_numbers([n for n in whole if n != 7 + 4 * step])
    assert (count, list(missing)) == (1, [7 + 4 * step])


def test_stray_files_and_folders_change_nothing(everything, tmp_path):
    root, expected = everything
    shutil.copytree(root / "CASME2", tmp_path / "CASME2")
    clip = tmp_path / "CASME2" / "Cropped" / "sub10" / "EP11_01"
    for place in (clip, clip.parent, clip.parents[1]):
        for name in ("Thumbs.db", ".DS_Store", "notes.txt"):
            (place / name).touch()
    frame = clip / "reg_img100.jpg"
    copies = ["reg_img100 (1).jpg", "reg_img100 - Copy.jpg", "Copy of reg_img100.jpg",
              "._reg_img100.jpg", "img100.jpg", "reg_img100.bmp", "reg_img0100.JPG.bak",
              "reg_img100.JPG"]  # fmt: skip
    for name in copies:
        shutil.copy(frame, clip / name)
    (clip / "reg_img102.jpg").mkdir()
    (clip.parents[1] / "__MACOSX").mkdir()
    found = index_database("CASME2", tmp_path)
    assert trees.found(found.clips) == expected["CASME2"]
    (kept,) = [c for c in found.clips if (c.subject, c.name) == ("sub10", "EP11_01")]
    assert [path.name.lower() for path in kept.frames] == [f"reg_img{n}.jpg" for n in GOOD]
    assert {where for level, kind, where in kinds(found) if kind == "stray files"} == {
        "sub10/EP11_01", "sub10", "Cropped",
    }  # fmt: skip
    assert not [f for f in found.findings if f.level != "note"]


# CASME II, one quirk each.


def one_clip(tmp_path, span=GOOD, numbers=GOOD, name="EP02_01f", subject=1):
    """CASME II of one Positive clip with this sheet range and these frames."""
    trees.write_sheet(tmp_path / trees.SHEET, [(subject, name, span, "happiness")])
    trees.write_frames(tmp_path / "Cropped" / f"sub{subject:02d}" / name, numbers)
    found = index_database("CASME2", tmp_path, patch=False)
    numbers = [int(path.stem.removeprefix("reg_img")) for path in found.clips[0].frames]
    return numbers, {(f.level, f.kind) for f in found.findings}


def test_frames_sort_by_number_9_before_10(tmp_path):
    assert one_clip(tmp_path, (9, 10, 11), (11, 9, 10)) == ([9, 10, 11], set())


def test_a_whole_clip_is_cut_to_onset_and_offset(tmp_path):
    assert one_clip(tmp_path, (9, 10, 11), range(1, 120)) == ([9, 10, 11], set())


@pytest.mark.parametrize("span, level", [
    ((50, 60, 68), "fault"),  # offset beyond the frames on disk
    ((2, 60, 61), "fault"),  # onset before them
    ((60, 61, 50), "note"),  # offset before onset
    ((50, 40, 61), "note"),  # apex before onset: one of the three is wrong
    ((50, 60, None), "note"),
    (("/", 60, 61), "note"),
])  # fmt: skip
def test_an_odd_range_leaves_all_frames_on_disk(tmp_path, span, level):
    numbers, found = one_clip(tmp_path, span, range(50, 63))
    assert numbers == list(range(50, 63))
    assert found == {(level, "odd onset or offset")}


def test_the_misprinted_offset_is_known(tmp_path):
    # with the offset as printed, 68, the clip would end before its apex
    numbers, found = one_clip(tmp_path, (46, 75, 68), range(40, 100), "EP06_01", 7)
    assert numbers == list(range(46, 92))
    assert found == {("note", "odd onset or offset")}


@pytest.mark.parametrize("apex", ["/", None, "", " ? "])
def test_an_apex_that_is_no_number_is_not_needed(tmp_path, apex):
    numbers, found = one_clip(tmp_path, (99, apex, 101), range(90, 110))
    assert numbers == list(GOOD)
    assert found == {("note", "odd onset or offset")}


def test_a_gap_is_reported(tmp_path):
    numbers, found = one_clip(tmp_path, (1, 2, 6), (1, 2, 5, 6))
    assert (numbers, found) == ([1, 2, 5, 6], {("fault", "missing frames")})


def test_names_match_exactly(tmp_path):
    rows = [(10, "EP11_01", GOOD, "happiness"), (10, "EP11_01f", GOOD, "surprise")]
    expected = trees.casme2(tmp_path, rows)
    clips = find_clips("C", tmp_path, patch=False)
    assert trees.found(clips) == expected
    assert [clip.frames[0].parent.name for clip in clips] == ["EP11_01", "EP11_01f"]
    shutil.rmtree(tmp_path / "Cropped" / "sub10" / "EP11_01")
    with pytest.raises(LayoutError, match=r"EP11_01 .*found EP11_01f of that subject"):
        find_clips("C", tmp_path, patch=False)


def test_the_sheet_is_read_by_column_names_and_as_text(tmp_path):
    header = ["Action Units", " estimated  EMOTION ", None, "Off setFrame", "FILENAME", "Subject ",
              "ApexFrame", None, "onsetframe"]  # fmt: skip
    book = trees.Workbook()
    for line in [header,
                 ["4", " Happiness ", None, 101.0, " EP02_01f ", 1, 100, None, "99"],
                 ["4", "disgust", None, 101, 12, "sub02", "/", None, 99],
                 ["4", "others", None, 101, "EP1", "03", 100, None, 99],
                 [None] * 9,
                 [None, "happines", None, None, "EP2", 26.0, None, None, None]]:  # fmt: skip
        book.active.append(line)
    book.save(tmp_path / trees.SHEET)
    assert read_sheet(tmp_path / trees.SHEET, CODING) == [
        Row("sub01", "EP02_01f", 99, 100, 101, "happiness", 2),
        Row("sub02", "12", 99, None, 101, "disgust", 1),
        Row("sub03", "EP1", 99, 100, 101, "others", 0),
        Row("sub26", "EP2", None, None, None, "happines", None),
    ]


def test_the_folder_without_a_row_is_patched_in_or_not(everything):
    root, expected = everything
    patched, plain = find_clips("C", root), find_clips("C", root, patch=False)
    place = expected["CASME2"].index(("sub24", "EP02_07", 1))
    assert trees.found(plain) == [c for c in expected["CASME2"] if c[1] != "EP02_07"]
    assert [clip.label for clip in patched[place - 2 : place + 2]] == [1, 1, 1, 1]
    assert (patched[place - 2].subject, patched[place - 1].subject) == ("sub23", "sub24")
    assert [path.name for path in patched[place].frames] == [f"reg_img{n}.jpg" for n in (9, 10, 11)]


def test_the_patch_goes_among_its_subject_and_never_in_twice():
    row = {s: Row(s, "EP03", 1, 2, 3, "fear", 1) for s in ("sub23", "sub24", "sub25")}
    early = row["sub24"]._replace(name="EP01_08")
    assert with_patch([row["sub23"], early, row["sub24"], row["sub25"]])[2] is PATCH
    assert with_patch([row["sub23"], early, row["sub25"]])[2] is PATCH
    assert with_patch([row["sub23"], row["sub25"]])[1] is PATCH
    assert with_patch([]) == [PATCH]
    own = [row["sub24"]._replace(name="EP02_07")]
    assert with_patch(own) == own


def test_casme2_as_in_megc_2019(tmp_path):
    """Repression is Negative, sadness and fear are not; two clips are left out."""
    told = [(4, "EP12_01f", "repression"), (4, "EP13_06f", "disgust"), (5, "EP1", "disgust"),
            (5, "EP2", "surprise"), (6, "EP1", "repression"), (6, "EP2", "sadness"),
            (7, "EP1", "fear"), (7, "EP2", "happiness"), (8, "EP1", "others")]  # fmt: skip
    rows = [(subject, name, GOOD, emotion) for subject, name, emotion in told]
    trees.casme2(tmp_path, rows)
    for subject, name, *_ in [*rows, (24, "EP02_07")]:
        trees.write_frames(tmp_path / "Cropped" / f"sub{subject:02d}" / name, GOOD)
    assert trees.found(find_clips("CASME2_MEGC", tmp_path)) == [
        ("sub04", "EP13_06f", 1), ("sub05", "EP2", 3), ("sub06", "EP1", 1), ("sub07", "EP2", 2),
    ]  # fmt: skip
    assert {clip.database for clip in find_clips("CASME2_MEGC", tmp_path)} == {"CASME2_MEGC"}


def test_folder_without_a_row_and_row_without_a_folder(tmp_path):
    rows = [(1, "EP1", GOOD, "happiness"), (1, "EP2", GOOD, "others"), (2, "EP3", GOOD, "fear")]
    expected = trees.casme2(tmp_path, rows)
    trees.write_frames(tmp_path / "Cropped" / "sub09" / "EP02_02f", (1, 2))
    found = index_database("C", tmp_path, patch=False)
    assert trees.found(found.clips) == expected
    assert kinds(found) == {
        ("note", "folder without a row", "sub09/EP02_02f"),
        ("note", "row without a folder", "sub01/EP2"),
    }


@pytest.mark.parametrize("broken", ["folder", "frames", "emotion", "twice", "patch"])
def test_a_clip_that_cannot_be_used_raises_or_is_left_out(tmp_path, broken):
    rows = [(1, "EP1", GOOD, "happiness"), (1, "EP2", GOOD, "fear"), (2, "EP3", GOOD, "surprise")]
    expected = trees.casme2(tmp_path, rows)
    clip, patch, words = tmp_path / "Cropped" / "sub01" / "EP2", False, "sub01/EP2"
    if broken == "folder":
        shutil.rmtree(clip)
    elif broken == "frames":
        for path in clip.iterdir():
            path.rename(path.with_suffix(".txt"))
    elif broken == "emotion":
        trees.write_sheet(tmp_path / trees.SHEET, [rows[0], (1, "EP2", GOOD, "fearr"), rows[2]])
    elif broken == "twice":
        trees.write_sheet(tmp_path / trees.SHEET, [*rows, rows[1]])
    elif broken == "patch":
        patch, words = True, "sub24/EP02_07"
    with pytest.raises(LayoutError, match=rf"CASME2 {words}.*expected.*found.*skip=True"):
        find_clips("C", tmp_path, patch=patch)
    with pytest.warns(UserWarning, match=f"left out: {words}"):
        clips = find_clips("C", tmp_path, patch=patch, skip=True)
    kept = expected if broken in ("twice", "patch") else [expected[0], expected[2]]
    assert trees.found(clips) == kept


@pytest.mark.parametrize("damage, words", [
    (lambda path: path.write_bytes(b"no workbook"), "expected the coding sheet as an Excel file"),
    (lambda path: trees.write_sheet(path, [], trees.HEADER[:-1]), "no Estimated Emotion among"),
    (lambda path: trees.write_sheet(path, [("me", "EP1", GOOD, "fear")]), "found 'me'"),
    (lambda path: shutil.copy(path, path.with_name("a")) and path.unlink(), "found, but no CASME2"),
])  # fmt: skip
def test_a_sheet_that_cannot_be_used(tmp_path, damage, words):
    trees.casme2(tmp_path, [(1, "EP1", GOOD, "happiness")])
    damage(tmp_path / trees.SHEET)
    with pytest.raises((LayoutError, DatabaseNotFound), match=words):
        find_clips("C", tmp_path, skip=True)


def test_the_sheet_of_2014_goes_before_others(tmp_path):
    expected = trees.casme2(tmp_path, [(1, "EP1", GOOD, "happiness")])
    trees.write_sheet(tmp_path / "casme2-CODING-2019.XLSX", [])
    (tmp_path / "~$CASME2-coding-20140508.xlsx").touch()  # what Excel leaves while it is open
    assert trees.found(find_clips("C", tmp_path, patch=False)) == expected
    (tmp_path / trees.SHEET).rename(tmp_path / "CASME2-coding-2014.xlsx")
    with pytest.raises(LayoutError, match="expected one coding sheet, found"):
        find_clips("C", tmp_path)


# SAMM, one quirk each.


def test_samm_says_its_three_apexes_and_the_slip_and_nothing_else(everything):
    root, _ = everything
    found = index_database("SAMM", root)
    notes = [(f.kind, f.detail) for f in found.findings if f.kind != "row without a folder"]
    assert sorted(notes) == [("odd onset or offset", "no apex; it is not needed")] * 3 + [
        ("odd onset or offset", "offset 5793 is a known misprint for 5739"),
    ]
    (slip,) = [clip for clip in found.clips if clip.frames[-1].name.endswith("_05739.jpg")]
    assert [int(path.stem[4:]) for path in slip.frames] == [5737, 5738, 5739]
    assert len([f for f in found.findings if f.kind == "row without a folder"]) == 26


@pytest.mark.parametrize("preamble", [0, 13, 20])
def test_samm_s_names_of_columns_stand_below_any_text(tmp_path, preamble):
    rows = [(6, "006_1_2", (1, 2, 3), "Anger"), (7, "007_1_2", (1, 2, 3), "Surprise")]
    expected = trees.samm(tmp_path / "SAMM", rows, preamble)
    assert trees.found(find_clips("SAMM", tmp_path)) == expected
    found = index_database("SAMM", tmp_path)
    assert kinds(found) == {("note", "rows of the sheet", trees.SAMM_SHEET)}


def test_samm_in_samm_and_its_sheet_above(tmp_path):
    rows = [(6, "006_1_2", (1, 2, 3), "Anger")]
    expected = trees.samm(tmp_path / "SAMM" / "SAMM", rows)
    (tmp_path / "SAMM" / "SAMM" / trees.SAMM_SHEET).rename(tmp_path / "SAMM" / trees.SAMM_SHEET)
    for root in (tmp_path, tmp_path / "SAMM", tmp_path / "SAMM" / "SAMM"):
        assert trees.found(find_clips("SAMM", root)) == expected


@pytest.mark.parametrize("emotion, words", [
    ("Angry", "expected a known emotion, found 'angry'"),
    (None, "expected a known emotion, found ''"),
])  # fmt: skip
def test_samm_s_emotion_that_is_none(tmp_path, emotion, words):
    rows = [(6, "006_1_2", (1, 2, 3), "Anger"), (6, "006_1_3", (1, 2, 3), emotion)]
    trees.samm(tmp_path / "SAMM", rows)
    with pytest.raises(LayoutError, match=words):
        find_clips("SAMM", tmp_path)


def test_samm_has_no_released_features(tmp_path, monkeypatch):
    monkeypatch.setenv("CDMER_DATA", str(tmp_path))
    with pytest.raises(DataUnavailable, match="cdmer features --root FOLDER --database SAMM"):
        load_database("SAMM", tmp_path)
    for version in ("released", "earlier"):
        with pytest.raises(CdmerError, match="cdmer features --root FOLDER --database SAMM"):
            load_database("SAMM", version=version)


# SMIC, one quirk each.


def test_smic_subjects_and_clips_sort_by_number_padded_or_not(tmp_path):
    micro = "micro/negative"
    for clip in ("s2/{}/s2_ne_10", "s2/{}/s2_ne_9", "s010/{}/s10_ne_01", "S01/{}/s01_ne_1"):
        trees.write_frames(tmp_path / "HS" / clip.format(micro), (1,), "reg_image{}.bmp")
    trees.write_frames(tmp_path / "HS/s2/micro/Surprise/s2_sur_01", (1,), "REG_{}.BMP")
    trees.write_frames(tmp_path / "HS/s2/MICRO/POSITIVE/S2_PO_01", (10, 9), "reg_{}.bmp")
    clips = find_clips("H", tmp_path)
    assert trees.found(clips) == [
        ("s1", "s01_ne_1", 1), ("s2", "s2_ne_9", 1), ("s2", "s2_ne_10", 1), ("s2", "S2_PO_01", 2),
        ("s2", "s2_sur_01", 3), ("s10", "s10_ne_01", 1),
    ]  # fmt: skip
    assert [path.name for path in clips[3].frames] == ["reg_9.bmp", "reg_10.bmp"]


def test_smic_ignores_what_lies_beside(tmp_path):
    expected = trees.smic(tmp_path, "NIR", {"s11": (1, 1, 1)})
    for place in ("NIR", "NIR/s11", "NIR/s11/micro", "NIR/s11/micro/negative/s11_ne_01"):
        (tmp_path / place / "Thumbs.db").touch()
    copy = tmp_path / "NIR/s11/micro/negative/s11_ne_01 - Copy"
    trees.write_frames(copy, (1, 2), "reg_{}.bmp")
    found = index_database("N", tmp_path)
    assert trees.found(found.clips) == expected
    assert {level for level, _, _ in kinds(found)} == {"note"}


@pytest.mark.parametrize("broken", ["micro", "frames", "class", "subject", "label", "twice"])
def test_smic_clip_that_cannot_be_used_raises_or_is_left_out(tmp_path, broken):
    expected = trees.smic(tmp_path, "VIS", {"s11": (1, 1, 0), "s12": (1, 0, 1)})
    subject = tmp_path / "VIS/s12"
    clip = subject / "micro/surprise/s12_sur_01"
    if broken == "micro":
        (subject / "micro").rename(subject / "macro")
    elif broken == "frames":
        shutil.rmtree(clip)
        clip.mkdir()
    elif broken == "class":
        clip.parent.rename(subject / "micro/astonishment")
    elif broken == "subject":
        clip.rename(clip.with_name("s11_sur_01"))
    elif broken == "label":
        clip.rename(clip.with_name("s12_po_01"))
    elif broken == "twice":
        shutil.copytree(clip, clip.with_name("s12_sur_1"))
        expected.append(("s12", "s12_sur_1", 3))
    with pytest.raises(LayoutError, match=r"SMIC_VIS s12.*expected.*found.*skip=True"):
        find_clips("V", tmp_path)
    with pytest.warns(UserWarning, match="left out: s12"):
        clips = find_clips("V", tmp_path, skip=True)
    kept = {"micro": expected[:2], "twice": expected}.get(broken, expected[:3])
    assert trees.found(clips) == kept


# Nothing there.


@pytest.mark.parametrize("database", KNOWN)
def test_nothing_found_says_what_was_looked_for(tmp_path, database):
    with pytest.raises(DatabaseNotFound) as caught:
        find_clips(database, tmp_path / "typo")
    own = {"CASME2": "Cropped"}.get(database, database.removeprefix("SMIC_"))
    home = {"CASME2": "CASME II", "SAMM": "SAMM"}.get(database, "SMIC/SMIC_all_cropped")
    for words in ("which is no folder", str(tmp_path / "typo" / home / own), "What to do"):
        assert words in str(caught.value)


def test_unknown_database(tmp_path):
    with pytest.raises(ValueError, match="unknown database"):
        find_clips("CASME", tmp_path)


def test_a_sound_tree_warns_of_nothing(everything):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for database in KNOWN:
            find_clips(database, everything[0], skip=True)
