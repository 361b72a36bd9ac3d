"""The exponent gamma of a model whose answers follow reference^gamma: how sharp they are.

A model trained for typical answers gives them with probability proportional to reference^gamma,
gamma = 1 + alpha / beta (Zhang et al. 2025: alpha is the typicality bias of the judge, beta the KL
coefficient); sampling at temperature 1 / gamma does the same.
"""

from dataclasses import dataclass

import numpy as np
from scipy import optimize
from scipy.special import gammaln

from collapse.errors import UserError
from collapse.metrics.counts import entropy, sample_coverage, top_share
from collapse.stats.estimate import LEVEL, Estimate, Z, normal_interval

LEAST = 50  # answers needed for an estimate
COVERED = 0.1  # sample coverage needed without a reference
LARGEST = 100_000  # the most different answers of the assumed reference
SHARED = 0.5  # share of the answers that a reference must hold ``KNOWN`` times
KNOWN = 5  # times that a reference must hold an answer to give its probability
SIZE = 1000  # answers of the assumed reference
RANGE = (0.05, 20.0)
DRAWS = 200  # samples that give the standard error of an entropy


@dataclass(frozen=True)
class Sharpness:
    """The estimate of gamma; the reference ``p`` (K,), most likely answers first, and how often
    each was given, ``counts`` (K,); entropy and share of the four commonest answers, as ``seen`` in
    ``n`` answers and as ``expected`` under p^gamma."""

    gamma: Estimate
    p: np.ndarray
    counts: np.ndarray
    how: str  # "answers": by answers in common with a reference; "ranks": by an assumed Zipf law
    n: int
    seen: dict
    expected: dict

    @property
    def fits(self) -> bool:
        """Whether the share of the four commonest answers agrees with p^gamma, within a third."""
        return abs(self.seen["top_4"] / self.expected["top_4"] - 1) < 1 / 3


def sharpness(counts: np.ndarray, reference: np.ndarray | None) -> Sharpness:
    """Estimate gamma from counts (K,) of answers, and of the same answers in a reference. Raises
    ``UserError`` if the data cannot determine it."""
    counts = np.asarray(counts)
    n = int(counts.sum())
    if n < LEAST:
        raise UserError(f"There are {n} answers, and a forecast needs at least {LEAST}.")
    if counts.max() == 1:
        raise UserError(
            f"All {n} answers differ, so that no concentration can be estimated. Give more answers "
            "to the same prompt, or a column of shorter answers."
        )
    if counts.max() == n:
        raise UserError(
            f"All {n} answers are the same: any large exponent explains that, and there is no "
            "diversity left to lose. Give answers that differ."
        )
    if reference is not None:
        known = counts[reference >= KNOWN].sum() / n
        if known >= SHARED:
            return _of_answers(counts, reference, n)
        raise UserError(
            f"The reference holds {known:.0%} of the answers at least {KNOWN} times, and "
            f"{SHARED:.0%} are needed to compare them one by one. Leave out --reference: the "
            "forecast then assumes Zipf's law, and says so."
        )
    return _of_ranks(counts, n)


def _of_answers(counts: np.ndarray, reference: np.ndarray, n: int) -> Sharpness:
    """Maximum likelihood among the answers that the reference holds often enough. The reference
    counts as exact: the interval does not include its sampling error."""
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
            "No exponent explains the answers: they are concentrated on other answers than those "
            "of the reference, or all answers of the reference are equally frequent."
        )
    gamma = optimize.brentq(slope, *RANGE)
    q = powered(p, gamma)
    spread = q @ log**2 - (q @ log) ** 2
    error, size = 1 / np.sqrt(x.sum() * spread), int(x.sum())
    estimate = normal_interval(gamma, error, "maximum likelihood", size).within(*RANGE)
    return _sharpness(estimate, p, "answers", x)


def _of_ranks(counts: np.ndarray, n: int) -> Sharpness:
    """The exponent at which n draws of a Zipf law have the plug-in entropy that was seen; ends
    where they have that entropy plus or minus 1.96 of its standard errors."""
    covered = sample_coverage(counts)
    if covered < COVERED:
        raise UserError(
            f"Hardly any of {n} answers repeats: the sample coverage, the chance that the next one "
            f"was given before, is {covered:.1%}, and a forecast needs {COVERED:.0%}. Give more "
            "answers to the same prompt, or a column of shorter answers."
        )
    different = int((counts > 0).sum())
    size = SIZE if different <= SIZE else chao_1984(counts)
    if size > LARGEST:
        raise UserError(
            f"An estimated {size:,} different answers exist, of which {different:,} were seen, and "
            f"a forecast takes at most {LARGEST:,}. Give more answers to the same prompt, "
            "or a column of shorter answers."
        )
    p = powered(1.0 / np.arange(1, size + 1), 1.0)
    seen = entropy(counts)
    gamma = _at_entropy(p, n, seen)
    if gamma in RANGE:
        how = "more" if gamma == RANGE[0] else "less"
        raise UserError(
            f"No exponent from {RANGE[0]:g} to {RANGE[1]:g} explains the answers: they are {how} "
            f"varied than any such power of Zipf's law over {size:,} answers."
        )
    drawn = np.random.default_rng(0).multinomial(n, powered(p, gamma), DRAWS)
    error = np.std([entropy(one) for one in drawn])
    low, high = (_at_entropy(p, n, seen + z * error) for z in (Z, -Z))
    given = np.zeros(size, counts.dtype)
    given[:different] = np.sort(counts)[::-1][:different]
    estimate = Estimate(gamma, low, high, LEVEL, "entropy of Zipf's law", n)
    return _sharpness(estimate, p, "ranks", given)


def chao_1984(counts: np.ndarray) -> int:
    """Lower bound on the number of different answers (Chao 1984, bias-corrected without
    doubles)."""
    ones, twos = int((counts == 1).sum()), int((counts == 2).sum())
    unseen = ones**2 / (2 * twos) if twos else ones * (ones - 1) / 2
    return int((counts > 0).sum() + np.ceil(unseen))


def _at_entropy(p: np.ndarray, n: int, wanted: float) -> float:
    """The gamma at which n draws of p^gamma have an expected plug-in entropy of ``wanted``."""
    gap = lambda gamma: expected_entropy(powered(p, gamma), n) - wanted  # noqa: E731
    if gap(RANGE[0]) < 0:
        return RANGE[0]
    if gap(RANGE[1]) > 0:
        return RANGE[1]
    return float(optimize.brentq(gap, *RANGE, xtol=1e-4))


def expected_entropy(q: np.ndarray, n: int) -> float:
    """Expected plug-in entropy of n draws from q (K,), in nats: -sum_i sum_k P(k) k/n ln k/n, with
    k binomial; in blocks of k around each mean, beyond which P(k) is negligible."""
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


def _sharpness(gamma: Estimate, p: np.ndarray, how: str, counts: np.ndarray) -> Sharpness:
    n = int(counts.sum())
    q = powered(p, gamma.value)
    seen = {"entropy": entropy(counts), "top_4": float(top_share(counts, 4))}
    expected = {"entropy": expected_entropy(q, n), "top_4": float(np.sort(q)[-4:].sum())}
    return Sharpness(gamma, p, counts, how, n, seen, expected)
