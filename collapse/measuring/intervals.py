"""95 % intervals by the bootstrap (Efron 1979), over answers or over prompts.

What depends on the number of answers n, such as an effective number, is meant as that of n answers.
Drawing again from a sample finds fewer of its rare answers, so that resampled values lie too low;
they are shifted back to the estimate, in the logarithm where it is of a number of answers.
"""

import numpy as np

from collapse.indices.counts import frequencies

RESAMPLES = 400
LEVELS = (0.025, 0.975)
AT_ONCE = 4_000_000  # numbers in memory
FEWEST = 5  # prompts that are resampled; with fewer, answers are


def over_answers(counts: np.ndarray) -> np.ndarray:
    """(RESAMPLES, 2): entropy and sum p^2 of samples of n from the answers, their counts (K,)."""
    counts = counts[counts > 0]
    generator, n = np.random.default_rng(0), int(counts.sum())
    if len(counts) * RESAMPLES <= AT_ONCE:
        p = generator.multinomial(n, counts / n, RESAMPLES) / n
        logs = np.log(p, where=p > 0, out=np.zeros(p.shape))
        return np.stack([-(p * logs).sum(1), (p**2).sum(1)], 1)
    each = np.repeat(np.arange(len(counts), dtype=np.int32), counts)
    draws = (np.bincount(each[generator.integers(0, n, n)]) for _ in range(RESAMPLES))
    return np.array([entropy_and_squares(drawn) for drawn in draws])


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
        weights = size * drawn
        found.append((*entropy_and_squares(counts), weights @ within / weights.sum()))
    return np.array(found)


def entropy_and_squares(counts: np.ndarray) -> tuple[float, float]:
    x, times = frequencies(counts)
    p = x / (x * times).sum()
    return float(-(times * p * np.log(p)).sum()) + 0.0, float((times * p * p).sum())


def interval(value: float, resampled: np.ndarray) -> dict[str, float]:
    """The value and the ends of its interval, from resampled values shifted to it."""
    low, high = np.quantile(resampled - resampled.mean(), LEVELS)
    return {"value": value, "low": value + low, "high": value + high}


def interval_of_number(value: float, resampled: np.ndarray, most: int) -> dict[str, float]:
    """The same of a number of answers, from logarithms of resampled values: 1 to ``most``."""
    ends = interval(float(np.log(value)), resampled)
    low, high = (float(np.exp(np.clip(ends[k], 0, np.log(most)))) for k in ("low", "high"))
    return {"value": value, "low": low, "high": high}
