"""Verifiers in closed form: the effect of keeping some right and some wrong items.

A verifier keeps a right item with probability phi (true-positive rate) and a wrong one with psi
(false-positive rate). A round is one judged generation; the first fit, generation 1, is on real
data.
"""

from collections.abc import Callable

import numpy as np
from scipy.interpolate import CubicSpline
from scipy.optimize import brentq
from scipy.special import xlogy
from scipy.stats import binom, norm


def breakdown(phi, psi) -> np.ndarray:
    """Share of wrong labels above which learning from the kept ones fails: phi / (phi + psi).

    Exact for n -> infinity (Feng et al. 2024): right and wrong ones are kept (1 - p) phi : p psi,
    and above p* the wrong are in the majority, so that accuracy turns into 1 - accuracy.
    """
    return np.asarray(phi, float) / (np.asarray(phi, float) + psi)


def kept_share(wrong, phi, psi) -> np.ndarray:
    """Expected share of items kept, exact: (1 - p) phi + p psi."""
    return (1 - np.asarray(wrong, float)) * phi + wrong * np.asarray(psi, float)


def accuracy_given(tilt, dimension: int, distance: float, nodes: int = 300) -> np.ndarray:
    """Mean accuracy of a linear classifier w ~ N(tilt e, I), up to scale; exact, by quadrature.

    Classes x | y ~ N(y mu, I), |mu| = ``distance``, e = mu / |mu|, sign(w . x) against y. derived:
    accuracy is P(w . v > 0) with v = y x ~ N(mu, I), and w . v has the characteristic function
    (1 + s^2)^(-d/2) exp((i s tilt |mu| - s^2 (tilt^2 + |mu|^2) / 2) / (1 + s^2)). Inverted (Gil-
    Pelaez) with s = tan u: 1/2 + 1/pi int_0^(pi/2) cos^d u exp(-(tilt^2 + |mu|^2) sin^2 u / 2)
    sin(tilt |mu| sin(2u) / 2) / (sin u cos u) du.
    """
    tilt = np.asarray(tilt, float)[..., None]
    # Beyond 13 standard widths the integrand vanishes; sin u >= 2 u / pi.
    end = np.minimum(np.pi / 2, 20 / np.sqrt(dimension + tilt**2 + distance**2))
    x, weight = np.polynomial.legendre.leggauss(nodes)
    u = end * (x + 1) / 2
    damped = np.cos(u) ** (dimension - 1) * np.exp(-(tilt**2 + distance**2) * np.sin(u) ** 2 / 2)
    wave = np.sin(tilt * distance * np.sin(2 * u) / 2) / np.sin(u)
    return 0.5 + (damped * wave * weight).sum(-1) * end[..., 0] / (2 * np.pi)


def verified_accuracy(n: int, wrong, phi, psi, dimension: int, distance: float) -> float:
    """Mean accuracy of the classifier w = mean of y' x over the kept of n labelled items, exact.

    Labels y' are wrong with chance ``wrong``. derived: a right item adds N(mu, I) to the sum and a
    wrong one N(-mu, I), so that with R right and M - R wrong ones kept w is, up to scale, N(tilt e,
    I) with tilt = |mu| (2R - M) / sqrt M; M ~ Binomial(n, kept share), R ~ Binomial(M, right share
    of the kept). Nothing kept counts as 1/2. Tilts are averaged over a spline of 1e-8.
    """
    volume = float(kept_share(wrong, phi, psi))
    kept = np.arange(n + 1)
    of_kept = binom.pmf(kept, n, volume)
    kept = kept[(of_kept > 1e-15) & (kept > 0)]
    right_share = (1 - wrong) * phi / volume
    low, high = (int(binom.ppf(q, kept[i], right_share)) for q, i in ((1e-13, 0), (1 - 1e-13, -1)))
    right = np.arange(max(low - 1, 0), min(high + 1, kept[-1]) + 1)[:, None]
    chance = binom.pmf(right, kept, right_share) * binom.pmf(kept, n, volume)
    tilt = distance * (2 * right - kept) / np.sqrt(kept)
    used = chance > 1e-17
    grid = np.linspace(tilt[used].min() - 1e-9, tilt[used].max() + 1e-9, 200)
    accuracy = CubicSpline(grid, accuracy_given(grid, dimension, distance))(tilt[used])
    return float(chance[used] @ accuracy + 0.5 * binom.pmf(0, n, volume))


def mean_tilt_accuracy(n, wrong, phi, psi, dimension, distance) -> np.ndarray:
    """The same with the mean tilt, |mu| (2 right share - 1) sqrt(n kept share): Phi(|mu| tilt /
    sqrt(tilt^2 + d)). Approximate; its error is of order 1 / d + 1 / n."""
    volume = kept_share(wrong, phi, psi)
    tilt = distance * (2 * (1 - np.asarray(wrong, float)) * phi / volume - 1) * np.sqrt(n * volume)
    return norm.cdf(distance * tilt / np.sqrt(tilt**2 + dimension))


