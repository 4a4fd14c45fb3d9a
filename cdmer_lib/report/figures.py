"""Pictures that several pages share."""

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.patches import Rectangle

from ..descriptors.grid import CORE, LEVELS, facial_blocks

INK = "#1b4965"
ACCENT = "#d1495b"


def face_grids(values, title="", cmap="Blues", vmax=None):
    """Draw one number a facial block, on the four grids side by side.

    Parameters
    ----------
    values : array-like of shape (85,)
        In the order of :func:`~cdmer_lib.descriptors.grid.facial_blocks`; bool draws a selection.
    title : str
    cmap : str
    vmax : float, default=None
        Value of the darkest colour; the largest of ``values`` if None.

    Returns
    -------
    matplotlib Figure
    """
    values = np.asarray(values, dtype=float)
    colour = plt.get_cmap(cmap)
    top = vmax or max(values.max(), 1e-300)
    figure, axes = plt.subplots(1, len(LEVELS), figsize=(9, 2.6), layout="constrained")
    for axis, level in zip(axes, LEVELS, strict=True):
        axis.set(xlim=(0, CORE), ylim=(CORE, 0), aspect="equal", xticks=[], yticks=[])
        axis.set_title(f"{level} x {level}", fontsize=9)
        for block, value in zip(facial_blocks(), values, strict=True):
            if block.level == level:
                corner = block.columns.start, block.rows.start
                width = block.columns.stop - block.columns.start
                height = block.rows.stop - block.rows.start
                face = colour(value / top)
                axis.add_patch(Rectangle(corner, width, height, fc=face, ec=INK, lw=0.6))
        _face_outline(axis)
    figure.suptitle(title, fontsize=10)
    return figure


def _face_outline(axis):
    """A schematic face, so that a reader sees which block is an eye and which the mouth."""
    t = np.linspace(0, 2 * np.pi, 90)
    strokes = [
        (53 + 43 * np.cos(t), 55 + 52 * np.sin(t)),
        (33 + 9 * np.cos(t), 40 + 4 * np.sin(t)),
        (73 + 9 * np.cos(t), 40 + 4 * np.sin(t)),
        (53 + 17 * np.cos(t), 82 + 5 * np.sin(t)),
        ([53, 49, 57], [46, 64, 64]),
    ]
    for x, y in strokes:
        axis.plot(x, y, color=ACCENT, lw=0.8, alpha=0.8)
