"""Pictures that several pages share. Matplotlib is imported where something is drawn."""

import numpy as np

from ..protocol import CORE, LEVELS, facial_blocks

INK = "#1b4965"
ACCENT = "#d1495b"
OVALS = (53, 55, 43, 52), (33, 40, 9, 4), (73, 40, 9, 4), (53, 82, 17, 5)  # face, eyes, mouth
NOSE = [53, 49, 57], [46, 64, 64]


def face_grids(values, title="", vmax=None):
    """Draw one number a facial block, on the four grids side by side; returns the Figure.

    ``values``, of shape (85,), are in the order of :func:`~cdmer_lib.protocol.facial_blocks`; bool
    draws a selection. ``vmax`` is the value of the darkest colour, by default the largest.
    """
    import matplotlib.pyplot as plt

    values = np.asarray(values, dtype=float)
    colours = plt.get_cmap("Blues")(values / (vmax or max(values.max(), 1e-300)))
    figure, axes = plt.subplots(1, len(LEVELS), figsize=(9, 2.6), layout="constrained")
    for block, colour in zip(facial_blocks(), colours, strict=True):
        down, across = block.rows, block.columns
        size = across.stop - across.start, down.stop - down.start
        patch = plt.Rectangle((across.start, down.start), *size, fc=colour, ec=INK, lw=0.6)
        axes[LEVELS.index(block.level)].add_patch(patch)
    for level, axis in zip(LEVELS, axes, strict=True):
        axis.set(xlim=(0, CORE), ylim=(CORE, 0), aspect="equal", xticks=[], yticks=[])
        axis.set_title(f"{level} x {level}", fontsize=9)
        t = np.linspace(0, 2 * np.pi, 90)
        strokes = [(x + a * np.cos(t), y + b * np.sin(t)) for x, y, a, b in OVALS]
        for x, y in [*strokes, NOSE]:
            axis.plot(x, y, color=ACCENT, lw=0.8, alpha=0.8)
    figure.suptitle(title, fontsize=10)
    return figure


def critical_difference(ranks, critical, title=""):
    """Draw mean ranks on an axis; a bar joins methods whose ranks are not told apart.

    ``ranks`` is a Series of the mean rank of each method, the best (smallest) first, as
    :func:`~cdmer_lib.statistics.paired.friedman` gives them with their ``critical`` difference.
    Returns the Figure.

    Source: Demšar, Statistical comparisons of classifiers (JMLR 2006), Fig. 1.
    """
    import matplotlib.pyplot as plt

    n, runs = len(ranks), alike(ranks, critical)
    left, half = 0.35 * len(runs) + 0.9, (n + 1) // 2
    figure, axis = plt.subplots(figsize=(8, 0.9 + 0.26 * (left + half)), layout="constrained")
    axis.plot([1, n], [0, 0], color="black", lw=1)
    for rank in range(1, n + 1):
        axis.plot([rank, rank], [0, -0.2], color="black", lw=1)
        axis.text(rank, -0.35, rank, ha="center", va="bottom", fontsize=8)
    said = {"s": f"critical difference {critical:.2f}", "color": INK, "fontsize": 8}
    axis.plot([1, 1 + critical], [-1.7, -1.7], "|-", color=INK, ms=7)
    axis.text(1 + critical / 2, -1.85, ha="center", va="bottom", **said)
    for row, (first, last) in enumerate(runs):
        ends = [ranks.iloc[first] - 0.06, ranks.iloc[last] + 0.06]
        axis.plot(ends, [0.45 + 0.35 * row] * 2, color=ACCENT, lw=3, solid_capstyle="butt")
    for i, (name, rank) in enumerate(ranks.items()):
        # the better half is labelled on the left
        side, place, align = (0.4, i, "right") if i < half else (n + 0.6, n - 1 - i, "left")
        y = left + 0.75 * place
        axis.plot([rank, rank, side], [0, y, y], color=INK, lw=0.8)
        axis.text(side, y, f" {name} {rank:.2f} ", ha=align, va="center", fontsize=9)
    axis.set(xlim=(-1, n + 2), ylim=(left + 0.75 * half, -2.6), title=title)
    axis.axis("off")
    return figure


def alike(ranks, critical):
    """Longest runs of methods whose ranks differ by less than the critical difference.

    A list of (int, int): first and last place in ``ranks`` (ascending) of each run of two or more.
    """
    ranks = np.asarray(ranks)
    near = ranks - ranks[:, None] < critical  # (i, j): j is not told apart from i, or better
    lasts, firsts = np.unique(near.sum(axis=1) - 1, return_index=True)
    return [pair for pair in zip(firsts.tolist(), lasts.tolist()) if pair[0] < pair[1]]
