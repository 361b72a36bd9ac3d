"""The table of linguistic diversity, in shape, with bigram models

Guo et al. (2024), table 2: over generations of a model on its own text every lexical measure falls,
and so does the perplexity of its own text: being less surprised by oneself is no sign of health. A
filter that drops the least acceptable fifth makes it worse, a tenth of fresh human text helps only
a little. Here bigrams of the built-in jokes; ``text-diversity`` has the same with networks.
"""

from functools import partial

import numpy as np

from collapse import (
    Arm,
    FreshMix,
    ItemDiversity,
    Judged,
    Likelihood,
    NGram,
    Scenario,
    ScoreOnly,
    TopFraction,
    TopP,
    Wording,
)
from collapse.scenario.published import comparison, shape
from collapse.scenario.text_truth import text_truth

SIZES = {"quick": (300, 6, 8), "laptop": (2000, 6, 16)}  # rows, generations (the paper's), seeds
DIFFERS = "bigrams on the built-in jokes, not OPT-350M on stories"
PRINTED = {  # stories: the first and the last generation, percent
    "distinct_1": (0.84, 0.61),
    "distinct_2": (13.8, 11.4),
    "distinct_3": (44.2, 38.6),
}


def scenario(size: str = "quick") -> Scenario:
    n, generations, seeds = SIZES[size]
    text = text_truth()
    arm = partial(
        Arm,
        truth=text.truth,
        model=NGram(text.vocab_size),
        sampler=TopP(0.9, temperature=0.9),
        measures=(Wording(text.vocab_size), ItemDiversity(), Judged()),
        n=n,
        generations=generations,
        keep_reference=True,
    )
    acceptable = Likelihood(under="reference", per="token")
    arms = {
        "synthetic": arm(judge=ScoreOnly(Likelihood())),
        "quality-filter": arm(judge=TopFraction(acceptable, fraction=0.8)),
        "fresh-tenth": arm(judge=ScoreOnly(Likelihood()), regime=FreshMix(0.1)),
    }
    return comparison(
        arms,
        name="guo-ngrams",
        title=__doc__.split("\n")[0],
        source="Guo et al. (2024), table 2",
        paper="guo2024",
        minutes={"quick": 0.4, "laptop": 0.7},
        headline=("distinct_1", "distinct_2", "distinct_3", "reward_mean"),
        seeds=seeds,
        claims=claims(generations),
    )


def claims(last: int) -> tuple:
    claim = partial(shape, at=(last,), differs=DIFFERS)

    def curve(record, arm, name, at):
        return record["curves"][f"{arm}/{name}"][:, [at]].astype(float)

    def change(record, arm, name):
        return curve(record, arm, name, last) / curve(record, arm, name, 1) - 1

    falls = [
        claim(
            f"{name.replace('_', '-')} falls from the first model to the last",
            f"table 2: {first:g} to {end:g} (stories)",
            lambda r, name=name: change(r, "synthetic", name),
            "falls",
            below=0.0,
        )
        for name, (first, end) in PRINTED.items()
    ]
    return (
        *falls,
        claim(
            "The first model already writes with less diversity than people",
            "table 2: distinct-2 30.5 to 13.8 (stories)",
            lambda r: (
                curve(r, "synthetic", "distinct_2", 1) - curve(r, "synthetic", "distinct_2", 0)
            ),
            "lower than human text",
            below=0.0,
        ),
        claim(
            "The perplexity of its own text falls",
            "table 2: 14.1 to 2.70 (stories)",
            lambda r: (
                np.exp(-curve(r, "synthetic", "reward_mean", last))
                - np.exp(-curve(r, "synthetic", "reward_mean", 1))
            ),
            "falls",
            below=0.0,
        ),
        claim(
            "A quality filter makes the loss of diversity worse",
            "section on filters: the least acceptable 20 % dropped",
            lambda r: (
                curve(r, "quality-filter", "distinct_2", last)
                - curve(r, "synthetic", "distinct_2", last)
            ),
            "clearly worse",
            below=0.0,
        ),
        claim(
            "A tenth of fresh human text helps",
            "section on fresh data: 10 %",
            lambda r: (
                curve(r, "fresh-tenth", "distinct_2", last)
                - curve(r, "synthetic", "distinct_2", last)
            ),
            "helps a little",
            above=0.0,
        ),
        claim(
            "It does not stop the loss",
            "section on fresh data: 10 %",
            lambda r: change(r, "fresh-tenth", "distinct_2"),
            "helps only a little",
            below=0.0,
        ),
    )
