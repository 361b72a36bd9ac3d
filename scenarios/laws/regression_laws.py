"""What must happen to a regression that trains on its own labels, and what does

Linear models label inputs and are fitted to the labels, again and again. How fast the excess risk
grows has a closed form in every regime, exact for few rows; each claim holds the simulator
against one. Inputs are drawn anew each generation, or stay those of the first.
"""

import jax
import jax.numpy as jnp
import numpy as np

from collapse import (
    Accumulate,
    Arm,
    Claim,
    ExcessRisk,
    FreshMix,
    KeepAll,
    LinearRegression,
    MaximumLikelihood,
    Plain,
    Replace,
    ReplaceMultiple,
    Scenario,
)
from collapse.laws import regression, ridge

N, D, T = 24, 8, 16
SHARE = 0.5  # of new real rows in the fresh mix
FEW, MANY = 6, 12  # rows and dimensions where rows cannot settle the coefficients
AT, EARLY = (1, 2, 4, 8, T), (1, 2, 3, 4, 8)
ROWS, PENALTY = 40, 0.3  # of the ridge regression on labels of the last model
SIZES = (20, 40, 100, 10_000)  # of a mixture with labels of a model that is off
APART = 2.0  # by how much it is off: c^2 = |w' - w|^2
TRUTH = np.ones(D) / np.sqrt(D)  # |w|^2 = 1

DOHMATOB = "Dohmatob et al. (2024)"
GERSTGRASSER = "Gerstgrasser et al. (2024)"


def arm(model, regime=None, truth=None, n=N, statistics=None) -> Arm:
    return Arm(
        truth=truth or LinearRegression(model.w, noise_level=model.noise_level),
        model=model,
        judge=KeepAll(),
        regime=regime or Replace(),
        learner=MaximumLikelihood(),
        sampler=Plain(),
        measures=(ExcessRisk(),),
        n=n,
        generations=T,
        statistics=statistics,
    )


def given_design() -> tuple[np.ndarray, np.ndarray]:
    """Inputs (N, D) that every seed and generation meets, and the variances (D,) of new ones."""
    variances = np.linspace(0.5, 2.0, D)
    return np.random.default_rng(0).normal(size=(N, D)) * np.sqrt(variances), variances


def scenario() -> Scenario:
    fresh, fixed = LinearRegression(TRUTH), LinearRegression(TRUTH, design="fixed")
    inputs, variances = given_design()
    known = LinearRegression(
        TRUTH, spectrum=variances, design="fixed", gram=jnp.array(inputs.T @ inputs / N)
    )
    wide = jnp.ones(MANY) / np.sqrt(MANY)
    return Scenario(
        name="regression-laws",
        title="What must happen to a regression that trains on its own labels, and what does",
        source="Dohmatob et al. (2024, 2025); Gerstgrasser et al. (2024)",
        arms={
            "replace": arm(fresh, statistics=False),
            "sums": arm(fresh, statistics=True),
            "one-design": arm(known, truth=known),
            "accumulate": arm(fixed, Accumulate()),
            "accumulate-new-inputs": arm(fresh, Accumulate()),
            "replace-multiple": arm(fixed, ReplaceMultiple()),
            "fresh-mix": arm(fresh, FreshMix(SHARE), statistics=False),
            "few-rows": arm(LinearRegression(wide, noise_level=0.0), n=FEW),
            "few-rows-same-inputs": arm(
                LinearRegression(wide, noise_level=0.0, design="fixed"), n=FEW
            ),
        },
        headline=("risk",),
        seeds=4000,
        thorough=100_000,
        extra=("accumulate-new-inputs", "fresh-mix", "few-rows-same-inputs"),
        evidence={"one fit": one_fit},
        claims=(
            *replace_claims(),
            *accumulate_claims(),
            *mixture_claims(),
            *few_rows_claims(),
        ),
        show=lambda item: f"{item[0]:+.2f} .. {item[-2]:+.2f} -> {item[-1]:+.2f}",
    )


