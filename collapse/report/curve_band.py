"""What a figure shows of a curve: its centre over seeds, its band, and the words for both."""

import math
from dataclasses import dataclass

import numpy as np

from collapse.curve import Curve
from collapse.stats.intervals import BANDS, LEVEL, Band

ENOUGH = {"t": 2, "median": 2, "bootstrap": 3}  # seeds from which on an interval says something


@dataclass(frozen=True)
class Drawn:
    """Centre and ends of the band (T + 1,) of one curve; ``method`` is one of ``BANDS``. At each
    generation, ``seeds`` are there, ``defined`` of them have a number, and ``covers`` is how often
    such a band holds the true centre. ``cut``: an end was outside the range of the curve and was
    moved to it."""

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
    """Of values (S, T + 1): the method asked for, or what suits the curve, which is the median
    where it is heavy-tailed over seeds and Student's t where it is not. ``there`` (S, T + 1): the
    seeds that are at each generation; None: all. One that is there and not a number is undefined.

    An interval by t knows nothing of the curve's range, so that its ends are kept inside it. There
    are none of too few seeds, and none where the mean is infinite, as it is where a seed is.
    """
    method = method or ("median" if curve.heavy else "t")
    there = np.ones(values.shape, bool) if there is None else there
    bands = [_band(at[here], method) for at, here in zip(values.T, there.T, strict=True)]
    centre, low, high, covers = (
        np.array([getattr(band, name) for band in bands])
        for name in ("centre", "low", "high", "covers")
    )
    inside = np.minimum(np.maximum(low, curve.low), centre)
    under = np.maximum(np.minimum(high, curve.high), centre)
    cut = bool((inside > low).any() or (under < high).any())
    defined = (there & ~np.isnan(values)).sum(0)
    return Drawn(centre, inside, under, method, there.sum(0), defined, covers, cut)


def _band(values: np.ndarray, method: str) -> Band:
    """The band of the seeds (S,) that are there; without ends where it would say nothing."""
    values = values[~np.isnan(values)]
    infinite = values[np.isinf(values)]
    if method != "median" and len(infinite):
        mean = infinite[0] if (infinite == infinite[0]).all() else math.nan
        return Band(float(mean), math.nan, math.nan, method, len(values), math.nan)
    found = BANDS[method](values)
    if len(values) >= ENOUGH[method]:
        return found
    return Band(found.centre, math.nan, math.nan, method, len(values), math.nan)


def words(curves: list[tuple[str, Drawn]]) -> str:
    """What the bands of a figure are, of all its curves with their names: "mean and 95 % t band,
    8 seeds"; with the names where they differ."""
    if not curves:
        return "no seeds"
    kinds: dict[tuple, list[Drawn]] = {}
    for name, one in curves:
        kinds.setdefault((name.replace("_", " "), one.method), []).append(one)
    said: dict[str, dict[str, None]] = {}
    for (name, method), alike in kinds.items():
        covers = np.concatenate([one.covers for one in alike])
        said.setdefault(_words(method, covers[~np.isnan(covers)]), {})[name] = None
    counts = np.concatenate([one.seeds for _, one in curves])
    there = counts[counts > 0]
    count = f"{_range(there, 'd')} seed{'s' if (there > 1).any() else ''}"
    cut = "cut at the range, " if any(one.cut for _, one in curves) else ""
    if any(((one.defined > 0) & (one.defined < one.seeds)).any() for _, one in curves):
        count += " where they have a number"
    if len(said) == 1:
        return f"{next(iter(said))}, {cut}{count}"
    named = [f"{', '.join(names)}: {text}" for text, names in said.items()]
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
