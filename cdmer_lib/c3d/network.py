"""C3D as a PyTorch module. Imports PyTorch."""

from functools import lru_cache

import torch
from torch import nn
from torch.nn import functional as F

from ..errors import InvalidInput
from .layers import layers


class C3DNetwork(nn.Module):
    """The network as published; its arrays have the keys of ``c3d.pickle``.

    ``classes`` and ``how`` are as for :func:`~cdmer_lib.c3d.layers.layers`; ``dropout`` is the
    share of hidden units that are left out after fc6 and fc7, in training only.
    """

    def __init__(self, classes=None, dropout=0.5, **how):
        super().__init__()
        self.dropout = dropout
        for layer in layers(classes, **how):
            window = {"kernel_size": layer.kernel, "padding": layer.padding}
            if layer.weight is None:
                module = nn.MaxPool3d(**window, ceil_mode=not any(layer.padding))
            elif layer.name.startswith("conv"):
                module = nn.Conv3d(layer.weight[1], layer.channels, **window)
            else:
                module = nn.Linear(layer.weight[1], layer.channels)
            self.add_module(layer.name, module)

    def feature_maps(self, x):
        """Yield name and map (n, channels, T, H, W) of every convolution, after ReLU, and pooling.

        ``x`` is as of :func:`~cdmer_lib.c3d.descriptor.network_input`.
        """
        for name, module in self.named_children():
            if not name.startswith("fc"):
                x = F.relu(module(x)) if name.startswith("conv") else module(x)
                yield name, x

    def hidden(self, x):
        """FC1 and FC2: fc6 and fc7 after ReLU, each (n, 4096), for x as in feature_maps."""
        for _, last in self.feature_maps(x):  # holds one map at a time; all would take much memory
            pass
        fc1 = F.relu(self.fc6(last.flatten(1)))
        return fc1, F.relu(self.fc7(self._drop(fc1)))

    def forward(self, x):
        """Scores of the classes, before the softmax: (n, classes)."""
        return self.fc8(self._drop(self.hidden(x)[1]))

    def _drop(self, x):
        return F.dropout(x, self.dropout, self.training)


def network_with(state, classes=None, device="cpu", **how):
    """A network of the given arrays, not copied, on a device; InvalidInput if that is not there."""
    with torch.device("meta"):  # no memory and no time for random weights that are thrown away
        network = C3DNetwork(classes, **how)
    network.load_state_dict(state, assign=True)
    try:
        return network.to(device)
    except (RuntimeError, AssertionError) as error:  # how PyTorch says that there is no GPU
        message = f"expected a device that PyTorch finds, found {device!r}: {error}"
        raise InvalidInput(message) from None


@lru_cache(maxsize=1)  # FC1 and FC2 share it; a network has 0.3 GB
def loaded(weights, *of, device, **shape):
    """The network whose arrays are ``weights(*of, **shape)``, on a device, not to be trained."""
    return network_with(weights(*of, **shape), device=device, **shape).eval()
