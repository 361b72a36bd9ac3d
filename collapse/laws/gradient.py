"""Policy gradients and reward optimisation in closed form: signal, entropy, over-optimisation.

H and KL in nats; pi (m,) a softmax policy over m outcomes, A = r - E[r] the advantage.
"""

import numpy as np
from scipy.optimize import brentq, minimize_scalar
from scipy.special import expit, logit, logsumexp, xlogy
from scipy.stats import norm

from collapse.laws.choice import best_of_kl

# Signal to noise of one trajectory's gradient with respect to the logit of one of T steps, each
# right with chance q: mean^2 / variance. n independent trajectories multiply it by n.


def outcome_signal(q, steps, baseline=0.0) -> np.ndarray:
    """Signal to noise of (R - b)(a - q), R = 1 if all T steps are right (P = q^T), exact.

    P / (1 - P) for b = 0: it falls exponentially with T. In general M^2 / (S - M^2), M = P (1 - q),
    S = P (1-b)^2 (1-q)^2 + (q-P) b^2 (1-q)^2 + (1-q) b^2 q^2. The best baseline is not the mean P
    but P (1 - q) / q.
    """
    q, b = np.asarray(q, float), np.asarray(baseline, float)
    p = q ** np.asarray(steps, float)
    mean = p * (1 - q)
    square = (p * (1 - b) ** 2 + (q - p) * b**2) * (1 - q) ** 2 + (1 - q) * b**2 * q**2
    return mean**2 / (square - mean**2)


def process_signal(q, flip=0.0, baseline=0.0) -> np.ndarray:
    """Signal to noise of (l - b)(a - q), l the step's own label, wrong with chance ``flip``; exact.

    q / (1 - q) for a perfect judge and b = 0, whatever T. In general M = q (1 - q) (1 - 2 flip),
    S = q (1-q)^2 ((1-f) (1-b)^2 + f b^2) + (1-q) q^2 (f (1-b)^2 + (1-f) b^2).
    """
    q, f, b = (np.asarray(x, float) for x in (q, flip, baseline))
    mean = q * (1 - q) * (1 - 2 * f)
    right = (1 - f) * (1 - b) ** 2 + f * b**2
    label_wrong = f * (1 - b) ** 2 + (1 - f) * b**2
    square = q * (1 - q) ** 2 * right + (1 - q) * q**2 * label_wrong
    return mean**2 / (square - mean**2)


def tolerable_flip(q, steps) -> np.ndarray:
    """Flip rate at which a process reward is as informative as an outcome reward (b = 0), exact.

    derived: M^2 = P S, so q (1 - q) (1 - 2f)^2 = P (1 - q + f (2q - 1)): the smaller root. It grows
    towards 1/2 with T.
    """
    q = np.asarray(q, float)
    p, c = q ** np.asarray(steps, float), q * (1 - q)
    half = 4 * c + p * (2 * q - 1)
    return (half - np.sqrt(half**2 - 16 * c * (c - p * (1 - q)))) / (8 * c)


# Entropy


def entropy_change(pi, direction, rate, order: int = 1) -> np.ndarray:
    """Change of H when the logits move by ``rate * direction`` (m,); approximate.

    -rate Cov(ln pi, d), error of order rate^2 (Cui et al. 2025). Natural gradient: d = A; vanilla:
    d = pi A. derived: with ln pi' = ln pi + rate d - const, dH / d rate = -Cov(ln pi', d), whose
    derivative is -Var(d) - E[(ln pi + H)(d - E d)^2]: the term of ``order`` 2, error rate^3.
    """
    pi, d, rate = np.asarray(pi, float), np.asarray(direction, float), np.asarray(rate, float)
    surprise = np.log(pi) - xlogy(pi, pi).sum()
    d = d - pi @ d
    change = -rate * (pi @ (surprise * d))
    if order == 2:
        change = change - rate**2 / 2 * (pi @ d**2 + pi @ (surprise * d**2))
    return change


def vanilla_direction(pi, reward) -> np.ndarray:
    """(m,) gradient of E[r] with respect to the logits: pi A."""
    pi, reward = np.asarray(pi, float), np.asarray(reward, float)
    return pi * (reward - pi @ reward)


# Optima with a KL penalty


def kl_optimum(reference, reward, beta: float) -> np.ndarray:
    """(m,) maximum of E[r] - beta KL(pi || reference): reference e^(r / beta), exact. Equal rewards
    keep the reference's ratios, whatever beta."""
    log = np.log(np.asarray(reference, float)) + np.asarray(reward, float) / beta
    return np.exp(log - logsumexp(log))


