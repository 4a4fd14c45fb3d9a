"""C3D: the published numbers, the forward pass against NumPy, weight files, the descriptor."""

import os
import subprocess
import sys
from itertools import product
from pathlib import Path

import numpy as np
import pytest

from cdmer_lib.c3d import C3D, C3D_ROWS, FINETUNED_ROWS, RandomC3D
from cdmer_lib.c3d.descriptor import CHANNEL_MEANS, network_input, read_mean
from cdmer_lib.c3d.layers import layers, parameter_shapes
from cdmer_lib.c3d.weights import (
    CONVOLUTIONS,
    file_hash,
    import_torch,
    random_weights,
    read_weights,
)
from cdmer_lib.errors import WeightsError

try:
    import torch

    from cdmer_lib.c3d.network import C3DNetwork, network_with
except ImportError:
    torch = None

pytestmark = pytest.mark.usefixtures("one_torch_thread")
needs_torch = pytest.mark.skipif(torch is None, reason="PyTorch absent: extra c3d")
SMALL = {"width": 1 / 32, "size": 48}  # pool5 meets a 3 x 3 map: its last window is cut off
NUMBERS = (0, 3, 6, 8, 11, 13, 16, 18)  # of the convolutions in c3d-pretrained.pth


@pytest.fixture
def clips():
    return np.random.default_rng(5).uniform(0, 255, (3, 16, 48, 48))


def save(path, state, **how):
    torch.save(state, path, **how)
    return path


def numbered(state):
    """The arrays of conv1 .. fc8 under the keys of c3d-pretrained.pth, without fc8."""
    names = dict(zip(CONVOLUTIONS, map("features.{}".format, NUMBERS), strict=True))
    names |= {"fc6": "classifier.0", "fc7": "classifier.3"}
    split = ((key.split("."), array) for key, array in state.items())
    return {f"{names[layer]}.{kind}": a for (layer, kind), a in split if layer in names}


# what was published


def test_parameter_counts():
    for classes, published in ((487, 79_991_015), (101, 78_409_573)):
        assert sum(layer.parameters for layer in layers(classes)) == published
        shapes = parameter_shapes(classes).values()
        assert sum(np.prod(shape, dtype=int) for shape in shapes) == published


def test_layer_shapes():
    shapes = {layer.name: (layer.channels, *layer.shape) for layer in layers(487)}
    assert shapes == {
        "conv1": (64, 16, 112, 112), "pool1": (64, 16, 56, 56),
        "conv2": (128, 16, 56, 56), "pool2": (128, 8, 28, 28),
        "conv3a": (256, 8, 28, 28), "conv3b": (256, 8, 28, 28), "pool3": (256, 4, 14, 14),
        "conv4a": (512, 4, 14, 14), "conv4b": (512, 4, 14, 14), "pool4": (512, 2, 7, 7),
        "conv5a": (512, 2, 7, 7), "conv5b": (512, 2, 7, 7), "pool5": (512, 1, 4, 4),
        "fc6": (4096, 1, 1, 1), "fc7": (4096, 1, 1, 1), "fc8": (487, 1, 1, 1),
    }  # fmt: skip
    assert parameter_shapes(487)["fc6.weight"] == (4096, 8192)


