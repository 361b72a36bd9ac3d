"""The wording of a fine-tuned model, generation by generation, with and without a quality filter

After Guo et al. (2024): a base network is tuned afresh every generation on what the one before it
wrote, cut to its likelier tokens. Distinct n-grams fall every generation; a filter that drops the
least acceptable fifth makes it worse, and a tenth of fresh human text helps a little.
"""

from functools import partial

from collapse import (
    FreshMix,
    Likelihood,
    Pretrained,
    Scenario,
    TopFraction,
    TopP,
)
from collapse.scenario.claims import Claim
from collapse.scenario.published import at_end, comparison, gain, in_every_seed
from collapse.scenario.text_arms import text_arm, writer
from collapse.scenario.text_truth import text_truth

SOURCE = "Guo et al. (2024), table 2"
CURVES = ("distinct_1", "distinct_2", "distinct_3")  # distinct-1 is the type-token ratio
DIFFERS = "a small transformer on short lines, not OPT-350M"
MINUTES = {"laptop": 5, "paper": 600}  # the last on an accelerator, an estimate
SIZES = {  # rows a generation, generations, seeds, passes over the data in a fit
    "quick": {"n": 300, "generations": 5, "seeds": 2, "epochs": 10},
    "laptop": {"n": 600, "generations": 5, "seeds": 3, "epochs": 12},
    "paper": {"n": 40_000, "generations": 6, "seeds": 5, "epochs": 5},
}


def scenario(corpus=None, size: str = "quick") -> Scenario:
    text, given = text_truth(corpus), SIZES[size]
    model = writer(
        size, text.vocab_size, text.length, 12, 768, epochs=given["epochs"], start="base"
    )
    tuned = {"learner": Pretrained(), "sampler": TopP(0.9, temperature=0.9), "keep_reference": True}
    arm = partial(text_arm, text, model, given, **tuned)
    acceptable = TopFraction(Likelihood(under="reference", per="token"), fraction=0.8)
    arms = {
        "synthetic": arm(),
        "quality-filter": arm(judge=acceptable),
        "fresh-tenth": arm(regime=FreshMix(0.1)),
    }
    return comparison(
        arms,
        name="text-diversity",
        title="The wording of a fine-tuned model, generation by generation, with and without a "
        "quality filter",
        source=SOURCE,
        headline=("distinct_1", "distinct_2", "distinct_3", "effective_number", "cross_entropy"),
        paper="guo2024",
        minutes=MINUTES,
        seeds=given["seeds"],
        **text.said,
        claims=claims(given["generations"]),
    )


def claims(last: int) -> tuple[Claim, ...]:
    every = partial(in_every_seed, source=SOURCE, last=last, differs=DIFFERS)

    found = []
    for curve in CURVES:
        name = curve.replace("_", "-")
        found += [
            every(
                f"{name} falls from the first model to the last",
                lambda r, c=curve: gain(r, f"synthetic/{c}") < 0,
            ),
            every(
                f"{name}: the quality filter makes it worse",
                lambda r, c=curve: at_end(r, f"quality-filter/{c}") < at_end(r, f"synthetic/{c}"),
            ),
        ]
    found.append(
        every(
            "distinct-2: a tenth of fresh text helps",
            lambda r: at_end(r, "fresh-tenth/distinct_2") > at_end(r, "synthetic/distinct_2"),
        )
    )
    return tuple(found)
