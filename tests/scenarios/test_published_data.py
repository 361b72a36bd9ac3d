"""Papers about which data are trained on: claims hold, and a changed constant is noticed."""

import jax
import pytest

from collapse import AccumulateSubsample
from collapse.commands.reproduce.rows import built
from collapse.loop.simulate import run_arm
from collapse.scenario.claims import check
from collapse.scenario.published import together
from tests.scenarios.test_published_rl import changed

KEY = jax.random.key(0)
slow = pytest.mark.slow

# (scenario, seeds, start of the claim's name, arm, its changed field, the value, other arms)
ARMS = [
    ("amin-weak-data", 1, "Labels for the hardest prompts", "hardest", "regime.below", 0.5),
    ("amin-weak-data", 1, "The labeller may be right", "weaker", "regime.below", 0.45),
    ("qiao-selection", 8, "A centre that is right", "replace-unbiased", "judge.fraction", 0.06),
    ("qiao-selection", 8, "Selection takes away", "accumulate-select", "judge.fraction", 0.9,
     "accumulate"),
    ("kazdan-cardinality", 500, "The same in the loop", "256-real", "regime.share", 0.2,
     "1792-real"),
    ("shi-memorisation", 40, "Replace: the output comes nearer", "replace", "regime",
     AccumulateSubsample()),
    ("shi-memorisation", 40, "Items far from one another", "subsample-select", "judge.trade", 1.0,
     "subsample"),
]  # fmt: skip


@slow
@pytest.mark.parametrize("case", ARMS, ids=lambda case: f"{case[0]}: {case[2]}")
def test_a_changed_arm_is_noticed(case):
    name, seeds, start, arm, field, value, *others = case
    scenario = built(name, "quick")
    arms, (claim,) = scenario.arms, [c for c in scenario.claims if c.name.startswith(start)]
    curves = {other: curves_of(arms[other], seeds) for other in others}
    good = curves | {arm: curves_of(arms[arm], seeds)}
    assert check(claim, together(good)).verdict in ("holds", "holds in shape")
    bad = curves | {arm: curves_of(changed(arms[arm], field, value), seeds)}
    assert check(claim, together(bad)).verdict == "does not hold"


def curves_of(arm, seeds):
    return run_arm(KEY, arm, seeds)["curves"]


# (scenario, evidence, seeds, start of the claim's name, constant, its changed value)
CONSTANTS = [
    ("qiao-selection", "ten truths", 8, "replace-select: trace", "KEPT", 0.2),
    ("kazdan-cardinality", "grid", 500, "Risk by real and synthetic rows", "D", 6),
    ("kazdan-cardinality", "grid", 2000, "4096 real rows", "WORTH", 2000),
    ("kazdan-cardinality", "grid", 500, "The number of real rows explains", "REAL",
     (2048, 3000, 4096, 5000)),
]  # fmt: skip


@slow
@pytest.mark.parametrize("case", CONSTANTS, ids=lambda case: f"{case[0]}: {case[3]}")
def test_a_changed_constant_of_the_evidence_is_noticed(case, monkeypatch):
    name, evidence, seeds, start, constant, value = case
    scenario = built(name, "quick")
    function = scenario.evidence[evidence]
    claim = next(c for c in scenario.claims if c.name.startswith(start))
    assert check(claim, function(KEY, seeds)).verdict in ("holds", "holds in shape")
    monkeypatch.setitem(function.__globals__, constant, value)
    assert check(claim, function(KEY, seeds)).verdict == "does not hold"
