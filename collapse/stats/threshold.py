"""The setting from which on a level is reached, by refining a grid of settings.

Every setting is measured with the same seeds, so that the curve over settings is smooth. The
threshold is the smallest setting from which on the mean over seeds is at least ``level``.
"""

import math
from dataclasses import dataclass, field

import numpy as np

from collapse.stats.estimate import LEVEL, Estimate
from collapse.stats.intervals import t_interval

METHOD = "inversion of t intervals"


@dataclass
class Threshold:
    """The search for a threshold: values (S,) over seeds by share."""

    level: float
    values: dict[float, np.ndarray] = field(default_factory=dict)

    def learn(self, share: float, values: np.ndarray) -> None:
        self.values[float(share)] = np.asarray(values, float)

    def bracket(self) -> tuple[float, float]:
        """The last share that falls short and the next one above it; the first share twice if it is
        enough, the last share twice if none is."""
        shares = sorted(self.values)
        if self.values[shares[0]].mean() >= self.level:
            return shares[0], shares[0]
        short = [s for s in shares if not self.values[s].mean() >= self.level]
        above = [s for s in shares if s > short[-1]]
        return short[-1], above[0] if above else short[-1]

    def wanted(self, count: int) -> list[float]:
        """``count`` shares inside the bracket, to measure next."""
        low, high = self.bracket()
        return [low + (high - low) * (i + 1) / (count + 1) for i in range(count)]

    def result(self) -> dict:
        """The threshold and what is around it.

        Returns:
            ``share``: the threshold, interpolated linearly between two shares; 0 if no real data
            are needed, NaN if no share reaches the level. Its ends are shares at which the 95 %
            interval of the mean, by Student's t, is below or above the level.
            ``resolution``: distance of the shares around it. ``falls_short_from``: if no real data
            are needed, the first share significantly below the level, or None. ``all_real``: the
            mean at the last share.
        """
        shares = sorted(self.values)
        estimates = {s: t_interval(self.values[s]) for s in shares}
        short = [s for s in shares if _high(estimates[s]) < self.level]
        past = [s for s in shares if _low(estimates[s]) >= self.level]
        mean = {s: estimate.value for s, estimate in estimates.items()}
        low, high = self.bracket()
        about = {"resolution": 0.0, "falls_short_from": None, "all_real": mean[shares[-1]]}
        if low == high and mean[low] >= self.level:  # the first share is enough
            share = self._estimate(low, low, min(past, default=shares[-1]))
            return about | {"share": share, "falls_short_from": min(short, default=None)}
        if low == high:  # no share is
            return about | {"share": Estimate(method=METHOD, n=self.seeds)}
        share = low + (high - low) * (self.level - mean[low]) / (mean[high] - mean[low])
        least = max((s for s in short if s <= share), default=shares[0])
        most = min((s for s in past if s >= share), default=shares[-1])
        return about | {"share": self._estimate(share, least, most), "resolution": high - low}

    @property
    def seeds(self) -> int:
        return len(next(iter(self.values.values())))

    def _estimate(self, share: float, low: float, high: float) -> Estimate:
        return Estimate(float(share), float(low), float(high), LEVEL, METHOD, self.seeds)


def _low(mean: Estimate) -> float:
    return mean.value if math.isnan(mean.low) else mean.low


def _high(mean: Estimate) -> float:
    return mean.value if math.isnan(mean.high) else mean.high
