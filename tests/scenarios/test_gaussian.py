"""The Gaussian claims pass on the chain they are about, and fail on one that is slightly wrong."""

import jax
import numpy as np
import pytest

from collapse import CovarianceScale, WeightedFreshMix
from tests.scenarios.held import all_fail, all_pass, failing, late, record_of, scenario_of

LAWS, TAILS = "gaussian-laws", "gaussian-tails"
POOLS, MIXES = "gaussian-pools", "weighting-laws"


@pytest.fixture(scope="module")
def unbiased():
    return record_of(LAWS, "unbiased")


@pytest.fixture(scope="module")
def narrowed():
    return record_of(LAWS, "narrowed")


@pytest.fixture(scope="module")
def biased():
    """Replace with ddof = 0, from a sampler that narrows nothing."""
    return record_of(LAWS, "narrowed", sampler=CovarianceScale(1.0))


@pytest.fixture(scope="module")
def accumulated():
    return record_of(POOLS, "accumulate")


@pytest.fixture(scope="module")
def weighted():
    return record_of(MIXES, "weighted")


@pytest.fixture(scope="module")
def unweighted():
    """The same with weights that are the shares: no weighting at all."""
    return record_of(MIXES, "weighted", regime=WeightedFreshMix(0.3, weight=0.3))


@pytest.fixture(scope="module")
def golden():
    return record_of(MIXES, "golden-weight")


@pytest.fixture(scope="module")
def fixed():
    return record_of(MIXES, "fixed")


def test_enough_claims_are_made():
    assert sum(len(scenario_of(name).claims) for name in (LAWS, TAILS, POOLS, MIXES)) >= 22


@pytest.mark.slow
def test_replace_is_told_from_the_other_ddof(unbiased, biased):
    assert all_pass(LAWS, "unbiased", unbiased)
    for words in ("variance stays", "mean of ln var", "W2^2 to the truth", "c4(n)"):
        assert all_fail(LAWS, "unbiased", biased, words), words


def test_replace_is_told_from_one_generation_later(unbiased):
    off = failing(LAWS, "unbiased", late(unbiased))
    words = ("ln var falls", "ln var grows", "c4(n)", "t / n", "W2^2 to", "over chains")
    for one in words:
        assert any(one in name for name in off), one


def test_chances_are_told_from_the_other_ddof_and_one_generation_later(unbiased, biased):
    assert all_pass(TAILS, "unbiased", unbiased)
    assert all_fail(TAILS, "unbiased", biased, "chance that var")
    assert all_fail(TAILS, "unbiased", late(unbiased), "chance that var")


def test_the_bounds_fail_on_chains_that_do_not_collapse():
    wide = record_of(LAWS, "narrowed", sampler=CovarianceScale(1.3))
    assert all_fail(TAILS, "unbiased", wide, "chance that sd")


def test_a_known_mean_is_told_from_a_fitted_one(biased):
    assert len(failing(TAILS, "known-mean", biased)) >= 3


def test_the_determinant_is_told_from_a_product_of_variances(biased):
    one = biased["curves"]["log_variance"]
    product = {"curves": {"log_determinant": one[::2] + one[1::2]}}
    assert all_fail(LAWS, "plane", product, "determinant")


def test_variance_and_mean_are_told_from_those_of_the_other_ddof(unbiased):
    # Two coordinates of one dimension each: the squared distances of the means add.
    twice = unbiased["curves"]["mean_shift"] * np.sqrt(2)
    record = {"curves": unbiased["curves"] | {"mean_shift": twice}}
    for words in ("(1 - 1/n)^t", "gains what", "1 - (1 - 1/n)^t"):
        assert all_fail(LAWS, "plane", record, words), words


def test_the_sampling_bias_counts_from_the_second_generation(narrowed, biased):
    assert all_pass(LAWS, "narrowed", narrowed)
    assert all_fail(LAWS, "narrowed", biased)
    assert all_fail(LAWS, "narrowed", late(narrowed))


def test_accumulate_is_told_from_replace_and_replace_multiple(accumulated, biased, unbiased):
    assert all_pass(POOLS, "accumulate", accumulated)
    assert all_fail(POOLS, "accumulate", biased, "the mean variance")
    assert all_fail(POOLS, "accumulate", biased, "squared error")
    assert all_pass(POOLS, "accumulate", biased, "add up to 1")  # what ddof = 0 does everywhere
    assert all_fail(POOLS, "accumulate", unbiased, "add up to 1")
    assert all_fail(POOLS, "replace-multiple", accumulated)


def test_a_weight_is_told_from_none(weighted, unweighted):
    assert all_pass(MIXES, "weighted", weighted)
    assert all_fail(MIXES, "weighted", unweighted)
    assert failing(MIXES, "weighted", late(weighted))
    assert all_pass(MIXES, "fresh", unweighted)  # equal weights are the fresh mix
    assert failing(MIXES, "fresh", weighted)


def test_the_golden_weight_is_told_from_another(golden):
    assert all_pass(MIXES, "golden-weight", golden)
    other = WeightedFreshMix(0.5, weight=0.85)
    wrong = record_of(MIXES, "golden-weight", regime=other)
    assert len(failing(MIXES, "golden-weight", wrong)) >= 2
    real_half = record_of(MIXES, "golden-weight", regime=WeightedFreshMix(0.5, weight=0.02))
    assert failing(MIXES, "golden-weight", real_half, "better than real items alone")


def test_the_same_real_items_are_told_from_new_ones(fixed, unweighted):
    assert all_pass(MIXES, "fixed", fixed)
    assert all_fail(MIXES, "fixed", unweighted)
    assert all_fail(MIXES, "fresh", fixed)
    assert all_fail(MIXES, "fresh-by-chance", fixed)
    assert failing(MIXES, "fresh-narrowed", unweighted)


def test_past_models_do_to_the_mean_what_past_items_do(accumulated, biased):
    assert all_pass(POOLS, "past-models", accumulated)
    assert all_fail(POOLS, "past-models", biased)
    assert all_fail(POOLS, "subsample", accumulated)


def test_the_contraction_is_told_from_one_generation_later():
    record = scenario_of(MIXES).evidence["fixed-infinite"](jax.random.key(0), 1)
    assert all_pass(MIXES, "fixed-infinite", record)
    assert all_fail(MIXES, "fixed-infinite", late(record))
