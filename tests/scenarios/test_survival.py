"""Claims of what can only be lost: each fails on a slightly wrong simulator."""

import functools

import jax
import numpy as np
import pytest

from tests.scenarios.held import all_fail, all_pass, failing, findings, late, record_of, scenario_of

NAME = "survival-laws"
ARMS = ["tokens", "documents", "poisson", "coin"]


@functools.cache
def record(name):
    evidence = scenario_of(NAME).evidence
    return evidence[name](jax.random.key(0), 4000) if name in evidence else record_of(NAME, name)


def kinds_failing(name, found):
    kinds = {claim.name: claim.kind for claim in scenario_of(NAME).claims}
    return sorted(kinds[claim] for claim in failing(NAME, name, found))


@pytest.mark.slow
@pytest.mark.parametrize("name", [*ARMS, "ends", "wright-with-novelty", "moran"])
def test_claims_pass_on_their_own_evidence(name):
    assert all_pass(NAME, name, record(name))


@pytest.mark.slow
@pytest.mark.parametrize("name", ARMS)
def test_laws_fail_one_generation_off(name):
    laws = [f for f in findings(NAME, name, record(name)).values() if f.claim.kind == "law"]
    assert kinds_failing(name, late(record(name))).count("law") == len(laws) > 0


@pytest.mark.slow
def test_bounds_from_below_fail_where_more_is_lost():
    """A generation off; the tokens' bound from above holds all the more."""
    assert kinds_failing("documents", late(record("documents"))) == ["bound", "law"]
    assert kinds_failing("tokens", late(late(record("tokens")))).count("bound") == 2


@pytest.mark.slow
def test_bounds_from_above_fail_where_less_is_lost():
    """As if nothing were lost at all."""
    for name, laws in (("tokens", 2), ("coin", 1)):
        curves = record(name)["curves"].items()
        kept = {"curves": {k: np.repeat(x[:, :1], x.shape[1], 1) for k, x in curves}}
        assert kinds_failing(name, kept) == ["bound"] + ["law"] * laws


@pytest.mark.slow
def test_a_coin_of_fewer_rows_is_found_out():
    """18 rows a generation in place of 20."""
    assert "law" in kinds_failing("coin", record_of(NAME, "coin", n=18))


@pytest.mark.slow
def test_ends_are_told_apart():
    curves = record("ends")["curves"]
    swapped = {"outcomes": curves["documents"], "documents": curves["outcomes"]}
    assert all_fail(NAME, "ends", {"curves": swapped})
    assert all_fail(NAME, "ends", {"curves": {name: time - 1 for name, time in curves.items()}})


def test_kinds_are_told_apart():
    """Ewens' urn is not the loop of few rows, nor the other way round."""
    moran, wright = record("moran")["curves"], record("wright-with-novelty")["curves"]
    assert all_fail(NAME, "moran", {"curves": {"kinds": wright["kinds"]}})
    wrong = {"curves": {"kinds": moran["kinds"], "collision": 1.05 * wright["collision"]}}
    assert all_fail(NAME, "wright-with-novelty", wrong)
