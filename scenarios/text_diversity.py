"""The wording of a fine-tuned model, generation by generation, with and without a quality filter

After Guo et al. (2024): a base network is tuned afresh every generation on what the one before it
wrote, cut to its likelier tokens. Distinct n-grams fall every generation; a filter that drops the
least acceptable fifth makes it worse, and a tenth of fresh human text helps a little.
"""

import numpy as np

from collapse import (
    Arm,
    FreshMix,
    ItemDiversity,
    KeepAll,
    Likelihood,
    Perplexity,
    Pretrained,
    Replace,
    Scenario,
    TopFraction,
    TopP,
    Wording,
)
from collapse.claims import Claim, in_every_seed
from collapse.data.truths import text_truth
from collapse.models.writers import writer
from collapse.simulation import simulate_together

SOURCE = "Guo et al. (2024), table 2"
CURVES = ("distinct_1", "distinct_2", "distinct_3")  # distinct-1 is the type-token ratio
SIZES = {  # rows a generation, generations, seeds, passes over the data in a fit
    "quick": {"n": 300, "generations": 5, "seeds": 2, "epochs": 10},
    "laptop": {"n": 1000, "generations": 6, "seeds": 4, "epochs": 20},
    "paper": {"n": 40_000, "generations": 6, "seeds": 5, "epochs": 5},
}


def scenario(corpus=None, size: str = "quick") -> Scenario:
    text, given = text_truth(corpus), SIZES[size]
    model = writer(size, text.size, text.length, 12, 768, epochs=given["epochs"], start="base")

    def arm(judge, regime):
        return Arm(
            truth=text.truth,
            model=model,
            judge=judge,
            regime=regime,
            learner=Pretrained(),
            sampler=TopP(0.9, 0.9),
            measures=(Wording(text.size), ItemDiversity(), Perplexity(text.held_out)),
            n=given["n"],
            generations=given["generations"],
            keep_reference=True,
        )

    acceptable = TopFraction(Likelihood(under="reference", per="token"), 0.8)
    arms = {
        "synthetic": arm(KeepAll(), Replace()),
        "quality-filter": arm(acceptable, Replace()),
        "fresh-tenth": arm(KeepAll(), FreshMix(0.1)),
    }
    return Scenario(
        name="text-diversity",
        title="The wording of a fine-tuned model, generation by generation, with and without a "
        "quality filter",
        source=SOURCE,
        arms=arms,
        headline=("distinct_1", "distinct_2", "distinct_3", "effective_number", "cross_entropy"),
        seeds=given["seeds"],
        show=text.show,
        notes=text.notes,
        data=text.data,
        claims=claims(given["generations"]),
        evidence={"together": lambda key, seeds: simulate_together(arms, key, seeds)},
        extra=("together",),
    )


def claims(last: int) -> tuple[Claim, ...]:
    def end(record, curve):
        return record["curves"][curve][:, -1]

    def every(name, holds):
        return in_every_seed(name, SOURCE, "together", holds, last)

    found = []
    for curve in CURVES:
        name = curve.replace("_", "-")
        found += [
            every(
                f"{name} falls from the first model to the last",
                lambda r, c=curve: end(r, f"synthetic/{c}") < r["curves"][f"synthetic/{c}"][:, 1],
            ),
            every(
                f"{name}: the quality filter makes it worse",
                lambda r, c=curve: end(r, f"quality-filter/{c}") < end(r, f"synthetic/{c}"),
            ),
        ]
    found.append(
        every(
            "distinct-2: a tenth of fresh text helps",
            lambda r: np.greater(end(r, "fresh-tenth/distinct_2"), end(r, "synthetic/distinct_2")),
        )
    )
    return tuple(found)
