"""Intervals over seeds: what many runs of one chain say about a number, and how sure it is.

Seeds are independent; generations of one seed are not. So whatever is asked of a curve (a slope, a
waiting time, a jump) is first worked out for every seed, and the interval is over seeds.
"""

import math
from dataclasses import asdict, dataclass, replace

import numpy as np
from scipy import special

from collapse.curve import Curve
from collapse.suggest import nearest

LEVEL = 0.95
RESAMPLES = 2000
SKEWED = 2.0  # of the values' skewness; a t interval of seven such seeds covers 90 % or less


@dataclass(frozen=True)
class Band:
    """A centre and the ends of its interval; ``covers`` is how often such an interval holds the
    true centre: exactly for the median, for the mean if the seeds are near normal. Not numbers
    where there are none: one seed has no ends."""

    centre: float
    low: float
    high: float
    method: str  # "t", "median" or "bootstrap"
    seeds: int
    covers: float
    cut: bool = False  # whether an end was outside what the number can be, and was moved to it

    @property
    def tells(self) -> bool:
        """Whether it tells its centre from 0, 95 times in 100: a median of fewer than six seeds has
        no interval that does."""
        return bool(self.covers >= LEVEL and (self.low > 0 or self.high < 0))

    def as_dict(self) -> dict:
        return asdict(self)

    def within(self, least: float, greatest: float) -> "Band":
        """The same with its ends inside a range: an interval knows nothing of what a number can be.
        A centre outside, such as rounding makes, keeps its place between the ends."""
        low, high = np.clip([self.low, self.high], least, greatest)  # what is no number stays
        low, high = np.minimum(low, self.centre), np.maximum(high, self.centre)
        if math.isnan(self.low) or (low == self.low and high == self.high):
            return self
        return replace(self, low=float(low), high=float(high), cut=True)


def of_curve(values: np.ndarray, curve: Curve, method: str | None = None) -> Band:
    """What (S,) seeds say of one number of a curve: by ``method``, one of ``BANDS``, or by what
    suits it, which is the median where it is heavy-tailed over seeds and Student's t where it is
    not. No end is outside the curve's range."""
    method = method or ("median" if curve.heavy else "t")
    return BANDS[method](values).within(curve.low, curve.high)


def t_band(values: np.ndarray) -> Band:
    """Mean and Student's t interval of (S,) values; no ends where there is one seed. Of infinite
    seeds the mean is infinite, and the ends are the least and the greatest seed."""
    values = _known(values)
    if np.isinf(values).any():
        return _infinite(values, "t")
    mean = float(values.mean()) if len(values) else math.nan
    if len(values) < 2:
        return Band(mean, math.nan, math.nan, "t", len(values), math.nan)
    half = t_quantile(len(values) - 1) * values.std(ddof=1) / math.sqrt(len(values))
    return Band(mean, mean - half, mean + half, "t", len(values), LEVEL)


def t_quantile(df: float) -> float:
    """How many standard errors a 95 % interval reaches to either side."""
    return float(special.stdtrit(df, (1 + LEVEL) / 2))


