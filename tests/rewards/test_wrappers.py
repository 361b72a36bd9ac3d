"""Wrappers of rewards against the laws of what they do, and laws a little wrong."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy import stats
from scipy.special import expit

import collapse
from collapse import (
    Choice,
    Distance,
    Drift,
    Exploit,
    Flipped,
    Format,
    Noise,
    Panel,
    Position,
    Scaled,
    Schedule,
    SelfPreference,
    SwapAveraged,
    TableReward,
    Tilt,
    Typicality,
    Verbosity,
)
from collapse.loop.prepare import prepare
from collapse.loop.simulate import run_arm
from collapse.types import Batch, View

LIMIT = 4.5
P = np.array([0.4, 0.3, 0.2, 0.1])
VALUES = np.array([0.5, -0.2, 1.0, 0.0])
TABLE = TableReward(VALUES)
NOTHING = TableReward(np.zeros(4))
MANY = 200_000


def view_of(items, group=1, t=1, source=None, **fields):
    m = len(items)
    source = jnp.zeros(m, jnp.int32) if source is None else jnp.asarray(source)
    batch = Batch(jnp.asarray(items), jnp.ones(m), source)
    model = fields.get("model")
    return View(batch, model, fields.get("reference"), None, jnp.array(t), m, group)


def score(reward, view, key=0):
    return np.asarray(reward.score(jax.random.key(key), view), float)


def z_of(found, expected, error):
    return abs(found - expected) / error


OUTCOMES = np.random.default_rng(0).integers(0, 4, MANY)


@pytest.mark.slow
def test_a_heavy_tail_is_students():
    """The noise alone, against the distribution function of Student's t; a Gaussian is not it."""
    noise = score(Noise(TABLE, sd=2.0, df=3.0), view_of(OUTCOMES)) - VALUES[OUTCOMES]
    assert stats.kstest(noise / 2, stats.t(3).cdf).pvalue > 1e-4
    assert stats.kstest(noise / 2, stats.t(4).cdf).pvalue < 1e-4
    gaussian = score(Noise(TABLE, sd=2.0), view_of(OUTCOMES)) - VALUES[OUTCOMES]
    assert stats.kstest(gaussian / 2, stats.norm.cdf).pvalue > 1e-4


def test_scaled_by_hand():
    view = view_of(np.arange(4), t=2)
    np.testing.assert_allclose(score(Scaled(TABLE, by=2.5), view), 2.5 * VALUES, rtol=1e-6)
    planned = Scaled(TABLE, by=Schedule([1.0, -3.0], [1, 2]))
    np.testing.assert_allclose(score(planned, view), -3 * VALUES, rtol=1e-6)
    assert Scaled(collapse.Valid()).uses_truth
    assert not Scaled(TABLE).uses_truth


