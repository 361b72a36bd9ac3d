"""The growing web: counted page by page, its limits, and the threshold of a small preference."""

import numpy as np
import pytest

from collapse.laws import web

P = np.array([0.5, 0.3, 0.2])


def test_a_detector_leaves_the_share_that_a_count_gives():
    ai, human = 500, 500
    for hit, left in ((0.5, 0.345), (0.9, 0.095), (0.99, 0.0104)):
        passed = ai * (1 - hit), human * 0.95
        assert web.passed_share(0.5, hit, 0.05) == pytest.approx(passed[0] / sum(passed))
        assert web.passed_share(0.5, hit, 0.05) == pytest.approx(left, abs=5e-4)
    assert web.passed_share(0.3, 0.4, 0.4) == pytest.approx(0.3)  # a detector that tells nothing


def test_the_share_is_that_of_pages_counted_one_by_one():
    """100 human pages a year; in the third, 25 % of the new ones are AI, of which half are
    found."""
    shares = [0.0, 0.5, 0.25, 0.9]
    _, left = web.web_path(P, shares, 2.0, hit=0.5, stock=3)
    human, ai, found = 300, 0.0, []
    for share in shares:
        found.append(ai / (human + ai))
        human, ai = human + 100, ai + 50 * share / (1 - share)
    np.testing.assert_allclose(left, found)


def test_without_sharpening_or_ai_text_models_stay_as_people_are():
    for shares, power in (([0.9] * 6, 1.0), ([0.0] * 6, 3.0)):
        models, _ = web.web_path(P, shares, power)
        np.testing.assert_allclose(models, np.tile(P, (6, 1)))
    sharpened, _ = web.web_path(P, [0.9] * 6, 3.0)
    assert (np.diff(sharpened[:, 0]) > 0).all()


def test_a_quota_and_a_date_bound_the_share():
    shares = np.full(9, 0.8)
    _, free = web.web_path(P, shares, 2.0)
    _, quota = web.web_path(P, shares, 2.0, human=0.7)
    np.testing.assert_allclose(quota, np.minimum(free, 0.3))
    _, old = web.web_path(P, shares, 2.0, until=3)
    np.testing.assert_allclose(old[:4], free[:4])
    np.testing.assert_allclose(old[4:], old[3])
    _, misdated = web.web_path(P, shares, 2.0, until=3, misdated=1.0)
    np.testing.assert_allclose(misdated, free)


@pytest.mark.parametrize("share", [0.2, 0.38, 0.42, 0.6])
def test_a_small_preference_grows_above_one_over_the_power_and_is_bounded_below(share):
    coin, power, years = np.array([0.5 + 1e-9, 0.5 - 1e-9]), 2.5, 4000
    models, _ = web.web_path(coin, np.full(years, share), power)
    grown = (models[-1, 0] - 0.5) / 1e-9
    assert web.largest_stable_share(power) == 0.4
    if share < 0.4:
        assert grown < web.amplified(share, power)
    else:
        half = (models[years // 2, 0] - 0.5) / 1e-9
        assert grown > 1.02 * half > 1.5
    if share == 0.2:
        assert grown == pytest.approx(web.amplified(share, power), rel=0.02)