# A perfect judge


def perfect_judge_heterozygosity(t, n: int, h0: float, right: float, exact_start: bool = False):
    """E[1 - sum p^2] of the model at t >= 2 under a judge that keeps n right items, exact.

    ``h0`` is that of the truth among right items, ``right`` their share of the truth. derived: the
    first fit has C ~ Binomial(n, right) right items among its n, the next ones n: h0 (1 - 1/n)^(t -
    1) E[1 - 1/C | C > 0], neutral drift among what is right (Wright 1931). With ``exact_start`` the
    first model is the truth itself and the last factor is 1. A chain with C = 0 is dead.
    """
    first = 1.0
    if not exact_start:
        c = np.arange(1, n + 1)
        chance = binom.pmf(c, n, right)
        first = float((chance * (1 - 1 / c)).sum() / chance.sum())
    return h0 * first * (1 - 1 / n) ** (np.asarray(t, float) - 1)


# A verifier with a centre of its own (Yi et al. 2025)


def verified_normal(mean, sd, centre, radius) -> tuple[np.ndarray, np.ndarray]:
    """Mean and standard deviation of a normal of which |x - centre| < radius is kept, exact."""
    a, b = (centre - radius - mean) / sd, (centre + radius - mean) / sd
    # Intervals above the mean are mirrored to below it, to avoid cancellation in the tail.
    flip = a > 0
    a, b = np.where(flip, -b, a), np.where(flip, -a, b)
    mass = norm.cdf(b) - norm.cdf(a)
    shift = (norm.pdf(a) - norm.pdf(b)) / mass
    variance = 1 + (a * norm.pdf(a) - b * norm.pdf(b)) / mass - shift**2
    return mean + sd * np.where(flip, -shift, shift), sd * np.sqrt(variance)


def verified_means(rounds: int, mean, sd, centre, radius) -> np.ndarray:
    """(rounds + 1,) mean of a normal of fixed ``sd`` refitted on what the verifier keeps, exact for
    infinite samples.

    It tends to the verifier's centre whatever the truth: the map's slope is the variance of the
    truncated normal over sd^2, which is below 1, so that centre is the only fixed point.
    """
    means = [float(mean)]
    for _ in range(rounds):
        means.append(float(verified_normal(means[-1], sd, centre, radius)[0]))
    return np.array(means)


def centre_rate(sd, radius) -> np.ndarray:
    """Factor by which the distance to the centre shrinks each round, to first order in it:
    1 - 2 b phi(b) / (2 Phi(b) - 1), b = radius / sd (error of order distance^2)."""
    b = np.asarray(radius, float) / sd
    return 1 - 2 * b * norm.pdf(b) / (2 * norm.cdf(b) - 1)


# Typicality


def typicality_exponent(alpha, beta) -> np.ndarray:
    """Exponent of the reference in the optimum of E[r + alpha ln p_ref] - beta KL(. || p_ref):
    1 + alpha / beta, exact (Zhang et al. 2025)."""
    return 1 + np.asarray(alpha, float) / beta


def sharpened(p, exponent: float) -> np.ndarray:
    """p^exponent, normalised."""
    log = exponent * np.log(np.asarray(p, float))
    power = np.exp(log - log.max())
    return power / power.sum()


def effective_number(p) -> float:
    """Effective number e^H, H in nats: the number of equally probable outcomes of equal entropy."""
    p = np.asarray(p, float)
    return float(np.exp(-xlogy(p, p).sum()))


def exponent_where(p, statistic: Callable, value: float, most: float = 64.0) -> float:
    """Exponent between 0 and ``most`` at which ``statistic(sharpened(p, exponent))`` is ``value``,
    exact, a root; NaN if there is none. For statistics that rise or fall with the exponent, as the
    effective number and the share of the commonest outcomes do."""

    def gap(exponent):
        return float(statistic(sharpened(p, exponent))) - value

    return brentq(gap, 0.0, most) if gap(0.0) * gap(most) <= 0 else float("nan")


# Panels


def panel_accuracy(judges: int, accuracy) -> np.ndarray:
    """Probability that the majority of independent judges is right, with half of the ties counted;
    exact (Condorcet)."""
    accuracy = np.asarray(accuracy, float)
    more = binom.sf(judges // 2, judges, accuracy)
    return more + (0.5 * binom.pmf(judges // 2, judges, accuracy) if judges % 2 == 0 else 0)


def panel_variance(judges, correlation) -> np.ndarray:
    """Variance of the mean of judges' errors over that of one, exact: rho + (1 - rho) / m. An error
    that all share (rho = 1) no panel removes."""
    return correlation + (1 - np.asarray(correlation, float)) / judges
