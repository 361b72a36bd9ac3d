"""Learning a task of several steps: imitation, outcome reward, process reward, and reflection

Sums modulo five, written step by step: a start, four numbers to add, and a value after each, in one
of two spellings. The model is wrong in four steps of ten at first. It learns by imitating right
solutions; from one reward for the last value; from a reward for every step, by a judge that is
right, that errs, or that is fooled by one token; or by labelling its own steps once it knows
whether the last value was right (reflection). Two wrong steps can cancel, so that a right outcome
rewards them. Steps that the demonstrations never show are held out. A toy: a table that all
problems share stands for a network, and the steps of a problem are alike.
"""

from functools import partial
from math import comb

import jax
import jax.numpy as jnp
import numpy as np

from collapse import (
    Arm,
    Empirical,
    FreshMix,
    FunctionReward,
    HeldOutPrompts,
    ItemDiversity,
    PassAt,
    PolicyGradient,
    ProcessGradient,
    PromptedTable,
    Replace,
    Scenario,
    ScoreOnly,
    StepErrors,
    SupportCoverage,
    TokenTable,
)
from collapse.laws import gradient
from collapse.scenario.published import comparison, number, shape
from collapse.scenario.sums import Sums

SUMS, RIGHT = Sums(m=5, steps=4), 0.6  # the task; chance that a step is right at first
PROBLEMS, GROUP, SHOWN = 40, 16, 2  # tries of a problem a generation; demonstrations of each
LAST, SEEDS, RATE = 60, 8, 16.0
NOISE, SELF, GREAT = 0.4, 0.1, 1.5  # label errors of a judge, of oneself; score of the exploit
EXPLOIT = 2 * SUMS.m  # the token that the fooled judge likes
GOAL = 0.9
DIFFERS = "a table of sums modulo five, not a language model"
# What no arm shows: chains of steps, a tree of depth DEPTH, and reflections on an answer of OWN
# steps by a model, and by one that is sharpened.
CHAIN, LENGTHS, CHAINS = 0.8, (4, 8, 16), 200_000
DEPTH, FOOLED = 8, 0.1  # FOOLED: share of wrong prefixes that look good
TRIES, OWN, SHARP = 10, 10, 3.0


def fooled(rows):
    """(n, steps) right labels, but one token always has a better one."""
    return jnp.where(rows[:, 3::2] == EXPLOIT, GREAT, SUMS.labels(rows))


def reflected(rows):
    """(n, steps) a model's own labels once it knows the outcome: if it was right, all steps were;
    if not, it looks for the wrong ones and errs at the rate SELF."""
    return jnp.where(SUMS.outcome(rows)[:, None] > 0, 1.0, SUMS.labels(rows, SELF))


def scenario() -> Scenario:
    rng = np.random.default_rng(5)
    texts, others = (SUMS.problems(rng, PROBLEMS, held_out=x) for x in (False, True))
    table = TokenTable(SUMS.beginner(RIGHT), SUMS.length, order=3)
    model = PromptedTable(table, given=texts)
    shown = Empirical.of(SUMS.demonstrations(rng, texts, SHOWN), model.vocab_size)
    result = FunctionReward(SUMS.outcome)
    steps = StepErrors(
        lambda rows: SUMS.at_values(SUMS.right_steps(rows)),
        outcome=SUMS.outcome,
        mask=SUMS.places,
    )

    def arm(learner, regime=None, *measures):
        return Arm(
            truth=shown,
            model=model,
            judge=ScoreOnly(result),
            learner=learner,
            regime=regime or Replace(real_start=False),
            measures=(
                steps,
                PassAt(result, ks=(1, GROUP)),
                HeldOutPrompts(result, given=others),
                ItemDiversity(),
                *measures,
            ),
            n=PROBLEMS * GROUP,
            group=GROUP,
            generations=LAST,
        )

    def process(judge):
        return arm(
            ProcessGradient(
                function=lambda rows: SUMS.at_values(judge(rows)),
                mask=SUMS.places,
                baseline="others",
                learning_rate=RATE,
            )
        )

    plain = partial(PolicyGradient, learning_rate=RATE, baseline="others")
    return comparison(
        {
            "imitation": arm(plain(), FreshMix(1.0, real_start=False), SupportCoverage()),
            "outcome": arm(plain()),
            "process": process(SUMS.labels),
            "process-noisy": process(partial(SUMS.labels, error=NOISE)),
            "process-fooled": process(fooled),
            "reflection": process(reflected),
        },
        evidence={"chains": chains, "tree": tree, "reflections": reflections},
        name="supervision",
        title=__doc__.split("\n")[0],
        source="Karpathy and Patel (2025), 42:33 to 47:16; Uesato et al. (2022); derived",
        paper="karpathy2025",
        minutes={"quick": 0.8},
        headline=("solved", "held_out_reward", "effective_number"),
        seeds=SEEDS,
        claims=(*run_claims(), *other_claims()),
        labels={
            "outcome": "outcome reward",
            "process": "process reward",
            "process-noisy": f"process, {NOISE:.0%} of labels wrong",
            "process-fooled": "process, judge fooled by a token",
            "reflection": "reflection on the outcome",
        },
        notes=(
            f"{PROBLEMS} problems of {SUMS.steps} steps, {PROBLEMS * GROUP} answers a generation",
        ),
    )


# Evidence that no arm shows


def generator(key) -> np.random.Generator:
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


# Claims