def median_band(values: np.ndarray) -> Band:
    """Median and the order statistics around it (Conover 1999, section 3.2), for values of any
    distribution, infinite ones too. The k-th value from either end with the largest k that covers
    95 %; fewer than six seeds cannot, and ``covers`` says what least and greatest do: 1 - 2^(1-S).
    """
    values = np.sort(_known(values))
    count = len(values)
    if not count:
        return Band(math.nan, math.nan, math.nan, "median", 0, math.nan)
    if count == 1:
        return Band(float(values[0]), math.nan, math.nan, "median", 1, math.nan)
    ks = np.arange(1, max(count // 2, 1) + 1)
    covers = 1 - 2 * special.bdtr(ks - 1, count, 0.5)
    enough = np.flatnonzero(covers >= LEVEL)
    k = int(ks[enough[-1]]) if len(enough) else 1
    middle = (values[(count - 1) // 2], values[count // 2])
    centre = middle[0] if middle[0] == middle[1] else sum(middle) / 2  # not inf less inf
    low, high = values[k - 1], values[count - k]
    return Band(float(centre), float(low), float(high), "median", count, float(covers[k - 1]))


def bootstrap_band(values: np.ndarray, seed: int = 0) -> Band:
    """Mean and the quantiles of the means of resampled seeds (Efron 1979). With few seeds it is
    too narrow, by about sqrt((S - 1) / S) and the tails of t: see docs/statistics.md."""
    values = _known(values)
    if len(values) < 2:
        return replace(t_band(values), method="bootstrap")
    if np.isinf(values).any():
        return _infinite(values, "bootstrap")
    rng = np.random.default_rng(seed)
    means = values[rng.integers(0, len(values), (RESAMPLES, len(values)))].mean(1)
    low, high = np.quantile(means, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    mean = float(values.mean())
    return Band(mean, float(low), float(high), "bootstrap", len(values), LEVEL)


BANDS = {"t": t_band, "median": median_band, "bootstrap": bootstrap_band}


def interval_errors(method: str) -> list[str]:
    """What is wrong with a ``--interval``, as sentences."""
    if method in BANDS:
        return []
    return [f"--interval must be {', '.join(BANDS)}, not {method}{nearest(method, BANDS)}."]


def skewed(values: np.ndarray) -> bool:
    """Whether seeds are too skewed for an interval of their mean (Fisher and Pearson's G1)."""
    values = _known(values)
    values = values[np.isfinite(values)]
    if len(values) < 3 or np.ptp(values) <= 1e-9 * np.abs(values).max():
        return False
    count, apart = len(values), values - values.mean()
    raw = (apart**3).mean() / (apart**2).mean() ** 1.5
    return abs(raw) * math.sqrt(count * (count - 1)) / (count - 2) > SKEWED


def slopes(curves: np.ndarray) -> np.ndarray:
    """(S,) slope of each seed's least-squares line through its curve (S, T), per generation."""
    t = np.arange(curves.shape[1]) - (curves.shape[1] - 1) / 2
    return curves @ t / (t @ t)


def waits(curves: np.ndarray, level: float, falling: bool = True) -> np.ndarray:
    """(S,) first generation at which each curve (S, T + 1) is at or below ``level`` (above, if it
    is not ``falling``); infinite where it never is."""
    there = curves <= level if falling else curves >= level
    return np.where(there.any(1), there.argmax(1), np.inf)


def jumps(curves: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """When each curve (S, T + 1) jumps: the first generation after the best split into two levels
    (Page 1955; least squares), and how much better two levels fit than a straight line does: the
    share of the line's squared error that is gone (negative for a drift)."""
    count = curves.shape[1]
    after = np.arange(1, count)
    sums, squares = np.cumsum(curves, 1), np.cumsum(curves**2, 1)
    left = squares[:, :-1] - sums[:, :-1] ** 2 / after
    rest, rest_squares = sums[:, -1:] - sums[:, :-1], squares[:, -1:] - squares[:, :-1]
    error = left + rest_squares - rest**2 / (count - after)
    line = curves - curves.mean(1, keepdims=True)
    t = np.arange(count) - (count - 1) / 2
    lines = ((line - slopes(curves)[:, None] * t) ** 2).sum(1)
    least = np.maximum(error.min(1), 0)
    better = 1 - least / np.where(lines > 1e-12 * (1e-300 + squares[:, -1]), lines, np.inf)
    return after[error.argmin(1)].astype(float), better


def steps(curves: np.ndarray, when: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """How far the level of each curve (S, T + 1) is after generation ``when`` (S,) from that before
    it, and the share of this that the one generation brings: near 1 of a jump, small of a curve
    that bends down over many generations."""
    late = np.arange(curves.shape[1]) >= when[:, None]
    before, after = ((curves * side).sum(1) / side.sum(1) for side in (~late, late))
    rows, at = np.arange(len(curves)), when.astype(int)
    once = curves[rows, at] - curves[rows, at - 1]
    height = after - before
    return height, once / np.where(height == 0, np.inf, height)


def _infinite(values: np.ndarray, method: str) -> Band:
    """Where a seed is infinite: the mean, the least and the greatest, which cover nothing told."""
    infinite = values[np.isinf(values)]
    mean = float(infinite[0]) if (infinite == infinite[0]).all() else math.nan
    ends = (float(values.min()), float(values.max())) if len(values) > 1 else (math.nan, math.nan)
    return Band(mean, *ends, method, len(values), math.nan)


def _known(values) -> np.ndarray:
    values = np.asarray(values, float)
    return values[~np.isnan(values)]
