"""Answers to prompts: what is lost within a prompt, what across, and how often one is right

Tilts of a conditional table on its whole support, each prompt with a favourite of its own or all
with the same one; a confident classifier as the judge of ten classes; and problems whose success
rates differ, learned from sampled answers, where the better pass@1 is paid for at large k.
Generation 1 is the first fit, so that generation t has been judged t - 1 times.
"""

from functools import cache
from typing import ClassVar

import jax.numpy as jnp
import numpy as np
from scipy.special import betaincinv

from collapse import (
    Arm,
    Categorical,
    Choice,
    Claim,
    Conditional,
    Curve,
    FreshMix,
    FunctionReward,
    MaximumLikelihood,
    Measure,
    ModelDiversity,
    OutcomeShares,
    Plain,
    PromptDiversity,
    Replace,
    RewardWeighted,
    Scenario,
    ScoreOnly,
    Support,
    TableReward,
    Tilt,
)
from collapse.laws import choice, solving

PROMPTS, ANSWERS, TASTE, LAST = 8, 12, 0.7, 12
CLASSES, SHARPNESS, K, REAL = 10, 5.0, 4, 0.5
# How sure a classifier is of the ten classes, made unequal at will: no class is better.
CONFIDENCE = np.array([0.99, 0.98, 0.97, 0.96, 0.95, 0.94, 0.92, 0.90, 0.86, 0.80])
PROBLEMS, GROUP, EACH = 200, 16, 64  # problems, answers to one at a time, and in all
SKILL = (0.2204, 2.006)  # Beta fitted to a base model's pass@1 and pass@256, Yue et al. (2025)
PUSH = 1.0  # rate of a reward of 1 for a right answer
TRAINED = (2, 5)  # generations looked at
# pass@1 and pass@256 of Qwen2.5-7B, and after 150, 300 and 450 steps: Yue et al. (2025), Table 2.
PUBLISHED = ((0.099, 0.672), (0.261, 0.663), (0.336, 0.653), (0.425, 0.643))
ROUNDING = 3e-6


def table() -> np.ndarray:
    """(C, K) answers by Zipf's law, each prompt in an order of its own."""
    rng = np.random.default_rng(7)
    p = np.stack([rng.permutation(1 / np.arange(1.0, ANSWERS + 1)) for _ in range(PROMPTS)])
    return p / p.sum(1, keepdims=True)


def problems() -> np.ndarray:
    """(PROBLEMS,) success rates: the middle of every 200th of a Beta distribution."""
    return betaincinv(*SKILL, (np.arange(PROBLEMS) + 0.5) / PROBLEMS)


class PassRate(Measure):
    """Curves: pass_1, pass_256, the model's own chance that one of so many answers is right, over
    problems; crossing, the k from which on it is below the truth's (0: never)."""

    reads = "model"
    curves: ClassVar = {
        "pass_1": Curve("share", 0, 1),
        "pass_256": Curve("share", 0, 1),
        "crossing": Curve("answers", 0),
    }

    def measure(self, key, view):
        k = 2.0 ** jnp.arange(0, 10.01, 0.125)
        mine, base = (_passes(model.p[:, 1], k) for model in (view.model, view.truth))
        below = (mine < base) & (k > 1)
        return {
            "pass_1": mine[0],
            "pass_256": mine[64],
            "crossing": jnp.where(below.any(), k[jnp.argmax(below)], 0),
        }


def _passes(p, k):
    return (1 - (1 - p[:, None]) ** k).mean(0)


def arms() -> dict[str, Arm]:
    def arm(truth, judge, measures, regime=None, **settings):
        parts = {"truth": truth, "model": truth, "judge": judge, "measures": measures}
        parts |= {"regime": regime or Replace(), "learner": MaximumLikelihood()}
        usual = {"sampler": Support(), "n": 10_000, "generations": LAST}
        return Arm(**parts | usual | settings)

    prompts = Conditional(table(), np.full(PROMPTS, 1 / PROMPTS))
    own = Tilt(FunctionReward(lambda rows: TASTE * (rows[:, 0] == rows[:, 1])))
    same = Tilt(FunctionReward(lambda rows: TASTE * (rows[:, 1] == 0)))
    classes = Categorical(np.full(CLASSES, 1 / CLASSES))
    sure = Choice(TableReward(SHARPNESS * CONFIDENCE), k=K)
    measures = (ModelDiversity(), OutcomeShares(CLASSES))
    skill = problems()
    tasks = Conditional(np.stack([1 - skill, skill], 1), np.full(PROBLEMS, 1 / PROBLEMS))
    return {
        "own-taste": arm(prompts, own, (PromptDiversity(),)),
        "same-taste": arm(prompts, same, (PromptDiversity(),)),
        "confidence": arm(classes, sure, measures),
        "confidence-real": arm(classes, sure, measures, FreshMix(REAL)),
        "problems": arm(
            tasks,
            ScoreOnly(FunctionReward(lambda rows: rows[:, 1] * 1.0)),
            (PassRate(),),
            learner=RewardWeighted(learning_rate=PUSH, baseline="none"),
            sampler=Plain(),
            n=PROBLEMS * EACH,
            group=GROUP,
        ),
    }


