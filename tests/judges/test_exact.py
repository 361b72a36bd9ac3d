"""What judges keep of each outcome, exactly: against enumeration of all groups, and samples."""

import itertools

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from collapse.judges.choice import BestOf, Choice
from collapse.judges.pluralist import Pluralist
from collapse.judges.policies import KeepAll, Switch, TopFraction
from collapse.judges.probabilistic import BernoulliKeep, Tilt, verifier
from collapse.laws.choice import best_of, log_choice_factor
from collapse.models.distributions.categorical import Categorical
from collapse.rewards.base import TableReward
from collapse.types import Batch, View

LIMIT = 4.5
P = np.array([0.1, 0.3, 0.2, 0.25, 0.15])
REWARD = np.array([2.0, 1.0, 1.0, 3.0, 0.0])  # two outcomes tie
OTHER = np.array([0.0, 2.5, -1.0, 1.0, 1.0])


def view_of(rows, mass=None, group=1, t=1):
    m, kind = len(rows), "items" if mass is None else "support"
    mass = np.ones(m) if mass is None else mass
    batch = Batch(jnp.asarray(rows), jnp.asarray(mass, float), jnp.zeros(m, jnp.int32), kind)
    return View(batch, Categorical(P), None, None, jnp.asarray(t), m, group)


def arrayed(judge):
    return jax.tree.map(lambda x: jnp.asarray(x) if isinstance(x, float) else x, judge)


@eqx.filter_jit
def verdict_of(judge, key, view):
    return judge.judge(key, view)[0]


def exact(judge, p=P, t=1):
    """(K,) the share of each outcome that the judge keeps."""
    view = view_of(np.arange(len(p)), p, int(judge.group), t)
    return np.asarray(verdict_of(arrayed(judge), jax.random.key(0), view).weight, float)


def enumerated(k, chances, p=P):
    """(K,) the share kept of each outcome when ``chances(group)`` chooses one of every k drawn."""
    kept = np.zeros(len(p))
    for group in itertools.product(range(len(p)), repeat=k):
        np.add.at(kept, list(group), p[list(group)].prod() * chances(np.array(group)))
    return kept / (k * p)


def softmax(strength, reward=REWARD):
    def chances(group):
        odds = np.exp(strength * (reward[group] - reward[group].max()))
        return odds / odds.sum()

    return chances


def first_best(group):
    return np.arange(len(group)) == np.argmax(REWARD[group])


# Choice


@pytest.mark.parametrize("strength", [0.1, 1.0, 30.0])
@pytest.mark.parametrize("k", [1, 2, 3, 4])
def test_choice_by_enumeration(k, strength):
    found = exact(Choice(TableReward(REWARD), k=k, strength=strength))
    np.testing.assert_allclose(found, enumerated(k, softmax(strength)), rtol=1e-5)
    if k > 1 and strength < 30:
        assert not np.allclose(found, enumerated(k, softmax(1.01 * strength)), rtol=1e-5)


@pytest.mark.parametrize(("k", "strength"), [(64, 30.0), (64, 0.5), (1000, 3.0), (7, 300.0)])
def test_choice_of_many_by_the_law(k, strength):
    """Large groups and strengths, where nothing but logarithms survives, to 1e-5."""
    law = np.exp(log_choice_factor(P, REWARD, k, strength)) / k
    np.testing.assert_allclose(
        exact(Choice(TableReward(REWARD), k=k, strength=strength)), law, 1e-5, 1e-36
    )


def test_choice_among_many_outcomes_of_very_unequal_mass():
    """1,000 outcomes down to a mass of 1e-12, the rarest the best: each share to 1e-5."""
    rng = np.random.default_rng(0)
    p = np.logspace(0, -12, 1000)
    p /= p.sum()
    reward = np.sort(rng.normal(size=1000)).astype(np.float32)
    for k, strength in ((2, 1.0), (64, 4.0)):
        law = np.exp(log_choice_factor(p, reward, k, strength)) / k
        np.testing.assert_allclose(
            exact(Choice(TableReward(reward), k=k, strength=strength), p), law, 1e-5
        )


def test_choice_with_lost_and_hopeless_outcomes():
    """Outcomes of no mass have a finite share, whatever their reward; one of reward -inf has 0."""
    p = np.array([0.5, 0.0, 0.5, 0.0])
    for low in (-np.inf, -1e30):
        found = exact(Choice(TableReward(np.array([0.0, low, 1.0, 9.0])), k=3, strength=1.0), p)
        whole = exact(Choice(TableReward(np.array([0.0, 1.0])), k=3, strength=1.0), p[[0, 2]])
        np.testing.assert_allclose(found[[0, 2]], whole, rtol=1e-6)
        assert np.isfinite(found).all()
    hopeless = exact(
        Choice(TableReward(np.array([0.0, -np.inf])), k=2, strength=1.0), np.array([0.6, 0.4])
    )
    np.testing.assert_allclose(hopeless, [(1 - 0.4**2) / 1.2, 0.2], rtol=1e-5)


# The others


@pytest.mark.parametrize("k", [1, 2, 3, 4])
def test_best_of_by_enumeration(k):
    """Of equal rewards the first in the group, which favours no outcome."""
    found = exact(BestOf(TableReward(REWARD), k=k))
    np.testing.assert_allclose(found, enumerated(k, first_best), rtol=1e-5)


