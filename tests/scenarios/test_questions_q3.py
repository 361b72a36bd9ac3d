"""The questions about one answer, evolution and dreams: their claims hold or say why not, and a
changed setting turns each of them over."""

import functools

import jax
import pytest

from collapse import Corrupted, FreshMix, KeepAll, Plain, TopFraction
from collapse.commands.reproduce.rows import built
from collapse.loop.simulate import run_arm
from collapse.scenario.claims import check
from collapse.scenario.published import together
from tests.scenarios.questions import OTHER_ARM, SETTING, claims_of, named, turns
from tests.scenarios.test_published_rl import changed

HOLDS = ("holds", "holds in shape")
NAMES = ("same-answer", "evolution", "dreams")

# Scenario, arm, the field that is changed, its value, the beginning of the claim that must notice.
# Without a field, the curves of the arm of that name take the place of its own.
SABOTAGE = (
    ("same-answer", "overlap-0.6-gamma-2", "regime.beta", 0.7, "All overlaps"),
    (
        "same-answer",
        "overlap-0.6-gamma-1",
        "regime.beta",
        0.5,
        "Four are worth, overlap 0.6, gamma 1",
    ),
    (
        "same-answer",
        "overlap-0.6-gamma-2",
        "sampler.temperature",
        1.0,
        "Four are worth, overlap 0.6, gamma 2",
    ),
    (
        "same-answer",
        "overlap-0.4-gamma-1",
        "sampler.temperature",
        0.5,
        "Four are worth, overlap 0.4, gamma 1",
    ),
    (
        "same-answer",
        "overlap-0.4-gamma-2",
        "regime.beta",
        0.5,
        "Four are worth, overlap 0.4, gamma 2",
    ),
    ("same-answer", "overlap-0.6-gamma-2", "regime.beta", 0.6, "Above half overlap"),
    ("same-answer", "popular-gamma-2", "sampler.temperature", 1.0, "Four are worth where"),
    ("same-answer", "popular-gamma-2", "sampler.temperature", 1.0, "Then sharpening"),
    ("same-answer", "overlap-0.6-gamma-2", "regime.beta", 0.6, "Share of lost answers"),
    ("same-answer", "each-other", "regime.alpha", 0.3, "Four are worth, trained"),
    ("same-answer", "each-other", "regime.alpha", 0.0, "Trained on each other, models"),
    ("same-answer", "each-other", "regime.alpha", 0.0, "But each has more answers"),
    ("same-answer", "large-gamma-1", "n", 8, "One large model"),
    ("same-answer", "small-gamma-1", "judge", TopFraction(), "Four small models together"),
    ("same-answer", "small-gamma-1", "n", 64, "One of four small models"),
    ("same-answer", "small-gamma-1", "model.reads", "all", "Four small models keep"),
    ("same-answer", "small-gamma-1.5", "model.reads", "all", "Four small models that sharpen"),
    ("same-answer", "small-gamma-1", "", "large-gamma-1", "Generation from which four small"),
    ("same-answer", "small-gamma-1.5", "", "large-gamma-1.5", "Generation from which four that"),
    ("evolution", "selection", "judge.k", 4, "Selection alone"),
    ("evolution", "self-play", "judge.k", 4, "Self-play that explores"),
    ("evolution", "self-play", "sampler", Corrupted(0.0), "Against a bar that stays"),
    ("evolution", "climbing", "sampler", Corrupted(3.0), "Selection without novelty"),
    ("evolution", "novelty-first", "judge.starts", (0, 1), "Novelty first"),
    ("evolution", "novelty-first", "judge.starts", (0, 1), "While novelty alone"),
    ("evolution", "islands-0", "regime.rate", 0.5, "Isolated islands stay different"),
    ("evolution", "islands-0.1", "regime.rate", 0.02, "Migration of 10% raises"),
    ("evolution", "islands-0.1", "regime.rate", 0.0, "And at 10% it ends"),
    ("evolution", "peers", "judge", KeepAll(), "Islands that judge one another"),
    ("evolution", "peers", "judge", "islands-0", "And on nothing that is good"),
    ("dreams", "noise-0.2", "regime.sampler", Corrupted(0.4), "Every share of noisy dreams"),
    ("dreams", "noise-0.2", "regime.share", 1.0, "20% noisy dreams"),
    ("dreams", "noise-0.2", "regime.share", 0.0, "Dreams help"),
    ("dreams", "noise-1", "regime.share", 0.2, "Too many hurt"),
    ("dreams", "random-0.02", "regime.share", 0.2, "2% of random jokes"),
    ("dreams", "real-0.2", "regime", FreshMix(0.1), "20% new real jokes"),
    ("dreams", "noise-0.2", "regime.share", 0.0, "Jokes that noise brings back"),
    ("dreams", "hot", "regime.sampler", Corrupted(0.1), "Jokes that heat brings back"),
    ("dreams", "recombined-0.2", "regime.share", 0.3, "20% recombined"),
    ("dreams", "recombined", "regime.share", 0.0, "Recombination keeps more"),
    ("dreams", "recombined", "regime.share", 0.0, "And most of what it tells"),
    ("dreams", "checked", "sampler", Plain(), "A judge who knows sense"),
    ("dreams", "checked", "judge", KeepAll(), "And all it tells makes sense"),
    ("dreams", "checked", "regime", FreshMix(0.9), "One kind: share of all jokes"),
    ("evolution", "whole-models", "regime.share", 0.25, "Selection between four models"),
    ("evolution", "selected", "judge", KeepAll(), "Selection between islands raises"),
    ("evolution", "selected", "", "selected-novel", "And leaves copies of one"),
    ("evolution", "selected-novel", "", "selected", "With novelty islands stay different"),
    ("evolution", "selected", "", "islands-0", "Novelty costs quality"),
    # These do not hold, and hold with the other setting.
    ("same-answer", "overlap-0.4-gamma-2", "", "overlap-0.6-gamma-2", "Below half overlap too"),
    ("evolution", "one-lineage", "judge", KeepAll(), "Isolated islands are better"),
    ("evolution", "islands-0.02", "", "islands-0.1", "Migration of 2% raises"),
    ("dreams", "hot", "", "noise-0.2", "Dreams that seek entropy help"),
)


