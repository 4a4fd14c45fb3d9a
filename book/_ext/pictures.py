"""A stored picture that differs from the new one by rounding alone is kept."""

import base64
import io

from matplotlib.image import imread
from scipy.ndimage import maximum_filter, minimum_filter


def same_picture(a, b):
    """Whether two base64 PNGs look alike.

    Rounding may put a point of a curve, a marker or a letter one pixel further, or make it
    fainter. So each pixel of the one picture has to lie, within 0.1 of full intensity, in the
    range of the 3 x 3 pixels around it in the other picture, in each colour.
    """
    a, b = (imread(io.BytesIO(base64.b64decode(png))) for png in (a, b))

    def within(a, b):
        around = {"size": (3, 3, 1), "mode": "nearest"}
        low, high = minimum_filter(b, **around), maximum_filter(b, **around)
        return ((a >= low - 0.1) & (a <= high + 0.1)).all()

    return a.shape == b.shape and within(a, b) and within(b, a)


def keep_pictures(nb, stored):
    """Give cells their stored pictures back where the new ones differ by rounding alone."""
    before = {cell.id: cell.outputs for cell in stored.cells if cell.cell_type == "code"}
    for cell in nb.cells:
        for new, old in zip(cell.get("outputs", []), before.get(cell.id, []), strict=False):
            data, kept = new.get("data", {}), old.get("data", {})
            for mime in [mime for mime in data if mime.endswith("image/png") and mime in kept]:
                if data[mime] != kept[mime] and same_picture(data[mime], kept[mime]):
                    data[mime] = kept[mime]
    return nb
