"""The columns of a regression, made fit for computing, and which of them cannot be told apart.

Letters: n rows, p coefficients, the intercept first. Columns are centred and scaled, so that what
is told does not depend on their units.
"""

from typing import NamedTuple

import numpy as np
from scipy import linalg

APART = 30.0  # condition number beyond which columns move together (Belsley, Kuh and Welsch 1980)


class Design(NamedTuple):
    """The columns of a regression, made fit for computing."""

    names: tuple[str, ...]  # (p,) the intercept first
    scaled: np.ndarray  # (n, p)
    back: np.ndarray  # (p, p): coefficients in their own units = back @ those of ``scaled``
    reasons: dict[str, str]  # why a coefficient is not identified


def design(columns: dict[str, np.ndarray], intercept: str, rows: int) -> Design:
    """Columns (n,) with an intercept; those that say hardly more than others are set to 0."""
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
    # Of columns that move together the later ones go: what is identified does not feel it.
    while condition(used := scaled[:, scaled.any(0)]) > APART:
        order = linalg.qr(used, mode="r", pivoting=True)[1]
        scaled[:, np.flatnonzero(scaled.any(0))[order[-1]]] = 0
    return Design(names, scaled, back, reasons)


def condition(columns: np.ndarray) -> float:
    """The largest singular value over the smallest; without columns, 1."""
    size = np.linalg.svd(columns, compute_uv=False)
    return float(size[0] / max(size[-1], 1e-12 * size[0])) if len(size) else 1.0


def _unidentified(names, scaled, back, flat) -> dict[str, str]:
    """The coefficients that can change and hardly change any fitted value: those of which more than
    half the variance comes from directions in which the columns have next to no spread (variance
    proportions, Belsley, Kuh and Welsch 1980)."""
    _, size, directions = np.linalg.svd(scaled, full_matrices=False)
    size = np.maximum(size, 1e-12 * size[0])
    loose = size < size[0] / APART
    parts = (back @ directions.T / size) ** 2
    held = parts[:, loose].sum(1) > parts.sum(1) / 2
    together = [name for name, out in zip(names[1:], held[1:] & ~flat[1:], strict=True) if out]
    number = condition(scaled[:, ~flat])
    how = (
        "move together in every row"
        if number > 1e8
        else f"move together in nearly every row (condition number {number:.0f}, where up to "
        f"{APART:.0f} can be told apart)"
    )
    reasons = {}
    for i, name in enumerate(names):
        if flat[i]:
            reasons[name] = f"{name} is the same in every row"
        elif held[i] and together:
            reasons[name] = f"{' and '.join(together)} {how}"
        elif held[i]:
            reasons[name] = "a column is the same in every row, which cannot be told from it"
    return reasons
