"""An AI judge, a verifier or people: who lets a model keep its quality without losing its variety?

Karpathy (2025): what models say is silently collapsed, as each sample looks fine, and judges that
are models are gamed. The world is that of the scenario answers: ten prompts, fifty right answers
each, and a model that slips in 2 % of cases; one of its slips stutters. Every judge keeps four of
twenty answers to a prompt: at random; by likelihood (an AI judge); the same with a weakness for
stutter, alone and as a panel of three; what is right (a verifier); or what a person likes, who is
another one each time. The toy: people are directions of taste over words who mostly prefer what is
right, and right answers are all equally good.
"""

import numpy as np

from collapse import (
    DiversityLoss,
    Format,
    ItemDiversity,
    Judged,
    Likelihood,
    Noise,
    Panel,
    Pluralist,
    RandomFraction,
    Scaled,
    Scenario,
    Similarity,
    SupportCoverage,
    TopFraction,
    Valid,
)
from collapse.judges.presets import stutters
from collapse.laws.exploits import onset
from collapse.numerics.pytree import replace
from collapse.scenario.load import build
from collapse.scenario.published import comparison, number, shape

T, SEEDS, FIFTH = 30, 8, 0.2
PROMPTS, RIGHT, WRONG, SLIP = 10, 50, 10, 0.02  # of the scenario answers
FIRST = 2 + PROMPTS + RIGHT + WRONG  # the first token that is a word
WORDS, WIDTH, PEOPLE = slice(FIRST, FIRST + 40), 128, 6  # words; tokens; people with tastes
EXPLOIT = 10.0  # nats that an AI judge gives to a stutter
DIFFERS = "a table of answers, not a language model; people are tastes over words"
LABELS = {
    "random-fifth": "random fifth",
    "ai-judge": "AI judge",
    "gamed-judge": "AI judge with an exploit",
    "gamed-panel": "panel of three of them",
    "people": "people",
    "verifier": "verifier",
}


def scenario() -> Scenario:
    world = build("answers")
    measures = (ItemDiversity(), SupportCoverage(), Judged(), DiversityLoss(Valid()))
    fields = {"measures": measures, "generations": T, "keep_reference": True}
    plain = replace(world.arms["no-judge"], **fields)
    return comparison(
        {name: replace(plain, judge=judge) for name, judge in judges().items()},
        name="judges-compared",
        title=__doc__.split("\n")[0],
        source="the judges of Karpathy (2025), in the world of the report card",
        paper="karpathy2025",
        minutes={"quick": 1},
        headline=("valid", "effective_number", "right_narrowed"),
        labels=LABELS,
        seeds=SEEDS,
        show=world.show,
        notes=world.notes,
        claims=claims(),
    )


def judges() -> dict:
    gamed = Format(Likelihood(), function=stutters, bonus=EXPLOIT)
    rng = np.random.default_rng(30)
    return {
        "random-fifth": RandomFraction(FIFTH),
        "ai-judge": TopFraction(Likelihood(), fraction=FIFTH),
        "gamed-judge": TopFraction(gamed, fraction=FIFTH),
        "gamed-panel": TopFraction(Panel((gamed,) * 3, sd=1.0, correlation=0.5), fraction=FIFTH),
        "people": Pluralist(tuple(person(rng) for _ in range(PEOPLE))),
        "verifier": TopFraction(Noise(Scaled(Valid(), by=100.0), sd=1.0), fraction=FIFTH),
    }


def person(rng: np.random.Generator) -> TopFraction:
    """Someone who likes some words more than others, and right answers more by about two standard
    deviations of that."""
    taste = np.zeros(WIDTH)
    taste[WORDS] = rng.normal(size=WORDS.stop - WORDS.start)
    likes = (Scaled(Similarity(width=WIDTH, target=taste), by=6.0), Scaled(Valid(), by=2.0))
    return TopFraction(Panel(likes), fraction=FIFTH)


def drifted() -> float:
    """How much right answers are narrowed since the first fit if a fifth of what is right is kept
    at random: drift alone.

    derived: of 1 - sum p^2 among the right answers to a prompt each fit leaves 1 - E[1 / rows], and
    a prompt has 4 Binomial(250, 1/10) rows, the first fit Binomial(1000, 1/10).
    """
    p = 1 / np.arange(1.0, RIGHT + 1)
    differ = 1 - ((p / p.sum()) ** 2).sum()
    first = 1 - (1 + 0.9 / 100) / 100
    each = 1 - (1 + 0.9 / 25) / 100
    return float((1 - SLIP) ** 2 * differ * first * (1 - each ** (T - 1)))


