"""Feedback for steps: the signal of a chain's reward, a search in trees, and how many different
reflections there are; arms, evidence and claims of the scenario supervision.

Chains of LENGTHS steps, each right with chance CHAIN. Trees with one rewarded leaf each, of which
the model learns from WALKS walks a generation by rewards of the outcome or of each step; the judge
of steps may take a share FOOLED of wrong ones for right. Reflections on one answer of OWN steps, a
label for each step that errs at the rate SELF, by a model that learns from what it says, as it is
or at a temperature.
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

CHAIN, LENGTHS, CHAINS = 0.8, (4, 8, 16), 200_000  # steps right; steps of a chain; chains
TREES, WALKS, AT_ONCE = Trees(count=8, depth=5), 4, 1000.0  # rate: one reward is enough
FOOLED = 0.1  # share of wrong steps in trees that look right
TRIES, OWN, SELF, COLD = 10, 10, 0.1, 1 / 1.57  # reflections, steps, label errors, temperature
TWICE = 3  # the generation that has learned twice from what was said


def tree_arms(generations: int) -> dict[str, Arm]:
    """Search in trees by a reward for the outcome, for each step, and by a judge of steps that is
    fooled."""
    model = PromptedTable(TokenTable(TREES.beginner(), TREES.length), given=TREES.given)
    steps = StepErrors(TREES.steps, outcome=TREES.outcome, mask=TREES.places)
    fields = {"learning_rate": AT_ONCE, "baseline": "none"}

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
    """A model whose items are its labels (1 right, 2 wrong) of one answer's steps, all of them
    right; it learns from its own reflections as they are, or as it says them at a temperature."""
    once = TokenTable(np.array([[0.0, 1 - SELF, SELF]]), OWN, order=1)
    return {
        name: Arm(
            truth=once,
            sampler=sampler,
            regime=Replace(real_start=False),
            measures=(Rarefaction((TRIES,)),),
            n=n,
            generations=generations,
        )
        for name, sampler in (("reflections", Plain()), ("reflections-cold", Tempered(COLD)))
    }


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


def generator(key) -> np.random.Generator:
    """NumPy's random numbers from a key of jax's."""
    return np.random.default_rng(np.asarray(jax.random.key_data(key)).ravel())


def expected_different(rate: float) -> float:
    """U(k) = sum over labellings of 1 - (1 - p)^k; derived."""
    p = [rate**d * (1 - rate) ** (OWN - d) for d in range(OWN + 1)]
    return sum(comb(OWN, d) * (1 - (1 - p[d]) ** TRIES) for d in range(OWN + 1))


def cold_errors(generation: int) -> float:
    """Label errors of what is said in a generation: the odds to the power COLD^-generation."""
    odds = (SELF / (1 - SELF)) ** (COLD**-generation)
    return odds / (1 + odds)


def feedback_claims(last: int) -> tuple:
    """Claims about the evidence "chains" and the arms of trees and of reflections."""
    return (*chain_claims(), *tree_claims(last), *reflection_claims())


def chain_claims() -> list:
    """Claims about the signal to noise of a step's gradient in chains."""
    lengths = np.array(LENGTHS)
    straw = gradient.outcome_signal(CHAIN, lengths)
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
        signal("outcome", straw, "Signal of the outcome, 4 to 16 steps"),
        signal("process", steps, "Signal of a step reward, 4 to 16 steps"),
        signal("tolerable", straw, "Signal of a step judge at the tolerable flip rate"),
    ]


def tree_claims(last: int) -> list:
    """Claims about search in trees, up to generation ``last``."""
    toy = f"{TREES.count} trees of depth {TREES.depth}, of which one reward is enough to learn"

    def solved(record, arm, t=last):
        return record["curves"][f"{arm}/solved"][:, t].astype(float)

    def walks(record, arm):
        """(S,) walks in each tree until nine in ten end on the leaf."""
        found = solved(record, arm, slice(1, None)) >= 0.9
        return WALKS * np.where(found.any(1), found.argmax(1), last)

    def found(arm, words, source, t, each_step):
        law = TREES.solved(WALKS, t, each_step)[-1]
        return number(words, source, lambda r: solved(r, arm, t), law, (t,), error=0.02)

    return [
        found(
            "tree-outcome",
            "Trees: solved after 40 walks in each, outcome reward",
            "derived: 1 - (1 - 2^-depth)^walks are known",
            1 + 40 // WALKS,
            each_step=False,
        ),
        found(
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
