"""Weighting of synthetic items against new real ones, and the value of their mixture.

Every generation sees ``real`` new real items of total weight w and ``synthetic`` items of the
last model with the rest. Variances are in units of one real item's variance; generation t = 1 is
the first fit, on real items only.
"""

import numpy as np
from scipy.optimize import brentq

from collapse.laws.gaussian import log_root_ratio, replace_w2_squared


def mean_variance(
    t: np.ndarray, real: int, synthetic: int, weight: float, first: int | None = None
) -> np.ndarray:
    """V_t, the variance of the estimated mean where items have a known variance of 1, exact.

    V_1 = 1 / first (default: real + synthetic real items), then derived from the weighted average:
    V_t = w^2 / real + (1 - w)^2 (1 / synthetic + V_{t-1}); V_0 = 0, the truth itself. It goes
    geometrically, by (1 - w)^2, to ``mean_variance_limit`` (He et al. 2025).
    """
    t = np.asarray(t, float)
    shrink = (1 - weight) ** (2 * np.maximum(t - 1, 0))
    start = 1 / (real + synthetic if first is None else first)
    limit = mean_variance_limit(real, synthetic, weight)
    return np.where(t == 0, 0.0, limit + shrink * (start - limit))


def mean_variance_limit(real: int, synthetic: int, weight: float) -> float:
    """V_inf = (w^2 / real + (1 - w)^2 / synthetic) / (1 - (1 - w)^2), 0 < w <= 1 (He et al.
    2025): the fixed point of the recursion above."""
    rest = 1 - weight
    return (weight**2 / real + rest**2 / synthetic) / (1 - rest**2)


def golden_weight(real: int, synthetic: int) -> float:
    """The weight of the real items that makes V_inf least (He et al. 2025).

    With k = synthetic / real it solves k w^2 + w = 1: w = (sqrt(1 + 4 k) - 1) / (2 k), the
    inverse golden ratio 0.618 for k = 1, more than the real items' share 1 / (1 + k). V_inf is
    then w / real: with the right weight synthetic items never hurt.
    """
    k = synthetic / real
    return float(2 / (1 + np.sqrt(1 + 4 * k)))  # the same formula without cancellation at small k


def fresh_mix_second_moments(
    t: np.ndarray, real: int, synthetic: int, ddof: int = 1, bias: float = 1.0
) -> dict[str, np.ndarray]:
    """Means and mean products of D = (mean_t - mean_0)^2 and V = var_t, both over var_0, in the
    unweighted fresh data loop in one dimension with a Gaussian truth, exact: {"D", "V", "DD",
    "DV", "VV"}, each of t's shape. Generation 1 is fitted to real + synthetic real items.

    Derived: given D and V, the new mean and the difference e of the two sample means are jointly
    normal, and the scatter is chi^2_{real-1} + bias V chi^2_{synthetic-1} + (real synthetic / n)
    e^2. The moments are quadratic in (1, D, V), so that the recursion is linear.
    """
    step, n = _second_step(real, synthetic, ddof, bias), real + synthetic
    scale = (n - 1) / (n - ddof)
    spread = scale**2 * (n + 1) / (n - 1)
    state = np.array([1.0, 1 / n, scale, 3 / n**2, scale / n, spread])
    chain = [np.array([1.0, 0.0, 1.0, 0.0, 0.0, 1.0]), state]
    for _ in range(2, int(np.max(t)) + 1):
        state = step @ state
        chain.append(state)
    moments = np.array(chain)[np.asarray(t, int)]
    return {name: moments[..., i] for i, name in enumerate(("D", "V", "DD", "DV", "VV"), 1)}


def fresh_mix_w2_squared(
    t: np.ndarray, real: int, synthetic: int, ddof: int = 1, bias: float = 1.0
) -> np.ndarray:
    """E[W2^2(truth, model_t)] / var_0 in the fresh data loop, one dimension: E[D] + E[V] + 1 -
    2 E[sd]. Approximate: E[sd] is that of a gamma law with V's exact mean and variance, which is
    exact at t = 1 and wrong by a term of order (var V / E[V]^2)^2 later on: 5 % of the distance
    at real = 4, synthetic = 7, and less than 1 % from about a hundred items on."""
    moment = fresh_mix_second_moments(t, real, synthetic, ddof, bias)
    spread = np.maximum(moment["VV"] - moment["V"] ** 2, 1e-300)
    shape = moment["V"] ** 2 / spread
    log_deviation = 0.5 * np.log(moment["V"]) + log_root_ratio(shape)
    return moment["D"] + (moment["V"] - 1) - 2 * np.expm1(log_deviation)


