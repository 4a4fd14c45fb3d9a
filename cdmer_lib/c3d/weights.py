"""Weights of C3D: the public files, read and checked, and random ones."""

from pathlib import Path

import numpy as np

from ..errors import PackageMissing, WeightsError
from ..files import sha256
from .layers import parameter_shapes

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
    """Random arrays in place of trained ones: He's initialisation, normal, biases 0.

    The variance 2 / (inputs of a unit) keeps the scale of the maps from layer to layer under ReLU
    (He et al., "Delving deep into rectifiers", 2015).

    Parameters
    ----------
    seed : int
    classes, **how
        As for :func:`~cdmer_lib.c3d.layers.layers`.

    Returns
    -------
    dict of str to Tensor, float32
        By the keys of ``c3d.pickle``; the same on every machine.
    """
    torch, rng, state = import_torch(), np.random.default_rng(seed), {}
    for name, shape in parameter_shapes(classes, **how).items():
        if name.endswith("bias"):
            state[name] = torch.zeros(shape)
        else:
            scale = np.float32(np.sqrt(2 / np.prod(shape[1:])))
            state[name] = torch.from_numpy(rng.standard_normal(shape, np.float32) * scale)
    return state


def read_weights(path, pretrained=None, **how):
    """The arrays of conv1 to fc7 from a file, in either public layout of keys.

    fc8 is not returned: features come from fc6 and fc7, and fine-tuning replaces fc8 by a layer of
    three outputs. If the file has fc8, its shape is checked, and its number of classes tells on
    what the network was trained. Files are opened as data only: code in them is not run.

    Parameters
    ----------
    path : path
        Keys ``conv1.weight`` .. ``fc8.bias``, or ``features.0.weight`` .. ``classifier.3.bias``.
    pretrained : str, default=None
        "Sports1M" or "UCF101": what the file is expected to be.
    **how
        ``width``, ``size``, ``frames`` and ``pool5`` of :func:`~cdmer_lib.c3d.layers.layers`.

    Returns
    -------
    dict of str to Tensor, float32
        By the keys of ``c3d.pickle``.

    Raises
    ------
    WeightsError
        The file has no weights, is cut off, or lacks, adds or changes an array.
    """
    torch, path = import_torch(), Path(path)
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
    key_of = _keys(found)
    fc8 = [found.get(key_of(f"fc8.{kind}")) for kind in ("weight", "bias")]
    classes = next((len(array) for array in fc8 if getattr(array, "ndim", 0)), None)
    shapes = parameter_shapes(classes, **how)
    _compare(path, found, {key_of(name): shape for name, shape in shapes.items()})
    if pretrained in CLASSES and classes not in (None, CLASSES[pretrained]):
        raise WeightsError(
            f"{path}: expected a network trained on {pretrained} ({CLASSES[pretrained]} classes), "
            f"found one of {classes} classes; use {PUBLIC_FILES[pretrained]}"
        )
    state = {name: found[key_of(name)].float() for name in shapes}
    if broken := [key_of(name) for name, array in state.items() if not array.isfinite().all()]:
        raise WeightsError(f"{path}: expected finite weights, found NaN or infinity in {broken}")
    return {name: array for name, array in state.items() if not name.startswith("fc8")}


def _keys(found):
    """The function from the name of an array to its key in a file."""
    modules = {str(key).rpartition(".")[0] for key in found}
    layers = {}
    if any(module.startswith(("features.", "classifier.")) for module in modules):
        others = {m for m in modules if m.startswith("classifier.")} - set(NUMBERED.values())
        layers = NUMBERED | {"fc8": min(others, default="classifier.6")}

    def key_of(name):
        layer, kind = name.split(".")
        return f"{layers.get(layer, layer)}.{kind}"

    return key_of


def _compare(path, found, shapes):
    """Raise WeightsError unless the arrays are those expected."""
    missing = [key for key in shapes if key not in found]
    unexpected = [key for key in found if key not in shapes]
    misshapen = {}
    for key, shape in shapes.items():
        other = getattr(found.get(key), "shape", type(found.get(key)).__name__)
        if key in found and other != shape:
            misshapen[key] = (shape, other if isinstance(other, str) else tuple(other))
    if missing or unexpected or misshapen:
        shown = [f"{key} {other} in place of {shape}" for key, (shape, other) in misshapen.items()]
        faults = {"missing": missing, "unexpected": unexpected, "misshapen": shown}
        lists = [f"{what}: {', '.join(map(str, keys))}" for what, keys in faults.items() if keys]
        raise WeightsError(
            f"{path}: expected the {len(shapes)} arrays of C3D, found others; {'; '.join(lists)}; "
            f"files that fit: {'; '.join(PUBLIC_FILES.values())}",
            missing, unexpected, misshapen,
        )  # fmt: skip
