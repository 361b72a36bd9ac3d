"""Decoding strategies: pure sampling drifts to noise, truncation to repetition

The same network is trained every generation on what it wrote by one of four ways of decoding. Drawn
as it is, its text gets noisier; cut to the likeliest tokens, it gets poorer. Both lose the truth.
"""

from functools import partial

from collapse import Plain, Scenario, Tempered, TopK, TopP
from collapse.scenario.claims import Claim
from collapse.scenario.published import comparison, gain, in_every_seed
from collapse.scenario.text_arms import text_arm, writer
from collapse.scenario.text_truth import text_truth

SOURCE = "Drayson and Lampos (2025), decoding strategies"
DIFFERS = "a small transformer trained from scratch on short lines"
MINUTES = {"laptop": 5, "paper": 600}  # the last on an accelerator, an estimate
SIZES = {  # rows a generation, generations, seeds, passes over the data in a fit
    "quick": {"n": 300, "generations": 4, "seeds": 2, "epochs": 16},
    "laptop": {"n": 600, "generations": 5, "seeds": 3, "epochs": 12},
    "paper": {"n": 100_000, "generations": 9, "seeds": 3, "epochs": 1},
}
WAYS = {
    "pure": Plain(),
    "temperature": Tempered(0.9),
    "top-k": TopK(5),
    "top-p": TopP(0.8),
}
CUT = ("top-k", "top-p")


def scenario(corpus=None, size: str = "quick") -> Scenario:
    text, given = text_truth(corpus), SIZES[size]
    model = writer(size, text.vocab_size, text.length, 12, 768, epochs=given["epochs"])
    arm = partial(text_arm, text, model, given)
    arms = {name: arm(sampler=sampler) for name, sampler in WAYS.items()}
    return comparison(
        arms,
        name="text-decoding",
        title="Decoding strategies: pure sampling drifts to noise, truncation to repetition",
        source=SOURCE,
        headline=("cross_entropy", "distinct_2", "effective_number"),
        paper="drayson2025",
        minutes=MINUTES,
        seeds=given["seeds"],
        **text.said,
        claims=claims(given["generations"]),
    )


def claims(last: int) -> tuple[Claim, ...]:
    every = partial(in_every_seed, source=SOURCE, last=last, differs=DIFFERS)

    found = [
        every("Pure sampling: distinct-2 rises", lambda r: gain(r, "pure/distinct_2") > 0),
    ]
    for way in CUT:
        found += [
            every(
                f"{way}: distinct-2 falls",
                lambda r, w=way: gain(r, f"{w}/distinct_2") < 0,
                note="top-k loses it at once, in the output of the first model, and no more then"
                if way == "top-k"
                else "",
            ),
            every(f"{way}: items repeat", lambda r, w=way: gain(r, f"{w}/entropy") < 0),
        ]
    for way in WAYS:
        found.append(
            every(
                f"{way}: the loss on real text rises",
                lambda r, w=way: gain(r, f"{w}/cross_entropy") > 0,
            )
        )
    return tuple(found)
