"""Three questions of the article: each claim holds on its own arms or says why not, and a changed
setting turns it over."""

import functools
import re

import jax
import numpy as np
import pytest

from collapse import (
    KeepAll,
    Likelihood,
    Plain,
    RandomFraction,
    Replace,
    RewardWeighted,
    Support,
    Tempered,
    TopFraction,
    TopK,
    WeightedFreshMix,
)
from collapse.commands.reproduce.rows import built
from collapse.data.corpus import from_items, load_corpus
from collapse.errors import UserError
from collapse.laws.verifiers import effective_number, exponent_where, sharpened
from collapse.loop.simulate import run_arm
from collapse.scenario.claims import check
from collapse.scenario.load import build, find, load_file
from collapse.scenario.published import TOGETHER, together
from tests.scenarios.questions import SETTING, about, named, turns
from tests.scenarios.test_published_rl import changed
from tests.shared import shared

slow = pytest.mark.slow


@functools.cache
def arm_of(name: str, arm: str) -> dict:
    scenario = built(name, "quick")
    return simulated(scenario, scenario.arms[arm])


def simulated(scenario, arm) -> dict:
    return run_arm(jax.random.key(0), arm, scenario.seeds)["curves"]


def verdicts(name: str, **other) -> dict[str, str]:
    """{claim: verdict} on the arms of a scenario, the curves of some of them replaced."""
    scenario = built(name, "quick")
    curves = {arm: other.get(arm) or arm_of(name, arm) for arm in scenario.arms}
    claims = [c for c in scenario.claims if c.evidence == TOGETHER]
    return {c.name: check(c, together(curves)).verdict for c in claims}


def turned(name: str, arm: str, field: str, value) -> dict[str, str]:
    scenario = built(name, "quick")
    made = simulated(scenario, changed(scenario.arms[arm], field, value))
    return verdicts(name, **{arm: made})


NAMES = ("entropy-bonus", "three-jokes", "jokes", "cold-jokes", "judges-compared")


@pytest.mark.slow
@pytest.mark.parametrize("name", [NAMES[0], *(pytest.param(n, marks=slow) for n in NAMES[1:])])
def test_claims_hold_or_say_why_not(name):
    notes = {c.name: c.note for c in built(name, "quick").claims}
    for claim, verdict in verdicts(name).items():
        assert verdict.startswith("holds") or (verdict == "does not hold" and notes[claim]), claim


