"""Gaussian chains that remember: all items, a sample of them, or all past models

Ten items a generation. Keeping everything stops the loss of variance at a positive limit, and so
does training on a sample of what is kept; as many items of the last model alone do not. Drawing
from all past models in place of keeping their items has the same mean variance as keeping them.
"""

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
    PastMixture,
    Plain,
    ReplaceMultiple,
    Scenario,
    Wasserstein,
)
from collapse.laws import gaussian, gaussian_pools as pools

N, T = 10, 16
AT = (1, 2, 4, T)

KAZDAN = "Kazdan et al. (2025)"


def arm(regime) -> Arm:
    return Arm(
        truth=Gaussian(0.0, 1.0),
        model=Gaussian(0.0, 1.0),
        judge=KeepAll(),
        regime=regime,
        learner=MaximumLikelihood(),
        sampler=Plain(),
        measures=(Moments(), Wasserstein()),
        n=N,
        generations=T,
    )


def scenario() -> Scenario:
    return Scenario(
        name="gaussian-pools",
        title="Gaussian chains that remember: all items, a sample of them, or all past models",
        source="Kazdan et al. (2025); Gerstgrasser et al. (2024)",
        arms={
            "accumulate": arm(Accumulate()),
            "subsample": arm(AccumulateSubsample()),
            "replace-multiple": arm(ReplaceMultiple()),
            "past-models": arm(PastMixture()),
        },
        headline=("variance", "mean_shift", "w2"),
        seeds=4000,
        thorough=20_000,
        extra=("replace-multiple",),
        claims=(
            *pair("accumulate", f"{KAZDAN}, lemma 3: the product of 1 - 1 / (n k^2)", accumulate),
            *pair("subsample", "derived from pairs of the pool", subsample),
            *pair("replace-multiple", "derived: the product of 1 - 1 / (n k)", replace_multiple),
            *pair("past-models", "derived: the product of accumulate", past_models),
            *other_claims(),
        ),
        show=lambda item: ", ".join(f"{x:+.3f}" for x in item),
    )


# The laws as functions of t -> (variance, squared error of the mean)


def accumulate(t):
    return gaussian.accumulate_variance(t, N), gaussian.accumulate_mean_error(t, N)


def subsample(t):
    return pools.subsample_variance(t, N), pools.subsample_mean_error(t, N)


def replace_multiple(t):
    return gaussian.replace_multiple_variance(t, N), gaussian.replace_multiple_mean_error(t, N)


def past_models(t):
    return pools.past_mixture_variance(t, N), pools.past_mixture_mean_error(t, N)


# The claims


def at(generations, observe):
    """A function of all curves at these generations, as a function of the record."""
    there = list(generations)
    return lambda record: observe({k: curve[:, there] for k, curve in record["curves"].items()})


def pair(regime, source, both) -> list[Claim]:
    """The mean variance, and the mean squared error of the mean."""
    name = f"Gaussian, {regime}, ddof = 0: "
    return [
        Claim(
            f"{name}the mean variance",
            "law",
            source,
            regime,
            "variance",
            lambda t: both(t)[0],
            AT,
        ),
        Claim(
            f"{name}the mean squared error of the mean",
            "law",
            f"{source}; what the variance has lost",
            regime,
            at(AT, lambda curves: curves["mean_shift"] ** 2),
            lambda t: both(t)[1],
            AT,
        ),
    ]


def other_claims() -> list[Claim]:
    limit, plateau = gaussian.accumulate_limit(N), pools.subsample_limit(N)
    return [
        Claim(
            "Gaussian, accumulate, ddof = 0: the mean variance ends at sin(x) / x",
            "approximation",
            f"{KAZDAN}, theorem 1, x = pi / sqrt n; what is left of the product is < 1 / (n t)",
            "accumulate",
            "variance",
            limit,
            (T,),
            error=limit / (N * T - 1),
        ),
        Claim(
            "Gaussian, accumulate, ddof = 0: variance and error of the mean add up to 1",
            "law",
            f"{KAZDAN}, corollary 4: a row keeps its distance from the truth's mean in the mean",
            "accumulate",
            at(AT, lambda curves: curves["variance"] + curves["mean_shift"] ** 2),
            1.0,
            AT,
        ),
        Claim(
            "Gaussian, subsample, ddof = 0: the plateau of the mean variance",
            "approximation",
            "derived in closed form by Gamma functions; what is left to go is the error",
            "subsample",
            "variance",
            plateau,
            (T,),
            error=float(pools.subsample_variance(T, N)) - plateau,
        ),
        Claim(
            "Gaussian, replace-multiple, ddof = 0: mean of W2^2 to the truth",
            "law",
            "exact form of Shumailov et al. (2024), eq. 4, with n t items in generation t",
            "replace-multiple",
            at(AT, lambda curves: curves["w2"] ** 2),
            lambda t: gaussian.sizes_w2_squared(N * np.arange(1, T + 1), 0)[t],
            AT,
        ),
    ]
