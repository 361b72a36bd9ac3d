"""How much sharper a model's answers are than a reference: the exponent gamma of p^gamma.

A model trained for a typical answer says it with probability proportional to reference^gamma,
gamma = 1 + alpha / beta (Zhang et al. 2025: a judge's liking alpha for the likely, over the weight
beta that holds the model back); sampling at temperature 1 / gamma does the same.
"""

from dataclasses import dataclass

import numpy as np
from scipy import optimize
from scipy.special import gammaln

from collapse.errors import UserError
from collapse.metrics.counts import entropy, sample_coverage, top_share

LEAST = 50  # answers below which no exponent is estimated
COVERED = 0.1  # sample coverage below which repeats are too few to tell a law of ranks by
LARGEST = 100_000  # answers of a law of ranks, beyond which those that were seen tell nothing of it
SHARED = 0.5  # share of the answers that a reference must know to be one, answer by answer
KNOWN = 5  # times a reference must hold an answer to know how likely it is
SIZE = 1000  # answers of the reference that is assumed where none is given
RANGE = (0.05, 20.0)
Z = 1.959964
DRAWS = 200  # by which the error of an entropy is told


@dataclass(frozen=True)
class Sharpness:
    """gamma and its 95 % interval; ``p`` (K,) the reference, most likely answers first, and how
    often each was given, ``counts`` (K,); how it was come by, and what would be seen of it beside
    what was seen."""

    gamma: float
    low: float
    high: float
    p: np.ndarray
    counts: np.ndarray
    how: str  # "answers": of answers in common; "ranks": of an assumed law of ranks
    n: int
    seen: dict
    expected: dict

    @property
    def fits(self) -> bool:
        """Whether the share of the four commonest answers is what p^gamma says, within a third."""
        return abs(self.seen["top_4"] / self.expected["top_4"] - 1) < 1 / 3


def sharpness(counts: np.ndarray, reference: np.ndarray | None) -> Sharpness:
    """From the counts (K,) of answers, and those of the same answers in a reference. Raises
    ``UserError`` where the data cannot tell."""
    counts = np.asarray(counts)
    n = int(counts.sum())
    if n < LEAST:
        raise UserError(f"There are {n} answers, and a forecast needs at least {LEAST}.")
    if counts.max() == 1:
        raise UserError(
            f"All {n} answers differ: nothing is said twice, so that no concentration can be "
            "estimated. Give more answers to the same prompt, or a column of shorter answers."
        )
    if counts.max() == n:
        raise UserError(
            f"All {n} answers are the same: any exponent that is large enough says so, and there "
            "is no diversity left to lose."
        )
    if reference is not None:
        known = counts[reference >= KNOWN].sum() / n
        if known >= SHARED:
            return _of_answers(counts, reference, n)
        raise UserError(
            f"The reference holds {known:.0%} of the answers at least {KNOWN} times, and "
            f"{SHARED:.0%} are needed to compare them one by one. Leave out --reference: the "
            "forecast then assumes a law of ranks, and says so."
        )
    return _of_ranks(counts, n)


def _of_answers(counts: np.ndarray, reference: np.ndarray, n: int) -> Sharpness:
    """Maximum likelihood of p^gamma among the answers the reference knows; the likelihood is
    concave. The reference is taken as exact: its own error is not in the interval."""
    both = reference >= KNOWN
    p, x = reference[both] / reference[both].sum(), counts[both]
    order = np.argsort(-p, kind="stable")
    p, x = p[order], x[order]
    log = np.log(p)

    def slope(gamma):
        q = powered(p, gamma)
        return x @ log - x.sum() * (q @ log)

    if not slope(RANGE[0]) > 0 > slope(RANGE[1]):
        raise UserError(
            "No exponent explains the answers: they are not more or less concentrated on what the "
            "reference says often, or it says everything equally often."
        )
    gamma = optimize.brentq(slope, *RANGE)
    q = powered(p, gamma)
    spread = q @ log**2 - (q @ log) ** 2
    error = 1 / np.sqrt(x.sum() * spread)
    low, high = np.clip([gamma - Z * error, gamma + Z * error], *RANGE)
    return _found(gamma, low, high, p, "answers", x)


