"""Growing old: a learning rate that falls, experience chosen by oneself, and novelty that is late

The article says that children are not yet collapsed and adults are: they keep revisiting the same
thoughts, and their learning rates go down. A life of sixty years, each year a mix of what was
before and of the year's experience. Behaviour is a table of forty outcomes; the experience of a
year is what the person did, as it is or chosen by what is familiar (of two, more often the likelier
one). From an age on, a fifth of the experience is new: twenty outcomes that were never met. A toy:
no network forgets anything by interference here, and the rate is given, not learned.
"""

from functools import partial

import numpy as np

from collapse import (
    Arm,
    Categorical,
    Choice,
    FreshMix,
    FunctionReward,
    GoldReward,
    KeepAll,
    Likelihood,
    ModelDiversity,
    PriorWeighted,
    Scenario,
    Schedule,
)
from collapse.scenario.published import comparison, number, shape

OLD, NEW = 20, 20  # outcomes known from childhood, and never met
N, LAST, SEEDS = 200, 60, 256  # experiences a year, years of life, lives
ADULT, CHILD, NOVEL, AFTER = 40, 5, 0.2, 20  # ages when novelty begins, its share, years of it
STEADY = 0.2  # the rate that does not fall
DIFFERS = "a table of outcomes with a given rate, not a person or a network"


def rates(kind: str) -> np.ndarray:
    """(LAST,) share of the way to the year's experience, at ages 1 .. LAST."""
    falling = 1 / np.arange(1.0, LAST + 1)
    if kind == "rejuvenated":
        return np.where(np.arange(1, LAST + 1) > ADULT, STEADY, falling)
    return falling if kind == "falling" else np.full(LAST, STEADY)


def childhood() -> np.ndarray:
    """(OLD + NEW,) behaviour of a child: Zipf's law with exponent 1/2 over what is known."""
    p = np.zeros(OLD + NEW)
    p[:OLD] = np.arange(1.0, OLD + 1) ** -0.5
    return p / p.sum()


def world() -> np.ndarray:
    """(OLD + NEW,) what is new: each outcome never met, equally often."""
    return np.where(np.arange(OLD + NEW) < OLD, 0.0, 1 / NEW)


def scenario() -> Scenario:
    def life(rate: str, chosen: bool, begins: int):
        prior = N * (1 / rates(rate) - 1)  # items' worth of the past for n new items
        share = Schedule([0.0, NOVEL], [1, begins + 1])
        return Arm(
            truth=Categorical(world()),
            model=Categorical(childhood()),
            judge=Choice(Likelihood(), k=2) if chosen else KeepAll(),
            regime=FreshMix(share, real_start=False),
            learner=PriorWeighted(Schedule(prior, np.arange(1, LAST + 1)), start="previous"),
            measures=(ModelDiversity(), GoldReward(FunctionReward(lambda x: (x >= OLD) * 1.0))),
            n=N,
            generations=LAST,
        )

    return comparison(
        {
            "steady": life("steady", chosen=False, begins=ADULT),
            "falling": life("falling", chosen=False, begins=ADULT),
            "steady-chosen": life("steady", chosen=True, begins=ADULT),
            "falling-chosen": life("falling", chosen=True, begins=ADULT),
            "falling-early": life("falling", chosen=False, begins=CHILD),
            "rejuvenated": life("rejuvenated", chosen=False, begins=ADULT),
        },
        name="growing-old",
        title=__doc__.split("\n")[0],
        source="Karpathy and Patel (2025), 54:00; derived",
        paper="karpathy2025",
        minutes={"quick": 0.3},
        headline=("model_entropy", "gold_reward"),
        seeds=SEEDS,
        claims=claims(),
        labels={
            "steady": f"rate {STEADY}",
            "falling": "rate 1 / age",
            "steady-chosen": f"rate {STEADY}, own choice",
            "falling-chosen": "rate 1 / age, own choice",
            "falling-early": f"rate 1 / age, novelty at {CHILD}",
            "rejuvenated": f"rate 1 / age, {STEADY} again from {ADULT}",
        },
        notes=(f"novelty begins at age {ADULT}, {NOVEL:.0%} of each year's experience",),
    )


