"""Fine-tuning: what continuing loses and restarting keeps, in closed form; base rows of n-grams."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from collapse import (
    Arm,
    Categorical,
    KeepAll,
    ModelDiversity,
    NGram,
    Plain,
    PriorWeighted,
    Replace,
    Schedule,
    UserError,
    prepare,
)
from collapse.loop.simulate import run_arm
from collapse.types import Pool

P = np.array([0.4, 0.3, 0.2, 0.1])
N, PRIOR, LAST, SEEDS = 20, 30.0, 15, 4000
A = N / (N + PRIOR)


def heterozygosity(learner):
    """(SEEDS, LAST + 1) of the model, generation 0 the truth."""
    arm = Arm(
        truth=Categorical(P),
        model=Categorical(P),
        judge=KeepAll(),
        regime=Replace(),
        learner=learner,
        sampler=Plain(),
        measures=(ModelDiversity(),),
        n=N,
        generations=LAST,
    )
    return run_arm(jax.random.key(0), arm, SEEDS)["curves"]["model_gini"].astype(float)


@pytest.mark.slow
@pytest.mark.parametrize("start", ["previous", "base", "refit"])
def test_heterozygosity_follows_its_recursion(start):
    """Conditional on the base, H' = (1 - a^2 / n) H when continued, and a^2 (1 - 1 / n) H +
    (1 - a^2) H_1 when restarted; with no prior it is a refit. Each is told from the others."""
    found = heterozygosity(
        PriorWeighted(0.0) if start == "refit" else PriorWeighted(PRIOR, start=start)
    )
    first = (1 - (P**2).sum()) * (1 - 1 / N)
    laws = {"previous": [first], "base": [first], "refit": [first]}
    for _ in range(LAST - 1):
        laws["previous"].append(laws["previous"][-1] * (1 - A**2 / N))
        laws["base"].append(A**2 * (1 - 1 / N) * laws["base"][-1] + (1 - A**2) * first)
        laws["refit"].append(laws["refit"][-1] * (1 - 1 / N))
    error = found[:, 1:].std(0, ddof=1) / np.sqrt(SEEDS)
    assert (np.abs(found.mean(0)[1:] - laws.pop(start)) < 4.5 * error).all()
    for other in laws.values():
        assert (np.abs(found.mean(0)[1:] - other) > 4.5 * error).any()


def test_restarting_settles_where_it_should():
    """(1 - a^2) H_1 / (1 - a^2 (1 - 1 / n))."""
    found = heterozygosity(PriorWeighted(PRIOR, start="base"))
    ratio = found[:, -1].mean() / found[:, 1].mean()
    law = (1 - A**2) / (1 - A**2 * (1 - 1 / N))
    assert ratio == pytest.approx(law, abs=0.003)
    assert law < 0.995


def test_an_ngram_keeps_the_rows_of_its_base():
    """Counts are those of the new rows and of the base's, weighed to ``prior`` rows."""
    base = jnp.array([[1, 2, 0], [2, 1, 0]])
    new = jnp.array([[1, 1, 0], [1, 1, 0]])

    def pool(rows):
        one, zero = jnp.ones(2), jnp.zeros(2, jnp.int32)
        return Pool(rows, one, one, one, zero, zero, {})

    key = jax.random.key(0)
    model, _, learner = PriorWeighted(6.0).begin(key, NGram(3, smoothing=0.0), pool(base))
    fitted, _ = learner.learn(key, model, pool(new), None)
    # First tokens: 2 in half of the base's six rows, so 3 of 8.
    # Then 1 after 2 in one base row of two, and the end after 1 in 2 + 3 of 4 + 6.
    p = float(jnp.exp(fitted.log_prob(jnp.array([[2, 1, 0]])))[0])
    assert p == pytest.approx(3 / 8 * 1 / 2 * 5 / 10, rel=1e-5)
    with pytest.raises(UserError, match="grows with every fit"):
        PriorWeighted(6.0, start="previous").begin(key, NGram(3), pool(base))


def test_mistakes_are_sentences():
    arm = Arm(
        truth=Categorical(P),
        model=Categorical(P),
        judge=KeepAll(),
        regime=Replace(),
        learner=PriorWeighted(-1.0, start="x"),
        sampler=Plain(),
    )
    with pytest.raises(UserError, match="start must be base or previous"):
        prepare(arm)


@pytest.mark.slow
def test_a_prior_that_grows_makes_the_mean_of_a_life():
    """prior n (t - 1): heterozygosity falls by 1 - 1 / (n t^2), which a fixed prior does not do;
    without real rows at the start the model as given is the first."""
    prior = Schedule(N * np.arange(LAST), np.arange(1, LAST + 1))
    factors = np.cumprod(np.r_[1, 1 - 1 / (N * np.arange(2.0, LAST + 1) ** 2)])
    start = {"truth": Categorical(P), "n": N, "generations": LAST, "measures": (ModelDiversity(),)}

    def found(prior):
        learner = PriorWeighted(prior, start="previous")
        arm = Arm(learner=learner, regime=Replace(real_start=False), **start)
        gini = run_arm(jax.random.key(0), arm, SEEDS)["curves"]["model_gini"].astype(float)
        return gini.mean(0)[1:], gini[:, 1:].std(0, ddof=1) / np.sqrt(SEEDS)

    law = (1 - (P**2).sum()) * factors
    mean, error = found(prior)
    assert (np.abs(mean - law) < 4.5 * error + 1e-5).all()
    mean, error = found(PRIOR)
    assert (np.abs(mean - law) > 4.5 * error + 1e-5).any()
    with pytest.raises(UserError, match="prior must be at least 0"):
        prepare(Arm(learner=PriorWeighted(Schedule([1.0, -1.0], [1, 2])), **start))