def _of_ranks(counts: np.ndarray, n: int) -> Sharpness:
    """The exponent at which a Zipf law of as many answers shows, in n draws, the plug-in entropy
    that was seen; the ends where it shows that plus or minus the error of such draws' entropy."""
    covered = sample_coverage(counts)
    if covered < COVERED:
        raise UserError(
            f"Of {n} answers hardly any is said twice: the next one was given before with a chance "
            f"of {covered:.1%} (sample coverage), and a forecast needs {COVERED:.0%}. Give more "
            "answers to the same prompt, or a column of shorter answers."
        )
    different = int((counts > 0).sum())
    size = SIZE if different <= SIZE else seeming(counts)
    if size > LARGEST:
        raise UserError(
            f"There seem to be {size:,} different answers, of which {different:,} were seen: too "
            f"few to tell a law of more than {LARGEST:,} by. Give more answers to the same prompt, "
            "or a column of shorter answers."
        )
    p = powered(1.0 / np.arange(1, size + 1), 1.0)
    seen = entropy(counts)
    gamma = _at_entropy(p, n, seen)
    if gamma in RANGE:
        how = "less" if gamma == RANGE[0] else "more"
        raise UserError(
            f"No exponent from {RANGE[0]:g} to {RANGE[1]:g} explains the answers: Zipf's law over "
            f"{size:,} answers to such a power is always {how} varied than they are."
        )
    drawn = np.random.default_rng(0).multinomial(n, powered(p, gamma), DRAWS)
    error = np.std([entropy(one) for one in drawn])
    low, high = (_at_entropy(p, n, seen + z * error) for z in (Z, -Z))
    given = np.zeros(size, counts.dtype)
    given[:different] = np.sort(counts)[::-1][:different]
    return _found(gamma, low, high, p, "ranks", given)


def seeming(counts: np.ndarray) -> int:
    """How many different answers there seem to be, at least (Chao 1984, without bias)."""
    ones, twos = int((counts == 1).sum()), int((counts == 2).sum())
    unseen = ones**2 / (2 * twos) if twos else ones * (ones - 1) / 2
    return int((counts > 0).sum() + np.ceil(unseen))


def _at_entropy(p: np.ndarray, n: int, wanted: float) -> float:
    """gamma at which n draws of p^gamma show so much plug-in entropy; it falls with gamma."""
    gap = lambda gamma: expected_entropy(powered(p, gamma), n) - wanted  # noqa: E731
    if gap(RANGE[0]) < 0:
        return RANGE[0]
    if gap(RANGE[1]) > 0:
        return RANGE[1]
    return float(optimize.brentq(gap, *RANGE, xtol=1e-4))


def expected_entropy(q: np.ndarray, n: int) -> float:
    """Plug-in entropy, in nats, expected of n draws of q (K,): -sum_i sum_k P(k) k/n ln k/n, with
    k binomial; in blocks of k around each mean, beyond which the chances are nothing."""
    total = 0.0
    for start in range(0, len(q), 50):
        block = q[start : start + 50]
        top = int(min(n, np.ceil((n * block + 12 * np.sqrt(n * block) + 30).max())))
        k = np.arange(1, top + 1)
        ways = gammaln(n + 1) - gammaln(k + 1) - gammaln(n - k + 1)
        chance = np.exp(
            ways[:, None] + np.outer(k, np.log(block)) + np.outer(n - k, log_other(block))
        )
        total -= (k / n * np.log(k / n)) @ chance.sum(1)
    return float(total)


def log_other(q: np.ndarray) -> np.ndarray:
    """ln(1 - q), finite for a q that rounds to 1."""
    return np.log1p(-np.minimum(q, 1 - 1e-15))


def powered(p: np.ndarray, gamma: float) -> np.ndarray:
    """p^gamma, summing to 1."""
    log = gamma * np.log(p)
    q = np.exp(log - log.max())
    return q / q.sum()


def _found(gamma, low, high, p, how, counts) -> Sharpness:
    n = int(counts.sum())
    q = powered(p, gamma)
    seen = {"entropy": entropy(counts), "top_4": float(top_share(counts, 4))}
    expected = {"entropy": expected_entropy(q, n), "top_4": float(np.sort(q)[-4:].sum())}
    return Sharpness(float(gamma), float(low), float(high), p, counts, how, n, seen, expected)
