"""Rewarded for right answers: better at one try, worse at many, and few answers are new

Yue et al. (2025) and Wu et al. (2025): RL with verifiable rewards raises pass@1 and lowers pass@k
for large k; it loses more right answers than it gains. Problems whose success rates follow the Beta
distribution of the paper's base model, learned from sampled answers; and the paper's own table.
"""

import numpy as np
from scipy.special import betaincinv

from collapse import (
    Arm,
    Conditional,
    FunctionReward,
    PassAt,
    PromptDiversity,
    RewardWeighted,
    RightAnswers,
    Scenario,
    ScoreOnly,
)
from collapse.laws import solving
from collapse.scenario.published import comparison, number, shape

SIZES = {"quick": (200, 32), "laptop": (1000, 200)}  # problems, seeds
SKILL = (0.2204, 2.006)  # Beta through the base model's pass@1 and pass@256
RIGHT, WRONG = 4, 12  # ways to be right, of unequal chance, and to be wrong, of each problem
GROUP, EACH = 16, 64  # answers to a problem at one time, and in a generation
RATE, LAST = 1.0, 6
KS = (1, 2, 4, 8, 16, 32, 64, 128, 256)
LEAST = 1 / 1024  # a right answer counts as known above it
# pass@1 and pass@256 on the training set of Qwen2.5-7B, and after 150, 300 and 450 steps: Table 2.
TRAINING = ((0.099, 0.672), (0.261, 0.663), (0.336, 0.653), (0.425, 0.643))
# Omni-MATH: pass@256 of the base, pass@1 of GRPO; the gap between them as section 4.3 has it.
OMNI, GAP = (69.1, 25.1), 43.9
DIFFERS = "a table of problems and answers, not a language model"


def world(problems: int) -> Conditional:
    """Problems with RIGHT + WRONG answers each; their success rates are quantiles of the Beta."""
    skill = betaincinv(*SKILL, (np.arange(problems) + 0.5) / problems)
    ways = 0.4 ** np.arange(RIGHT)
    right = skill[:, None] * ways / ways.sum()
    wrong = np.repeat((1 - skill[:, None]) / WRONG, WRONG, 1)
    return Conditional(np.concatenate([right, wrong], 1), np.full(problems, 1 / problems))


def scenario(size: str = "quick") -> Scenario:
    problems, seeds = SIZES[size]
    table = world(problems)
    reward = FunctionReward(lambda rows: (rows[:, 1] < RIGHT) * 1.0)

    def arm(rate):
        return Arm(
            truth=table,
            model=table,
            judge=ScoreOnly(reward),
            learner=RewardWeighted(learning_rate=rate, baseline="none"),
            measures=(
                PassAt(reward, ks=KS, of="model"),
                RightAnswers(reward, least=LEAST),
                PromptDiversity(),
            ),
            n=problems * EACH,
            group=GROUP,
            generations=LAST,
            keep_reference=True,
        )

    return comparison(
        {"rewarded": arm(RATE), "unrewarded": arm(0.001)},
        evidence={"table": published_crossings},
        name="yue-pass-at-k",
        title=__doc__.split("\n")[0],
        source="Yue et al. (2025); Wu et al. (2025)",
        paper="yue2025",
        minutes={"quick": 0.2, "laptop": 0.4},
        headline=tuple(f"pass_at_{k}" for k in (1, 256)),
        seeds=seeds,
        claims=(*yue_claims(), *wu_claims()),
    )


def published_crossings(key, seeds: int) -> dict:
    """Curves of the published table. crossing (1, 3): the k where the trained models fall below the
    base, by Beta distributions through two points of each; gap (1,): pass@256 of the base minus
    pass@1 of GRPO on Omni-MATH, in percent."""
    base, *trained = [solving.beta_of_pass_rates(rates, (1, 256)) for rates in TRAINING]
    crossing = [solving.crossing(base, each) for each in trained]
    return {"curves": {"crossing": np.array([crossing]), "gap": np.array([OMNI[0] - OMNI[1]])}}


