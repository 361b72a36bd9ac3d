"""How varied answers are, from how often equal ones occur.

``counts`` is (K,): how often each different answer was given, n in all; zeros count nothing and
order means nothing. Logarithms are natural. What is said of bias is for n draws from one source.
Anything else is a ``UserError``: counts that are negative, not numbers, or of nothing at all, and
parts of an answer where pairs or singletons are counted; shares (K,) will do for the others.
"""

import numpy as np
from scipy.special import gammaln

from collapse.errors import UserError
from collapse.metrics.base import as_whole, metric

EXACT = 2.0**53  # up to which every whole number is a float: beyond, counts are worked with as such


@metric(
    unit="nats",
    better="more",
    needs="counts",
    blind_to=("order", "copies"),
    bias="rises with answers, by (K - 1) / 2n less to go",
    source="Shannon (1948)",
)
def entropy(counts) -> float:
    """Plug-in Shannon entropy in nats, -sum p ln p (Shannon 1948): biased down by about
    (K - 1) / 2n, at most ln n."""
    x, times = frequencies(counts)
    p = x / (x * times).sum()
    return float(-(times * p * np.log(p)).sum()) + 0.0


@metric(
    unit="nats",
    better="more",
    needs="counts",
    blind_to=("order",),
    bias="rises with answers, less than plug-in",
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
    """Entropy in nats, corrected for answers not seen yet (Chao and Shen 2003):
    -sum C p ln(C p) / (1 - (1 - C p)^n), C the coverage. Where every answer is a singleton, which
    makes C = 0, one of them is taken as seen before."""
    x, times = frequencies(counts, whole=True)
    n = (x * times).sum()
    p = max(sample_coverage(counts), 1 / n) * x / n
    if len(x) == 1 and times[0] == 1:  # a single answer, always: p = 1
        return 0.0
    # One of 2^60 answers may have all but a part too small for a float: p = 1 in it.
    seen = -np.expm1(n * np.log1p(-np.minimum(p, 1 - 1e-16)))
    return float(-(times * p * np.log(p) / seen).sum())


def sample_coverage(counts) -> float:
    """Good and Turing's estimate of how likely the next answer is one given before: 1 - f1 / n,
    f1 the number of singletons (Good 1953)."""
    x, times = frequencies(counts, whole=True)
    return float(1 - singletons(counts) / (x * times).sum())


def singletons(counts) -> int:
    """How many answers were given once."""
    return int((np.asarray(counts) == 1).sum())


NEAR_ONE, STEEP = 0.01, 10  # orders about 1, and orders above which powers get small


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

    Order 0 is the number of different answers, 1 is exp(entropy), 2 is 1 / sum p^2, infinity is
    1 / max p. Between 1 and K, falling with the order; biased down for orders below 2."""
    if not order >= 0:
        raise UserError(f"The order of a Hill number must be 0 or more, not {order}.")
    if order == 1:
        return float(np.exp(entropy(counts)))
    x, times = frequencies(counts)
    p = x / (x * times).sum()
    if np.isinf(order):
        return float(1 / p.max())
    if abs(order - 1) < NEAR_ONE:  # the sum is nearly 1, and its digits are those of sum - 1
        over = (times * p * np.expm1((order - 1) * np.log(p))).sum()
        return float(np.exp(np.log1p(over) / (1 - order)))
    top = 1.0 if order <= STEEP else p.max()  # else powers of all would be lost to 0
    power = (times * (p / top) ** order).sum() ** (1 / (1 - order))
    return float(power * top ** (order / (1 - order)))


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
    """The chance that two answers are equal (Simpson 1949): sum x (x - 1) / n (n - 1), unbiased for
    sum p^2. Not a number for a single answer."""
    x, times = frequencies(counts, whole=True)
    n = (x * times).sum()
    # In floats: the squares of counts may be no 64-bit integers.
    return float((times * (x / n) * ((x - 1) / (n - 1))).sum()) if n > 1 else float("nan")


def collision_across(counts, others) -> float:
    """The chance that an answer of one sample equals one of the other: sum x y / n m, unbiased for
    sum p q. Both are (K,), of the same answers in the same order."""
    a, b = as_counts(counts), as_counts(others)
    if len(a) != len(b):
        raise UserError(
            f"One sample counts {len(a)} answers and the other {len(b)}: list the same."
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
    """The share of all answers that the m commonest make up. Biased up where n is small."""
    counts = np.sort(as_counts(counts))
    return float(counts[-as_whole(m, "m") :].sum() / counts.sum())


def rarefied(counts, m, n: int | None = None) -> np.ndarray:
    """How many different answers m of the n are expected to hold, drawn without replacement:
    sum 1 - C(n - x, m) / C(n, m) (Hurlbert 1971), in the shape of ``m``. Over all m it is the curve
    U(k) of the different answers among k.

    ``n`` is given where ``counts`` are in how many of n answers a thing occurs that several may
    hold, such as a word: then it is how many of these things m answers hold (Colwell et al. 2004).
    Raises ``UserError`` unless 0 <= m <= n."""
    x, times = frequencies(counts, whole=True)
    n = int((x * times).sum()) if n is None else n
    m = _within(m, n)[..., None]
    return (times * -np.expm1(log_missed(n, x, m))).sum(-1)


def rarefied_entropy(counts, m: int) -> float:
    """Plug-in entropy expected of m of the n answers, in nats, exactly: from how many answers are
    expected k times among m, a sum of hypergeometric chances (Chao et al. 2014). Raises ValueError
    unless 1 <= m <= n."""
    x, times = frequencies(counts, whole=True)
    n = int((x * times).sum())
    m = int(_within(m, n, least=1))
    found = 0.0
    for total, many in zip(x, times, strict=True):
        k = np.arange(max(1, m - (n - total)), min(total, m) + 1)
        chance = _choose(total, k) + _choose(n - total, m - k) - _choose(n, m)
        found -= many * (np.exp(chance) * k / m * np.log(k / m)).sum()
    return float(found) + 0.0


def rarefied_hill_2(counts, m: int) -> float:
    """Hill number of order 2 of m of the n answers: the inverse of the sum p^2 expected of them,
    exactly. Raises ``UserError`` unless 1 <= m <= n."""
    x, times = frequencies(counts, whole=True)
    m = int(_within(m, int((x * times).sum()), least=1))
    return float(m / (1 + (m - 1) * collision(counts))) if m > 1 else 1.0


def as_counts(counts, whole: bool = False) -> np.ndarray:
    """(K,) counts, checked; floats where they add up to more than whole numbers are told apart."""
    found = np.asarray(counts)
    try:
        numbers = found.astype(float)
    except (TypeError, ValueError, OverflowError):
        raise UserError("Counts must be numbers, one for each different answer.") from None
    if found.ndim != 1:
        raise UserError(f"Counts must be (K,), one for each different answer, not {found.shape}.")
    invalid = ~(np.isfinite(numbers) & (numbers >= 0))
    if whole:
        invalid |= numbers != np.floor(numbers)
    if invalid.any():
        kind = "a whole number" if whole else "a number"
        raise UserError(
            f"Count {int(invalid.argmax())} is {found[invalid][0]}, not {kind} from 0 on."
        )
    with np.errstate(over="ignore"):
        total = numbers.sum()
    if not 0 < total < np.inf:
        much = "too many" if total else "no"
        raise UserError(f"There are {much} answers to count: the counts add up to {total:g}.")
    return found if found.dtype.kind in "iu" and total < EXACT else numbers


def frequencies(counts, whole: bool = False) -> tuple[np.ndarray, np.ndarray]:
    """The different counts that occur, without 0, and how many answers have each. ``whole``
    refuses parts of an answer."""
    counts = as_counts(counts, whole)
    return np.unique(counts[counts > 0], return_counts=True)


FEW = 16  # factors up to which a product is worked out as such


def log_missed(n: int, x: np.ndarray, m: np.ndarray) -> np.ndarray:
    """ln C(n - x, m) / C(n, m), the chance that m of n answers hold none of x of them.

    It is a product of min(x, m) factors 1 - max(x, m) / (n - i). Where these are few they are
    multiplied, as log-gamma loses nine digits at n of a million."""
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
    """The logarithm of n over k."""
    return gammaln(n + 1) - gammaln(k + 1) - gammaln(n - k + 1)
