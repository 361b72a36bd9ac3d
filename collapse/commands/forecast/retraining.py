"""Retraining: a model is trained on measured answers, the next one on its answers, and so on."""

import jax
import jax.numpy as jnp
import numpy as np

from collapse.commands.forecast.exponent import Sharpness
from collapse.judges.policies import KeepAll
from collapse.learners.maximum_likelihood import MaximumLikelihood
from collapse.loop.arm import Arm
from collapse.loop.check_judge import try_judge
from collapse.loop.generation import advance
from collapse.loop.prepare import prepare
from collapse.loop.start import begin
from collapse.measures.entropy import ItemDiversity
from collapse.metrics.counts import hill, top_share
from collapse.models.distributions.categorical import Categorical
from collapse.numerics.pytree import replace, seed_keys
from collapse.regimes import FreshMix, Replace
from collapse.samplers.base import Tempered

SEEDS, GENERATIONS, MOST = 16, 10, 10_000
MEASURES = ("effective_number", "top_3_mass")


def retrained(sharp: Sharpness, share: float, judge) -> dict[str, np.ndarray]:
    """Curves (S, T + 1) by measure. Generation 0 are the measured answers (a random subset of
    ``MOST`` for each seed if there are more); each model is fitted to the data before it and
    sampled with the same sharpening. A ``judge`` sees the number of an answer, not its text."""
    n = min(sharp.n, MOST)
    truth = Categorical(sharp.p)
    arm = prepare(
        Arm(
            truth=truth,
            model=truth,
            judge=judge or KeepAll(),
            regime=FreshMix(share) if share else Replace(),
            learner=MaximumLikelihood(),
            sampler=Tempered(1 / sharp.gamma.value),
            measures=(ItemDiversity(),),
            n=n,
            generations=GENERATIONS,
            statistics=False,
            keep_reference=True,  # a judge may need it
        )
    )
    if judge is not None:
        try_judge(arm)
    rng, size = np.random.default_rng(0), len(sharp.p)
    answers = measured(rng, sharp.counts, n)
    real = rng.choice(size, (SEEDS, n), p=sharp.p)
    keys = seed_keys(jax.random.key(0), range(SEEDS))
    states, _ = begin(arm, keys)
    rows = np.where(np.arange(n) < round(share * n), real, answers)
    rows = jnp.asarray(rows, states.pool.rows.dtype)
    pool = replace(states.pool, rows=states.pool.rows.at[:, :n].set(rows))
    states = replace(states, pool=pool)
    _, record = advance(arm, states, keys, jnp.int32(1), jnp.int32(GENERATIONS))
    first = {
        "effective_number": [hill(np.bincount(row), 1) for row in answers],
        "top_3_mass": [top_share(np.bincount(row), 3) for row in answers],
    }
    later = {name: np.asarray(record["curves"][name])[:GENERATIONS].T for name in MEASURES}
    return {k: np.concatenate([np.c_[first[k]], later[k]], 1).astype(float) for k in MEASURES}


def measured(rng, counts: np.ndarray, n: int) -> np.ndarray:
    """(SEEDS, n) answers drawn from counts (K,) without replacement, in random order: real data
    replace the first of them."""
    drawn = rng.multivariate_hypergeometric(counts, n, SEEDS, method="marginals")
    rows = np.stack([np.repeat(np.arange(len(counts)), each) for each in drawn])
    return rng.permuted(rows, axis=1)
