"""Questions about supervision, sampling and age: their claims hold or say why not, and a changed
part turns them over."""

import jax
import numpy as np
import pytest

from collapse import (
    Empirical,
    FreshMix,
    FunctionReward,
    KeepAll,
    Likeliest,
    Plain,
    Power,
    PriorWeighted,
    PromptedTable,
    ScoreOnly,
    Tempered,
    TokenTable,
)
from collapse.commands.reproduce.rows import built
from collapse.numerics.pytree import replace
from collapse.scenario.claims import check
from collapse.scenario.sums import Sums
from tests.scenarios.questions import OTHER_ARM, RECORD, SETTING, about, named, turns
from tests.scenarios.test_published import record_of, verdicts, with_arm

NAMES = ("supervision", "sampling-or-rl", "growing-old")
SUMS = Sums()


def of(arm: str):
    """The learner of another arm, and its judge."""
    return lambda arms, _: {"learner": arms[arm].learner, "judge": arms[arm].judge}


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


def all_shown(_, arm):
    """Demonstrations of nearly every right answer."""
    shown = SUMS.demonstrations(np.random.default_rng(6), np.asarray(arm.model.given), 60)
    return {"truth": Empirical.of(shown, arm.model.vocab_size)}


NOTHING = ScoreOnly(FunctionReward(lambda rows: 0.0 * rows[:, 0]))
FIXED, HALF = PriorWeighted(20.0, start="previous"), FreshMix(0.1, real_start=False)
HABIT = "Entropy at 40 of chosen experience,"
NEW = "Share of the new after 20 years, met at"
# Scenario, arm, what is changed in it, or the name of the arm whose curves take the place of its
# own, and the beginnings of the claims that must notice.
SABOTAGE = (
    ("supervision", "outcome", beginner(0.8), "Solved at first", "Wrong steps in right outcomes"),
    ("supervision", "outcome", same(judge=NOTHING), "Wrong steps that", "Different answers: out"),
    ("supervision", "outcome", of("process"), "Answers until 90%, outcome"),
    ("supervision", "outcome", "process-fooled", "pass@16, the least"),
    ("supervision", "outcome", "imitation", "Right answers never shown: outcome"),
    ("supervision", "reflection", of("outcome"), "Answers until 90%, reflection"),
    (
        "supervision",
        "reflection",
        "imitation",
        "Held-out steps: reflection",
        "Right answers never shown: reflection",
        "Different answers: reflection",
    ),
    ("supervision", "process-noisy", of("process"), "Answers until 90%, noisy"),
    ("supervision", "process-fooled", of("process"), "Solved in the end under", "pass@16 under"),
    ("supervision", "process-fooled", slow, "Solved at best"),
    (
        "supervision",
        "imitation",
        beginner(0.99),
        "Held-out steps: solved",
        "Held-out steps: proc",
        "Bits of feedback until 90%, imitation",
    ),
    ("supervision", "imitation", "outcome", "Answers until 90%, imitation"),
    ("supervision", "process", slow, "Different answers: process"),
    ("supervision", "process", fast, "Bits of feedback until 90%, outcome"),
    ("supervision", "process", "process-noisy", "Wrong steps reinforced: process"),
    ("supervision", "process", "imitation", "Right answers never shown: process"),
    ("supervision", "tree-outcome", slow, "Trees: solved after 40"),
    ("supervision", "tree-process", slow, "Trees: solved after 12"),
    ("supervision", "tree-outcome", "tree-process", "Trees: walks until 90%"),
    ("supervision", "tree-fooled", "tree-process", "Trees: solved under"),
    (
        "supervision",
        "reflections",
        same(sampler=Tempered(0.8)),
        "Different reflections in 10 tries",
    ),
    (
        "supervision",
        "reflections-cold",
        same(sampler=Tempered(0.8)),
        "Different reflections in 10 tries, at a temperature",
        "The same when it learns from them twice",
    ),
    ("sampling-or-rl", "base", same(sampler=Tempered(0.8)), "Solved at the first try, base"),
    ("sampling-or-rl", "cold", same(sampler=Tempered(0.8)), "Solved at the first try, low"),
    ("sampling-or-rl", "best-of-8", same(sampler=Likeliest(6)), "Solved at the first try, like"),
    (
        "sampling-or-rl",
        "power",
        same(sampler=Plain()),
        "Whole answers sharpened",
        "Solved at the first try, power",
        "Entropy within a problem that",
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
    # These do not hold, and hold with what is changed.
    ("supervision", "imitation", all_shown, "Right answers of imitation that were never shown"),
    ("supervision", "outcome", "process", "Held-out steps: outcome"),
    ("supervision", "reflection", "process", "Wrong steps reinforced: reflection"),
    ("sampling-or-rl", "power", same(sampler=Power(4.0, block=2, steps=40)), "Share of the gain"),
    ("sampling-or-rl", "grpo", "base", "Solved at the first try, GRPO over power"),
    ("sampling-or-rl", "grpo", "grpo-far", "Entropy within a problem, GRPO"),
    ("sampling-or-rl", "grpo", "grpo-far", "pass@256, GRPO minus power"),
    ("sampling-or-rl", "power", "base", "pass@256 lost by power"),
    ("growing-old", "steady-chosen", "steady", "A falling rate narrows more"),
)
# Scenario, evidence of a function, and a constant of it with another value.
CONSTANTS = (
    ("supervision", "chains", "CHAIN", 0.7),
    ("sampling-or-rl", "cost", "STEPS", 8),
)
PAPER = "Tokens for a token of a power sample, 679 tokens"


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
    curves = record_of(name, scenario.seeds)
    if isinstance(changed, str):
        other = curves | {arm: curves[changed]}
    else:
        parts = changed(scenario.arms, scenario.arms[arm])
        other = with_arm(name, scenario.seeds, arm, **parts)
    good, bad = verdicts(name, curves), verdicts(name, other)
    for claim in claims:
        for one in named(name, claim):
            assert turns(name, one, good[one], bad[one]), one


@pytest.mark.parametrize(("name", "evidence", "constant", "value"), CONSTANTS)
def test_claims_about_other_evidence_notice_a_changed_constant(
    name, evidence, constant, value, monkeypatch
):
    """The fast one, of evidence that no arm shows."""
    scenario, claims = built(name, "quick"), set(about(name, evidence)) - {PAPER}
    function = scenario.evidence[evidence]
    good = function(jax.random.key(0), 8)
    monkeypatch.setitem(function.__globals__, constant, value)
    bad = function(jax.random.key(0), 8)
    assert claims
    for claim in scenario.claims:
        if claim.name in claims:
            words = (check(claim, record).verdict for record in (good, bad))
            assert turns(name, claim.name, *words), claim.name


def test_the_cost_in_tokens_would_hold_where_it_is_what_the_formula_counts():
    """A planted record: no number of steps has exactly the cost that the paper's formula gives."""
    scenario = built("sampling-or-rl", "quick")
    (claim,) = (c for c in scenario.claims if c.name == PAPER)
    made = scenario.evidence["cost"](jax.random.key(0), 8)["curves"]["tokens"]
    formula = {"curves": {"tokens": made - made.mean(0) + 10 * 679 / (4 * 192)}}
    words = (check(claim, record).verdict for record in ({"curves": {"tokens": made}}, formula))
    assert turns("sampling-or-rl", PAPER, *words)


def sabotaged() -> list[tuple[str, str, str]]:
    """(scenario, claim, kind of sabotage) of all cases here."""
    arms = [
        (row[0], claim, OTHER_ARM if isinstance(row[2], str) else SETTING)
        for row in SABOTAGE
        for start in row[3:]
        for claim in named(row[0], start)
    ]
    rows = [(row[0], claim, SETTING) for row in CONSTANTS for claim in about(*row[:2])]
    return [*arms, *(row for row in rows if row[1] != PAPER), ("sampling-or-rl", PAPER, RECORD)]
