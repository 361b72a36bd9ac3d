"""Gaussian chains in closed form: mean and variance over generations.

n items a generation, generation t = 1 the first fit on real data from N(0, s^2), s^2 = 1 unless
scaled. The scatter of a fit over its ddof is s^2 chi^2_{n-1} / (n - ddof) given the model before.
Everything here is exact. Variances and squared errors are in units of the truth's variance; in d
dimensions they hold for any coordinate, and so for the trace over that of the truth.
"""

import numpy as np
from scipy.special import digamma, gammaln, polygamma

# Replace


def replace_variance(t: np.ndarray, n: int, ddof: int = 0) -> np.ndarray:
    """E[var_t] / var_0 under replace: ((n - 1) / (n - ddof))^t, exact.

    ddof = 0: (1 - 1/n)^t (Kazdan et al. 2025); ddof = 1: constant (Shumailov et al. 2024). A mean
    of heavy tails: over many generations compare logarithms instead.
    """
    return ((n - 1) / (n - ddof)) ** np.asarray(t, float)


def replace_log_variance(t: np.ndarray, n: int, ddof: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Mean and variance of ln(var_t / var_0) under replace, exact: a random walk.

    Each step adds ln(chi^2_nu / (n - ddof)), nu = n - 1, whose mean is psi(nu / 2) + ln 2 -
    ln(n - ddof) and whose variance is psi'(nu / 2).
    """
    t, half = np.asarray(t, float), (n - 1) / 2
    step = digamma(half) + np.log(2) - np.log(n - ddof)
    return t * step, t * polygamma(1, half)


def replace_mean_error(t: np.ndarray, n: int, ddof: int = 0) -> np.ndarray:
    """E[(mean_t - mean_0)^2] under replace: the sum over k < t of E[var_k] / n.

    ddof = 1: t / n (Shumailov et al. 2024, sec. 4.2, exactly and not only to second order);
    ddof = 0: 1 - (1 - 1/n)^t, as a row keeps its distance from the truth's mean in expectation,
    so that variance and squared error of the mean sum to 1.
    """
    t = np.asarray(t, float)
    return t / n if ddof == 1 else 1 - replace_variance(t, n)


def replace_standard_deviation(t: np.ndarray, n: int, ddof: int = 1) -> np.ndarray:
    """E[sd_t] / sd_0 under replace: c^t, c = E[chi_{n-1}] / sqrt(n - ddof) (with ddof = 1 the
    alpha(n) of Bertrand et al. 2024, the c4(n) of quality control)."""
    return np.exp(np.asarray(t, float) * _log_root(n, ddof))


def replace_w2_squared(t: np.ndarray, n: int) -> np.ndarray:
    """E[W2^2(truth, model_t)] / var_0 under replace, ddof = 1, one dimension, exact.

    E[(mean_t)^2] = t / n, and E[sd_t] = c^t with c = sqrt(2 / (n - 1)) Gamma(n / 2) /
    Gamma((n - 1) / 2), so that E[(sd_t - 1)^2] = 2 (1 - c^t). Shumailov et al. (2024), eq. 4,
    give the leading order (3 / 2) t / n.
    """
    t = np.asarray(t, float)
    return t / n - 2 * np.expm1(t * _log_root(n, 1))


def replace_w2_squared_variance(t: np.ndarray, n: int) -> np.ndarray:
    """Variance over chains of W2^2(truth, model_t) / var_0, replace, ddof = 1, one dimension.

    Shumailov et al. (2024), eq. 5, print (3 sum 1/M_i^2 + 4 sum_{i != j} 1/(M_i M_j)) / 2, which
    is wrong: the leading order is (5/2) S^2, S = t / n, and at n = 50, t = 1 the variance is
    1.01e-3, not 0.60e-3.
    Derived: given all sd_k the mean is N(0, A), A the sum over k < t of var_k / n, so that
    E[mean^4] = 3 E[A^2], and E[sd_j^a sd_k^b] = m_{a+b}^j m_b^{k-j} for j < k, where m_p is the
    p-th moment of chi_{n-1} / sqrt(n - 1). The terms cancel to about 1e-16 n^2 of the result.
    """
    last = int(np.max(t))
    one = float(replace_standard_deviation(1, n))
    two, three, four = 1.0, one * n / (n - 1), (n + 1) / (n - 1)
    # E[A], E[A^2], E[A sd_t] and E[A var_t], each from the previous generation.
    mean, square, with_one, with_two = 0.0, 0.0, 0.0, 0.0
    variances = [0.0]
    for k in range(1, last + 1):
        before = k - 1
        square += (2 * with_two + four**before / n) / n
        with_one = one * (with_one + three**before / n)
        with_two = two * (with_two + four**before / n)
        mean += two**before / n
        fourth = four**k - 4 * three**k + 6 * two**k - 4 * one**k + 1  # E[(sd - 1)^4]
        cross = with_two - 2 * with_one + mean  # E[A (sd - 1)^2]
        risk = mean + two**k - 2 * one**k + 1
        variances.append(3 * square + 2 * cross + fourth - risk**2)
    return np.array(variances)[np.asarray(t, int)]


def replace_determinant(t: np.ndarray, n: int, d: int, ddof: int = 0) -> np.ndarray:
    """E[det cov_t / det cov_0] under replace in d dimensions: (prod_{j=1..d} (n - j) /
    (n - ddof)^d)^t. Derived: the determinant of a Wishart scatter is that of its scale times
    independent chi^2_{n-1}, ..., chi^2_{n-d}. Zero from t = 1 on where n <= d."""
    factors = (n - np.arange(1, d + 1)) / (n - ddof)
    return np.prod(np.maximum(factors, 0)) ** np.asarray(t, float)


def replace_log_determinant(
    t: np.ndarray, n: int, d: int, ddof: int = 0
) -> tuple[np.ndarray, np.ndarray]:
    """Mean and variance of ln(det cov_t / det cov_0) under replace, n > d: a random walk whose
    step is the sum of ln(chi^2_{n-j} / (n - ddof)) over j = 1..d."""
    t, half = np.asarray(t, float), (n - np.arange(1, d + 1)) / 2
    step = (digamma(half) + np.log(2) - np.log(n - ddof)).sum()
    return t * step, t * polygamma(1, half).sum()


# Replace with a biased sampler: items from N(mean_t, bias * cov_t)


def biased_variance(t: np.ndarray, n: int, bias: float, ddof: int = 0) -> np.ndarray:
    """E[var_t] / var_0 under replace with sampling bias: bias^(t - 1) ((n - 1) / (n - ddof))^t.

    Alemohammad et al. (2024), sec. 2: bias^t for ddof = 1, counted from the first model; here
    t = 1 is that model, fitted to real data that nobody narrowed: hence the power t - 1.
    """
    t = np.asarray(t, float)
    return bias ** np.maximum(t - 1, 0) * replace_variance(t, n, ddof)


def biased_log_variance(
    t: np.ndarray, n: int, bias: float, ddof: int = 0
) -> tuple[np.ndarray, np.ndarray]:
    """Mean and variance of ln(var_t / var_0): the walk of replace, and (t - 1) ln(bias)."""
    mean, variance = replace_log_variance(t, n, ddof)
    return mean + np.maximum(np.asarray(t, float) - 1, 0) * np.log(bias), variance


def biased_mean_error(t: np.ndarray, n: int, bias: float, ddof: int = 0) -> np.ndarray:
    """E[(mean_t - mean_0)^2] / var_0: each generation adds the variance of its items over n."""
    k = np.arange(1, int(np.max(t)))
    steps = np.concatenate([[0.0, 1.0], bias * biased_variance(k, n, bias, ddof)]) / n
    return np.cumsum(steps)[np.asarray(t, int)]


# Replace with a ridge, ``ridge`` in units of var_0, added to the variance by every fit


def ridge_variance(t: np.ndarray, n: int, ridge: float, ddof: int = 0) -> np.ndarray:
    """E[var_t] / var_0 of any one coordinate: v_t = a v_{t-1} + ridge, v_0 = 1, a = (n - 1) /
    (n - ddof). With ddof = 0 it tends to n ridge, with ddof = 1 it is 1 + ridge t (derived)."""
    t = np.asarray(t, float)
    if ddof == 1:
        return 1 + ridge * t
    return n * ridge + (1 - 1 / n) ** t * (1 - n * ridge)


def ridge_mean_error(t: np.ndarray, n: int, ridge: float, ddof: int = 0) -> np.ndarray:
    """E[(mean_t - mean_0)^2] / var_0: each generation adds the variance of its items over n."""
    steps = ridge_variance(np.arange(int(np.max(t))), n, ridge, ddof) / n
    return np.concatenate([[0.0], np.cumsum(steps)])[np.asarray(t, int)]


# Replace with another number of items every generation


def sizes_moments(sizes: np.ndarray, ddof: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """E[var_t] and E[(mean_t - mean_0)^2] over var_0 at t = 0..len(sizes), where model t is
    fitted to sizes[t - 1] items of model t - 1: prod (M - 1) / (M - ddof), and the sum of
    E[var_{k-1}] / M_k. With ddof = 1 an item of model t has variance 1 + sum 1 / M_k (Shumailov
    et al. 2024, sec. 4.2)."""
    sizes = np.asarray(sizes, float)
    variance = np.concatenate([[1.0], np.cumprod((sizes - 1) / (sizes - ddof))])
    return variance, np.concatenate([[0.0], np.cumsum(variance[:-1] / sizes)])


def sizes_w2_squared(sizes: np.ndarray, ddof: int = 1) -> np.ndarray:
    """E[W2^2(truth, model_t)] / var_0 at t = 0..len(sizes), one dimension: squared error of the
    mean + E[var_t] - 2 E[sd_t] + 1. For ddof = 1, (3/2) sum 1 / M_k to leading order (Shumailov
    et al. 2024, eq. 4): bounded only where the sizes grow faster than t."""
    variance, error = sizes_moments(sizes, ddof)
    log_deviation = np.concatenate([[0.0], np.cumsum(_log_root(np.asarray(sizes, float), ddof))])
    return error + (variance - 1) - 2 * np.expm1(log_deviation)


def replace_multiple_variance(t: np.ndarray, n: int, ddof: int = 0) -> np.ndarray:
    """E[var_t] / var_0 where generation t trains on t n items, all of model t - 1: prod_{k<=t}
    (1 - 1 / (n k)) for ddof = 0, which falls like t^(-1/n); constant for ddof = 1.

    The product is Gamma(t + 1 - 1/n) / (Gamma(1 - 1/n) Gamma(t + 1)).
    """
    t = np.asarray(t, float)
    if ddof == 1:
        return np.ones_like(t)
    if n == 1:
        return np.where(t == 0, 1.0, 0.0)
    return np.exp(gammaln(t + 1 - 1 / n) - gammaln(1 - 1 / n) - gammaln(t + 1))


def replace_multiple_mean_error(t: np.ndarray, n: int, ddof: int = 0) -> np.ndarray:
    """E[(mean_t - mean_0)^2] / var_0: for ddof = 0 what the variance lost, for ddof = 1 the sum
    of 1 / (n k), psi(t + 1) - psi(1) over n, which grows without bound."""
    if ddof == 1:
        return (digamma(np.asarray(t, float) + 1) - digamma(1)) / n
    return 1 - replace_multiple_variance(t, n)


# Accumulate


def accumulate_variance(t: np.ndarray, n: int) -> np.ndarray:
    """E[var_t] / var_0 under accumulate with ddof = 0, exact: prod_{k=1..t} (1 - 1 / (n k^2)).

    Kazdan et al. (2025), Lemma 3; tends to sin(pi / sqrt n) / (pi / sqrt n). Derivation: given
    pooled moments (m, s^2) of N = n (k - 1) rows, n new ones add (n - 1) s^2 within and
    (N / k) s^2 / N between, over n k rows.
    """
    last = int(np.max(t))
    k = np.arange(1, last + 1)
    product = np.concatenate([[1.0], np.cumprod(1 - 1 / (n * k**2))])
    return product[np.asarray(t, int)]


def accumulate_limit(n: int) -> float:
    """E[var_t] / var_0 under accumulate, ddof = 0, as t goes to infinity: sin(x) / x, x = pi /
    sqrt n (Kazdan et al. 2025, Thm 1), by Euler's product of the sine."""
    return float(np.sinc(1 / np.sqrt(n)))


def accumulate_mean_error(t: np.ndarray, n: int) -> np.ndarray:
    """E[(mean_t - mean_0)^2] / var_0 under accumulate, ddof = 0: 1 - E[var_t] (Kazdan et al.
    2025, Cor. 4). Every row keeps its expected squared distance from the truth's mean."""
    return 1 - accumulate_variance(t, n)


def log_root_ratio(x: np.ndarray) -> np.ndarray:
    """ln(Gamma(x + 1/2) / (Gamma(x) sqrt x)): the logarithm of E[sqrt] of a gamma variate of shape
    x and mean 1. By its asymptotic series from x = 50 on, where the terms would cancel."""
    x = np.asarray(x, float)
    near = np.minimum(x, 50)
    direct = gammaln(near + 0.5) - gammaln(near) - 0.5 * np.log(near)
    far = 1 / np.maximum(x, 50)
    series = far * (-1 / 8 + far**2 * (1 / 192 - far**2 / 640))
    return np.where(x < 50, direct, series)


def _log_root(n: np.ndarray, ddof: int) -> np.ndarray:
    """ln E[chi_{n-1} / sqrt(n - ddof)]."""
    return log_root_ratio((np.asarray(n, float) - 1) / 2) + 0.5 * np.log((n - 1) / (n - ddof))
