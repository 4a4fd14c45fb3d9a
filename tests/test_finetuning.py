"""Fine-tuning C3D: what the samples are made of, learning, going on after a kill."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from cdmer_lib.c3d import C3D, finetuning
from cdmer_lib.c3d.finetuning import draw_frames, draw_samples, finetune, make_sample
from cdmer_lib.clips import interpolate
from cdmer_lib.errors import WeightsError
from cdmer_lib.files import locked

try:
    import torch

    from cdmer_lib.c3d import training
    from cdmer_lib.c3d.weights import random_weights
except ImportError:
    torch = None

pytestmark = pytest.mark.usefixtures("one_torch_thread")
needs_torch = pytest.mark.skipif(torch is None, reason="PyTorch absent: extra c3d")
SMALL = {"width": 1 / 16, "size": 32}
QUICK = SMALL | {"samples": 20, "validation": 8, "epochs": 2, "batch": 4, "progress": False}
HS = np.repeat([1, 2, 3], (70, 51, 43)), np.arange(164) % 16  # labels and subjects as in SMIC-HS


def moving(label, rng):
    """A blob that goes down, to the right or up: (n, 36, 40)."""
    n = int(rng.integers(8, 14))
    row, column = np.mgrid[:36, :40]
    down, right = {1: (16, 0), 2: (0, 16), 3: (-16, 0)}[label]
    t, start = np.linspace(-0.5, 0.5, n)[:, None, None], rng.uniform(16, 20, 2)
    square = (row - start[0] - down * t) ** 2 + (column - start[1] - right * t) ** 2
    return 60 + 150 * np.exp(-square / 30) + rng.normal(0, 3, square.shape)


def made_up(n):
    """Clips, labels and subjects, four clips each."""
    rng, labels = np.random.default_rng(0), np.arange(n) % 3 + 1
    subjects = np.array([f"s{i // 4}" for i in range(n)])
    return [moving(label, rng) for label in labels], labels, subjects


# samples


@pytest.mark.parametrize("parts", [16, 10])
def test_sixteen_frames_one_of_each_part(parts):
    rng = np.random.default_rng(1)
    drawn = np.array([draw_frames(rng, parts) for _ in range(400)])
    assert drawn.shape == (400, 16) and (np.diff(drawn) > 0).all()
    for frames in drawn:
        assert set(frames // (160 // parts)) == set(range(parts))
    assert set(drawn.ravel()) == set(range(160))
    with pytest.raises(ValueError, match="parts as 16 or 10"):
        draw_frames(rng, 12)


def test_a_sample_is_frames_of_the_clip_at_160():
    clip = np.random.default_rng(2).normal(size=(11, 5, 4))
    chosen = draw_frames(np.random.default_rng(3))
    np.testing.assert_allclose(make_sample(clip, chosen), interpolate(clip, 160)[chosen])


@pytest.mark.parametrize("split", ["sample", "clip", "subject"])
def test_the_published_numbers(split):
    samples = draw_samples(*HS, split=split)
    assert len(samples.clip) == 3350 and samples.frames.shape == (3350, 16)
    assert (~samples.validating).sum() == 2550 and samples.validating.sum() == 800
    sides = [samples.clip[samples.validating == side] for side in (False, True)]
    if split == "sample":
        counts = np.bincount(samples.clip, minlength=164)
        assert sorted(set(counts)) == [20, 21] and (counts == 21).sum() == 70
    else:
        for side in sides:
            assert np.ptp(np.unique(side, return_counts=True)[1]) <= 1
        share = len(set(sides[1])) / 164
        assert 0.15 < share <= 800 / 3350
    again = draw_samples(*HS, split=split)
    np.testing.assert_array_equal(again.frames, samples.frames)
    other = draw_samples(*HS, split=split, seed=1)
    assert (other.frames != samples.frames).any()


def test_what_each_split_shares():
    labels, subjects = HS
    for seed in range(8):
        for split in ("sample", "clip", "subject"):
            samples = draw_samples(labels, subjects, 200, 50, split, seed=seed)
            clips = [set(samples.clip[samples.validating == side]) for side in (False, True)]
            people = [set(subjects[list(side)]) for side in clips]
            assert bool(clips[0] & clips[1]) == (split == "sample")
            assert bool(people[0] & people[1]) == (split != "subject")


def test_samples_refuse_what_does_not_fit():
    with pytest.raises(ValueError, match="split as one of sample, clip, subject"):
        draw_samples(*HS, split="database")
    with pytest.raises(ValueError, match="n_validation < n"):
        draw_samples(*HS, n=800)
    with pytest.raises(ValueError, match="two clips or subjects"):
        draw_samples([1, 2, 3], ["s1"] * 3, 9, 3, "subject")
    with pytest.raises(ValueError, match=r"none of class \[3\]"):
        draw_samples([1, 2, 3], ["s1", "s1", "s2"], 9, 3, "subject")


# training


@needs_torch
def test_it_learns(tmp_path):
    clips, labels, subjects = made_up(24)
    how = SMALL | {
        "samples": 96,
        "validation": 24,
        "batch": 8,
        "epochs": 6,
        "dropout": 0.0,
        "progress": False,
    }
    record = finetune(clips, labels, subjects, None, tmp_path, split="subject",
                      rate=1e-3, new_rate=1e-3, **how)  # fmt: skip
    history = record["history"]
    assert history[-1]["train_loss"] < 0.7 * history[0]["train_loss"]
    best = history[record["best_epoch"] - 1]
    assert best["validation_accuracy"] > record["chance"] + 0.2
    assert best["validation_loss"] == min(epoch["validation_loss"] for epoch in history)
    assert record["shared_subjects"] == record["shared_clips"] == 0
    stored = json.loads((tmp_path / "record.json").read_text(encoding="utf-8"))
    assert stored == json.loads(json.dumps(record))
    ready = C3D("FC1", "Finetune", **SMALL).with_weights(tmp_path / "weights.pt")
    assert ready.sha256 == record["weights"]
    features = ready.extract(np.stack([interpolate(clip[:, :32, :32], 16) for clip in clips]))
    assert features.shape == (24, 256) and features.std() > 0


@needs_torch
def test_it_starts_from_the_weights_given(tmp_path):
    data, path = made_up(6), tmp_path / "c3d.pickle"
    state = random_weights(1, 487, **SMALL)
    torch.save(state, path)
    record = finetune(*data, path, tmp_path / "out", rate=0, new_rate=0, **QUICK)
    tuned = torch.load(tmp_path / "out" / "weights.pt", weights_only=True)
    assert tuned.pop("fc8.weight").shape == (3, 256) and tuned.pop("fc8.bias").shape == (3,)
    for key, array in tuned.items():
        assert torch.equal(array, state[key])
    assert record["start"] == C3D("FC1", **SMALL).with_weights(path).sha256


@needs_torch
def test_early_stopping(tmp_path):
    """Without a step, no epoch improves on the first."""
    how = QUICK | {"epochs": 9, "patience": 2}
    record = finetune(*made_up(6), None, tmp_path, rate=0, new_rate=0, **how)
    assert record["best_epoch"] == 1 and len(record["history"]) == 3


class Killed(BaseException):
    """Not an Exception: nothing may catch it."""


def weights_and_state(folder):
    weights = torch.load(folder / "weights.pt", weights_only=True)
    state = torch.load(folder / "checkpoint.pt", weights_only=True)
    return weights, state


def assert_same(a, b):
    """Two nested states, bit for bit."""
    assert type(a) is type(b)
    if isinstance(a, torch.Tensor):
        assert torch.equal(a, b)
    elif isinstance(a, dict):
        assert a.keys() == b.keys()
        for key in a.keys() - {"seconds"}:
            assert_same(a[key], b[key])
    elif isinstance(a, list | tuple):
        assert len(a) == len(b)
        for x, y in zip(a, b, strict=True):
            assert_same(x, y)
    else:
        assert a == b


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """A run that nothing interrupts, with the folder that it wrote."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    folder = tmp_path_factory.mktemp("whole")
    record = finetune(*made_up(6), None, folder, **QUICK)
    torch.set_num_threads(before)
    return record, folder


