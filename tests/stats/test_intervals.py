"""Intervals over seeds: against scipy and by how often they hold the truth."""

import numpy as np
import pytest
from scipy import stats

from collapse.curve import Curve
from collapse.report import numbers
from collapse.report.document import plain
from collapse.report.run_summary import half_lives, table
from collapse.stats.intervals import (
    INTERVALS,
    bootstrap_interval,
    median_interval,
    of_curve,
    skewed,
    t_interval,
    welch_interval,
)

SETS, LIMIT = 4000, 4.0


@pytest.fixture(scope="module")
def rng():
    return np.random.default_rng(0)


def test_t_is_scipys_and_that_of_the_figures(rng):
    values = rng.normal(2, 3, 9)
    band = t_interval(np.r_[values, np.nan])
    low, high = stats.t.interval(0.95, 8, values.mean(), stats.sem(values))
    np.testing.assert_allclose([band.low, band.high], [low, high], rtol=1e-12)
    assert band.value == pytest.approx(values.mean())
    assert (band.n, band.level) == (9, 0.95)
    assert np.isnan(t_interval(np.array([1.0])).low)


def test_welch_is_scipys(rng):
    a, b = rng.normal(0, 1, 7), rng.normal(1, 4, 12)
    band = welch_interval(a, b)
    low, high = stats.ttest_ind(b, a, equal_var=False).confidence_interval(0.95)
    np.testing.assert_allclose([band.low, band.high], [low, high], rtol=1e-10)


@pytest.mark.parametrize("seeds", [3, 5, 6, 8, 16, 50])
def test_the_median_is_held_as_often_as_the_band_says(rng, seeds):
    """Log-normal with sigma 2, exactly by the binomial; a band of one step less is told."""
    values = np.exp(2 * rng.normal(size=(SETS, seeds)))
    bands = [median_interval(row) for row in values]
    covers = bands[0].level
    error = LIMIT * np.sqrt(covers * (1 - covers) / SETS)
    assert abs(np.mean([b.low <= 1 <= b.high for b in bands]) - covers) < error
    assert covers >= 0.95 or seeds < 6
    ordered = np.sort(values, 1)
    k = int(np.flatnonzero(ordered[0] == bands[0].low)[0])
    if seeds > 3:
        inner = np.mean((ordered[:, k + 1] <= 1) & (ordered[:, -k - 2] >= 1))
        assert inner < min(covers, 0.95) - error


def test_the_median_of_waits_may_be_infinite():
    band = median_interval(np.array([3.0, np.inf, np.inf, 5.0, np.inf, np.inf, np.inf]))
    assert (band.value, band.low, band.high) == (np.inf, 3.0, np.inf)
    assert median_interval(np.array([1.0, 2.0])).value == 1.5
    assert np.isnan(median_interval(np.array([np.nan])).value)


@pytest.mark.parametrize(("seeds", "covers"), [(5, (0.80, 0.90)), (16, (0.91, 0.945))])
def test_the_bootstrap_is_too_narrow_for_few_seeds(rng, seeds, covers):
    """As docs/statistics.md says; t holds the mean of the same sets in 95 of 100."""
    values = rng.normal(size=(1500, seeds))
    held = lambda band: band.low <= 0 <= band.high  # noqa: E731
    boot = np.mean([held(bootstrap_interval(row)) for row in values])
    assert covers[0] < boot < covers[1]
    t = np.mean([held(t_interval(row)) for row in values])
    assert abs(t - 0.95) < LIMIT * np.sqrt(0.95 * 0.05 / len(values))


def test_skewed_seeds_are_told(rng):
    assert skewed(np.exp(2 * rng.normal(size=200)))
    assert not skewed(rng.normal(size=200))
    assert not skewed(np.ones(5))


COUNT = Curve("items", 1, 100, "more")


@pytest.mark.parametrize("method", INTERVALS)
def test_no_end_is_outside_what_a_curve_can_be_and_that_is_told(rng, method):
    """Effective numbers of 4 seeds, one of which went far: Student's t reaches -22, and no number
    of answers is below 1. An interval inside the range is left as it is."""
    values = np.array([1.0, 1.0, 1.2, 70.0])
    bare, kept = INTERVALS[method](values), of_curve(values, COUNT, method)
    assert (bare.low < 1) == (method == "t")
    assert (kept.low, kept.clipped) == (max(bare.low, 1), method == "t")
    assert kept.value == bare.value
    assert kept.high == min(bare.high, 100)
    inside = rng.normal(50, 1, 8)
    assert of_curve(inside, COUNT, method) == INTERVALS[method](inside)
    beyond = INTERVALS[method](np.full(3, 100.0 + 1e-9)).within(1, 100)  # rounding
    assert beyond.low <= beyond.value <= beyond.high


