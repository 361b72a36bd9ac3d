"""Warnings about a comparison: seeds that are missing, not paired, few or skewed."""

import math

from collapse.commands.compare.pairs import Pair
from collapse.commands.compare.progress import FEWEST, left_out
from collapse.stats.estimate import Z
from collapse.stats.intervals import skewed

FEW = 5  # seeds below which an interval rests on their being near normal
ENOUGH = 8  # seeds from which on a correlation is looked at


def cautions(pairs: list[Pair], at: int, method: str) -> list[str]:
    """Sentences about what limits the intervals of a comparison."""
    sentences = [text for pair in pairs for side in pair.sides for text in left_out(*side, at)]
    for pair in pairs:
        if pair.unpaired:
            sentences.append(
                f"{pair.label}: {pair.unpaired}, so that their seeds share no random numbers and"
                " are not paired. The intervals are Welch's, which are wider than paired ones."
            )
        elif pair.measures and not any(correlated(pair, name, at) for name in pair.measures):
            sentences.append(
                f"{pair.label}: the correlation over seeds is not significant, so that pairing "
                "them gains nothing. The intervals are valid all the same."
            )
        seeds = max((min(map(len, pair.values(name, at))) for name in pair.measures), default=0)
        if FEWEST <= seeds < FEW:
            sentences.append(
                f"{pair.label}: {seeds} seeds. An interval of so few is wide and assumes that "
                "they are nearly normal."
            )
        for name in pair.measures if method != "median" else ():
            a, b = pair.values(name, at)
            if pair.paired and len(a) >= FEWEST and skewed(b - a):
                sentences.append(
                    f"{pair.label}, {name}: the seeds are skewed, so that a 95 % interval of their"
                    " mean covers less than 95 %. Try --interval median."
                )
    return list(dict.fromkeys(sentences))


def correlated(pair: Pair, name: str, at: int) -> bool:
    """Whether paired seeds are correlated, by Fisher's z, or too few to say."""
    correlation, seeds = pair.correlation(name, at), len(pair.values(name, at)[0])
    few = math.isnan(correlation) or seeds < ENOUGH
    return few or math.atanh(min(abs(correlation), 1 - 1e-12)) * math.sqrt(seeds - 3) > Z
