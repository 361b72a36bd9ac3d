"""``--find PATH=LOW:HIGH --such-that CONDITION``: the setting at which a condition begins to hold.

A condition compares a curve with a number, or with a multiple of what it was:

    entropy >= 2.5                       at the last generation
    effective_number@20 >= 0.9 * first   at generation 20, in units of the first model
    top_3_mass <= 2 * real               in units of the real data
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from collapse.errors import UserError
from collapse.stats.estimate import Estimate
from collapse.stats.threshold import Threshold
from collapse.sweeps.axes import Axis, axes_of
from collapse.sweeps.sweep import sweep

CONDITION = re.compile(
    r"\s*(\w+)(?:@(\d+))?\s*(>=|<=)\s*([0-9.eE+-]+)\s*(?:\*\s*(first|real))?\s*", re.ASCII
)
UNITS = {"first": 1, "real": 0}  # generation whose value is the unit
WIDTH = 4  # settings that are measured at once, inside the bracket
ROUNDS = 4  # after which the bracket is (1 / 5)^4 of the range


@dataclass(frozen=True)
class Condition:
    """``curve`` at generation ``at`` (-1: the last) is at least, or at most, ``level`` units."""

    text: str
    curve: str
    at: int
    least: bool
    level: float
    unit: str | None

    def numbers(self, curve: np.ndarray) -> np.ndarray:
        """(S,) what is compared, from curves (S, T + 1); the sign such that more is wanted."""
        unit = curve[:, UNITS[self.unit]] if self.unit else 1.0
        return (1 if self.least else -1) * curve[:, self.at] / unit

    @property
    def wanted(self) -> float:
        return self.level if self.least else -self.level


@dataclass(frozen=True)
class Found:
    """A threshold by arm, and what was measured on the way.

    path        the setting
    condition   what begins to hold
    thresholds  {arm: estimate}: the setting, between settings at which the 95 % interval of the
                mean lies wholly on one side; NaN if the condition holds nowhere
    above       {arm: whether it holds above the threshold, and not below it}
    measured    {arm: {setting: (S,) numbers that are compared}}
    """

    path: str
    condition: str
    thresholds: dict[str, Estimate]
    above: dict[str, bool]
    measured: dict[str, dict[float, np.ndarray]] = field(repr=False)


def condition_of(text: str) -> Condition:
    """The condition of a text. Raises ``UserError``."""
    match = CONDITION.fullmatch(text)
    if not match:
        raise UserError(
            f"--such-that {text!r} is no condition: write CURVE[@T] >= NUMBER, or <=, and if it is "
            "a multiple of what was, NUMBER * first or NUMBER * real."
        )
    curve, at, sign, level, unit = match.groups()
    for each, read in ((level, float), (at or -1, int)):
        try:
            read(each)
        except ValueError:  # of an integer too, if it has thousands of digits
            raise UserError(f"--such-that {text!r}: {each!r} is no number.") from None
    number, generation = float(level), int(at or -1)
    return Condition(text.strip(), curve, generation, sign == ">=", number, unit)


def find(
    what: Any,
    setting: str,
    such_that: str,
    *,
    rounds: int = ROUNDS,
    report: Callable[[int, int], None] = lambda done, count: None,
    **more: Any,
) -> Found:
    """The value of a setting from which on, or up to which, a condition holds.

    Args:
        what: a scenario or arm, as for ``sweep``.
        setting: "[ARM:]PATH=LOW:HIGH", the range that is searched.
        such_that: the condition, such as "effective_number >= 0.9 * first".
        rounds: how often the bracket is cut by five.
        report: called with how many rounds are done, and how many there are.
        more: ``seeds``, ``key``, ``out``, ``executor`` of ``sweep``.

    All settings share their random numbers. Raises ``UserError`` for what cannot be run.
    """
    condition = condition_of(such_that)
    path, _, ends = setting.partition("=")
    if len(ends.split(":")) != 2:
        raise UserError(f"--find {setting}: write PATH=LOW:HIGH, such as regime.share=0:1.")
    value = condition.curve + (f"@{condition.at}" if condition.at >= 0 else "")
    (axis,) = axes_of([f"{path}={ends}:{WIDTH + 2}"])
    searches: dict[str, Threshold] = {}
    above: dict[str, bool] = {}
    measured: dict[str, dict[float, np.ndarray]] = {}
    for done in range(rounds + 1):
        swept = sweep(what, [axis], value=value, **more)
        if swept.failed:
            raise UserError(*dict.fromkeys(swept.failed.values()))
        for arm in swept.arms:
            mine = measured.setdefault(arm, {})
            for i, place in enumerate(swept.axes[0].numbers):
                curve = swept.curves(i, arm)[condition.curve]
                mine[float(place)] = condition.numbers(curve)
            if arm not in searches:
                first, last = mine[min(mine)].mean(), mine[max(mine)].mean()
                above[arm] = last >= condition.wanted or not first >= condition.wanted
                searches[arm] = Threshold(condition.wanted)
            for place, numbers in mine.items():
                searches[arm].learn(place if above[arm] else -place, numbers)
        report(done, rounds)
        places = {
            place if above[arm] else -place
            for arm, search in searches.items()
            for place in search.wanted(WIDTH)
            if search.bracket()[0] != search.bracket()[1]
        }
        fresh = sorted(places - {place for mine in measured.values() for place in mine})
        if not fresh or done == rounds:
            break
        axis = Axis(path, tuple(f"{place:.10g}" for place in fresh), spaced=True)
    thresholds = {arm: _turned(search, above[arm]) for arm, search in searches.items()}
    return Found(path, condition.text, thresholds, above, measured)


def _turned(search: Threshold, above: bool) -> Estimate:
    """The threshold of a search; of one along falling settings, with the sign of the setting."""
    threshold = search.result()["share"]
    if above:
        return threshold
    low, high = -threshold.high, -threshold.low
    return replace(threshold, value=-threshold.value, low=low, high=high)
