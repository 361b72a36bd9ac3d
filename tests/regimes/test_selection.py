"""Selection between whole models: who replaces whom, row by row, and how far it gets by a law."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy.special import gammaln

import collapse as c
from collapse.loop.prepare import prepare
from collapse.loop.simulate import run_arm
from collapse.numerics.pytree import replace
from tests.regimes.test_dreams import LIMIT, absorb, islands, moments, pool


def test_the_least_fit_are_replaced_by_the_fittest_in_turn():
    def parents(share, *fitness):
        return c.PopulationSelection(share).parents(jnp.array(fitness)).tolist()

    assert parents(0.5, 3.0, 1.0, 2.0, 0.0) == [0, 0, 2, 2]
    assert parents(0.25, 3.0, 1.0, 2.0, 0.0) == [0, 1, 2, 0]
    assert parents(0.0, 3.0, 1.0, 2.0, 0.0) == [0, 1, 2, 3]
    assert parents(1.0, 0.0, 1.0, -jnp.inf) == [1, 1, 1]


@pytest.mark.slow
def test_a_replaced_member_trains_on_the_rows_of_the_fitter_one():
    """Of three members with four rows each, member 1 is best, 0 worst; of member 1 the rows 4 and
    7 were kept."""
    fresh = pool(np.arange(12), np.arange(12) % 3, np.isin(np.arange(12), [1, 10], invert=True))
    fresh = replace(fresh, reward=jnp.array([0.0, 2.0, 1.0] * 4), notes={"row": fresh.rows})
    new = absorb(c.PopulationSelection(1 / 3), fresh, islands(3))
    np.testing.assert_array_equal(new.source, [0, 1, 2] * 4)
    rows = np.asarray(new.rows).reshape(4, 3)  # a column for each member
    np.testing.assert_array_equal(rows[:, 0], [4, 7, 4, 7])
    np.testing.assert_array_equal(rows[:, 1], [4, 7, 4, 7])
    np.testing.assert_array_equal(rows[:, 2], [2, 5, 8, 11])
    np.testing.assert_array_equal(new.rows, new.notes["row"])
    assert (np.asarray(new.weight) == 1).all()
    none = absorb(c.PopulationSelection(), replace(fresh, weight=jnp.zeros(12)), islands(3))
    assert not np.asarray(none.weight).any()


def test_novelty_is_the_distance_to_the_others():
    """Two members say 0 and one says 1: log 3/2 and log 3 nats from the mixture."""
    truths = [c.Categorical([1.0, 0.0])] * 2 + [c.Categorical([0.0, 1.0])]
    model = c.Population.of(truths, reads="own")
    fresh = pool(np.tile([0, 0, 1], 2).astype(np.int32), np.arange(6) % 3)
    fresh = replace(fresh, reward=jnp.array([1.0, 1.0, 0.5] * 2))
    for novelty in (0.0, 2.0):
        expected = np.array([1, 1, 0.5]) + novelty * np.log([1.5, 1.5, 3])
        regime = c.PopulationSelection(1 / 3, novelty=novelty)
        fitness = regime.fitness(model, fresh)
        np.testing.assert_allclose(fitness, expected, rtol=1e-5)
        assert regime.parents(fitness).tolist() == ([0, 1, 0] if novelty == 0 else [0, 2, 2])
    same = c.PopulationSelection(novelty=2.0).fitness(islands(3), fresh)
    np.testing.assert_allclose(same, [1, 1, 0.5], rtol=1e-5)


def farthest(rows: int, each: int, last: int) -> float:
    """Mean at generation ``last`` if the best of four by the mean of ``each`` rows takes all.

    derived: each step adds the mean of the best of four standard normals, 1.0294, times s / sqrt(m)
    (the variance of normal rows does not depend on their mean); the factor of s in a fit to m rows
    is c4(m) on average, and its first value c4(rows).
    """
    c4 = lambda m: np.sqrt(2 / (m - 1)) * np.exp(gammaln(m / 2) - gammaln((m - 1) / 2))  # noqa: E731
    steps = c4(rows) * c4(each) ** np.arange(last - 1)
    return float(1.0293754 * steps.sum() / np.sqrt(each))


@pytest.mark.slow
def test_the_best_of_four_models_takes_all():
    normal, last = c.Gaussian(0.0, 1.0, ddof=1), 6
    arm = c.Arm(
        truth=normal,
        model=c.Population.of([normal] * 4, reads="own"),
        judge=c.ScoreOnly(c.FunctionReward(lambda x: x[:, 0])),
        regime=c.PopulationSelection(0.75),
        measures=(c.MemberMeans(),),
        n=24,
        generations=last,
    )
    record = run_arm(jax.random.key(0), arm, 4000)
    mean, error = moments(record, "average", range(2, last + 1))
    law = np.array([farthest(24, 6, t) for t in range(2, last + 1)])
    assert (np.abs(mean - law) < LIMIT * error).all()
    two = np.array([farthest(24, 12, t) for t in range(2, last + 1)])  # two members of twelve rows
    assert (np.abs(mean - two) > LIMIT * error).all()
    alike = [record["curves"][f"mean_{k}"] for k in range(4)]
    np.testing.assert_array_equal(alike[0], alike[3])


@pytest.mark.parametrize("model", [None, islands(1)])
def test_selection_needs_a_population_of_separate_lineages(model):
    arm = c.Arm(
        truth=c.Categorical([0.5, 0.5]),
        model=model,
        regime=c.PopulationSelection(1.5, novelty=-1.0),
        n=8,
        generations=2,
    )
    with pytest.raises(c.UserError) as told:
        prepare(arm)
    text = " ".join(told.value.sentences)
    assert "share must lie in [0, 1], not 1.5" in text
    assert "novelty must be at least 0, not -1" in text
    arm = replace(arm, regime=c.PopulationSelection())
    with pytest.raises(c.UserError, match="PopulationSelection needs a Population of at least two"):
        prepare(arm)
