"""Gaussian chains that keep, mix or renew their data: mean and variance.

Letters: ``variance`` is E[var_t], ``error`` is E[(mean_t - mean_0)^2], both in units of the
truth's variance and for any one coordinate; n = real + synthetic items a generation; generation
t = 1 is the first fit, on n real items. All is exact: only expectations of squares are followed,
so that no shape of the truth matters, and a kernel estimate of bandwidth zero obeys the same laws.
``bias`` is the factor on the variance of synthetic items (Alemohammad et al. 2024).
"""

import numpy as np
from scipy.special import gammaln

# A sample of fixed size from a growing pool


def subsample_variance(t: np.ndarray, n: int) -> np.ndarray:
    """E[var_t] / var_0 under accumulate-subsample, ddof = 0: (1 - 1/n) prod_{k=2..t} (1 - (3 n -
    1) / (N (N - 1))), N = n k.

    Generation t trains on n rows drawn without replacement from the pool of n t rows, and adds n
    (Kazdan et al. 2025). Derived: let D be half the expected squared difference of two rows of the
    pool of N rows. Two trained rows differ by D too, so that var = (1 - 1/n) D; two new rows
    differ by var, a new and an old one by (1 - 1/N) D. Averaged over all pairs of N + n rows:
    D (N (N - 1) + 2 n (N - 1) + (n - 1)^2) over (N + n)(N + n - 1).
    """
    size = n * np.arange(2.0, int(np.max(t)) + 1)
    factors = 1 - (3 * n - 1) / (size * (size - 1))
    chain = np.concatenate([[1.0], (1 - 1 / n) * np.cumprod(np.concatenate([[1.0], factors]))])
    return chain[np.asarray(t, int)]


def subsample_limit(n: int) -> float:
    """Limit of ``subsample_variance``, n >= 2: the product, by the roots of x (x - 1) = 3 n - 1
    and Gamma functions; about 1 - (pi^2 / 2 - 2) / n, below accumulate's 1 - pi^2 / (6 n)."""
    root = np.sqrt(12 * n - 3)
    lower, upper = (1 - root) / (2 * n), (1 + root) / (2 * n)
    log = gammaln(2 - 1 / n) - gammaln(2 - lower) - gammaln(2 - upper)
    return float((1 - 1 / n) * np.exp(log))


def subsample_mean_error(t: np.ndarray, n: int) -> np.ndarray:
    """E[(mean_t - mean_0)^2] / var_0 under accumulate-subsample, ddof = 0: 1 - E[var_t], as every
    row keeps its expected squared distance from the truth's mean."""
    return 1 - subsample_variance(t, n)


# New draws from all past generators


def past_mixture_variance(t: np.ndarray, n: int) -> np.ndarray:
    """E[var_t] / var_0, ddof = 0, where generation t trains on n NEW items, each from the truth
    or one of the models 1 .. t - 1, all equally likely: prod_{k=1..t} (1 - 1 / (n k^2)).

    It is what keeping the items themselves gives (``gaussian.accumulate_variance``). Derived: an
    item keeps its expected squared distance from the truth's mean, 1, so that given q = E[square
    of the mixture's mean] the items vary by 1 - q, the fit by (1 - 1/n)(1 - q); the fitted mean
    is the mixture's and an error of variance (1 - q) / n, one part in t + 1 of the next mixture:
    1 - q shrinks by 1 - 1 / (n (t + 1)^2).
    """
    k = np.arange(1, int(np.max(t)) + 1)
    return np.concatenate([[1.0], np.cumprod(1 - 1 / (n * k**2))])[np.asarray(t, int)]


def past_mixture_mean_error(t: np.ndarray, n: int) -> np.ndarray:
    """E[(mean_t - mean_0)^2] / var_0 for the same: 1 - E[var_t]."""
    return 1 - past_mixture_variance(t, n)


# New real items every generation


def fresh_mix(
    t: np.ndarray,
    real: int,
    synthetic: int,
    ddof: int = 0,
    bias: float = 1.0,
    weight: float | None = None,
) -> tuple[np.ndarray, np.ndarray]:
    """(variance, error) where generation t > 1 trains on ``real`` NEW real items and ``synthetic``
    items of N(mean_{t-1}, bias var_{t-1}) (the fresh data loop of Alemohammad et al. 2024).

    Derived: with real items of total weight w (None: as many as they are, real / n), items lie
    w + (1 - w)(bias variance + error) around the truth's mean in mean square, and their average
    has error w^2 / real + (1 - w)^2 (bias variance / synthetic + error). The new variance is the
    difference, times n / (n - ddof).
    """
    n = real + synthetic
    step, constant = _fresh_step(real, synthetic, ddof, bias, weight)
    state = np.array([(n - 1) / (n - ddof), 1 / n])
    chain = [np.array([1.0, 0.0]), state]
    for _ in range(2, int(np.max(t)) + 1):
        state = step @ state + constant
        chain.append(state)
    variance, error = np.array(chain).T
    return variance[np.asarray(t, int)], error[np.asarray(t, int)]


