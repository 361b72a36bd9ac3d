"""Coins and counts against scipy, by items and by summaries, and their chains against laws."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy import stats

from collapse import Arm, KeepAll, MaximumLikelihood, Plain, Replace
from collapse.laws.categorical import survival
from collapse.laws.survival import poisson_survival
from collapse.loop.simulate import run_arm
from collapse.measures.tails import Survival
from collapse.models.distributions.bernoulli import Average, Bernoulli
from collapse.models.distributions.poisson import Poisson
from collapse.numerics.prng import straight
from collapse.types import Pool

LIMIT = 4.5


def pool(rows, weight, mass=None):
    one = jnp.ones(len(weight))
    mass = one if mass is None else jnp.asarray(mass, float)
    zero = jnp.zeros(len(weight), jnp.int32)
    return Pool(rows, mass, jnp.asarray(weight, float), one, zero, zero, {})


# The models alone


@pytest.mark.parametrize("model", [Bernoulli, Poisson])
def test_fit_is_the_weighted_mean(model):
    """Of items, and of averages that stand for many; undefined without any weight."""
    rng = np.random.default_rng(0)
    rows, weight, mass = rng.integers(0, 2, 40), rng.uniform(0, 1, 40), rng.integers(1, 5, 40)
    expected = np.average(rows, weights=weight * mass)
    first = model(0.5)
    key = jax.random.key(0)
    fitted = first.fit(key, pool(jnp.asarray(rows), weight, mass))
    np.testing.assert_allclose(jax.tree.leaves(fitted), [expected], rtol=1e-6)
    averages = pool(Average(jnp.asarray(rows, float)), weight, mass)
    np.testing.assert_allclose(jax.tree.leaves(first.fit(key, averages)), [expected], rtol=1e-6)
    merged = averages.rows.merged(averages.count)
    assert merged.mean.shape == (1,)
    np.testing.assert_allclose(merged.mean, [expected], rtol=1e-6)
    assert not bool(first.defined(pool(jnp.asarray(rows), 0 * weight)))
    assert jax.tree.structure(fitted) == jax.tree.structure(first)


def test_log_prob_is_scipys_and_never_undefined():
    k = np.arange(6)
    for rate in (0.3, 4.0, 50.0):
        expected = stats.poisson(rate).logpmf(k)
        np.testing.assert_allclose(Poisson(rate).log_prob(jnp.asarray(k)), expected, rtol=1e-5)
    assert Poisson(0.0).log_prob(jnp.array([0, 1])).tolist() == [0, -np.inf]
    for p in (0.0, 0.3, 1.0):
        with np.errstate(divide="ignore"):
            expected = np.log([1 - p, p])
        np.testing.assert_allclose(Bernoulli(p).log_prob(jnp.array([0, 1])), expected, rtol=1e-6)
    rows, chance = Bernoulli(0.3).support()
    np.testing.assert_allclose(np.log(chance), Bernoulli(0.3).log_prob(rows), rtol=1e-6)


def agreement(sample, law, off):
    """Chi-square of whole numbers against a law, and against one that is slightly wrong."""
    low, high = int(law.ppf(1e-3)), int(law.ppf(1 - 1e-3))
    counts = np.bincount(np.clip(sample - low, 0, high - low).astype(int), minlength=high - low + 1)

    def value(law):
        p = law.pmf(np.arange(low, high + 1))
        p[0], p[-1] = law.cdf(low), law.sf(high - 1)
        return stats.chisquare(counts, p / p.sum() * len(sample)).pvalue

    return value(law), value(off)


@jax.jit
def sums(model, keys, count):
    """How many of ``count`` items, or how much, by a summary for each key."""
    draw = jax.vmap(lambda key: model.summary(model.noise(key, count), count))
    return jnp.round(draw(keys).mean[:, 0] * count)


@pytest.mark.slow
def test_summaries_are_binomial_and_poisson():
    """Sums of few and of many items, with the kind of key that the seeds of a run have."""
    keys = jax.random.split(straight(jax.random.key(1)), 20_000)
    for count in (20, 3000):
        sample = np.asarray(sums(Bernoulli(0.2), keys, jnp.array(float(count))))
        law, off = stats.binom(count, 0.2), stats.binom(count, 0.2 + 0.1 / count**0.5)
        right, wrong = agreement(sample, law, off)
        assert right > 1e-4 > 1e-8 > wrong
        sample = np.asarray(sums(Poisson(0.2), keys, jnp.array(float(count))))
        rate = 0.2 * count
        right, wrong = agreement(sample, stats.poisson(rate), stats.poisson(rate + rate**0.5 / 6))
        assert right > 1e-4 > 1e-8 > wrong


@pytest.mark.slow
def test_items_are_bernoulli_and_poisson():
    key = straight(jax.random.key(2))
    assert np.asarray(Bernoulli(0.3).sample(key, 100_000)).mean() == pytest.approx(0.3, abs=0.006)
    sample = np.asarray(Poisson(3.0).sample(key, 100_000))
    right, wrong = agreement(sample, stats.poisson(3.0), stats.poisson(3.06))
    assert right > 1e-4 > 1e-8 > wrong
    keys, many = jax.random.split(key, 20_000), jnp.array(50.0)
    for model in (Bernoulli(0.0), Poisson(0.0)):
        assert not np.asarray(model.sample(key, 100_000)).any()
        assert not np.asarray(sums(model, keys, many)).any()
        assert not bool(model.alive)
    assert (np.asarray(sums(Bernoulli(1.0), keys, many)) == 50).all()


def test_mistakes_are_sentences():
    for model in (Bernoulli(1.2), Bernoulli([0.1, 0.2]), Bernoulli(np.nan), Poisson(-1.0)):
        assert len(model.validate()) == 1
    assert Bernoulli(0.5).validate() == Poisson(3.0).validate() == []


# Chains


def chain(model, n, statistics, seeds=4_000, generations=12):
    arm = Arm(
        truth=model,
        model=model,
        judge=KeepAll(),
        regime=Replace(),
        learner=MaximumLikelihood(),
        sampler=Plain(),
        measures=(Survival(),),
        n=n,
        generations=generations,
        statistics=statistics,
    )
    return np.asarray(run_arm(jax.random.key(3), arm, seeds)["curves"]["survival"])


def z_of_share(found, law):
    return (found.mean(0) - law) / np.sqrt(law * (1 - law) / len(found))


@pytest.mark.slow
@pytest.mark.parametrize("statistics", [None, False])
def test_survival_is_the_law(statistics):
    """By summaries and by items; fails one generation off. Death is for good."""
    t = np.array([2, 4, 12])
    found = chain(Poisson(0.2), 10, statistics)
    assert np.abs(z_of_share(found[:, t], poisson_survival(t, 10, 0.2))).max() < LIMIT
    assert np.abs(z_of_share(found[:, t], poisson_survival(t - 1, 10, 0.2)))[:2].min() > LIMIT
    assert (found[:, 0] == 1).all()
    assert (np.diff(found, axis=1) <= 0).all()


@pytest.mark.slow
def test_survival_of_coins_is_the_exact_chain():
    t = np.array([2, 4, 12])
    found, law = chain(Bernoulli(0.1), 10, None), survival(np.array([0.1]), 10, 12)[:, 0]
    assert np.abs(z_of_share(found[:, t], law[t])).max() < LIMIT
    assert np.abs(z_of_share(found[:, t], law[t - 1]))[:2].min() > LIMIT


def test_equal_counts_have_equal_numbers():
    """So that judges and measures that count equal items take a Poisson."""
    rows = jnp.array([3, 0, 3, 7, 0, 1])
    numbers, bound = Poisson(2.0).identify(rows)
    same = np.asarray(numbers)[:, None] == np.asarray(numbers)
    np.testing.assert_array_equal(same, np.asarray(rows)[:, None] == np.asarray(rows))
    assert 0 <= numbers.min() <= numbers.max() < bound
