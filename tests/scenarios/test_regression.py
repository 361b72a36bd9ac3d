"""The regression claims pass on the chains they are about, and fail on slightly wrong ones."""

import jax
import numpy as np
import pytest

from collapse import FreshMix
from collapse.laws.regression import risk_given_design
from tests.scenarios.held import all_fail, all_pass, failing, late, record_of, scenario_of

LAWS = "regression-laws"


@pytest.fixture(scope="module")
def replaced():
    return record_of(LAWS, "replace")


@pytest.fixture(scope="module")
def fixed():
    """Accumulate with the inputs of the first generation."""
    return record_of(LAWS, "accumulate")


@pytest.fixture(scope="module")
def fresh():
    """Accumulate with new inputs."""
    return record_of(LAWS, "accumulate-new-inputs")


def test_enough_claims_are_made():
    assert len(scenario_of(LAWS).claims) >= 14


@pytest.mark.slow
def test_replace_is_told_from_one_generation_later_and_from_accumulate(replaced, fresh):
    assert all_pass(LAWS, "replace", replaced)
    assert all_fail(LAWS, "replace", late(replaced))
    assert all_fail(LAWS, "replace", fresh)
    assert all_fail(LAWS, "replace-multiple", replaced)
    assert all_fail(LAWS, "accumulate-new-inputs", replaced)


@pytest.mark.slow
def test_sums_in_place_of_rows_are_told_from_a_row_less_and_one_generation_later():
    sums = record_of(LAWS, "sums")
    assert all_pass(LAWS, "sums", sums)
    assert all_fail(LAWS, "sums", late(sums))
    fewer = {"curves": {"risk": sums["curves"]["risk"] * (24 - 8 - 1) / (24 - 8 - 2)}}
    assert all_fail(LAWS, "sums", fewer)


@pytest.mark.slow
def test_given_inputs_are_told_from_others(replaced):
    assert all_fail(LAWS, "one-design", replaced)
    inputs = np.random.default_rng(1).normal(size=(24, 8))
    other = {"curves": {"risk": replaced["curves"]["risk"] * risk_given_design(inputs)}}
    assert all_fail(LAWS, "one-design", other)


@pytest.mark.slow
def test_the_same_inputs_are_told_from_new_ones(fixed, fresh):
    assert all_pass(LAWS, "accumulate", fixed)
    assert all_pass(LAWS, "accumulate-new-inputs", fresh)
    assert all_fail(LAWS, "accumulate", fresh, "sum of 1/k^2")
    assert all_fail(LAWS, "accumulate-new-inputs", fixed, "grows less")
    assert all_fail(LAWS, "accumulate", late(fixed), "sum of 1/k^2")


@pytest.mark.slow
def test_a_share_of_real_rows_is_told_from_another(replaced):
    wrong = record_of(LAWS, "fresh-mix", regime=FreshMix(0.4))
    assert all_fail(LAWS, "fresh-mix", wrong)
    assert all_fail(LAWS, "fresh-mix", replaced)


def test_one_fit_is_told_from_one_whose_rows_are_not_weighed_by_their_number():
    right = scenario_of(LAWS).evidence["one fit"](jax.random.key(0), 4000)["curves"]
    right = {"curves": {name: np.asarray(curve) for name, curve in right.items()}}
    assert all_pass(LAWS, "one fit", right)
    # A model of weight 0.55 instead of 0.5 carries more of its error.
    carried = {name: curve + 0.25 * 0.2 for name, curve in right["curves"].items()}
    assert all_fail(LAWS, "one fit", {"curves": carried})


@pytest.mark.slow
def test_few_rows_that_are_new_are_told_from_the_same():
    same = record_of(LAWS, "few-rows-same-inputs")
    new = record_of(LAWS, "few-rows")
    assert all_pass(LAWS, "few-rows-same-inputs", same)
    assert all_pass(LAWS, "few-rows", new)
    assert all_fail(LAWS, "few-rows", same)
    assert all_fail(LAWS, "few-rows-same-inputs", new)
    assert failing(LAWS, "few-rows", late(new))
