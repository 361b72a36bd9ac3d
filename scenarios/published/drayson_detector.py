"""Decoding strategies of an n-gram model, and a detector that removes what models wrote

Drayson, Yilmaz and Lampos (2025): text drawn as it is drifts to noise, text cut to the likeliest
tokens to repetition. Where half of the text is human, a detector that weighs down what models wrote
keeps the next ones where they were: rows are drawn by weights (1 - c)^10 of its confidence c, as in
the paper, or removed. Bigram models on the built-in jokes, and tables of outcomes for the detector.
"""

from functools import partial

import numpy as np

from collapse import (
    Arm,
    BehindDetector,
    DetectorResampled,
    FreshMix,
    ModelDiversity,
    NGram,
    Perplexity,
    Plain,
    Scenario,
    Tempered,
    TopP,
    Wording,
    zipf,
)
from collapse.laws.weighting import resampled_share
from collapse.scenario.published import comparison, number, shape, simulate_together
from collapse.scenario.text_truth import text_truth

SIZES = {"quick": (300, 4, 5), "laptop": (1000, 9, 16)}  # rows, generations, seeds of the n-grams
WAYS = {"pure": Plain(), "temperature": Tempered(0.9), "top-p": TopP(0.95)}
OUTCOMES, COLD, ROWS, T = 50, 0.9, 20_000, 10  # of the tables; T as in the paper
HIT, FALSE_ALARM = 0.9, 0.05  # chances that a synthetic and a human row are taken for synthetic
DIFFERS = "bigrams on the built-in jokes, not GPT-2 on WikiText-2"
SEPARATION, POWER, DRAWS, COPIES = 2.0, 10.0, 1.5, 3  # of the scores; the others as in the paper
TABLES = "tables of outcomes and a detector of normal scores, not GPT-2 and ModernBERT"


def scenario(size: str = "quick") -> Scenario:
    n, generations, seeds = SIZES[size]
    text = text_truth()

    def words(sampler, noisy):
        """Pure sampling includes the smoothing of the estimate, as a network's does."""
        return Arm(
            truth=text.truth,
            model=NGram(text.vocab_size, smoothing=0.01, sample_smoothed=noisy),
            sampler=sampler,
            measures=(Perplexity(text.held_out), Wording(text.vocab_size)),
            n=n,
            generations=generations,
        )

    table = partial(
        Arm,
        truth=zipf(OUTCOMES),
        sampler=Tempered(COLD),
        measures=(ModelDiversity(),),
        n=ROWS,
        generations=T,
    )
    detector = BehindDetector(hit=HIT, false_alarm=FALSE_ALARM)
    weights = {"separation": SEPARATION, "power": POWER, "draws": DRAWS, "copies": COPIES}
    resampled = DetectorResampled(**weights)
    arms = {way: words(sampler, way == "pure") for way, sampler in WAYS.items()}
    tables = {
        "synthetic": table(),
        "mixed": table(regime=FreshMix(0.5)),
        "detector": table(regime=FreshMix(0.5), learner=detector),
        "resampled": table(regime=FreshMix(0.5), learner=resampled),
        "weakly": table(
            regime=FreshMix(0.5), learner=DetectorResampled(**weights | {"power": 1.0})
        ),
    }
    return comparison(
        arms,
        evidence={"tables": partial(filtered, tables)},
        name="drayson-detector",
        title=__doc__.split("\n")[0],
        source="Drayson, Yilmaz and Lampos (2025)",
        paper="drayson2025",
        minutes={"quick": 1, "laptop": 1.5},
        headline=("cross_entropy", "distinct_2"),
        seeds=seeds,
        claims=claims(generations),
    )


def filtered(tables: dict[str, Arm], key, seeds: int) -> dict:
    """Curves of the arms, and what the figure must know of the detectors."""
    settings = {"hit": HIT, "false_alarm": FALSE_ALARM}
    settings["weights"] = (SEPARATION, POWER, DRAWS, COPIES)
    arrays = {name: np.array(x) for name, x in settings.items()}
    return {"curves": simulate_together(tables, key, seeds)["curves"] | arrays}