def claims() -> tuple:
    def curve(record, arm, name, at=T):
        return record["curves"][f"{arm}/{name}"][:, [at]].astype(float)

    def left(record, arm):
        """(S, 1) effective number of answers, relative to that of the first model."""
        return curve(record, arm, "effective_number") / curve(record, arm, "effective_number", 1)

    def beside(record, arm, other):
        """(S, 1) effective number of answers of an arm over the mean of another's."""
        return (
            curve(record, arm, "effective_number") / curve(record, other, "effective_number").mean()
        )

    def lost(record, arm):
        parts = ("wrong_removed", "right_narrowed", "wrong_narrowed")
        return sum(curve(record, arm, name) for name in parts)

    def taken(record, arm):
        """(S,) the first generation in which most of the output is wrong; T + 1 for none."""
        wrong = record["curves"][f"{arm}/valid"][:, : T + 1] < 0.5
        return np.where(wrong.any(1), wrong.argmax(1), T + 1).astype(float)

    quality = lambda arm: lambda r: curve(r, arm, "valid")  # noqa: E731
    shaped = {"at": (T,), "differs": DIFFERS}
    usual = 1 + float(onset(SLIP / WRONG, 1 / FIFTH))
    return (
        number("Share of answers that each judge keeps", "derived: a fifth",
               lambda r: np.concatenate([curve(r, arm, "share_kept") for arm in LABELS], 1), FIFTH,
               (T,) * len(LABELS), error=0.002),
        number("Random fifth: right answers", "derived: (1 - slip)^t",
               lambda r: r["curves"]["random-fifth/valid"][:, [1, 10, T]].astype(float),
               (1 - SLIP) ** np.array([1, 10, T]), (1, 10, T), error=0.01),
        number("AI judge: right answers", "derived: 1 - slip, as no wrong ones are kept",
               quality("ai-judge"), 1 - SLIP, (T,), error=0.005),
        number("Verifier: right answers", "derived: 1 - slip", quality("verifier"), 1 - SLIP, (T,),
               error=0.005),
        shape("AI judge: rise of its own score, nats a token", "article: each sample looks fine",
              lambda r: curve(r, "ai-judge", "reward_mean") - curve(r, "ai-judge", "reward_mean",
                                                                    1),
              "samples look better and better", above=0.0, **shaped),
        shape("AI judge: answers left of the first model's", "article: silently collapsed",
              lambda r: left(r, "ai-judge"), "collapsed", below=0.2, **shaped),
        shape("Verifier: answers left, times the AI judge's", "a verifier has no taste",
              lambda r: beside(r, "verifier", "ai-judge"), "more", above=1.5, **shaped),
        shape("People: answers left, times the AI judge's", "many tastes in place of one",
              lambda r: beside(r, "people", "ai-judge"), "more", above=1.5, **shaped),
        shape("People: answers left, of the verifier's", "tastes narrow too",
              lambda r: beside(r, "people", "verifier"), "fewer", below=1.0, **shaped),
        shape("People: right answers", "they mostly prefer what is right", quality("people"),
              "nearly as many", above=0.9, **shaped),
        number("Exploit: generation in which it takes over", "derived: 1 + ln(1 / e - 1) / ln 5",
               lambda r: taken(r, "gamed-judge"), usual, (T,), error=1.0),
        shape("Exploit: generations that a panel gains", "article: judges are gamed",
              lambda r: taken(r, "gamed-panel") - taken(r, "gamed-judge"),
              "none, as its weakness is common", below=1.0, **shaped),
        shape("AI judge: share of the loss that is right answers narrowed",
              "Karouzos (2026): wrong removed and right narrowed",
              lambda r: curve(r, "ai-judge", "right_narrowed") / lost(r, "ai-judge"),
              "both", above=0.9, **shaped),
        number("Verifier: right answers narrowed", "derived: drift alone",
               lambda r: curve(r, "verifier", "right_narrowed"), drifted(), (T,), error=0.02),
        shape("Random fifth: wrong answers removed", "nobody removes them",
              lambda r: curve(r, "random-fifth", "wrong_removed"), "added", below=0.0, **shaped),
    )  # fmt: skip
