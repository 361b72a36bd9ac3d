"""Changes on time, and what is carried over: schedules and fine-tuning, by generation

A judge that takes over, a share of real rows that changes, a reward that is made more of: each is
exact on both sides of the change, so that a change one generation off is told. Fine-tuning holds on
to the last model, or to the first, by a number of items that its law tells.
"""

import numpy as np

from collapse import (
    Accumulate,
    Arm,
    BestOf,
    Categorical,
    Choice,
    Claim,
    FreshMix,
    KeepAll,
    MaximumLikelihood,
    ModelDiversity,
    OutcomeShares,
    Plain,
    PriorWeighted,
    Replace,
    Scenario,
    Support,
    Switch,
    TableReward,
    Tilt,
)
from collapse.laws import categorical, categorical_mixes, enumeration
from collapse.laws.choice import choice_limit
from collapse.rewards.base import Scaled
from collapse.schedule import Schedule

P = np.array([0.5, 0.3, 0.2])
REWARD = np.array([0.0, 1.0, 0.5])
H0 = float(1 - P @ P)
N, LAST = 6, 5
CHANGE = 3  # the generation from which on it is another judge, share or scale
K, STRENGTH = 3, -0.8
REAL = (1, 4)  # new real rows among the N, before the change and from then on
SCALE = (0.5, 2.0)
SHARE = tuple(real / N for real in REAL)
PRIOR = 4.0  # items' worth of an earlier model
TIMES = tuple(range(1, LAST + 1))
ROUNDING = 1e-6


def scheduled(before: float, after: float) -> Schedule:
    return Schedule(values=np.array([before, after]), starts=np.array([0, CHANGE]))


def arms() -> dict[str, Arm]:
    def arm(judge=None, regime=None, learner=None, sampler=None):
        return Arm(
            truth=Categorical(P),
            model=Categorical(P),
            judge=judge or KeepAll(),
            regime=regime or Replace(),
            learner=learner or MaximumLikelihood(),
            sampler=sampler or Plain(),
            measures=(OutcomeShares(count=len(P)), ModelDiversity()),
            n=N,
            generations=LAST,
        )

    reward = TableReward(REWARD)
    judges = BestOf(reward=reward, k=K), Choice(reward=reward, k=K, strength=STRENGTH)
    return {
        "switched": arm(Switch(judges=judges, starts=(0, CHANGE))),
        "real-rows": arm(regime=FreshMix(share=scheduled(*SHARE))),
        "endless": arm(
            Tilt(reward=Scaled(reward=reward, by=scheduled(*SCALE))),
            FreshMix(share=scheduled(*SHARE)),
            sampler=Support(),
        ),
        "accumulated": arm(regime=Accumulate()),
        "previous": arm(learner=PriorWeighted(prior=PRIOR, start="previous")),
        "base": arm(learner=PriorWeighted(prior=PRIOR, start="base")),
    }


def shares(record) -> np.ndarray:
    """(S, LAST, K) probability of each outcome from generation 1 on."""
    return np.stack([record["curves"][f"share_{i}"][:, 1:] for i in range(3)], -1).astype(float)


def switched(_=None) -> np.ndarray:
    """(LAST, 3) mean shares: the best of K until the change, a choice of the opposite after."""
    picks = enumeration.best_of(REWARD), enumeration.plackett_luce(REWARD, STRENGTH)

    def kept(p, t):
        return enumeration.of_groups(p, K, picks[t >= CHANGE], N)

    laws = enumeration.chain(P, N, kept, LAST)
    return np.array([enumeration.moments(law)[0] for law in laws])


def endless(_=None) -> np.ndarray:
    """(LAST, 3) shares of endless rows: generation t trains on what was judged at t - 1 and on the
    share of real rows of t itself."""
    found = [P]
    for t in range(1, LAST):
        share = SHARE[t + 1 >= CHANGE]
        judged = choice_limit(found[-1], REWARD, SCALE[t >= CHANGE])
        found.append(share * P + (1 - share) * judged)
    return np.array(found)


def scenario() -> Scenario:
    each = tuple(np.repeat(TIMES, len(P)).tolist())
    times = np.array(TIMES)
    real = [REAL[t >= CHANGE] for t in TIMES]
    return Scenario(
        name="schedule-laws",
        title=__doc__.split("\n")[0],
        source="derived here",
        arms=arms(),
        headline=("model_gini", "share_0", "share_1"),
        seeds=20_000,
        claims=(
            Claim(
                f"The best of {K}, from generation {CHANGE} a choice of the opposite: mean shares",
                "law",
                "derived by listing all samples: collapse.laws.enumeration",
                "switched",
                shares,
                lambda _: switched().ravel(),
                each,
            ),
            Claim(
                f"New real rows {REAL[0]} in {N}, from generation {CHANGE} {REAL[1]}: mean of R_t",
                "law",
                "derived: collapse.laws.categorical_mixes",
                "real-rows",
                lambda record: ((shares(record) - P) ** 2).sum(-1),
                categorical_mixes.fresh_mix_error(times, N, H0, real),
                TIMES,
            ),
            Claim(
                "A tilt made more of, and more real rows, of endless ones: every outcome",
                "identity",
                "derived: a tilt is p e^(r scale), mixed with what is real",
                "endless",
                shares,
                lambda _: endless().ravel(),
                each,
                error=ROUNDING,
            ),
            Claim(
                f"All rows kept, {N} a generation: mean heterozygosity",
                "law",
                "urn of Polya; Kazdan et al. (2025), Lemma 3",
                "accumulated",
                "model_gini",
                lambda t: categorical.accumulate_heterozygosity(t, N, H0),
                TIMES,
            ),
            Claim(
                "Fine-tuning of the last model: heterozygosity falls by 1 - n / (n + prior)^2",
                "law",
                "derived: collapse.laws.categorical",
                "previous",
                "model_gini",
                lambda t: categorical.fine_tuned_heterozygosity(t, N, PRIOR, H0),
                TIMES,
            ),
            Claim(
                "Fine-tuning of the first model: heterozygosity stays near that of its fit",
                "law",
                "derived: collapse.laws.categorical",
                "base",
                "model_gini",
                lambda t: categorical.restarted_heterozygosity(t, N, PRIOR, H0),
                TIMES,
            ),
        ),
    )
