"""The claims on kernel estimates pass on their chain, and fail on one that is slightly wrong."""

import jax
import pytest

from collapse.models.distributions.kde import KDE
from tests.scenarios.held import all_fail, all_pass, failing, late, record_of, scenario_of

LAWS = "kde-laws"


@pytest.fixture(scope="module")
def replaced():
    return record_of(LAWS, "replace")


@pytest.fixture(scope="module")
def bare():
    """Without a kernel: the rows alone are drawn from."""
    return record_of(LAWS, "replace", model=KDE(0.0))


@pytest.fixture(scope="module")
def accumulated():
    return record_of(LAWS, "accumulate")


def test_enough_claims_are_made():
    assert len(scenario_of(LAWS).claims) >= 7


def test_replace_is_told_from_another_bandwidth_and_generation(replaced, bare):
    assert all_pass(LAWS, "replace", replaced)
    assert all_fail(LAWS, "replace", bare)
    assert len(failing(LAWS, "replace", late(replaced))) == 2  # at the fixed point nothing moves


def test_the_ball_is_told_from_a_gaussian_of_its_radius():
    wide = record_of(LAWS, "replace", model=KDE(0.6))
    assert all_fail(LAWS, "top-hat", wide, "mean variance")


@pytest.mark.slow
def test_many_rows_are_told_from_few_and_from_one_generation_later(replaced):
    assert all_fail(LAWS, "many-rows", replaced)
    record = scenario_of(LAWS).evidence["many-rows"](jax.random.key(0), 200)
    assert all_pass(LAWS, "many-rows", record)
    assert all_fail(LAWS, "many-rows", late(record))


def test_accumulate_is_told_from_replace_and_from_a_bandwidth_that_shrinks(accumulated, replaced):
    assert all_pass(LAWS, "accumulate", accumulated)
    assert all_fail(LAWS, "accumulate", replaced)
    assert all_fail(LAWS, "shrinking", accumulated, "mean variance")
    assert all_fail(LAWS, "subsample", accumulated)


def test_the_bound_fails_on_a_bandwidth_that_does_not_shrink():
    wide = record_of(LAWS, "accumulate", model=KDE(1.0))
    assert failing(LAWS, "shrinking", wide, "below a bound")


def test_a_rule_of_thumb_is_told_from_a_fixed_bandwidth(replaced):
    assert all_fail(LAWS, "rule-of-thumb", replaced)
