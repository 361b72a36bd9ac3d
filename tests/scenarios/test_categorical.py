"""Claims of the categorical loops: each passes on its own regime and fails on wrong ones."""

import functools

import jax
import pytest

from tests.scenarios.held import all_fail, all_pass, failing, findings, late, record_of, scenario_of

NAME = "categorical-laws"
ARMS = ("replace", "accumulate", "fresh", "fresh-weighted")
KEPT = "the mean probability of an outcome stays"  # in every regime, at any time
NEAR = "near the limit"  # at any late time

record = functools.cache(functools.partial(record_of, NAME))


@pytest.mark.slow
@pytest.mark.parametrize("name", ARMS)
def test_claims_pass_on_their_own_regime(name):
    assert all_pass(NAME, name, record(name))


@pytest.mark.slow
@pytest.mark.parametrize("name", ARMS)
def test_claims_fail_one_generation_off(name):
    good = set(findings(NAME, name, record(name))) - failing(NAME, name, late(record(name)))
    assert all(KEPT in claim or NEAR in claim for claim in good)


ALIKE = [  # not told apart by 2000 seeds at n = 50
    ("balanced", "accumulate"),
    ("subsample", "accumulate"),
    ("fresh-by-chance", "fresh"),
]


@pytest.mark.slow
@pytest.mark.parametrize("other", ARMS)
def test_claims_fail_on_another_regime(other):
    """Also those of regimes that are not run here. Real rows of weight 0.5 that is not divided by
    their number are those of the mix ``fresh``."""
    for claim in scenario_of(NAME).claims:
        own = claim.evidence
        if own in scenario_of(NAME).arms and own != other and (own, other) not in ALIKE:
            if KEPT in claim.name or NEAR in claim.name:
                continue
            assert all_fail(NAME, own, record(other), claim.name), claim.name


def test_the_urn_grows_by_one_row():
    """One row off is found in the variance, five in H_t."""
    urn = scenario_of(NAME).evidence["urn"](jax.random.key(0), 2000)
    assert all_pass(NAME, "urn", urn)
    assert all_fail(NAME, "urn", late(urn), "variance")
    assert all_fail(NAME, "urn", late(late(late(late(late(urn))))))
