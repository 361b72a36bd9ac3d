"""Fifty outcomes under every regime: the drift is known exactly

Categorical models refitted by frequency, n = 50 rows a generation from a Zipf truth of 50 outcomes.
What is claimed are exact means over seeds: of H_t = 1 - sum p_t^2, the chance that two draws
differ, and of R_t = sum (p_t - p*)^2, the squared distance from the truth.
"""

import jax
import jax.numpy as jnp
import numpy as np

from collapse import (
    Accumulate,
    AccumulateSubsample,
    Arm,
    Balanced,
    Claim,
    Expanding,
    FixedRealMix,
    FreshMix,
    FreshMixPopulation,
    Incremental,
    KeepAll,
    MaximumLikelihood,
    ModelDiversity,
    Plain,
    RealKeep,
    Replace,
    ReplaceMultiple,
    Scenario,
    WeightedFreshMix,
    advance,
    begin,
    prepare,
    zipf,
)
from collapse.laws import categorical, categorical_growing, categorical_mixes
from collapse.laws.temperature import append_one_variance
from collapse.measures.tails import Share, SquaredError
from collapse.numerics.pytree import seed_keys

N = K = 50
P = 1 / np.arange(1, K + 1) / (1 / np.arange(1, K + 1)).sum()
S0 = float(P @ P)
H0 = 1 - S0
LAST = 16
TIMES = (1, 2, 5, LAST)
REAL = 15  # of the 50 rows of a mix
SHARE = REAL / N
WEIGHT = 0.5  # of the real rows together, where they are weighted
KEPT = 25  # rows of the fixed half
URN = 10  # real rows of the urn that grows by one
URN_P = np.array([0.5, 0.3, 0.2])
URN_TIMES = np.array([1, 2, 11, 40])
BLOCK = 2000  # seeds at once

SEDDIK = "Seddik et al. (2024); Wright (1931)"
GERSTGRASSER = "urn of Polya; Gerstgrasser et al. (2024); Kazdan et al. (2025), Lemma 3"
PAIRS = "derived: unlike pairs of rows, collapse.laws.categorical_growing"
MIXES = "derived: collapse.laws.categorical_mixes"


def arm_of(regime) -> Arm:
    return Arm(
        truth=zipf(K),
        model=zipf(K),
        judge=KeepAll(),
        regime=regime,
        learner=MaximumLikelihood(),
        sampler=Plain(),
        measures=(ModelDiversity(), SquaredError(), Share(0)),
        n=N,
        generations=LAST,
    )


def arms() -> dict[str, Arm]:
    regimes = {
        "replace": Replace(),
        "accumulate": Accumulate(),
        "subsample": AccumulateSubsample(),
        "replace-multiple": ReplaceMultiple(),
        "fresh": FreshMix(SHARE),
        "fresh-weighted": WeightedFreshMix(SHARE, weight=WEIGHT),
        "fresh-by-chance": FreshMixPopulation(SHARE),
        "fixed-real": FixedRealMix(KEPT / N),
        "real-keep": RealKeep(SHARE),
        "incremental": Incremental(SHARE),
        "balanced": Balanced(),
        "expanding": Expanding(1 - SHARE),
    }
    return {name: arm_of(regime) for name, regime in regimes.items()}


def conditional(key: jax.Array, seeds: int) -> dict:
    """Curves (S, 3): |p_t - q|^2 over its mean given the real rows, whose kept half has
    frequencies q, at t = 2, 4 and 16; and at 16 over the limit of that mean."""
    arm, found = prepare(arm_of(FixedRealMix(KEPT / N)), checked=False), []
    for start in range(0, seeds, BLOCK):
        keys = seed_keys(key, range(start, start + BLOCK))
        states, _ = begin(arm, keys)
        rows = np.asarray(states.pool.rows[:, :N])
        fits, t = [], 1
        for last in (2, 4, LAST):
            count = jnp.array(last + 1 - t, jnp.int32)
            states, _ = advance(arm, states, keys, jnp.array(t, jnp.int32), count)
            fits.append(np.asarray(jax.vmap(lambda model: model.p)(states.model), float))
            t = last + 1
        found += [over_law(*seed) for seed in zip(rows, *fits, strict=True)]
    found = np.array(found[:seeds])
    return {"curves": {"law": found[:, :3], "limit": found[:, 3]}}


