"""What can only be lost: counts, coins, tokens, documents, and the new kinds that make up for it

How long anything stays when every generation copies the one before, and what stays when a share
of the copies is of a kind never seen (Suresh et al. 2024; Kimura and Crow 1964; Ewens 1972).
"""

import jax
import jax.numpy as jnp
import numpy as np

from collapse import (
    Arm,
    Categorical,
    Claim,
    KeepAll,
    MaximumLikelihood,
    ModelDiversity,
    Plain,
    Replace,
    Scenario,
    TotalVariation,
)
from collapse.laws import alleles, categorical, survival
from collapse.measures.tails import MissingMass, Rate, Share, Survival, Undecided
from collapse.models.distributions.bernoulli import Bernoulli
from collapse.models.distributions.poisson import Poisson
from collapse.numerics.pytree import seed_keys
from collapse.types import Pool

LAST = 64
TIMES = (1, 5, 20, LAST)
LATE = (20, 40, LAST)
ROWS = 100  # of the categorical arms, and their outcomes
TOKENS = np.append(1 / np.arange(1, 51), np.zeros(50)) / (1 / np.arange(1, 51)).sum()
RARE = 9  # the outcome that is followed, of probability 0.022
FAVOURITE = np.append([0.9, 0.1], np.zeros(98))
COIN, COIN_ROWS = 0.1, 20
RATE, RATE_ROWS = 0.1, 50
SMALL = 10  # rows where chains run to their end
SHORT = np.append([0.3, 0.7], np.zeros(SMALL - 2))
WRIGHT_ROWS, WRIGHT_NEW = 30, 0.05
MORAN_ROWS, MORAN_NEW = 10, 0.1
THETA = MORAN_ROWS * MORAN_NEW / (1 - MORAN_NEW)

SURESH = "Suresh et al. (2024)"
CHAIN = "binomial chain of the counts; Wright (1931)"


def arm_of(truth, n: int, *measures, statistics=None) -> Arm:
    return Arm(
        truth=truth,
        model=truth,
        judge=KeepAll(),
        regime=Replace(),
        learner=MaximumLikelihood(),
        sampler=Plain(),
        measures=measures,
        n=n,
        generations=LAST,
        statistics=statistics,
    )


def outcomes(p: np.ndarray) -> Arm:
    # Those of tail-laws, which runs the same program.
    lost = MissingMass(), TotalVariation()
    return arm_of(Categorical(p), ROWS, ModelDiversity(), Undecided(), Share(RARE), *lost)


def arms() -> dict[str, Arm]:
    return {
        "tokens": outcomes(TOKENS),
        "poisson": arm_of(Poisson(RATE), RATE_ROWS, Survival(), Rate()),
        "coin": arm_of(Bernoulli(COIN), COIN_ROWS, Survival(), Undecided(), statistics=False),
        "documents": outcomes(np.full(ROWS, 1 / ROWS)),
        "favourite": outcomes(FAVOURITE),
    }


def ends(key: jax.Array, seeds: int) -> dict:
    """Curves (S,): the first generation of 10 rows whose fit is a single outcome, from two
    outcomes and from ten different documents."""

    def one_seed(p, key):
        def following(state):
            t, model = state
            rows = model.sample(jax.random.fold_in(key, t), SMALL)
            one, zero = jnp.ones(SMALL), jnp.zeros(SMALL, jnp.int32)
            return t + 1, model.fit(key, Pool(rows, one, one, one, zero, zero, {}))

        start = jnp.array(0, jnp.int32), Categorical(p)
        return jax.lax.while_loop(lambda state: state[1].support_size > 1, following, start)[0]

    truths = jnp.array([SHORT, np.full(SMALL, 1 / SMALL)], float)
    every = jax.vmap(jax.vmap(one_seed, (None, 0)), (0, None))
    times = jax.jit(every)(truths, seed_keys(key, range(seeds)))
    return {"curves": dict(zip(("outcomes", "documents"), np.asarray(times), strict=True))}


def generator(key: jax.Array) -> np.random.Generator:
    return np.random.default_rng(np.asarray(jax.random.key_data(key)))


def kinds(rows: np.ndarray) -> np.ndarray:
    """(S,) how many different numbers each row of a table (S, s) has."""
    ordered = np.sort(rows, axis=1)
    return 1 + (ordered[:, 1:] != ordered[:, :-1]).sum(1)


