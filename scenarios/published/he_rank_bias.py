"""Rewards relative to the group favour right answers that are likely already

He et al. (2025): GRPO sharpens the model on its likeliest right answers (rank bias) and does little
for unlikely ones; an unlikeliness reward turns that round. Problems with four right answers of
unequal chance, learned from sampled answers.
"""

import numpy as np

from collapse import (
    GRPO,
    Arm,
    Conditional,
    FunctionReward,
    GoldReward,
    PassAt,
    PromptDiversity,
    RightAnswers,
    Scenario,
    ScoreOnly,
    Unlikeliness,
)
from collapse.scenario.published import comparison, shape

SIZES = {"quick": (40, 16), "laptop": (200, 64)}  # problems, seeds
RIGHT = 0.4 * 0.3 ** np.arange(4) / (0.3 ** np.arange(4)).sum()  # chances of the right answers
WRONG = 6
GROUP, EACH, LAST, RATE, STRENGTH = 16, 64, 30, 1.0, 0.5
DIFFERS = "a table of problems and answers, not proofs"


def scenario(size: str = "quick") -> Scenario:
    problems, seeds = SIZES[size]
    p = np.tile(np.r_[RIGHT, np.full(WRONG, 0.6 / WRONG)], (problems, 1))
    table = Conditional(p, np.full(problems, 1 / problems))
    solved = FunctionReward(lambda rows: (rows[:, 1] < len(RIGHT)) * 1.0)
    likeliest = FunctionReward(lambda rows: (rows[:, 1] == 0) * 1.0)

    def arm(strength, steps):
        return Arm(
            truth=table,
            model=table,
            judge=ScoreOnly(Unlikeliness(solved, strength=strength)),
            learner=GRPO(learning_rate=RATE * problems / steps, steps=steps),
            measures=(
                PassAt(solved, ks=(1,), of="model"),
                GoldReward(likeliest),
                RightAnswers(solved, least=0.01),
                PromptDiversity(),
            ),
            n=problems * EACH,
            group=GROUP,
            generations=LAST,
            keep_reference=True,
        )

    return comparison(
        {"grpo": arm(0.0, 1), "unlikeliness": arm(STRENGTH, 1)},
        name="he-rank-bias",
        title=__doc__.split("\n")[0],
        source="He et al. (2025)",
        paper="he2025rank",
        minutes={"quick": 0.1, "laptop": 0.2},
        headline=("pass_at_1", "gold_reward", "preserved_answers"),
        seeds=seeds,
        claims=claims(),
    )


def claims() -> tuple:
    shaped = {"differs": DIFFERS}

    def likeliest(record, arm, t=LAST):
        """(S,) share of the likeliest answer among the right ones."""
        gold, solved = (record["curves"][f"{arm}/{c}"][:, t] for c in ("gold_reward", "pass_at_1"))
        return gold / solved

    def kept(record, arm):
        return record["curves"][f"{arm}/preserved_answers"][:, LAST]

    def at_end(record, arm, curve):
        return record["curves"][f"{arm}/{curve}"][:, LAST]

    return (
        shape(
            "GRPO: the likeliest right answer gains on the other right ones",
            "abstract: rank bias",
            lambda r: likeliest(r, "grpo") - likeliest(r, "grpo", 1),
            "probable trajectories are reinforced",
            above=0.02,
            at=(LAST,),
            **shaped,
        ),
        shape(
            "GRPO loses right answers that it knew",
            "pass@N falls for large N",
            lambda r: kept(r, "grpo"),
            "fewer are found",
            below=0.95,
            at=(LAST,),
            **shaped,
        ),
        shape(
            "The unlikeliness reward turns the bias round",
            "abstract: unlikeliness reward",
            lambda r: likeliest(r, "unlikeliness") - likeliest(r, "unlikeliness", 1),
            "unlikely ones gain",
            below=0.0,
            at=(LAST,),
            **shaped,
        ),
        shape(
            "It keeps more of the right answers, and more entropy",
            "abstract: pass@N restored",
            lambda r: np.stack(
                [
                    kept(r, "unlikeliness") - kept(r, "grpo"),
                    at_end(r, "unlikeliness", "per_prompt_entropy")
                    - at_end(r, "grpo", "per_prompt_entropy"),
                ],
                1,
            ),
            "restored",
            above=0.0,
            at=(LAST, LAST),
            **shaped,
        ),
        shape(
            "Both raise pass@1 to nine tenths",
            "abstract",
            lambda r: np.stack([at_end(r, a, "pass_at_1") for a in ("grpo", "unlikeliness")], 1),
            "both learn",
            above=0.9,
            at=(LAST, LAST),
            **shaped,
        ),
    )
