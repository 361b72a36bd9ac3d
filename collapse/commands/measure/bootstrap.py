"""95 % intervals by the bootstrap (Efron 1979), over answers or over prompts.

What depends on the number of answers n, such as an effective number, is that of n answers.
Resampled values are biased down, as a resample has fewer different answers. So only their spread is
used: value -/+ 1.96 standard deviations, in the logarithm if the value is a number of answers.
"""

import numpy as np

from collapse.metrics.counts import frequencies, singletons
from collapse.stats.estimate import LEVEL, Estimate, Z, normal_interval

RESAMPLES = 200
AT_ONCE = 4_000_000  # numbers in memory
FEWEST = 5  # prompts to resample over prompts; with fewer, answers are resampled


def over_answers(counts: np.ndarray) -> np.ndarray:
    """Entropy and sum p^2 (RESAMPLES, 2) of samples of n answers, from counts (K,) of the observed
    answers and an estimate of the unobserved ones.

    The probability of unobserved answers is estimated by coverage, their number by Chao's lower
    bound f1^2 / 2 f2 (Chao and Jost 2012; the bootstrap of Chao et al. 2014). Without them the
    spread is too small if many answers were given once."""
    generator, n = np.random.default_rng(0), int(counts.sum())
    chance, members = _classes(counts)
    start = np.concatenate([[0], np.cumsum(members)[:-1]])
    resampled, rows = [], max(1, AT_ONCE // n)
    for first in range(0, RESAMPLES, rows):
        many = min(rows, RESAMPLES - first)
        draws = generator.multinomial(n, chance, many)
        which = np.repeat(np.tile(np.arange(len(chance)), many), draws.ravel())
        answer = start[which] + (generator.random(many * n) * members[which]).astype(np.int64)
        resampled.append(_of_rows(answer.reshape(many, n)))
    return np.concatenate(resampled)


def _classes(counts: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Classes of equally likely answers, their probabilities and sizes: answers given x times, for
    each x, and unobserved ones."""
    x, members = frequencies(counts)
    n, once, twice = int((x * members).sum()), singletons(counts), int((counts == 2).sum())
    pairs = once**2 / (2 * twice) if twice else once * (once - 1) / 2
    unseen = max(1, round(pairs * (n - 1) / n))
    missing = once / n * (n - 1) * once / max((n - 1) * once + 2 * twice, 1)
    p = x / n
    rare = members * p * (1 - p) ** n  # observed answers lose this share, rare ones most of all
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
    """Entropy, sum p^2 and mean entropy within a prompt (RESAMPLES, 3), of resampled prompts with
    all their answers. ``answer`` and ``group`` are (n,) numbers from 0."""
    generator = np.random.default_rng(0)
    width = int(answer.max()) + 1
    cells, times = np.unique(group.astype(np.int64) * width + answer, return_counts=True)
    of, text = np.divmod(cells, width)
    size = np.bincount(group)
    prompts = len(size)
    p = times / size[of]
    within = np.bincount(of, -p * np.log(p), prompts)
    resampled = []
    for _ in range(RESAMPLES):
        drawn = np.bincount(generator.integers(0, prompts, prompts), minlength=prompts)
        counts = np.bincount(text, times * drawn[of]).astype(np.int64)
        x, members = frequencies(counts)
        q = x / (x * members).sum()
        weights = size * drawn
        entropy, collision = -(members * q * np.log(q)).sum(), (members * q * q).sum()
        resampled.append((entropy, collision, weights @ within / weights.sum()))
    return np.array(resampled)


def interval(
    value: float, resampled: np.ndarray, n: int, least: float = 0.0, most: float = np.inf
) -> Estimate:
    """A value of ``n`` answers or prompts with its interval, inside its possible range."""
    estimate = normal_interval(value, resampled.std(ddof=1), "bootstrap", n)
    return estimate.within(least, most)


def interval_of_number(value: float, logs: np.ndarray, n: int, most: int) -> Estimate:
    """The same for a number of answers, from 1 to ``most``; resampled values are logarithms."""
    half = Z * float(logs.std(ddof=1))
    low, high = (float(value * np.exp(x)) for x in (-half, half))
    return Estimate(value, low, high, LEVEL, "bootstrap", n).within(1, most)
