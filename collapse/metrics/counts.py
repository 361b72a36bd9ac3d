"""Diversity of answers, computed from the counts of equal ones.

``counts`` (K,) are the counts of the distinct answers, n in all; zeros are ignored and order does
not matter. Logarithms are natural. Biases are for n independent draws from one source. Counts that
are negative, not numbers, or all zero raise ``UserError``, and so do fractional counts where pairs
or singletons are counted; the other metrics also accept shares (K,).
"""

import numpy as np
from scipy.special import gammaln

from collapse.errors import UserError
from collapse.metrics import formulas
from collapse.metrics.base import as_whole, metric

EXACT = (
    2.0**53
)  # largest total for which all whole numbers are floats; beyond it, integers are used


@metric(
    unit="nats",
    better="more",
    needs="counts",
    blind_to=("order", "copies"),
    bias="rises with answers: bias about -(K - 1) / 2n",
    source="Shannon (1948)",
)
def entropy(counts) -> float:
    """Plug-in Shannon entropy in nats, -sum p ln p (Shannon 1948): bias about -(K - 1) / 2n, at
    most ln n."""
    x, times = frequencies(counts)
    return float(formulas.entropy(x / (x * times).sum(), times)) + 0.0


@metric(
    unit="nats",
    better="more",
    needs="counts",
    blind_to=("order",),
    bias="rises with answers, less than the plug-in estimate",
    source="Miller (1955)",
)
def miller_madow(counts) -> float:
    """Plug-in entropy plus its first-order bias (K - 1) / 2n, in nats (Miller 1955)."""
    x, times = frequencies(counts, whole=True)
    return entropy(counts) + float(times.sum() - 1) / float(2 * (x * times).sum())


@metric(
    unit="nats",
    better="more",
    needs="counts",
    blind_to=("order",),
    bias="none to first order once most answers repeat",
    source="Chao and Shen (2003)",
)
def chao_shen(counts) -> float:
    """Entropy in nats, corrected for unseen answers (Chao and Shen 2003): -sum C p ln(C p) / (1 -
    (1 - C p)^n), C the sample coverage. If every answer is a singleton, so that C = 0, one of them
    is counted as seen before."""
    return float(formulas.chao_shen(*frequencies(counts, whole=True))) + 0.0


def sample_coverage(counts) -> float:
    """Good-Turing estimate of the probability that the next answer has been seen before: 1 - f1 /
    n, f1 the number of singletons (Good 1953)."""
    x, times = frequencies(counts, whole=True)
    return float(1 - singletons(counts) / (x * times).sum())


def singletons(counts) -> int:
    """Number of answers that occur once."""
    return int((np.asarray(counts) == 1).sum())


@metric(
    unit="answers",
    low=1.0,
    better="more",
    needs="counts",
    blind_to=("order", "copies"),
    bias="rises with answers, for orders below 2",
    source="Hill (1973)",
)
def hill(counts, order: float) -> float:
    """Hill number, the effective number of answers: (sum p^q)^(1 / (1 - q)) (Hill 1973).

    Order 0 is the number of distinct answers, 1 is exp(entropy), 2 is 1 / sum p^2, infinity is
    1 / max p. Between 1 and K, falling with the order; negative bias for orders below 2."""
    if not order >= 0:
        raise UserError(f"The order of a Hill number must be 0 or more, not {order}.")
    x, times = frequencies(counts)
    return float(formulas.hill(x / (x * times).sum(), order, times))


@metric(
    unit="probability",
    high=1.0,
    better="less",
    needs="counts",
    blind_to=("order",),
    bias="none",
    source="Simpson (1949)",
)
def collision(counts) -> float:
    """Probability that two answers are equal (Simpson 1949): sum x (x - 1) / n (n - 1), unbiased
    for sum p^2. NaN for a single answer."""
    x, times = frequencies(counts, whole=True)
    n = (x * times).sum()
    # In floats, as the squares of counts can overflow 64-bit integers.
    return float((times * (x / n) * ((x - 1) / (n - 1))).sum()) if n > 1 else float("nan")


def collision_across(counts, others) -> float:
    """Probability that an answer of one sample equals one of the other: sum x y / n m, unbiased for
    sum p q. Both are (K,), for the same answers in the same order."""
    a, b = as_counts(counts), as_counts(others)
    if len(a) != len(b):
        raise UserError(
            f"One sample counts {len(a)} answers and the other {len(b)}: list the same answers."
        )
    return float(a / a.sum() @ (b / b.sum()))


@metric(
    unit="share",
    high=1.0,
    better="less",
    needs="counts",
    blind_to=("order", "copies"),
    bias="falls with answers",
    source="Hill (1973), order infinity for m = 1",
)
def top_share(counts, m: int) -> float:
    """Share of the m most frequent answers. Positive bias for small n."""
    return float(formulas.top_share(as_counts(counts), as_whole(m, "m")))


