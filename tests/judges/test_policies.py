"""What judges keep, against brute force; their exact forms against large samples; settling."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy import stats
from scipy.special import expit, softmax

from collapse import (
    BestOf,
    Categorical,
    Choice,
    FunctionReward,
    Gaussian,
    Judge,
    KeepAll,
    RandomFraction,
    Switch,
    Threshold,
    TopFraction,
    Verdict,
)
from collapse.judges.base import top_fraction
from collapse.loop.generation import settle
from collapse.rewards.base import Length
from collapse.types import Batch, View

LIMIT = 4.5
M = 60  # candidates in most tests


def itself(items):
    """Items that are their own reward."""
    return items


def first_number(items):
    return items[:, 0]


ITSELF = FunctionReward(itself)


def view_of(rows, n=12, group=1, t=1, mass=None, exact=False, candidates=None):
    m = len(rows)
    mass = jnp.ones(m) if mass is None else jnp.asarray(mass, float)
    kind = "support" if exact else "items"
    batch = Batch(jnp.asarray(rows), mass, jnp.arange(m, dtype=jnp.int32), kind)
    sizes = {"slots": n, "candidates": candidates or m, "taken": jnp.asarray(float(n))}
    return View(batch, None, None, None, jnp.asarray(t), n, group, **sizes)


@eqx.filter_jit
def verdict_of(judge, key, view):
    return judge.judge(key, view)[0]


def weight_of(judge, rows, key=0, **view):
    return np.asarray(verdict_of(judge, jax.random.key(key), view_of(rows, **view)).weight)


def arrayed(judge):
    """Its numbers as arrays, so that another number is not another program."""
    return jax.tree.map(lambda x: jnp.asarray(x) if isinstance(x, float) else x, judge)


@pytest.fixture(scope="module")
def rewards():
    """60 rewards with many ties."""
    return np.random.default_rng(0).integers(-3, 4, M).astype(np.float32) / 2


# What is kept


@pytest.mark.parametrize("fraction", [0.001, 0.1, 0.2, 0.37, 0.5, 1.0])
def test_top_fraction_keeps_the_best(rewards, fraction):
    """Exactly round(fraction m) and at least one: numpy's stable sort, ties by place."""
    weight = weight_of(arrayed(TopFraction(ITSELF, fraction=fraction)), rewards)
    best = np.argsort(-rewards, kind="stable")[: max(round(fraction * M), 1)]
    np.testing.assert_array_equal(np.flatnonzero(weight == 1), np.sort(best))
    assert set(weight.tolist()) <= {0, 1}
    other = np.argsort(-rewards[::-1], kind="stable")[: len(best)]
    if 1 < len(best) < M:
        assert set(M - 1 - other) != set(best)  # ties by place from the other end


def test_top_fraction_takes_both_zeros_as_equal():
    """-0.0 and 0.0 are the same reward: the first in place stays."""
    weight = weight_of(TopFraction(ITSELF, fraction=0.5), np.array([-0.0, 0.0], np.float32))
    assert weight.tolist() == [1, 0]


def test_top_fraction_keeps_a_nan_last():
    weight = weight_of(
        TopFraction(ITSELF, fraction=0.5), np.array([np.nan, 2, -1e30, 1], np.float32)
    )
    assert weight.tolist() == [0, 1, 0, 1]


def test_threshold_keeps_what_reaches_it(rewards):
    weight = weight_of(arrayed(Threshold(ITSELF, at=0.5)), rewards)
    np.testing.assert_array_equal(weight, rewards >= 0.5)
    assert weight.sum() > (rewards > 0.5).sum() > 0


def test_keep_all_keeps_all(rewards):
    verdict = verdict_of(KeepAll(), jax.random.key(0), view_of(rewards))
    assert (np.asarray(verdict.weight) == 1).all()
    assert (np.asarray(verdict.reward) == 0).all()


