"""A control for C3D: the same network with random weights."""

from dataclasses import dataclass

import numpy as np

from ..errors import InvalidInput
from .descriptor import C3D, LAYERS
from .layers import parameter_shapes
from .weights import import_torch


@dataclass(frozen=True)
class RandomC3D(C3D):
    """A control: the network with random weights, trained on nothing.

    What it scores is what the architecture and the SVM give without any training: no row of paper
    A. Parameters as for :class:`~.c3d.C3D`, and ``seed``.
    """

    pretrained: str = "random weights"
    seed: int = 0

    def with_weights(self, path, **changes):
        """Refused: a control takes no weights."""
        raise InvalidInput(f"{self.name} is a control that takes no weights; use C3D for {path}")

    def _network(self):
        return self._load(random_weights, self.seed)


CONTROL_ROWS = {row.name: row for row in map(RandomC3D, LAYERS)}


def random_weights(seed, classes=None, **how):
    """Random arrays in place of trained ones: He's initialisation, normal, biases 0.

    The variance 2 / (inputs of a unit) keeps the scale of the maps from layer to layer under ReLU
    (He et al., "Delving deep into rectifiers", 2015).

    Parameters
    ----------
    seed : int
    classes, **how
        As for :func:`~.c3d_layers.parameter_shapes`.

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