def one_fit(key, seeds: int) -> dict:
    """Curves of the excess risk of one fit to rows that models label which are off by w' - w of
    a random sign, |w' - w|^2 = APART: mixture (S, sizes), of as many real rows besides; ridge (S,),
    of ROWS rows in all, all theirs. NumPy draws what is random, to save compiling it."""
    rng = np.random.default_rng(np.asarray(jax.random.key_data(key)))
    size = np.array([*SIZES, ROWS])
    penalty = np.array([*np.zeros(len(SIZES)), PENALTY])
    shape = (seeds, len(size), 2)
    low = np.tril(rng.normal(size=(*shape, D, D)), -1)
    df = size[:, None, None] // 2 - np.arange(D)
    root = np.sqrt(rng.chisquare(np.maximum(df, 1), (*shape, D)) * (df > 0))
    factor = low * (df > 0)[..., None, :] + root[..., None] * np.eye(D)
    sign = rng.choice([-1.0, 1.0], (seeds, len(size), 1))
    off = np.sqrt(APART) * np.concatenate([sign * (penalty > 0)[:, None], sign], axis=-1)
    labels = rng.normal(size=(*shape, D))

    def one(half, penalty, factor, labels, off):
        def part(factor, labels, off):
            return LinearRegression(TRUTH + off * TRUTH).summary((factor, labels), half)

        both = jax.tree.map(lambda x: x[:, 0], jax.vmap(part)(factor, labels, off))
        fit = LinearRegression(TRUTH, ridge=penalty).fitted(both.merged(jnp.stack([half, half])))
        return fit.risk(LinearRegression(TRUTH))

    cases = jax.vmap(one)
    every = jax.jit(jax.vmap(cases, in_axes=(None, None, 0, 0, 0)))
    arrays = [jnp.asarray(x, float) for x in (size / 2, penalty, factor, labels, off)]
    found = every(*arrays)
    return {"curves": {"mixture": found[:, :-1], "ridge": found[:, -1]}}


def claim(evidence, name, source, expected, at=AT, observe="risk", kind="law", **more) -> Claim:
    name = f"Regression, {name}"
    return Claim(name, kind, source, evidence, observe, expected, at, **more)


def replace_claims() -> list[Claim]:
    at, (inputs, variances) = np.array(AT), given_design()
    given = regression.risk_given_design(inputs, covariance=np.diag(variances))
    harmonic = np.cumsum(1 / np.arange(1, T + 1))[at - 1]
    return [
        claim(
            "replace",
            "replace: the mean excess risk is t times that of one fit",
            f"{DOHMATOB}, theorem 4.1, with the exact factor d / (n - d - 1)",
            lambda t: regression.replace_risk(t, N, D),
            spread=regression.replace_spread(at, N, D),
        ),
        claim(
            "replace",
            "replace: the spread of the risk over chains",
            "derived: fourth moments of a sum of spherical steps",
            regression.replace_spread(at, N, D) ** 2,
            observe=lambda record: (
                (record["curves"]["risk"][:, at] - regression.replace_risk(at, N, D)) ** 2
            ),
        ),
        claim(
            "sums",
            "replace, by sums of products in place of rows: the same mean excess risk",
            f"{DOHMATOB}, theorem 4.1; sums of products are Wishart (Bartlett 1933)",
            lambda t: regression.replace_risk(t, N, D),
            spread=regression.replace_spread(at, N, D),
        ),
        claim(
            "one-design",
            "replace, given inputs: t tr(Sigma (X'X)^-1)",
            f"{DOHMATOB}, proof of theorem 4.1: conditional on the inputs X, any covariance Sigma",
            given * at,
        ),
        claim(
            "replace-multiple",
            "replace-multiple, same inputs: the mean risk grows like the harmonic numbers",
            f"{GERSTGRASSER}, appendix E; {DOHMATOB}, remark 4.2",
            lambda t: regression.replace_multiple_risk(t, N, D),
            spread=regression.fixed_design_spread(harmonic, N, D),
        ),
    ]


