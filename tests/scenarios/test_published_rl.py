"""The shipped papers about judges and RL: their claims hold or say why not, and a changed constant
makes one fail."""

import jax
import numpy as np
import pytest

from collapse import FreshMix, KeepAll
from collapse.commands.reproduce.rows import built
from collapse.loop.simulate import run_arm
from collapse.numerics.pytree import replace
from collapse.scenario.claims import check
from collapse.scenario.published import TOGETHER
from tests.scenarios.test_published import record_of, verdicts, with_arm


def changed(part, path: str, value):
    """The part with a field set by its path: "judge.k"."""
    name, _, rest = path.partition(".")
    inside = changed(getattr(part, name), rest, value) if rest else value
    return replace(part, **{name: inside})


# Scenario, arm, the field that is changed, its value, the beginning of the claim that must notice.
SABOTAGE = (
    ("ferbach-curation", "with-real", "regime", FreshMix(0.0), "With real data, lambda = 0.25 < 1"),
    ("feng-verification", "weak", "judge.chance", [0.8, 0.5], "At p* = phi / (phi + psi) half"),
    ("gao-overoptimisation", "best-of-n", "judge.k", 3, "KL of the best of n"),
    ("yi-verifier", "far", "judge", KeepAll(), "In the long run the model is the verifier's"),
    ("wei-noisy-curation", "noise-0.2", "judge.chances", [0.7, 0.3], "The first gain, relative"),
    ("zhang-typicality", "beta-1", "learner.kl_coef", 0.8, "And it stays: the optimum"),
    ("falahati-pluralism", "first-0.4", "judge.chances", [0.5, 0.5], "The limit is the weighted"),
    ("kirk-diversity", "rl-0.2", "learner.learning_rate", 0.5, "RL: diversity per input falls"),
    ("cui-entropy", "natural", "learner.learning_rate", 0.03, "Natural gradient: entropy changes"),
    ("cui-entropy", "bonus-falls", "learner.entropy.values", [0.25, 0.0], "An entropy bonus c"),
    ("yue-pass-at-k", "rewarded", "learner.learning_rate", 0.01, "RL raises pass@1"),
    ("mroueh-grpo", "ref-0.2-beta-2", "learner.kl_coef", 2.1, "Where it comes to rest"),
    (
        "karan-power",
        "two-power-4",
        "sampler.alpha",
        3.0,
        "alpha = 4: chance that a row begins with a, rows",
    ),
    ("dphrl-anchors", "rehearsal", "regime", FreshMix(0.0), "Rehearsal keeps pass@64 above both"),
    ("chen-pass-training", "pass-at-k", "learner.k", 1, "Trained for pass@k: more entropy"),
    ("he-rank-bias", "unlikeliness", "judge.reward.strength", 0.0, "The unlikeliness reward turns"),
    (
        "park-clipping",
        "high-alone",
        "learner.clip_high",
        100.0,
        "Against no clip at all, the upper",
    ),
)


@pytest.mark.slow
@pytest.mark.parametrize(("name", "arm", "field", "value", "claim"), SABOTAGE, ids=lambda x: x)
def test_claims_hold_and_a_changed_constant_is_noticed(name, arm, field, value, claim):
    scenario = built(name, "quick")
    good = verdicts(name, record_of(name, scenario.seeds))
    notes = {c.name: c.note for c in scenario.claims}
    assert all(word.startswith("holds") or notes[c] for c, word in good.items()), good
    (noticed,) = (c for c in good if c.startswith(claim))
    assert good[noticed].startswith("holds")
    slot = field.partition(".")[0]
    value = np.array(value) if isinstance(value, list) else value
    part = getattr(changed(scenario.arms[arm], field, value), slot)
    bad = verdicts(name, with_arm(name, scenario.seeds, arm, **{slot: part}))
    assert not bad[noticed].startswith("holds")


EVIDENCE = ("zhang-typicality", "yue-pass-at-k", "mroueh-grpo", "chen-pass-training")


@pytest.mark.parametrize("name", EVIDENCE)
def test_claims_about_other_evidence_hold(name):
    scenario = built(name, "quick")
    made = {k: f(jax.random.key(0), 20) for k, f in scenario.evidence.items() if k != TOGETHER}
    claims = [c for c in scenario.claims if c.evidence in made]
    assert claims
    for claim in claims:
        assert check(claim, made[claim.evidence]).verdict.startswith("holds"), claim.name


def test_the_rate_of_a_table_is_the_published_optimum():
    """The fast one: curation on a whole support, and under a reward that is half as strong."""
    scenario = built("ferbach-curation", "quick")
    (claim,) = (c for c in scenario.claims if c.name.startswith("Endless candidates"))
    arm = scenario.arms["endless-choice"]
    for each, word in ((arm, "holds"), (changed(arm, "judge.strength", 0.5), "does not hold")):
        curves = run_arm(jax.random.key(0), each, 1)["curves"]
        record = {"curves": {f"endless-choice/{k}": x for k, x in curves.items()}}
        assert check(claim, record).verdict == word