def entropies(favourite) -> tuple[np.ndarray, np.ndarray]:
    """(LAST,) H(answer | prompt) and H(answer) of models 1 .. LAST when each prompt's favourite
    gains e^TASTE a round."""
    within, across = [], []
    for rounds in range(LAST):
        p = table() * np.exp(rounds * TASTE * favourite)
        p /= p.sum(1, keepdims=True)
        within.append(-(p * np.log(p)).sum(1).mean())
        mixed = p.mean(0)
        across.append(-(mixed * np.log(mixed)).sum())
    return np.array(within), np.array(across)


def prompt_claims() -> tuple[Claim, ...]:
    found, models = [], tuple(range(1, LAST + 1))
    own = np.arange(ANSWERS)[None] == np.arange(PROMPTS)[:, None]
    same = np.broadcast_to(np.arange(ANSWERS) == 0, own.shape)
    for arm, favourite, words in (
        ("own-taste", own, "each prompt has a favourite"),
        ("same-taste", same, "all prompts have the same favourite"),
    ):
        within, across = entropies(favourite)
        for curve, law in (("per_prompt", within), ("across_prompt", across)):
            name = f"A tilt by prompt, {words}: H {curve.replace('_', ' ')}"
            source = "derived; the measures of Kirk et al. (2024)"
            found.append(identity(name, source, arm, f"{curve}_entropy", law, models, 1e-5))
    lost = lambda record: np.stack([loss(record, k) for k in ("per", "across")]).T  # noqa: E731
    found.append(
        Claim(
            "A tilt by prompt: more of the entropy is lost within a prompt than across",
            "published",
            "Kirk et al. (2024), Figures 5 and 6",
            "own-taste",
            lambda record: lost(record)[:, 0] - lost(record)[:, 1],
            0.0,
            (LAST,),
            spread=0.0,
            side="at least",
            paper="kirk2024",
            printed="per-input diversity falls most",
            differs="a tilt of probability tables by a taste of each prompt",
        )
    )
    return tuple(found)


def loss(record, which: str) -> np.ndarray:
    """(S,) share of an entropy of the first model that the last has lost."""
    curve = record["curves"][f"{which}_prompt_entropy"]
    return 1 - curve[:, LAST] / curve[:, 1]


def identity(name, source, arm, observe, expected, at, error=ROUNDING) -> Claim:
    return Claim(name, "identity", source, arm, observe, expected, at, error=error)


def class_claims() -> tuple[Claim, ...]:
    flat, reward = np.full(CLASSES, 1 / CLASSES), SHARPNESS * CONFIDENCE
    alone, mixed = [flat], [flat]
    for _ in range(LAST - 1):
        alone.append(choice.choice(alone[-1], reward, K)[-1])
        judged = choice.choice(mixed[-1], reward, K)[-1]
        mixed.append(REAL * flat + (1 - REAL) * judged)
    at = tuple(range(1, LAST + 1))
    entropy = lambda path: [-(p * np.log(p)).sum() for p in path]  # noqa: E731
    source = "Ferbach et al. (2024), section 4.2; the map by exponential clocks, derived"
    return (
        identity(
            "A judge of confidence, the same for all: class entropy falls",
            source,
            "confidence",
            "model_entropy",
            entropy(alone),
            at,
            1e-5,
        ),
        identity(
            "A judge of confidence with half real data: class entropy, and where it stays",
            source,
            "confidence-real",
            "model_entropy",
            entropy(mixed),
            at,
            1e-5,
        ),
        Claim(
            "A judge of confidence: the mean reward rises while the classes drift apart",
            "published",
            "Ferbach et al. (2024), Figure 3",
            "confidence",
            lambda record: np.diff(confidence(record), axis=1).min(1),
            0.0,
            (LAST,),
            spread=0.0,
            side="at least",
            paper="ferbach2024",
            printed="mean reward rises",
            differs=f"{CLASSES} classes in closed form, not images",
        ),
    )