LIKELY = TopFraction(Likelihood(), fraction=0.2)
HALF = TopFraction(Likelihood(), fraction=0.5)
AT_RANDOM = RandomFraction(0.2)
# Scenario, arm, the field that is changed, its value, the beginnings of the claims that notice.
SABOTAGE = [
    ("three-jokes", "path-2", "learner.learning_rate", 1.5, ["Exponent that leaves three jokes"]),
    ("three-jokes", "taste", "judge.reward.strength", 0.3,
     ["Jokes left by people's", "Five rounds on"]),
    ("three-jokes", "taste", "learner.kl_coef", 0.5, ["Five rounds on"]),
    ("three-jokes", "taste-again", "learner.learning_rate", 0.8, ["Without the anchor"]),
    ("three-jokes", "cold", "sampler", Support(Tempered(0.8)),
     ["Jokes left at a temperature", "Jokes left when that model"]),
    ("three-jokes", "greedy", "sampler", Support(TopK(2)), ["Jokes left by greedy"]),
    ("three-jokes", "judge", "judge.fraction", 0.5, ["Jokes left by one round"]),
    ("three-jokes", "cold-judge", "judge", KeepAll(), ["Cold and judged"]),
    ("three-jokes", "random-fifth", "judge", LIKELY, ["A random fifth"]),
    ("entropy-bonus", "neither", "learner.entropy", 0.2, ["Neither: good"]),
    ("entropy-bonus", "bonus-0.2", "learner.entropy", 0.03,
     ["Bonus of 0.2: good", "Bonus of 0.2: junk", "Every bonus"]),
    ("entropy-bonus", "bonus-0.5", "learner.entropy", 0.05,
     ["Bonus of 0.5: junk", "Bonus of 0.5: entropy", "Every bonus"]),
    ("entropy-bonus", "anchor-0.2", "learner.kl_coef", 0.03,
     ["Anchor of 0.2: junk", "Anchor of 0.2: good"]),
    ("entropy-bonus", "anchor-0.2", "learner", RewardWeighted(learning_rate=2.0, entropy=0.15),
     ["Junk of a bonus over"]),
    ("entropy-bonus", "both", "learner.kl_coef", 0.1, ["Both at 0.2: junk"]),
    ("entropy-bonus", "bonus-and-real", "regime", WeightedFreshMix(0.3, weight=0.3),
     ["Bonus of 0.2 and a tenth"]),
    ("entropy-bonus", "real", "regime", Replace(),
     ["No bonus and a tenth of real data: junk", "No bonus and a tenth of real data: good"]),
    ("jokes", "no-judge", "judge", HALF, ["Jokes left without a judge"]),
    ("jokes", "typical-fifth", "judge", AT_RANDOM, ["Jokes left by a judge"]),
    ("jokes", "typical-fifth-fresh", "regime", Replace(), ["Jokes left by that judge"]),
    ("jokes", "random-fifth", "judge", HALF, ["Candidates a random", "Jokes left by a random"]),
    ("cold-jokes", "plain", "judge", LIKELY, ["As it is"]),
    ("cold-jokes", "cold", "sampler", Plain(),
     ["Cold: jokes left", "Cold: generation", "Cold: jokes of the first"]),
    ("cold-jokes", "greedy", "sampler", TopK(2), ["Greedy"]),
    ("cold-jokes", "judge", "judge", KeepAll(), ["A judge in place"]),
    ("cold-jokes", "cold-judge", "judge", KeepAll(), ["A judge beside"]),
    ("judges-compared", "random-fifth", "judge", LIKELY,
     ["Random fifth: right", "Random fifth: wrong"]),
    ("judges-compared", "ai-judge", "judge", AT_RANDOM,
     ["AI judge: right", "AI judge: answers left", "AI judge: rise", "AI judge: share"]),
    ("judges-compared", "verifier", "judge", AT_RANDOM, ["Verifier: right answers"]),
    ("judges-compared", "verifier", "judge", LIKELY,
     ["Verifier: answers left, times", "Verifier: right answers narrowed",
      "People: answers left, of the verifier's"]),
    ("judges-compared", "people", "judge", LIKELY, ["People: answers left, times"]),
    ("judges-compared", "people", "judge", AT_RANDOM, ["People: right answers"]),
    ("judges-compared", "gamed-judge", "judge.fraction", 0.5,
     ["Exploit: generation in", "Share of answers that each"]),
    ("judges-compared", "gamed-panel", "judge", LIKELY, ["Exploit: generations that"]),
    # These do not hold, and hold with the other setting.
    ("entropy-bonus", "both", "learner.entropy", 0.02, ["An anchor beside the bonus"]),
    ("entropy-bonus", "bonus-and-real", "judge.reward.strength", -0.02,
     ["A tenth of real data takes away"]),
]  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "arm", "field", "value", "claims"),
    [pytest.param(*row, marks=[slow] * (row[0] != NAMES[0])) for row in SABOTAGE],
    ids=lambda x: x if isinstance(x, str) else "",
)
def test_a_changed_setting_is_noticed(name, arm, field, value, claims):
    good, bad = verdicts(name), turned(name, arm, field, value)
    for start in claims:
        (claim,) = named(name, start)
        assert turns(name, claim, good[claim], bad[claim]), claim


def sabotaged() -> list[tuple[str, str, str]]:
    """(scenario, claim, kind of sabotage) of all cases here."""
    rows = [
        (row[0], claim) for row in SABOTAGE for start in row[4] for claim in named(row[0], start)
    ]
    beside = [("three-jokes", claim) for claim in about("three-jokes", "exponents")]
    return [(*row, SETTING) for row in rows + beside]


# Measured jokes


