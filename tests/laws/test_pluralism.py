"""Laws of disagreeing judges against the exact map, enumeration and draws."""

import numpy as np
import pytest

from collapse.laws.choice import two_type_choice
from collapse.laws.pluralism import (
    coexist,
    invasion_factors,
    pair_drift,
    pluralist_equilibrium,
    pluralist_limit,
    pluralist_step,
)

LIMIT = 4.5
Q, A, B = 0.4, 8.0, 5.0


def ends(k, q, a, b, rounds=6000):
    """Where chains from 0.02 and 0.98 are after many rounds."""
    p = np.array([0.02, 0.98])
    for _ in range(rounds):
        p = pluralist_step(p, k, q, a, b)
    return p


def test_step_is_the_mixture_of_two_judges():
    p = np.array([0.1, 0.5, 0.8])
    for k in (2, 3, 7):
        law = Q * two_type_choice(p, A, k) + (1 - Q) * (1 - two_type_choice(1 - p, B, k))
        np.testing.assert_allclose(pluralist_step(p, k, Q, A, B), law, rtol=1e-12)
    gaps = [pluralist_step(p, k, Q, A, B) - pluralist_step(p, np.inf, Q, A, B) for k in (100, 1000)]
    np.testing.assert_allclose(gaps[0] / gaps[1], 10, rtol=0.1)


def test_step_by_draws():
    """200,000 choices among 3, the judge drawn for each."""
    rng, n, p = np.random.default_rng(0), 200_000, 0.3
    one = rng.random((n, 3)) < p
    first = rng.random((n, 1)) < Q
    reward = np.where(first, np.log(A) * one, np.log(B) * ~one) + rng.gumbel(size=(n, 3))
    share = one[np.arange(n), reward.argmax(1)].mean()
    law = pluralist_step(p, 3, Q, A, B)
    se = np.sqrt(law * (1 - law) / n)
    assert abs(share - law) < LIMIT * se
    assert abs(share - pluralist_step(p, 4, Q, A, B)) > LIMIT * se


def test_invasion_is_the_slope_at_the_ends():
    for k in (2, 3, 8, np.inf):
        one, two = invasion_factors(k, Q, A, B)
        assert pluralist_step(1e-8, k, Q, A, B) / 1e-8 == pytest.approx(one, rel=1e-6)
        assert (1 - pluralist_step(1 - 1e-8, k, Q, A, B)) / 1e-8 == pytest.approx(two, rel=1e-6)


@pytest.mark.parametrize("k", [2, 3, 4, 8, 64, np.inf])
@pytest.mark.parametrize(("q", "a", "b"), [(Q, A, B), (0.2, 8.0, 5.0), (0.5, 2.0, 9.0)])
def test_equilibrium_is_where_chains_end(k, q, a, b):
    """From both sides, interior or not, as the invasion factors say."""
    law = pluralist_equilibrium(k, q, a, b)
    np.testing.assert_allclose(ends(k, q, a, b), law, atol=1e-6)
    assert coexist(k, q, a, b) == (0 < law < 1)


def test_known_equilibria():
    """Two judges' favourites: lost at K = 2, together from K = 3, and the limit."""
    found = [pluralist_equilibrium(k, Q, A, B) for k in (2, 3, 4, 8)]
    np.testing.assert_allclose(found, [0, 0.257609, 0.353122, 0.403943], atol=1e-6)
    assert pluralist_limit(Q, A, B) == pytest.approx(Q + Q / (B - 1) - (1 - Q) / (A - 1))
    assert pluralist_limit(Q, A, B) == pytest.approx(0.414286, abs=1e-6)
    assert pluralist_equilibrium(10_000, Q, A, B) == pytest.approx(0.414286, abs=1e-4)
    assert pluralist_limit(Q, 1e9, 1e9) == pytest.approx(Q)
    assert pluralist_limit(0.05, 2.0, 5.0) == 0
    assert pluralist_limit(0.95, 5.0, 2.0) == 1


def test_at_most_one_interior_equilibrium():
    """On a grid of judges: the gain changes sign at most once, from + to -."""
    rng, p = np.random.default_rng(1), np.linspace(0.001, 0.999, 999)
    for _ in range(200):
        k, q = int(rng.integers(2, 12)), rng.random()
        a, b = 1 + rng.exponential(5, 2)
        sign = np.sign(pluralist_step(p, k, q, a, b) - p)
        changes = np.flatnonzero(np.diff(sign))
        assert len(changes) <= 1
        assert (sign[changes] > 0).all()
        assert k > 2 or len(changes) == 0


def test_pairs_drift_one_way():
    p = np.linspace(0, 1, 11)
    d = pair_drift(Q, A, B)
    np.testing.assert_allclose(pluralist_step(p, 2, Q, A, B), p + d * p * (1 - p), atol=1e-12)
    assert d < 0
    assert pair_drift(0.5, 4.0, 4.0) == 0
    assert np.isnan(pluralist_equilibrium(2, 0.5, 4.0, 4.0))
