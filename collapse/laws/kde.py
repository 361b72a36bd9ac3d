"""Kernel density estimates refitted to their own samples: mean and variance.

A draw is a training row chosen at random plus the kernel's noise. ``variance`` is E of the fitted
density's variance along one coordinate, the training rows' (ddof = 0) plus the kernel's, in any
dimension the mean over coordinates. Generation t = 1 is the first fit on real data, t = 0 the
truth of variance ``start``; ``spread`` is the kernel's variance along one coordinate, a number or
one for each generation 1, 2, ... . All is exact and holds for every truth and every kernel.
"""

import numpy as np


def kernel_variance(kernel: str, bandwidth: np.ndarray, d: int = 1) -> np.ndarray:
    """Variance of the kernel along one of d coordinates: h^2 for the gaussian, h^2 / (d + 2) for
    the tophat, uniform in the ball of radius h (E|x|^2 = d / (d + 2) h^2 over d coordinates)."""
    square = np.asarray(bandwidth, float) ** 2
    if kernel == "gaussian":
        return square
    if kernel == "tophat":
        return square / (d + 2)
    raise ValueError(f"kernel must be gaussian or tophat, not {kernel}")


def shrinking_bandwidth(t: np.ndarray, n: int, constant: float) -> np.ndarray:
    """c (n t)^(-1/5), the bandwidth of generation t >= 1 under accumulate, whose pool has n t
    rows (Kazdan et al. 2025)."""
    return constant * (n * np.asarray(t, float)) ** -0.2


# Infinitely many rows a generation


def population_replace_variance(t: np.ndarray, spread: np.ndarray, start: float = 1.0):
    """Under replace every generation convolves once more: start + t spread (Kazdan et al. 2025)."""
    t = np.asarray(t, int)
    return start + np.concatenate([[0.0], np.cumsum(_each(spread, t))])[t]


def population_accumulate_variance(t: np.ndarray, spread: np.ndarray, start: float = 1.0):
    """Under accumulate: start + spread_t + sum_{k<t} spread_k / (k + 1), which is start + spread
    H_t for a constant one. Derived: model k has the pool's variance plus spread_k and becomes one
    part in k + 1 of the next pool.

    With the shrinking bandwidth the sum is bounded: sum k^(-2/5) / (k + 1) = 2.320 in units of
    c^2 n^(-2/5). (Kazdan et al. 2025 print the exponent and the constant otherwise.)
    """
    t = np.asarray(t, int)
    each = _each(spread, t)
    pool = np.concatenate([[0.0], np.cumsum(each / np.arange(2, len(each) + 2))])
    return start + np.where(t > 0, pool[np.maximum(t - 1, 0)] + each[np.maximum(t - 1, 0)], 0)


# n rows a generation


def replace_variance(t: np.ndarray, n: int, spread: np.ndarray, start: float = 1.0) -> np.ndarray:
    """Under replace with n rows: S_1 = (1 - 1/n) start, S_{t+1} = (1 - 1/n) (S_t + spread_t), and
    the density's variance S_t + spread_t.

    Derived: half the expected squared difference of two rows is D = S / (1 - 1/n); two new draws
    come of different rows with chance 1 - 1/n and have noise each: D' = (1 - 1/n) D + spread. So
    S goes to (n - 1) spread and stays: the density does not widen for ever, as it does in the
    population, but it wanders (``replace_mean_error``).
    """
    t = np.asarray(t, int)
    return _replace_rows(t, n, spread, start) + np.where(t > 0, _at(spread, t), 0)


def replace_mean_error(t: np.ndarray, n: int, spread: np.ndarray, start: float = 1.0):
    """E[(mean_t - mean_0)^2] under replace with n rows. A row's mean square about the truth's mean
    grows by spread a generation; what the rows' own variance S_t does not hold of it, start +
    sum_{k<t} spread_k - S_t, is the mean's: in the end it grows by spread a generation."""
    t = np.asarray(t, int)
    square = np.concatenate([[0.0, 0.0], np.cumsum(_each(spread, t))])[t]
    return np.where(t > 0, start + square - _replace_rows(t, n, spread, start), 0)


def replace_limit(n: int, spread: float) -> float:
    """The density's variance as t goes to infinity under replace: n spread."""
    return n * spread


def rule_variance(t: np.ndarray, n: int, factor: float, start: float = 1.0) -> np.ndarray:
    """Under replace with a bandwidth in proportion to the rows' standard deviation (ddof = 1):
    h = factor sd, gaussian kernel.

    Derived as above with spread = factor^2 D: D_t = (1 - 1/n + factor^2)^(t-1) start, and the
    density's variance (1 - 1/n + factor^2) D_t. It grows without bound for factor^2 > 1/n, which
    holds for Scott's n^(-1/(d+4)) at every n > 1: rules of thumb blow up exponentially.
    """
    return start * (1 - 1 / n + factor**2) ** np.asarray(t, float)


