"""Numbers as text: one format for numbers, and one for numbers with their intervals."""

import math
from collections.abc import Iterable

from collapse.stats.estimate import Estimate

LARGEST = 1e9  # numbers from here on have an exponent
CLIPPED = "* An end of the interval was outside the possible range and was moved to its limit."


def number(value: float | str | None, digits: int = 3, share: bool = False) -> str:
    """A number with so many significant digits; large ones as whole numbers, "12,345". A dash for
    NaN and None. ``share``: as a percentage with one decimal, "12.3%"."""
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return "-"
    if isinstance(value, str):  # an infinity, as JSON has it
        return value
    if not math.isfinite(value):
        return "inf" if value > 0 else "-inf"
    if share:
        return f"{value:.1%}"
    if 10**digits <= abs(value) < LARGEST:
        return f"{value:,.0f}"
    return f"{value:.{digits}g}"


def generations(value: float | str | None, digits: int = 3, last: int | None = None) -> str:
    """A number of generations; "> 50" if it is infinite and 50 is the ``last`` generation."""
    text = number(value, digits)
    return f"> {last}" if text == "inf" and last is not None else text


def interval(
    estimate: Estimate | dict, digits: int = 3, last: int | None = None, share: bool = False
) -> str:
    """ "low .. high" of an estimate or its JSON form, with a star if an end was clipped; a dash for
    a missing end, and for no interval."""
    found = Estimate.of(estimate)
    if math.isnan(found.low) and math.isnan(found.high):
        return "-"
    ends = (
        number(end, share=True) if share else generations(end, digits, last)
        for end in (found.low, found.high)
    )
    return " .. ".join(ends) + (" *" if found.clipped else "")


def estimate(
    given: Estimate | dict, digits: int = 3, last: int | None = None, share: bool = False
) -> str:
    """ "31 (28 .. 34)" of an estimate or its JSON form: the value alone if it has no ends, or if
    value and ends are all above the ``last`` generation; "at least 3" of a bound."""
    found = Estimate.of(given)
    if not found.known and found.best is not None:
        return f"{bound(found)} {number(found.best, digits, share)}"
    value = number(found.value, share=True) if share else generations(found.value, digits, last)
    ends = interval(found, digits, last, share)
    alone = ends == "-" or (value.startswith(">") and ends == f"{value} .. {value}")
    return value if alone else f"{value} ({ends})"


def bound(found: Estimate) -> str:
    """What the only end of an estimate without a value is."""
    return "at most" if math.isnan(found.low) else "at least"


def method(given: Estimate | dict, what: str = "seed") -> str:
    """ "median, 99.2 %, 8 seeds": the method of an estimate, its coverage and its size."""
    found = Estimate.of(given)
    level = "no interval" if math.isnan(found.level) else f"{100 * found.level:.3g} %"
    return f"{found.method}, {level}, {found.n} {what}{'' if found.n == 1 else 's'}"


def methods(given: Iterable[Estimate | dict]) -> str:
    """The different methods of several estimates, in order."""
    return "; ".join(dict.fromkeys(map(method, given)))
