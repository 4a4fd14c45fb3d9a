"""C3D's two hidden layers as descriptors. PyTorch is imported when features are computed.

Source: paper A, Section IV-A: the public networks trained on Sports-1M and UCF101, of which the
"last two fully connected layers". Taken as fc6 (FC1) and fc7 (FC2), the hidden ones, after ReLU;
fc8, strictly the last, gives no features but the scores of 487 sports or 101 actions.
"""

from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path

import numpy as np

from ..clips import as_clips
from ..errors import InvalidInput
from .layers import HIDDEN
from .network_input import CHANNEL_MEANS, network_input, read_mean
from .weights import PUBLIC_FILES, file_hash, import_torch, read_weights

FRAMES = 16
LAYERS = ("FC1", "FC2")


@dataclass(frozen=True)
class C3D:
    """One hidden layer of C3D.

    Every option that paper A leaves open has a name here. Two clips give the same features on one
    machine and number of threads, whatever the batch, up to float32 rounding.

    Parameters
    ----------
    layer : {"FC1", "FC2"}
        fc6 or fc7.
    pretrained : str
        "Sports1M", "UCF101" or "Finetune": on what the weights were trained.
    pool5 : {"caffe", "shifted"}
        See :func:`~.c3d_layers.layers`. "caffe" is what the weights were trained with.
    mean : tuple of three numbers
        Taken off blue, green and red where no ``mean_cube`` is given to :meth:`with_weights`: the
        cube is not part of the public weight files, hence its means by channel.
    unit_norm : bool, default=False
        Scale each feature vector to norm 1, as C3D's authors did before their SVM; paper A does not
        say that it did.
    width, size : float, int
        Smaller networks and clips for trials; see :func:`~.c3d_layers.layers`.
    device : str, default="cpu"
        What ``torch.device`` takes.
    batch : int, default=4
        Clips at a time; about 0.2 GB each.
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
    sha256: str | None = None  # what repr shows of the files, and so the provenance of features
    mean_cube: Path | None = field(default=None, repr=False)
    mean_sha256: str | None = None

    def __post_init__(self):
        if self.layer not in LAYERS:
            raise InvalidInput(
                f"expected layer as one of {', '.join(LAYERS)}, found {self.layer!r}"
            )

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
        """The same descriptor with the weights of a file, read and checked.

        Parameters
        ----------
        path : path
            See :func:`~.c3d_weights.read_weights`.
        mean_cube : path, default=None
            See :func:`~.c3d_input.read_mean`.
        **changes
            Parameters to change, such as ``device``.

        Raises
        ------
        ImportError
            Without PyTorch.
        WeightsError
            If the file is not what it should be.
        """
        import_torch()
        changes |= {"path": Path(path), "sha256": file_hash(path)}
        if mean_cube is not None:
            changes |= {"mean_cube": Path(mean_cube), "mean_sha256": file_hash(mean_cube)}
            read_mean(mean_cube, FRAMES, self.size)
        ready = replace(self, **changes)
        ready._network()
        return ready

    def extract(self, clips):
        """Features of some clips.

        Parameters
        ----------
        clips : array-like of shape (n, 16, 112, 112), or (16, 112, 112) for one
            Grey levels, 0..255.

        Returns
        -------
        ndarray of shape (n, 4096), float64

        Raises
        ------
        ImportError
            Without PyTorch.
        ValueError
            Without weights; clips of another shape; a device that is not there.
        """
        clips = as_clips(clips)
        if clips.shape[1:] != (FRAMES, self.size, self.size):
            raise InvalidInput(
                f"expected clips of {FRAMES} x {self.size} x {self.size}, found {clips.shape}; "
                "cdmer_lib.clips.normalised_clip makes them"
            )
        torch, network = import_torch(), self._network()
        cube = self.mean_cube
        mean = self.mean if cube is None else read_mean(cube, FRAMES, self.size)
        features = np.empty((len(clips), self.n_features))
        same = torch.backends.cudnn.flags(benchmark=False, deterministic=True, allow_tf32=False)
        with torch.inference_mode(), same:
            for start in range(0, len(clips), self.batch):
                chosen = slice(start, start + self.batch)
                x = np.ascontiguousarray(network_input(clips[chosen], mean))
                hidden = _hidden(network, x.tobytes(), x.shape, self.device)
                features[chosen] = hidden[LAYERS.index(self.layer)]
        if self.unit_norm:
            features /= np.maximum(np.linalg.norm(features, axis=1, keepdims=True), 1e-12)
        return features

    def _network(self):
        if self.path is None:
            raise InvalidInput(
                f"{self.name} needs trained weights, which this package does not have: expected "
                f"{PUBLIC_FILES.get(self.pretrained, 'a weights file')}; pass it with: cdmer "
                f'features --descriptor "{self.name}" --weights FILE, or with_weights(FILE)'
            )
        return self._load(_checked, self.path, self.sha256, self.pretrained)

    def _load(self, weights, *of):
        import_torch()
        from .network import loaded

        return loaded(weights, *of, device=self.device, **self._shape())

    def _shape(self):
        return {"width": self.width, "size": self.size, "frames": FRAMES, "pool5": self.pool5}


@lru_cache(maxsize=1)  # FC1 and FC2 of the same clips are asked for one after the other
def _hidden(network, data, shape, device):
    x = import_torch().from_numpy(np.frombuffer(data, np.float32).reshape(shape).copy())
    return [layer.cpu().numpy() for layer in network.hidden(x.to(device))]


def _checked(path, sha256, pretrained, **shape):
    if file_hash(path) != sha256:
        raise InvalidInput(f"{path}: expected the file as it was (SHA-256 {sha256}), found another")
    return read_weights(path, pretrained, **shape)


C3D_ROWS = {
    row.name: row for row in (C3D(layer, on) for on in ("Sports1M", "UCF101") for layer in LAYERS)
}
FINETUNED_ROWS = {row.name: row for row in (C3D(layer, "Finetune") for layer in LAYERS)}
