"""The share of real data at which something is reached, by refining a grid of shares.

Every share is measured with the same seeds, so that the curve over shares is smooth; each gives a
value per seed. What is sought is the smallest share from which on the mean is at least ``level``.
"""

from dataclasses import dataclass, field

import numpy as np


@dataclass
class Threshold:
    """What is known of a threshold: values (S,) by share, rising with the share."""

    level: float
    values: dict[float, np.ndarray] = field(default_factory=dict)

    def learn(self, share: float, values: np.ndarray) -> None:
        self.values[float(share)] = np.asarray(values, float)

    def bracket(self) -> tuple[float, float]:
        """The last share that falls short, and the first from which on none does."""
        shares = sorted(self.values)
        short = [s for s in shares if not self.values[s].mean() >= self.level]
        if not short:
            return shares[0], shares[0]
        above = [s for s in shares if s > short[-1]]
        return short[-1], above[0] if above else short[-1]

    def wanted(self, count: int) -> list[float]:
        """``count`` shares inside the bracket to be measured next."""
        low, high = self.bracket()
        return [low + (high - low) * (i + 1) / (count + 1) for i in range(count)]

    def found(self) -> dict:
        """share: the threshold, between two shares by a straight line, None if no share reaches it;
        low and high: shares at which a mean is two standard errors short of or past the level;
        resolution: how far apart the shares around it are."""
        shares = sorted(self.values)
        mean = {s: self.values[s].mean() for s in shares}
        error = {s: _error(self.values[s]) for s in shares}
        low, high = self.bracket()
        if low == high:  # every share is enough, or none
            share = low if mean[low] >= self.level else None
            return {"share": share, "low": share, "high": share, "resolution": 0.0}
        share = low + (high - low) * (self.level - mean[low]) / (mean[high] - mean[low])
        short = [s for s in shares if s <= share and mean[s] + 2 * error[s] < self.level]
        past = [s for s in shares if s >= share and mean[s] - 2 * error[s] >= self.level]
        return {
            "share": share,
            "low": max(short, default=shares[0]),
            "high": min(past, default=shares[-1]),
            "resolution": high - low,
        }


def _error(values: np.ndarray) -> float:
    return float(values.std(ddof=1) / np.sqrt(len(values))) if len(values) > 1 else 0.0