def test_a_scaled_choice_is_a_stronger_one():
    """The better of two wins with 1 / (1 + exp(-by * difference))."""
    items, pairs = np.tile([2, 0], MANY // 2), MANY // 2
    better = (chosen(Choice(Scaled(TABLE, by=3.0), k=2), items, 2) == 0).mean()
    law = expit(3 * (VALUES[2] - VALUES[0]))
    error = np.sqrt(law * (1 - law) / pairs)
    assert z_of(better, law, error) < LIMIT
    assert z_of(better, expit(VALUES[2] - VALUES[0]), error) > LIMIT


def test_distance_by_hand():
    points = np.array([[0.0, 0.0], [3.0, 4.0], [6.0, 8.0]])
    found = score(Distance([0.0, 0.0], at_most=7.0), view_of(points))
    np.testing.assert_allclose(found, [0, -5, -7])
    cov = [[9.0, 0.0], [0.0, 1.0]]
    found = score(Distance([0.0, 0.0], covariance=cov), view_of(points))
    np.testing.assert_allclose(found, [0, -(17**0.5), -(68**0.5)], rtol=1e-6)


def chosen(judge, items, group):
    """(groups,) the place of the one that is kept of each group."""
    view = view_of(items, group)
    verdict, _ = judge.judge(jax.random.key(1), view)
    return np.asarray(verdict.weight).reshape(-1, group).argmax(1)


def test_the_first_of_two_equals_wins_by_the_bias_of_position():
    """sigma(b) for one comparison, sigma(b)^2 for both orders (Zheng et al. 2023); none when both
    orders are averaged."""
    bonus, pairs = 0.8, MANY // 2
    equals = np.zeros(MANY, int)
    first = (chosen(Choice(Position(NOTHING, bonus=bonus), k=2), equals, 2) == 0).mean()
    error = np.sqrt(expit(bonus) * (1 - expit(bonus)) / pairs)
    assert z_of(first, expit(bonus), error) < LIMIT
    assert z_of(first, expit(0.9), error) > LIMIT
    fair = (
        chosen(Choice(SwapAveraged(Position(NOTHING, bonus=bonus)), k=2), equals, 2) == 0
    ).mean()
    assert z_of(fair, 0.5, 0.5 / np.sqrt(pairs)) < LIMIT


def test_both_orders_leave_the_reward_alone():
    items = OUTCOMES[:40]
    swapped = score(SwapAveraged(TABLE), view_of(items, 4))
    np.testing.assert_allclose(swapped, VALUES[items], rtol=1e-6)
    biased = score(SwapAveraged(Position(TABLE, bonus=2.0)), view_of(items, 2))
    np.testing.assert_allclose(biased, VALUES[items] + 1, rtol=1e-6)


def test_flips_slow_a_choice_of_two():
    """w becomes (1 - e) w + e (1 - w), so that the drift is 1 - 2 e times what it was."""
    chance, pairs = 0.2, MANY // 2
    places = np.random.default_rng(1).permuted(np.tile([0, 2], (pairs, 1)), axis=1)
    judge = Choice(Flipped(TABLE, chance=chance), k=2)
    better = (places[np.arange(pairs), chosen(judge, places.ravel(), 2)] == 2).mean()
    wins = expit(VALUES[2] - VALUES[0])
    law = (1 - chance) * wins + chance * (1 - wins)
    error = np.sqrt(law * (1 - law) / pairs)
    assert z_of(better, law, error) < LIMIT
    assert z_of(better, wins, error) > LIMIT
    assert z_of(better, (1 - 0.25) * wins + 0.25 * (1 - wins), error) > LIMIT


def exact_arm(reward, judge=Tilt, generations=3, **fields):
    return collapse.Arm(
        truth=collapse.Categorical(P),
        model=collapse.Categorical(P),
        judge=judge(reward),
        regime=collapse.Replace(),
        learner=collapse.MaximumLikelihood(),
        sampler=collapse.Support(),
        measures=(OutcomeShares(),),
        n=1000,
        generations=generations,
        **fields,
    )


class OutcomeShares(collapse.Measure):
    reads = "model"
    curves = {"p": collapse.Curve("probability", 0, 1)}

    def measure(self, key, view):
        return {"p": view.model.p}


def shares(arm):
    return run_arm(jax.random.key(0), arm, 1)["curves"]["p"][0]


def test_typicality_is_a_power_of_the_reference():
    """Under a tilt of strength 1, t - 1 rounds turn p into p^(1 + (t - 1) alpha)."""
    alpha = 0.5
    found = shares(exact_arm(Typicality(NOTHING, strength=alpha), keep_reference=True))
    for t in (1, 2, 3):
        law = P ** (1 + (t - 1) * alpha)
        np.testing.assert_allclose(found[t], law / law.sum(), atol=1e-5)
    own = shares(exact_arm(Typicality(NOTHING, strength=alpha, under="model")))
    law = P ** (1 + alpha) ** 2  # of the day's model it compounds
    np.testing.assert_allclose(own[3], law / law.sum(), atol=1e-5)


def test_an_exploit_grows_until_it_is_patched():
    """By the odds of a tilt, e^bonus a round; from the patch on no more."""
    bonus = np.log(4.0)
    on = np.array([False, False, False, True])
    reward = Exploit(NOTHING, on=on, bonus=Schedule([bonus, 0.0], [1, 3]))
    found = shares(exact_arm(reward, generations=5))
    odds = found[:, 3] / (1 - found[:, 3])
    first = P[3] / (1 - P[3])
    # Generation t has been judged t - 1 times, at 1 and 2 by the unpatched judge.
    np.testing.assert_allclose(odds[1:], first * 4.0 ** np.array([0, 1, 2, 2, 2]), rtol=1e-4)


def test_unlikeliness_by_hand():
    """Groups of four: of right answers the likeliest loses most; equal ones share their ranks."""
    model = collapse.Categorical(np.array([0.5, 0.3, 0.1, 0.1]))
    items = jnp.array([0, 1, 2, 3, 1, 1, 0, 2])
    reward = collapse.Unlikeliness(collapse.TableReward(np.array([1.0, 1, 1, 0])), strength=0.4)
    found = score(reward, view_of(items, group=4, model=model))
    ranks = np.array([0, 1, 2.5, 2.5, 1.5, 1.5, 0, 3])
    expected = np.array([1, 1, 1, 0, 1, 1, 1, 1]) * (1 - 0.4 * (4 - ranks) / 4)
    np.testing.assert_allclose(found, expected, rtol=1e-6)


def test_a_taste_drifts():
    other = TableReward(VALUES[::-1].copy())
    for t, share in ((1, 0.3), (2, 0.6), (5, 1.0)):
        found = score(Drift(TABLE, towards=other, speed=0.3), view_of(np.arange(4), t=t))
        np.testing.assert_allclose(found, (1 - share) * VALUES + share * VALUES[::-1], rtol=1e-5)
    planned = Drift(TABLE, towards=other, speed=Schedule([0.0, 0.5], [1, 3]))
    found = score(planned, view_of(np.arange(4), t=3))
    np.testing.assert_allclose(found, (VALUES + VALUES[::-1]) / 2, rtol=1e-5)


def test_family_length_and_form():
    rows = np.array([[1, 2, 0], [3, 0, 0], [2, 2, 2]])
    view = view_of(rows, source=[0, 1, 1])
    base = collapse.Length()  # 2, 1, 3
    np.testing.assert_allclose(score(Verbosity(base, strength=0.5), view), [3, 1.5, 4.5])
    np.testing.assert_allclose(score(SelfPreference(base, bonus=2.0, family=1), view), [2, 3, 5])
    starts = Format(base, function=lambda items: items[:, 0] == 2, bonus=10.0)
    np.testing.assert_allclose(score(starts, view), [2, 1, 13])


@pytest.mark.parametrize("correlation", [0.0, 0.5, 1.0])
def test_a_panel_averages_only_what_is_not_common(correlation):
    """Variance sd^2 (rho + (1 - rho) / m): for m = 9 and rho = 1/2, 0.556 sd^2."""
    m, sd = 9, 1.5
    panel = Panel((NOTHING,) * m, sd=sd, correlation=correlation)
    found = score(panel, view_of(OUTCOMES)).var()
    law = sd**2 * (correlation + (1 - correlation) / m)
    assert z_of(found, law, law * np.sqrt(2 / MANY)) < LIMIT
    assert z_of(found, sd**2 * (correlation + (1 - correlation) / 6), law * np.sqrt(2 / MANY)) > (
        LIMIT if correlation < 1 else -1
    )


def test_a_vote_of_independent_judges_is_condorcets():
    """Judges right with chance 0.7: a majority is right with 0.784, 0.837, 0.901."""
    reward = TableReward(np.full(4, float(stats.norm.ppf(0.7))))
    for m, law in ((3, 0.784), (5, 0.83692), (9, 0.90119)):
        votes = score(Panel((reward,) * m, aggregation="vote", sd=1.0), view_of(OUTCOMES))
        error = np.sqrt(law * (1 - law) / MANY)
        assert z_of((votes > 0.5).mean(), law, error) < LIMIT
    same = score(
        Panel((reward,) * 9, aggregation="vote", sd=1.0, correlation=1.0), view_of(OUTCOMES)
    )
    assert z_of((same > 0.5).mean(), 0.7, np.sqrt(0.21 / MANY)) < LIMIT


def test_ways_of_a_panel_by_hand():
    three = (TABLE, TableReward(VALUES + 1), TableReward(-VALUES))
    view, stack = view_of(np.arange(4)), np.stack([VALUES, VALUES + 1, -VALUES])
    for way in ("mean", "median", "min"):
        law = getattr(np, way)(stack, axis=0)
        np.testing.assert_allclose(score(Panel(three, aggregation=way), view), law, rtol=1e-5)
    np.testing.assert_allclose(
        score(Panel(three, aggregation="vote"), view), (stack > 0).mean(0), rtol=1e-6
    )
    said = score(Panel(three, aggregation="any"), view_of(np.full(MANY, 2)))
    shares = [(np.isclose(said, x)).mean() for x in stack[:, 2]]
    assert max(z_of(x, 1 / 3, np.sqrt(2 / 9 / MANY)) for x in shares) < LIMIT


@pytest.mark.parametrize(
    "reward",
    [
        Noise(TABLE, df=3.0),
        Position(TABLE),
        Flipped(TABLE),
        Panel((TABLE,), sd=1.0),
        Panel((TABLE, TABLE), aggregation="any"),
    ],
)
def test_what_is_chance_has_no_exact_form(reward):
    with pytest.raises(collapse.UserError, match="no exact form"):
        prepare(exact_arm(reward))
    prepare(exact_arm(Panel((TABLE,))))


def test_mistakes_are_sentences():
    wrong = [
        (Noise(TABLE, df=0.0), "df must be above 0"),
        (Flipped(TABLE, chance=1.5), "chance must lie in"),
        (Panel((), aggregation="mean"), "at least one reward"),
        (Panel((TABLE,), aggregation="loudest"), "aggregation must be .* or "),
        (Panel((TABLE,), correlation=2.0), "correlation must lie in"),
        (Distance([0.0], at_most=0.0), "at_most must be above 0"),
        (Distance([0.0, 1.0], covariance=[[1.0]]), r"must be \(2, 2\), .* not \(1, 1\)"),
        (Distance([0.0], covariance=[[-1.0]]), "symmetric and positive definite"),
        (Typicality(TABLE, under="nothing"), "under must be"),
        (Typicality(TABLE), "keep_reference"),
        (Drift(TABLE, towards=TABLE, speed=-1.0), "speed must be at least 0"),
        (Position(TABLE, place=-1), "place must be"),
    ]
    for reward, sentence in wrong:
        with pytest.raises(collapse.UserError, match=sentence):
            prepare(exact_arm(reward))
