"""What a reader of a comparison must know: seeds that are missing, not paired, few or skewed."""

import math

from collapse.commands.compare.pairs import Pair
from collapse.commands.compare.progress import FEWEST, left_out
from collapse.stats.intervals import skewed

FEW = 5  # seeds below which an interval rests on their being near normal
ENOUGH = 8  # seeds from which on a correlation is looked at
Z = 1.96  # standard errors of Fisher's z, to either side


def cautions(pairs: list[Pair], at: int, method: str) -> list[str]:
    """What a reader of the intervals must know."""
    said = [text for pair in pairs for side in pair.sides for text in left_out(*side, at)]
    for pair in pairs:
        if pair.apart:
            said.append(
                f"{pair.label}: {pair.apart}, so that their seeds share no random numbers and are "
                "not paired. Intervals are Welch's, and wider than those of runs that share them."
            )
        elif pair.measures and not any(together(pair, name, at) for name in pair.measures):
            said.append(
                f"{pair.label}: no correlation over the seeds can be told, so that pairing them "
                "gains nothing; the intervals hold all the same."
            )
        seeds = max((min(map(len, pair.values(name, at))) for name in pair.measures), default=0)
        if FEWEST <= seeds < FEW:
            said.append(
                f"{pair.label}: {seeds} seeds. An interval of so few is wide, and rests on their "
                "being near normal."
            )
        for name in pair.measures if method != "median" else ():
            a, b = pair.values(name, at)
            if pair.paired and len(a) >= FEWEST and skewed(b - a):
                said.append(
                    f"{pair.label}, {name}: the seeds are skewed, and an interval of their mean "
                    "covers less than it says. Try --interval median."
                )
    return list(dict.fromkeys(said))


def together(pair: Pair, name: str, at: int) -> bool:
    """Whether paired seeds move together, or are too few to say: by Fisher's z."""
    correlation, seeds = pair.correlation(name, at), len(pair.values(name, at)[0])
    few = math.isnan(correlation) or seeds < ENOUGH
    return few or math.atanh(min(abs(correlation), 1 - 1e-12)) * math.sqrt(seeds - 3) > Z
