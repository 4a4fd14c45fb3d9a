"""C3D's two hidden layers as descriptors. PyTorch is imported when features are computed.

Source: paper A, Section IV-A: the "last two fully connected layers" of the public networks trained
on Sports-1M and UCF101. We take the hidden layers fc6 (FC1) and fc7 (FC2), after ReLU; the very
last one, fc8, gives no features but the scores of 487 sports or 101 actions.
"""

from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path

import numpy as np

from ..clips import as_clips
from ..errors import InvalidInput
from ..files import user_path
from .layers import FRAMES, HIDDEN
from .weights import CLASSES, PUBLIC_FILES, file_hash, import_torch, random_weights, read_weights

LAYERS = ("FC1", "FC2")
CHANNEL_MEANS = (90.25, 97.66, 101.41)  # blue, green, red: means of the Sports-1M mean cube


def network_input(clips, mean=CHANNEL_MEANS):
    """Grey clips (n, T, H, W) as the input of the network: shape (n, 3, T, H, W), float32.

    Grey levels, 0..255 as in Caffe, are copied to the three channels blue, green, red, and the mean
    is subtracted: three numbers, or an array (3, T, H, W). Paper A does not say whether it used
    colour, as the files of SMIC and CASME II have, or grey, as for its other descriptors.
    """
    mean = np.asarray(mean, dtype=np.float64)
    mean = mean[:, None, None, None] if mean.shape == (3,) else mean
    return (np.asarray(clips)[:, None] - mean).astype(np.float32)


