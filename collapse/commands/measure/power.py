"""How many prompts, and answers to a prompt, a difference of a given size needs to be significant
with a probability of 80 %, from the variance between prompts of two corpora."""

import math

from collapse.commands.measure.comparison import Comparison, Headline
from collapse.commands.measure.differences import FEWEST
from collapse.commands.measure.thresholds import Threshold, threshold
from collapse.errors import UserError
from collapse.stats.contrasts import POWER, detectable, size_needed
from collapse.stats.estimate import LEVEL

NAMES = ("effective_number", "same_answer", "different_a_prompt", "per_prompt_entropy")
NAMES += ("words_an_answer", "score", "distinct_2", "collision")
MORE = (1, 2, 4, math.inf)  # times as many answers to a prompt
ALPHA = 1 - LEVEL


def wanted_of(given: list[str]) -> list[Threshold]:
    """The differences that ``--power`` asks for. Raises ``UserError``."""
    wanted = [threshold("--power", text, NAMES) for text in given]
    for one in wanted:
        if one.value == one.relative or one.value < 0:  # 0, or 1x
            raise UserError(f"--power {one} is no difference: give a number above 0, or 1.2x.")
    return wanted


def power(found: Comparison, wanted: list[Threshold]) -> list[dict]:
    """For each wanted difference the prompts needed, if it is tested alone at 5 %, and with all
    others at 5 % over their number (Holm's first step, so at most so many are needed). Raises
    ``UserError`` for a number that these corpora do not have."""
    rows = {row.name: row for row in found.headlines}
    errors = [
        f"--power {one}: these answers have no {one.name}, only {', '.join(rows)}."
        for one in wanted
        if one.name not in rows
    ]
    if errors:
        raise UserError(*errors)
    return [_needed(found, rows[one.name], one) for one in wanted]


def _needed(found: Comparison, row: Headline, wanted: Threshold) -> dict:
    delta, strict = _delta(row, wanted), ALPHA / len(found.headlines)
    alone = size_needed(delta, row.sd, row.df, ALPHA, FEWEST)
    least = detectable(row.contrast.error, row.contrast.df, ALPHA)
    return {
        "name": row.name,
        "difference": str(wanted).partition("=")[2],
        "power": POWER,
        "over": found.design.over,
        "now": found.units,
        "sd": row.sd,
        "needed": alone,
        "needed_together": size_needed(delta, row.sd, row.df, strict, FEWEST),
        "detectable": row.first * math.expm1(least) if row.ratio else least,
        "by_answers": _by_answers(found, row, delta) if found.m and found.m > 1 else [],
    }


def _delta(row: Headline, wanted: Threshold) -> float:
    """The difference in the units of the test, from the first corpus."""
    if row.ratio:
        other = wanted.value if wanted.relative else 1 + wanted.value / row.first
        return abs(math.log(other)) if other > 0 else math.inf
    return abs(wanted.value - 1) * abs(row.first) if wanted.relative else wanted.value


def _by_answers(found: Comparison, row: Headline, delta: float) -> list[dict]:
    """Prompts needed with more answers to each, null: without end. Sampling of answers is a part of
    the variance, and falls as one over their number; the rest is between prompts and stays."""
    if math.isnan(row.noise):
        return []
    noise, made = min(row.noise, row.sd**2), []
    for times in MORE:
        sd = math.sqrt(row.sd**2 - noise + noise / times)
        needed = size_needed(delta, sd, row.df, ALPHA, FEWEST)
        many = None if times == math.inf else int(times * found.m)
        made.append({"answers": many, "needed": needed})
    return made
