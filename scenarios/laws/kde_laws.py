"""Kernel estimates that train on their own samples: blurred every time, and yet not for ever

A draw is a training row and the kernel's noise, so that every generation blurs the last. With
infinitely many rows the variance grows for ever; with n rows a generation it goes to n h^2, and
the mean wanders instead. Keeping old rows slows the growth to a logarithm, a bandwidth that
shrinks with the pool stops it, and a rule of thumb makes it explode.
"""

import jax
import jax.numpy as jnp
import numpy as np

from collapse import (
    Accumulate,
    AccumulateSubsample,
    Arm,
    Claim,
    Gaussian,
    KeepAll,
    MaximumLikelihood,
    Moments,
    Plain,
    Replace,
    Scenario,
)
from collapse.laws import kde
from collapse.models.distributions.kde import KDE

N, T = 5, 16
WIDTH = 0.3  # h, where the truth's standard deviation is 1
SPREAD = WIDTH**2
BALL = 0.6  # radius of the top-hat kernel in the plane
BALL_SPREAD = float(kde.kernel_variance("tophat", BALL, 2))
CONSTANT = 1.0  # c of the shrinking bandwidth c (n t)^(-1/5)
MANY, FEW_SEEDS, SHORT = 1000, 200, 8  # rows, seeds and generations of the population's stand-in
AT = (1, 2, 4, T)

KAZDAN = "Kazdan et al. (2025)"


def arm(model: KDE, regime=None, d: int = 1) -> Arm:
    return Arm(
        truth=Gaussian(jnp.zeros(d), jnp.eye(d)),
        model=model,
        judge=KeepAll(),
        regime=regime or Replace(),
        learner=MaximumLikelihood(),
        sampler=Plain(),
        measures=(Moments(),),
        n=N,
        generations=T,
    )


def scenario() -> Scenario:
    return Scenario(
        name="kde-laws",
        title="Kernel estimates that train on their own samples: blurred every time, and yet not "
        "for ever",
        source=f"{KAZDAN}; Scott (1992)",
        arms={
            "replace": arm(KDE(WIDTH)),
            "top-hat": arm(KDE(BALL, kernel="tophat"), d=2),
            "accumulate": arm(KDE(WIDTH), Accumulate()),
            "shrinking": arm(KDE(CONSTANT, rule="shrinking"), Accumulate()),
            "subsample": arm(KDE(WIDTH), AccumulateSubsample()),
            "rule-of-thumb": arm(KDE(1.0, rule="scott")),
        },
        headline=("variance", "log_variance", "mean_shift"),
        seeds=2000,
        thorough=20_000,
        extra=("accumulate", "subsample", "shrinking"),
        evidence={"many-rows": many_rows},
        claims=(*replace_claims(), *growing_claims(), *rule_claims()),
        show=lambda item: ", ".join(f"{x:+.3f}" for x in item),
    )


def many_rows(key, seeds) -> dict:
    """Replace with so many rows that the population's law holds but for a known error."""

    def step(rows, key):
        model = KDE.of(rows, WIDTH)
        return model.sample(key, MANY), model.covariance[0, 0]

    def chain(key):
        first, *keys = jax.random.split(key, SHORT + 1)
        return jax.lax.scan(step, jax.random.normal(first, (MANY, 1)), jnp.stack(keys))[1]

    keys = jax.random.split(key, min(seeds, FEW_SEEDS))
    variance = jax.jit(lambda keys: jax.lax.map(chain, keys))(keys)
    return {"curves": {"variance": jnp.pad(variance, ((0, 0), (1, 0)), constant_values=1.0)}}


def at(generations, observe):
    """A function of all curves at these generations, as a function of the record."""
    there = list(generations)
    return lambda record: observe({k: curve[:, there] for k, curve in record["curves"].items()})


def mean_error(curves):
    return curves["mean_shift"] ** 2


