"""The estimate: its JSON form, its text, and what its interval says."""

import json

import numpy as np
import pytest

from collapse.report import numbers
from collapse.report.document import plain
from collapse.stats.estimate import LEVEL, Estimate, Z, missing, normal_interval

FULL = Estimate(3.0, 1.0, 5.0, 0.95, "t", 8)
BOUND = Estimate(low=2.0, level=0.95, method="profile", n=9, unit="nats", reason="separated")


@pytest.mark.parametrize(
    "estimate",
    [FULL, BOUND, missing("nats", "no column"), Estimate(np.inf, 3.0, np.inf, 0.99, "median", 7)],
)
def test_json_gives_the_same_estimate_back(estimate):
    again = Estimate.of(json.loads(json.dumps(plain(estimate), allow_nan=False)))
    np.testing.assert_equal(vars(again), vars(estimate))
    assert Estimate.of(estimate) is estimate


def test_the_json_form_has_the_same_keys_for_every_command():
    keys = ["value", "low", "high", "level", "method", "n", "clipped"]
    assert list(FULL.as_dict()) == keys
    assert list(BOUND.as_dict()) == [*keys, "unit", "reason"]
    assert plain(Estimate(np.inf))["value"] == "inf"
    assert plain(Estimate())["value"] is None


def test_a_bound_is_the_best_there_is():
    assert (FULL.best, BOUND.best, missing("", "why").best) == (3.0, 2.0, None)
    assert (FULL.known, BOUND.known) == (True, False)
    assert Estimate(low=1.0, high=2.0).best is None


def test_zero_is_excluded_at_95_percent_only():
    assert FULL.excludes_zero
    assert not Estimate(3.0, 1.0, 5.0, 0.94, "median", 5).excludes_zero
    assert not Estimate(3.0, -1.0, 5.0, LEVEL).excludes_zero
    assert not Estimate(3.0).excludes_zero
    assert BOUND.excludes_zero


def test_ends_stay_in_the_range_and_around_the_value():
    clipped = Estimate(0.1, -0.2, 0.4, LEVEL).within(0, 1)
    assert (clipped.low, clipped.high, clipped.clipped) == (0, 0.4, True)
    assert FULL.within(0, 9) is FULL
    beyond = Estimate(1.01, 0.9, 1.2, LEVEL).within(0, 1)
    assert (beyond.low, beyond.high) == (0.9, 1.01)
    assert np.isnan(Estimate(3.0).within(0, 1).low)


def test_normal_ends_are_quantiles():
    from scipy import special

    assert pytest.approx(special.ndtri(0.975), abs=1e-15) == Z
    estimate = normal_interval(2.0, 0.5, "Wald", 10)
    assert (estimate.low, estimate.high) == (2 - Z / 2, 2 + Z / 2)


@pytest.mark.parametrize(
    ("given", "settings", "text"),
    [
        (FULL, {}, "3 (1 .. 5)"),
        (Estimate(3.0), {}, "3"),
        (Estimate(), {}, "-"),
        (BOUND, {}, "at least 2"),
        (Estimate(high=2.0), {}, "at most 2"),
        (Estimate(0.5, 0.25, 0.75), {"share": True}, "50.0% (25.0% .. 75.0%)"),
        (Estimate(np.inf, np.inf, np.inf), {"last": 50}, "> 50"),
        (Estimate(4.0, 3.0, np.inf), {"last": 50}, "4 (3 .. > 50)"),
        (Estimate(1234.4, 1000.0, 12345.6), {}, "1,234 (1,000 .. 12,346)"),
        (Estimate(0.1, 0.0, 0.4, clipped=True), {}, "0.1 (0 .. 0.4 *)"),
    ],
)
def test_one_text_for_all_tables(given, settings, text):
    assert numbers.estimate(given, **settings) == text
    assert numbers.estimate(plain(given), **settings) == text


def test_numbers_are_rounded_and_large_ones_whole():
    texts = [numbers.number(x) for x in (0.12345, 999.4, 1000, 123456, 2e9, None, np.nan, "inf")]
    assert texts == ["0.123", "999", "1,000", "123,456", "2e+09", "-", "-", "inf"]
    assert numbers.number(-np.inf) == "-inf"
    assert numbers.number(0.0312, share=True) == "3.1%"
    assert numbers.method(Estimate(3, 1, 5, 0.9922, "median", 8)) == "median, 99.2 %, 8 seeds"
    assert numbers.method(Estimate(3, method="t", n=1)) == "t, no interval, 1 seed"
