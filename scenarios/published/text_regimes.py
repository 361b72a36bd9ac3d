"""A neural language model on its own text: replaced, accumulated, subsampled

The same network is trained from scratch every generation on what the one before it wrote. Where
each generation's text replaces the last, its loss on real text rises, and faster when it writes at
a low temperature; where text piles up beside the real one, it does not.
"""

from functools import partial

from collapse import Accumulate, AccumulateSubsample, Scenario, Tempered
from collapse.scenario.claims import Claim
from collapse.scenario.published import comparison, gain, in_every_seed
from collapse.scenario.text_arms import text_arm, writer
from collapse.scenario.text_truth import text_truth

SOURCE = "Gerstgrasser et al. (2024), table 2"
COLD = 0.3
DIFFERS = "a small transformer on short lines, not 9M parameters on TinyStories"
MINUTES = {"laptop": 5, "paper": 600}  # the last on an accelerator, an estimate
SIZES = {  # rows a generation, generations, seeds, passes over the data in a fit
    "quick": {"n": 300, "generations": 4, "seeds": 2, "epochs": 16},
    "laptop": {"n": 600, "generations": 5, "seeds": 3, "epochs": 12},
    "paper": {"n": 2_000_000, "generations": 10, "seeds": 5, "epochs": 1},
}


def scenario(corpus=None, size: str = "quick") -> Scenario:
    text, given = text_truth(corpus), SIZES[size]
    model = writer(size, text.vocab_size, text.length, 8, 256, epochs=given["epochs"])
    arm = partial(text_arm, text, model, given)
    arms = {
        "replace": arm(),
        "replace-cold": arm(sampler=Tempered(COLD)),
        "accumulate": arm(regime=Accumulate()),
        "subsample": arm(regime=AccumulateSubsample()),
    }
    return comparison(
        arms,
        name="text-regimes",
        title="A neural language model on its own text: replaced, accumulated, subsampled",
        source=SOURCE + "; Kazdan et al. (2025)",
        headline=("cross_entropy", "distinct_2", "effective_number"),
        paper="gerstgrasser2024",
        minutes=MINUTES,
        seeds=given["seeds"],
        **text.said,
        claims=claims(given["generations"]),
    )


def claims(last: int) -> tuple[Claim, ...]:
    def rise(record, arm):
        """(S,) nats per token of held-out real text."""
        return gain(record, f"{arm}/cross_entropy")

    every = partial(in_every_seed, source=SOURCE, last=last, differs=DIFFERS)

    return (
        every("Replace: the loss on real text rises", lambda r: rise(r, "replace") > 0),
        every(
            "Replace at temperature 0.3: it rises faster",
            lambda r: rise(r, "replace-cold") > rise(r, "replace"),
        ),
        every(
            "Accumulate: it does not rise",
            lambda r: rise(r, "accumulate") <= 0,
            note="the error that accumulation adds is bounded and not zero: on 600 jokes, where "
            "the first fit is as good as they allow, the loss rises by about 0.01 nats",
        ),
        every(
            "Accumulate-subsample: it rises less than under replace",
            lambda r: rise(r, "subsample") < rise(r, "replace"),
        ),
        every(
            "Replace at temperature 0.3: distinct-2 falls",
            lambda r: gain(r, "replace-cold/distinct_2") < 0,
        ),
    )
