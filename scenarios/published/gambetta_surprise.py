"""Training on the documents that surprise the model slows collapse

Gambetta et al. (2024): a language model that is tuned on its own documents loses linguistic
entropy, and a few tokens come to dominate. Of more documents than are needed, keep those that the
model finds least likely: it loses less. Bigram models on the built-in jokes, drawn at a low
temperature.
"""

from functools import partial

import numpy as np

from collapse import (
    Arm,
    ItemDiversity,
    Likelihood,
    NGram,
    Perplexity,
    RandomFraction,
    Scaled,
    Scenario,
    Tempered,
    TopFraction,
    Wording,
)
from collapse.scenario.published import comparison, shape
from collapse.scenario.text_truth import text_truth

SIZES = {"quick": (300, 5, 4), "laptop": (1000, 10, 16)}  # rows, generations, seeds
KEPT, COLD = 0.5, 0.8  # share of documents kept; temperature
DIFFERS = "bigrams on the built-in jokes, not language models of 7 billion parameters"


def scenario(size: str = "quick") -> Scenario:
    n, generations, seeds = SIZES[size]
    text = text_truth()
    arm = partial(
        Arm,
        truth=text.truth,
        model=NGram(text.vocab_size),
        sampler=Tempered(COLD),
        measures=(Perplexity(text.held_out), Wording(text.vocab_size), ItemDiversity()),
        n=n,
        generations=generations,
    )
    surprising = Scaled(Likelihood(), by=-1.0)
    arms = {
        "random": arm(judge=RandomFraction(KEPT)),
        "surprising": arm(judge=TopFraction(surprising, fraction=KEPT)),
        "likely": arm(judge=TopFraction(Likelihood(), fraction=KEPT)),
    }
    return comparison(
        arms,
        name="gambetta-surprise",
        title=__doc__.split("\n")[0],
        source="Gambetta et al. (2024)",
        paper="gambetta2024",
        minutes={"quick": 0.4, "laptop": 0.5},
        headline=("entropy_1gram", "entropy", "cross_entropy"),
        seeds=seeds,
        claims=claims(generations),
    )


def claims(last: int) -> tuple:
    def fall(record, arm, curve="entropy_1gram"):
        """(S, 1) fall of a curve from the first model's documents to the last's, in its share."""
        curve = record["curves"][f"{arm}/{curve}"].astype(float)
        return 1 - curve[:, [last]] / curve[:, [1]]

    def at_end(record, arm, curve):
        return record["curves"][f"{arm}/{curve}"][:, [last]].astype(float)

    claim = partial(shape, at=(last,), differs=f"{DIFFERS}; {last} generations, not 10")
    return (
        claim(
            "The linguistic entropy falls",
            "fig.: by 4.7 % to 8.7 % in 10 steps",
            lambda r: fall(r, "random"),
            "falls",
            above=0.0,
        ),
        claim(
            "A few documents come to dominate",
            "fig.: concentration of the next tokens rises",
            lambda r: -fall(r, "random", "top_3_mass"),
            "concentration rises",
            above=0.0,
        ),
        claim(
            "Surprising documents: it falls less",
            "abstract: mitigates collapse",
            lambda r: fall(r, "surprising") - fall(r, "random"),
            "mitigated",
            below=0.0,
        ),
        claim(
            "Likely documents: it falls more",
            "the other end of the same order",
            lambda r: fall(r, "likely") - fall(r, "random"),
            "worse",
            above=0.0,
        ),
        claim(
            "Surprising documents: more different documents are left",
            "abstract: mitigates collapse",
            lambda r: (
                np.log(at_end(r, "surprising", "effective_number"))
                - np.log(at_end(r, "random", "effective_number"))
            ),
            "mitigated",
            above=0.0,
        ),
        claim(
            "Surprising documents: the loss on real text rises less",
            "abstract: mitigates collapse",
            lambda r: (
                at_end(r, "surprising", "cross_entropy") - at_end(r, "random", "cross_entropy")
            ),
            "mitigated",
            below=0.0,
        ),
    )
