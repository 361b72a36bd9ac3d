"""What each scenario of networks claims: made-up curves on which every claim holds, and ways to
spoil one of them, in one seed, after which just the claims about it do not hold."""

import numpy as np
import pytest

from collapse.scenario.claims import check
from collapse.scenario.load import build

WAYS = ("pure", "temperature", "top-k", "top-p")
CUT = ("top-k", "top-p")
WORDS = (1, 2, 3)  # distinct-n

# A curve is two numbers, of the first model and the last, or three, of generations 1, 3 and 5.
MAD = {
    "biased/precision": (0.9, 0.85, 0.5),  # holds for three generations, and no longer
    "biased/recall": (0.9, 0.75, 0.7),
    "unbiased/precision": (0.9, 0.88, 0.85),
    "unbiased/recall": (0.9, 0.88, 0.85),
    "biased-fresh/precision": (0.88, 0.88, 0.88),
    "biased-fresh/recall": (0.88, 0.88, 0.88),
}
GOOD = {
    "text-decoding": {"pure/distinct_2": (0.3, 0.5)}
    | {f"{way}/distinct_2": (0.3, 0.2) for way in CUT}
    | {f"{way}/entropy": (5.0, 4.0) for way in CUT}
    | {f"{way}/cross_entropy": (1.0, 2.0) for way in WAYS},
    "text-diversity": {f"synthetic/distinct_{n}": (0.4, 0.3) for n in WORDS}
    | {f"quality-filter/distinct_{n}": (0.4, 0.2) for n in WORDS}
    | {"fresh-tenth/distinct_2": (0.2, 0.6)},
    "expressions": {
        "unjudged/reward_mean": (0.6, 0.65, 0.7),
        "unjudged/entropy": (5.0, 4.0),
        "verified/reward_mean": (0.1, 0.8, 0.9),  # with the first model, fewer than unjudged
        "verified/entropy": (5.0, 3.0),
        "incremental/entropy": (4.0, 3.5),  # less than unjudged at the end, but fell less
    },
    "vae-digits": {
        "replace/latent_spread": (0.5, 0.1),
        "replace/precision": (0.9, 0.5),
        "fresh-tenth/latent_spread": (0.04, 0.1),  # smaller, but not drawn together
    },
    "mad-points": MAD,
    "mad-digits": MAD,
}

HOLDS = "lambda = 0.8: precision holds for 3 generations, within a tenth"
RECALL = "lambda = 0.8: recall falls by more than that"
FRESH = "Fresh points: precision and recall end higher"
TOGETHER = "The latents that the first encoder sees draw together"
TENTH = "A tenth of the data replaced each time: diversity falls less"
SPOILT_MAD = [  # the curve, what it becomes, and the claims that this takes away
    ("biased/precision", (0.9, 0.75, 0.85), {HOLDS}),
    ("biased/recall", (0.9, 0.85, 0.2), {RECALL}),
    ("unbiased/precision", (0.8, 0.85, 0.9), {"lambda = 1: precision falls"}),
    ("unbiased/recall", (0.8, 0.85, 0.9), {"lambda = 1: recall falls"}),
    ("biased-fresh/precision", (0.95, 0.4, 0.4), {FRESH}),
    ("biased-fresh/recall", (0.95, 0.4, 0.4), {FRESH}),
]
SPOILT = {
    "text-decoding": [("pure/distinct_2", (0.3, 0.2), {"Pure sampling: distinct-2 rises"})]
    + [(f"{way}/distinct_2", (0.3, 0.5), {f"{way}: distinct-2 falls"}) for way in CUT]
    + [(f"{way}/entropy", (5.0, 5.1), {f"{way}: items repeat"}) for way in CUT]
    + [
        (f"{way}/cross_entropy", (1.0, 0.9), {f"{way}: the loss on real text rises"})
        for way in WAYS
    ],
    "text-diversity": [
        (
            f"synthetic/distinct_{n}",
            (0.4, 0.5),
            {f"distinct-{n} falls from the first model to the last"},
        )
        for n in WORDS
    ]
    + [
        (
            f"quality-filter/distinct_{n}",
            (0.9, 0.35),
            {f"distinct-{n}: the quality filter makes it worse"},
        )
        for n in WORDS
    ]
    + [("fresh-tenth/distinct_2", (0.1, 0.25), {"distinct-2: a tenth of fresh text helps"})],
    "expressions": [
        ("unjudged/reward_mean", (0.6, 0.65, 0.55), {"Unjudged: correctness rises"}),
        ("unjudged/entropy", (5.0, 5.2), {"Unjudged: diversity falls", TENTH}),
        ("incremental/entropy", (6.0, 4.5), {TENTH}),  # more at the end, but fell more
        ("verified/reward_mean", (0.95, 0.9, 0.9), {"Verified: correctness rises"}),
        (
            "verified/reward_mean",
            (0.1, 0.3, 0.95),
            {"Verified: over all generations more is correct than unjudged"},
        ),
        ("verified/entropy", (3.0, 3.5), {"Verified: diversity falls"}),
    ],
    "vae-digits": [
        ("replace/latent_spread", (0.5, 0.1, 0.45), {TOGETHER}),  # the line rises, not the end
        ("replace/precision", (0.5, 0.9), {"The digits leave the real ones: precision falls"}),
        (
            "fresh-tenth/latent_spread",
            (2.0, 0.2),
            {"A tenth of real digits: they draw together less"},
        ),
    ],
    "mad-points": SPOILT_MAD,
    "mad-digits": SPOILT_MAD,
}
EVERY = pytest.mark.parametrize("name", GOOD)


def curve(numbers, last: int) -> np.ndarray:
    """(last + 1,) through the numbers; at generation 0, which no model has fitted, not a number."""
    at = (1, last) if len(numbers) == 2 else (1, 3, 5)
    return np.append(np.nan, np.interp(np.arange(1, last + 1), at, numbers))


def quick(name: str):
    """The scenario and its made-up record, of three seeds."""
    scenario = build(name, size="quick")
    last = next(iter(scenario.arms.values())).generations
    return scenario, {key: np.tile(curve(x, last), (3, 1)) for key, x in GOOD[name].items()}, last


@EVERY
def test_every_claim_can_hold_and_reads_what_the_arms_measure(name):
    """Nothing is read at generation 0, and every curve is one that its arm records."""
    scenario, made, _ = quick(name)
    assert {check(claim, {"curves": made}).verdict for claim in scenario.claims} == {
        "holds in shape"
    }
    for key in made:
        arm, curve = key.split("/")
        assert curve in {c for measure in scenario.arms[arm].measures for c in measure.curves}


@EVERY
def test_a_spoilt_curve_takes_away_the_claims_about_it_and_no_others(name):
    """In one seed of three; together the ways to spoil take every claim away."""
    scenario, made, last = quick(name)
    gone = set()
    for key, numbers, claims in SPOILT[name]:
        spoilt = made | {key: made[key].copy()}
        spoilt[key][1] = curve(numbers, last)
        found = [check(claim, {"curves": spoilt}) for claim in scenario.claims]
        lost = {x.claim.name for x in found if x.verdict == "does not hold"}
        assert lost == claims, key
        assert all(x.measured == (2 / 3 if x.claim.name in lost else 1) for x in found)
        gone |= lost
    assert gone == {claim.name for claim in scenario.claims}
    assert {key for key, *_ in SPOILT[name]} == set(made)
