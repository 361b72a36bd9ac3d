"""What ``prepare`` fills in: the number of candidates."""

import pytest

from collapse import Arm, Likelihood, TopFraction, prepare, zipf


@pytest.mark.parametrize("n", [7, 700, 7000])
@pytest.mark.parametrize("percent", [1, 5, 7, 14, 29, 35, 45, 57, 58, 70, 90, 99, 100])
def test_as_many_candidates_as_the_share_needs(n, percent):
    """ceil(n / share) by whole numbers: shares are no exact numbers in single precision."""
    judge = TopFraction(Likelihood(), fraction=percent / 100)
    arm = Arm(truth=zipf(5), judge=judge, n=n, generations=1)
    assert prepare(arm, checked=False).candidates == -(-100 * n // percent)
