"""Decoding strategies: pure sampling drifts to noise, truncation to repetition

The same network is trained every generation on what it wrote by one of five ways of decoding. Drawn
as it is, its text gets noisier; cut to the likeliest tokens, it gets poorer. Both lose the truth.
"""

import numpy as np

from collapse import (
    Arm,
    ItemDiversity,
    KeepAll,
    MaximumLikelihood,
    Perplexity,
    Plain,
    Replace,
    Scenario,
    Tempered,
    TopK,
    TopP,
    Wording,
)
from collapse.claims import Claim, in_every_seed
from collapse.data.truths import text_truth
from collapse.models.writers import writer
from collapse.simulation import simulate_together

SOURCE = "Drayson and Lampos (2025), decoding strategies"
SIZES = {  # rows a generation, generations, seeds, passes over the data in a fit
    "quick": {"n": 300, "generations": 4, "seeds": 2, "epochs": 16},
    "laptop": {"n": 1000, "generations": 6, "seeds": 4, "epochs": 20},
    "paper": {"n": 100_000, "generations": 9, "seeds": 3, "epochs": 1},
}
WAYS = {
    "pure": Plain(),
    "temperature": Tempered(0.9),
    "top-k": TopK(1.0, 5),
    "top-p": TopP(1.0, 0.8),
}
CUT = ("top-k", "top-p")


def scenario(corpus=None, size: str = "quick") -> Scenario:
    text, given = text_truth(corpus), SIZES[size]
    model = writer(size, text.size, text.length, 12, 768, epochs=given["epochs"])

    def arm(sampler):
        return Arm(
            truth=text.truth,
            model=model,
            judge=KeepAll(),
            regime=Replace(),
            learner=MaximumLikelihood(),
            sampler=sampler,
            measures=(Perplexity(text.held_out), ItemDiversity(), Wording(text.size)),
            n=given["n"],
            generations=given["generations"],
        )

    arms = {name: arm(sampler) for name, sampler in WAYS.items()}
    return Scenario(
        name="text-decoding",
        title="Decoding strategies: pure sampling drifts to noise, truncation to repetition",
        source=SOURCE,
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
    def change(record, curve):
        values = record["curves"][curve]
        return values[:, -1] - values[:, 1]

    def every(name, holds):
        return in_every_seed(name, SOURCE, "together", holds, last)

    found = [
        every("Pure sampling: distinct-2 rises", lambda r: change(r, "pure/distinct_2") > 0),
    ]
    for way in CUT:
        found += [
            every(f"{way}: distinct-2 falls", lambda r, w=way: change(r, f"{w}/distinct_2") < 0),
            every(f"{way}: items repeat", lambda r, w=way: change(r, f"{w}/entropy") < 0),
        ]
    for way in WAYS:
        found.append(
            every(
                f"{way}: the loss on real text rises",
                lambda r, w=way: np.greater(change(r, f"{w}/cross_entropy"), 0),
            )
        )
    return tuple(found)
