"""Thresholds over shares of real data: found where they are, with bands that cover them."""

import numpy as np
import pytest

from collapse.stats.threshold import Threshold


def searched(curve, level=0.9, noise=0.0, seeds=16, rounds=2, seed=0):
    """A threshold on ``curve`` of the share, refined as the card does it."""
    rng = np.random.default_rng(seed)
    own = noise * rng.standard_normal(seeds)  # of a seed, for every share alike
    found = Threshold(level)
    shares = [i / 8 for i in range(9)]
    for _ in range(rounds + 1):
        for share in shares:
            found.learn(share, curve(share) + own)
        shares = found.wanted(5)
    return found.result()


def test_it_is_found_where_it_is():
    """A curve that crosses 0.9 at 0.37, to the resolution of the last grid."""
    found = searched(lambda s: 1 / (1 + np.exp(-20 * (s - 0.37 + np.log(9) / 20))))
    assert found["share"].value == pytest.approx(0.37, abs=1e-4)
    assert found["resolution"] == pytest.approx(1 / 8 / 36)
    assert found["share"].low <= 0.37 <= found["share"].high
    assert found["share"].high - found["share"].low <= 2 * found["resolution"]


def test_the_band_covers_it():
    """Noise common to all shares of a seed: the true threshold is inside two standard errors in
    about 95 of 100 searches, and outside a band a quarter as wide far more often."""
    inside, narrow = [], []
    for seed in range(300):
        found = searched(lambda s: s, 0.5, 0.1, rounds=1, seed=seed)
        inside.append(found["share"].low <= 0.5 <= found["share"].high)
        half = (found["share"].high - found["share"].low) / 8
        narrow.append(abs(found["share"].value - 0.5) < half)
    assert np.mean(inside) > 0.93
    assert np.mean(narrow) < 0.8


def test_ends():
    assert searched(lambda s: 0.95)["share"].value == 0.0
    none = searched(lambda s: 0.5 * s)
    assert not none["share"].known
    assert np.isnan(none["share"].low)


def test_a_dip_counts_as_falling_short():
    """The smallest share from which on none falls short, not the first that is enough."""
    found = searched(lambda s: np.where((s > 0.1) & (s < 0.2), 1.0, s))
    assert found["share"].value == pytest.approx(0.9, abs=0.01)
    assert found["falls_short_from"] is None


def test_where_nothing_is_needed_none_is():
    """A judge that dislikes common items keeps more without real data than with: share 0, and
    where it falls short again. The rule for rising curves alone said that no share was enough."""
    found = searched(lambda s: 1.17 - 0.5 * s, 0.9)
    share = found["share"]
    assert (share.value, share.low, share.high) == (0.0, 0.0, 0.0)
    assert found["falls_short_from"] == pytest.approx(5 / 8)
    assert found["all_real"] == pytest.approx(0.67)
    assert searched(lambda s: 1.17 - 0.1 * s, 0.9)["falls_short_from"] is None


def test_what_nothing_reaches_says_how_far_it_comes():
    found = searched(lambda s: 0.6 * s, 0.9)
    assert not found["share"].known
    assert found["all_real"] == pytest.approx(0.6)
