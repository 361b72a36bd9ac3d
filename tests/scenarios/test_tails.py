"""Claims of memories and of temperature: each fails on a slightly wrong simulator."""

import functools

import jax
import pytest

from collapse import Support, Tempered, TopK
from tests.scenarios.held import all_fail, all_pass, failing, findings, late, record_of, scenario_of

TAILS, HEAT = "tail-laws", "temperature-laws"
tails = functools.cache(functools.partial(record_of, TAILS))
heat = functools.cache(functools.partial(record_of, HEAT))
END = "the end is"


@functools.cache
def evidence(name, seeds):
    return scenario_of(TAILS).evidence[name](jax.random.key(0), seeds)


@pytest.mark.slow
def test_claims_pass_on_their_own_evidence():
    for name in ("memory", "exact-top-k"):
        assert all_pass(TAILS, name, tails(name))
    assert all_pass(TAILS, "memories", evidence("memories", 400))
    assert all_pass(TAILS, "tables", evidence("tables", 2000))


@pytest.mark.slow
@pytest.mark.parametrize("name", ["hot", "cold", "neutral", "sampled"])
def test_temperatures_pass_on_their_own_evidence(name):
    assert all_pass(HEAT, name, heat(name))


@pytest.mark.slow
def test_memories_one_generation_off():
    assert all_fail(TAILS, "memory", late(tails("memory")))
    assert all_fail(TAILS, "tables", late(evidence("tables", 2000)), "First")


@pytest.mark.slow
def test_a_table_that_gets_better_is_found_out():
    backwards = {k: x[:, ::-1] for k, x in evidence("tables", 2000)["curves"].items()}
    assert all_fail(TAILS, "tables", {"curves": backwards})


@pytest.mark.slow
def test_one_item_more_than_the_cut_is_found_out():
    wrong = record_of(TAILS, "exact-top-k", sampler=Support(TopK(k=21)))
    assert all_fail(TAILS, "exact-top-k", wrong)


@pytest.mark.slow
def test_memories_of_other_rows_are_told_apart():
    """More missing than there is; the cut for the mix and the other way round; too good."""
    found = evidence("memories", 400)
    curves = found["curves"]
    wrong = {"real": curves["real"] * 1.2, "cut": curves["mixed"], "mixed": curves["cut"]}
    bound = "no better than the tail"
    good = set(findings(TAILS, "memories", found, bound))
    assert set(findings(TAILS, "memories", found)) - good == failing(
        TAILS, "memories", {"curves": wrong}
    )
    below = {"curves": curves | {"cut": curves["cut"] * 0.75}}
    assert all_fail(TAILS, "memories", below, bound)


def test_another_temperature_is_found_out():
    for name, degrees in (("hot", 2.01), ("cold", 0.501), ("neutral", 1.001)):
        wrong = record_of(HEAT, name, sampler=Support(Tempered(degrees)))
        good = set(findings(HEAT, name, wrong)) - failing(HEAT, name, wrong)
        assert all(END in claim for claim in good)
    assert all_fail(HEAT, "hot", heat("cold"))
    assert all_fail(HEAT, "cold", heat("hot"))


@pytest.mark.slow
def test_heat_one_generation_off():
    for name in ("hot", "cold", "sampled"):
        wrong = late(heat(name))
        good = set(findings(HEAT, name, wrong)) - failing(HEAT, name, wrong)
        assert all(END in claim or "stays" in claim for claim in good)


@pytest.mark.slow
def test_a_sampled_temperature_is_no_martingale():
    assert all_fail(HEAT, "sampled", record_of(HEAT, "sampled", sampler=Tempered(1.1)), "stays")
