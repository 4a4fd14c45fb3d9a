"""Weights of C3D: the public files, read and checked, and random ones."""

import json
import zipfile

import numpy as np

from ..errors import PackageMissing, WeightsError
from ..files import sha256, user_path
from .layers import PLAN, parameter_shapes

KINDS = ("weight", "bias")
CLASSES = {"Sports1M": 487, "UCF101": 101}  # outputs of fc8 of a network trained there
CONVOLUTIONS = tuple(name for name, _ in PLAN if name.startswith("conv"))
# Two of the public files number the layers, poolings and activations included.
NUMBERED = dict(zip(CONVOLUTIONS, map("features.{}".format, (0, 3, 6, 8, 11, 13, 16, 18)),
                    strict=True)) | {"fc6": "classifier.0", "fc7": "classifier.3"}  # fmt: skip
PUBLIC_FILES = {
    "Sports1M": "c3d.pickle (GitHub project DavideA/c3d-pytorch) or c3d-pretrained.pth",
    "UCF101": "ucf101-caffe.pth (GitHub project jfzhang95/pytorch-video-recognition)",
    "Finetune": "weights.pt, which cdmer finetune writes",
}


def import_torch():
    """PyTorch, or an ImportError that says whether it is absent or broken."""
    try:
        import torch
    except Exception as error:  # a broken PyTorch raises ImportError, OSError, RuntimeError, ...
        if isinstance(error, ModuleNotFoundError) and error.name in (None, "torch"):
            message = "C3D needs PyTorch, which is not installed: pip install 'cdmer-lib[c3d]'"
            raise PackageMissing(message) from None
        raise PackageMissing(
            "C3D needs PyTorch, which is installed but cannot be imported "
            f"({type(error).__name__}: {error}): pip install --force-reinstall torch"
        ) from error
    return torch


def file_hash(path):
    """SHA-256 of a file; raise WeightsError if there is none."""
    try:
        return sha256(user_path(path))
    except OSError as error:
        message = f"expected a file, found none at {path} ({error.strerror}); look at the path"
        raise WeightsError(message) from None


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


def load(path):
    """What PyTorch saved in a file, opened as data only: code in it is not run.

    Checksums, which PyTorch writes since 1.6 and does not look at, are compared. Raises
    WeightsError for a file that is damaged or cut off.
    """
    torch = import_torch()
    try:
        if zipfile.is_zipfile(path):
            with zipfile.ZipFile(path) as archive:
                if damaged := archive.testzip():
                    raise WeightsError(f"the checksum of {damaged} is another one")
        return torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:  # PyTorch raises errors of many kinds on a broken file
        reason = str(error).strip().partition("\n")[0] or type(error).__name__
        raise WeightsError(
            f"{path}: expected weights as PyTorch saves them, found a file that is damaged, cut "
            f"off or no such file ({reason}); copy it again"
        ) from error


def read_weights(path, pretrained=None, known_sha256=None, **how):
    """The arrays of conv1 to fc7 from a file, float32, by the keys of ``c3d.pickle``.

    The file has the keys ``conv1.weight`` .. ``fc8.bias``, or ``features.0.weight`` ..
    ``classifier.3.bias``. Of fc8 only the number of classes counts. ``pretrained`` ("Sports1M" or
    "UCF101") and ``known_sha256`` are what the file is expected to be; a digest that stands beside
    it is compared, too. ``how`` is as for :func:`~cdmer_lib.c3d.layers.layers`. Raises WeightsError
    if the file is cut off or damaged, or lacks, adds or changes an array.
    """
    path = user_path(path)
    for expected in {known_sha256, _recorded_sha256(path)} - {None}:
        if expected != file_hash(path):
            message = f"expected the file as it was (SHA-256 {expected}), found another"
            raise WeightsError(f"{path}: {message}")
    found = load(path)
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


def _recorded_sha256(path):
    """SHA-256 of a file as ``record.json`` (of ``weights.pt``) or ``FILE.sha256`` says, or None."""
    try:
        if path.name == "weights.pt":
            return json.loads(path.with_name("record.json").read_text("utf-8"))["weights"]
        return path.with_name(f"{path.name}.sha256").read_text("utf-8").split()[0].lower()
    except (OSError, ValueError, LookupError, TypeError):
        return None


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
    actual = {key: tuple(array.shape) if hasattr(array, "shape") else type(array).__name__
              for key, array in found.items()}  # fmt: skip
    missing = [key for key in shapes if key not in found]
    unexpected = [key for key in found if key not in shapes]
    wrong = {k: (s, actual[k]) for k, s in shapes.items() if actual.get(k, s) != s}
    if missing or unexpected or wrong:
        shown = [f"{key} {found} in place of {shape}" for key, (shape, found) in wrong.items()]
        named = {"missing": missing, "unexpected": unexpected, "misshapen": shown}.items()
        lists = [f"{what}: {', '.join(map(str, keys))}" for what, keys in named if keys]
        message = f"{path}: expected the {len(shapes)} arrays of C3D, found others; "
        message += "; ".join([*lists, "files that fit: " + "; ".join(PUBLIC_FILES.values())])
        raise WeightsError(message, missing, unexpected, wrong)
