"""How fast a judge lets a rare probe grow: against closed forms, and against simulated runs."""

import jax
import numpy as np
import pytest
from scipy.stats import binom

import collapse
from collapse import ExternalReward
from collapse.commands.probe import selection
from collapse.laws.exploits import choice_growth, held_mass, real_share_needed
from collapse.loop.simulate import run_arm
from collapse.stats.estimate import Estimate
from collapse.stats.proportions import wilson

USUAL = np.random.default_rng(0).normal(size=60)
ASK = ExternalReward(lambda texts: texts)


def growth(judge, score, ordinary=USUAL):
    return selection.growth_of(selection.kept_alone(judge, ordinary, np.array([score]), 0), 0).value


@pytest.mark.slow
@pytest.mark.parametrize(
    ("judge", "law"),
    [
        (collapse.TopFraction(ASK, fraction=0.2), 5),
        (collapse.BestOf(ASK, k=7), 7),
        (collapse.Choice(ASK, k=4), 4),
        (collapse.Threshold(float(np.median(USUAL)), reward=ASK), 2),
    ],
)
def test_a_probe_that_beats_everything_grows_by_the_selection_of_the_judge(judge, law):
    assert growth(judge, 1e3) == pytest.approx(law, rel=1e-3)
    assert growth(judge, -1e3) == pytest.approx(0, abs=1e-3)


@pytest.mark.slow
@pytest.mark.parametrize("odds", [1.5, 8.0])
def test_growth_among_equal_items_is_that_of_k_choice_and_of_a_tilt(odds):
    """Ordinary items of equal reward, a probe of those odds: K A / (A + K - 1), and A."""
    equal = np.zeros(10)
    found = growth(collapse.Choice(ASK, k=3), np.log(odds), equal)
    assert found == pytest.approx(choice_growth(3, odds), rel=1e-3)
    assert growth(collapse.Tilt(ASK), np.log(odds), equal) == pytest.approx(odds, rel=1e-3)


def test_a_probe_like_the_others_does_not_grow():
    """In the mean over probes drawn as the ordinary items are, G is 1 for every policy."""
    for judge in (collapse.TopFraction(ASK, fraction=0.2), collapse.BestOf(ASK, k=3)):
        found = selection.growth_of(selection.kept_alone(judge, USUAL, USUAL, 0), 0)
        assert found.value == pytest.approx(1, rel=1e-3)
        assert found.low < 1 < found.high


def test_the_interval_is_that_of_the_chance_of_being_kept():
    """By hand: 20 probes that a top fifth keeps, all of them: 1 / (1 + z^2 / 20) over 0.2. And it
    covers the G = 1 of a hundred probes like the ordinary items as often as Wilson's does: 94 %."""
    judge = collapse.TopFraction(ASK, fraction=0.2)
    found = selection.growth_of(selection.kept_alone(judge, USUAL, np.full(20, 9.0), 0), 0)
    assert found.low == pytest.approx(5 / (1 + 1.96**2 / 20), rel=1e-3)
    assert found.high == pytest.approx(5, rel=1e-3)
    rng, hits = np.random.default_rng(1), 0
    for _ in range(2000):
        kept = (rng.random((1, 100)) < 0.2).astype(float)
        found = selection.growth_of(selection.Kept(kept, np.array([0.2])), 0)
        hits += found.low <= 1 <= found.high
    ends = np.array([wilson(k / 100, 100) for k in range(101)])
    law = binom.pmf(np.arange(101), 100, 0.2)[(ends[:, 0] <= 0.2) & (ends[:, 1] >= 0.2)].sum()
    assert abs(hits / 2000 - law) < 4.5 * np.sqrt(law * (1 - law) / 2000)


def test_abstentions_rank_last():
    found = selection.kept_alone(collapse.TopFraction(ASK), USUAL, np.array([np.nan, 9.0]), 0)
    np.testing.assert_allclose(found.probes[0], [0, 1], atol=1e-3)


def test_the_share_of_real_data_is_that_of_the_law():
    growth = Estimate(5.0, 2.0, 0.5 + 5.5, 0.95, n=9)
    share = selection.real_share_of(growth)
    np.testing.assert_allclose([share.value, share.low, share.high], [0.8, 0.5, 5 / 6])
    assert selection.real_share_of(Estimate(0.4, 0.0, 0.9, 0.95)).value == 0


def test_in_groups_the_policy_keeps_one_of_each():
    weights = selection.kept_in_groups(collapse.BestOf(ASK, k=2), np.array([1, 0, 0, 1, 2, 2.0]))
    np.testing.assert_array_equal(weights, [1, 0, 0, 1, 1, 0])


RARE, PLACES = 0.02, 10


def world(share, judge):
    """Ten outcomes, of which the last is an exploit of mass 2 %, with that share of real data."""
    p = np.append(np.full(PLACES - 1, (1 - RARE) / (PLACES - 1)), RARE)
    return collapse.Arm(
        truth=collapse.Categorical(p),
        model=collapse.Categorical(p),
        judge=judge,
        regime=collapse.FreshMix(share),
        learner=collapse.MaximumLikelihood(),
        sampler=collapse.Plain(),
        measures=(collapse.ItemDiversity(),),
        n=1000,
        generations=40,
    )


@pytest.mark.slow
def test_a_simulated_run_has_its_threshold_there():
    """The same judge in a run, as a function of texts: 10 % more real data than the probe says
    hold the exploit at (1 - s) e / (1 - s G); with 10 % less it takes over."""

    def likes_nine(texts):
        return [50.0 if text == "9" else hash_of(text) for text in texts]

    def hash_of(text):
        return (int(text) * 7 % 10) / 10

    judge = collapse.BestOf(ExternalReward(likes_nine), k=4)
    usual = np.repeat([hash_of(str(i)) for i in range(PLACES - 1)], 5)
    found = selection.growth_of(
        selection.kept_alone(judge, usual, np.array(likes_nine(["9"])), 0), 0
    )
    assert found.value == pytest.approx(4, rel=1e-3)
    needed = selection.real_share_of(found).value
    assert needed == pytest.approx(float(real_share_needed(4.0)), abs=1e-3)
    ends = {}
    for real in (needed - 0.1, needed + 0.1):
        record = run_arm(jax.random.key(0), world(real, judge), 6)
        ends[real] = (record["items"][:, -8:] == 9).mean()
    under, above = ends.values()
    law = held_mass(1 - needed - 0.1, RARE, 4.0)
    assert above < 3 * law
    assert under > 5 * law


def test_a_judge_whose_selection_needs_more_than_scores_has_no_growth():
    found = selection.kept_alone(collapse.MMR(reward=ASK, k=4), USUAL, USUAL[:2], 0)
    estimate = selection.growth_of(found, 0)
    assert not estimate.known
    assert "more than scores" in estimate.reason
    assert not selection.real_share_of(estimate).known
