"""A tiny scenario: two arms and one measure, so that a run compiles in seconds

Tests of the command line run this file as a user's own scenario.
"""

import numpy as np

import collapse
from collapse.data import from_items

ITEMS = [f"the {a} {b} the {c} ." for a in "abcd" for b in ("saw", "bit") for c in "efghi"]


def scenario(corpus=None) -> collapse.Scenario:
    notes = [] if corpus is None else corpus.guesses
    corpus = corpus or from_items(ITEMS, "tiny")
    truth = collapse.Empirical.of(corpus.rows, corpus.tokenizer.vocab_size)

    def arm(judge):
        return collapse.Arm(
            truth=truth,
            model=collapse.NGram(corpus.tokenizer.vocab_size),
            judge=judge,
            regime=collapse.Replace(),
            learner=collapse.MaximumLikelihood(),
            sampler=collapse.Plain(),
            measures=(collapse.ItemDiversity(),),
            n=60,
            generations=3,
        )

    judged = collapse.TopFraction(collapse.Likelihood(), fraction=0.2)
    return collapse.Scenario(
        name="tiny",
        title="A tiny scenario",
        source="none",
        arms={"no-judge": arm(collapse.KeepAll()), "judged": arm(judged)},
        headline=("effective_number", "entropy"),
        seeds=2,
        notes=tuple(notes),
        show=lambda row: corpus.tokenizer.decode([int(x) for x in np.asarray(row)]),
    )
