"""95 % intervals by the bootstrap (Efron 1979), over answers or over prompts.

What depends on the number of answers n, such as an effective number, is meant as that of n answers.
Resampled values lie too low, as a sample drawn from a sample finds fewer different answers. So
only their spread is used: value -/+ 1.96 standard deviations, in the logarithm where the value is a
number of answers.
"""

import numpy as np

from collapse.metrics.counts import frequencies, singletons

RESAMPLES = 200
Z = 1.959964  # the 97.5 % quantile of a standard normal
AT_ONCE = 4_000_000  # numbers in memory
FEWEST = 5  # prompts that are resampled; with fewer, answers are


def over_answers(counts: np.ndarray) -> np.ndarray:
    """(RESAMPLES, 2): entropy and sum p^2 of samples of n, from the answers that were given, their
    counts (K,), and those that were not.

    How likely those not given are, is estimated by coverage; how many there are, by Chao's lower
    bound f1^2 / 2 f2 (Chao and Jost 2012; the bootstrap of Chao et al. 2014). Without them the
    spread comes out too small where many answers were given once."""
    generator, n = np.random.default_rng(0), int(counts.sum())
    chance, members = _classes(counts)
    start = np.concatenate([[0], np.cumsum(members)[:-1]])
    found, rows = [], max(1, AT_ONCE // n)
    for first in range(0, RESAMPLES, rows):
        many = min(rows, RESAMPLES - first)
        draws = generator.multinomial(n, chance, many)
        which = np.repeat(np.tile(np.arange(len(chance)), many), draws.ravel())
        answer = start[which] + (generator.random(many * n) * members[which]).astype(np.int64)
        found.append(_of_rows(answer.reshape(many, n)))
    return np.concatenate(found)


def _classes(counts: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Classes of answers that are as likely as each other: how likely each class is and how many
    answers are in it; those given x times for each x, and those not given."""
    x, members = frequencies(counts)
    n, once, twice = int((x * members).sum()), singletons(counts), int((counts == 2).sum())
    pairs = once**2 / (2 * twice) if twice else once * (once - 1) / 2
    unseen = max(1, round(pairs * (n - 1) / n))
    missing = once / n * (n - 1) * once / max((n - 1) * once + 2 * twice, 1)
    p = x / n
    rare = (
        members * p * (1 - p) ** n
    )  # what the answers that were given give up, the rare ones most
    chance = members * p - (missing * rare / rare.sum() if missing else 0)
    chance = np.maximum(np.append(chance, missing), 0)
    return chance / chance.sum(), np.append(members, min(unseen, 1 << 50))


def _of_rows(answer: np.ndarray) -> np.ndarray:
    """(rows, 2): entropy and sum p^2 of each row of answers (rows, n)."""
    answer.sort(axis=1)
    rows, n = answer.shape
    new = np.ones((rows, n), bool)
    new[:, 1:] = answer[:, 1:] != answer[:, :-1]
    begin = np.flatnonzero(new)
    p = np.diff(begin, append=rows * n) / n
    row = begin // n
    return np.stack([np.bincount(row, -p * np.log(p)), np.bincount(row, p * p)], 1)


def over_prompts(answer: np.ndarray, group: np.ndarray) -> np.ndarray:
    """(RESAMPLES, 3): entropy, sum p^2 and mean entropy within a prompt, of samples of as many
    prompts, each with all its answers. ``answer`` and ``group`` are (n,) numbers from 0."""
    generator = np.random.default_rng(0)
    width = int(answer.max()) + 1
    cells, times = np.unique(group.astype(np.int64) * width + answer, return_counts=True)
    of, text = np.divmod(cells, width)
    size = np.bincount(group)
    prompts = len(size)
    p = times / size[of]
    within = np.bincount(of, -p * np.log(p), prompts)
    found = []
    for _ in range(RESAMPLES):
        drawn = np.bincount(generator.integers(0, prompts, prompts), minlength=prompts)
        counts = np.bincount(text, times * drawn[of]).astype(np.int64)
        x, members = frequencies(counts)
        q = x / (x * members).sum()
        weights = size * drawn
        found.append(
            (
                -(members * q * np.log(q)).sum(),
                (members * q * q).sum(),
                weights @ within / weights.sum(),
            )
        )
    return np.array(found)


def interval(
    value: float, resampled: np.ndarray, least: float = 0.0, most: float = np.inf
) -> dict[str, float]:
    """The value and the ends of its interval, inside what it can be; rounding does not put them on
    the wrong side of the value."""
    half = Z * float(resampled.std(ddof=1))
    low, high = np.clip([value - half, value + half], least, most)
    return {"value": value, "low": float(min(low, value)), "high": float(max(high, value))}


def interval_of_number(value: float, logs: np.ndarray, most: int) -> dict[str, float]:
    """The same of a number of answers, from logarithms of resampled values: 1 to ``most``."""
    half = Z * float(logs.std(ddof=1))
    low, high = (float(np.clip(value * np.exp(x), 1, most)) for x in (-half, half))
    return {"value": value, "low": low, "high": high}
