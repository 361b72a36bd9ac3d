"""The share of real data at which something is reached, by refining a grid of shares.

Every share is measured with the same seeds, so that the curve over shares is smooth; each gives a
value per seed. What is sought is the smallest share from which on the mean is at least ``level``; 0
where no real data are needed, even if more of them would spoil it.
"""

from dataclasses import dataclass, field

import numpy as np


@dataclass
class Threshold:
    """What is known of a threshold: values (S,) by share."""

    level: float
    values: dict[float, np.ndarray] = field(default_factory=dict)

    def learn(self, share: float, values: np.ndarray) -> None:
        self.values[float(share)] = np.asarray(values, float)

    def bracket(self) -> tuple[float, float]:
        """The last share that falls short, and the first from which on none does; twice the first
        share where that is enough by itself."""
        shares = sorted(self.values)
        if self.values[shares[0]].mean() >= self.level:
            return shares[0], shares[0]
        short = [s for s in shares if not self.values[s].mean() >= self.level]
        above = [s for s in shares if s > short[-1]]
        return short[-1], above[0] if above else short[-1]

    def wanted(self, count: int) -> list[float]:
        """``count`` shares inside the bracket to be measured next."""
        low, high = self.bracket()
        return [low + (high - low) * (i + 1) / (count + 1) for i in range(count)]

    def found(self) -> dict:
        """share: the threshold, between two shares by a straight line, 0 if none is needed, None if
        no share reaches it; low and high: shares at which a mean is two standard errors short of or
        past the level; resolution: how far apart the shares around it are; falls_short_from: where
        none is needed, the first share that is two standard errors short, or None; all_real: the
        mean at the last share."""
        shares = sorted(self.values)
        mean = {s: self.values[s].mean() for s in shares}
        error = {s: _error(self.values[s]) for s in shares}
        short = [s for s in shares if mean[s] + 2 * error[s] < self.level]
        past = [s for s in shares if mean[s] - 2 * error[s] >= self.level]
        low, high = self.bracket()
        ends = {"falls_short_from": None, "all_real": float(mean[shares[-1]])}
        if low == high and mean[low] >= self.level:  # the first share is enough
            ends["falls_short_from"] = min(short, default=None)
            high = min(past, default=shares[-1])
            return {"share": low, "low": low, "high": high, "resolution": 0.0} | ends
        if low == high:  # and none is
            return {"share": None, "low": None, "high": None, "resolution": 0.0} | ends
        share = low + (high - low) * (self.level - mean[low]) / (mean[high] - mean[low])
        return {
            "share": share,
            "low": max((s for s in short if s <= share), default=shares[0]),
            "high": min((s for s in past if s >= share), default=shares[-1]),
            "resolution": high - low,
        } | ends


def _error(values: np.ndarray) -> float:
    return float(values.std(ddof=1) / np.sqrt(len(values))) if len(values) > 1 else 0.0
