"""Curation in closed form: the effect of selection by reward on a distribution.

p (m,) probabilities, r (m,) rewards, K candidates per choice, a = e^(strength r) the odds of an
outcome. All maps are for infinite samples. A ``round`` is one judged generation: the model of
generation t has been through t - 1 of them, as the first fit is on unjudged real data.
"""

import numpy as np
from scipy.special import gammaln, logsumexp, ndtri, xlog1py, xlogy
from scipy.stats import norm

STEP = 0.25  # step of the quadrature, nats


def log_choice_factor(p, reward, k: int, strength: float = 1.0) -> np.ndarray:
    """(m,) ln H_K, where p'(x) = p(x) H_K(x) after a Plackett-Luce choice of one of K; exact.

    H_K(x) = E[K a_x / (a_x + sum of K - 1 others)], 0 < H_K < K (Ferbach et al. 2024, Lemma 2.1).
    derived: that choice is a race of K exponential clocks of rates a, so that H_K(x) =
    K int a_x e^(-a_x v) (sum_j p_j e^(-a_j v))^(K-1) dv. With v = e^y the trapezoid rule of step h
    errs by a relative 2 |Gamma(1 + 2 pi i / h)|, whatever the mixture (Poisson's summation):
    2e-16 at h = 1/4. All in logarithms; any K, any strength.
    """
    p, log_a = np.asarray(p, float), strength * np.asarray(reward, float)
    p = p / p.sum()
    y = np.arange(-log_a.max() - np.log(k) - 40, -log_a.min() + 5, STEP)
    with np.errstate(over="ignore", divide="ignore"):
        clocks = y[:, None] + log_a
        ring = clocks - np.exp(clocks)
        others = logsumexp(np.log(p) - np.exp(clocks), axis=1) if k > 1 else 0 * y
    return np.log(k * STEP) + logsumexp(ring + (k - 1) * others[:, None], axis=0)


def choice(p, reward, k: int, strength: float = 1.0, rounds: int = 1) -> np.ndarray:
    """(rounds + 1, m) p after 0 .. rounds rounds of K-choice, exact.

    The map is homogeneous of degree K, so that a rounding error in the sum of p would grow
    K-fold each round: p is renormalised every time.
    """
    chain = [np.asarray(p, float) / np.sum(p)]
    for _ in range(rounds):
        new = chain[-1] * np.exp(log_choice_factor(chain[-1], reward, k, strength))
        chain.append(new / new.sum())
    return np.array(chain)


def two_type_choice(share, odds: float, k: int) -> np.ndarray:
    """Share of the better of two types after one round, exact; odds = e^(difference of rewards).

    derived: j of the K are of that type, Binomial(K, share), and one of them is chosen with
    chance j odds / (j odds + K - j). For K = 2: p + p (1 - p) (odds - 1) / (odds + 1).
    """
    j = np.arange(k + 1)
    chance = np.minimum(j, 1.0) if np.isinf(odds) else j * odds / (j * odds + k - j)
    return binomial(k, share) @ chance


def binomial(k: int, share) -> np.ndarray:
    """(..., k + 1) chance of 0 .. k of k draws, each with chance ``share``."""
    j, share = np.arange(k + 1), np.asarray(share, float)[..., None]
    log = gammaln(k + 1) - gammaln(j + 1) - gammaln(k - j + 1)
    return np.exp(log + xlogy(j, share) + xlog1py(k - j, -share))


def choice_limit(p, reward, rounds) -> np.ndarray:
    """(..., m) p after ``rounds`` rounds as K -> infinity: proportional to p e^(rounds r), exact.

    Ferbach et al. (2024), Lemma 2.1 and what follows it; the optimum of E[r] - KL(. || p) / rounds
    as well. For finite K the error of one round is of order 1 / K.
    """
    log = np.asarray(rounds, float)[..., None] * np.asarray(reward, float)
    with np.errstate(divide="ignore"):
        log = log + np.log(np.asarray(p, float))
    return np.exp(log - logsumexp(log, axis=-1, keepdims=True))


def reward_gain(p, reward, k: int) -> float:
    """Least gain of E[e^r] in one round of K-choice: (K - 1) / K Var[e^r] / max e^r, a bound.

    Ferbach et al. (2024), Lemma 2.2. derived: E'[a] = E[sum a_i^2 / sum a_i] = E[a] + E[K S^2 /
    sum a_i], S^2 the variance of the K odds over K, whose mean is (K - 1) / K Var[a], and sum a_i
    <= K max a.
    """
    p, a = np.asarray(p, float), np.exp(np.asarray(reward, float))
    variance = p @ a**2 - (p @ a) ** 2
    return float((k - 1) / k * variance / a[p > 0].max())


def reward_gain_with_real(rounds, p, reward, k: int, weight: float) -> np.ndarray:
    """Least E[e^r] over the real one after rounds with real data re-injected, a bound.

    Each round p' = (real + weight p H_K) / (1 + weight); s = weight / (1 + weight) is the curated
    share. derived: the gain obeys g' >= s (g + (K - 1) / K Var_p / max a), and p >= real /
    (1 + weight) gives Var_p >= Var_real / (1 + weight); summed, g >= s (1 - s^rounds)
    ``reward_gain``. Ferbach et al. (2024), Theorem 2.4, have the smaller weight / (1 + weight)^3
    in place of s.
    """
    s = weight / (1 + weight)
    return s * (1 - s ** np.asarray(rounds, float)) * reward_gain(p, reward, k)