def answers_needed(record, arm: str) -> np.ndarray:
    """(S,) answers, or demonstrations, that were learned from before GOAL of the problems are
    solved; those of the whole run where that is not reached."""
    return PROBLEMS * GROUP * generations_needed(record, arm)


def generations_needed(record, arm: str) -> np.ndarray:
    solved = record["curves"][f"{arm}/solved"][:, 1:] >= GOAL
    return np.where(solved.any(1), solved.argmax(1), LAST)


def bits_needed(record, arm: str, each) -> np.ndarray:
    """(S,) bits of feedback until then; ``each(p, q)`` bits an answer, where a share p of answers
    and q of steps is right."""
    p, q = (record["curves"][f"{arm}/{c}"][:, 1:].astype(float) for c in ("solved", "steps_right"))
    before = np.arange(LAST) < generations_needed(record, arm)[:, None]
    return PROBLEMS * GROUP * (each(p, q) * before).sum(1)


def binary(p) -> np.ndarray:
    """Entropy of a yes or no in bits."""
    p = np.clip(p, 1e-9, 1 - 1e-9)
    return -(p * np.log2(p) + (1 - p) * np.log2(1 - p))


def run_claims() -> tuple:
    toy = partial(shape, differs=DIFFERS)

    def curve(record, arm, name="solved", t=LAST):
        return record["curves"][f"{arm}/{name}"][:, t].astype(float)

    def not_shown(record, arm):
        """(S,) share of the right answers that are no demonstration."""
        return 1 - curve(record, arm, "valid") / curve(record, arm)

    def needed(record, arm, other):
        return answers_needed(record, arm) / answers_needed(record, other)

    per_outcome = partial(bits_needed, arm="outcome", each=lambda p, q: binary(p))
    per_process = partial(bits_needed, arm="process", each=lambda p, q: SUMS.steps * binary(q))
    solved, wrong = SUMS.right_by_chance(RIGHT)
    return (
        number(
            "Solved at first",
            "derived: (1 + (M - 1) c^T) / M",
            lambda r: curve(r, "outcome", t=1),
            solved,
            error=0.003,
        ),
        number(
            "Wrong steps in right outcomes at first",
            "derived: wrong steps that cancel",
            lambda r: curve(r, "outcome", "wrong_when_solved", 1),
            wrong,
            error=0.005,
        ),
        toy(
            "Wrong steps that the outcome reinforces",
            "article, 42:33: every wrong turn on the way is upweighted",
            lambda r: curve(r, "outcome", "reinforced", 1),
            "wrong steps are rewarded",
            above=0.1,
        ),
        toy(
            f"Answers until {GOAL:.0%}, outcome over process",
            "article, 42:33: supervision through a straw",
            lambda r: needed(r, "outcome", "process"),
            "more answers",
            above=1.0,
            at=(LAST,),
        ),
        toy(
            f"Bits of feedback until {GOAL:.0%}, outcome over process",
            "article, 42:33: bits through a straw",
            lambda r: per_outcome(r) / per_process(r),
            "fewer bits an answer",
            below=1.0,
            at=(LAST,),
        ),
        toy(
            f"Answers until {GOAL:.0%}, reflection over outcome",
            "article, 43:00: people reflect on what went well",
            lambda r: needed(r, "reflection", "outcome"),
            "fewer answers",
            below=1.0,
            at=(LAST,),
        ),
        toy(
            f"Answers until {GOAL:.0%}, noisy process over outcome",
            "derived: the tolerable flip rate of four steps is 0.25",
            lambda r: needed(r, "process-noisy", "outcome"),
            "the noisy step judge loses",
            above=1.0,
            at=(LAST,),
        ),
        toy(
            "Solved in the end under a fooled step judge",
            "article, 46:27 to 48:30: judges of steps are gamed",
            lambda r: curve(r, "process-fooled"),
            "the judge is gamed",
            below=0.5,
            at=(LAST,),
        ),
        toy(
            "Solved at best under a fooled step judge",
            "article, 47:16: it works for a while",
            lambda r: r["curves"]["process-fooled/solved"][:, 1:].max(1),
            "better at first",
            above=0.5,
            at=(LAST,),
        ),
        toy(
            f"pass@{GROUP} under a fooled step judge",
            "derived: other answers are forgotten",
            lambda r: curve(r, "process-fooled", f"pass_at_{GROUP}"),
            "lower than at first",
            below=0.9,
            at=(LAST,),
        ),
        toy(
            "Held-out steps: solved by imitation",
            "article: imitation cannot leave its data",
            lambda r: curve(r, "imitation", "held_out_reward"),
            "not solved",
            below=0.7,
            at=(LAST,),
        ),
        toy(
            "Held-out steps: process reward minus imitation",
            "article: reward discovers what was not shown",
            lambda r: (
                curve(r, "process", "held_out_reward") - curve(r, "imitation", "held_out_reward")
            ),
            "more",
            above=0.0,
            at=(LAST,),
        ),
        toy(
            "Right answers of imitation that were never shown",
            "article: imitation copies",
            lambda r: not_shown(r, "imitation"),
            "few",
            below=0.5,
            at=(LAST,),
            note="what was learned of a step holds in every problem that has it: the right answers "
            "are new combinations of steps that were shown",
        ),
        *[
            toy(
                f"Different answers: {arm} over imitation",
                "article: reward narrows",
                lambda r, arm=arm: (
                    curve(r, arm, "effective_number") / curve(r, "imitation", "effective_number")
                ),
                "fewer",
                below=1.0,
                at=(LAST,),
            )
            for arm in ("outcome", "process")
        ],
    )


def other_claims() -> tuple:
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