@needs_torch
@pytest.mark.parametrize("after", [1, 3, 4, 5, 7])
def test_an_interrupted_run_ends_in_the_same_bits(whole, tmp_path, monkeypatch, after):
    """Three batches an epoch, a checkpoint after each; 4 is the first epoch's weights."""
    saves, save = [], training._save

    def save_and_die(path, what):
        save(path, what)
        saves.append(path.name)
        if len(saves) == after:
            raise Killed

    monkeypatch.setattr(training, "_save", save_and_die)
    with pytest.raises(Killed):
        finetune(*made_up(6), None, tmp_path, save_every=0, **QUICK)
    assert after != 4 or saves[-1] == "weights.pt"
    monkeypatch.undo()
    torch.rand(5)  # the state of others' generators is no part of it
    record = finetune(*made_up(6), None, tmp_path, **QUICK)
    assert_same(weights_and_state(tmp_path), weights_and_state(whole[1]))
    assert_same(record, whole[0])


@needs_torch
def test_a_killed_process_loses_nothing_but_time(whole, tmp_path):
    code = (
        "import torch; torch.set_num_threads(1)\n"
        "from test_finetuning import QUICK, finetune, made_up\n"
        f"finetune(*made_up(6), None, {str(tmp_path)!r}, save_every=0, **QUICK)\n"
    )
    here = Path(__file__).parent
    paths = os.pathsep.join([str(here), str(here.parent), os.environ.get("PYTHONPATH", "")])
    process = subprocess.Popen([sys.executable, "-c", code], env=os.environ | {"PYTHONPATH": paths})
    deadline = time.monotonic() + 120
    while not (tmp_path / "checkpoint.pt").exists() and time.monotonic() < deadline:
        time.sleep(0.005)
    process.send_signal(signal.SIGKILL)
    process.wait()
    record = finetune(*made_up(6), None, tmp_path, **QUICK)
    assert_same(weights_and_state(tmp_path), weights_and_state(whole[1]))
    assert_same(record, whole[0])
    assert not list(tmp_path.glob("*.partial"))


