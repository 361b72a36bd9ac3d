"""A small language model tells its jokes cold: temperature and greedy decoding, with a judge or not

Karpathy (2025): chat models know "three jokes". The bigram model of the scenario jokes learns what
it has told, at the temperature that comes to people's taste for the typical (1 / 1.57), greedily,
or as it is, with and without a judge that keeps the most typical fifth. With --data the jokes are
those of a file. Here a temperature sharpens every next word, where the scenario three-jokes
sharpens whole jokes. The toy: a bigram model remembers one word of its joke.
"""

import numpy as np

from collapse import (
    Arm,
    ItemDiversity,
    KeepAll,
    Likelihood,
    NGram,
    Plain,
    Scenario,
    Tempered,
    TopFraction,
    TopK,
)
from collapse.laws.verifiers import typicality_exponent
from collapse.scenario.published import comparison, number, shape
from collapse.scenario.text_truth import text_truth

COLD = 1 / float(typicality_exponent(0.57, 1.0))  # Zhang et al. (2025): alpha = .57, beta = 1
N, T, SEEDS, THREE = 500, 8, 8, 3.0
DIFFERS = "bigrams on jokes, not a language model"


def scenario(corpus=None) -> Scenario:
    text = text_truth(corpus)
    judge = TopFraction(Likelihood(), fraction=0.2)

    def arm(sampler, judge=None):
        return Arm(
            truth=text.truth,
            model=NGram(vocab_size=text.vocab_size, order=2),
            judge=judge or KeepAll(),
            sampler=sampler,
            measures=(ItemDiversity(),),
            n=N,
            generations=T,
        )

    return comparison(
        {
            "plain": arm(Plain()),
            "judge": arm(Plain(), judge),
            "cold": arm(Tempered(COLD)),
            "cold-judge": arm(Tempered(COLD), judge),
            "greedy": arm(TopK(1)),
        },
        name="cold-jokes",
        title=__doc__.split("\n")[0],
        source="the question of Karpathy (2025); the typicality of Zhang et al. (2025)",
        paper="karpathy2025",
        minutes={"quick": 1},
        headline=("effective_number", "top_3_mass"),
        labels={
            "plain": "as it is",
            "judge": "most typical fifth kept",
            "cold": "temperature 1 / 1.57",
            "cold-judge": "cold, typical fifth kept",
        },
        seeds=SEEDS,
        claims=claims(),
        **text.said,
    )


def claims() -> tuple:
    def jokes(record, arm, at=T):
        return record["curves"][f"{arm}/effective_number"][:, [at]].astype(float)

    def rounds(record, arm):
        """(S,) the first generation that tells three jokes or fewer; T + 1 for none."""
        few = record["curves"][f"{arm}/effective_number"] <= THREE
        return np.where(few.any(1), few.argmax(1), T + 1).astype(float)

    said = {"at": (T,), "differs": DIFFERS}
    return (
        shape("As it is: jokes left of those of the first model", "control",
              lambda r: jokes(r, "plain") / jokes(r, "plain", 1), "most", above=0.5, **said),
        shape("Cold: jokes left", "article: three jokes", lambda r: jokes(r, "cold"), "three",
              below=THREE, **said),
        shape("Cold: generation of three jokes", "article: three jokes",
              lambda r: rounds(r, "cold"), "within a few rounds", below=T + 0.5, **said),
        shape("Cold: jokes of the first model, of those as it is", "sharper words",
              lambda r: jokes(r, "cold", 1) / jokes(r, "plain", 1), "fewer", below=1.0,
              **said | {"at": (1,)}),
        number("Greedy: jokes left at once", "derived: the likeliest words",
               lambda r: jokes(r, "greedy", 1), 1.0, error=1e-4),
        shape("A judge in place of the temperature: generations that it saves",
              "a judge sharpens whole jokes", lambda r: rounds(r, "cold") - rounds(r, "judge"),
              "sooner", above=0.0, **said),
        shape("A judge beside the temperature: generations that it saves",
              "a judge sharpens whole jokes", lambda r: rounds(r, "cold") - rounds(
                  r, "cold-judge"), "sooner", above=0.0, **said),
    )  # fmt: skip