def accumulate_claims() -> list[Claim]:
    at = np.array(AT)
    squares = np.cumsum(1.0 / np.arange(1, T + 1) ** 2)[at - 1]
    spread = regression.fixed_design_spread(squares, N, D)
    limit = regression.accumulate_limit(N, D)
    return [
        claim(
            "accumulate",
            "accumulate, same inputs: the mean risk is that of one fit times the sum of 1/k^2",
            f"{GERSTGRASSER}, theorem 2",
            lambda t: regression.accumulate_risk(t, N, D),
            spread=spread,
        ),
        claim(
            "accumulate",
            "accumulate, same inputs: the mean risk ends at pi^2 / 6 of one fit's",
            f"{GERSTGRASSER}, theorem 2; what is left of the sum lies below 1 / t",
            limit,
            at=(T,),
            kind="approximation",
            error=regression.fit_risk(N, D) / T,
            spread=spread[-1:],
        ),
        claim(
            "accumulate-new-inputs",
            "accumulate, new inputs: the mean risk grows less than with the same",
            "derived: steps of d / (k (k n - d - 1))",
            lambda t: regression.accumulate_risk(t, N, D, design="fresh"),
        ),
        claim(
            "accumulate-new-inputs",
            "accumulate, new inputs: the mean risk stays below pi^2 / 6 of one fit's",
            f"{GERSTGRASSER}, theorem 2, as a bound",
            limit,
            kind="bound",
            side="at most",
        ),
    ]


def mixture_claims() -> list[Claim]:
    real = round(SHARE * N)
    last = SIZES[-1]
    half = [(round(size / 2), round(size / 2)) for size in SIZES]
    rough = ridge.ridge_limit(ROWS, D, PENALTY, upstream=APART)
    downstream = ridge.ridge_risk(ROWS, D, PENALTY, upstream=APART)
    return [
        claim(
            "fresh-mix",
            "fresh mix: the mean risk settles where new real rows balance old errors",
            "derived: a geometric series in the share of the error that is carried on",
            lambda t: regression.fresh_mix_risk(t, real, N - real, D),
        ),
        claim(
            "one fit",
            "half real, half of a model that is off: the mean risk",
            "derived: moments of a matrix beta; Dohmatob et al. (2025) at finite size",
            [regression.mixed_risk(*sizes, D, APART) for sizes in half],
            at=SIZES,
            observe=lambda record: record["curves"]["mixture"],
        ),
        claim(
            "one fit",
            "half real, half of a model that is off: more rows do not pass the plateau p^2 c^2",
            "Dohmatob et al. (2025); off by (p (1 - p) (d + 1) c^2 + d) / n",
            APART / 4,
            at=(last,),
            observe=lambda record: record["curves"]["mixture"][:, -1:],
            kind="approximation",
            error=((D + 1) * APART / 4 + D) / last,
        ),
        claim(
            "one fit",
            "a ridge regression on labels of a model that is off",
            f"{DOHMATOB}, corollary 4.7, with the term in 1 / d; error of order 1 / d^2",
            downstream,
            at=(ROWS,),
            observe=lambda record: record["curves"]["ridge"],
            kind="approximation",
            error=abs(downstream - rough) / D,
        ),
    ]


def few_rows_claims() -> list[Claim]:
    return [
        claim(
            "few-rows",
            "fewer rows than dimensions, new inputs: 1 - (n/d)^t is lost without any noise",
            f"{DOHMATOB}, theorem 4.9, exact for isotropic inputs",
            lambda t: regression.minimum_norm_risk(t, FEW, MANY),
            at=EARLY,
        ),
        claim(
            "few-rows-same-inputs",
            "fewer rows than dimensions, same inputs: 1 - n/d is lost at once",
            f"{DOHMATOB}, theorem 4.8",
            lambda t: regression.minimum_norm_risk(t, FEW, MANY, design="fixed"),
            at=EARLY,
        ),
        claim(
            "few-rows-same-inputs",
            "fewer rows than dimensions, same inputs: then no chain loses any more",
            f"{DOHMATOB}, theorem 4.8, of every chain",
            0.0,
            at=(2, T),
            observe=lambda record: (
                record["curves"]["risk"][:, [2, T]] - record["curves"]["risk"][:, [1]]
            ),
            kind="identity",
            error=1e-3,
        ),
    ]
