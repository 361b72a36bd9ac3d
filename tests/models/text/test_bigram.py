"""The bigram table against numpy: fits, draws, and what it says of contexts it never met."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy import stats

from collapse import Arm, KeepAll, MaximumLikelihood, Plain, Replace, Tempered, TopK
from collapse.laws.tails import bigram_variation, power_law
from collapse.loop.simulate import run_arm
from collapse.measures.tails import ConditionalVariation, MissingMass
from collapse.models.distributions.categorical import geometric, uniform, zipf_mandelbrot
from collapse.models.text.bigram import Bigram, hutter_bigram
from collapse.samplers.base import Support
from collapse.types import Pool

LIMIT = 4.5
V = 6


@pytest.fixture(scope="module")
def truth():
    """Six contexts, ~ i^-1, each with its own order of a power law of exponent 1.5."""
    return hutter_bigram(V, 1.5, jax.random.key(0), 1.0)


def blank(truth):
    return Bigram(np.full((V, V), 1 / V), truth.prompt)


def pool(rows, weight):
    one, zero = jnp.ones(len(rows)), jnp.zeros(len(rows), jnp.int32)
    return Pool(jnp.asarray(rows), one, jnp.asarray(weight, float), one, zero, zero, {})


def test_fit_is_the_conditional_frequency(truth):
    """Weighted; a context without weight keeps the row it had."""
    rng = np.random.default_rng(0)
    rows, weight = rng.integers(0, V - 1, (80, 2)), rng.uniform(0, 1, 80)
    weight[rows[:, 0] == 2] = 0
    counts = np.zeros((V, V))
    np.add.at(counts, (rows[:, 0], rows[:, 1]), weight)
    fitted = truth.fit(jax.random.key(0), pool(rows, weight))
    seen = counts.sum(1) > 0
    assert seen.tolist() == [True, True, False, True, True, False]
    expected = counts[seen] / counts[seen].sum(1, keepdims=True)
    np.testing.assert_allclose(fitted.p[seen], expected, rtol=1e-5)
    np.testing.assert_array_equal(fitted.p[~seen], truth.p[~seen])
    np.testing.assert_array_equal(fitted.prompt, truth.prompt)
    assert not truth.validate()


@pytest.mark.slow
def test_draws_have_the_joint_law(truth):
    """Chi-square of all pairs, with an impossible pair; told from a table one context off."""
    p = np.array(truth.p)
    p[0, 0] = 0
    p[0] /= p[0].sum()
    model = Bigram(p, truth.prompt)
    rows = model.sample(jax.random.key(1), 200_000)
    numbers, bound = model.identify(rows)
    counts = np.bincount(np.asarray(numbers), minlength=bound)
    pairs, joint = model.support()
    np.testing.assert_allclose(joint.sum(), 1, rtol=1e-5)
    np.testing.assert_allclose(joint, np.exp(model.log_prob(pairs)), rtol=1e-4)
    alive = np.asarray(joint, float) > 0
    assert counts[~alive].sum() == 0
    expected = np.asarray(joint, float)[alive]
    total = len(rows)
    assert stats.chisquare(counts[alive], expected / expected.sum() * total).pvalue > 1e-5
    other = (np.asarray(truth.prompt, float)[:, None] * np.roll(p, 1, 0)).ravel()[alive] + 1e-6
    assert stats.chisquare(counts[alive], other / other.sum() * total).pvalue < 1e-9


@pytest.mark.slow
def test_draws_of_large_tables_are_never_impossible():
    rng = np.random.default_rng(0)
    p = rng.uniform(0, 1, (300, 300)) * (rng.random((300, 300)) < 0.05)
    p[:, 7] += 1e-6
    model = Bigram(p / p.sum(1, keepdims=True), np.full(300, 1 / 300))
    rows = np.asarray(model.sample(jax.random.key(0), 300_000))
    assert (p[rows[:, 0], rows[:, 1]] > 0).all()


@pytest.mark.slow
def test_samplers_reshape_every_row(truth):
    """Items drawn at a temperature, and the exact support behind a top-k."""
    p = np.asarray(truth.p, float)
    cold = p**2 / (p**2).sum(1, keepdims=True)
    np.testing.assert_allclose(truth.reshaped(Tempered(0.5)).p, cold, rtol=1e-5)
    rows = truth.sample(jax.random.key(2), 100_000, Tempered(0.5))
    counts = np.bincount(np.asarray(truth.identify(rows)[0]), minlength=V * V)
    expected = (np.asarray(truth.prompt, float)[:, None] * cold).ravel() * len(rows)
    assert stats.chisquare(counts, expected / expected.sum() * counts.sum()).pvalue > 1e-5
    batch = Support(TopK(k=2)).draw(jax.random.key(0), truth, 1, 1, jnp.array(1.0))
    assert (np.asarray(batch.mass) > 0).reshape(V, V).sum(1).tolist() == [2] * V


@pytest.mark.slow
def test_one_fit_has_the_laws_variation_and_missing_mass(truth):
    """20 pairs, a blank model: contexts never met are uniform. Told from 19 pairs a fit."""
    arm = Arm(
        truth=truth,
        model=blank(truth),
        judge=KeepAll(),
        regime=Replace(),
        learner=MaximumLikelihood(),
        sampler=Plain(),
        measures=(ConditionalVariation(), MissingMass()),
        n=20,
        generations=2,
    )
    curves = run_arm(jax.random.key(0), arm, 4_000)["curves"]
    found = np.asarray(curves["conditional_variation"], float)
    p, context = np.asarray(truth.p, float), np.asarray(truth.prompt, float)

    def z(pairs):
        law = context @ bigram_variation(p, context, pairs, np.full((V, V), 1 / V))
        return (found[:, 1].mean() - law) / (found[:, 1].std() / np.sqrt(len(found)))

    assert abs(z(20)) < LIMIT < min(abs(z(18)), abs(z(22)))
    assert (found[:, 2].mean() - found[:, 1].mean()) > 0.02
    lost = np.asarray(curves["missing_mass"], float)
    joint = context[:, None] * p
    unmet = (1 - context[:, None]) ** 20
    law = (joint * ((1 - joint) ** 20 - unmet)).sum()  # met contexts only: the rest say anything
    assert abs(lost[:, 1].mean() - law) < LIMIT * lost[:, 1].std() / np.sqrt(len(lost))
    assert (lost[:, 0] == 0).all()


def test_builders_are_their_formulas(truth):
    """Each row a permutation of the power law; Zipf-Mandelbrot, uniform, geometric."""
    law = power_law(V, 1.5)
    np.testing.assert_allclose(np.sort(truth.p, 1)[:, ::-1], np.tile(law, (V, 1)), rtol=1e-5)
    assert len({tuple(np.argsort(row)) for row in np.asarray(truth.p)}) > 1
    np.testing.assert_allclose(truth.prompt, power_law(V, 1.0), rtol=1e-5)
    plain = hutter_bigram(4, 2.0)
    np.testing.assert_allclose(plain.p, np.tile(power_law(4, 2.0), (4, 1)), rtol=1e-5)
    np.testing.assert_allclose(plain.prompt, 0.25)
    np.testing.assert_allclose(zipf_mandelbrot(9, 2, 5).p, power_law(9, 2, 5), rtol=1e-5)
    np.testing.assert_allclose(uniform(5).p, 0.2)
    np.testing.assert_allclose(geometric(3, 0.5).p, np.array([4, 2, 1]) / 7, rtol=1e-6)


def test_mistakes_are_sentences():
    good = np.full((2, 2), 0.5)
    for p, context in ((good, [1.0]), (good * 2, [0.5, 0.5]), (good, [0.5, 0.6])):
        assert len(Bigram(p, context).validate()) == 1
