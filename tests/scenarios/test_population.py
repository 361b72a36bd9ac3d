"""The population claims pass on the members they are about, and fail on slightly wrong ones."""

import pytest

from collapse import MultiModel, Population
from tests.scenarios.held import all_fail, all_pass, failing, late, record_of, scenario_of

LAWS = "population-laws"


class Unweighted(MultiModel):
    """Every row weighs the same, whoever it is from."""

    def select(self, key, pool, t):
        return pool


@pytest.fixture(scope="module")
def gaussians():
    return record_of(LAWS, "gaussians")


@pytest.fixture(scope="module")
def regressions():
    return record_of(LAWS, "regressions")


@pytest.fixture(scope="module")
def islands():
    return record_of(LAWS, "islands")


def test_enough_claims_are_made():
    assert len(scenario_of(LAWS).claims) >= 14


@pytest.mark.slow
def test_gaussians_are_told_from_another_alpha_and_one_generation_later(gaussians):
    assert all_pass(LAWS, "gaussians", gaussians)
    other = record_of(LAWS, "gaussians", regime=MultiModel(alpha=0.5, beta=0.7))
    off = failing(LAWS, "gaussians", other)
    for words in ("covariance of their means", "distance between", "grow alike"):
        assert any(words in name for name in off), words
    off = failing(LAWS, "gaussians", late(gaussians))
    for words in ("mean of member 0", "mean of member 1", "variance of the mean", "distance"):
        assert any(words in name for name in off), words


@pytest.mark.slow
def test_gaussians_are_told_from_rows_without_weights():
    bare = record_of(LAWS, "gaussians", regime=Unweighted(alpha=0.6, beta=0.7))
    assert len(failing(LAWS, "gaussians", bare)) >= 6


@pytest.mark.slow
def test_regressions_are_told_from_another_beta_and_one_generation_later(regressions):
    assert all_pass(LAWS, "regressions", regressions)
    other = record_of(LAWS, "regressions", regime=MultiModel(alpha=0.6, beta=0.6))
    for words in ("coefficient of member", "shrinks", "(I - Q)", "own source", "other's source"):
        assert all_fail(LAWS, "regressions", other, words), words
    assert failing(LAWS, "regressions", late(regressions), "shrinks")
    louder = record_of(LAWS, "regressions", regime=MultiModel(alpha=0.7, beta=0.7))
    assert all_fail(LAWS, "regressions", louder, "covariance")


@pytest.mark.slow
def test_islands_are_told_from_models_that_meet(islands):
    assert all_pass(LAWS, "islands", islands)
    assert failing(LAWS, "islands", late(islands)) >= {
        "Islands: the mean heterozygosity within an island"
    }
    members = scenario_of(LAWS).arms["islands"].model.members
    met = record_of(LAWS, "islands", model=Population(members, reads="all"))
    assert all_fail(LAWS, "islands", met, "mean heterozygosity")  # the bound is for either
