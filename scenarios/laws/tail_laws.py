"""Memories of heavy tails: the error is the probability of what was never seen

The Hutter memory of Dohmatob et al. (2024): right about an item if and only if it was among the
training rows, which other memories may have said, or a generator with its tail cut off.
"""

import jax
import jax.numpy as jnp
import numpy as np

from collapse import (
    Arm,
    Claim,
    KeepAll,
    MaximumLikelihood,
    ModelDiversity,
    Plain,
    Replace,
    Scenario,
    Support,
    TopK,
    TotalVariation,
    zipf,
)
from collapse.laws import tails
from collapse.measures.tails import ConditionalVariation, MissingMass, Share, Undecided
from collapse.models.text.bigram import Bigram, hutter_bigram
from collapse.numerics.pytree import seed_keys
from collapse.types import Pool, View

LAST = 64
ROWS = ITEMS = 100
EXPONENT = 1.5
P = tails.power_law(ITEMS, EXPONENT)
KEPT = 20  # items of the top-k sampler
PAIRS, CONTEXTS, TABLES = 100, 20, 5  # training pairs and tables of the bigram chain

# What memories of other rows lack: many items, so that the tail is as good as endless.
MANY, STEEP = 4000, 2.0
COUNTS = (100, 300, 1000)  # training rows
CUT, SHARE = 30, 0.3  # items left by the cut, share of real rows in the mix
LONG = tails.power_law(MANY, STEEP)
BEYOND = 1 / (MANY * np.pi**2 / 6)  # the endless truth's probability of what is left out

DOHMATOB = "Dohmatob et al. (2024), A Tale of Tails"


def arms() -> dict[str, Arm]:
    def arm_of(sampler):
        # Sizes and measures are those of the tokens of survival-laws, which runs the same program.
        return Arm(
            truth=zipf(ITEMS, EXPONENT),
            model=zipf(ITEMS, EXPONENT),
            judge=KeepAll(),
            regime=Replace(),
            learner=MaximumLikelihood(),
            sampler=sampler,
            measures=(ModelDiversity(), Undecided(), Share(9), MissingMass(), TotalVariation()),
            n=ROWS,
            generations=LAST,
        )

    return {"memory": arm_of(Plain()), "exact-top-k": arm_of(Support(TopK(k=KEPT)))}


def whole_pool(rows: jax.Array, count: int | jax.Array) -> Pool:
    """The first ``count`` rows as training data of weight 1."""
    size = len(rows)
    one, zero = (jnp.arange(size) < count).astype(float), jnp.zeros(size, jnp.int32)
    return Pool(rows, one, one, one, zero, zero, {})


def bigram() -> Bigram:
    return hutter_bigram(CONTEXTS, EXPONENT, None, 1.0)


def tables(key: jax.Array, seeds: int) -> dict:
    """Bigram tables, each fitted to 100 pairs that the one before said, the first to the truth's;
    it says what it never met at random. Curve (S, 6): conditional_variation by generation."""
    truth = bigram()
    blank = Bigram(jnp.full((CONTEXTS, CONTEXTS), 1 / CONTEXTS), truth.prompt)

    def one_seed(key):
        def turn(state, t):
            source, before = state
            pairs = source.sample(jax.random.fold_in(key, t), PAIRS)
            table = before.fit(key, whole_pool(pairs, PAIRS))
            view = View(None, table, None, truth, t, PAIRS)
            return (table, table), ConditionalVariation().measure(key, view)

        return jax.lax.scan(turn, (truth, blank), jnp.arange(TABLES))[1]

    found = jax.jit(jax.vmap(one_seed))(seed_keys(key, range(seeds)))
    return {"curves": {k: np.pad(np.asarray(x), ((0, 0), (1, 0))) for k, x in found.items()}}


def memories(key: jax.Array, seeds: int) -> dict:
    """Curves of missing mass: real (S, 3) after 100, 300 and 1000 rows of the truth; cut (S,) and
    mixed (S,) after 1000 rows of the truth's likeliest 30 items, of them or the truth."""
    most = max(COUNTS)

    def missing(truth, rows, count):
        memory = truth.fit(key, whole_pool(rows, count))
        view = View(None, memory, None, truth, jnp.array(1), most)
        return MissingMass().measure(key, view)["missing_mass"]

    def one_seed(truth, key):
        real, said, chance = jax.random.split(key, 3)
        narrow = truth.reshaped(TopK(k=CUT))
        real, said = truth.sample(real, most), narrow.sample(said, most)
        mixed = jnp.where(jax.random.uniform(chance, (most,)) < SHARE, real, said)
        rows = jnp.stack([real, real, real, said, mixed])
        return jax.vmap(missing, (None, 0, 0))(truth, rows, jnp.array([*COUNTS, most, most]))

    def every(truth, keys):  # a truth that is a constant would be folded, for seconds
        return jax.lax.map(lambda key: one_seed(truth, key), keys, batch_size=20)

    found = jax.jit(every)(zipf(MANY, STEEP), seed_keys(key, range(seeds)))
    found = np.asarray(found)
    return {"curves": {"real": found[:, :3], "cut": found[:, 3], "mixed": found[:, 4]}}


