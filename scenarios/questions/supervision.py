"""Learning a task of several steps: imitation, outcome reward, process reward, and reflection

Sums modulo five, written step by step: a start, four numbers to add, and a value after each, in one
of two spellings. The model is wrong in four steps of ten at first. It learns by imitating right
solutions; from one reward for the last value; from a reward for every step, by a judge that is
right, that errs, or that is fooled by one token; or by labelling its own steps once it knows
whether the last value was right (reflection). Two wrong steps can cancel, so that a right outcome
rewards them. Steps that the demonstrations never show are held out. The same rewards are tried on
trees with one right leaf each; and a model reflects again and again on one answer. A toy: a table
that all problems share stands for a network, and the steps of a problem are alike.
"""

from functools import partial

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
    StepLabels,
    Steps,
    SupportCoverage,
    TokenTable,
)
from collapse.scenario.feedback import (
    FOOLED,
    SELF,
    chains,
    feedback_claims,
    reflection_arms,
    tree_arms,
)
from collapse.scenario.published import comparison, number, shape
from collapse.scenario.sums import Sums

SUMS, RIGHT = Sums(m=5, steps=4), 0.6  # the task; chance that a step is right at first
PROBLEMS, GROUP, SHOWN = 40, 16, 2  # tries of a problem a generation; demonstrations of each
LAST, SEEDS, RATE = 60, 8, 16.0
NOISE, GREAT = 0.4, 1.5  # label errors of a judge; score of the exploit
EXPLOIT = 2 * SUMS.m  # the token that the fooled judge likes
GOAL = 0.9
LEARNING = ("imitation", "outcome", "process", "reflection")  # arms whose feedback is right
DIFFERS = "a table of sums modulo five, not a language model"