@pytest.mark.slow
def test_random_fraction_is_uniform(rewards):
    """Exactly round(fraction m) of the places, each as often as any other, whatever its reward."""
    judge, view, keys = RandomFraction(0.3), view_of(rewards), 4000
    many = jax.jit(lambda keys: jax.vmap(lambda key: judge.judge(key, view)[0].weight)(keys))(
        jax.random.split(jax.random.key(1), keys)
    )
    many = np.asarray(many)
    assert (many.sum(1) == 18).all()
    z = (many.mean(0) - 0.3) / np.sqrt(0.3 * 0.7 / keys)
    assert np.abs(z).max() < LIMIT
    together = many.T @ many / keys  # two places together: 18 * 17 / (60 * 59)
    pair = 18 * 17 / (60 * 59)
    off = together[~np.eye(M, dtype=bool)]
    assert np.abs(off - pair).max() / np.sqrt(pair * (1 - pair) / keys) < 5.5  # of 1,770 pairs
    assert abs(many.mean() - 0.25) / np.sqrt(0.3 * 0.7 / keys) > LIMIT


@pytest.mark.parametrize("k", [1, 2, 4, 5])
def test_best_of_keeps_one_of_every_group(rewards, k):
    """The highest of every k neighbours, of equal ones the first."""
    weight = weight_of(BestOf(ITSELF, k=k), rewards, group=k)
    expected = np.zeros(M)
    for start in range(0, M, k):
        group = rewards[start : start + k].tolist()
        expected[start + group.index(max(group))] = 1
    np.testing.assert_array_equal(weight, expected)


def chosen(k, strength, rewards, groups, key=0):
    """How often each member of ``groups`` equal groups was chosen."""
    rows = np.tile(np.asarray(rewards, np.float32), groups)
    weight = weight_of(Choice(ITSELF, k=k, strength=strength), rows, key=key, group=k).reshape(
        groups, k
    )
    assert (weight.sum(1) == 1).all()
    return weight.sum(0)


@pytest.mark.parametrize(
    ("strength", "difference"), [(1.0, 0.7), (2.0, 0.7), (0.5, -2.0), (1.0, 0.0)]
)
def test_choice_of_two_is_bradley_terry(strength, difference):
    """P(first) = sigmoid(strength * difference)."""
    groups = 20_000
    share = chosen(2, strength, [difference, 0.0], groups)[0] / groups
    p = expit(strength * difference)
    se = np.sqrt(p * (1 - p) / groups)
    assert abs(share - p) / se < LIMIT
    assert abs(share - expit(strength * difference + 0.3)) / se > LIMIT


def test_choice_of_four_is_a_softmax():
    """Plackett-Luce: probabilities proportional to exp(strength * reward)."""
    rewards, groups = np.array([0.0, 1.0, -1.0, 0.5]), 10_000
    counts = chosen(4, 1.5, rewards, groups)
    assert stats.chisquare(counts, groups * softmax(1.5 * rewards)).pvalue > 1e-5
    assert stats.chisquare(counts, groups * softmax(1.3 * rewards)).pvalue < 1e-9


class Taste(Judge):
    """A judge as a user writes one: only a score."""

    def score(self, key, view):
        return jnp.asarray(-view.items, float)


class Lenient(Judge):
    """The other way: only a policy."""

    share = 0.5

    def weigh(self, key, view, reward):
        return jnp.full(reward.shape, 0.5)


def test_a_judge_with_a_score_keeps_the_top_fifth(rewards):
    verdict = verdict_of(Taste(), jax.random.key(0), view_of(rewards))
    best = np.argsort(rewards, kind="stable")[:12]
    np.testing.assert_array_equal(np.flatnonzero(verdict.weight), np.sort(best))
    np.testing.assert_array_equal(verdict.reward, -rewards)
    assert Taste().share == 0.2


def test_a_judge_with_a_policy_has_reward_zero(rewards):
    verdict = verdict_of(Lenient(), jax.random.key(0), view_of(rewards))
    assert set(np.asarray(verdict.weight).tolist()) == {0.5}
    assert (np.asarray(verdict.reward) == 0).all()


def test_a_judge_of_nothing_keeps_the_first_fifth(rewards):
    """All rewards equal: ties by place."""
    np.testing.assert_array_equal(np.flatnonzero(weight_of(Judge(), rewards)), np.arange(12))


