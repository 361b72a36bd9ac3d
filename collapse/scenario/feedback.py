"""Feedback for steps, in closed form and by simulation: the signal of a chain's reward, a search in
a tree, and how many different reflections there are. Evidence and claims that no arm shows.

Chains of LENGTHS steps, each right with chance CHAIN. A binary tree of depth DEPTH with one
rewarded leaf, whose judge may take a share FOOLED of wrong prefixes for good ones. TRIES
reflections on one answer of OWN steps that err at the rate SELF, by a model and by one sharpened
with exponent SHARP.
"""

from functools import partial
from math import comb

import jax
import numpy as np

from collapse.laws import gradient
from collapse.scenario.published import number

CHAIN, LENGTHS, CHAINS = 0.8, (4, 8, 16), 200_000  # steps right; steps of a chain; chains
DEPTH, FOOLED = 8, 0.1  # of a tree; share of wrong prefixes that look good
TRIES, OWN, SELF, SHARP = 10, 10, 0.1, 3.0  # reflections, steps, label errors, exponent


def generator(key) -> np.random.Generator:
    """NumPy's random numbers from a key of jax's."""
    return np.random.default_rng(np.asarray(jax.random.key_data(key)).ravel())


def chains(key, seeds: int) -> dict:
    """Curves "outcome", "process", "tolerable" (seeds, lengths): signal to noise of one step's
    gradient, for chains of steps that are right with chance CHAIN."""
    rng, curves = generator(key), {}
    for name in ("outcome", "process", "tolerable"):
        curves[name] = np.zeros((seeds, len(LENGTHS)))
    for seed in range(seeds):
        for i, length in enumerate(LENGTHS):
            own = rng.random(CHAINS) < CHAIN
            others = rng.random(CHAINS) < CHAIN ** (length - 1)
            wrong = rng.random(CHAINS) < gradient.tolerable_flip(CHAIN, length)
            rewards = {"outcome": own & others, "process": own, "tolerable": own ^ wrong}
            for name, reward in rewards.items():
                g = reward * (own - CHAIN)
                variance = g.var(ddof=1)
                curves[name][seed, i] = (g.mean() ** 2 - variance / CHAINS) / variance
    return {"curves": curves}


def tree(key, seeds: int) -> dict:
    """Curves (seeds,) of a binary tree with one rewarded leaf, of uniform tries: "answers" until
    the leaf is found by its outcome; "steps" with a judge that sends wrong steps back; "ends", the
    share of such walks that end on the leaf if the judge takes FOOLED of the wrong steps for good
    ones."""
    rng, walks = generator(key), 4000
    answers = rng.geometric(0.5**DEPTH, (seeds, walks)).mean(1)
    steps = rng.geometric(0.5, (seeds, walks, DEPTH)).sum(2).mean(1)
    right = rng.random((seeds, walks, DEPTH)) < 1 / (1 + FOOLED)
    return {"curves": {"answers": answers, "steps": steps, "ends": right.all(2).mean(1)}}


def reflections(key, seeds: int) -> dict:
    """Curves "plain", "sharp" (seeds,): different labellings of one answer of OWN steps in TRIES
    reflections that err at the rate SELF, and of a model sharpened by SHARP."""
    rng = generator(key)

    def different(rate):
        drawn = rng.random((seeds, 200, TRIES, OWN)) < rate
        number = np.sort((drawn * 2 ** np.arange(OWN)).sum(3), 2)
        return (1 + (np.diff(number, axis=2) > 0).sum(2)).mean(1)

    return {"curves": {"plain": different(SELF), "sharp": different(sharper(SELF))}}


def sharper(rate: float) -> float:
    return rate**SHARP / (rate**SHARP + (1 - rate) ** SHARP)


def expected_different(rate: float) -> float:
    """U(k) = sum over labellings of 1 - (1 - p)^k; derived."""
    p = [rate**d * (1 - rate) ** (OWN - d) for d in range(OWN + 1)]
    return sum(comb(OWN, d) * (1 - (1 - p[d]) ** TRIES) for d in range(OWN + 1))


def feedback_claims() -> tuple:
    """Claims about the evidence "chains", "tree" and "reflections"."""
    chain = partial(number, evidence="chains", at=LENGTHS)

    def signal(name, expected, words):
        return chain(
            words,
            f"derived, each step right with chance {CHAIN}",
            lambda r: r["curves"][name],
            expected,
            error=0.02 * np.asarray(expected),
        )

    lengths = np.array(LENGTHS)
    straw = gradient.outcome_signal(CHAIN, lengths)
    steps = np.full(len(LENGTHS), float(gradient.process_signal(CHAIN)))
    walk = partial(number, evidence="tree", differs=f"a tree of depth {DEPTH}")
    return (
        signal("outcome", straw, "Signal of the outcome, 4 to 16 steps"),
        signal("process", steps, "Signal of a step reward, 4 to 16 steps"),
        signal("tolerable", straw, "Signal of a step judge at the tolerable flip rate"),
        walk(
            "Tree: answers until the leaf is found by outcome",
            "derived: 2^depth",
            lambda r: r["curves"]["answers"],
            2.0**DEPTH,
            error=1.0,
        ),
        walk(
            "Tree: steps with a judge of prefixes",
            "derived: 2 depth",
            lambda r: r["curves"]["steps"],
            2.0 * DEPTH,
            error=0.1,
        ),
        walk(
            "Tree: walks that end right under a judge fooled by a tenth",
            "derived: (1 + f)^-depth",
            lambda r: r["curves"]["ends"],
            (1 + FOOLED) ** -DEPTH,
            error=0.005,
        ),
        *[
            number(
                f"Different reflections in {TRIES} tries{words}",
                "derived: U(k) = sum 1 - (1 - p)^k",
                lambda r, name=name: r["curves"][name],
                expected_different(rate),
                error=0.02,
                evidence="reflections",
            )
            for name, rate, words in (
                ("plain", SELF, ""),
                ("sharp", sharper(SELF), " of a collapsed model"),
            )
        ],
    )