def confidence(record) -> np.ndarray:
    """(S, LAST) mean confidence of models 1 .. LAST."""
    shares = [record["curves"][f"share_{i}"][:, 1:] for i in range(CLASSES)]
    return np.tensordot(CONFIDENCE, np.stack(shares).astype(float), 1)


def published_crossings(key, seeds: int) -> dict:
    """k at which the curves of Beta-distributed success rates, fitted to the published numbers of
    a base model and of three stages of training, cross. Curve (1, 3): crossing."""
    base, *trained = [solving.beta_of_pass_rates(rates, (1, 256)) for rates in PUBLISHED]
    return {"curves": {"crossing": np.array([[solving.crossing(base, x) for x in trained]])}}


@cache
def rewarded_rates() -> np.ndarray:
    """(LAST + 1, 2) pass@1 and pass@256 of the rewarded problems at every generation, exactly."""
    ks = (1, 256)
    settings = (EACH * PROBLEMS, GROUP, PUSH, LAST)
    chain = solving.rewarded_pass_rates(problems(), *settings, ks)
    return np.concatenate([[solving.pass_rate(problems(), ks)], chain])


def problem_claims() -> tuple[Claim, ...]:
    early, late = TRAINED
    before, after = (solving.refit_pass_rate(problems(), EACH * PROBLEMS, k) for k in (1, 256))
    source = "derived: problems that are never solved in a sample are lost"
    chain = "derived: a Markov chain of each problem's rate; collapse.laws.solving"

    def rewarded(what, curve, column):
        expected = lambda t: rewarded_rates()[np.asarray(t), column]  # noqa: E731
        return Claim(
            f"Rewarded problems: {what}", "law", chain, "problems", curve, expected, TRAINED
        )

    def change(name):
        return lambda record: record["curves"][name][:, late] - record["curves"][name][:, 0]

    def published(
        name, observe, side, source="Yue et al. (2025), Table 2 and Figure 1", **more
    ) -> Claim:
        more |= {"paper": "yue2025", "printed": "crossover", "differs": "a table of problem rates"}
        return Claim(
            name, "published", source, "problems", observe, 0.0, (late,), side=side, **more
        )

    def moved(record):
        return record["curves"]["crossing"][:, late] - record["curves"]["crossing"][:, early]

    return (
        Claim("Refitted problems: pass@1 stays", "law", source, "problems", "pass_1", before),
        Claim("Refitted problems: pass@256 falls", "law", source, "problems", "pass_256", after),
        rewarded("pass@1", "pass_1", 0),
        rewarded("pass@256", "pass_256", 1),
        published("Rewarded problems: pass@1 rises", change("pass_1"), "at least"),
        published("Rewarded problems: pass@256 falls", change("pass_256"), "at most"),
        published(
            "Rewarded problems: the curves cross earlier with training",
            moved,
            "at most",
            "Beta distributions of Yue et al. (2025), Table 2",
            note="it does for the published rates as Beta distributions, the next claim; a table "
            "of problems crosses later, since those never solved stay so (docs/laws.md)",
        ),
        Claim(
            "The published pass@1 and pass@256, as Beta distributions: earlier each time",
            "published",
            "Yue et al. (2025), Table 2",
            "published",
            lambda record: np.diff(record["curves"]["crossing"], axis=1).max(1),
            0.0,
            spread=0.0,
            side="at most",
            paper="yue2025",
            printed="pass@1 and pass@256 of four models",
            differs="Beta distributions of problem rates through the two numbers",
        ),
    )


def scenario() -> Scenario:
    return Scenario(
        name="prompt-laws",
        title=__doc__.split("\n")[0],
        source="Kirk et al. (2024); Ferbach et al. (2024); Yue et al. (2025); each with what is "
        "derived here",
        arms=arms(),
        headline=("per_prompt_entropy", "across_prompt_entropy", "model_entropy", "pass_1"),
        seeds=32,
        evidence={"published": published_crossings},
        claims=(*prompt_claims(), *class_claims(), *problem_claims()),
    )