def test_switch_goes_by_generation(rewards):
    """judges[i] from starts[i] on, the first before: weights and rewards are the judge's own."""
    judges = (KeepAll(), TopFraction(ITSELF, fraction=0.5), Threshold(ITSELF, at=1.0, expected=0.5))
    switch = Switch(judges, starts=(1, 3, 6))
    for t, i in ((0, 0), (1, 0), (2, 0), (3, 1), (5, 1), (6, 2), (50, 2)):
        view = view_of(rewards, t=t)
        found = verdict_of(switch, jax.random.key(5), view)
        expected = verdict_of(judges[i], jax.random.key(5), view)
        np.testing.assert_array_equal(found.weight, expected.weight)
        np.testing.assert_array_equal(found.reward, expected.reward)


def test_switch_asks_for_what_its_judges_need():
    """The smallest share and the largest group; its mistakes in sentences."""
    switch = Switch((TopFraction(ITSELF, fraction=0.5), BestOf(ITSELF, k=4)), starts=(1, 5))
    assert (switch.share, switch.group, switch.validate()) == (0.25, 4, [])
    assert len(Switch((KeepAll(),), starts=(1,)).validate()) == 1
    assert len(Switch((KeepAll(), KeepAll()), starts=(3, 3)).validate()) == 1
    assert len(Switch((BestOf(ITSELF, k=2), BestOf(ITSELF, k=4)), starts=(1, 2)).validate()) == 1


def test_shares_and_groups():
    """What an arm draws candidates for."""
    assert KeepAll().share == 1
    assert TopFraction(ITSELF, fraction=0.3).share == RandomFraction(0.3).share == 0.3
    assert Threshold(ITSELF, at=0.0, expected=0.4).share == 0.4
    assert (BestOf(ITSELF, k=5).share, BestOf(ITSELF, k=5).group) == (0.2, 5)
    assert TopFraction(Length(), fraction=0.3).uses_truth is False
    for judge in (
        TopFraction(ITSELF, fraction=0.0),
        RandomFraction(1.5),
        Threshold(ITSELF, at=0.0, expected=0.0),
    ):
        assert len(judge.validate()) == 1
    assert len(BestOf(ITSELF, k=0).validate()) == 1


# Exact batches


P = np.array([0.1, 0.3, 0.2, 0.25, 0.15])
REWARD = np.array([2.0, 1.0, 1.0, 3.0, 0.0], np.float32)  # two outcomes tie


def by_outcome(items):
    return jnp.asarray(REWARD)[items]


OUTCOME = FunctionReward(by_outcome)
EXACT = {
    "keep-all": (KeepAll(), 1, [1, 1, 1, 1, 1]),
    "random": (RandomFraction(0.3), 1, [0.3] * 5),
    "threshold": (Threshold(OUTCOME, at=1.0), 1, [1, 1, 1, 1, 0]),
    "top tenth": (TopFraction(OUTCOME, fraction=0.1), 1, [0, 0, 0, 0.4, 0]),
    "top in a tie": (TopFraction(OUTCOME, fraction=0.45), 1, [1, 0.2, 0.2, 1, 0]),
    "top all": (TopFraction(OUTCOME, fraction=1.0), 1, [1, 1, 1, 1, 1]),
    "best of 1": (BestOf(OUTCOME, k=1), 1, [1, 1, 1, 1, 1]),
    # Above an outcome lies a, down to it b: ((1 - a)^3 - (1 - b)^3) / (3 (b - a)).
    "best of 3": (
        BestOf(OUTCOME, k=3),
        3,
        [(0.75**3 - 0.65**3) / 0.3, *[(0.65**3 - 0.15**3) / 1.5] * 2, (1 - 0.75**3) / 0.75, 0.0075],
    ),
}


def exact_weight(judge, p=P, k=1):
    return weight_of(judge, np.arange(len(p)), mass=p, exact=True, group=k)


@pytest.mark.parametrize(("judge", "k", "expected"), EXACT.values(), ids=EXACT)
def test_exact_form_by_hand(judge, k, expected):
    """The share kept of each outcome; tied outcomes share what is left for them."""
    np.testing.assert_allclose(exact_weight(judge, k=k), expected, atol=2e-6)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["random", "threshold", "top in a tie", "best of 3"])
