"""Probability that a Gaussian chain has collapsed: exact, approximate, and bounds.

Under replace, var_t / var_0 is a product of t independent chi^2 / divisor: chi^2_{n-1} over
n - ddof where the mean is fitted, chi^2_n over n where it is known. Generation t = 1 is the first
fit on real data.
"""

import numpy as np
from scipy.optimize import minimize_scalar
from scipy.special import digamma, gammaln, loggamma, ndtr, polygamma


def replace_below(level: float, t: np.ndarray, n: int, ddof: int = 0) -> np.ndarray:
    """P(var_t <= level var_0) under replace, exact (to about 1e-10), t >= 1.

    Derived: the logarithm is a sum of t independent ones, its characteristic function a power,
    inverted by the formula of Gil-Pelaez (1951).
    """
    return _product_below(level, t, n - 1, n - ddof)


def replace_log_normal_below(level: float, t: np.ndarray, n: int, ddof: int = 0) -> np.ndarray:
    """Normal approximation of ``replace_below`` for the log-variance, with an error
    of order 1 / sqrt(n t) (the skewness of a step is about -sqrt(2 / (n - 1)))."""
    return _log_normal_below(level, t, n - 1, n - ddof)


def known_mean_log_variance(t: np.ndarray, n: int) -> tuple[np.ndarray, np.ndarray]:
    """Mean and variance of ln(var_t / var_0) where the mean is known and only the variance is
    fitted: t (psi(n / 2) + ln(2 / n)) and t psi'(n / 2), exact."""
    t = np.asarray(t, float)
    return t * (digamma(n / 2) + np.log(2 / n)), t * polygamma(1, n / 2)


def known_mean_risk(t: np.ndarray, n: int) -> np.ndarray:
    """E[(var_t - var_0)^2] / var_0^2 where the mean is known: (1 + 2/n)^t - 1, exact (Xu et al.
    2025). It grows while var_t goes to zero in probability: rare paths carry it, so that an
    average over 10^4 chains falls far short of it after some hundred generations."""
    return (1 + 2 / n) ** np.asarray(t, float) - 1


def known_mean_below(level: float, t: np.ndarray, n: int) -> np.ndarray:
    """P(var_t <= level var_0) where the mean is known, exact (to about 1e-10), t >= 1."""
    return _product_below(level, t, n, n)


def known_mean_log_normal_below(level: float, t: np.ndarray, n: int) -> np.ndarray:
    """The same by the normal law of the log-variance: approximate, error of order 1/sqrt(n t)."""
    return _log_normal_below(level, t, n, n)


def deviation_above_bound(level: float, t: np.ndarray, n: int) -> np.ndarray:
    """Upper bound of P(sd_t > level sd_0) under replace, ddof = 1, n >= 3 (Suresh et al. 2024):
    exp(-t / (4 n - 1)) / level. It is Markov's inequality for E[sd_t] = c4(n)^t; the level is one
    of standard deviations, not variances. May exceed 1."""
    return np.exp(-np.asarray(t, float) / (4 * n - 1)) / level


def deviation_above_sharp_bound(level: float, t: np.ndarray, n: int) -> np.ndarray:
    """Upper bound of P(sd_t > level sd_0) under replace, ddof = 1 (Suresh et al. 2024): Markov's
    inequality for E[var_t^p], the best p in [0, 1], found numerically."""
    half = (n - 1) / 2

    def log_bound(power, t):
        step = gammaln(power + half) - gammaln(half) - power * np.log(half)
        return t * step - 2 * power * np.log(level)

    def best(t):
        optimum = minimize_scalar(log_bound, bounds=(0, 1), args=(t,), method="bounded")
        return np.exp(min(optimum.fun, log_bound(1.0, t), 0.0))

    return np.vectorize(best, otypes=[float])(np.asarray(t, float))


def _log_normal_below(level, t, df: float, divisor: float) -> np.ndarray:
    t = np.asarray(t, float)
    step = digamma(df / 2) + np.log(2 / divisor)
    return ndtr((np.log(level) - t * step) / np.sqrt(t * polygamma(1, df / 2)))


def _product_below(level, t, df: float, divisor: float) -> np.ndarray:
    """P(product of t independent chi^2_df / divisor <= level)."""
    return np.vectorize(_one_below, otypes=[float])(level, t, df, divisor)


def _one_below(level, t, df, divisor) -> float:
    half, scale = df / 2, np.log(2 / divisor)
    step, spread = digamma(half) + scale, np.sqrt(t * polygamma(1, half))
    # The midpoint rule makes the law periodic, with a period far beyond its mass.
    reach = abs(np.log(level) - t * step) + 40 * spread + 80 / df
    width, last = np.pi / reach, 1.0
    while t * (loggamma(half + 1j * last) - gammaln(half)).real > -40:
        last *= 1.5
    u = width * (np.arange(int(np.ceil(last / width))) + 0.5)
    exponent = t * (loggamma(half + 1j * u) - gammaln(half) + 1j * u * scale)
    below = np.imag(np.exp(exponent - 1j * u * np.log(level))) / u
    return float(np.clip(0.5 - width / np.pi * below.sum(), 0, 1))