def test_best_of_keeps_the_digits_of_rare_outcomes():
    """An outcome of mass 1e-9 that is the best, the median or the worst."""
    p = np.array([0.4, 0.6 - 3e-9, 1e-9, 1e-9, 1e-9])
    reward = np.array([1.0, 3.0, 0.0, 2.0, 4.0])
    for k in (2, 64):
        law = best_of(p.astype(np.longdouble), reward, k) / p / k
        found = exact(BestOf(TableReward(reward), k=k), p)
        np.testing.assert_allclose(found[[0, 1, 3, 4]], law[[0, 1, 3, 4]], rtol=2e-5)


def test_top_fraction_keeps_rare_outcomes_whole():
    """Mass 1e-9 between two common outcomes, all above the cut or all below it."""
    p, reward = np.array([0.4, 1e-9, 0.6]), np.array([3.0, 2.0, 1.0])
    found = exact(TopFraction(TableReward(reward), fraction=0.5), p)
    np.testing.assert_allclose(found, [1, 1, 0.1 / 0.6], rtol=1e-5)
    assert exact(TopFraction(TableReward(reward), fraction=0.3), p)[1] == 0


def test_verifier_keeps_by_outcome():
    judge = verifier([True, False, True, True, False], 0.8, 0.3)
    np.testing.assert_allclose(exact(judge), [0.8, 0.3, 0.8, 0.8, 0.3], rtol=1e-6)
    assert judge.validate() == []
    assert len(BernoulliKeep(np.array([0.5, 1.2])).validate()) == 1
    assert len(BernoulliKeep(np.array([0.5, 1.0]), expected=0.0).validate()) == 1


def test_tilt_is_exponential():
    """Shares proportional to exp(strength reward), the best drawn outcome whole."""
    found = exact(Tilt(TableReward(REWARD), strength=0.7))
    np.testing.assert_allclose(found, np.exp(0.7 * (REWARD - 3)), rtol=1e-5)
    lost = exact(Tilt(TableReward(REWARD), strength=0.7), np.array([0.1, 0.3, 0.3, 0.0, 0.3]))
    np.testing.assert_allclose(lost, [1, *np.exp([-0.7, -0.7]), 1, np.exp(-1.4)], rtol=1e-5)


def test_pluralist_is_the_mixture():
    """Judges drawn by chance: the mean of their enumerations."""
    judges = (
        Choice(TableReward(REWARD), k=3, strength=1.5),
        Choice(TableReward(OTHER), k=3, strength=1.5),
    )
    one, two = (enumerated(3, softmax(1.5, reward)) for reward in (REWARD, OTHER))
    np.testing.assert_allclose(
        exact(Pluralist(judges, chances=(0.3, 0.7))), 0.3 * one + 0.7 * two, rtol=1e-5
    )
    np.testing.assert_allclose(exact(Pluralist(judges)), (one + two) / 2, rtol=1e-5)
    assert Pluralist(judges).share == pytest.approx(1 / 3)
    assert Pluralist(judges).validate() == []
    assert len(Pluralist(judges, chances=(0.3, 0.3)).validate()) == 1
    assert len(Pluralist(judges[:1]).validate()) == 1
    assert len(Pluralist((judges[0], BestOf(TableReward(REWARD), k=2))).validate()) == 1


def test_switch_is_exact_as_its_judges_are():
    judges = KeepAll(), Choice(TableReward(REWARD), k=3, strength=1.5)
    switch = Switch(judges, starts=(1, 4))
    for t, judge in ((3, judges[0]), (4, judges[1])):
        np.testing.assert_array_equal(exact(switch, t=t), exact(judge))


# Samples tend to the exact form


SAMPLED = {
    "choice of 8": Choice(TableReward(REWARD), k=8, strength=2.0),
    "verifier": verifier([True, False, True, True, False], 0.8, 0.3, hard=True),
    "tilt": Tilt(TableReward(REWARD), strength=0.7),
    "pluralist": Pluralist(
        (
            Choice(TableReward(REWARD), k=4, strength=1.0),
            Choice(TableReward(OTHER), k=4, strength=1.0),
        ),
        chances=(0.3, 0.7),
    ),
}


@pytest.mark.parametrize("judge", SAMPLED.values(), ids=SAMPLED)
def test_samples_tend_to_the_exact_form(judge):
    """Mass kept of each outcome over 200 sampled batches of 1,200, in standard errors."""
    m, replicates = 1200, 200
    edges = jnp.cumsum(jnp.asarray(P))

    def one(key):
        draw, judging = jax.random.split(key)
        rows = jnp.searchsorted(edges, jax.random.uniform(draw, (m,)) * edges[-1])
        verdict = judge.judge(judging, view_of(rows, group=int(judge.group)))[0]
        return jnp.zeros(5).at[rows].add(verdict.weight) / m

    keys = jax.random.split(jax.random.key(0), replicates)
    kept = np.asarray(jax.jit(lambda keys: jax.lax.map(one, keys))(keys), float)
    se = kept.std(0, ddof=1) / np.sqrt(replicates)
    law = exact(judge)
    assert (np.abs(kept.mean(0) - P * law) <= LIMIT * se + 1e-6).all()
    assert (np.abs(kept.mean(0) - P * (law + 0.05)) > LIMIT * se).any()


def test_hard_verdicts_are_coins():
    """0 or 1, where a soft one is the chance itself."""
    rows = np.resize(np.arange(5), 1000)
    hard, soft = (verifier(REWARD > 1, 0.8, 0.3, hard=hard) for hard in (True, False))
    coins = np.asarray(verdict_of(hard, jax.random.key(1), view_of(rows)).weight)
    assert set(coins.tolist()) == {0, 1}
    chances = np.asarray(verdict_of(soft, jax.random.key(1), view_of(rows)).weight)
    np.testing.assert_allclose(chances, np.where(REWARD[rows] > 1, 0.8, 0.3), rtol=1e-6)