def wright_with_novelty(key: jax.Array, seeds: int) -> dict:
    """30 rows that copy random rows of the generation before, 1 in 20 of a new kind; all alike at
    the start. Curves: collision (S, 301) the sum of squared shares; kinds (S, 2) among 10 and
    among all rows of the last generation."""
    rng, n, last = generator(key), WRIGHT_ROWS, 300
    rows, place = np.zeros((seeds, n), int), np.arange(n)
    collision = [np.ones(seeds)]
    for t in range(1, last + 1):
        rows = np.take_along_axis(rows, rng.integers(0, n, (seeds, n)), 1)
        rows = np.where(rng.random((seeds, n)) < WRIGHT_NEW, t * n + place, rows)
        if t in (1, 5, 16, last):
            same = (rows[:, :, None] == rows[:, None, :]).mean((1, 2))
        collision.append(same)
    found = np.stack([kinds(rows[:, :10]), kinds(rows)], axis=1)
    return {"curves": {"collision": np.stack(collision, axis=1), "kinds": found}}


def moran(key: jax.Array, seeds: int) -> dict:
    """10 rows, one of which is replaced at a time: by a copy of a random row, or with chance 0.1
    by a new kind. Curve: kinds (S, 2) among 4 and among all rows after 1500 replacements."""
    rng, seed = generator(key), np.arange(seeds)
    rows = np.zeros((seeds, MORAN_ROWS), int)
    for t in range(1, 1501):
        parent, place = rng.integers(0, MORAN_ROWS, (2, seeds))
        new = rng.random(seeds) < MORAN_NEW
        rows[seed, place] = np.where(new, t, rows[seed, parent])
    return {"curves": {"kinds": np.stack([kinds(rows[:, :4]), kinds(rows)], axis=1)}}


def indicator_spread(chance: np.ndarray) -> np.ndarray:
    """Standard deviation of what is 1 with that chance, else 0."""
    return np.sqrt(chance * (1 - chance))


def claims_of_loss() -> list[Claim]:
    chance = categorical.survival(np.array([TOKENS[RARE], COIN]), ROWS, LAST)[:, 0]
    coin = categorical.survival(np.array([COIN]), COIN_ROWS, LAST)[:, 0]
    support = categorical.replace_support(TOKENS, ROWS, LAST)
    fixed = categorical.fixed_by(np.array([0.9, 0.1]), ROWS, LAST).sum(1)

    alive = survival.poisson_survival(np.array(TIMES), RATE_ROWS, RATE)

    def left(record):
        return record["curves"]["share"][:, TIMES] > 0

    def left_early(record):
        return record["curves"]["share"][:, (1, 2, 5)] > 0

    def squares(record):
        return (record["curves"]["rate"][:, (1, 5)] - RATE) ** 2

    def over(record):
        return 1 - record["curves"]["undecided"][:, LATE]

    return [
        Claim(
            "Tokens, replace: mean number left",
            "law",
            CHAIN,
            "tokens",
            "model_support",
            lambda t: support[t],
            at=(1, 5, 30, LAST),
        ),
        Claim(
            "Tokens, replace: mean number left, bounded from below",
            "bound",
            SURESH,
            "tokens",
            "model_support",
            lambda t: survival.distinct_tokens(t, ROWS, TOKENS)[0],
            at=TIMES,
            side="at least",
        ),
        Claim(
            "Tokens, replace: chance that one of probability 0.022 is left",
            "law",
            CHAIN,
            "tokens",
            left,
            chance[list(TIMES)],
            at=TIMES,
            spread=indicator_spread(chance[list(TIMES)]),
        ),
        Claim(
            "Tokens, replace: that chance, bounded from below",
            "bound",
            SURESH,
            "tokens",
            left,
            survival.token_survival(np.array(TIMES), ROWS, TOKENS[RARE]),
            at=TIMES,
            side="at least",
        ),
        Claim(
            "Tokens, replace: that chance, bounded from above",
            "bound",
            SURESH,
            "tokens",
            left_early,
            survival.token_survival_bound(np.array((1, 2, 5)), ROWS, TOKENS[RARE]),
            at=(1, 2, 5),
            side="at most",
        ),
        Claim(
            "Poisson, replace: chance that the rate is not 0",
            "law",
            SURESH,
            "poisson",
            "survival",
            alive,
            at=TIMES,
            spread=indicator_spread(alive),
        ),
        Claim(
            "Poisson, replace: variance of the rate",
            "law",
            "martingale; collapse.laws.survival",
            "poisson",
            squares,
            survival.poisson_moments(np.array((1, 5)), RATE_ROWS, RATE)[1],
            at=(1, 5),
        ),
        Claim(
            "Coin, replace: chance that its ones are left",
            "law",
            CHAIN,
            "coin",
            "survival",
            coin[list(TIMES)],
            at=TIMES,
            spread=indicator_spread(coin[list(TIMES)]),
        ),
        Claim(
            "Coin, replace: chance that both sides are left, bounded from below",
            "bound",
            "collapse.laws.survival; Seddik et al. (2024)",
            "coin",
            "undecided",
            lambda t: survival.undecided_bounds(t, COIN_ROWS, COIN)[0],
            at=TIMES,
            side="at least",
        ),
        Claim(
            "Coin, replace: chance that both sides are left, bounded from above",
            "bound",
            "Seddik et al. (2024), narrowed: collapse.laws.survival",
            "coin",
            "undecided",
            lambda t: survival.undecided_bounds(t, COIN_ROWS, COIN)[1],
            at=LATE,
            side="at most",
        ),
        Claim(
            "Documents, all different at first: mean number left",
            "law",
            "ancestors of a generation; collapse.laws.alleles",
            "documents",
            "model_support",
            lambda t: alleles.ancestors(t, ROWS),
            at=TIMES,
        ),
        Claim(
            "Documents, all different at first: mean number left, bounded from below",
            "bound",
            SURESH + "; about 2 n / (t + 2)",
            "documents",
            "model_support",
            lambda t: survival.distinct_documents(t, ROWS),
            at=TIMES,
            side="at least",
        ),
        Claim(
            "Outcomes of 0.9 and 0.1, replace: chance that one has taken over",
            "law",
            CHAIN,
            "favourite",
            over,
            fixed[list(LATE)],
            at=LATE,
            spread=indicator_spread(fixed[list(LATE)]),
        ),
    ]


