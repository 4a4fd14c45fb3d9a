"""Weights of C3D: the public files, read and checked."""

import hashlib
from pathlib import Path

from ..errors import PackageMissing, WeightsError
from .layers import parameter_shapes

CLASSES = {"Sports1M": 487, "UCF101": 101}  # outputs of fc8 of a network trained there
CONVOLUTIONS = ("conv1", "conv2", "conv3a", "conv3b", "conv4a", "conv4b", "conv5a", "conv5b")
# Two of the public files number the layers, poolings and activations included.
NUMBERED = {
    f"features.{number}": name
    for number, name in zip((0, 3, 6, 8, 11, 13, 16, 18), CONVOLUTIONS, strict=True)
} | {"classifier.0": "fc6", "classifier.3": "fc7"}
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
    """SHA-256 of a file.

    Raises
    ------
    WeightsError
        If there is no such file.
    """
    try:
        with open(path, "rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise WeightsError(
            f"expected a file, found none at {path} ({error.strerror}); look at the path"
        ) from None


def read_weights(path, pretrained=None, **how):
    """The arrays of conv1 to fc7 from a file, in either public layout of keys.

    fc8 is never asked for: features come from fc6 and fc7, and fine-tuning puts a layer of three
    outputs in its place. Where a file has it, its shape is checked, and its number of classes tells
    on what the network was trained. Files are opened as data only: code in them is not run.

    Parameters
    ----------
    path : path
        Keys ``conv1.weight`` .. ``fc8.bias``, or ``features.0.weight`` .. ``classifier.3.bias``.
    pretrained : str, default=None
        "Sports1M" or "UCF101": what the file is expected to be, if it tells.
    **how
        ``width``, ``size``, ``frames`` and ``pool5`` of :func:`~.c3d_layers.parameter_shapes`.

    Returns
    -------
    dict of str to Tensor, float32
        By the keys of ``c3d.pickle``.

    Raises
    ------
    WeightsError
        A file that is no such file, is cut off, or lacks, adds or changes an array.
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
    keys, shapes, classes = _expected(found, **how)
    _compare(path, found, {keys[name]: shape for name, shape in shapes.items()})
    if pretrained in CLASSES and classes not in (None, CLASSES[pretrained]):
        raise WeightsError(
            f"{path}: expected a network trained on {pretrained} ({CLASSES[pretrained]} classes), "
            f"found one of {classes} classes; use {PUBLIC_FILES[pretrained]}"
        )
    state = {name: found[key].float() for name, key in keys.items()}
    if broken := [keys[name] for name, value in state.items() if not value.isfinite().all()]:
        raise WeightsError(f"{path}: expected finite weights, found NaN or infinity in {broken}")
    return {name: value for name, value in state.items() if not name.startswith("fc8")}


def _expected(found, **how):
    """Key in the file and shape of each array, by its name; the classes of fc8, or ``None``."""
    layers = {name: name for name in (*CONVOLUTIONS, "fc6", "fc7", "fc8")}
    modules = {str(key).rpartition(".")[0] for key in found}
    if any(module.startswith(("features.", "classifier.")) for module in modules):
        layers |= {name: number for number, name in NUMBERED.items()}
        others = sorted(m for m in modules - set(NUMBERED) if m.startswith("classifier."))
        layers["fc8"] = others[0] if others else "classifier.6"
    last = [found.get(f"{layers['fc8']}.{kind}") for kind in ("weight", "bias")]
    classes = next((len(array) for array in last if getattr(array, "ndim", 0)), None)
    shapes = parameter_shapes(classes, **how)
    keys = {name: f"{layers[name.partition('.')[0]]}.{name.partition('.')[2]}" for name in shapes}
    return keys, shapes, classes


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
