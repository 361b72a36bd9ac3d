"""The shipped papers about judges and RL: their claims hold or say why not, and a changed constant
makes one fail."""

import jax
import pytest

from collapse import Distance, FreshMix, Plain, Scaled, Tempered
from collapse.commands.reproduce.rows import built
from collapse.numerics.pytree import replace
from collapse.scenario.claims import check
from collapse.scenario.published import TOGETHER
from tests.scenarios.test_published import record_of, verdicts, with_arm


def changed(arm, **fields):
    """The arm with fields set by their paths: judge__k=2 is replace(arm, judge=replace(..., k=2))."""
    for path, value in fields.items():
        name, _, rest = path.partition("__")
        arm = replace(arm, **{name: changed(getattr(arm, name), **{rest: value}) if rest else value})
    return arm


# Scenario, arm, what is changed of it, the claim that must notice.
SABOTAGE = (
    (
        "ferbach-curation",
        "with-real",
        {"regime": FreshMix(0.0)},
        "With real data, lambda = 0.25 < 1 / (K - 1): KL to them",
    ),
)


@pytest.mark.slow
@pytest.mark.parametrize(("name", "arm", "fields", "claim"), SABOTAGE)
def test_claims_hold_and_a_changed_constant_is_noticed(name, arm, fields, claim):
    scenario = built(name, "quick")
    good = verdicts(name, record_of(name, scenario.seeds))
    notes = {c.name: c.note for c in scenario.claims}
    assert all(word.startswith("holds") or notes[c] for c, word in good.items()), good
    assert good[claim].startswith("holds")
    one = changed(scenario.arms[arm], **fields)
    slots = {field: getattr(one, field) for field in {path.split("__")[0] for path in fields}}
    bad = verdicts(name, with_arm(name, scenario.seeds, arm, **slots))
    assert bad[claim] == "does not hold"
