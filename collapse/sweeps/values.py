"""The number that stands for a point: a curve at a generation, a half-life, a wait, a claim.

effective_number            the curve at the last generation, the mean over seeds
effective_number@20         at generation 20
half-life:effective_number  generations until it is down to half of that of the real data
wait:entropy:1.5            first generation at which it is at or below 1.5
claim:NAME                  what the claim of the scenario observes, at its first generation
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from collapse.errors import UserError
from collapse.scenario.published import TOGETHER, together
from collapse.scenario.scenario import Scenario
from collapse.stats.estimate import Estimate
from collapse.stats.intervals import median_interval, t_interval
from collapse.stats.trends import half_life, waits
from collapse.suggest import unknown

Records = dict[str, dict[str, np.ndarray]]  # {arm: {curve: (S, T + 1)}}


@dataclass(frozen=True)
class Value:
    """A number of a point, for each arm, or one of all arms together.

    text      as the user wrote it
    of_arm    curves of an arm -> (S,) numbers; None: it is not of one arm
    of_all    {arm: curves} -> (S,) numbers
    median    whether seeds are summarised by their median, as times are
    """

    text: str
    of_arm: Callable | None = None
    of_all: Callable | None = None
    median: bool = False

    def estimates(self, records: Records) -> dict[str, Estimate]:
        """{arm: estimate} over seeds; of a number of all arms, {"": estimate}."""
        if self.of_all:
            return {"": self._summary(self.of_all(records))}
        return {arm: self._summary(self.of_arm(curves)) for arm, curves in records.items()}

    def _summary(self, numbers: np.ndarray) -> Estimate:
        return (median_interval if self.median else t_interval)(np.asarray(numbers, float))


def value_of(text: str, scenario: Scenario) -> Value:
    """The value that a text names. Raises ``UserError``, also for curves that no arm records."""
    head, _, rest = text.partition(":")
    if head == "claim":
        return _claim(text, rest, scenario)
    if head == "half-life":
        _known(rest, scenario)
        return Value(
            text, lambda curves: np.array([half_life(x) for x in curves[rest]]), None, True
        )
    if head == "wait":
        name, _, level = rest.partition(":")
        _known(name, scenario)
        limit = _number(level, f"--value {text}: the level")
        return Value(text, lambda curves: waits(curves[name], limit), median=True)
    name, at, when = text.partition("@")
    _known(name, scenario)
    last = min(arm.generations for arm in scenario.arms.values())
    number = _number(when, f"--value {text}: the generation") if at else -1
    if not (-1 <= number <= last and number == int(number)):  # also of what is not finite
        raise UserError(f"--value {text}: it must be whole, and the last generation is {last}.")
    t = int(number)
    return Value(text, lambda curves: curves[name][:, t])


def _claim(text: str, name: str, scenario: Scenario) -> Value:
    claims = {claim.name: claim for claim in scenario.claims}
    if name not in claims:
        raise UserError(unknown(f"claim of {scenario.name}", name, list(claims)))
    claim = claims[name]

    def observe(curves: dict) -> np.ndarray:
        record = {"curves": curves}
        numbers = claim.observe(record) if callable(claim.observe) else curves[claim.observe]
        numbers = np.asarray(numbers, float)
        at = 0 if callable(claim.observe) else claim.at[0]
        return numbers.reshape(len(numbers), -1)[:, at]

    if claim.evidence == TOGETHER:
        return Value(text, of_all=lambda records: observe(together(records)["curves"]))
    if claim.evidence in scenario.arms:
        return Value(text, of_all=lambda records: observe(records[claim.evidence]))
    raise UserError(f"--value {text}: the claim is not about arms, and a sweep runs arms alone.")


def _known(name: str, scenario: Scenario) -> None:
    curves = {curve for arm in scenario.arms.values() for m in arm.measures for curve in m.curves}
    if name not in curves:
        raise UserError(unknown(f"curve that the measures of {scenario.name} record", name, curves))


def _number(text: str, what: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise UserError(f"{what} must be a number, not {text!r}.") from None
