"""A noisy filter and a weak labeller of the hardest prompts are enough

Amin et al. (2025): a model trains on its own answers as a noisy filter lets them through. The
filter alone makes right answers commoner, and cannot find one that the model never gives. A
labeller that is seldom right, asked about the hardest prompts alone, is enough for all of them to
be solved. Tables of prompts and answers on their whole support, and one arm of sampled answers.
"""

import numpy as np

from collapse import (
    Arm,
    Conditional,
    FillHardest,
    FreshMix,
    FunctionReward,
    KeepAll,
    NoisyVerifier,
    PassAt,
    Plain,
    Replace,
    Scenario,
    Support,
)
from collapse.scenario.published import at_end, comparison, number, shape

SEEDS = {"quick": 20, "laptop": 200}  # of the sampled arm
ANSWERS, T = 5, 24  # answers to a prompt, of which the first is right; generations
BASE = np.repeat([0.0, 0.02, 0.2, 0.6], 5)  # chance of the right answer, by prompt
PASSES = (0.8, 0.4)  # chance that the filter keeps a right answer, and a wrong one
WEAK, WEAKER = 0.15, 0.03  # chance that the labeller is right
BELOW = 0.42  # a prompt is hard if less passes: fewer than 5 % of its answers are right
SHARE = 0.3  # labels among the rows, where they are given to all prompts
AT = (2, 3, 5, 8)
DIFFERS = f"{len(BASE)} prompts with {ANSWERS} answers in a table, not language models"


def right(items):
    return (items[:, 1] == 0) * 1.0


def answers(chance) -> Conditional:
    """Right with this chance, by prompt; the wrong answers alike."""
    chance = np.broadcast_to(chance, BASE.shape)[:, None]
    wrong = np.repeat((1 - chance) / (ANSWERS - 1), ANSWERS - 1, 1)
    return Conditional(np.hstack([chance, wrong]), np.full(len(BASE), 1 / len(BASE)))


def scenario(size: str = "quick") -> Scenario:
    reward = FunctionReward(right)

    def arm(regime, passes=PASSES, weak=WEAK, **more):
        keeps = dict(zip(("keep_right", "keep_wrong"), passes, strict=True))
        judge = NoisyVerifier(reward=reward, expected=1.0, **keeps)
        more = {"judge": judge, "sampler": Support(), "n": 4000} | more
        return Arm(
            truth=answers(weak),
            model=answers(BASE),
            regime=regime,
            measures=(PassAt(reward, ks=(1,), of="model"),),
            generations=T,
            **more,
        )

    hardest = FillHardest(BELOW, real_start=False)
    arms = {
        "filter-alone": arm(Replace(real_start=False)),
        "labels-alone": arm(FreshMix(SHARE, real_start=False), judge=KeepAll()),
        "everywhere": arm(FillHardest(1.0, real_start=False)),
        "hardest": arm(hardest),
        "weaker": arm(hardest, weak=WEAKER),
        "filter-by-chance": arm(hardest, passes=(0.6, 0.6)),
        "sampled": arm(hardest, sampler=Plain()),
    }
    return comparison(
        arms,
        name="amin-weak-data",
        title=__doc__.split("\n")[0],
        source="Amin et al. (2025)",
        paper="amin2025",
        minutes={"quick": 0.2, "laptop": 0.3},
        headline=("pass_at_1",),
        seeds=SEEDS[size],
        claims=claims(),
    )


def path(below: float, passes=PASSES, weak: float = WEAK) -> np.ndarray:
    """(T,) mean chance of the right answer of models 1 .. T: a prompt of which less than ``below``
    passes is filled up with labels, the others train on what passed."""
    f, found = BASE, []
    for _ in range(T):
        found.append(f.mean())
        passed = passes[0] * f + passes[1] * (1 - f)
        missing = np.where(passed < below, 1 - passed, 0)
        f = (passes[0] * f + missing * weak) / (passed + missing)
    return np.array(found)


def claims() -> tuple:
    def solved(record, arm, at=AT):
        return record["curves"][f"{arm}/pass_at_1"][:, list(at)]

    at = np.array(AT)
    exact, shaped = {"spread": 0.0, "error": 1e-5}, {"differs": DIFFERS}
    keep, let = PASSES
    rest = WEAK * (1 - let) / (1 - keep + WEAK * (keep - let))
    return (
        number(
            "Filter alone: share of right answers",
            "derived: the odds grow by keep_right / keep_wrong",
            lambda r: solved(r, "filter-alone"),
            path(0.0)[at - 1],
            AT,
            **exact,
        ),
        number(
            "Filter alone: in the end the prompts are solved that the model knew at all",
            "derived: odds of 0 stay 0",
            lambda r: solved(r, "filter-alone", (T,)),
            (BASE > 0).mean(),
            (T,),
            spread=0.0,
            error=1e-4,
        ),
        number(
            "Labels alone: the model becomes the weak labeller",
            "derived: b + (1 - s)^(t - 1) (f - b)",
            lambda r: solved(r, "labels-alone"),
            WEAK + (1 - SHARE) ** (at - 1) * (BASE.mean() - WEAK),
            AT,
            **exact,
        ),
        number(
            "Labels in place of all that does not pass: a plateau",
            "derived: b (1 - w) / (1 - k + b (k - w)), k and w kept of right and wrong",
            lambda r: solved(r, "everywhere", (T,)),
            rest,
            (T,),
            spread=0.0,
            error=1e-3,  # of the limit, which is not quite reached
        ),
        number(
            "Labels for the hardest prompts: share of right answers",
            "derived: the two recursions, by what passes of a prompt",
            lambda r: solved(r, "hardest"),
            path(BELOW)[at - 1],
            AT,
            **exact,
        ),
        shape(
            "Noisy filter and weak labeller: every prompt is solved",
            "abstract: converges to an optimal model",
            lambda r: np.stack(
                [at_end(r, f"{arm}/pass_at_1") for arm in ("hardest", "sampled")], 1
            ),
            "optimal",
            above=0.999,
            at=(T, T),
            **shaped,
        ),
        shape(
            "The labeller may be right one time in thirty",
            "abstract: almost all of the non-synthetic data may be of poor quality",
            lambda r: at_end(r, "weaker/pass_at_1"),
            "still converges",
            above=0.999,
            at=(T,),
            spread=0.0,
            **shaped,
        ),
        shape(
            "Labels are better spent on the hardest prompts than everywhere",
            "abstract: focus on the most challenging examples",
            lambda r: at_end(r, "hardest/pass_at_1") - at_end(r, "everywhere/pass_at_1"),
            "improved performance",
            above=0.0,
            at=(T,),
            spread=0.0,
            **shaped,
        ),
        number(
            "A filter that knows nothing: the share of right answers stays",
            "derived: equal chances leave the odds as they are",
            lambda r: solved(r, "filter-by-chance"),
            BASE.mean(),
            AT,
            **exact,
        ),
    )