def module():
    return load_file(find("three-jokes"), "scenario")


def findings(made):
    scenario = made.scenario()
    record = scenario.evidence["exponents"](jax.random.key(0), 1)
    own = [c for c in scenario.claims if c.evidence == "exponents"]
    assert len(own) == 4
    return {c.name: check(c, record) for c in own}


def test_a_model_of_three_jokes_would_be_told(monkeypatch):
    """The claims of the article about measured jokes fail on ChatGPT's of 2023 and would hold for
    a thousand jokes by Zipf's law to the power 2.6; the exponents are the ones put in."""
    made = module()
    names = [c for c in findings(made) if "ChatGPT" in c or c.startswith("Both")]
    for name in names:
        assert findings(made)[name].verdict == "does not hold"
    assert findings(made)[names[0]].measured == pytest.approx(1.36, abs=0.01)
    p = sharpened(made.ZIPF, 2.6)
    told = {"effective": effective_number(p), "top": float(p[:3].sum())}
    assert made.exponents_of(told) == pytest.approx((2.6, 2.6))
    monkeypatch.setattr(made, "CHATGPT", told)
    for name in names:
        assert findings(made)[name].verdict.startswith("holds")


def test_the_built_in_jokes_are_those_of_the_grammar(monkeypatch):
    """And of jokes that are sharpened already, three are left to a lower power."""
    made, truth = module(), build("jokes").arms["no-judge"].truth
    p = made.grammar()
    assert len(p) == int(truth.support_size)
    assert np.log(effective_number(p)) == pytest.approx(truth.entropy(), abs=1e-5)
    (name,) = (c for c in findings(made) if "built-in" in c)
    assert findings(made)[name].verdict.startswith("holds")
    monkeypatch.setattr(made, "grammar", lambda: sharpened(made.ZIPF, 2.0))
    assert not findings(made)[name].verdict.startswith("holds")


def test_jokes_of_a_file():
    """As often as they occur; and a file whose commonest jokes are too many to leave three."""
    jokes = ["why so cold ?"] * 6 + ["knock knock ."] * 3 + ["a duck ."] * 2 + ["bar none ."]
    scenario = build("three-jokes", corpus=from_items(jokes, "jokes"))
    np.testing.assert_allclose(scenario.arms["cold"].truth.p, [6 / 12, 3 / 12, 2 / 12, 1 / 12])
    assert "12 jokes, 4 different" in scenario.notes[0]
    three = exponent_where([6, 3, 2, 1], effective_number, 3)
    assert f"three are left to the power {three:.2f}" in scenario.notes[2]
    flat = build("three-jokes", corpus=from_items([f"joke {i} ." for i in range(9)], "jokes"))
    assert not [arm for arm in flat.arms if arm.startswith("path")]
    assert flat.notes[2].endswith("to no power")


@pytest.mark.parametrize("fraction", [0.0, 1.2])
def test_a_share_that_is_none_is_refused(fraction):
    arm = changed(built("three-jokes", "quick").arms["judge"], "judge.fraction", fraction)
    with pytest.raises(UserError, match=re.escape("must lie in (0, 1]")):
        run_arm(jax.random.key(0), arm, 1)


@pytest.mark.data
def test_the_jokes_of_chatgpt():
    """The numbers in the scenario are those of the file, and the notes say where it lies."""
    corpus = load_corpus(shared("llm_outputs/jokegpt/jokes_clean.txt"))
    made = module()
    p = made.shares(corpus)
    assert (len(corpus.rows), len(p)) == (1011, 118)
    for name, value in made.told_in(corpus, p).items():
        assert value == pytest.approx(made.CHATGPT[name], rel=1e-3)
    scenario = build("three-jokes", corpus=corpus)
    assert "exponent 1.36 by the effective number, 1.18 by the top three" in scenario.notes[1]
    record = together({k: run_arm(jax.random.key(0), a, 1)["curves"] for k, a in
                       scenario.arms.items()})  # fmt: skip
    for claim in scenario.claims:
        assert check(claim, record).verdict.startswith("holds"), claim.name