def yue_claims() -> tuple:
    def change(record, k, arm="rewarded"):
        curve = record["curves"][f"{arm}/pass_at_{k}"]
        return curve[:, LAST] - curve[:, 0]

    def crossing(record, t):
        """(S,) number of the ``KS`` at which the model is at or above the truth."""
        curves = record["curves"]
        both = [curves[f"rewarded/pass_at_{k}"][:, [t, 0]] for k in KS]
        return sum((pair[:, 0] >= pair[:, 1]).astype(float) for pair in both)

    return (
        shape(
            "RL raises pass@1",
            "Table 2, fig. 1: 9.9 to 26.1 on the training set",
            lambda r: change(r, 1),
            "9.9 to 26.1",
            above=0.05,
            at=(LAST,),
            differs=DIFFERS,
        ),
        shape(
            "RL lowers pass@256",
            "Table 2, fig. 1: 67.2 to 66.3, and further with training",
            lambda r: change(r, 256),
            "67.2 to 64.3",
            below=0.0,
            at=(LAST,),
            differs=DIFFERS,
        ),
        shape(
            "The curves cross: RL is ahead at k = 1 and 4, behind at 64 and 256",
            "fig. 1",
            lambda r: np.stack(
                [change(r, 1), change(r, 4), -change(r, 64), -change(r, 256)], axis=1
            ),
            "a crossover",
            above=0.0,
            at=(LAST,) * 4,
            differs=DIFFERS,
        ),
        shape(
            "More training moves the crossing to smaller k",
            "fig. 1; Table 2",
            lambda r: crossing(r, LAST) - crossing(r, 1),
            "earlier",
            below=0.0,
            at=(LAST,),
            note="a table loses most problems in its first fit and then only gains at small k: it "
            "takes a gradient that problems share (docs/laws.md)",
            differs=DIFFERS,
        ),
        shape(
            "Beta distributions of the published numbers: they cross earlier each time",
            "Table 2",
            lambda r: np.diff(r["curves"]["crossing"], axis=1),
            "earlier",
            below=0.0,
            at=(300, 450),
            spread=0.0,
            evidence="table",
            differs="Beta distributions through two points of each model",
        ),
        number(
            "Sampling efficiency gap of GRPO on Omni-MATH, in percent",
            "section 4.3; Table 2 gives 69.1 - 25.1",
            lambda r: r["curves"]["gap"],
            GAP,
            error=0.1,  # of two rounded numbers
            spread=0.0,
            evidence="table",
        ),
    )


def wu_claims() -> tuple:
    more = dict(paper="wu2025", differs=DIFFERS)  # noqa: C408

    def curve(record, name, arm="rewarded"):
        return record["curves"][f"{arm}/{name}"][:, LAST]

    return (
        shape(
            "More right answers are lost than gained",
            "support shrinks more than it grows",
            lambda r: curve(r, "lost_answers") - curve(r, "gained_answers"),
            "shrinkage over expansion",
            above=0.0,
            at=(LAST,),
            **more,
        ),
        shape(
            "Most of the right answers that were known are kept",
            "RL stays inside the support of the base model",
            lambda r: curve(r, "preserved_answers") - curve(r, "lost_answers"),
            "mostly preserved",
            above=0.0,
            at=(LAST,),
            **more,
        ),
        shape(
            "The entropy of answers falls",
            "entropy of answers",
            lambda r: np.diff(r["curves"]["rewarded/per_prompt_entropy"][:, [0, LAST]])[:, 0],
            "falls",
            below=0.0,
            at=(LAST,),
            **more,
        ),
        shape(
            "The reward costs more right answers than sampling alone",
            "support shrinks under RLVR",
            lambda r: curve(r, "lost_answers") - curve(r, "lost_answers", "unrewarded"),
            "pass@8192 on AIME24: 93.3 to 83.3",
            above=0.0,
            at=(LAST,),
            note="in a table that is refitted to its own answers, drift loses more of them "
            "without a reward",
            **more,
        ),
    )