def rule_factor(rule: str, n: int, d: int = 1) -> float:
    """Scott's (1992) n^(-1/(d+4)), or Silverman's (1986) (n (d + 2) / 4)^(-1/(d+4))."""
    if rule == "scott":
        return n ** (-1 / (d + 4))
    if rule == "silverman":
        return (n * (d + 2) / 4) ** (-1 / (d + 4))
    raise ValueError(f"rule must be scott or silverman, not {rule}")


def accumulate_variance(t: np.ndarray, n: int, spread: np.ndarray, start: float = 1.0):
    """Under accumulate with n rows a generation: S_1 = (1 - 1/n) start, S_{t+1} = S_t (1 - 1 / (n
    (t+1)^2)) + spread_t / (t+1) (1 - 1 / (n (t+1))), and the density's variance S_t + spread_t.

    Derived from the pairs of the pool of N = n t rows, half of whose expected squared difference
    is D: new pairs (1 - 1/N) D + spread, an old and a new one (1 - 1/N) D + spread / 2, and S =
    (1 - 1/N) D. Without noise it is the law of the Gaussian under accumulate.
    """
    t = np.asarray(t, int)
    each = _each(spread, t)
    rows, chain = (1 - 1 / n) * start, [np.nan, (1 - 1 / n) * start]
    for k in range(2, int(np.max(t)) + 1):
        rows = rows * (1 - 1 / (n * k**2)) + each[k - 2] / k * (1 - 1 / (n * k))
        chain.append(rows)
    return np.where(t > 0, np.array(chain)[t] + _at(spread, t), start)


def subsample_variance(t: np.ndarray, n: int, spread: np.ndarray, start: float = 1.0):
    """Under accumulate-subsample, n rows drawn without replacement from the pool of N = n t:
    S_t = (1 - 1/n) D_t, and the density's variance S_t + spread_t. Derived as for the Gaussian:
    D' N' (N' - 1) = D (N' (N' - 1) - 3 n + 1) + n spread (N' - 1), N' = N + n."""
    t = np.asarray(t, int)
    each, pairs, chain = _each(spread, t), start, [np.nan, start]
    for k in range(2, int(np.max(t)) + 1):
        size = n * k
        pairs = pairs * (1 - (3 * n - 1) / (size * (size - 1))) + n * each[k - 2] / size
        chain.append(pairs)
    return np.where(t > 0, (1 - 1 / n) * np.array(chain)[t] + _at(spread, t), start)


def fresh_mix(
    t: np.ndarray, real: int, synthetic: int, spread: np.ndarray, start: float = 1.0
) -> tuple[np.ndarray, np.ndarray]:
    """(variance, error of the mean) where generation t > 1 trains on ``real`` NEW real rows and
    ``synthetic`` draws of model t - 1.

    Derived: a training row lies M around the truth's mean in mean square, M' = r start + (1 - r)
    (M + spread), r = real / n, which is bounded by start + (1 - r) / r spread: new data hold the
    estimate in place. Pairs: two real rows differ by start, two draws by S + spread, a row and a
    draw by (start + M + spread) / 2. The mean's error is M - S.
    """
    n, t = real + synthetic, np.asarray(t, int)
    each, square, rows = _each(spread, t), start, (1 - 1 / n) * start
    chain = [(np.nan, np.nan), (rows, square - rows)]
    for k in range(2, int(np.max(t)) + 1):
        square = square + each[k - 2]  # of a draw
        draws = synthetic * (synthetic - 1) * (rows + each[k - 2])
        pairs = real * (real - 1) * start + draws + real * synthetic * (start + square)
        square = (real * start + synthetic * square) / n
        rows = pairs / n**2
        chain.append((rows, square - rows))
    values = np.array(chain)[t]
    return (
        np.where(t > 0, values[..., 0] + _at(spread, t), start),
        np.where(t > 0, values[..., 1], 0),
    )


def _each(spread, t: np.ndarray) -> np.ndarray:
    """The kernel's variance in generations 1..max(t), at least one of them."""
    last = max(int(np.max(t)), 1)
    spread = np.asarray(spread, float)
    return np.full(last, spread) if spread.ndim == 0 else spread[:last]


def _at(spread, t: np.ndarray) -> np.ndarray:
    t = np.asarray(t, int)
    return _each(spread, t)[np.maximum(t - 1, 0)]


def _replace_rows(t, n: int, spread, start: float) -> np.ndarray:
    """E of the training rows' variance (ddof = 0)."""
    t = np.asarray(t, int)
    each, rows, chain = _each(spread, t), (1 - 1 / n) * start, [start, (1 - 1 / n) * start]
    for k in range(2, int(np.max(t)) + 1):
        rows = (1 - 1 / n) * (rows + each[k - 2])
        chain.append(rows)
    return np.array(chain)[t]
