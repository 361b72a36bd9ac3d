"""Populations: who sees what, who says what, and a truth of several sources."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy.special import logsumexp

from collapse import Categorical, Gaussian, Plain, UserError
from collapse.models.population import Population, Sources
from collapse.numerics.pytree import replace
from collapse.types import REAL, Pool

LIMIT = 4.5
fit = eqx.filter_jit(lambda model, data: model.fit(jax.random.key(0), data))


@eqx.filter_jit
def draw(model, key, n, group):
    return model.draw(key, n, group, Plain(), jnp.array(float(n)))


def pool(rows, source, weight=None):
    one = jnp.ones(len(rows))
    weight = one if weight is None else jnp.asarray(weight, float)
    source = jnp.asarray(source, jnp.int32)
    return Pool(jnp.asarray(rows, float), one, weight, one, source, source * 0, {})


def gaussians(*means):
    return Population.of([Gaussian(float(m), 0.01, log_scale=jnp.array(0.0)) for m in means])


ROWS = np.array([[1.0], [2.0], [10.0], [20.0], [100.0], [200.0], [1000.0], [2000.0]])
SOURCE = np.array([REAL, REAL, REAL - 1, REAL - 1, REAL - 2, REAL - 2, 0, 1])


@pytest.mark.parametrize("reads", ["all", "own"])
def test_members_fit_what_they_may_see(reads):
    """Public rows, their own private ones, and what all or they themselves said."""
    data = pool(ROWS, SOURCE, [1, 1, 1, 0, 0.5, 0.5, 1, 1])
    fitted = fit(Population(gaussians(0, 0).members, reads=reads), data)
    zero, one = (float(m.mean[0]) for m in fitted.members)
    said = {"all": ([1000, 2000], [1000, 2000]), "own": ([1000], [2000])}[reads]
    assert zero == pytest.approx(np.mean([1, 2, 10, *said[0]]), rel=1e-5)
    expected = np.average([1, 2, 100, 200, *said[1]], weights=[1, 1, 0.5, 0.5] + [1] * len(said[1]))
    assert one == pytest.approx(expected, rel=1e-5)


def test_members_fit_equal_parts_of_what_all_said():
    """Rows in turn from two members: each fits every second pair, with one row of either."""
    rows = np.arange(8.0)[:, None] ** 2
    data = pool(rows, np.arange(8) % 2)
    fitted = fit(Population(gaussians(0, 0).members, reads="part"), data)
    means = [float(m.mean[0]) for m in fitted.members]
    assert means == pytest.approx([(0 + 1 + 16 + 25) / 4, (4 + 9 + 36 + 49) / 4])


def test_members_that_keep_rows_keep_their_own():
    """A row-keeping member takes its first slots at their word: they must be rows it may see."""
    rows, source = jnp.array([0, 1, 0, 1, 0, 2]), jnp.array([0, 1, 0, 1, 0, 1], jnp.int32)
    data = replace(pool(rows, source), rows=rows)
    member = Categorical(np.full(3, 1 / 3), keeps_rows=True)
    fitted = fit(Population.of([member, member], "own"), data)
    np.testing.assert_allclose(fitted.members[0].p, [1, 0, 0])
    np.testing.assert_allclose(fitted.members[1].p, [0, 2 / 3, 1 / 3], rtol=1e-6)


def test_a_member_that_sees_nothing_stays_as_it_is():
    data = pool(ROWS, [REAL - 1] * 8)
    population = gaussians(7, 8)
    fitted = fit(population, data)
    assert float(fitted.members[1].mean[0]) == 8
    assert float(fitted.members[0].mean[0]) == pytest.approx(ROWS.mean(), rel=1e-5)
    assert bool(population.defined(data))
    assert not bool(population.defined(pool(ROWS, [REAL - 3] * 8)))


@pytest.mark.parametrize("group", [1, 3])
def test_members_say_equal_parts_in_turn(group):
    """Any first part of the rows holds all members alike, whole groups at a time."""
    batch = draw(gaussians(0, 100), jax.random.key(1), 12, group)
    source = np.asarray(batch.source)
    np.testing.assert_array_equal(source, np.arange(12) // group % 2)
    np.testing.assert_allclose(batch.rows[:, 0], 100 * source, atol=1)
    assert len(np.unique(np.asarray(batch.rows))) == 12


def test_rows_that_do_not_share_out_are_a_mistake():
    with pytest.raises(UserError, match="evenly"):
        draw(gaussians(0, 1), jax.random.key(2), 7, 1)
    with pytest.raises(UserError, match="groups of 3"):
        draw(gaussians(0, 1), jax.random.key(2), 8, 3)
    sources = Sources(Gaussian(0.0, 1.0), (Gaussian(1.0, 1.0),))
    with pytest.raises(UserError, match="evenly"):
        sources.real(jax.random.key(3), 7)


@pytest.mark.slow
def test_a_population_is_the_equal_mixture():
    """Its density, its rows, and its outcomes by number."""
    population = gaussians(0, 1, 2)
    rows = jnp.linspace(-1, 3, 9)[:, None]
    each = np.stack([m.log_prob(rows) for m in population.members])
    expected = logsumexp(each, axis=0) - np.log(3)
    np.testing.assert_allclose(population.log_prob(rows), expected, rtol=1e-5)
    drawn = np.asarray(population.sample(jax.random.key(4), 10))
    np.testing.assert_allclose(drawn[:, 0], np.arange(10) % 3, atol=0.6)
    outcomes = Population.of([Categorical([0.5, 0.5]), Categorical([1.0, 0.0])])
    numbers, bound = outcomes.identify(jnp.array([0, 1, 1]))
    assert bound == 2
    np.testing.assert_array_equal(numbers, [0, 1, 1])


def test_sources_number_their_rows():
    truth = Sources(Gaussian(0.0, 1e-4), (Gaussian(100.0, 1e-4), Gaussian(200.0, 1e-4)))
    batch = truth.real(jax.random.key(5), 9)
    np.testing.assert_array_equal(batch.source, np.tile([REAL, REAL - 1, REAL - 2], 3))
    np.testing.assert_allclose(batch.rows[:, 0], np.tile([0, 100, 200], 3), atol=1)
    assert np.asarray(batch.mass).tolist() == [1] * 9
    alone = Sources(None, truth.privates).real(jax.random.key(5), 4)
    np.testing.assert_array_equal(alone.source, [REAL - 1, REAL - 2] * 2)
    each = np.stack([s.log_prob(batch.rows) for s in truth.everything])
    expected = logsumexp(each, axis=0) - np.log(3)
    np.testing.assert_allclose(truth.log_prob(batch.rows), expected, rtol=1e-4)
    with pytest.raises(UserError, match="truth"):
        truth.fit(None, None)


def test_mistakes_are_told():
    assert gaussians(0, 1).validate() == []
    assert len(Population(()).validate()) == 1
    mixed = Population((Gaussian(), Categorical([0.5, 0.5])), reads="some")
    assert len(mixed.validate()) == 2
    assert len(Sources(None).validate()) == 1