def claims_of_ends_and_kinds() -> list[Claim]:
    novelty = "Kimura and Crow (1964), haploid; derived: collapse.laws.alleles"
    every = alleles.infinite_alleles_kinds(WRIGHT_ROWS, WRIGHT_NEW)
    ewens = [alleles.ewens_kinds(s, THETA) for s in (4, MORAN_ROWS)]
    identity = alleles.infinite_alleles_identity(WRIGHT_ROWS, WRIGHT_NEW)

    def scatter(record):
        return (record["curves"]["kinds"] - [mean for mean, _ in ewens]) ** 2

    return [
        Claim(
            "Outcomes of 0.3 and 0.7, 10 rows: mean generations until one has taken over",
            "law",
            "absorbing chain; collapse.laws.categorical",
            "ends",
            "outcomes",
            categorical.fixation_time(0.3, SMALL),
        ),
        Claim(
            "Ten different documents: mean generations until one is left",
            "law",
            "Kingman (1982), several pairs merging at once; collapse.laws.alleles",
            "ends",
            "documents",
            alleles.distinct_time(SMALL),
        ),
        Claim(
            "One row in 20 of a new kind: mean sum of squared shares",
            "law",
            novelty,
            "wright-with-novelty",
            "collision",
            lambda t: alleles.infinite_alleles_collision(t, WRIGHT_ROWS, WRIGHT_NEW, 1.0),
            at=(1, 5, 16),
        ),
        Claim(
            "One row in 20 of a new kind: mean sum of squared shares in the end",
            "law",
            novelty,
            "wright-with-novelty",
            "collision",
            1 / WRIGHT_ROWS + (1 - 1 / WRIGHT_ROWS) * identity,
            at=(300,),
        ),
        Claim(
            "One row in 20 of a new kind: mean number of kinds among 10 and among all",
            "law",
            "derived: collapse.laws.alleles; Ewens (1972) is its limit",
            "wright-with-novelty",
            "kinds",
            every[[10, WRIGHT_ROWS]],
            at=(0, 1),
        ),
        Claim(
            "One row replaced at a time, 1 in 10 by a new kind: mean number of kinds",
            "law",
            "Ewens (1972); Moran (1958), exact with theta = n u / (1 - u)",
            "moran",
            "kinds",
            [mean for mean, _ in ewens],
            at=(0, 1),
        ),
        Claim(
            "One row replaced at a time, 1 in 10 by a new kind: variance of that number",
            "law",
            "Ewens (1972)",
            "moran",
            scatter,
            [variance for _, variance in ewens],
            at=(4, MORAN_ROWS),
        ),
    ]


def scenario() -> Scenario:
    return Scenario(
        name="survival-laws",
        title="What can only be lost: counts, coins, tokens, documents, and the new kinds that "
        "make up for it",
        source="Suresh et al. (2024), Rate of model collapse in recursive training; Ewens (1972)",
        arms=arms(),
        headline=("model_support", "survival", "undecided", "share", "rate"),
        seeds=4000,
        thorough=40_000,
        claims=(*claims_of_loss(), *claims_of_ends_and_kinds()),
        evidence={"ends": ends, "wright-with-novelty": wright_with_novelty, "moran": moran},
    )