def fooled(rows):
    """(n, steps) right labels, but one token always has a better one."""
    return jnp.where(rows[:, 3::2] == EXPLOIT, GREAT, SUMS.right_steps(rows))


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

    def arm(learner, judge=None, regime=None):
        return Arm(
            truth=shown,
            model=model,
            judge=judge or ScoreOnly(result),
            learner=learner,
            regime=regime or Replace(real_start=False),
            measures=(
                steps,
                PassAt(result, ks=(1, GROUP)),
                HeldOutPrompts(result, given=others),
                ItemDiversity(),
                SupportCoverage(),
            ),
            n=PROBLEMS * GROUP,
            group=GROUP,
            generations=LAST,
        )

    def process(right=SUMS.right_steps, error=None, outcome=None):
        labels = Steps(lambda rows: SUMS.at_values(right(rows)), mask=SUMS.places, flip=error)
        learner = ProcessGradient(mask=SUMS.places, baseline="others", learning_rate=RATE)
        return arm(learner, StepLabels(labels, outcome=outcome))

    plain = partial(PolicyGradient, learning_rate=RATE, baseline="others")
    return comparison(
        {
            "imitation": arm(plain(), regime=FreshMix(1.0, real_start=False)),
            "outcome": arm(plain()),
            "process": process(),
            "process-noisy": process(error=NOISE),
            "process-fooled": process(fooled),
            "reflection": process(error=SELF, outcome=SUMS.outcome),
            **tree_arms(LAST),
            **reflection_arms(PROBLEMS * GROUP, LAST),
        },
        evidence={"chains": chains},
        name="supervision",
        title=__doc__.split("\n")[0],
        source="Karpathy and Patel (2025), 42:33 to 47:16; Uesato et al. (2022); derived",
        paper="karpathy2025",
        minutes={"quick": 2.2},
        headline=("solved", "held_out_reward", "effective_number"),
        seeds=SEEDS,
        claims=(*run_claims(), *feedback_claims(LAST)),
        labels={
            "outcome": "outcome reward",
            "process": "process reward",
            "process-noisy": f"process, {NOISE:.0%} of labels wrong",
            "process-fooled": "process, judge fooled by a token",
            "reflection": "reflection on the outcome",
            "tree-outcome": "trees, outcome reward",
            "tree-process": "trees, process reward",
            "tree-fooled": f"trees, {FOOLED:.0%} of wrong steps look right",
            "reflections": "reflections on one answer",
            "reflections-cold": "reflections at temperature 1 / 1.57",
        },
        notes=(
            f"{PROBLEMS} problems of {SUMS.steps} steps, {PROBLEMS * GROUP} answers a generation",
        ),
    )


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
    toy = partial(shape, differs=DIFFERS, at=(LAST,))

    def curve(record, arm, name="solved", t=LAST):
        return record["curves"][f"{arm}/{name}"][:, t].astype(float)

    def not_shown(record, arm):
        """(S,) share of the right answers that are no demonstration."""
        return 1 - curve(record, arm, "valid") / curve(record, arm)

    def needed(arm, other):
        return lambda r: answers_needed(r, arm) / answers_needed(r, other)

    def beside(arm, name, t=LAST):
        return lambda r: curve(r, arm, name, t) / curve(r, "outcome", name, t)

    per_outcome = partial(bits_needed, arm="outcome", each=lambda p, q: binary(p))
    per_process = partial(bits_needed, arm="process", each=lambda p, q: SUMS.steps * binary(q))
    shown = partial(bits_needed, arm="imitation", each=lambda p, q: SUMS.steps * (1 - np.log2(q)))
    solved, wrong = SUMS.right_by_chance(RIGHT)
    until, found = f"until {GOAL:.0%},", "article: reward discovers what was not shown"
    return (
        number("Solved at first", "derived: (1 + (M - 1) c^T) / M",
               lambda r: curve(r, "outcome", t=1), solved, error=0.003),
        number("Wrong steps in right outcomes at first", "derived: wrong steps that cancel",
               lambda r: curve(r, "outcome", "wrong_when_solved", 1), wrong, error=0.005),
        toy("Wrong steps that the outcome reinforces",
            "article, 42:33: every wrong turn on the way is upweighted",
            lambda r: curve(r, "outcome", "reinforced", 1), "wrong steps are rewarded", above=0.1,
            at=(1,)),
        toy("Wrong steps reinforced: process over outcome",
            "derived: a wrong step earns nothing, what comes later may",
            beside("process", "reinforced", 1), "fewer", below=1.0, at=(1,)),
        toy("Wrong steps reinforced: reflection over outcome",
            "article, 43:00: people reflect on what went well",
            beside("reflection", "reinforced", 1), "fewer", below=1.0, at=(1,),
            note="a reflection that knows the outcome takes all steps behind a right one for "
            "right, and a tenth of the others"),
        toy(f"Answers {until} outcome over process", "article, 42:33: supervision through a straw",
            needed("outcome", "process"), "more answers", above=1.0),
        toy(f"Bits of feedback {until} outcome over process", "article, 42:33: a straw",
            lambda r: per_outcome(r) / per_process(r), "fewer bits an answer", below=1.0),
        toy(f"Answers {until} imitation over outcome",
            "article, 42:33: what is shown tells more than a reward",
            needed("imitation", "outcome"), "fewer", below=1.0),
        toy(f"Bits of feedback {until} imitation over outcome",
            "derived: a step in one of two spellings, 1 - log2 q bits",
            lambda r: shown(r) / per_outcome(r), "more bits", above=1.0),
        toy(f"Answers {until} reflection over outcome",
            "article, 43:00: people reflect on what went well",
            needed("reflection", "outcome"), "fewer answers", below=1.0),
        toy(f"Answers {until} noisy process over outcome",
            "derived: the tolerable flip rate of four steps is 0.25",
            needed("process-noisy", "outcome"), "the noisy step judge loses", above=1.0),
        toy("Solved in the end under a fooled step judge",
            "article, 46:27 to 48:30: judges of steps are gamed",
            lambda r: curve(r, "process-fooled"), "the judge is gamed", below=0.5),
        toy("Solved at best under a fooled step judge", "article, 47:16: it works for a while",
            lambda r: r["curves"]["process-fooled/solved"][:, 1:].max(1), "better at first",
            above=0.5),
        toy(f"pass@{GROUP} under a fooled step judge", "derived: other answers are forgotten",
            lambda r: curve(r, "process-fooled", f"pass_at_{GROUP}"), "lower than at first",
            below=0.9),
        toy(f"pass@{GROUP}, the least of imitation, outcome, process and reflection",
            "derived: what is learned of a step holds in all problems",
            lambda r: np.min([curve(r, arm, f"pass_at_{GROUP}") for arm in LEARNING], 0),
            "no problem is lost", above=0.95),
        toy("Held-out steps: solved by imitation", "article: imitation cannot leave its data",
            lambda r: curve(r, "imitation", "held_out_reward"), "not solved", below=0.7),
        *[
            toy(f"Held-out steps: {arm} minus imitation", found,
                lambda r, arm=arm: curve(r, arm, "held_out_reward")
                - curve(r, "imitation", "held_out_reward"), "more", above=0.0, note=note)
            for arm, note in (
                ("outcome", "a held-out step is met behind a wrong one alone, where a right step "
                 "does not lead to the right value"),
                ("process", ""),
                ("reflection", ""),
            )
        ],
        toy("Right answers of imitation that were never shown", "article: imitation copies",
            lambda r: not_shown(r, "imitation"), "few", below=0.5,
            note="what was learned of a step holds in every problem that has it: the right answers "
            "are new combinations of steps that were shown"),
        *[
            toy(f"Right answers never shown: {arm} minus imitation", found,
                lambda r, arm=arm: not_shown(r, arm) - not_shown(r, "imitation"), "more",
                above=0.0)
            for arm in LEARNING[1:]
        ],
        *[
            toy(f"Different answers: {arm} over imitation", "article: reward narrows",
                lambda r, arm=arm: curve(r, arm, "effective_number")
                / curve(r, "imitation", "effective_number"), "fewer", below=1.0)
            for arm in LEARNING[1:]
        ],
    )  # fmt: skip
