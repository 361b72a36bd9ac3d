"""What a figure shows of a curve: its centre over seeds, its band, and the words for both."""

import math
from dataclasses import dataclass

import numpy as np

from collapse.bands import BANDS, LEVEL, Band
from collapse.meaning import Curve
from collapse.summary import interval

COLUMNS = ("centre", "low", "high")


@dataclass(frozen=True)
class Drawn:
    """Centre and ends of the band (T + 1,) of one curve; ``method`` is one of ``BANDS``, ``covers``
    how often such a band holds the true centre, ``cut`` whether an end was outside the range of the
    curve and was moved to it."""

    centre: np.ndarray
    low: np.ndarray
    high: np.ndarray
    method: str
    seeds: int
    covers: float
    cut: bool


def drawn(values: np.ndarray, curve: Curve, method: str | None = None) -> Drawn:
    """Of values (S, T + 1): the method asked for, or what suits the curve, which is the median
    where it is heavy-tailed over seeds and Student's t where it is not.

    An interval by t knows nothing of the curve's range, so that its ends are kept inside it. The
    mean is infinite where a seed is, with the least and the greatest seed for ends.
    """
    method = method or ("median" if curve.heavy else "t")
    if method == "t":
        centre, low, high = np.array([interval(at) for at in values.T]).T
        covers = LEVEL if len(values) > 1 else math.nan
    else:
        finite = np.isfinite(values) | np.isnan(values)
        which = [BANDS[method] if method == "median" or ok else _ends for ok in finite.all(0)]
        bands = [each(at) for each, at in zip(which, values.T, strict=True)]
        centre, low, high = np.array([[getattr(b, k) for k in COLUMNS] for b in bands]).T
        covers = min((b.covers for b in bands if b.seeds > 1), default=math.nan)
    inside = np.minimum(np.maximum(low, curve.low), centre)
    under = np.maximum(np.minimum(high, curve.high), centre)
    cut = bool((inside > low).any() or (under < high).any())
    inside, under = (np.where(np.isnan(centre), np.nan, x) for x in (inside, under))
    return Drawn(centre, inside, under, method, len(values), covers, cut)


def _ends(values: np.ndarray) -> Band:
    """Where a seed is infinite: its mean, the least and the greatest."""
    return Band(*interval(values), "bootstrap", len(values), math.nan)


def words(curves: list[tuple[str, Drawn]]) -> str:
    """What the bands of a figure are, of all its curves with their names: "mean and 95 % t band,
    8 seeds"; with the names where they differ."""
    said: dict[str, dict[str, None]] = {}
    for name, one in curves:
        said.setdefault(_words(one), {})[name.replace("_", " ")] = None
    seeds = max(one.seeds for _, one in curves)
    count = f"{seeds} seed{'s' if seeds > 1 else ''}"
    cut = "cut at the range, " if any(one.cut for _, one in curves) else ""
    if len(said) == 1:
        return f"{next(iter(said))}, {cut}{count}"
    named = [f"{', '.join(names)}: {text}" for text, names in said.items()]
    return f"{'; '.join(named)}; {cut}{count}"


def _words(one: Drawn) -> str:
    centre = "median" if one.method == "median" else "mean"
    if one.seeds < 2:
        return f"{centre}, no band"
    percent = 100 * (LEVEL if one.covers >= LEVEL else one.covers)
    if one.method == "median":
        return f"median and its {percent:.3g} % interval"
    return f"mean and {percent:.3g} % {one.method} band"