def claims_of_arms() -> list[Claim]:
    exact = tails.generation_error_exact(P, ROWS, LAST)
    floor = tails.tail_mass(P, KEPT)
    table, context = np.asarray(bigram().p, float), np.asarray(bigram().prompt, float)
    blank = np.full_like(table, 1 / CONTEXTS)
    rows_apart = tails.bigram_variation(table, context, PAIRS, blank)

    def grown(record):
        curve = record["curves"]["conditional_variation"]
        return curve[:, (2, 3, TABLES)] - curve[:, 1:2]

    return [
        Claim(
            "Memory of 100 rows of a power law: mean test error",
            "law",
            DOHMATOB + ", section 2",
            "memory",
            "missing_mass",
            lambda t: tails.memory_error(P, P, np.full(len(t), ROWS)),
            at=(1,),
        ),
        Claim(
            "First memory: mean total variation from the truth",
            "law",
            "mean deviation of a binomial, de Moivre (1730); collapse.laws.tails",
            "memory",
            "total_variation",
            tails.row_variation(P, ROWS),
            at=(1,),
        ),
        Claim(
            "Memories of memories: mean test error by generation",
            "law",
            "binomial chain of the counts; " + DOHMATOB,
            "memory",
            "missing_mass",
            lambda t: exact[t],
            at=(1, 2, 5, LAST),
        ),
        Claim(
            "Memories of memories: mean test error, bounded from above",
            "bound",
            "Suresh et al. (2024), survival rates",
            "memory",
            "missing_mass",
            lambda t: tails.generation_error(t, P, ROWS),
            at=(1, 2, 5, LAST),
            side="at most",
        ),
        Claim(
            "Memories of memories: mean test error from survival rates",
            "approximation",
            "Suresh et al. (2024), two-sided bounds: sum p min(1, 3 T p^2 + 3 t p) exp(-T p g_t)",
            "memory",
            "missing_mass",
            lambda t: tails.generation_error(t, P, ROWS),
            at=(2, 5),
            error=tails.generation_error_gap(np.array([2, 5]), P, ROWS),
        ),
        Claim(
            "Top-k of endless rows: test error is the tail beyond the cut, for good",
            "identity",
            DOHMATOB + ", floor of Theorem 2.1",
            "exact-top-k",
            "missing_mass",
            floor,
            at=(2, 3, LAST),
            error=1e-5,
        ),
        Claim(
            "Top-k of endless rows: total variation is the tail beyond the cut",
            "identity",
            "the cut is renormalised; collapse.laws.tails",
            "exact-top-k",
            "total_variation",
            floor,
            at=(2, 3, LAST),
            error=1e-5,
        ),
        Claim(
            "First bigram table: mean total variation of its rows",
            "law",
            DOHMATOB + ", section 4; exact: collapse.laws.tails",
            "tables",
            "conditional_variation",
            context @ rows_apart,
            at=(1,),
        ),
        Claim(
            "Bigram tables, replace: total variation grows on average",
            "bound",
            "Jensen's inequality, as every row of the table is a martingale",
            "tables",
            grown,
            0.0,
            at=(2, 3, TABLES),
            side="at least",
        ),
    ]


def claims_of_memories() -> list[Claim]:
    counts, most = np.array(COUNTS), max(COUNTS)
    cut = tails.cut_tail(LONG, CUT)
    return [
        Claim(
            "Memory of a power law, exponent 2: mean test error after 100, 300, 1000 rows",
            "law",
            DOHMATOB + ", section 2",
            "memories",
            "real",
            tails.memory_error(LONG, LONG, counts),
            at=(0, 1, 2),
        ),
        Claim(
            "Memory of a power law, exponent 2: the error falls as (rows)^-1/2",
            "approximation",
            DOHMATOB + ", Theorem 2.1, with its constant; within 3 / (e T) and what lies beyond "
            "4000 items",
            "memories",
            "real",
            tails.scaling_error(counts, STEEP),
            at=(0, 1, 2),
            error=3 / (np.e * counts) + BEYOND,
        ),
        Claim(
            "Memory of a generator cut to 30 items: mean test error after 1000 rows",
            "law",
            DOHMATOB + ", section 2",
            "memories",
            "cut",
            tails.memory_error(LONG, cut, np.array([most])),
            at=(most,),
        ),
        Claim(
            "Memory of a generator cut to 30 items: no better than the tail beyond them",
            "bound",
            DOHMATOB + ", Theorem 2.1",
            "memories",
            "cut",
            tails.tail_mass(LONG, CUT),
            at=(most,),
            side="at least",
        ),
        Claim(
            "Memory of rows cut or, 3 in 10, real: mean test error after 1000 rows",
            "law",
            DOHMATOB + ", section 5",
            "memories",
            "mixed",
            tails.memory_error(LONG, tails.mixed(LONG, cut, SHARE), np.array([most])),
            at=(most,),
        ),
    ]


def scenario() -> Scenario:
    return Scenario(
        name="tail-laws",
        title="Memories of heavy tails: the error is the probability of what was never seen",
        source="Dohmatob et al. (2024), A Tale of Tails: Model Collapse as a Change of Scaling "
        "Laws",
        arms=arms(),
        headline=("missing_mass", "total_variation", "model_entropy", "model_support"),
        seeds=2000,
        thorough=20_000,
        claims=(*claims_of_arms(), *claims_of_memories()),
        evidence={"memories": memories, "tables": tables},
    )