def read_mean(path, size=112):
    """The middle (3, 16, size, size) of a mean cube, cut out as in Caffe's test phase.

    The NumPy file has blue, green and red in shape (3, 16, H, W), 128 x 171 in the published one,
    or the same with a leading axis of 1. Raises InvalidInput for another file or shape.
    """
    try:
        cube = np.load(path, allow_pickle=False)
    except (OSError, ValueError) as error:
        raise InvalidInput(f"{path}: expected the mean cube as a .npy file ({error})") from None
    found = cube.shape
    cube = cube[0] if found[:1] == (1,) else cube
    if cube.ndim != 4 or cube.shape[:2] != (3, FRAMES) or min(cube.shape[2:]) < size:
        raise InvalidInput(
            f"{path}: expected a mean cube of shape (3, {FRAMES}, H, W), H and W at least {size}, "
            f"found {found}"
        )
    top, left = ((side - size) // 2 for side in cube.shape[2:])
    return cube[:, :, top : top + size, left : left + size].astype(np.float64)


@dataclass(frozen=True)
class C3D:
    """One hidden layer of C3D. Every option that paper A leaves open is a parameter.

    ``layer`` is FC1 (fc6) or FC2 (fc7); ``pretrained`` says on what the weights were trained:
    Sports1M, UCF101 or Finetune. ``pool5``, ``width`` and ``size`` are as for
    :func:`~cdmer_lib.c3d.layers.layers`. The three numbers of ``mean`` are subtracted from blue,
    green and red unless :meth:`with_weights` gets a ``mean_cube``, which the public weight files
    lack. ``unit_norm`` scales each feature vector to norm 1, as C3D's authors did before their SVM.
    ``device`` is what ``torch.device`` takes, ``batch`` the number of clips at a time, about 0.2 GB
    each; it changes only the float32 rounding of the features.
    """

    layer: str
    pretrained: str = "Sports1M"
    pool5: str = "caffe"
    mean: tuple = CHANNEL_MEANS
    unit_norm: bool = False
    width: float = 1
    size: int = 112
    device: str = field(default="cpu", repr=False)
    batch: int = field(default=4, repr=False)
    path: Path | None = field(default=None, repr=False)
    sha256: str | None = None  # repr, and so the provenance of features, has hashes, not paths
    mean_cube: Path | None = field(default=None, repr=False)
    mean_sha256: str | None = None

    def __post_init__(self):
        if self.layer not in LAYERS:
            raise InvalidInput(f"expected layer as one of FC1, FC2, found {self.layer!r}")

    @property
    def name(self):
        """As printed: ``C3D-FC1 (Sports1M)``."""
        return f"C3D-{self.layer} ({self.pretrained})"

    @property
    def n_features(self):
        """4096, times the width."""
        return int(HIDDEN * self.width)

    @property
    def block_slices(self):
        """One group of all columns: every unit sees the whole face, so there are no blocks."""
        return [np.arange(self.n_features)]

    def with_weights(self, path, mean_cube=None, **changes):
        """The same descriptor with the files of read_weights and :func:`read_mean`, checked.

        ``changes`` are other parameters, such as ``device``. Raises WeightsError or InvalidInput
        for a wrong file, PackageMissing without PyTorch.
        """
        import_torch()
        path = user_path(path)
        changes |= {"path": path, "sha256": file_hash(path)}
        if mean_cube is not None:
            mean_cube = user_path(mean_cube)
            changes |= {"mean_cube": mean_cube, "mean_sha256": file_hash(mean_cube)}
            read_mean(mean_cube, self.size)
        ready = replace(self, **changes)
        ready._network()
        return ready

    def extract(self, clips):
        """Features (n, 4096), float64, of clips (n, 16, 112, 112), or (16, 112, 112) for one.

        Grey levels are 0..255. Raises InvalidInput without weights, for clips of another shape and
        for a device that is not there; PackageMissing without PyTorch.
        """
        clips = as_clips(clips)
        if clips.shape[1:] != (FRAMES, self.size, self.size):
            raise InvalidInput(
                f"expected clips of {FRAMES} x {self.size} x {self.size}, found {clips.shape}; "
                "cdmer_lib.clips.normalised_clip makes them"
            )
        torch, network = import_torch(), self._network()
        mean = read_mean(self.mean_cube, self.size) if self.mean_cube else self.mean
        features = np.empty((len(clips), self.n_features))
        same = torch.backends.cudnn.flags(benchmark=False, deterministic=True, allow_tf32=False)
        with torch.inference_mode(), same:
            for start in range(0, len(clips), self.batch):
                chosen = slice(start, start + self.batch)
                x = network_input(clips[chosen], mean)
                hidden = _hidden(network, x.tobytes(), x.shape, self.device)
                features[chosen] = hidden[LAYERS.index(self.layer)]
        if self.unit_norm:
            features /= np.maximum(np.linalg.norm(features, axis=1, keepdims=True), 1e-12)
        return features

    def _network(self):
        from .network import loaded

        how = {"width": self.width, "size": self.size, "pool5": self.pool5}
        return loaded(*self._weights(), device=self.device, **how)

    def _weights(self):
        """The function that gives the weights, and its first arguments."""
        if self.path is None:
            raise InvalidInput(
                f"{self.name} needs trained weights, which this package does not have: expected "
                f"{PUBLIC_FILES.get(self.pretrained, 'a weights file')}; pass it with: cdmer "
                f'features --descriptor "{self.name}" --weights FILE, or with_weights(FILE)'
            )
        return read_weights, self.path, self.pretrained, self.sha256


@dataclass(frozen=True)
class RandomC3D(C3D):
    """A control, no row of paper A: what :class:`C3D` gives with random weights of a ``seed``."""

    pretrained: str = "random weights"
    seed: int = 0

    def with_weights(self, path, **changes):
        """Refused: a control takes no weights."""
        raise InvalidInput(f"{self.name} is a control that takes no weights; use C3D for {path}")

    def _weights(self):
        return random_weights, self.seed


@lru_cache(maxsize=1)  # FC1 and FC2 of the same clips are asked for one after the other
def _hidden(network, data, shape, device):
    x = import_torch().from_numpy(np.frombuffer(data, np.float32).reshape(shape).copy())
    return [layer.cpu().numpy() for layer in network.hidden(x.to(device))]


C3D_ROWS = {row.name: row for on in CLASSES for row in (C3D(layer, on) for layer in LAYERS)}
FINETUNED_ROWS = {row.name: row for row in (C3D(layer, "Finetune") for layer in LAYERS)}
CONTROL_ROWS = {row.name: row for row in map(RandomC3D, LAYERS)}