def fresh_mix_limit(
    real: int,
    synthetic: int,
    ddof: int = 0,
    bias: float = 1.0,
    weight: float | None = None,
) -> tuple[float, float]:
    """The fixed point of ``fresh_mix``; it exists for real >= 1 and bias <= 1."""
    step, constant = _fresh_step(real, synthetic, ddof, bias, weight)
    variance, error = np.linalg.solve(np.eye(2) - step, constant)
    return float(variance), float(error)


def _fresh_step(real, synthetic, ddof, bias, weight) -> tuple[np.ndarray, np.ndarray]:
    """The linear map of (variance, error): a matrix and a constant."""
    n = real + synthetic
    w = real / n if weight is None else weight
    scale, alone = n / (n - ddof), w**2 / real if real else 0.0
    rest = 1 - w
    pull = rest**2 / synthetic if synthetic else 0.0
    matrix = [[scale * bias * (rest - pull), scale * (rest - rest**2)], [bias * pull, rest**2]]
    return np.array(matrix), np.array([scale * (w - alone), alone])


def fresh_mix_population(
    t: np.ndarray, n: int, share: float, ddof: int = 0
) -> tuple[np.ndarray, np.ndarray]:
    """(variance, error) where every one of the n items of t > 1 is real with chance ``share``.

    Derived: an item has variance V = share + (1 - share)(variance + share error), the average an
    error of V / n + (1 - share)^2 error, the scatter n / (n - ddof) (1 - 1/n) V. The continuous
    twin of the recursion for categories of arXiv 2602.10531.
    """
    variance, error = (n - 1) / (n - ddof), 1 / n
    chain = [(1.0, 0.0), (variance, error)]
    for _ in range(2, int(np.max(t)) + 1):
        item = share + (1 - share) * (variance + share * error)
        variance, error = (n - 1) / (n - ddof) * item, item / n + (1 - share) ** 2 * error
        chain.append((variance, error))
    both = np.array(chain)[np.asarray(t, int)]
    return both[..., 0], both[..., 1]


# The same real items every generation


def fixed_real_mix(
    t: np.ndarray, real: int, synthetic: int, ddof: int = 0, bias: float = 1.0
) -> tuple[np.ndarray, np.ndarray]:
    """(variance, error) over all data, where generation 1 trains on n = real + synthetic real
    items and every later one on the first ``real`` >= 1 of them and ``synthetic`` new ones.

    The recursion of ``fixed_real_mix_given``, started from the expectations of what it is given;
    the error is that of the kept items' mean, 1 / real, plus the distance from it, less twice
    their product: the mean moves towards the kept mean by a factor synthetic / n a generation.
    """
    n = real + synthetic
    start = (1 - 1 / real, (n - 1) / (n - ddof), 1 / real - 1 / n)
    variance, squared_distance = fixed_real_mix_given(t, real, synthetic, *start, ddof, bias)
    t = np.asarray(t, int)
    product = (synthetic / n) ** np.maximum(t - 1.0, 0) * (1 / real - 1 / n)
    error = 1 / real - 2 * product + squared_distance
    return np.where(t == 0, 1, variance), np.where(t == 0, 0, error)


def fixed_real_mix_given(
    t: np.ndarray,
    real: int,
    synthetic: int,
    kept_variance: float,
    first_variance: float,
    first_apart: float,
    ddof: int = 0,
    bias: float = 1.0,
) -> tuple[np.ndarray, np.ndarray]:
    """E[var_t] and E[(mean_t - kept mean)^2] given the real data, t >= 1: the variance (ddof = 0)
    of the kept items, that of the first fit, and the squared distance of the first fit's mean.

    Derived: around the kept mean the items lie r kept_variance + (1 - r)(bias variance + distance)
    in mean square, r = real / n, and their average (1 - r)^2 (bias variance / synthetic +
    distance).
    """
    n = real + synthetic
    share, rest = real / n, synthetic / n
    variance, distance = first_variance, first_apart
    chain = [(np.nan, np.nan), (variance, distance)]
    for _ in range(2, int(np.max(t)) + 1):
        around = share * kept_variance + rest * (bias * variance + distance)
        distance = rest * bias * variance / n + rest**2 * distance
        variance = n / (n - ddof) * (around - distance)
        chain.append((variance, distance))
    both = np.array(chain)[np.asarray(t, int)]
    return both[..., 0], both[..., 1]


def fixed_real_mix_infinite(
    t: np.ndarray, share: float, variance: float, shift: float
) -> tuple[np.ndarray, np.ndarray]:
    """Variance and shift of the mean at t >= 1 with infinitely many items, a share of them real,
    from a first model of the given variance and shift: with q = 1 - share, k = t - 1,
    shift q^k and 1 + q^k (variance - 1) + q^k (1 - q^k) shift^2.

    The map is s' = share + (1 - share) s + share (1 - share) shift^2; its second moment about the
    truth's mean contracts by q. It is stable for every share > 0: the condition of Bertrand et
    al. (2024), fewer synthetic than half as many as real, suffices but is not necessary here.
    """
    shrink = (1 - share) ** (np.asarray(t, float) - 1)
    return 1 + shrink * (variance - 1) + shrink * (1 - shrink) * shift**2, shrink * shift
