"""The design matrix of a regression, and which of its columns are collinear.

n rows, p coefficients, the intercept first. Columns are centred and scaled, so that results do not
depend on their units.
"""

from typing import NamedTuple

import numpy as np
from scipy import linalg

LARGEST = 30.0  # condition number beyond which columns are collinear (Belsley, Kuh and Welsch 1980)


class Design(NamedTuple):
    """The standardised design matrix of a regression."""

    names: tuple[str, ...]  # (p,) the intercept first
    scaled: np.ndarray  # (n, p)
    back: np.ndarray  # (p, p): coefficients in their own units = back @ those of ``scaled``
    reasons: dict[str, str]  # why a coefficient is not identified


def design(columns: dict[str, np.ndarray], intercept: str, rows: int) -> Design:
    """The design of columns (n,) with an intercept; redundant columns are set to 0."""
    names = (intercept, *columns)
    plain = np.ones((rows, len(names)))
    for i, column in enumerate(columns.values(), 1):
        plain[:, i] = column
    middle, width = plain.mean(0), plain.std(0)
    flat = width <= 1e-9 * np.maximum(np.abs(middle), 1e-300)
    middle[0], width[0], flat[0] = 0, 1, False
    width[flat] = 1
    scaled = (plain - middle) / width
    scaled[:, flat] = 0
    back = np.diag(1 / width)
    back[0, 1:] = -(middle / width)[1:]
    reasons = _unidentified(names, scaled, back, flat)
    # Of collinear columns the later ones are dropped, which does not change identified ones.
    while condition(used := scaled[:, scaled.any(0)]) > LARGEST:
        order = linalg.qr(used, mode="r", pivoting=True)[1]
        scaled[:, np.flatnonzero(scaled.any(0))[order[-1]]] = 0
    return Design(names, scaled, back, reasons)


def condition(columns: np.ndarray) -> float:
    """The condition number, largest over smallest singular value; 1 without columns."""
    size = np.linalg.svd(columns, compute_uv=False)
    return float(size[0] / max(size[-1], 1e-12 * size[0])) if len(size) else 1.0


def _unidentified(names, scaled, back, flat) -> dict[str, str]:
    """Reasons for coefficients that are not identified: those with more than half of their variance
    in directions of nearly no spread of the columns (variance proportions, Belsley, Kuh and Welsch
    1980)."""
    _, size, directions = np.linalg.svd(scaled, full_matrices=False)
    size = np.maximum(size, 1e-12 * size[0])
    loose = size < size[0] / LARGEST
    parts = (back @ directions.T / size) ** 2
    held = parts[:, loose].sum(1) > parts.sum(1) / 2
    together = [name for name, out in zip(names[1:], held[1:] & ~flat[1:], strict=True) if out]
    number = condition(scaled[:, ~flat])
    how = (
        "are collinear"
        if number > 1e8
        else f"are nearly collinear (condition number {number:.0f}, above {LARGEST:.0f})"
    )
    reasons = {}
    for i, name in enumerate(names):
        if flat[i]:
            reasons[name] = f"{name} is the same in every row"
        elif held[i] and together:
            reasons[name] = f"{' and '.join(together)} {how}"
        elif held[i]:
            reasons[name] = "another column is the same in every row, and so collinear with it"
    return reasons
