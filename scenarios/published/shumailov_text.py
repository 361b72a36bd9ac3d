"""Text and a mixture of Gaussians on their own samples, with and without a tenth of real data

Shumailov et al. (2024), sections 4.1 and 4.2: a language model that learns from its own text gets
worse on real text, hardly so with a tenth of the real rows. Its text moves to what the first model
finds likely, with a tail that the first model would never write. A mixture of two Gaussians is
forgotten, the faster the fewer samples. Bigram models on the built-in jokes stand for OPT-125m.
"""

from functools import partial

import numpy as np

from collapse import (
    Arm,
    GaussianMixture,
    MixtureDistance,
    NGram,
    Perplexity,
    RealKeep,
    ReferencePerplexity,
    Replace,
    Scenario,
    Tempered,
)
from collapse.scenario.published import comparison, shape, simulate_together
from collapse.scenario.text_truth import text_truth

SIZES = {  # rows of text, generations of text, rows of points, generations of points, seeds
    "quick": (300, 5, (100, 1000), 20, 8),
    "laptop": (1000, 9, (500, 1000, 10_000), 200, 8),
}
COLD = 0.8  # temperature, for the beams of the paper
TEXT = "bigrams on the built-in jokes at a temperature of 0.8, not OPT-125m with five beams"
MIXTURE = {"weights": [0.5, 0.5], "means": [[-1.5, 0.0], [1.5, 0.0]], "covs": [np.eye(2)] * 2}


def scenario(size: str = "quick") -> Scenario:
    n, generations, sizes, long, seeds = SIZES[size]
    text = text_truth()

    def words(regime):
        return Arm(
            truth=text.truth,
            model=NGram(text.vocab_size),
            regime=regime,
            sampler=Tempered(COLD),
            measures=(Perplexity(text.held_out), ReferencePerplexity()),
            n=n,
            generations=generations,
            keep_reference=True,
        )

    def points(rows):
        two = GaussianMixture(**MIXTURE, iterations=10)
        return Arm(truth=two, measures=(MixtureDistance(),), n=rows, generations=long)

    arms = {"no-real": words(Replace()), "tenth-real": words(RealKeep(0.1))}
    mixtures = {f"mixture-{rows}": points(rows) for rows in sizes}
    return comparison(
        arms,
        evidence={"mixtures": partial(simulate_together, mixtures)},
        name="shumailov-text",
        title=__doc__.split("\n")[0],
        source="Shumailov et al. (2024), sections 4.1 and 4.2",
        paper="shumailov2024",
        minutes={"quick": 0.4, "laptop": 0.7},
        headline=("cross_entropy", "reference_perplexity_50"),
        seeds=seeds,
        claims=claims(generations, sizes, long),
    )


def claims(last: int, sizes: tuple, long: int) -> tuple:
    def curve(record, arm, name, at):
        return record["curves"][f"{arm}/{name}"][:, list(at)].astype(float)

    def rise(record, arm, name="cross_entropy"):
        return np.log(curve(record, arm, name, (last,)) / curve(record, arm, name, (1,)))

    def tail(record, at):
        """(S, G) log of the perplexity of the last hundredth over that of the median."""
        far, middle = (curve(record, "no-real", f"reference_perplexity_{x}", at) for x in (99, 50))
        return np.log(far / middle)

    words = partial(shape, at=(last,), differs=f"{TEXT}; {last} generations, not 9")
    few, many = (f"mixture-{n}" for n in (sizes[0], sizes[-1]))
    points = {"evidence": "mixtures"}
    points |= {"differs": f"{sizes[0]} and {sizes[-1]} samples, {long} generations"}
    return (
        words(
            "Without real text the loss on real text rises",
            "fig. 10a: perplexity 20 to 28, axis 35 to 60",
            lambda r: rise(r, "no-real"),
            "rises",
            above=0.0,
        ),
        words(
            "With a tenth of the real rows it rises less",
            "fig. 10b: minor degradation, axis 32 to 42",
            lambda r: rise(r, "tenth-real") - rise(r, "no-real"),
            "minor degradation",
            below=0.0,
        ),
        words(
            "With a tenth of the real rows it rises less than half as much",
            "figs. 10a and 10b: axes 35 to 60 and 32 to 42",
            lambda r: rise(r, "tenth-real") - 0.5 * rise(r, "no-real"),
            "half as much, by the axes",
            below=0.0,
            note="the paper prints no numbers: half is the ratio of its axes; each fit starts from"
            " nothing here, and from a pretrained model there",
        ),
        words(
            "Histograms: the text moves to what the first model finds likely",
            "fig. 10, histograms under generation 0",
            lambda r: rise(r, "no-real", "reference_perplexity_50"),
            "mass moves to low perplexity",
            below=0.0,
        ),
        words(
            "Histograms: with a tenth of the real rows it moves less",
            "fig. 10, histograms under generation 0",
            lambda r: (
                rise(r, "no-real", "reference_perplexity_50")
                - rise(r, "tenth-real", "reference_perplexity_50")
            ),
            "mass moves less",
            below=0.0,
            size="laptop",  # needs more text
        ),
        words(
            "Histograms: the right tail gets longer",
            "fig. 10, histograms under generation 0",
            lambda r: tail(r, (last,)) - tail(r, (1,)),
            "a longer right tail",
            above=0.0,
            note="a bigram draws only pairs of words that its data have, so that it writes nothing"
            " that the first model finds improbable; a network can",
        ),
        shape(
            "A mixture drifts from the truth",
            "fig. 13: the L2 distance grows",
            lambda r: np.diff(np.log(curve(r, few, "l2_distance", (1, 5, long)))),
            "grows with the generations",
            above=0.0,
            at=(5, long),
            **points,
        ),
        shape(
            "More samples: it stays nearer",
            "fig. 13: ordered by the number of samples",
            lambda r: (
                np.log(curve(r, many, "l2_distance", (long,)))
                - np.log(curve(r, few, "l2_distance", (long,)))
            ),
            "lower with more samples",
            below=0.0,
            at=(long,),
            **points,
        ),
    )
