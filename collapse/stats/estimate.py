"""A number with its interval: one type for every command, with one form in JSON."""

import math
from dataclasses import dataclass, fields, replace

LEVEL = 0.95  # coverage of every interval, unless its method has another
Z = 1.959963984540054  # the 97.5 % quantile of a standard normal: the ends, in standard errors
WORDS = {None: math.nan, "inf": math.inf, "-inf": -math.inf}  # how JSON writes other numbers


@dataclass(frozen=True)
class Estimate:
    """A number and the interval around it.

    Args:
        value: the estimate; NaN if the data determine none. Then ``low`` or ``high`` may still be
            a bound, and ``reason`` says why there is no value.
        low, high: ends of the interval; NaN if there is none.
        level: coverage of the interval, such as 0.95; NaN if there is no interval.
        method: how value and interval were computed.
        n: number of independent observations (seeds, verdicts, answers, prompts).
        clipped: whether an end was outside the possible range and was moved to its limit.
        unit: unit of ``value``, where the context does not give it.
        reason: why there is no value, or no interval.
    """

    value: float = math.nan
    low: float = math.nan
    high: float = math.nan
    level: float = math.nan
    method: str = ""
    n: int = 0
    clipped: bool = False
    unit: str = ""
    reason: str = ""

    @classmethod
    def of(cls, document: "dict | Estimate") -> "Estimate":
        """The estimate that ``as_dict`` wrote, also after a round trip through JSON."""
        if isinstance(document, Estimate):
            return document
        named = {
            field.name: document[field.name] for field in fields(cls) if field.name in document
        }
        numbers = ("value", "low", "high", "level")
        return cls(**named | {name: _number(named.get(name)) for name in numbers})

    def as_dict(self) -> dict:
        """The JSON form: NaN as None; ``unit`` and ``reason`` only if they are given."""
        own = {field.name: getattr(self, field.name) for field in fields(self)}
        own = {k: v for k, v in own.items() if v != "" or k == "method"}
        return {k: None if isinstance(v, float) and math.isnan(v) else v for k, v in own.items()}

    @property
    def known(self) -> bool:
        """Whether there is a value."""
        return not math.isnan(self.value)

    @property
    def best(self) -> float | None:
        """The value, or the bound if there is only one of them; None if there is neither."""
        if self.known:
            return self.value
        ends = [end for end in (self.low, self.high) if not math.isnan(end)]
        return ends[0] if len(ends) == 1 else None

    @property
    def excludes_zero(self) -> bool:
        """Whether the interval excludes 0 at ``LEVEL``. An interval of lower coverage, such as that
        of a median of five seeds, never does."""
        return bool(self.level >= LEVEL and (self.low > 0 or self.high < 0))

    def within(self, least: float, greatest: float) -> "Estimate":
        """The same with its ends clipped to a range. A value outside it, as rounding may give,
        stays between the ends."""
        low = min(max(self.low, least), self.value)
        high = max(min(self.high, greatest), self.value)
        if math.isnan(self.low) or (low == self.low and high == self.high):
            return self
        return replace(self, low=float(low), high=float(high), clipped=True)


def normal_interval(value: float, error: float, method: str, n: int) -> Estimate:
    """The interval ``value`` -/+ ``Z`` standard errors."""
    half = Z * float(error)
    return Estimate(float(value), float(value - half), float(value + half), LEVEL, method, n)


def missing(unit: str, reason: str) -> Estimate:
    """No estimate, and why."""
    return Estimate(unit=unit, reason=reason)


def _number(value) -> float:
    return WORDS[value] if value is None or isinstance(value, str) else float(value)