def rarefied(counts, m, n: int | None = None) -> np.ndarray:
    """Rarefaction: expected number of distinct answers among m of the n, drawn without replacement:
    sum 1 - C(n - x, m) / C(n, m) (Hurlbert 1971), in the shape of ``m``. As a function of m it is
    the curve U(k) of distinct answers among k.

    ``n`` is needed if ``counts`` are the numbers of answers, of n, that contain a thing, such as a
    word: the result is then the number of these things in m answers (Colwell et al. 2004). Raises
    ``UserError`` unless 0 <= m <= n."""
    x, times = frequencies(counts, whole=True)
    n = int((x * times).sum()) if n is None else n
    m = _within(m, n)[..., None]
    return (times * -np.expm1(log_missed(n, x, m))).sum(-1)


def rarefied_entropy(counts, m: int) -> float:
    """Expected plug-in entropy of m of the n answers, in nats, exact: from the expected number of
    answers that occur k times among m, a sum of hypergeometric probabilities (Chao et al. 2014).
    Raises ``UserError`` unless 1 <= m <= n."""
    x, times = frequencies(counts, whole=True)
    n = int((x * times).sum())
    m = int(_within(m, n, least=1))
    parts = [many * entropy_part(n, total, m) for total, many in zip(x, times, strict=True)]
    return float(sum(parts)) + 0.0


def entropy_part(n: int, x: int, m: int) -> float:
    """What an answer that occurs ``x`` times among n adds to the expected plug-in entropy of m."""
    k = np.arange(max(1, m - (n - x)), min(x, m) + 1)
    chance = _choose(x, k) + _choose(n - x, m - k) - _choose(n, m)
    return -float((np.exp(chance) * k / m * np.log(k / m)).sum())


def rarefied_hill_2(counts, m: int) -> float:
    """Hill number of order 2 for m of the n answers: the inverse of the expected sum p^2, exact.
    Raises ``UserError`` unless 1 <= m <= n."""
    x, times = frequencies(counts, whole=True)
    m = int(_within(m, int((x * times).sum()), least=1))
    return float(m / (1 + (m - 1) * collision(counts))) if m > 1 else 1.0


def as_counts(counts, whole: bool = False) -> np.ndarray:
    """(K,) checked counts; as floats if their total exceeds the exact range of floats."""
    array = np.asarray(counts)
    try:
        numbers = array.astype(float)
    except (TypeError, ValueError, OverflowError):
        raise UserError("Counts must be numbers, one for each different answer.") from None
    if array.ndim != 1:
        raise UserError(f"Counts must be (K,), one for each different answer, not {array.shape}.")
    invalid = ~(np.isfinite(numbers) & (numbers >= 0))
    if whole:
        invalid |= numbers != np.floor(numbers)
    if invalid.any():
        kind = "a whole number" if whole else "a number"
        raise UserError(
            f"Count {int(invalid.argmax())} is {array[invalid][0]}, not {kind} of at least 0."
        )
    with np.errstate(over="ignore"):
        total = numbers.sum()
    if not 0 < total < np.inf:
        much = "too many" if total else "no"
        raise UserError(f"There are {much} answers to count: the counts add up to {total:g}.")
    return array if array.dtype.kind in "iu" and total < EXACT else numbers


def frequencies(counts, whole: bool = False) -> tuple[np.ndarray, np.ndarray]:
    """The distinct positive counts, and the number of answers with each. ``whole`` refuses
    fractional counts."""
    counts = as_counts(counts, whole)
    return np.unique(counts[counts > 0], return_counts=True)


FEW = 16  # number of factors up to which a product is computed directly


def log_missed(n: int | np.ndarray, x: np.ndarray, m: np.ndarray) -> np.ndarray:
    """ln C(n - x, m) / C(n, m): log-probability that m of n answers include none of x of them.

    It is a product of min(x, m) factors 1 - max(x, m) / (n - i). If these are few they are
    multiplied, as log-gamma loses nine digits for n of a million."""
    few, many = np.minimum(x, m), np.maximum(x, m)
    left = np.maximum(n - x - m, 0)
    log = gammaln(n - x + 1) + gammaln(n - m + 1) - gammaln(left + 1) - gammaln(n + 1)
    product = np.zeros(log.shape)
    for i in range(min(FEW, int(few.max(initial=0)))):
        share = np.where(i < few, np.minimum(many / (n - i), 1 - 1e-16), 0)
        product += np.log1p(-share)
    log = np.where(few <= FEW, product, np.minimum(log, 0))
    return np.where(n - x - m < 0, -np.inf, log)


def _within(m, n: int, least: int = 0) -> np.ndarray:
    m = np.asarray(m)
    if (m < least).any() or (m > n).any():
        raise UserError(f"m must lie between {least} and n = {n}, not be {m}.")
    return m


def _choose(n, k):
    """The logarithm of the binomial coefficient C(n, k)."""
    return gammaln(n + 1) - gammaln(k + 1) - gammaln(n - k + 1)