def test_exact_form_is_the_limit_of_samples(name):
    """The mean mass kept of each outcome over sampled batches: p times the exact share, within
    4.5 standard errors of 200 replicates."""
    judge, k, _ = EXACT[name]
    weight = exact_weight(judge, k=k)
    m, replicates = 1200, 200

    def one(key):
        draw, judging = jax.random.split(key)
        rows = Categorical(P).sample(draw, m)
        kept = judge.judge(judging, view_of(rows, group=k))[0].weight
        return jnp.zeros(5).at[rows].add(kept) / m

    kept = jax.jit(lambda keys: jax.lax.map(one, keys))(
        jax.random.split(jax.random.key(0), replicates)
    )
    kept = np.asarray(kept, float)
    se = kept.std(0, ddof=1) / np.sqrt(replicates)
    gap = np.abs(kept.mean(0) - P * weight)
    assert (gap <= LIMIT * se + 1e-6).all()
    assert (np.abs(kept.mean(0) - P * (weight + 0.05)) > LIMIT * se).any()


def test_exact_best_of_by_the_order_statistics():
    """P(an outcome is the best of k) over k p: brute force over all groups of 3, ties shared by
    place."""
    expected = np.zeros(5)
    for group in np.ndindex(5, 5, 5):
        rewards = REWARD[list(group)]
        expected[group[int(np.argmax(rewards))]] += P[list(group)].prod()
    np.testing.assert_allclose(exact_weight(BestOf(OUTCOME, k=3), k=3) * P * 3, expected, rtol=1e-5)


def test_exact_forms_keep_their_share():
    """Mass kept: the fraction, 1/k, whatever the rewards."""
    for judge, k, share in (
        (TopFraction(OUTCOME, fraction=0.45), 1, 0.45),
        (RandomFraction(0.3), 1, 0.3),
        (BestOf(OUTCOME, k=3), 3, 1 / 3),
    ):
        assert exact_weight(judge, k=k) @ P == pytest.approx(share, rel=1e-5)


@pytest.mark.parametrize(
    "judge",
    [BestOf(OUTCOME, k=3), TopFraction(OUTCOME, fraction=0.25)],
    ids=["best of 3", "top quarter"],
)
def test_exact_weight_of_a_lost_outcome_is_a_number(judge):
    """An outcome of mass 0, as every chain makes them, with a reward of its own just below a
    quarter of the mass."""
    p = np.array([0.0, 0.45, 0.2, 0.25, 0.1])
    weight = exact_weight(judge, p, k=3)
    assert not np.isnan(weight).any()


def test_exact_form_of_a_users_judge_keeps_a_fifth_of_the_mass():
    """Only a score is written: the best fifth of what is drawn, not of the list of outcomes."""
    p = np.array([0.5, 0.3, 0.1, 0.06, 0.04])
    assert exact_weight(Taste(), p) @ p == pytest.approx(0.2, rel=1e-5)


def test_exact_choice_of_two_is_bradley_terry():
    """The chance of an outcome against a drawn other: sum of p sigmoid(strength * difference)."""
    expected = expit(2 * (REWARD[:, None] - REWARD)) @ P
    np.testing.assert_allclose(
        exact_weight(Choice(OUTCOME, k=2, strength=2.0), k=2), expected, rtol=1e-5
    )


# Settling


def settled(weight, n, rows=None, **view):
    m = len(weight)
    rows = np.arange(m) + 100 if rows is None else rows
    notes = {"seen": jnp.arange(m) * 10}
    verdict = Verdict(jnp.asarray(weight, float), -jnp.arange(m, dtype=float), notes)
    fresh = eqx.filter_jit(settle)(jax.random.key(0), view_of(rows, n, t=7, **view), verdict)
    return jax.tree.map(np.asarray, fresh)


def test_settle_keeps_exactly_n_and_the_first_first():
    """More kept than slots: the first n of them, with weight 1, and all that belongs to them."""
    weight = np.resize([0, 1, 1, 0, 1], 30)
    fresh = settled(weight, 12)
    first = np.flatnonzero(weight)[:12]
    np.testing.assert_array_equal(fresh.rows, first + 100)
    np.testing.assert_array_equal(fresh.weight, np.ones(12))
    np.testing.assert_array_equal(fresh.reward, -first)
    np.testing.assert_array_equal(fresh.source, first)
    np.testing.assert_array_equal(fresh.notes["seen"], first * 10)
    np.testing.assert_array_equal(fresh.mass, np.ones(12))
    np.testing.assert_array_equal(fresh.born, np.full(12, 7))
    assert fresh.count.sum() == 12