def test_a_range_keeps_the_interval_as_often_right(rng):
    """What is cut away cannot hold the truth: coverage is that of the bare interval, exactly."""
    share, truth = Curve("share", 0, 1), 0.02
    sets = rng.binomial(20, truth, (2000, 5)) / 20
    bare = [t_interval(values) for values in sets]
    kept = [of_curve(values, share, "t") for values in sets]
    held = [[b.low <= truth <= b.high for b in bands] for bands in (bare, kept)]
    assert held[0] == held[1]
    assert any(b.clipped for b in kept)
    assert all(0 <= b.low <= b.high <= 1 for b in kept)


@pytest.mark.parametrize("method", INTERVALS)
def test_one_seed_has_no_interval(method):
    band = INTERVALS[method](np.array([38.2, np.nan]))
    assert (band.value, band.n) == (38.2, 1)
    assert np.isnan([band.low, band.high, band.level]).all()
    said = plain(of_curve(np.array([38.2]), COUNT, method))
    assert (said["low"], said["high"], said["clipped"]) == (None, None, False)
    assert (numbers.interval(said), numbers.estimate(said)) == ("-", "38.2")


@pytest.mark.parametrize("method", INTERVALS)
def test_infinite_seeds_have_the_ends_they_have(method):
    band = INTERVALS[method](np.array([1.0, np.inf, 3.0]))
    assert (band.low, band.high) == (1, np.inf)
    assert band.value == (3 if method == "median" else np.inf)
    least = INTERVALS[method](np.array([-np.inf] * 3 + [-80.0]))
    assert (least.value, least.low, least.high) == (-np.inf, -np.inf, -80)


class Made:
    """As much of a run as the closing table asks for."""

    def __init__(self, *curves):
        self.arms, self.generations = ["a"], len(curves[0]) - 1
        self.manifest = {"headline": ["effective_number"]}
        self.curves = {"effective_number": np.array([curves])}

    def curve(self, arm, name):
        return self.curves[name][0]

    def meaning(self, name):
        return COUNT


def test_the_closing_table_has_no_seed_that_cannot_be():
    row = table(Made([80, 60, 1.0], [80, 60, 1.0], [80, 60, 1.2], [80, 60, 70.0]))[0]
    last = row["last"]
    assert (last.low, last.clipped) == (1, True)
    assert last.high > 50
    assert numbers.interval(last).startswith("1 .. ")
    assert numbers.interval(last).endswith(" *")
    assert (row["real"].value, row["first"].value) == (80, 60)
    alone = table(Made([80, 60, 38.2]))[0]["last"]
    assert np.isnan([alone.low, alone.high]).all()


def test_half_lives_are_medians_with_their_intervals_in_a_run_as_in_a_comparison():
    """Two seeds have the least and the greatest, which hold the median half of the time, and not
    quartiles that both are their mean; seeds that do not halve are above the last generation."""
    life = half_lives(Made([8, 4, 1], [8, 8, 4]))["a"]
    assert (life.value, life.low, life.high, life.level) == (1.5, 1, 2, 0.5)
    assert numbers.method(life) == "median, 50 %, 2 seeds"
    never = half_lives(Made(*[[8, 7, 7]] * 6))["a"]
    assert numbers.estimate(plain(never), last=2) == "> 2"
    some = half_lives(Made(*[[8, 7, 7]] * 3, *[[8, 4, 4]] * 4))["a"]
    assert numbers.estimate(plain(some), last=2) == "1 (1 .. > 2)"
    assert half_lives(Made([np.nan] * 3)) == {}


def test_cards_and_forecasts_keep_to_the_range_too():
    from collapse.commands.forecast.command import _estimate
    from collapse.commands.judge.questions import halved

    values = np.array([1.0, 1.0, 1.2, 70.0])
    assert _estimate("effective_number", values).low == 1
    assert _estimate("top_3_mass", np.array([0.9, 1.0, 1.0])).high == 1
    same = _estimate("effective_number", np.full(16, 31.0))  # as measured, in every seed
    assert (same.value, same.n, np.isnan(same.low)) == (31, 1, True)
    life = halved({"effective_number": np.array([[8.0, 4, 1], [8, 8, 4]])})
    assert (life.value, life.level, life.method) == (1.5, 0.5, "median")
