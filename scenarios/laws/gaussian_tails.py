"""How probable it is that a Gaussian chain has collapsed: exact chances and upper bounds

Ten items a generation, replaced every time. The mean of the variance says little where the
variance is a product of many chi-squares: almost every chain collapses while a few carry the mean.
So these claims are about chances, and about the walk of the logarithm where the mean is known.
"""

import numpy as np
from scipy.special import polygamma

from collapse import (
    Arm,
    Claim,
    Gaussian,
    KeepAll,
    MaximumLikelihood,
    Moments,
    Plain,
    Replace,
    Scenario,
    Wasserstein,
)
from collapse.laws import gaussian_tails

N, T = 10, 60
LATE = (1, 10, 30, T)
NARROW = 0.1  # a variance that counts as collapsed, of the truth's 1
HALF = 0.5  # a standard deviation, of the truth's 1


def arm(model: Gaussian) -> Arm:
    return Arm(
        truth=Gaussian(0.0, 1.0),
        model=model,
        judge=KeepAll(),
        regime=Replace(),
        learner=MaximumLikelihood(),
        sampler=Plain(),
        measures=(Moments(), Wasserstein()),
        n=N,
        generations=T,
    )


def scenario() -> Scenario:
    return Scenario(
        name="gaussian-tails",
        title="How probable it is that a Gaussian chain has collapsed: exact chances and upper "
        "bounds",
        source="Suresh et al. (2024); Xu et al. (2025)",
        arms={
            "unbiased": arm(Gaussian(0.0, 1.0, ddof=1)),
            "known-mean": arm(Gaussian(0.0, 1.0, known_mean=True)),
        },
        headline=("log_variance", "variance", "mean_shift"),
        seeds=4000,
        thorough=100_000,
        claims=(*tail_claims(), *known_mean_claims()),
        show=lambda item: ", ".join(f"{x:+.3f}" for x in item),
    )


def claim(evidence, name, source, observe, expected, at, kind="law", **more) -> Claim:
    """A claim about a curve, or about a function of all curves at the generations ``at``."""

    def there(record):
        return observe({name: curve[:, list(at)] for name, curve in record["curves"].items()})

    return Claim(
        name, kind, source, evidence, there if callable(observe) else observe, expected, at, **more
    )


def below(curves):
    return curves["log_variance"] <= np.log(NARROW)


def wide(curves):
    return curves["log_variance"] > 2 * np.log(HALF)


def chance_spread(chance: np.ndarray) -> np.ndarray:
    return np.sqrt(chance * (1 - chance))


def square_spread(t, df: np.ndarray) -> np.ndarray:
    """Standard deviation over chains of the squared distance of the walk from its mean: two
    squared variances and the fourth cumulant, of t steps that each sum ln chi^2 of ``freedom``."""
    half, t = np.atleast_1d(df) / 2, np.asarray(t, float)
    variance, fourth = polygamma(1, half).sum(), polygamma(3, half).sum()
    return np.sqrt(2 * (t * variance) ** 2 + t * fourth)


def tail_claims() -> list[Claim]:
    at = (5, 10, 20, 40)
    chance = gaussian_tails.replace_below(NARROW, at, N, 1)
    return [
        claim(
            "unbiased",
            f"Gaussian, replace, ddof = 1: the chance that var <= {NARROW}",
            "derived: the law of a product of chi-squares, by its characteristic function",
            below,
            chance,
            at,
            spread=chance_spread(chance),
        ),
        claim(
            "unbiased",
            f"Gaussian, replace, ddof = 1: the chance that sd > {HALF} falls exponentially",
            "Suresh et al. (2024), bound by exp(-t / (4 n - 1))",
            wide,
            lambda t: gaussian_tails.deviation_above_bound(HALF, t, N),
            (20, 40, T),
            kind="bound",
            side="at most",
        ),
        claim(
            "unbiased",
            f"Gaussian, replace, ddof = 1: the chance that sd > {HALF}, sharper bound",
            "Suresh et al. (2024): Markov's inequality for the best power of the variance",
            wide,
            lambda t: gaussian_tails.deviation_above_sharp_bound(HALF, t, N),
            (20, 40, T),
            kind="bound",
            side="at most",
        ),
    ]


def known_mean_claims() -> list[Claim]:
    late = np.array(LATE)
    walk, spread = gaussian_tails.known_mean_log_variance(late, N)
    at = (5, 10, 20, 40)
    chance = gaussian_tails.known_mean_below(NARROW, at, N)
    return [
        claim(
            "known-mean",
            "Gaussian, replace, known mean: the mean of ln var",
            "derived: a random walk of chi-square logarithms with n degrees of freedom",
            "log_variance",
            lambda t: gaussian_tails.known_mean_log_variance(t, N)[0],
            LATE,
            spread=np.sqrt(spread),
        ),
        claim(
            "known-mean",
            "Gaussian, replace, known mean: the variance of ln var",
            "derived: t times the trigamma function of n / 2",
            lambda curves: (curves["log_variance"] - walk) ** 2,
            spread,
            LATE,
            spread=square_spread(late, N),
        ),
        claim(
            "known-mean",
            f"Gaussian, replace, known mean: the chance that var <= {NARROW}",
            "Xu et al. (2025), theorem on the variance's collapse, made exact",
            below,
            chance,
            at,
            spread=chance_spread(chance),
        ),
        claim(
            "known-mean",
            "Gaussian, replace, known mean: the squared error of the variance explodes",
            "Xu et al. (2025): (1 + 2/n)^t - 1",
            lambda curves: (curves["variance"] - 1) ** 2,
            lambda t: gaussian_tails.known_mean_risk(t, N),
            (1, 2, 3),
        ),
    ]