def over_law(rows: np.ndarray, *fits: np.ndarray) -> np.ndarray:
    kept, first = (np.bincount(x, minlength=K) / len(x) for x in (rows[:KEPT], rows))
    distance = np.array([((p - kept) ** 2).sum() for p in fits])
    law = categorical_mixes.fixed_mix_distance((2, 4, LAST), N, KEPT, kept, first)
    limit = categorical_mixes.fixed_mix_limit(N, KEPT, 1 - kept @ kept)
    return np.array([*distance / law, distance[-1] / limit])


def urn(key: jax.Array, seeds: int) -> dict:
    """Ten real rows of three outcomes, and one row more a generation that the model said: curves
    (S, 41), t = 1 first, of H_t and of the squared change of p_t since then over p_1 (1 - p_1)."""
    rng, seed = np.random.default_rng(np.asarray(jax.random.key_data(key))), np.arange(seeds)
    counts = rng.multinomial(URN, URN_P, seeds)
    fits = []
    for _ in range(41):
        p = counts / counts.sum(1, keepdims=True)
        said = (rng.random((seeds, 1)) > np.cumsum(p, axis=1)[:, :-1]).sum(1)
        counts[seed, said] += 1
        fits.append(p)
    p = np.stack(fits, axis=1)
    first = p[:, :1, 0]
    undecided = (first > 0)[:, 0] & (first < 1)[:, 0]
    change = (p[:, :, 0] - first)[undecided] ** 2 / (first * (1 - first))[undecided]
    return {"curves": {"heterozygosity": 1 - (p**2).sum(2), "change": change}}


def law(name: str, source: str, arm: str, curve: str, expected, at=TIMES) -> Claim:
    return Claim(name, "law", source, arm, curve, expected, at=at)


def claims_of_drift() -> list[Claim]:
    gini, growing = "model_gini", categorical_growing
    return [
        law(
            "Categorical, replace: mean of H_t",
            SEDDIK,
            "replace",
            gini,
            lambda t: categorical.replace_heterozygosity(t, N, H0),
        ),
        law(
            "Categorical, replace: chance that two draws collide, beyond the truth's",
            SEDDIK,
            "replace",
            "squared_error",
            lambda t: categorical.replace_collision(t, N, S0) - S0,
        ),
        law(
            "Categorical, replace: the mean probability of an outcome stays",
            "martingale; Shumailov et al. (2024), section 3",
            "replace",
            "share",
            lambda t: np.full(len(t), P[0]),
        ),
        law(
            "Categorical, accumulate: mean of H_t",
            GERSTGRASSER,
            "accumulate",
            gini,
            lambda t: categorical.accumulate_heterozygosity(t, N, H0),
        ),
        Claim(
            "Categorical, accumulate: H_16 is near the limit of H_t",
            "approximation",
            GERSTGRASSER + "; factors 1 - 1/(n k^2) to come leave an error below h0 / (n t)",
            "accumulate",
            gini,
            categorical.accumulate_limit(N, H0),
            at=(LAST,),
            error=H0 / (N * LAST),
        ),
        law(
            "Categorical, n rows of everything so far: mean of H_t",
            "derived: collapse.laws.categorical; the regime is of Kazdan et al. (2025)",
            "subsample",
            gini,
            lambda t: categorical.subsample_heterozygosity(t, N, H0),
        ),
        law(
            "Categorical, all of t n rows replaced: mean of H_t",
            PAIRS + "; the regime is of Gerstgrasser et al. (2024), appendix E",
            "replace-multiple",
            gini,
            lambda t: growing.replace_multiple_heterozygosity(t, N, H0),
        ),
        law(
            "Categorical, 15 of 50 rows replaced: mean of H_t",
            PAIRS + "; the regime is of Briesch et al. (2023)",
            "incremental",
            gini,
            lambda t: growing.incremental_heterozygosity(t, N, REAL, H0),
        ),
        law(
            "Categorical, equal parts of every generation: mean of H_t",
            PAIRS + "; the regime is of Briesch et al. (2023)",
            "balanced",
            gini,
            lambda t: growing.balanced_heterozygosity(t, N, H0),
        ),
        law(
            "Categorical, growing by 35 said and 15 real rows: mean of H_t",
            PAIRS + "; the regime is of Briesch et al. (2023)",
            "expanding",
            gini,
            lambda t: growing.expanding_heterozygosity(t, N, N - REAL, H0),
        ),
        law(
            "Categorical, growing by one row: mean of H_t",
            "urn of Polya; derived: collapse.laws.categorical",
            "urn",
            lambda record: record["curves"]["heterozygosity"][:, URN_TIMES - 1],
            categorical.accumulate_heterozygosity(URN_TIMES, URN, 1 - URN_P @ URN_P, 1),
            at=tuple(URN_TIMES),
        ),
        law(
            "Categorical, growing by one row at temperature 1: variance of p_t given the real rows",
            "urn of Polya; Marchi et al. (2024)",
            "urn",
            lambda record: record["curves"]["change"][:, URN_TIMES[1:] - 1],
            append_one_variance(URN_TIMES[1:], URN),
            at=tuple(URN_TIMES[1:]),
        ),
    ]


