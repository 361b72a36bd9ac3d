"""Default text of an item: numbers in short form, images as characters."""

import math

import numpy as np

FEW = 12  # numbers that are written in full
SIDE = 28  # largest width and height of an image, in characters
LEAST = 5  # fewest rows and columns of an image


def shown(item) -> str:
    """Text of an item. A number, up to 12 numbers, or integers (tokens) as Python prints them. More
    fractions are an image if their shape is (h, w), (h, w, 1) or (h, w, 3), or if they are a square
    number of values in [0, 1]: size, mean, range, and a picture in characters, the smallest value
    as a blank. Otherwise their number, mean, range and the first few."""
    values = np.asarray(item)
    if values.size <= FEW or values.dtype.kind not in "fb":
        return str(item)
    values = values.astype(float)
    if (pixels := _pixels(values)) is not None:
        return f"{' x '.join(map(str, pixels.shape))}, {_span(values)}{_picture(pixels)}"
    first = ", ".join(f"{x:.3g}" for x in values.ravel()[:4])
    return f"{values.size} numbers, {_span(values)}: {first}, ..."


def _span(values: np.ndarray) -> str:
    ends = f"from {values.min():.3g} to {values.max():.3g}"
    return f"mean {values.mean():.3g}, {ends}"


def _pixels(values: np.ndarray) -> np.ndarray | None:
    """(h, w) grey values, or None if the values are not an image."""
    if values.ndim == 3 and values.shape[2] in (1, 3):
        values = values.mean(2)
    side = math.isqrt(values.size)
    if values.ndim == 1 and side**2 == values.size and values.min() >= 0 and values.max() <= 1:
        values = values.reshape(side, side)
    return values if values.ndim == 2 and min(values.shape) >= LEAST else None


def _picture(pixels: np.ndarray) -> str:
    """The image in characters from smallest to largest value; large images are averaged down."""
    from collapse.data.images import in_characters

    step = math.ceil(max(pixels.shape) / SIDE)
    rows, columns = (np.arange(0, length, step) for length in pixels.shape)
    sums = np.add.reduceat(np.add.reduceat(pixels, rows, 0), columns, 1)
    cells = np.add.reduceat(np.add.reduceat(np.ones_like(pixels), rows, 0), columns, 1)
    means = np.nan_to_num(sums / cells, posinf=0.0, neginf=0.0)
    low, high = min(means.min(), 0.0), max(means.max(), 1.0)
    return in_characters((means - low) / (high - low))
