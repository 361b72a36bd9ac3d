"""Ten questions, fifty right answers each, and a model that slips: the world of the report card

A conditional table answers ten prompts. Each has fifty right answers, some said often and most
rarely (Zipf), and ten wrong ones, which people never give and a model gives by mistake in 2 % of
its answers, however clean its data. Answers are spelt in words, so that judges of length, wording
and likelihood can be tried; one of the wrong answers to each prompt stutters ("the the the"), the
exploit that careless judges fall for. Quality is the share of right answers.
"""

import numpy as np

from collapse import (
    Arm,
    FreshMix,
    ItemDiversity,
    Judged,
    KeepAll,
    Likelihood,
    MaximumLikelihood,
    NoisyVerifier,
    Plain,
    PromptDiversity,
    RandomFraction,
    Replace,
    Scenario,
    TopFraction,
)
from collapse.judges.presets import stutters
from collapse.measures.fidelity import SupportCoverage
from collapse.models.text.answers import Answers, spelt

PROMPTS, RIGHT, WRONG, WORDS = 10, 50, 10, 40
LENGTHS, SLIP = (5, 8), 0.02
TEXT = """
    the dog cat moon rain road door lamp bread river stone tree bird ship clock chair spoon glass
    field horse cloud train king salt snow wheel shoe bell rope sand fire leaf boat wall star
    coat milk drum key ring hat
""".split()  # noqa: SIM905


def world() -> tuple[Answers, Answers]:
    """The truth, and a model that knows nothing yet."""
    rng = np.random.default_rng(20)
    spelling = spelt(PROMPTS, RIGHT + WRONG, WORDS, LENGTHS, seed=21)
    exploit = spelling[:, RIGHT]  # the first wrong answer of each prompt stutters
    exploit[:, 2:] = 1 + PROMPTS + RIGHT + WRONG
    p = np.zeros((PROMPTS, RIGHT + WRONG))
    for row in p:
        row[:RIGHT] = rng.permutation(1 / np.arange(1.0, RIGHT + 1))
    p /= p.sum(1, keepdims=True)
    slips = np.zeros_like(p)
    slips[:, RIGHT:] = 1 / WRONG
    prompt = np.full(PROMPTS, 1 / PROMPTS)
    truth = Answers(p, prompt, slips, SLIP, spelling)
    blank = Answers(np.full_like(p, 1 / p.shape[1]), prompt, slips, SLIP, spelling)
    return truth, blank


def show(row) -> str:
    """The prompt's number, and the words of the answer."""
    first = 1 + PROMPTS + RIGHT + WRONG
    return f"{int(row[0])}: {' '.join(TEXT[word - first] for word in row[2:] if word)}"


def scenario() -> Scenario:
    truth, blank = world()

    def arm(judge, regime=None):
        return Arm(
            truth=truth,
            model=blank,
            judge=judge,
            regime=regime or Replace(),
            learner=MaximumLikelihood(),
            sampler=Plain(),
            measures=(ItemDiversity(), PromptDiversity(), SupportCoverage(), Judged()),
            n=1000,
            generations=50,
            group=20,
        )

    typical = TopFraction(Likelihood(per="token"), fraction=0.2)
    return Scenario(
        name="answers",
        title="Ten questions, fifty right answers each, and a model that slips",
        source="the conditional models and judges of Kirk et al. (2024) and Feng et al. (2024), in "
        "a table",
        arms={
            "no-judge": arm(KeepAll()),
            "random-fifth": arm(RandomFraction(0.2)),
            "typical-fifth": arm(typical),
            "typical-fifth-fresh": arm(typical, FreshMix(0.2)),
            "noisy-verifier": arm(NoisyVerifier()),
        },
        headline=("effective_number", "valid", "per_prompt_entropy", "across_prompt_entropy"),
        seeds=16,
        show=show,
        exploit=stutters,
        notes=(
            f"{PROMPTS} prompts, {RIGHT} right and {WRONG} wrong answers each, {SLIP:.0%} slips",
        ),
    )