def entropies(synthetic: float) -> np.ndarray:
    """(T,) entropy of models 1 .. T, of many rows, where that share of the data is synthetic.

    derived: p_{t+1} = (1 - s) p + s p_t^(1 / COLD), renormalised.
    """
    p = 1 / np.arange(1, OUTCOMES + 1)
    p = model = p / p.sum()
    path = []
    for _ in range(T):
        path.append(-(model * np.log(model)).sum())
        cold = model ** (1 / COLD)
        model = (1 - synthetic) * p + synthetic * cold / cold.sum()
    return np.array(path)


def claims(last: int) -> tuple:
    def ends(record, arm, curve):
        """(S, 1) rise of a curve from the first model's output to the last's."""
        curve = record["curves"][f"{arm}/{curve}"].astype(float)
        return curve[:, [last]] - curve[:, [1]]

    def nats(record, arm, at=(T,)):
        return record["curves"][f"{arm}/model_entropy"][:, list(at)].astype(float)

    words = partial(shape, at=(last,), differs=f"{DIFFERS}; {last} generations")
    table = partial(shape, at=(T,), evidence="tables", differs=TABLES)
    at, passed = (2, 5, T), (1 - HIT) / (1 - HIT + 1 - FALSE_ALARM)
    drawn = resampled_share(0.5, SEPARATION, POWER, DRAWS, COPIES)
    return (
        words(
            "Pure sampling: the text gets more diverse",
            "table: 94.88 to 99.82",
            lambda r: ends(r, "pure", "distinct_2"),
            "diversity rises",
            above=0.0,
        ),
        *[
            words(
                f"{way}: the text gets less diverse",
                f"table: {printed}",
                lambda r, way=way: ends(r, way, "distinct_2"),
                "diversity falls",
                below=0.0,
            )
            for way, printed in {
                "temperature": "87.76 to 25.10",
                "top-p": "92.26 to 86.73",
            }.items()
        ],
        words(
            "Every way of decoding: the loss on real text rises",
            "table: perplexity 29 to between 44.6 and 82.7",
            lambda r: np.concatenate([ends(r, way, "cross_entropy") for way in WAYS], 1),
            "perplexity rises",
            above=0.0,
        ),
        *[
            number(
                f"Entropy where half of the data are human, {name}",
                f"derived: a share of {share:.3f} is synthetic",
                lambda r, arm=arm: nats(r, arm, at),
                entropies(share)[np.array(at) - 1],
                at,
                error=0.01,
                evidence="tables",
                differs=TABLES,
            )
            for arm, name, share in (
                ("mixed", "unfiltered", 0.5),
                ("detector", "behind the detector", passed),
                ("resampled", "drawn by (1 - c)^10", drawn),
            )
        ],
        table(
            "Without human text the models collapse",
            "fully synthetic: perplexity rises in every generation",
            lambda r: nats(r, "synthetic") - 0.8 * nats(r, "synthetic", (1,)),
            "collapse",
            below=0.0,
        ),
        *[
            claim
            for arm, name in (("detector", "removed rows"), ("resampled", "weights (1 - c)^10"))
            for claim in (
                table(
                    f"The detector prevents collapse: 97 % of the entropy are left, {name}",
                    "abstract: prevents model collapse",
                    lambda r, arm=arm: nats(r, arm) - 0.97 * nats(r, arm, (1,)),
                    "no collapse",
                    above=0.0,
                ),
                table(
                    f"Unfiltered, more is lost than with {name}",
                    "abstract: better than unweighted data",
                    lambda r, arm=arm: nats(r, arm) - nats(r, "mixed"),
                    "better than unweighted",
                    above=0.0,
                ),
            )
        ],
        table(
            "Weights (1 - c)^10 keep more than (1 - c)^1",
            "power b = 10",
            lambda r: nats(r, "resampled") - nats(r, "weakly"),
            "a high power",
            above=0.0,
        ),
    )
