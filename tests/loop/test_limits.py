"""Runs that are larger than the machine are refused before they start, with what would fit."""

import re

import jax
import jax.numpy as jnp
import pytest

import collapse as c
from collapse.commands.request import Options, scenario_of
from collapse.errors import UserError
from collapse.loop import limits, memory
from collapse.loop.simulate import run_arm
from collapse.loop.sweep import run_arms
from collapse.numerics.pytree import replace
from collapse.regimes import FreshMix
from collapse.runs.directory import run_scenario
from collapse.scenario.load import build
from collapse.scenario.prepare import prepare_scenario
from tests.shared import slots

FREE = 4000.0  # megabytes of the machine that these tests have in mind


@pytest.fixture(autouse=True)
def machine(monkeypatch):
    monkeypatch.setattr(memory, "free_megabytes", lambda: FREE)
    monkeypatch.setattr(limits, "free_megabytes", lambda: FREE)


def arm(n=100, generations=5, regime=None):
    parts = c.KeepAll(), regime or c.Replace(), c.MaximumLikelihood(), c.Plain()
    return c.Arm(
        **slots(c.uniform(50), c.uniform(50), *parts, (c.ItemDiversity(),), n, generations)
    )


def one(arm, **fields):
    prepared = c.prepare(arm, checked=False)
    return c.Scenario("one", "One", {"one": prepared}, "none", ("entropy",), **fields)


def number(sentence: str, before: str) -> int:
    return int(re.search(rf"{before}(\d+)", sentence).group(1))


@pytest.mark.slow
@pytest.mark.parametrize("regime", [c.Replace(), c.Accumulate()])
def test_closed_forms_that_need_more_memory_than_there_is_are_refused(regime):
    """With the seeds side by side that would fit, or the items if not one seed does."""
    large = one(arm(600_000, regime=regime))
    with pytest.raises(UserError, match="needs about .* GB, and 4.0 GB are free: use") as caught:
        memory.check(large, None)
    size = number(str(caught.value), "--batch-seeds ")
    assert 1 <= size < 32
    assert memory.estimate(large, size)["megabytes"] <= FREE
    memory.check(large, size)
    with pytest.raises(UserError, match=r"lower n to \d+, the model's sizes") as caught:
        memory.check(one(arm(300_000_000, regime=regime)), None)
    n = number(str(caught.value), "lower n to ")
    needs = memory.estimate(one(arm(n, regime=regime)), None)["megabytes"]
    assert 0.5 * FREE < needs <= FREE * 1.01
    with pytest.raises(UserError, match=r"needs about .* use seeds=\d+"):
        run_arm(0, arm(600_000, regime=regime), 64)


def test_blocks_of_any_size_are_estimated_and_refused():
    """However many seeds: none of them is laid out."""
    small = one(arm(), seeds=2)
    with pytest.raises(UserError, match="use --batch-seeds") as caught:
        memory.check(small, 10**9)
    size = number(str(caught.value), "--batch-seeds ")
    assert size > 1000
    assert 0.9 * FREE < memory.estimate(small, size)["megabytes"] <= FREE


def test_what_is_small_for_sure_is_not_even_estimated(monkeypatch):
    monkeypatch.setattr(memory, "estimate", lambda *_: pytest.fail("estimated"))
    memory.check(one(arm(10_000)), None)
    memory.check(prepare_scenario(build("gaussian-replace")), None)  # summaries: n takes no room


def test_more_seeds_or_generations_than_there_is_memory_are_refused_with_what_fits():
    for seeds, generations in ((10**12, 5), (4, 10**12), (10**12, 10**12), (2, 2**31)):
        (sentence,) = limits.record_errors([arm(generations=generations)] * 2, seeds)
        assert f"{seeds} seeds of {generations} generations need about" in sentence
    sentence = limits.record_errors([arm(generations=100)], 10**9)[0]
    most, last = number(sentence, "--seeds "), 100
    assert limits.record_errors([arm(generations=last)], most) == []
    assert limits.record_errors([arm(generations=last)], most + 1) != []
    sentence = limits.record_errors([arm(generations=10**10)], 4)[0]
    assert limits.record_errors([arm(generations=number(sentence, "--generations "))], 4) == []


