"""Reinforcement learning from feedback: answers to one prompt grow alike, across prompts less so

Kirk et al. (2024): diversity per input and across inputs of a fine-tuned model, of best of 16 and
of RL with a KL penalty. Here a table of answers to prompts, each prompt with its own reward for
every answer, on the whole support.
"""

import jax.numpy as jnp
import numpy as np

from collapse import (
    Arm,
    BestOf,
    Conditional,
    FunctionReward,
    Judged,
    PromptDiversity,
    RewardWeighted,
    Scenario,
    ScoreOnly,
    Support,
)
from collapse.scenario.published import comparison, shape

SIZES = {"quick": (40, 64), "laptop": (200, 512)}  # prompts, answers
BETAS = (0.5, 0.2)  # of the KL penalty
OF = 16  # best of
GENERATIONS = 3
DIFFERS = "probability tables and entropies, not summaries and n-grams"


def scenario(size: str = "quick") -> Scenario:
    prompts, answers = SIZES[size]
    rng = np.random.default_rng(3)
    p = np.stack([rng.permutation(1 / np.arange(1.0, answers + 1)) for _ in range(prompts)])
    table = Conditional(p / p.sum(1, keepdims=True), np.full(prompts, 1 / prompts))
    liked = jnp.asarray(rng.normal(size=(prompts, answers)), jnp.float32)
    reward = FunctionReward(lambda rows: liked[rows[:, 0], rows[:, 1]])

    def arm(judge, learner=None):
        return Arm(
            truth=table,
            judge=judge,
            sampler=Support(),
            measures=(PromptDiversity(), Judged()),
            n=10_000,
            generations=GENERATIONS,
            keep_reference=True,
            **({"learner": learner} if learner else {}),
        )

    def rl(beta):
        return arm(ScoreOnly(reward), RewardWeighted(learning_rate=1 / beta, kl_coef=beta))

    return comparison(
        {f"rl-{beta:g}": rl(beta) for beta in BETAS} | {"best-of-16": arm(BestOf(reward, k=OF))},
        name="kirk-diversity",
        title=__doc__.split("\n")[0],
        source="Kirk et al. (2024), figures 5 and 6",
        paper="kirk2024",
        minutes={"quick": 0.2, "laptop": 0.2},
        headline=("per_prompt_entropy", "across_prompt_entropy", "reward_mean"),
        seeds=1,
        claims=claims(),
    )


def claims() -> tuple:
    shaped = {"spread": 0.0, "differs": DIFFERS}

    def entropy(record, arm, which, t=2):
        """(S,) of the tuned model, t = 2, or of the fine-tuned one it began as, t = 1."""
        return record["curves"][f"{arm}/{which}_prompt_entropy"][:, t].astype(float)

    def kept(record, arm, which):
        return entropy(record, arm, which) / entropy(record, arm, which, 1)

    def reward(record, arm, t=2):
        return record["curves"][f"{arm}/reward_mean"][:, t]

    low, high = (f"rl-{beta:g}" for beta in sorted(BETAS))
    return (
        shape(
            "RL: diversity per input falls by more than half",
            "fig. 5, per input: much lower than SFT",
            lambda r: kept(r, low, "per"),
            "much lower",
            below=0.5,
            at=(2,),
            **shaped,
        ),
        shape(
            "RL: across inputs the gap is smaller",
            "fig. 5, across inputs",
            lambda r: kept(r, low, "across") - kept(r, low, "per"),
            "a smaller gap",
            above=0.2,
            at=(2,),
            **shaped,
        ),
        shape(
            "Best of 16 keeps at least 9/10 of the diversity across inputs",
            "fig. 5: BoN at or above SFT",
            lambda r: kept(r, "best-of-16", "across"),
            "about as SFT",
            above=0.9,
            at=(2,),
            **shaped,
        ),
        shape(
            "The reward is higher after RL and best of 16",
            "RLHF and BoN generalise better than SFT",
            lambda r: np.stack(
                [reward(r, arm) - reward(r, arm, 1) for arm in (low, "best-of-16")], 1
            ),
            "better than SFT",
            above=0.5,
            at=(2, 2),
            **shaped,
        ),
        shape(
            "A larger KL penalty lowers diversity per input",
            "fig. 6: raising the penalty does not bring diversity back",
            lambda r: entropy(r, high, "per") - entropy(r, low, "per"),
            "lower",
            below=0.0,
            at=(2,),
            note="at the exact optimum a larger penalty keeps more of the reference's diversity: "
            "what the paper sees belongs to its optimisation, not to the objective",
            **shaped,
        ),
    )
