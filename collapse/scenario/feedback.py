"""Feedback for steps: arms, evidence and claims of three small tasks in the scenario supervision.

chains        signal to noise of the gradient for one step, by a reward of the outcome or of the
              step: LENGTHS steps, each right with probability CHAIN
trees         a search for one rewarded leaf in each tree, of which the model learns from WALKS
              walks a generation, by rewards of the outcome or of each step; a judge of steps may
              take a share FOOLED of wrong ones for right
reflections   how many different ones there are: labels for the ANSWER_STEPS steps of one answer,
              which err at the rate SELF, by a model that learns from its own labels, drawn as they
              are or at a TEMPERATURE
"""

from functools import partial
from math import comb

import jax
import numpy as np

from collapse.judges.policies import ScoreOnly
from collapse.judges.step_labels import StepLabels
from collapse.laws import gradient
from collapse.learners.policy_gradient import PolicyGradient
from collapse.learners.process_reward import ProcessGradient
from collapse.loop.arm import Arm
from collapse.measures.entropy import Rarefaction
from collapse.measures.steps import StepErrors
from collapse.models.text.prompted import PromptedTable
from collapse.models.text.token_table import TokenTable
from collapse.regimes import Replace
from collapse.rewards.base import FunctionReward
from collapse.rewards.features import Steps
from collapse.samplers.base import Plain, Tempered
from collapse.scenario.published import number, shape
from collapse.scenario.trees import Trees

CHAIN = 0.8  # probability that a step of a chain is right
LENGTHS = (4, 8, 16)  # steps of a chain
CHAINS = 200_000  # chains drawn for each length
TREES, WALKS = Trees(count=8, depth=5), 4
LEARNING_RATE = 1000.0  # in trees: so large that one reward is enough to learn a step
FOOLED = 0.1  # share of wrong steps in trees that look right
TRIES = 10  # reflections on an answer
ANSWER_STEPS, SELF = 10, 0.1  # steps of the answer; label errors of the first model
TEMPERATURE = 1 / 1.57  # at which reflections are drawn
TWICE = 3  # the generation whose model has learned twice from reflections


def tree_arms(generations: int) -> dict[str, Arm]:
    """Arms of the search in trees: rewards of the outcome, of each step, and of a judge of steps
    that is fooled."""
    model = PromptedTable(TokenTable(TREES.beginner(), TREES.length), given=TREES.given)
    steps = StepErrors(TREES.steps, outcome=TREES.outcome, mask=TREES.places)
    fields = {"learning_rate": LEARNING_RATE, "baseline": "none"}

    def arm(judge, learner):
        return Arm(
            truth=model,
            model=model,
            judge=judge,
            learner=learner(**fields),
            regime=Replace(real_start=False),
            measures=(steps,),
            n=TREES.count * WALKS,
            group=WALKS,
            generations=generations,
        )

    def judged(fooled):
        labels = Steps(partial(TREES.steps, fooled=fooled), mask=TREES.places)
        return arm(StepLabels(labels), partial(ProcessGradient, mask=TREES.places))

    return {
        "tree-outcome": arm(ScoreOnly(FunctionReward(TREES.outcome)), PolicyGradient),
        "tree-process": judged(0.0),
        "tree-fooled": judged(FOOLED),
    }


def reflection_arms(n: int, generations: int) -> dict[str, Arm]:
    """Arms of reflections: items are labels (1 right, 2 wrong) of the steps of one answer, all of
    which are right; the model learns from its own, drawn as they are or at a temperature."""
    labels = TokenTable(np.array([[0.0, 1 - SELF, SELF]]), ANSWER_STEPS, order=1)
    return {
        name: Arm(
            truth=labels,
            sampler=sampler,
            regime=Replace(real_start=False),
            measures=(Rarefaction((TRIES,)),),
            n=n,
            generations=generations,
        )
        for name, sampler in (("reflections", Plain()), ("reflections-cold", Tempered(TEMPERATURE)))
    }


def chains(key, seeds: int) -> dict:
    """Curves "outcome", "process", "tolerable" (seeds, lengths): signal to noise of one step's
    gradient, for chains of steps that are right with chance CHAIN."""
    rng, curves = generator(key), {}
    for name in ("outcome", "process", "tolerable"):
        curves[name] = np.zeros((seeds, len(LENGTHS)))
    for seed in range(seeds):
        for i, length in enumerate(LENGTHS):
            step = rng.random(CHAINS) < CHAIN  # whether the step in question is right
            others = rng.random(CHAINS) < CHAIN ** (length - 1)
            wrong = rng.random(CHAINS) < gradient.tolerable_flip(CHAIN, length)
            rewards = {"outcome": step & others, "process": step, "tolerable": step ^ wrong}
            for name, reward in rewards.items():
                g = reward * (step - CHAIN)  # with respect to the step's logit
                variance = g.var(ddof=1)
                curves[name][seed, i] = (g.mean() ** 2 - variance / CHAINS) / variance
    return {"curves": curves}