def kl_bound_with_real(k: int, weight: float) -> float:
    """Most KL(p_t || real) ever, in nats, with real data re-injected: a bound (and loose).

    -ln(1 - weight (K - 1)) for weight < 1 / (K - 1), else infinite (Ferbach et al. 2024, Theorem
    2.3). derived: u = max p / real obeys u' <= (1 + weight K u) / (1 + weight) from u = 1, and
    stays below its fixed point.
    """
    return float(-np.log1p(-weight * (k - 1))) if weight * (k - 1) < 1 else np.inf


# Best of n


def best_of(p, reward, n: float) -> np.ndarray:
    """(m,) distribution of the best of n draws, equal rewards broken at random, exact.

    p'(x) = p(x) (F^n - (F - own)^n) / own, F the mass of at most r(x), own that of exactly r(x).
    ``n`` may be n^t: t rounds of best of n on its own exact output are one of best of n^t.
    """
    p, reward = np.asarray(p, float), np.asarray(reward, float)
    at_most = (p * (reward <= reward[:, None])).sum(1)
    own = (p * (reward == reward[:, None])).sum(1)
    below = np.maximum(at_most - own, 0)
    return p * (at_most**n - below**n) / np.where(own > 0, own, 1)


def best_of_kl(n, rounds=1) -> np.ndarray:
    """KL(best of n || the distribution itself) in nats: ln N - (N - 1) / N, N = n^rounds.

    Exact for continuous rewards; an upper bound where rewards tie (Beirami et al. 2024). With
    rounds: rounds ln n - 1 + n^-rounds, which grows without end.
    """
    log = np.asarray(rounds, float) * np.log(n)
    return log - 1 + np.exp(-log)


def kl(p, q) -> float:
    """KL(p || q) in nats."""
    p, q = np.asarray(p, float), np.asarray(q, float)
    return float((xlogy(p, p) - xlogy(p, q)).sum())


# A Gaussian, refitted after selection


def top_fraction_moments(fraction) -> tuple[np.ndarray, np.ndarray]:
    """Mean (in standard deviations) and variance factor of the upper fraction of a normal, exact.

    phi(z) / fraction and 1 + z mean - mean^2, z = Phi^-1(1 - fraction): the breeder's equation.
    """
    z = -ndtri(fraction)
    mean = norm.pdf(z) / fraction
    return mean, 1 + z * mean - mean**2


def sampled_top_moments(kept: int, candidates: int) -> tuple[float, float, float]:
    """Of the ``kept`` largest of so many standard normals: the mean and the variance of their mean,
    and the mean of their variance (ddof = 1, so that kept >= 2); exact, by quadrature.

    derived: given the next largest, x, which is an order statistic of density proportional to
    Phi^(m - k - 1) (1 - Phi)^k phi, they are independent normals above x, of mean h(x) = phi(x) /
    (1 - Phi(x)) and variance v(x) = 1 + x h - h^2. Their mean has mean E[h] and variance E[v] / k +
    Var[h], and their variance is v(x) on average.
    """
    if kept == candidates:
        return 0.0, 1 / kept, 1.0
    x = np.linspace(-12, 12, 4801)
    log = (candidates - kept - 1) * norm.logcdf(x) + kept * norm.logsf(x) + norm.logpdf(x)
    chance = np.exp(log - log.max())
    chance = (
        chance / chance.sum()
    )  # trapezoid rule, accurate for a smooth density that vanishes at both ends
    hazard = np.exp(norm.logpdf(x) - norm.logsf(x))
    variance = 1 + x * hazard - hazard**2
    mean, within = chance @ hazard, chance @ variance
    return float(mean), float(within / kept + chance @ (hazard - mean) ** 2), float(within)


def central_fraction_factor(fraction) -> np.ndarray:
    """Factor of the variance of a normal's most typical fraction, exact: 1 - 2 z phi(z) / fraction,
    z = Phi^-1((1 + fraction) / 2). Keeping the likeliest items shrinks the variance by it each
    round."""
    z = ndtri((1 + np.asarray(fraction, float)) / 2)
    return 1 - 2 * z * norm.pdf(z) / fraction


def quadratic_tilt(rounds, mean, variance, centre, width) -> tuple[np.ndarray, np.ndarray]:
    """Mean and variance of a normal tilted each round by e^(-(x - centre)^2 / (2 width^2)), exact.

    The precision rises by 1 / width^2 a round: 1 / variance falls as 1 / rounds, not geometrically.
    """
    rounds = np.asarray(rounds, float)
    precision = 1 / variance + rounds / width**2
    return (mean / variance + rounds * centre / width**2) / precision, 1 / precision


def linear_tilt(rounds, mean, variance, slope) -> tuple[np.ndarray, np.ndarray]:
    """The same for e^(slope x), exact: the mean gains slope * variance, the variance stays."""
    rounds = np.asarray(rounds, float)
    return mean + rounds * slope * variance, variance + 0 * rounds
