"""Gaussian chains with real data in the mix: what it holds in place, and how much to weigh it

Ten items a generation, three of them real where a regime mixes: new ones each time, the same ones,
or by chance. Where the real items carry a weight of their own, the best one is not their share:
for as many real items as synthetic it is the inverse golden ratio.
"""

import jax
import jax.numpy as jnp
import numpy as np

from collapse import (
    Arm,
    Claim,
    CovarianceScale,
    FixedRealMix,
    FreshMix,
    FreshMixPopulation,
    Gaussian,
    KeepAll,
    MaximumLikelihood,
    Moments,
    Plain,
    Scenario,
    WeightedFreshMix,
)
from collapse.laws import gaussian_pools as pools, weighting
from collapse.models.distributions.gaussian import GaussianSummary
from collapse.numerics.pytree import replace
from collapse.types import Pool

N, T = 10, 12
REAL, SYNTHETIC = 3, 7
SHARE = REAL / N
AT = (1, 2, 4, T)
WEIGHT = 0.8  # of the three real items, in all
BIAS = 0.8  # of the narrowed sampler, on the variance
GOLDEN = weighting.golden_weight(N // 2, N // 2)
START = (0.8, 0.3)  # mean and variance of a bad first model

ALEMOHAMMAD = "Alemohammad et al. (2024)"
HE = "He et al. (2025)"


class MeanOnly(Gaussian):
    """A Gaussian whose variance is known: only its mean is fitted."""

    def fit(self, key, pool):
        return replace(self, mean=super().fit(key, pool).mean)


def arm(regime, model=None, sampler=None, statistics=False) -> Arm:
    """Of items, unless told otherwise: ten of them are as quickly drawn as what they sum to."""
    return Arm(
        truth=Gaussian(0.0, 1.0),
        model=model or Gaussian(0.0, 1.0),
        judge=KeepAll(),
        regime=regime,
        learner=MaximumLikelihood(),
        sampler=sampler or Plain(),
        measures=(Moments(),),
        n=N,
        generations=T,
        statistics=statistics,
    )


def scenario() -> Scenario:
    return Scenario(
        name="weighting-laws",
        title="Gaussian chains with real data in the mix: what it holds in place, and how much to "
        "weigh it",
        source="Alemohammad et al. (2024); Bertrand et al. (2024); He et al. (2025)",
        arms={
            "golden-weight": arm(WeightedFreshMix(0.5, weight=GOLDEN), MeanOnly(0.0, 1.0)),
            "fresh": arm(FreshMix(SHARE), statistics=None),
            "fresh-narrowed": arm(
                FreshMix(SHARE), Gaussian(0.0, 1.0, ddof=1), sampler=CovarianceScale(BIAS)
            ),
            "equal-weight": arm(WeightedFreshMix(0.5, weight=0.5), MeanOnly(0.0, 1.0)),
            "weighted": arm(WeightedFreshMix(SHARE, weight=WEIGHT)),
            "fresh-by-chance": arm(FreshMixPopulation(SHARE)),
            "fixed": arm(FixedRealMix(SHARE)),
        },
        headline=("variance", "mean_shift"),
        seeds=4000,
        thorough=20_000,
        extra=("fresh-by-chance", "fresh-narrowed"),
        evidence={"fixed-infinite": fixed_infinite},
        claims=(
            *golden_claims(),
            *fresh_claims(),
            *narrowed_claims(),
            *pair("weighted", "weighted fresh mix", "derived", weighted),
            *pair("fresh-by-chance", "fresh mix by chance", "derived", by_chance),
            *pair("fixed", "fixed real mix", "derived", fixed),
            *infinite_claims(),
        ),
        show=lambda item: ", ".join(f"{x:+.3f}" for x in item),
    )


# The laws as functions of t -> (variance, squared error of the mean)


def fresh(t):
    return pools.fresh_mix(t, REAL, SYNTHETIC)


def weighted(t):
    return pools.fresh_mix(t, REAL, SYNTHETIC, weight=WEIGHT)


def by_chance(t):
    return pools.fresh_mix_population(t, N, SHARE)


def fixed(t):
    return pools.fixed_real_mix(t, REAL, SYNTHETIC)


# The claims


def at(generations, observe):
    """A function of all curves at these generations, as a function of the record."""
    there = list(generations)
    return lambda record: observe({k: curve[:, there] for k, curve in record["curves"].items()})


def mean_error(curves):
    return curves["mean_shift"] ** 2


def pair(evidence, regime, source, both, ddof=0) -> list[Claim]:
    """The mean variance, and the mean squared error of the mean."""
    name = f"Gaussian, {regime}, ddof = {ddof}: "
    return [
        Claim(
            f"{name}the mean variance",
            "law",
            source,
            evidence,
            "variance",
            lambda t: both(t)[0],
            AT,
        ),
        Claim(
            f"{name}the mean squared error of the mean",
            "law",
            source,
            evidence,
            at(AT, mean_error),
            lambda t: both(t)[1],
            AT,
        ),
    ]


def fresh_claims() -> list[Claim]:
    limits = pools.fresh_mix_limit(REAL, SYNTHETIC)
    left = np.abs(np.array(fresh(T)) - limits)
    observed = ("variance", at((T,), mean_error))
    named = ("variance", "squared error of the mean")
    return pair("fresh", "fresh mix", f"{ALEMOHAMMAD}, fresh data loop; derived", fresh) + [
        Claim(
            f"Gaussian, fresh mix, ddof = 0: the mean {what} stays where the law has its fixed "
            "point",
            "approximation",
            f"derived; what is left to go at t = {T} is the error",
            "fresh",
            observe,
            limit,
            (T,),
            error=error,
        )
        for what, observe, limit, error in zip(named, observed, limits, left, strict=True)
    ]


def narrowed_claims() -> list[Claim]:
    def both(t):
        return pools.fresh_mix(t, REAL, SYNTHETIC, 1, BIAS)

    def second(t):
        return weighting.fresh_mix_second_moments(t, REAL, SYNTHETIC, 1, BIAS)

    regime, source = f"fresh mix, sampling bias {BIAS}", f"{ALEMOHAMMAD}, section 4; derived"
    early = (1, 2, 4)
    return pair("fresh-narrowed", regime, source, both, ddof=1) + [
        Claim(
            f"Gaussian, {regime}, ddof = 1: the mean squared variance",
            "law",
            "derived: the second moments of a scatter of two populations",
            "fresh-narrowed",
            at(early, lambda curves: curves["variance"] ** 2),
            lambda t: second(t)["VV"],
            early,
        ),
        Claim(
            f"Gaussian, {regime}, ddof = 1: the mean of variance times squared error of the mean",
            "law",
            "derived: the second moments of a scatter of two populations",
            "fresh-narrowed",
            at(early, lambda curves: curves["variance"] * mean_error(curves)),
            lambda t: second(t)["DV"],
            early,
        ),
    ]


def golden_claims() -> list[Claim]:
    half = N // 2
    limit = weighting.mean_variance_limit(half, half, GOLDEN)
    after = float(weighting.mean_variance(T, half, half, GOLDEN))
    return [
        Claim(
            "Known variance, weighted fresh mix at the golden ratio: error of the mean",
            "law",
            f"{HE}; derived",
            "golden-weight",
            at(AT, mean_error),
            lambda t: weighting.mean_variance(t, half, half, GOLDEN),
            AT,
        ),
        Claim(
            "Known variance, weighted fresh mix at the golden ratio: w / n real items in the end",
            "approximation",
            f"{HE}: the least that any weight reaches; what is left to go is the error",
            "golden-weight",
            at((T,), mean_error),
            GOLDEN / half,
            (T,),
            error=abs(after - limit),
        ),
        Claim(
            "Known variance, weighted fresh mix at the golden ratio: better than real items alone",
            "bound",
            f"{HE}: at the right weight synthetic items never hurt",
            "golden-weight",
            at((T,), mean_error),
            1 / half,
            (T,),
            side="at most",
        ),
        Claim(
            "Known variance, fresh mix where all items weigh the same: error of the mean",
            "law",
            f"{HE}; derived: 2 / 3 in the end where the golden ratio has 0.618",
            "equal-weight",
            at(AT, mean_error),
            lambda t: weighting.mean_variance(t, half, half, 0.5),
            AT,
        ),
    ]


def fixed_infinite(key, seeds) -> dict:
    """A chain of fits to infinitely many items, of which the share is real and the same: exact
    summaries of both parts in one pool, nothing random. Generation 0 is the bad first model."""
    one, zero = jnp.ones(2), jnp.zeros(2)
    mass = jnp.array([SHARE, 1 - SHARE])

    def step(model, _):
        rows = GaussianSummary(
            jnp.stack([jnp.zeros(1), model.mean]),
            jnp.stack([jnp.eye(1), model.cov]),
            jnp.stack([0.0, model.log_scale]),
        )
        origin = zero.astype(int)
        model = model.fit(key, Pool(rows, mass, one, zero, origin, origin, {}, "summary"))
        return model, (model.mean[0], model.covariance[0, 0])

    first = Gaussian(START[0], START[1], log_scale=jnp.array(0.0))
    shift, variance = jax.jit(lambda: jax.lax.scan(step, first, None, T)[1])()
    return {"curves": {"shift": shift[None], "variance": variance[None]}}


def infinite_claims() -> list[Claim]:
    mean, variance = START
    law = pools.fixed_real_mix_infinite(np.arange(2, T + 2), SHARE, variance, mean)
    source = "derived; Bertrand et al. (2024) show stability for shares above 2/3"
    return [
        Claim(
            f"Gaussian, fixed real mix, infinitely many items: the {what} of a bad start contracts",
            "identity",
            source,
            "fixed-infinite",
            lambda record, name=name: record["curves"][name],
            expected,
            tuple(range(1, T + 1)),
            error=2e-6,
        )
        for what, name, expected in zip(
            ("variance", "shift"), ("variance", "shift"), law, strict=True
        )
    ]
