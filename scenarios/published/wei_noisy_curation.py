"""Some of those who choose prefer the worse: curation slows down, and turns round at a half

Wei and Zhang (2025): a share of the curators is noisy or adversarial. Pairs are judged by Bradley-
Terry, and a share of the choices by the reward with its sign changed. Tables of outcomes on their
whole support, and one arm of sampled items.
"""

import numpy as np

from collapse import (
    Arm,
    Categorical,
    Choice,
    Flipped,
    FreshMix,
    ModelDiversity,
    OutcomeShares,
    Plain,
    Pluralist,
    Scenario,
    Support,
    TableReward,
)
from collapse.scenario.published import comparison, number, shape

SIZES = {"quick": (20, 100), "laptop": (60, 1000)}  # generations, seeds of the sampled arm
NOISE = (0.0, 0.2, 0.5, 0.7)  # shares of choices that prefer the worse
P = np.array([0.05, 0.2, 0.15, 0.1, 0.08, 0.12, 0.2, 0.1])
REWARD = np.array([0.0, 0.5, 1.0, 1.5, 2.0, 1.8, 1.0, 0.25])
WIN = 1 / (1 + np.exp(REWARD - REWARD[:, None]))  # chance that the row beats the column
DIFFERS = "a table of 8 outcomes, not images"


def scenario(size: str = "quick") -> Scenario:
    generations, seeds = SIZES[size]

    def arm(judge, sampler, real=0.0):
        return Arm(
            truth=Categorical(P),
            judge=judge,
            regime=FreshMix(real),
            sampler=sampler,
            measures=(ModelDiversity(), OutcomeShares(8)),
            n=1000,
            generations=generations,
        )

    def exact(noise, real=0.0):
        both = tuple(Choice(TableReward(sign * REWARD), k=2) for sign in (1, -1))
        return arm(Pluralist(both, chances=(1 - noise, noise)), Support(), real)

    arms = {f"noise-{noise:g}": exact(noise) for noise in NOISE}
    arms |= {"adversarial-with-real": exact(0.7, 0.5)}
    arms |= {"sampled-0.2": arm(Choice(Flipped(TableReward(REWARD), chance=0.2), k=2), Plain())}
    return comparison(
        arms,
        name="wei-noisy-curation",
        title=__doc__.split("\n")[0],
        source="Wei and Zhang (2025)",
        paper="wei2025",
        minutes={"quick": 0.2, "laptop": 0.5},
        headline=("share_4", "model_entropy"),
        seeds=seeds,
        claims=claims(generations),
    )


def rewards(record, arm: str) -> np.ndarray:
    """(S, T) mean reward of models 1 .. T."""
    curves = record["curves"]
    shares = np.stack([curves[f"{arm}/share_{i}"][:, 1:] for i in range(8)], -1).astype(float)
    return shares @ REWARD


def paths() -> np.ndarray:
    """(noise, 3) mean reward of models 2, 3 and 5: a pair is won by i over j with chance w_ij, or
    1 - w_ij in a share of the choices."""
    found = []
    for noise in NOISE:
        p, path = P, []
        for _ in range(4):
            won = (1 - noise) * WIN + noise * WIN.T
            p = 2 * p * (won @ p)
            path.append(p @ REWARD)
        found.append([path[0], path[1], path[3]])
    return np.array(found)


def claims(last: int) -> tuple:
    exact = {"spread": 0.0, "error": 3e-6}
    shaped = {"differs": DIFFERS}

    def first_gain(record, noise):
        path = rewards(record, f"noise-{noise:g}")
        return path[:, 1] - path[:, 0]

    return (
        number(
            "Mean reward on the way, by the share of noisy choices",
            "derived: 2 p (W p), W = (1 - e) w + e w'",
            lambda r: np.concatenate(
                [rewards(r, f"noise-{noise:g}")[:, [1, 2, 4]] for noise in NOISE], 1
            ),
            paths().ravel(),
            (2, 3, 5) * len(NOISE),
            **exact,
        ),
        number(
            "The first gain, relative to that without noise",
            "derived: 1 - 2 e, for pairs",
            lambda r: np.stack([first_gain(r, x) / first_gain(r, 0.0) for x in NOISE], 1),
            1 - 2 * np.array(NOISE),
            (2,) * len(NOISE),
            spread=0.0,
            error=1e-4,
        ),
        shape(
            "A minority slows the alignment but does not stop it",
            "abstract: noisy curation",
            lambda r: np.diff(rewards(r, "noise-0.2"), axis=1).min(1),
            "still aligned",
            above=0.0,
            at=(last,),
            spread=0.0,
            error=1e-6,
            **shaped,
        ),
        shape(
            "A majority turns it round: the reward falls to the least",
            "abstract: adversarial curation",
            lambda r: rewards(r, "noise-0.7")[:, -1] - rewards(r, "noise-0.7")[:, 0],
            "disrupted alignment",
            below=-0.5,
            at=(last,),
            spread=0.0,
            **shaped,
        ),
        shape(
            "Real data hold the damage of a majority to a part",
            "real data as a defence; here a half",
            lambda r: rewards(r, "adversarial-with-real")[:, -1] - rewards(r, "noise-0.7")[:, -1],
            "damage is bounded",
            above=0.5,
            at=(last,),
            spread=0.0,
            **shaped,
        ),
        number(
            "Sampled items, a fifth of the choices noisy: mean reward",
            "derived: the same path, first order in 1/n",
            lambda r: rewards(r, "sampled-0.2")[:, [1, 2, 4]],
            paths()[1],
            (2, 3, 5),
            error=0.003,
        ),
    )