def effective_size(
    real: int, synthetic: int, bias: float = 1.0, ddof: int = 1, generations: int = 2000
) -> float:
    """Effective sample size: the number of real items in a single fit that is as good as the limit
    of the fresh data loop, by E[W2^2] in one dimension (Alemohammad et al. 2024, who print no
    closed form). Synthetic data help if it exceeds ``real``. Solved numerically between 2 and 10^9
    items, those bounds included; approximate as ``fresh_mix_w2_squared``.
    """
    if synthetic == 0:
        return float(real)
    loop = float(fresh_mix_w2_squared(generations, real, synthetic, ddof, bias))
    low, high = np.log(2.0), np.log(1e9)

    def gap(log_size):
        return np.log(replace_w2_squared(1, np.exp(log_size))) - np.log(loop)

    if gap(low) <= 0 or gap(high) >= 0:
        return float(np.exp(low if gap(low) <= 0 else high))
    return float(np.exp(brentq(gap, low, high)))


def _second_step(real: int, synthetic: int, ddof: int, bias: float) -> np.ndarray:
    """The linear map of (1, D, V, DD, DV, VV)."""
    n = real + synthetic
    share, rest, between = real / n, synthetic / n, real * synthetic / n

    def linear(one=0.0, d=0.0, v=0.0):
        return np.array([one, d, v])

    def times(a, b):
        """The product of two linear forms over (1, D, V, DD, DV, VV)."""
        c = np.outer(a, b)
        c = c + c.T
        return np.array([c[0, 0] / 2, c[0, 1], c[0, 2], c[1, 1] / 2, c[1, 2], c[2, 2] / 2])

    gap_variance = linear(1 / real, 0, bias / synthetic)  # variance of e
    own = linear(share / n, 0, bias * rest / n)  # variance of the new mean
    both = linear(-1 / n, 0, bias / n)  # their covariance
    within = linear(real - 1, 0, bias * (synthetic - 1))
    d = linear(d=1)
    far = d + gap_variance  # E[e^2]
    new_d = rest**2 * d + own
    d_d = times(rest**2 * d, rest**2 * d + 6 * own) + 3 * times(own, own)
    e_4 = times(d, d + 6 * gap_variance) + 3 * times(gap_variance, gap_variance)
    e_d = times(far, new_d) + 4 * rest * times(d, both) + 2 * times(both, both)
    chance = np.array([2 * (real - 1), 0, 0, 0, 0, 2 * bias**2 * (synthetic - 1)])
    v_v = chance + times(within, within + 2 * between * far) + between**2 * e_4
    d_v = times(within, new_d) + between * e_d
    new_v = within + between * far
    pad = np.zeros(3)
    rows = [np.eye(6)[0], np.concatenate([new_d, pad]), np.concatenate([new_v, pad]), d_d, d_v, v_v]
    scale = 1 / (n - ddof)
    return np.array(rows) * np.array([1, 1, scale, 1, scale, scale**2])[:, None]


# Rows weighted by the confidence of a detector


def resampled_share(share, separation, power, draws, copies) -> float:
    """Share of synthetic rows among those that ``DetectorResampled`` draws, of many rows of which
    the share ``share`` is synthetic.

    derived: of many rows, a copy of weight w is drawn with probability 1 - exp(-w tau),
    and tau is such that draws / copies of all are drawn. The log-odds of a row are normal with
    variance separation^2, and mean -separation^2 / 2 for human, +separation^2 / 2 for synthetic
    ones.
    """
    points = np.linspace(-8, 8, 20_001)
    chances = np.exp(-(points**2) / 2)
    chances = chances / chances.sum()
    odds = separation * points + np.array([[-1], [1]]) * separation**2 / 2  # human, synthetic
    log_weight = -power * np.logaddexp(0, odds)
    rows = np.array([1 - share, share])

    def drawn(log_tau):
        return rows * (-np.expm1(-np.exp(np.minimum(log_weight + log_tau, 50))) @ chances)

    log_tau = brentq(lambda x: drawn(x).sum() - draws / copies, -50, 5000)
    found = drawn(log_tau)
    return float(found[1] / found.sum())