def shrinking_spread() -> np.ndarray:
    return kde.shrinking_bandwidth(np.arange(1, T + 1), N, CONSTANT) ** 2


def replace_claims() -> list[Claim]:
    limit = kde.replace_limit(N, SPREAD)
    left = abs(float(kde.replace_variance(T, N, SPREAD)) - limit)
    short = np.array((1, 4, SHORT))
    population = kde.population_replace_variance(short, SPREAD)
    return [
        Claim(
            "KDE, replace: the mean variance",
            "law",
            "derived from pairs of rows",
            "replace",
            "variance",
            lambda t: kde.replace_variance(t, N, SPREAD),
            AT,
        ),
        Claim(
            "KDE, replace: the variance ends at n h^2, however wide the truth",
            "approximation",
            "derived: the fixed point; what is left to go is the error",
            "replace",
            "variance",
            limit,
            (T,),
            error=left,
        ),
        Claim(
            "KDE, replace: the mean squared error of the mean grows by h^2 a generation in the end",
            "law",
            "derived: what the rows' own variance does not hold",
            "replace",
            at(AT, mean_error),
            lambda t: kde.replace_mean_error(t, N, SPREAD),
            AT,
        ),
        Claim(
            "KDE, replace, top-hat in the plane: the mean variance of a coordinate",
            "law",
            "derived from pairs of rows; the ball of radius h has variance h^2 / 4",
            "top-hat",
            "variance",
            lambda t: kde.replace_variance(t, N, BALL_SPREAD),
            AT,
        ),
        Claim(
            "KDE, replace, top-hat in the plane: the mean squared error of the mean",
            "law",
            "derived: what the rows' own variance does not hold",
            "top-hat",
            at(AT, lambda curves: mean_error(curves) / 2),
            lambda t: kde.replace_mean_error(t, N, BALL_SPREAD),
            AT,
        ),
        Claim(
            f"KDE, replace, {MANY} rows: the variance grows by h^2 a generation",
            "approximation",
            f"{KAZDAN}: one more convolution; the rows' own loss of 1/n a generation is the error",
            "many-rows",
            "variance",
            population,
            tuple(short),
            error=short * population / MANY,
        ),
    ]


def growing_claims() -> list[Claim]:
    each = shrinking_spread()
    return [
        Claim(
            "KDE, accumulate: the variance grows like a logarithm",
            "law",
            f"{KAZDAN}, for n rows a generation: derived from pairs of the pool",
            "accumulate",
            "variance",
            lambda t: kde.accumulate_variance(t, N, SPREAD),
            AT,
        ),
        Claim(
            "KDE, accumulate, shrinking bandwidth: the mean variance",
            "law",
            f"{KAZDAN}, for n rows a generation: derived from pairs of the pool",
            "shrinking",
            "variance",
            lambda t: kde.accumulate_variance(t, N, each),
            AT,
        ),
        Claim(
            "KDE, accumulate, shrinking bandwidth: the variance stays below a bound",
            "bound",
            f"{KAZDAN}: the sum of k^(-2/5) / (k + 1) converges, to 2.320",
            "shrinking",
            "variance",
            1 + (2.320 + T**-0.4) * CONSTANT**2 * N**-0.4,
            (T,),
            side="at most",
        ),
        Claim(
            "KDE, accumulate-subsample: the mean variance",
            "law",
            "derived from pairs of the pool",
            "subsample",
            "variance",
            lambda t: kde.subsample_variance(t, N, SPREAD),
            AT,
        ),
    ]


def rule_claims() -> list[Claim]:
    factor, early = kde.rule_factor("scott", N), (1, 2, 3)
    return [
        Claim(
            "KDE, replace, Scott's rule: the mean variance explodes",
            "law",
            "derived: the bandwidth of Scott (1992) feeds on what it has blurred",
            "rule-of-thumb",
            "variance",
            lambda t: kde.rule_variance(t, N, factor),
            early,
        ),
    ]
