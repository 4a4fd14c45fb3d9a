"""The layers of C3D: shapes, receptive fields, numbers of parameters. Needs no PyTorch.

Source: Tran et al., "Learning spatiotemporal features with 3D convolutional networks" (2015), the
network that was trained on Sports-1M: eight convolutions of 3 x 3 x 3 taps, five maximum poolings,
two hidden layers of 4096, one of classes. The layers' names are those in ``c3d.pickle``.
"""

from dataclasses import dataclass
from math import prod

import numpy as np

from ..errors import InvalidInput

FRAMES = 16  # of a clip
PLAN = (  # convolutions have channels, poolings a window (time, rows, columns)
    ("conv1", 64), ("pool1", (1, 2, 2)),
    ("conv2", 128), ("pool2", (2, 2, 2)),
    ("conv3a", 256), ("conv3b", 256), ("pool3", (2, 2, 2)),
    ("conv4a", 512), ("conv4b", 512), ("pool4", (2, 2, 2)),
    ("conv5a", 512), ("conv5b", 512), ("pool5", (2, 2, 2)),
)  # fmt: skip
HIDDEN = 4096


@dataclass(frozen=True)
class Layer:
    """One layer; each size has frames, rows and columns."""

    name: str
    channels: int  # of the output
    shape: tuple  # of the output; (1, 1, 1) for a fully connected layer
    field: tuple  # receptive field: what one output sees; it may reach beyond the clip's borders
    weight: tuple | None  # shape of the weights; None for a pooling
    kernel: tuple = (1, 1, 1)  # the window
    padding: tuple = (0, 0, 0)  # a pooling without it also counts a last window that is cut off

    @property
    def parameters(self):
        """Number of weights and biases."""
        return 0 if self.weight is None else prod(self.weight) + self.channels


def layers(classes=None, *, width=1, size=112, pool5="caffe"):
    """The layers in order, a list of :class:`Layer`. Raises InvalidInput for a wrong argument.

    ``classes`` is 487 (Sports-1M), 101 (UCF101) or 3 here; ``None`` leaves out the last layer, fc8.
    ``width`` multiplies the published numbers of channels and hidden units; ``size``, the side of a
    frame, is a multiple of 16. ``pool5`` names the windows of that layer on the 7 x 7 map. "caffe",
    as trained: they start at 0, 2, 4, 6, and the border cuts off the last one. "shifted", as in
    some ports to PyTorch, which pad the map by one: they start at -1, 1, 3, 5.
    """
    if pool5 not in ("caffe", "shifted"):
        raise InvalidInput(f"expected pool5 as caffe or shifted, found {pool5!r}")
    if size % 16 or size < 16:
        raise InvalidInput(f"expected size as a multiple of 16, found {size}")
    if width <= 0 or (64 * width) % 1:
        raise InvalidInput(f"expected a width that makes 64 channels whole, found {width}")
    channels, shape = 3, np.array([FRAMES, size, size])
    field, step, result = 1, 1, []  # step: pixels between neighbouring outputs
    for name, what in PLAN:
        if name.startswith("conv"):
            kernel, stride, padding = (3, 3, 3), 1, (1, 1, 1)
            weight = (int(what * width), channels, *kernel)
            channels = weight[0]
        else:
            kernel, stride, weight = what, np.array(what), None
            padding = (0, 1, 1) if (name, pool5) == ("pool5", "shifted") else (0, 0, 0)
        spare = 0 if any(padding) else stride - 1  # rounds up: the last window may be cut off
        shape = (shape + 2 * np.array(padding) - kernel + spare) // stride + 1
        field, step = field + (np.array(kernel) - 1) * step, step * stride
        sizes = (tuple(x.tolist()) for x in (shape, field))
        result.append(Layer(name, channels, *sizes, weight, kernel, padding))
    whole = tuple((field + (shape - 1) * step).tolist())
    inputs, hidden = channels * int(shape.prod()), int(HIDDEN * width)
    for name, outputs in (("fc6", hidden), ("fc7", hidden), ("fc8", classes)):
        result.append(Layer(name, outputs, (1, 1, 1), whole, (outputs, inputs)))
        inputs = outputs
    return result if classes else result[:-1]


def parameter_shapes(classes=None, **how):
    """Shape of every array, by its key in a weights file: ``conv1.weight`` to ``fc8.bias``."""
    shapes = {}
    for layer in layers(classes, **how):
        if layer.weight:
            shapes |= {f"{layer.name}.weight": layer.weight, f"{layer.name}.bias": layer.weight[:1]}
    return shapes
