"""Rewards that mean nothing: the lower clip raises entropy, the upper one lowers it

Park et al. (2025): in policy optimisation with a clipped ratio, rewards at random change the
entropy by clipping alone. A categorical policy learns from rewards of pure noise, several steps on
each batch.
"""

import numpy as np

from collapse import (
    GRPO,
    Arm,
    Categorical,
    ModelDiversity,
    Noise,
    Scenario,
    ScoreOnly,
    TableReward,
)
from collapse.scenario.published import comparison, shape

SIZES = {"quick": (30, 256), "laptop": (100, 1000)}  # generations, seeds
ANSWERS, ROWS, STEPS, RATE = 10, 200, 8, 3.0
P = np.linspace(3, 1, ANSWERS) / np.linspace(3, 1, ANSWERS).sum()
USUAL, TIGHT, NONE = 0.2, 0.05, 100.0
CLIPS = {  # lower, upper
    "symmetric": (USUAL, USUAL),
    "tight-low": (TIGHT, USUAL),
    "tight-high": (USUAL, TIGHT),
    "low-alone": (USUAL, NONE),
    "high-alone": (1.0, USUAL),
    "unclipped": (1.0, NONE),
}
DIFFERS = "a categorical policy, not a language model"


def scenario(size: str = "quick") -> Scenario:
    generations, seeds = SIZES[size]

    def arm(low, high):
        return Arm(
            truth=Categorical(P),
            judge=ScoreOnly(Noise(TableReward(np.zeros(ANSWERS)), sd=1.0)),
            learner=GRPO(learning_rate=RATE, steps=STEPS, clip=low, clip_high=high),
            measures=(ModelDiversity(),),
            n=ROWS,
            group=ROWS,
            generations=generations,
        )

    return comparison(
        {name: arm(*clips) for name, clips in CLIPS.items()},
        name="park-clipping",
        title=__doc__.split("\n")[0],
        source="Park et al. (2025)",
        paper="park2025",
        minutes={"quick": 0.2, "laptop": 0.4},
        headline=("model_entropy",),
        seeds=seeds,
        claims=claims(generations),
    )


def claims(last: int) -> tuple:
    shaped = {"at": (last,), "differs": DIFFERS}

    def entropy(record, arm, t=last):
        return record["curves"][f"{arm}/model_entropy"][:, t]

    def change(arm):
        return lambda r: entropy(r, arm) - entropy(r, arm, 1)

    def beyond(arm, other):
        return lambda r: entropy(r, arm) - entropy(r, other)

    return (
        shape(
            "A symmetric clip of 0.2 lowers the entropy",
            "abstract: under standard clipping the upper one wins",
            change("symmetric"),
            "falls",
            below=0.0,
            **shaped,
        ),
        shape(
            "A tighter lower clip leaves more entropy than the symmetric one",
            "abstract: clip-low raises entropy",
            beyond("tight-low", "symmetric"),
            "more",
            above=0.0,
            **shaped,
        ),
        shape(
            "A tighter upper clip leaves less entropy than the symmetric one",
            "abstract: clip-high lowers entropy",
            beyond("tight-high", "symmetric"),
            "less",
            below=0.0,
            note="noise alone takes entropy, and a tighter clip of either side moves the policy "
            "less: against no clip at all the upper one does lower it",
            **shaped,
        ),
        shape(
            "Against no clip at all, the lower one raises entropy",
            "abstract: clip-low raises entropy",
            beyond("low-alone", "unclipped"),
            "more",
            above=0.0,
            **shaped,
        ),
        shape(
            "Against no clip at all, the upper one lowers it",
            "abstract: clip-high lowers entropy",
            beyond("high-alone", "unclipped"),
            "less",
            below=0.0,
            **shaped,
        ),
        shape(
            "The lower clip alone leaves more entropy than the upper one alone",
            "abstract: opposite signs",
            beyond("low-alone", "high-alone"),
            "more",
            above=0.0,
            **shaped,
        ),
    )