def grpo_step(p, reference: float, beta: float) -> np.ndarray:
    """Success rate after one closed-form update with rewards 0 and 1 standardised in the group and
    a KL penalty to the reference: sigmoid(logit p_ref + 1 / (beta sqrt(p (1 - p)))); exact in the
    limit of large groups (Mroueh 2025). The law among right answers never changes."""
    p = np.asarray(p, float)
    return expit(logit(reference) + 1 / (beta * np.sqrt(p * (1 - p))))


def grpo_fixed_points(reference: float, beta: float) -> tuple[float, float]:
    """The lower and the upper fixed point of ``grpo_step``, NaN where there are none.

    derived: in x = logit p the map g(x) = logit p_ref + (2 / beta) cosh(x / 2) is even and convex,
    so there are two fixed points or none, on either side of x = 2 asinh(beta), where its slope is
    1. The upper one repels. The lower attracts if its slope is above -1 (x > -2 asinh(beta)).
    """
    start = float(logit(reference))

    def gain(x):
        return start + 2 / beta * np.cosh(x / 2) - x

    middle = 2 * np.arcsinh(beta)
    if gain(middle) >= 0:
        return float("nan"), float("nan")
    end = middle + 1.0
    while gain(end) < 0:
        end = 2 * end
    roots = brentq(gain, start, middle), brentq(gain, middle, end)
    return tuple(float(expit(x)) for x in roots)


def grpo_holds(start, reference: float, beta: float) -> np.ndarray:
    """Whether a chain started at success rate ``start`` stays below 1, exact; else it runs to 1.

    derived: g being even, all |x| below the upper fixed point u are mapped below u, and all beyond
    grow without end: the basin is (1 - p_u, p_u). It is kept only if the least value of g, logit
    p_ref + 2 / beta, lies above -u; else almost every chain escapes through the bottom.
    """
    upper = grpo_fixed_points(reference, beta)[1]
    start = np.asarray(start, float)
    kept = logit(reference) + 2 / beta > -logit(upper)
    return (start < upper) & (start > 1 - upper) & kept


# Over-optimisation


def best_of_hump(alpha, beta) -> tuple[np.ndarray, np.ndarray]:
    """d and height of the top of d (alpha - beta d), d = sqrt(KL): alpha / (2 beta) and alpha^2 /
    (4 beta). The gold reward under best of n as fitted by Gao et al. (2023)."""
    return alpha / (2 * np.asarray(beta, float)), np.asarray(alpha, float) ** 2 / (4 * beta)


def gradient_hump(alpha, beta) -> tuple[np.ndarray, np.ndarray]:
    """The same of d (alpha - beta ln d), fitted under reinforcement learning: d = e^(alpha / beta -
    1), height beta d (Gao et al. 2023)."""
    d = np.exp(np.asarray(alpha, float) / beta - 1)
    return d, beta * d


def best_of_moments(n) -> tuple[float, float]:
    """E[x] and E[x^2] of the largest of n standard normals, exact by quadrature; n real, >= 1."""
    x = np.linspace(-12, 12, 4801)
    density = np.exp(np.log(n) + norm.logpdf(x) + (n - 1) * norm.logcdf(x)) * (x[1] - x[0])
    return float(density @ x), float(density @ x**2)


def toy_gold_best_of(n, a: float, b: float) -> float:
    """E[gold] of the best of n by a proxy x ~ N(0, 1), gold = a x - b x^2 + b; exact. It is 0 for
    n = 1, rises, and turns down: a hump out of curvature."""
    mean, square = best_of_moments(n)
    return a * mean - b * (square - 1)


def toy_gold_tilt(strength, a: float, b: float) -> np.ndarray:
    """The same under the tilt e^(strength x), exact: a g - b g^2; KL = g^2 / 2, so that in d it is
    d (alpha - beta d) with alpha = sqrt(2) a, beta = 2 b."""
    strength = np.asarray(strength, float)
    return a * strength - b * strength**2


def toy_hump(a: float, b: float) -> tuple[float, float, float]:
    """n, d = sqrt(KL) and E[gold] at the top of the hump under best of n, exact (n as a real)."""
    optimum = minimize_scalar(
        lambda log: -toy_gold_best_of(np.exp(log), a, b), bounds=(0, 25), method="bounded"
    )
    n = float(np.exp(optimum.x))
    return n, float(np.sqrt(best_of_kl(n))), -float(optimum.fun)


def regressional_gold(proxy_gain, gold_variance, noise_variance) -> np.ndarray:
    """Gain of the gold reward when proxy = gold + independent normal noise has gained: the share
    of gold in its variance times it, exact for normal gold. It never turns down."""
    return np.asarray(proxy_gain, float) * gold_variance / (gold_variance + noise_variance)