def generator(key) -> np.random.Generator:
    """NumPy's random numbers from a key of jax's."""
    return np.random.default_rng(np.asarray(jax.random.key_data(key)).ravel())


def expected_different(rate: float) -> float:
    """Expected number of different reflections among TRIES with label errors at this rate: U(k) =
    sum over labellings of 1 - (1 - p)^k; derived."""
    steps = ANSWER_STEPS
    p = [rate**d * (1 - rate) ** (steps - d) for d in range(steps + 1)]
    return sum(comb(steps, d) * (1 - (1 - p[d]) ** TRIES) for d in range(steps + 1))


def cold_errors(generation: int) -> float:
    """Error rate of the labels drawn in a generation at the temperature: their odds are those of
    SELF to the power TEMPERATURE^-generation."""
    odds = (SELF / (1 - SELF)) ** (TEMPERATURE**-generation)
    return odds / (1 + odds)


def feedback_claims(last: int) -> tuple:
    """Claims about the evidence "chains" and the arms of trees and of reflections."""
    return (*chain_claims(), *tree_claims(last), *reflection_claims())


def chain_claims() -> list:
    """Claims about the signal to noise of a step's gradient in chains."""
    lengths = np.array(LENGTHS)
    outcome = gradient.outcome_signal(CHAIN, lengths)
    steps = np.full(len(LENGTHS), float(gradient.process_signal(CHAIN)))

    def signal(name, expected, words):
        return number(
            words,
            f"derived, each step right with chance {CHAIN}",
            lambda r: r["curves"][name],
            expected,
            evidence="chains",
            at=LENGTHS,
            error=0.02 * np.asarray(expected),
        )

    return [
        signal("outcome", outcome, "Signal of the outcome, 4 to 16 steps"),
        signal("process", steps, "Signal of a step reward, 4 to 16 steps"),
        signal("tolerable", outcome, "Signal of a step judge at the tolerable flip rate"),
    ]


def tree_claims(last: int) -> list:
    """Claims about search in trees, up to generation ``last``."""
    toy = f"{TREES.count} trees of depth {TREES.depth}, of which one reward is enough to learn"

    def solved(record, arm, t=last):
        return record["curves"][f"{arm}/solved"][:, t].astype(float)

    def walks(record, arm):
        """(S,) walks in each tree until nine in ten end on the leaf."""
        reached = solved(record, arm, slice(1, None)) >= 0.9
        return WALKS * np.where(reached.any(1), reached.argmax(1), last)

    def claim(arm, words, source, t, each_step):
        law = TREES.solved(WALKS, t, each_step)[-1]
        return number(words, source, lambda r: solved(r, arm, t), law, (t,), error=0.02)

    return [
        claim(
            "tree-outcome",
            "Trees: solved after 40 walks in each, outcome reward",
            "derived: 1 - (1 - 2^-depth)^walks are known",
            1 + 40 // WALKS,
            each_step=False,
        ),
        claim(
            "tree-process",
            "Trees: solved after 12 walks in each, process reward",
            "derived: the longest runs of right steps add up",
            1 + 12 // WALKS,
            each_step=True,
        ),
        shape(
            "Trees: walks until 90%, outcome over process",
            "article, 42:33: supervision through a straw",
            lambda r: walks(r, "tree-outcome") / walks(r, "tree-process"),
            "more walks",
            above=1.0,
            at=(last,),
            differs=toy,
        ),
        shape(
            "Trees: solved under a step judge fooled by a tenth",
            "article, 46:27: judges of steps are gamed",
            lambda r: solved(r, "tree-fooled"),
            "not all: what looks right at each step is learned for good",
            below=0.95,
            at=(last,),
            differs=toy,
        ),
    ]


def reflection_claims() -> list:
    """Claims about how many different reflections several tries give."""

    def different(name, source, arm, t, expected):
        seen = lambda r: r["curves"][f"{arm}/different_in_{TRIES}"][:, t].astype(float)  # noqa: E731
        return number(name, source, seen, expected, (t,), error=0.03)

    return [
        different(
            f"Different reflections in {TRIES} tries",
            "derived: U(k) = sum 1 - (1 - p)^k",
            "reflections",
            1,
            expected_different(SELF),
        ),
        different(
            f"Different reflections in {TRIES} tries, at a temperature of 1 / 1.57",
            "derived: the same, odds to the power 1.57",
            "reflections-cold",
            1,
            expected_different(cold_errors(1)),
        ),
        different(
            "The same when it learns from them twice",
            "derived: exponents multiply, 1.57^3",
            "reflections-cold",
            TWICE,
            expected_different(cold_errors(TWICE)),
        ),
    ]
