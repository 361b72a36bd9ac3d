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
    """The search for a threshold: {setting: (S,) values over seeds} that are measured so far."""

    level: float
    values: dict[float, np.ndarray] = field(default_factory=dict)

    def learn(self, setting: float, values: np.ndarray) -> None:
        """Add the values (S,) over seeds at a setting."""
        self.values[float(setting)] = np.asarray(values, float)

    def bracket(self) -> tuple[float, float]:
        """The last setting that falls short and the next one above it; the first setting twice if
        it is enough, the last one twice if none is."""
        settings = sorted(self.values)
        if self.values[settings[0]].mean() >= self.level:
            return settings[0], settings[0]
        short = [s for s in settings if not self.values[s].mean() >= self.level]
        above = [s for s in settings if s > short[-1]]
        return short[-1], above[0] if above else short[-1]

    def wanted(self, count: int) -> list[float]:
        """``count`` settings inside the bracket, to measure next."""
        low, high = self.bracket()
        return [low + (high - low) * (i + 1) / (count + 1) for i in range(count)]

    def result(self) -> dict:
        """The threshold and what is around it, in the words of a report card, where the setting is
        the share of real data.

        Returns:
            ``share``: the threshold, interpolated linearly between two settings; the first setting
            if that is enough, NaN if none reaches the level. Its ends are settings at which the
            95 % interval of the mean, by Student's t, is below or above the level.
            ``resolution``: distance of the settings around it. ``falls_short_from``: if the first
            setting is enough, the first one significantly below the level, or None. ``all_real``:
            the mean at the last setting.
        """
        settings = sorted(self.values)
        estimates = {s: t_interval(self.values[s]) for s in settings}
        short = [s for s in settings if _high(estimates[s]) < self.level]
        past = [s for s in settings if _low(estimates[s]) >= self.level]
        mean = {s: estimate.value for s, estimate in estimates.items()}
        low, high = self.bracket()
        about = {"resolution": 0.0, "falls_short_from": None, "all_real": mean[settings[-1]]}
        if low == high and mean[low] >= self.level:  # the first setting is enough
            share = self._estimate(low, low, min(past, default=settings[-1]))
            return about | {"share": share, "falls_short_from": min(short, default=None)}
        if low == high:  # no setting is
            return about | {"share": Estimate(method=METHOD, n=self.seeds)}
        threshold = low + (high - low) * (self.level - mean[low]) / (mean[high] - mean[low])
        least = max((s for s in short if s <= threshold), default=settings[0])
        most = min((s for s in past if s >= threshold), default=settings[-1])
        return about | {"share": self._estimate(threshold, least, most), "resolution": high - low}

    @property
    def seeds(self) -> int:
        """Seeds at each setting."""
        return len(next(iter(self.values.values())))

    def _estimate(self, threshold: float, low: float, high: float) -> Estimate:
        return Estimate(float(threshold), float(low), float(high), LEVEL, METHOD, self.seeds)


def _low(mean: Estimate) -> float:
    """The lower end; the mean where there is no interval."""
    return mean.value if math.isnan(mean.low) else mean.low


def _high(mean: Estimate) -> float:
    """The upper end; the mean where there is no interval."""
    return mean.value if math.isnan(mean.high) else mean.high