def test_settle_leaves_empty_slots_on_a_shortfall():
    """Seven kept of 30 for 12 slots: five of weight 0 at the end."""
    weight = np.zeros(30)
    weight[[2, 3, 11, 17, 20, 28, 29]] = 1
    fresh = settled(weight, 12)
    np.testing.assert_array_equal(fresh.rows[:7], np.flatnonzero(weight) + 100)
    np.testing.assert_array_equal(fresh.weight, [1] * 7 + [0] * 5)
    assert fresh.count.sum() == 7


def test_settle_keeps_soft_weights_where_candidates_are_n():
    weight = np.linspace(0, 1, 12)
    fresh = settled(weight, 12)
    np.testing.assert_allclose(fresh.weight, weight, rtol=1e-6)
    np.testing.assert_array_equal(fresh.rows, np.arange(12) + 100)


def test_settle_of_an_exact_batch_is_the_limit():
    """Its weights stay where candidates are n; with more of them the n slots fill up as far as
    what is kept reaches."""
    mass = np.array([0.5, 0.3, 0.2])
    for candidates, filled in ((12, 0.35), (24, 0.7), (60, 1.0)):
        fresh = settled([0.1, 1, 0], 12, mass=mass, exact=True, candidates=candidates)
        share = np.array([0.05, 0.3, 0]) / 0.35
        np.testing.assert_allclose(fresh.count, 12 * filled * share, rtol=1e-6)


def test_settle_takes_a_weight_as_a_chance():
    """Weights 0.25 and 0.75 in turn: of the kept, three quarters come from odd places."""
    m, n = 40_000, 39_999
    weight = np.resize([0.25, 0.75], m)
    fresh = settled(weight, n)
    kept = fresh.rows[fresh.weight > 0] - 100
    assert set(fresh.weight.tolist()) == {0, 1}
    for odd, p in ((0, 0.25), (1, 0.75)):
        share = (kept % 2 == odd).sum() / (m / 2)
        assert abs(share - p) / np.sqrt(p * (1 - p) / (m / 2)) < LIMIT
    assert (np.diff(kept) > 0).all()


# Selection changes the distribution by a known law


@pytest.mark.slow
def test_truncation_selection_of_a_gaussian():
    """Keeping the upper half of a standard normal leaves mean sqrt(2 / pi) and variance
    1 - 2 / pi (the breeder's equation at 50 %), by judge, settle and fit."""
    n, replicates = 1500, 200
    judge = TopFraction(FunctionReward(first_number), fraction=0.5)

    def one(key):
        rows = Gaussian(0.0, 1.0).sample(key, 2 * n)
        view = view_of(rows, n)
        fresh = settle(key, view, judge.judge(key, view)[0])
        fitted = Gaussian(0.0, 1.0, ddof=1).fit(None, fresh)
        return fitted.mean[0], fitted.cov[0, 0]

    fits = jax.jit(lambda keys: jax.lax.map(one, keys))(
        jax.random.split(jax.random.key(3), replicates)
    )
    mean, variance = (np.asarray(x, float) for x in fits)
    for sample, law in ((mean, np.sqrt(2 / np.pi)), (variance, 1 - 2 / np.pi)):
        se = sample.std(ddof=1) / np.sqrt(replicates)
        assert abs(sample.mean() - law) / se < LIMIT
    # The upper 45 % would have a mean of phi(z) / 0.45.
    z = stats.norm.ppf(0.55)
    assert abs(mean.mean() - stats.norm.pdf(z) / 0.45) / (mean.std() / np.sqrt(replicates)) > 9


@pytest.mark.slow
def test_top_fractions_of_groups():
    """In an arm with groups the best of each are kept, by NumPy; told from the whole batch."""
    reward = jax.random.normal(jax.random.key(3), (12,))
    found = np.asarray(top_fraction(reward, 0.5, 4)).reshape(3, 4)
    rows = np.asarray(reward).reshape(3, 4)
    np.testing.assert_array_equal(found, rows >= np.sort(rows, 1)[:, 2:3])
    assert (found.ravel() != np.asarray(top_fraction(reward, 0.5))).any()
