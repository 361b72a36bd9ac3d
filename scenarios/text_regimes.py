"""A neural language model on its own text: replaced, accumulated, subsampled

The same network is trained from scratch every generation on what the one before it wrote. Where
each generation's text replaces the last, its loss on real text rises, and faster when it writes at
a low temperature; where text piles up beside the real one, it does not.
"""

import numpy as np

from collapse import (
    Accumulate,
    AccumulateSubsample,
    Arm,
    ItemDiversity,
    KeepAll,
    MaximumLikelihood,
    Perplexity,
    Plain,
    Replace,
    Scenario,
    Tempered,
    Wording,
)
from collapse.claims import Claim, in_every_seed
from collapse.data.truths import text_truth
from collapse.models.writers import writer
from collapse.simulation import simulate_together

SOURCE = "Gerstgrasser et al. (2024), table 2"
COLD = 0.3
SIZES = {  # rows a generation, generations, seeds, passes over the data in a fit
    "quick": {"n": 300, "generations": 4, "seeds": 2, "epochs": 16},
    "laptop": {"n": 1000, "generations": 6, "seeds": 4, "epochs": 20},
    "paper": {"n": 2_000_000, "generations": 10, "seeds": 5, "epochs": 1},
}


def scenario(corpus=None, size: str = "quick") -> Scenario:
    text, given = text_truth(corpus), SIZES[size]
    model = writer(size, text.size, text.length, 8, 256, epochs=given["epochs"])

    def arm(regime, sampler):
        return Arm(
            truth=text.truth,
            model=model,
            judge=KeepAll(),
            regime=regime,
            learner=MaximumLikelihood(),
            sampler=sampler,
            measures=(Perplexity(text.held_out), ItemDiversity(), Wording(text.size)),
            n=given["n"],
            generations=given["generations"],
        )

    arms = {
        "replace": arm(Replace(), Plain()),
        "replace-cold": arm(Replace(), Tempered(COLD)),
        "accumulate": arm(Accumulate(), Plain()),
        "subsample": arm(AccumulateSubsample(), Plain()),
    }
    return Scenario(
        name="text-regimes",
        title="A neural language model on its own text: replaced, accumulated, subsampled",
        source=SOURCE + "; Kazdan et al. (2025)",
        arms=arms,
        headline=("cross_entropy", "distinct_2", "effective_number"),
        seeds=given["seeds"],
        show=text.show,
        notes=text.notes,
        data=text.data,
        claims=claims(given["generations"]),
        evidence={"together": lambda key, seeds: simulate_together(arms, key, seeds)},
        extra=("together",),
    )


def claims(last: int) -> tuple[Claim, ...]:
    def loss(record, arm):
        """(S, T) nats per token of held-out real text, models 1 to T."""
        return record["curves"][f"{arm}/cross_entropy"][:, 1:]

    def rise(record, arm):
        return loss(record, arm)[:, -1] - loss(record, arm)[:, 0]

    def every(name, holds):
        return in_every_seed(name, SOURCE, "together", holds, last)

    return (
        every("Replace: the loss on real text rises", lambda r: rise(r, "replace") > 0),
        every(
            "Replace at temperature 0.3: it rises faster",
            lambda r: rise(r, "replace-cold") > rise(r, "replace"),
        ),
        every("Accumulate: it does not rise", lambda r: rise(r, "accumulate") <= 0),
        every(
            "Accumulate and subsample: it rises less than under replace",
            lambda r: rise(r, "subsample") < rise(r, "replace"),
        ),
        every(
            "Replace at temperature 0.3: distinct-2 falls",
            lambda r: np.diff(r["curves"]["replace-cold/distinct_2"][:, [1, -1]])[:, 0] < 0,
        ),
    )
