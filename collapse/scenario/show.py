"""An item as text, where a scenario does not say how: short, and an image as an image."""

import math

import numpy as np

FEW = 12  # numbers that are written out
SIDE = 28  # characters that an image is wide and high at most
LEAST = 5  # rows and columns that make an image


def shown(item) -> str:
    """A number, a few of them, or whole numbers (tokens) as Python writes them. More fractions than
    12 are an image where they are of shape (h, w), (h, w, 1) or (h, w, 3), or a square number of
    them in [0, 1]: its size, mean and range, and a picture in characters, the least as a blank.
    Otherwise how many they are, mean, range and the first few."""
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
    """(h, w) grey values, or None if these are no image."""
    if values.ndim == 3 and values.shape[2] in (1, 3):
        values = values.mean(2)
    side = math.isqrt(values.size)
    if values.ndim == 1 and side**2 == values.size and values.min() >= 0 and values.max() <= 1:
        values = values.reshape(side, side)
    return values if values.ndim == 2 and min(values.shape) >= LEAST else None


def _picture(pixels: np.ndarray) -> str:
    """In characters, from the least to the greatest value; large ones smaller, by averages."""
    from collapse.data.images import in_characters

    step = math.ceil(max(pixels.shape) / SIDE)
    rows, columns = (np.arange(0, length, step) for length in pixels.shape)
    sums = np.add.reduceat(np.add.reduceat(pixels, rows, 0), columns, 1)
    cells = np.add.reduceat(np.add.reduceat(np.ones_like(pixels), rows, 0), columns, 1)
    means = np.nan_to_num(sums / cells, posinf=0.0, neginf=0.0)
    low, high = min(means.min(), 0.0), max(means.max(), 1.0)
    return in_characters((means - low) / (high - low))