def claims_of_mixes() -> list[Claim]:
    mixes, error = categorical_mixes, "squared_error"
    limit = mixes.fresh_population_limit(N, H0, SHARE)
    given = "derived: collapse.laws.categorical_mixes; Seddik et al. (2024) where all rows are kept"
    return [
        law(
            "Categorical, 15 of 50 rows real and new: mean of R_t",
            MIXES,
            "fresh",
            error,
            lambda t: mixes.fresh_mix_error(t, N, H0, REAL),
        ),
        law(
            "Categorical, 15 of 50 rows real and new, of half the weight: mean of R_t",
            MIXES + "; the regime is of He et al. (2025)",
            "fresh-weighted",
            error,
            lambda t: mixes.fresh_mix_error(t, N, H0, REAL, WEIGHT),
        ),
        law(
            "Categorical, each row real and new with chance 0.3: mean of R_t",
            "From Collapse to Improvement (2026), Bernoulli mixture",
            "fresh-by-chance",
            error,
            lambda t: mixes.fresh_population_error(t, N, H0, SHARE),
        ),
        Claim(
            "Categorical, each row real and new with chance 0.3: R_16 is 1.924 first errors",
            "approximation",
            "From Collapse to Improvement (2026); generation 16 is 2e-5 of the limit away from it",
            "fresh-by-chance",
            lambda record: record["curves"][error][:, LAST] / (H0 / N),
            limit / (H0 / N),
            at=(LAST,),
            error=4e-5,
        ),
        law(
            "Categorical, the same 25 of 50 rows real: mean of R_t",
            MIXES,
            "fixed-real",
            error,
            lambda t: mixes.fixed_mix_error(t, N, H0, KEPT),
        ),
        Claim(
            "Categorical, the same 25 of 50 rows real: R_16 is near its limit",
            "approximation",
            MIXES + "; what is left of the first fit is 2^-14 of h0 / n",
            "fixed-real",
            error,
            H0 / KEPT + mixes.fixed_mix_limit(N, KEPT, H0 * (1 - 1 / KEPT)),
            at=(LAST,),
            error=H0 / N * 2.0**-14,
        ),
        law(
            "Categorical, a random 15 of the 50 real rows kept: mean of R_t",
            MIXES + "; the regime is of Shumailov et al. (2024)",
            "real-keep",
            error,
            lambda t: mixes.real_keep_error(t, N, H0, REAL),
        ),
        law(
            "Categorical, given the same 25 real rows: distance from them, over its mean",
            given,
            "fixed-real-given",
            lambda record: record["curves"]["law"],
            np.ones(3),
            at=(2, 4, LAST),
        ),
        Claim(
            "Categorical, given the same 25 real rows: distance at 16, over its limit",
            "approximation",
            given + "; what is left of the first fit is below 2^-12",
            "fixed-real-given",
            "limit",
            1.0,
            at=(LAST,),
            error=2.0**-12,
        ),
    ]


def scenario() -> Scenario:
    return Scenario(
        name="categorical-laws",
        title="Fifty outcomes under every regime: the drift is known exactly",
        source="Seddik et al. (2024), Gerstgrasser et al. (2024), Kazdan et al. (2025), Briesch et "
        "al. (2023)",
        arms=arms(),
        headline=("model_gini", "squared_error", "model_support", "share"),
        seeds=2000,
        thorough=20_000,
        extra=("subsample", "replace-multiple"),
        claims=(*claims_of_drift(), *claims_of_mixes()),
        evidence={"urn": urn, "fixed-real-given": conditional},
    )