# For the fast test: a claim about one arm alone, and a setting that it must notice.
ALONE = (
    ("same-answer", "large-gamma-1", "n", 8, "One large model"),
    ("evolution", "selection", "judge.k", 4, "Selection alone"),
    ("dreams", "noise-0.2", "regime.share", 1.0, "20% noisy dreams"),
)


@functools.cache
def curves_of(name: str, arm: str, seeds: int) -> dict:
    return run_arm(jax.random.key(0), built(name, "quick").arms[arm], seeds)["curves"]


def sabotaged_arm(name: str, arm: str, field: str, value) -> dict:
    """The curves of an arm with another setting: a value, or what the arm of that name has."""
    arms, seeds = built(name, "quick").arms, built(name, "quick").seeds
    value = getattr(arms[value], field) if isinstance(value, str) and value in arms else value
    other = changed(arms[arm], field, value)
    return run_arm(jax.random.key(0), other, seeds)["curves"]


def claim_of(name: str, beginning: str):
    (text,) = named(name, beginning)
    return claims_of(name)[text]


def whole(name: str) -> dict:
    """{arm: curves} of all arms."""
    scenario = built(name, "quick")
    return {arm: curves_of(name, arm, scenario.seeds) for arm in scenario.arms}


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_claims_hold_or_say_why_not(name):
    for claim in built(name, "quick").claims:
        word = check(claim, together(whole(name))).verdict
        assert word in HOLDS or claim.note, (claim.name, word)


@pytest.mark.slow
@pytest.mark.parametrize(("name", "arm", "field", "value", "beginning"), SABOTAGE)
def test_a_changed_setting_is_noticed(name, arm, field, value, beginning):
    claim, curves = claim_of(name, beginning), whole(name)
    other = curves[value] if not field else sabotaged_arm(name, arm, field, value)
    words = (check(claim, together(x)).verdict for x in (curves, curves | {arm: other}))
    assert turns(name, claim.name, *words)


@pytest.mark.slow
@pytest.mark.parametrize(("name", "arm", "field", "value", "beginning"), ALONE)
def test_a_claim_about_one_arm_notices_another_setting(name, arm, field, value, beginning):
    claim, seeds = claim_of(name, beginning), built(name, "quick").seeds
    assert check(claim, together({arm: curves_of(name, arm, seeds)})).verdict in HOLDS
    bad = sabotaged_arm(name, arm, field, value)
    assert check(claim, together({arm: bad})).verdict not in HOLDS


def sabotaged() -> list[tuple[str, str, str]]:
    """(scenario, claim, kind of sabotage) of all cases here."""
    return [
        (row[0], claim, SETTING if row[2] else OTHER_ARM)
        for row in SABOTAGE
        for claim in named(row[0], row[4])
    ]