@needs_torch
def test_a_finished_run_is_not_run_again(whole, monkeypatch):
    monkeypatch.setattr(training, "_save", None)
    assert_same(finetune(*made_up(6), None, whole[1], **QUICK), whole[0])


@needs_torch
def test_a_run_that_another_process_does(whole, tmp_path):
    """A finished run takes no lock and leaves none behind."""
    with locked(tmp_path / "checkpoint.pt"), pytest.raises(BlockingIOError, match="another run"):
        finetune(*made_up(6), None, tmp_path, **QUICK)
    assert not (tmp_path / "weights.pt").exists()
    assert {path.name for path in whole[1].iterdir()} == {
        "checkpoint.pt", "record.json", "weights.pt",
    }  # fmt: skip
    with locked(whole[1] / "checkpoint.pt"):
        assert_same(finetune(*made_up(6), None, whole[1], **QUICK), whole[0])


@needs_torch
@pytest.mark.parametrize("name", ["checkpoint.pt", "weights.pt"])
def test_a_damaged_checkpoint_is_no_end(whole, tmp_path, name):
    """Training starts anew and says so; PyTorch would read the flipped bit."""
    shutil.copytree(whole[1], tmp_path, dirs_exist_ok=True)
    (tmp_path / "record.json").unlink()
    content = bytearray((tmp_path / name).read_bytes())
    content[len(content) // 2] ^= 1
    (tmp_path / name).write_bytes(content)
    with pytest.warns(UserWarning, match=f"training starts anew: .*{name}.*damaged"):
        record = finetune(*made_up(6), None, tmp_path, **QUICK)
    assert_same(weights_and_state(tmp_path), weights_and_state(whole[1]))
    assert_same(record, whole[0])


@needs_torch
def test_a_checkpoint_that_cannot_be_read_now_is_kept(whole, tmp_path, monkeypatch):
    shutil.copytree(whole[1], tmp_path, dirs_exist_ok=True)
    (tmp_path / "record.json").unlink()
    before = (tmp_path / "checkpoint.pt").read_bytes()

    def out_of_reach(*arguments, **options):
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(torch, "load", out_of_reach)
    with pytest.raises(WeightsError, match="Input/output error"):
        finetune(*made_up(6), None, tmp_path, **QUICK)
    assert (tmp_path / "checkpoint.pt").read_bytes() == before


@needs_torch
def test_the_recorded_digest_of_the_weights_is_checked(whole, tmp_path):
    for name in ("weights.pt", "record.json"):
        shutil.copy(whole[1] / name, tmp_path)
    C3D("FC1", "Finetune", **SMALL).with_weights(tmp_path / "weights.pt")
    other = torch.load(tmp_path / "weights.pt", weights_only=True)
    other["fc7.bias"][0] += 1
    torch.save(other, tmp_path / "weights.pt")
    with pytest.raises(WeightsError, match="expected the file as it was"):
        C3D("FC1", "Finetune", **SMALL).with_weights(tmp_path / "weights.pt")


@needs_torch
def test_errors(whole, tmp_path):
    clips, labels, subjects = made_up(6)
    with pytest.raises(ValueError, match="checkpoint with other options"):
        finetune(clips, labels, subjects, None, whole[1], seed=1, **QUICK)
    with pytest.raises(ValueError, match="checkpoint with other clips"):
        finetune(clips[::-1], labels, subjects, None, whole[1], **QUICK)
    with pytest.raises(ValueError, match="found 6 clips, 5 subjects"):
        finetune(clips, labels, subjects[:5], None, tmp_path, **QUICK)
    with pytest.raises(ValueError, match="label 1, 2 or 3"):
        finetune(clips, labels - 1, subjects, None, tmp_path, **QUICK)
    with pytest.raises(ValueError, match="device that PyTorch finds"):
        finetune(clips, labels, subjects, None, tmp_path, device="nowhere", **QUICK)
    with pytest.raises(ValueError, match="training diverged"):
        finetune(clips, labels, subjects, None, tmp_path, rate=1e9, new_rate=1e9, **QUICK)
    assert finetuning.SOURCE == "SMIC_HS"