def adopted(rate: str, begins: int) -> float:
    """Share of new outcomes after years of novelty: 1 - prod (1 - rate NOVEL); derived."""
    return float(1 - np.prod(1 - NOVEL * rates(rate)[begins : begins + AFTER]))


def kept(rate: str) -> float:
    """Heterozygosity at age ADULT over that of the child: prod (1 - rate^2 / n); derived from
    Wright (1931), as in ``PriorWeighted``."""
    return float(np.prod(1 - rates(rate)[1:ADULT] ** 2 / N))


def habit(rate: str) -> float:
    """Entropy in nats at age ADULT of behaviour that is chosen by familiarity, for many
    experiences a year; derived: of two the likelier one is taken with the odds of the two."""
    p = childhood()[:OLD]
    for step in rates(rate)[1:ADULT]:
        chosen = 2 * p * (p * p[:, None] / (p + p[:, None])).sum(0)
        p = (1 - step) * p + step * chosen
    return float(-(p * np.log(p)).sum())


def claims() -> tuple:
    def curve(record, name, arm, age):
        return record["curves"][f"{arm}/{name}"][:, age].astype(float)

    entropy, gini = partial(curve, name="model_entropy"), partial(curve, name="model_gini")
    novel, toy = partial(curve, name="gold_reward"), partial(shape, differs=DIFFERS)

    def learned(record, arm, begins=ADULT):
        return novel(record, arm=arm, age=begins + AFTER)

    return (
        *[
            number(
                f"Diversity kept to {ADULT} by chance alone, {words}",
                "derived: prod (1 - rate^2 / n)",
                lambda r, arm=arm: gini(r, arm=arm, age=ADULT) / gini(r, arm=arm, age=1),
                kept(arm),
                (ADULT,),
                error=0.001,
            )
            for arm, words in (("steady", "steady rate"), ("falling", "falling rate"))
        ],
        *[
            number(
                f"Entropy at {ADULT} of chosen experience, {words}",
                "derived: the odds of two, for many experiences a year",
                lambda r, arm=arm: entropy(r, arm=f"{arm}-chosen", age=ADULT),
                habit(arm),
                (ADULT,),
                error=0.06,
                differs=f"{N} experiences a year",
            )
            for arm, words in (("steady", "steady rate"), ("falling", "falling rate"))
        ],
        toy(
            "Chosen experience costs entropy, falling rate",
            "article, 54:00: adults revisit the same thoughts",
            lambda r: (
                entropy(r, arm="falling", age=ADULT) - entropy(r, arm="falling-chosen", age=ADULT)
            ),
            "adults are collapsed",
            above=0.0,
            at=(ADULT,),
        ),
        toy(
            "A falling rate narrows more than a steady one",
            "article, 54:00: the learning rate goes down, and they collapse",
            lambda r: (
                entropy(r, arm="steady-chosen", age=ADULT)
                - entropy(r, arm="falling-chosen", age=ADULT)
            ),
            "a lower rate, more collapse",
            above=0.0,
            at=(ADULT,),
            note="a rate of 1 / age makes behaviour the mean of a whole life: it slows the loss. "
            "What falls with the rate is the answer to novelty",
        ),
        *[
            number(
                f"Share of the new after {AFTER} years, {words}",
                "derived: 1 - prod (1 - rate s)",
                lambda r, arm=arm, begins=begins: learned(r, arm, begins),
                adopted(rate, begins),
                (begins + AFTER,),
                error=0.005,
            )
            for arm, rate, begins, words in (
                ("falling-early", "falling", CHILD, f"met at {CHILD}"),
                ("falling", "falling", ADULT, f"met at {ADULT}"),
                ("rejuvenated", "rejuvenated", ADULT, f"rate raised again at {ADULT}"),
            )
        ],
        toy(
            "Own choice against the new: share of it with and without",
            "derived: what is rare is chosen less often than it is met",
            lambda r: learned(r, "falling-chosen") - learned(r, "falling"),
            "old habits win",
            below=0.0,
            at=(LAST,),
        ),
    )
