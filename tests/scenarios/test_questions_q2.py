"""Questions about supervision, sampling and age: their claims hold or say why not, and a changed
part makes them fail."""

import jax
import pytest

from collapse import (
    FreshMix,
    FunctionReward,
    KeepAll,
    Likeliest,
    Plain,
    PriorWeighted,
    PromptedTable,
    ScoreOnly,
    Tempered,
    TokenTable,
)
from collapse.commands.reproduce.rows import built
from collapse.numerics.pytree import replace
from collapse.scenario.claims import check
from collapse.scenario.published import TOGETHER
from collapse.scenario.sums import Sums
from tests.scenarios.test_published import record_of, verdicts, with_arm

NAMES = ("supervision", "sampling-or-rl", "growing-old")
SUMS = Sums()


def of(arm: str):
    """The learner of another arm."""
    return lambda arms, _: {"learner": arms[arm].learner}


def beginner(right: float):
    """A model that is right with another chance at first."""

    def changed(_, arm):
        table = TokenTable(SUMS.beginner(right), SUMS.length, order=3)
        return {"model": PromptedTable(table, given=arm.model.given)}

    return changed


def slow(_, arm):
    return {"learner": replace(arm.learner, learning_rate=0.01)}


def fast(_, arm):
    return {"learner": replace(arm.learner, learning_rate=64.0)}


def same(**parts):
    return lambda arms, arm: parts


NOTHING = ScoreOnly(FunctionReward(lambda rows: 0.0 * rows[:, 0]))
FIXED, HALF = PriorWeighted(20.0, start="previous"), FreshMix(0.1, real_start=False)
HABIT = "Entropy at 40 of chosen experience,"
NEW = "Share of the new after 20 years, met at"
# Scenario, arm, what is changed in it, and the beginnings of the claims that must notice.
SABOTAGE = (
    ("supervision", "outcome", beginner(0.8), "Solved at first", "Wrong steps in right outcomes"),
    ("supervision", "outcome", same(judge=NOTHING), "Wrong steps that", "Different answers: out"),
    ("supervision", "outcome", of("process"), "Answers until 90%, outcome"),
    ("supervision", "reflection", of("outcome"), "Answers until 90%, reflection"),
    ("supervision", "process-noisy", of("process"), "Answers until 90%, noisy"),
    ("supervision", "process-fooled", of("process"), "Solved in the end under", "pass@16 under"),
    ("supervision", "process-fooled", slow, "Solved at best"),
    ("supervision", "imitation", beginner(0.99), "Held-out steps: solved", "Held-out steps: proc"),
    ("supervision", "process", slow, "Different answers: process"),
    ("supervision", "process", fast, "Bits of feedback"),
    ("sampling-or-rl", "base", same(sampler=Tempered(0.8)), "Solved at the first try, base"),
    ("sampling-or-rl", "cold", same(sampler=Tempered(0.8)), "Solved at the first try, low"),
    ("sampling-or-rl", "best-of-8", same(sampler=Likeliest(6)), "Solved at the first try, like"),
    (
        "sampling-or-rl",
        "power",
        same(sampler=Plain()),
        "Whole answers sharpened",
        "Solved at the first try, power",
        "Entropy within a problem",
        "Entropy kept by power samples",
        "pass@256 after power samples",
    ),
    ("sampling-or-rl", "grpo-far", slow, "pass@256, GRPO trained further"),
    ("growing-old", "steady", same(learner=FIXED), "Diversity kept to 40 by chance alone, steady"),
    (
        "growing-old",
        "falling",
        same(learner=FIXED),
        "Diversity kept to 40 by chance alone, falling",
        f"{NEW} 40",
    ),
    (
        "growing-old",
        "steady-chosen",
        same(judge=KeepAll()),
        "Entropy at 40 of chosen experience, s",
    ),
    (
        "growing-old",
        "falling-chosen",
        same(judge=KeepAll()),
        f"{HABIT} f",
        "Chosen experience costs",
        "Own choice against the new",
    ),
    (
        "growing-old",
        "falling-early",
        same(regime=HALF),
        "Share of the new after 20 years, met at 5",
    ),
    (
        "growing-old",
        "rejuvenated",
        of("falling"),
        "Share of the new after 20 years, rate raised",
    ),
)


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_claims_hold_or_say_why_not(name):
    scenario = built(name, "quick")
    notes = {c.name: c.note for c in scenario.claims}
    good = verdicts(name, record_of(name, scenario.seeds))
    assert all(word.startswith("holds") or notes[c] for c, word in good.items()), good


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "arm", "changed", "claims"),
    [(*row[:3], row[3:]) for row in SABOTAGE],
    ids=[f"{row[1]}: {row[3]}" for row in SABOTAGE],
)
def test_a_changed_part_is_noticed(name, arm, changed, claims):
    scenario = built(name, "quick")
    good = verdicts(name, record_of(name, scenario.seeds))
    parts = changed(scenario.arms, scenario.arms[arm])
    bad = verdicts(name, with_arm(name, scenario.seeds, arm, **parts))
    for claim in claims:
        noticed = [c for c in good if c.startswith(claim)]
        assert noticed
        for one in noticed:
            assert good[one].startswith("holds"), one
            assert not bad[one].startswith("holds"), one


@pytest.mark.parametrize("name", ["supervision", "sampling-or-rl"])
def test_claims_about_other_evidence_hold_and_notice_another_number(name):
    """The fast one: evidence that no arm shows, and the same a fifth larger."""
    scenario = built(name, "quick")
    made = {k: f(jax.random.key(0), 8) for k, f in scenario.evidence.items() if k != TOGETHER}
    claims = [c for c in scenario.claims if c.evidence in made]
    assert claims
    for claim in claims:
        record = made[claim.evidence]
        verdict = check(claim, record).verdict
        assert verdict.startswith("holds") or claim.note, claim.name
        larger = {"curves": {k: 1.2 * x for k, x in record["curves"].items()}}
        assert not check(claim, larger).verdict.startswith("holds"), claim.name