def test_receptive_field_is_what_one_output_sees():
    """Traced back along each axis: the set of inputs that output 0, 1, 2 ... depends on."""
    plan = layers()
    for axis, length in enumerate((16, 112, 112)):
        seen = [{i} for i in range(-300, 300)]  # of each position; long, so that no border shows
        for layer in plan[:13]:
            k = layer.kernel[axis]
            start, step = (-1, 1) if layer.name.startswith("conv") else (0, k)
            seen = [set().union(*seen[i + start : i + start + k])
                    for i in range(1, len(seen) - k, step)]  # fmt: skip
            middle = seen[len(seen) // 2]
            assert max(middle) - min(middle) + 1 == layer.field[axis], layer.name
        last = plan[12].shape[axis]
        whole = set().union(*seen[len(seen) // 2 : len(seen) // 2 + last])
        assert max(whole) - min(whole) + 1 == plan[13].field[axis] >= length
    assert plan[11].field == (68, 134, 134)


def test_layers_refuse_what_does_not_fit():
    for wrong in ({"size": 100}, {"size": 0}, {"width": 1 / 48}, {"width": 0}, {"pool5": "x"}):
        with pytest.raises(ValueError, match="expected"):
            layers(**wrong)


@needs_torch
def test_the_module_has_these_layers():
    with torch.device("meta"):
        for classes, pool5 in product((487, 101), ("caffe", "shifted")):
            network = C3DNetwork(classes, pool5=pool5)
            found = {key: tuple(array.shape) for key, array in network.state_dict().items()}
            assert found == parameter_shapes(classes)
    how = {"width": 1 / 64}
    network = network_with(random_weights(0, 101, **how), 101, **how)
    maps = dict(network.feature_maps(torch.zeros(1, 3, 16, 112, 112)))
    for layer in layers(**how):
        if layer.name in maps:
            assert maps[layer.name].shape == (1, layer.channels, *layer.shape)
    assert len(maps) == 13 and network(torch.zeros(2, 3, 16, 112, 112)).shape == (2, 101)


# the forward pass against plain NumPy


def convolved(x, weight, bias):
    """(channels, T, H, W), a loop over the 27 taps."""
    padded = np.pad(x, [(0, 0), (1, 1), (1, 1), (1, 1)])
    out = np.zeros((len(weight), *x.shape[1:])) + bias[:, None, None, None]
    for t, i, j in product(range(3), repeat=3):
        part = padded[:, t : t + x.shape[1], i : i + x.shape[2], j : j + x.shape[3]]
        out += np.einsum("oc,cthw->othw", weight[:, :, t, i, j], part)
    return out


def pooled(x, kernel, starts):
    """Largest value in each window, cut off at the border."""
    out = np.empty((len(x), *map(len, starts)))
    for place in product(*map(range, map(len, starts))):
        low = [axis[i] for axis, i in zip(starts, place, strict=True)]
        window = [slice(max(a, 0), a + k) for a, k in zip(low, kernel, strict=True)]
        out[(slice(None), *place)] = x[(slice(None), *window)].max(axis=(1, 2, 3))
    return out


def every_other(shape, kernel):
    """Caffe's windows: one more where the last one does not fit."""
    return [range(0, n, k) for n, k in zip(shape, kernel, strict=True)]


def in_numpy(x, state, pool5="caffe"):
    """FC1 and FC2 of one input (3, T, H, W)."""
    state = {key: array.double().numpy() for key, array in state.items()}
    for name in ("conv1", "pool1", "conv2", "pool2", "conv3a", "conv3b", "pool3", "conv4a",
                 "conv4b", "pool4", "conv5a", "conv5b", "pool5"):  # fmt: skip
        if name.startswith("conv"):
            x = np.maximum(convolved(x, state[f"{name}.weight"], state[f"{name}.bias"]), 0)
        else:
            kernel = (1, 2, 2) if name == "pool1" else (2, 2, 2)
            starts = every_other(x.shape[1:], kernel)
            if (name, pool5) == ("pool5", "shifted"):
                starts[1:] = [range(-1, n, 2) for n in x.shape[2:]]
            x = pooled(x, kernel, starts)
    fc1 = np.maximum(state["fc6.weight"] @ x.ravel() + state["fc6.bias"], 0)
    return fc1, np.maximum(state["fc7.weight"] @ fc1 + state["fc7.bias"], 0)


@needs_torch
@pytest.mark.parametrize("pool5", ["caffe", "shifted"])
def test_forward_pass_equals_numpy(clips, pool5):
    state = random_weights(1, **SMALL, pool5=pool5)
    for key in state:
        if key.endswith("bias"):
            state[key] += 0.1
    x = network_input(clips[:1] / 255, (0.3, 0.4, 0.5))
    network = network_with(state, **SMALL, pool5=pool5).eval()
    with torch.inference_mode():
        found = network.hidden(torch.from_numpy(x))
    for ours, expected in zip(found, in_numpy(x[0], state, pool5), strict=True):
        assert (expected > 0).sum() > 10
        np.testing.assert_allclose(ours[0], expected, atol=1e-4)


@needs_torch
def test_pool5_windows():
    """On a 7 x 7 map whose values rise: the windows' ends show in the maxima."""
    x = torch.arange(49.0).reshape(1, 1, 1, 7, 7).expand(1, 1, 2, 7, 7)
    for pool5, ends in (("caffe", (1, 3, 5, 6)), ("shifted", (0, 2, 4, 6))):
        with torch.device("meta"):
            pool = C3DNetwork(pool5=pool5, width=1 / 64).pool5
        found = pool(x)[0, 0]
        assert found.shape == (1, 4, 4)
        np.testing.assert_array_equal(found[0], np.add.outer(7 * np.array(ends), ends))
        starts = [range(0, 2, 2)] + 2 * [range(0 if pool5 == "caffe" else -1, 7, 2)]
        np.testing.assert_array_equal(found, pooled(x[0].numpy(), (2, 2, 2), starts)[0])


# files


@needs_torch
def test_both_layouts_of_keys_give_the_same_features(clips, tmp_path):
    state = random_weights(2, 101, **SMALL)
    with_fc8 = numbered(state) | {
        f"classifier.6.{k}": state[f"fc8.{k}"] for k in ("weight", "bias")
    }
    old = {"_use_new_zipfile_serialization": False}  # as c3d.pickle was written
    files = [save(tmp_path / "c3d.pickle", state, **old), save(tmp_path / "new.pickle", state),
             save(tmp_path / "numbered.pth", numbered(state)),
             save(tmp_path / "with_fc8.pth", with_fc8)]  # fmt: skip
    empty = C3D("FC2", "UCF101", **SMALL)
    features = [empty.with_weights(file).extract(clips) for file in files]
    assert features[0].shape == (3, 128) and features[0].dtype == np.float64
    for others in features[1:]:
        np.testing.assert_array_equal(others, features[0])


@needs_torch
def test_a_wrong_file_is_refused_with_every_key_that_is_wrong(tmp_path):
    state = numbered(random_weights(3, **SMALL))
    del state["features.3.weight"], state["classifier.0.bias"]
    state["features.8.weight"] = state["features.8.weight"][:, :-1]
    state["epoch"] = 7
    with pytest.raises(WeightsError) as caught:
        read_weights(save(tmp_path / "wrong.pth", state), **SMALL)
    error = caught.value
    assert error.missing == ["features.3.weight", "classifier.0.bias"]
    assert error.unexpected == ["epoch"]
    assert error.misshapen == {"features.8.weight": ((8, 8, 3, 3, 3), (8, 7, 3, 3, 3))}
    for key in ("features.3.weight", "classifier.0.bias", "epoch", "features.8.weight"):
        assert key in str(error)
    whole = random_weights(3, 101, **SMALL)
    half = {key: array for key, array in whole.items() if key != "fc8.bias"}
    with pytest.raises(WeightsError, match=r"missing: fc8\.bias"):
        read_weights(save(tmp_path / "half.pth", half), **SMALL)
    with pytest.raises(WeightsError, match=r"misshapen: conv1\.bias str in place of \(2,\)"):
        read_weights(save(tmp_path / "text.pth", whole | {"conv1.bias": "0"}), **SMALL)


@needs_torch
def test_a_file_cut_off_or_of_another_kind_is_refused(tmp_path):
    state = random_weights(4, **SMALL)
    for name, old in (("new", False), ("old", True)):
        path = save(tmp_path / name, state, _use_new_zipfile_serialization=not old)
        path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
        with pytest.raises(WeightsError, match="cut off"):
            read_weights(path, **SMALL)
    (tmp_path / "text").write_text("no weights")
    with pytest.raises(WeightsError, match="cut off or no such file"):
        read_weights(tmp_path / "text", **SMALL)
    with pytest.raises(WeightsError, match="found a list"):
        read_weights(save(tmp_path / "list", [1, 2]), **SMALL)
    with pytest.raises(WeightsError, match="NaN"):
        broken = state | {"fc7.bias": torch.full_like(state["fc7.bias"], np.nan)}
        read_weights(save(tmp_path / "nan", broken), **SMALL)
    with pytest.raises(WeightsError, match="found none at"):
        C3D("FC1", **SMALL).with_weights(tmp_path / "nowhere.pth")


@needs_torch
def test_a_flipped_bit_does_not_pass(tmp_path):
    """Every bit matters that changes an array; PyTorch alone reads most such files."""
    state = random_weights(4, **SMALL)
    content = save(tmp_path / "whole.pth", state).read_bytes()
    refused, rng = 0, np.random.default_rng(0)
    for place in rng.integers(len(content), size=60):
        damaged = bytearray(content)
        damaged[place] ^= 1 << int(rng.integers(8))
        (tmp_path / "damaged.pth").write_bytes(damaged)
        try:
            found = read_weights(tmp_path / "damaged.pth", **SMALL)
        except WeightsError:
            refused += 1
        else:
            assert all(torch.equal(found[key], array) for key, array in state.items())
    assert refused > 50


@needs_torch
def test_a_digest_beside_a_file_is_checked(tmp_path):
    """The format that c3d.pickle has knows no checksums."""
    old = {"_use_new_zipfile_serialization": False}
    path = save(tmp_path / "c3d.pickle", random_weights(4, **SMALL), **old)
    path.with_name("c3d.pickle.sha256").write_text(f"{file_hash(path)}  c3d.pickle\n")
    read_weights(path, **SMALL)
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    with pytest.raises(WeightsError, match="expected the file as it was"):
        C3D("FC1", **SMALL).with_weights(path)


@needs_torch
def test_weights_in_the_home_folder(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    path = save(tmp_path / "c3d.pickle", random_weights(4, **SMALL))
    assert C3D("FC1", **SMALL).with_weights("~/c3d.pickle").path == path


@needs_torch
def test_code_in_a_file_is_not_run(tmp_path):
    class Harm:
        def __reduce__(self):
            return os.mkdir, (str(tmp_path / "harm"),)

    with pytest.raises(WeightsError):
        read_weights(save(tmp_path / "harmful", {"conv1.weight": Harm()}), **SMALL)
    assert not (tmp_path / "harm").exists()


@needs_torch
def test_the_classes_of_a_file_tell_on_what_it_was_trained(tmp_path):
    path = save(tmp_path / "c3d.pickle", random_weights(5, 487, **SMALL))
    C3D("FC1", "Sports1M", **SMALL).with_weights(path)
    with pytest.raises(WeightsError, match=r"trained on UCF101 \(101 classes\).*487"):
        C3D("FC1", "UCF101", **SMALL).with_weights(path)


# the descriptor


def test_rows():
    names = [f"C3D-{fc} ({on})" for on in ("Sports1M", "UCF101") for fc in ("FC1", "FC2")]
    assert list(C3D_ROWS) == names
    assert list(FINETUNED_ROWS) == ["C3D-FC1 (Finetune)", "C3D-FC2 (Finetune)"]
    for row in C3D_ROWS.values():
        assert row.n_features == 4096
        (columns,) = row.block_slices
        np.testing.assert_array_equal(columns, np.arange(4096))
    with pytest.raises(ValueError, match="FC1, FC2, found 'FC3'"):
        C3D("FC3")


def test_input_is_grey_in_three_channels_less_their_means(clips, tmp_path):
    x = network_input(clips)
    assert x.shape == (3, 3, 16, 48, 48) and x.dtype == np.float32
    for channel, mean in enumerate(CHANNEL_MEANS):
        np.testing.assert_allclose(x[:, channel], clips - mean, atol=1e-4)
    cube = np.random.default_rng(6).normal(100, 9, (1, 3, 16, 128, 171))
    np.save(tmp_path / "mean.npy", cube)
    middle = read_mean(tmp_path / "mean.npy")
    np.testing.assert_array_equal(middle, cube[0, :, :, 8:120, 29:141])
    np.save(tmp_path / "mean.npy", cube[0, 0])
    with pytest.raises(ValueError, match="mean cube of shape"):
        read_mean(tmp_path / "mean.npy")
    (tmp_path / "mean.npy").write_bytes(b"no cube")
    with pytest.raises(ValueError, match="expected the mean cube as"):
        read_mean(tmp_path / "mean.npy")


@needs_torch
def test_batches_options_and_provenance(clips, tmp_path):
    path = save(tmp_path / "c3d.pickle", random_weights(7, **SMALL))
    ready = C3D("FC1", **SMALL).with_weights(path)
    features = ready.extract(clips)
    np.testing.assert_array_equal(ready.extract(clips), features)
    one_by_one = [ready.extract(clip)[0] for clip in clips]
    np.testing.assert_allclose(one_by_one, features, rtol=1e-5, atol=1e-4)
    for other in ({"layer": "FC2"}, {"mean": (0.0, 0.0, 0.0)}, {"pool5": "shifted"}):
        changed = C3D("FC1", **SMALL).with_weights(path, **other)
        assert not np.allclose(changed.extract(clips), features)
        assert repr(changed) != repr(ready)
    unit = C3D("FC1", **SMALL, unit_norm=True).with_weights(path).extract(clips)
    np.testing.assert_allclose(np.linalg.norm(unit, axis=1), 1)
    np.save(tmp_path / "mean.npy", np.broadcast_to(np.c_[CHANNEL_MEANS].T.reshape(3, 1, 1, 1),
                                                   (3, 16, 50, 51)))  # fmt: skip
    cube = C3D("FC1", **SMALL).with_weights(path, mean_cube=tmp_path / "mean.npy")
    np.testing.assert_allclose(cube.extract(clips), features, rtol=1e-5, atol=1e-4)
    assert file_hash(path) in repr(ready) and str(path) not in repr(cube)
    assert file_hash(tmp_path / "mean.npy") in repr(cube)


@needs_torch
def test_a_file_that_changed_since_is_refused(clips, tmp_path):
    path = save(tmp_path / "c3d.pickle", random_weights(8, **SMALL))
    ready = C3D("FC1", **SMALL).with_weights(path)
    save(path, random_weights(9, **SMALL))
    C3D("FC2", **SMALL).with_weights(path)  # takes the one place in memory
    with pytest.raises(ValueError, match="expected the file as it was"):
        ready.extract(clips)


@needs_torch
def test_control(clips):
    control = RandomC3D("FC1", **SMALL)
    assert control.name == "C3D-FC1 (random weights)"
    features = control.extract(clips)
    assert features.std() > 1 and not np.allclose(features[0], features[1])
    np.testing.assert_array_equal(RandomC3D("FC1", **SMALL, seed=0).extract(clips), features)
    assert not np.allclose(RandomC3D("FC1", **SMALL, seed=1).extract(clips), features)
    with pytest.raises(ValueError, match="control that takes no weights"):
        control.with_weights("c3d.pickle")


@needs_torch
def test_errors(clips):
    whole = np.zeros((1, 16, 112, 112))
    for name, row in C3D_ROWS.items():
        with pytest.raises(ValueError, match="needs trained weights") as caught:
            row.extract(whole)
        assert name in str(caught.value) and "--weights FILE" in str(caught.value)
    with pytest.raises(ValueError, match=r"clips of 16 x 48 x 48, found \(3, 8, 48, 48\)"):
        RandomC3D("FC1", **SMALL).extract(clips[:, :8])
    with pytest.raises(ValueError, match="device that PyTorch finds, found 'nowhere'"):
        RandomC3D("FC1", **SMALL, device="nowhere").extract(clips)


@pytest.mark.parametrize(
    "error", [ImportError("libc10.so"), OSError("libc10.so"), RuntimeError("libc10.so"),
              ModuleNotFoundError("no libc10.so", name="sympy")], ids=repr,
)  # fmt: skip
def test_a_broken_pytorch_is_not_an_absent_one(monkeypatch, error):
    class Broken:
        def find_spec(self, name, *rest):
            if name == "torch":
                raise error

    for name in [name for name in sys.modules if name.partition(".")[0] == "torch"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setattr(sys, "meta_path", [Broken(), *sys.meta_path])
    with pytest.raises(ImportError, match=r"installed but cannot be imported .*libc10\.so"):
        import_torch()


def test_the_package_needs_no_pytorch():
    """With PyTorch out of reach: everything imports, and C3D names the extra."""
    code = (
        "import sys\n"
        "class NoTorch:\n"
        "    def find_spec(self, name, *rest):\n"
        "        if name.partition('.')[0] == 'torch': raise ModuleNotFoundError(name)\n"
        "sys.meta_path.insert(0, NoTorch())\n"  # None in sys.modules would trip SciPy itself
        "import numpy as np, cdmer_lib, cdmer_lib.cli\n"
        "from cdmer_lib.c3d import C3D_ROWS, RandomC3D\n"
        "import cdmer_lib.c3d.finetuning\n"
        "row = C3D_ROWS['C3D-FC1 (Sports1M)']\n"
        "for call in (lambda: row.with_weights('c3d.pickle'),\n"
        "             lambda: RandomC3D('FC1').extract(np.zeros((16, 112, 112))),\n"
        "             lambda: cdmer_lib.c3d.finetuning.finetune([], [], [], None, '')):\n"
        "    try: call()\n"
        "    except ImportError as error: print(error)\n"
    )
    home = {"PYTHONPATH": str(Path(__file__).parents[1])}
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True,
                         env=os.environ | home, check=True)  # fmt: skip
    assert run.stdout.count("cdmer-lib[c3d]") == 3


@needs_torch
def test_both_layers_of_the_same_clips_take_one_pass(clips, monkeypatch):
    passes, hidden = [], C3DNetwork.hidden
    monkeypatch.setattr(C3DNetwork, "hidden", lambda net, x: passes.append(x) or hidden(net, x))
    controls = [RandomC3D(layer, **SMALL, seed=9) for layer in ("FC1", "FC2")]
    first, second = (control.extract(clips) for control in controls)
    assert len(passes) == 1 and first.shape == second.shape and not np.allclose(first, second)
    controls[0].extract(clips[:1])
    assert len(passes) == 2
