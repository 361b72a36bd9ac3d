"""A curve over seeds as a figure shows it: centre, band, and the words for both."""

import math
from dataclasses import dataclass

import numpy as np

from collapse.curve import Curve
from collapse.stats.estimate import LEVEL, Estimate
from collapse.stats.intervals import INTERVALS

ENOUGH = {"t": 2, "median": 2, "bootstrap": 3}  # seeds from which on an interval says something


@dataclass(frozen=True)
class Drawn:
    """Centre and ends of the band of one curve, each (T + 1,).

    ``method`` is one of ``INTERVALS``. ``seeds`` are the seeds that have come to each generation,
    ``defined`` those of them with a number, ``covers`` the coverage of the band. ``cut``: an end
    was outside the range of the curve and was clipped.
    """

    centre: np.ndarray
    low: np.ndarray
    high: np.ndarray
    method: str
    seeds: np.ndarray
    defined: np.ndarray
    covers: np.ndarray
    cut: bool


def drawn(
    values: np.ndarray, curve: Curve, method: str | None = None, there: np.ndarray | None = None
) -> Drawn:
    """The band of values (S, T + 1) over seeds.

    ``method`` is one of ``INTERVALS``; None: the median if the curve is declared heavy-tailed over
    seeds, else Student's t. ``there`` (S, T + 1): which seeds have come to each generation; None:
    all. Ends are clipped to the curve's range. There are none for too few seeds, nor for an
    infinite mean.
    """
    method = method or ("median" if curve.heavy else "t")
    there = np.ones(values.shape, bool) if there is None else there
    bands = [_band(at[here], method) for at, here in zip(values.T, there.T, strict=True)]
    centre, low, high, covers = (
        np.array([getattr(band, name) for band in bands])
        for name in ("value", "low", "high", "level")
    )
    inside = np.minimum(np.maximum(low, curve.low), centre)
    under = np.maximum(np.minimum(high, curve.high), centre)
    cut = bool((inside > low).any() or (under < high).any())
    defined = (there & ~np.isnan(values)).sum(0)
    return Drawn(centre, inside, under, method, there.sum(0), defined, covers, cut)


def _band(values: np.ndarray, method: str) -> Estimate:
    """The estimate of the seeds (S,) that are there; without ends where they would mean nothing."""
    values = values[~np.isnan(values)]
    infinite = values[np.isinf(values)]
    if method != "median" and len(infinite):
        mean = infinite[0] if (infinite == infinite[0]).all() else math.nan
        return Estimate(float(mean), method=method, n=len(values))
    estimate = INTERVALS[method](values)
    if len(values) >= ENOUGH[method]:
        return estimate
    return Estimate(estimate.value, method=method, n=len(values))


def words(curves: list[tuple[str, Drawn]]) -> str:
    """The bands of all curves of a figure in words: "mean and 95 % t band, 8 seeds"; with the names
    of the curves where they differ."""
    if not curves:
        return "no seeds"
    kinds: dict[tuple, list[Drawn]] = {}
    for name, one in curves:
        kinds.setdefault((name.replace("_", " "), one.method), []).append(one)
    texts: dict[str, dict[str, None]] = {}
    for (name, method), alike in kinds.items():
        covers = np.concatenate([one.covers for one in alike])
        texts.setdefault(_words(method, covers[~np.isnan(covers)]), {})[name] = None
    counts = np.concatenate([one.seeds for _, one in curves])
    there = counts[counts > 0]
    count = f"{_range(there, 'd')} seed{'s' if (there > 1).any() else ''}"
    cut = "cut at the range, " if any(one.cut for _, one in curves) else ""
    if any(((one.defined > 0) & (one.defined < one.seeds)).any() for _, one in curves):
        count += " where they have a number"
    if len(texts) == 1:
        return f"{next(iter(texts))}, {cut}{count}"
    named = [f"{', '.join(names)}: {text}" for text, names in texts.items()]
    return f"{'; '.join(named)}; {cut}{count}"


def _words(method: str, covers: np.ndarray) -> str:
    centre = "median" if method == "median" else "mean"
    if not len(covers):
        return f"{centre}, no band"
    percent = f"{_range(100 * np.minimum(covers, LEVEL), '.3g')} %"
    if method == "median":
        return f"median and its {percent} interval"
    return f"mean and {percent} {method} band"


def _range(numbers: np.ndarray, spec: str) -> str:
    """The least and the greatest, or one of them where they read alike."""
    ends = dict.fromkeys(format(end, spec) for end in (numbers.min(), numbers.max()))
    return " to ".join(ends)
