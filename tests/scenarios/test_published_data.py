"""Papers about which data are trained on: claims hold, and a changed constant is noticed."""

import jax
import pytest

from collapse import FillHardest
from collapse.commands.reproduce.rows import built
from collapse.loop.simulate import run_arm
from collapse.numerics.pytree import replace
from collapse.scenario.claims import check
from collapse.scenario.published import together

slow = pytest.mark.slow

# (scenario, seeds, start of the claim's name, arm, its changed fields, other arms of the claim)
ARMS = [
    ("amin-weak-data", 1, "Labels for the hardest prompts", "hardest",
     {"regime": FillHardest(0.5, real_start=False)}),
    ("amin-weak-data", 1, "The labeller may be right", "weaker",
     {"regime": FillHardest(0.45, real_start=False)}),
]  # fmt: skip


@slow
@pytest.mark.parametrize("case", ARMS, ids=lambda case: f"{case[0]}: {case[2]}")
def test_a_changed_arm_is_noticed(case):
    name, seeds, start, arm, fields, *others = case
    scenario = built(name, "quick")
    arms, (claim,) = scenario.arms, [c for c in scenario.claims if c.name.startswith(start)]
    curves = {other: curves_of(arms[other], seeds) for other in others}
    good = curves | {arm: curves_of(arms[arm], seeds)}
    assert check(claim, together(good)).verdict in ("holds", "holds in shape")
    bad = curves | {arm: curves_of(replace(arms[arm], **fields), seeds)}
    assert check(claim, together(bad)).verdict == "does not hold"


def curves_of(arm, seeds):
    return run_arm(jax.random.key(0), arm, seeds)["curves"]