def test_the_command_line_and_simulate_refuse_them_before_anything_is_prepared(monkeypatch):
    monkeypatch.setattr(
        "collapse.scenario.prepare.prepare_scenario", lambda *_: pytest.fail("prepared")
    )
    for counts in ({"seeds": 10**12}, {"generations": 10**12}):
        with pytest.raises(UserError, match="for their curves alone"):
            scenario_of(Options("gaussian-replace", **counts))
    for seeds, given in ((10**12, arm()), (2, arm(generations=10**12)), (range(2**31), arm())):
        with pytest.raises(UserError, match="for their curves alone|seeds must be"):
            run_arm(0, given, seeds)
        with pytest.raises(UserError, match="for their curves alone|seeds must be"):
            run_arms(0, [given] * 2, seeds)


@pytest.mark.slow
def test_a_report_card_larger_than_the_machine_is_refused_before_the_judge_is_tried(monkeypatch):
    from collapse.commands.judge import runs as bench

    monkeypatch.setattr(bench, "try_judge", lambda *_: pytest.fail("tried"))
    with pytest.raises(UserError, match="needs about .* lower n to"):
        bench.bench(c.TopFraction(), build("answers"), 2, 2, 10**8, 0)


def test_more_rows_than_have_a_number_are_refused_and_summaries_have_none():
    """Or the judge would be blamed for an overflow."""
    judged = replace(arm(10**9), judge=c.TopFraction())
    with pytest.raises(UserError, match=r"49{6}\d\d\d candidates .* lower n to 4294967\d\d\."):
        c.prepare(judged)
    normal = replace(arm(10**10), truth=c.Gaussian(), model=c.Gaussian(), measures=(c.Moments(),))
    assert c.prepare(normal, checked=False).sampler.kind == "summary"


def test_the_fewest_items_of_a_mix_are_found_in_a_long_run_too():
    """By one look at all generations: a loop over them took a minute for a million."""
    share = c.Schedule([0.5, 0.25], [0, 700_000])
    regime = replace(FreshMix(share), n=100)
    assert regime.least(600_000) == 50
    assert regime.least(1_000_000) == 25


def test_memory_that_runs_out_all_the_same_is_a_sentence(monkeypatch, run):
    def out(*_):
        raise RuntimeError("RESOURCE_EXHAUSTED: Out of memory allocating 9 bytes.")

    monkeypatch.setattr("collapse.loop.simulate._all_generations", out)
    with pytest.raises(UserError, match="memory ran out: lower n"):
        run_arm(0, arm())
    monkeypatch.setattr("collapse.commands.run.run", out)
    code, _, err = run("run", "gaussian-replace")
    assert code == 2
    assert "The memory ran out" in err


@pytest.mark.slow
def test_programs_are_dropped_before_the_memory_maps_run_out(monkeypatch, tmp_path):
    """The compiler dies of a process that has as many maps as it may have."""
    traced = []

    def program():
        @jax.jit
        def f(x):
            traced.append(1)
            return jnp.cumsum(x) + 1

        return f

    first = program()
    first(jnp.ones(3))
    limit = tmp_path / "most"
    monkeypatch.setattr(limits, "MOST_MAPS", limit)
    for most, drops in ((10**9, False), (100, True)):
        limit.write_text(str(most))
        before = len(traced)
        limits.make_room()
        first(jnp.ones(3))
        assert (len(traced) > before) == drops
    limit.unlink()
    limits.make_room()  # a system without such a limit
    calls = []
    monkeypatch.setattr("collapse.loop.simulate.make_room", lambda: calls.append("simulate"))
    monkeypatch.setattr("collapse.runs.blocks.make_room", lambda: calls.append("run"))
    run_arm(0, arm(10, 1), 1)
    run_scenario(replace(one(arm(10, 1)), seeds=1), tmp_path / "r")
    assert set(calls) == {"simulate", "run"}
