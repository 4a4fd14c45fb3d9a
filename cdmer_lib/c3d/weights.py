"""Weights of C3D: the public files, read and checked, and random ones."""

from pathlib import Path

import numpy as np

from ..errors import PackageMissing, WeightsError
from ..files import sha256
from .layers import parameter_shapes

KINDS = ("weight", "bias")
CLASSES = {"Sports1M": 487, "UCF101": 101}  # outputs of fc8 of a network trained there
CONVOLUTIONS = ("conv1", "conv2", "conv3a", "conv3b", "conv4a", "conv4b", "conv5a", "conv5b")
# Two of the public files number the layers, poolings and activations included.
NUMBERED = dict(zip(CONVOLUTIONS, map("features.{}".format, (0, 3, 6, 8, 11, 13, 16, 18)),
                    strict=True)) | {"fc6": "classifier.0", "fc7": "classifier.3"}  # fmt: skip
PUBLIC_FILES = {
    "Sports1M": "c3d.pickle (GitHub project DavideA/c3d-pytorch) or c3d-pretrained.pth",
    "UCF101": "ucf101-caffe.pth (GitHub project jfzhang95/pytorch-video-recognition)",
    "Finetune": "weights.pt, which cdmer finetune writes",
}


def import_torch():
    """PyTorch, or an ImportError that names the extra."""
    try:
        import torch
    except ImportError:
        raise PackageMissing(
            "C3D needs PyTorch, which is not installed: pip install 'cdmer-lib[c3d]'"
        ) from None
    return torch


def file_hash(path):
    """SHA-256 of a file; raise WeightsError if there is none."""
    try:
        return sha256(path)
    except OSError as error:
        raise WeightsError(
            f"expected a file, found none at {path} ({error.strerror}); look at the path"
        ) from None


def random_weights(seed, classes=None, **how):
    """Random arrays of C3D, by the keys of ``c3d.pickle``; the same on every machine.

    Biases are 0, weights normal with variance 2 / (inputs of a unit), which keeps the scale of the
    maps from layer to layer under ReLU (He et al., "Delving deep into rectifiers", 2015).
    ``classes`` and ``how`` are as for :func:`~cdmer_lib.c3d.layers.layers`.
    """
    torch, rng, state = import_torch(), np.random.default_rng(seed), {}
    for name, shape in parameter_shapes(classes, **how).items():
        if name.endswith("bias"):
            state[name] = torch.zeros(shape)
        else:
            scale = np.float32(np.sqrt(2 / np.prod(shape[1:])))
            state[name] = torch.from_numpy(rng.standard_normal(shape, np.float32) * scale)
    return state


def read_weights(path, pretrained=None, known_sha256=None, **how):
    """The arrays of conv1 to fc7 from a file, float32, by the keys of ``c3d.pickle``.

    fc8 is not returned: features come from fc6 and fc7, and fine-tuning replaces fc8 by a layer of
    three outputs. If the file has fc8, its shape is checked, and its number of classes tells on
    what the network was trained. Files are opened as data only: code in them is not run.

    The file has the keys ``conv1.weight`` .. ``fc8.bias``, or ``features.0.weight`` ..
    ``classifier.3.bias``. ``pretrained`` ("Sports1M" or "UCF101") and ``known_sha256`` are what it
    is expected to be; ``how`` is as for :func:`~cdmer_lib.c3d.layers.layers`. Raises WeightsError
    if the file has no weights, is cut off, or lacks, adds or changes an array.
    """
    torch, path = import_torch(), Path(path)
    if known_sha256 is not None and known_sha256 != file_hash(path):
        raise WeightsError(
            f"{path}: expected the file as it was (SHA-256 {known_sha256}), found another"
        )
    try:
        found = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:  # PyTorch raises errors of many kinds on a broken file
        reason = str(error).strip().partition("\n")[0] or type(error).__name__
        raise WeightsError(
            f"{path}: expected weights as PyTorch saves them, found a file that is cut off or no "
            f"such file ({reason}); copy it again"
        ) from error
    if not isinstance(found, dict):
        raise WeightsError(f"{path}: expected arrays by key, found a {type(found).__name__}")
    keys = _keys(found)
    fc8 = [found.get(keys[f"fc8.{kind}"]) for kind in KINDS]
    classes = next((len(array) for array in fc8 if getattr(array, "ndim", 0)), None)
    shapes = parameter_shapes(classes, **how)
    _compare(path, found, {keys[name]: shape for name, shape in shapes.items()})
    if pretrained in CLASSES and classes not in (None, CLASSES[pretrained]):
        raise WeightsError(
            f"{path}: expected a network trained on {pretrained} ({CLASSES[pretrained]} classes), "
            f"found one of {classes} classes; use {PUBLIC_FILES[pretrained]}"
        )
    if broken := [key for key, array in found.items() if not array.isfinite().all()]:
        raise WeightsError(f"{path}: expected finite weights, found NaN or infinity in {broken}")
    return {name: found[keys[name]].float() for name in shapes if not name.startswith("fc8")}


def _keys(found):
    """Key in a file of each array, by its name."""
    layers = {name: name for name in (*CONVOLUTIONS, "fc6", "fc7", "fc8")}
    modules = {str(key).rpartition(".")[0] for key in found}
    if any(module.startswith(("features.", "classifier.")) for module in modules):
        last = {m for m in modules - set(NUMBERED.values()) if m.startswith("classifier.")}
        layers = NUMBERED | {"fc8": min(last, default="classifier.6")}
    return {f"{name}.{kind}": f"{key}.{kind}" for name, key in layers.items() for kind in KINDS}


def _compare(path, found, shapes):
    """Raise WeightsError unless the arrays are those expected."""
    missing = [key for key in shapes if key not in found]
    unexpected = [key for key in found if key not in shapes]
    actual = {key: _shape(found[key]) for key in shapes if key in found}
    misshapen = {key: (shapes[key], shape) for key, shape in actual.items() if shape != shapes[key]}
    if missing or unexpected or misshapen:
        shown = [f"{key} {other} in place of {shape}" for key, (shape, other) in misshapen.items()]
        faults = {"missing": missing, "unexpected": unexpected, "misshapen": shown}
        lists = [f"{what}: {', '.join(map(str, keys))}" for what, keys in faults.items() if keys]
        raise WeightsError(
            f"{path}: expected the {len(shapes)} arrays of C3D, found others; {'; '.join(lists)}; "
            f"files that fit: {'; '.join(PUBLIC_FILES.values())}",
            missing, unexpected, misshapen,
        )  # fmt: skip


def _shape(array):
    """The shape of an array, or the type of what is none."""
    return tuple(array.shape) if hasattr(array, "shape") else type(array).__name__
