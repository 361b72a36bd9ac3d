"""Synthetic data raise the loss with their share; editing some of the real rows does not

Zhu et al. (2024): a language model pretrained on synthetic text is worse the more of it there is,
and worst without any real text. Editing a part of the real data, less each time, keeps the test
error of a linear model bounded, where replacing them makes it grow without end. Exact tables of
outcomes stand for the language model, with a sharpened table as the synthetic text. Text whose
most predictable tokens are drawn anew, generation after generation, keeps its word pairs.
"""

from functools import partial

import numpy as np

from collapse import (
    Arm,
    Divergence,
    ExcessRisk,
    FixedRealMix,
    Incremental,
    LinearRegression,
    Replace,
    Scenario,
    Schedule,
    Support,
    Tempered,
    TokenEditing,
    TokenTable,
    Wording,
    zipf,
)
from collapse.scenario.published import comparison, number, shape, simulate_together

SEEDS = {"quick": 4000, "laptop": 10_000, "paper": 100_000}
D, ROWS, T = 8, 40, 20  # parameters, rows, generations of the regression
B = D / (ROWS - D - 1)  # its first test error, of labels with unit noise
OUTCOMES = 200  # of the tables
SHARP = 0.54  # temperature of the synthetic text: without real text it costs ln(49.30 / 21.37) nats
REAL = (1.0, 0.75, 0.5, 0.25, 0.0)
PERPLEXITY = (21.37, 22.31, 23.90, 27.03, 49.30)  # printed, for these shares of real text
AT = (1, 2, 5, 10, T)
WORDS, TOKENS, DOCUMENTS, EDITS, CHAINS = 40, 12, 200, 10, 16  # of the text that is edited
CERTAIN = 0.995  # chance of the likeliest word after every second word
THRESHOLD = 0.99  # of the paper


def scenario(size: str = "quick") -> Scenario:
    def regression(regime):
        truth = LinearRegression(np.ones(D), noise_level=1.0)
        return Arm(truth=truth, regime=regime, measures=(ExcessRisk(),), n=ROWS, generations=T)

    def text(real):
        regime = FixedRealMix(real) if real else Replace()
        return Arm(
            truth=zipf(OUTCOMES),
            regime=regime,
            sampler=Support(of=Tempered(SHARP)),
            measures=(Divergence(),),
            n=1000,
            generations=2,
        )

    fewer = Schedule(0.5 ** np.arange(2, T + 2), np.arange(1, T + 1))
    arms = {
        "replace": regression(Replace()),
        "edit-tenth": regression(Incremental(0.1)),
        "edit-ever-less": regression(Incremental(fewer)),
    }

    def edited(regime):
        measures = (Wording(WORDS),)
        return Arm(
            truth=language(), regime=regime, measures=measures, n=DOCUMENTS, generations=EDITS
        )

    tables = {f"real-{real:g}": text(real) for real in REAL}
    texts = {
        "edited": edited(TokenEditing(THRESHOLD)),
        "all-edited": edited(TokenEditing(0.0)),
        "replaced": edited(Replace()),
    }
    return comparison(
        arms,
        evidence={
            "tables": partial(mixtures, tables),
            "texts": lambda key, seeds: simulate_together(texts, key, CHAINS),
        },
        name="zhu-editing",
        title=__doc__.split("\n")[0],
        source="Zhu et al. (2024)",
        paper="zhu2024",
        minutes={"quick": 0.4, "laptop": 1, "paper": 3},
        headline=("risk",),
        seeds=SEEDS[size],
        claims=claims(),
    )


def mixtures(tables: dict[str, Arm], key, seeds: int) -> dict:
    """Curves of the arms, and the shares of real text."""
    curves = simulate_together(tables, key, seeds)["curves"]
    return {"curves": curves | {"real": np.array(REAL)}}


def lost(real: float) -> float:
    """KL(truth || real p + (1 - real) p^(1 / SHARP)), nats."""
    p = 1 / np.arange(1, OUTCOMES + 1)
    p, q = (x / x.sum() for x in (p, p ** (1 / SHARP)))
    return float(p @ np.log(p / (real * p + (1 - real) * q)))


def language() -> TokenTable:
    """Bigrams: after every second word one word is nearly certain, after the others all are there,
    by Zipf's law in an order of their own. No word is the end of a row."""
    zipfian = 1 / np.arange(1, WORDS)
    p = np.zeros((WORDS + 1, WORDS))
    for context in range(WORDS + 1):
        p[context, 1:] = np.roll(zipfian / zipfian.sum(), 7 * context)
        if context % 2:
            p[context, 1:] *= (1 - CERTAIN) / (1 - p[context].max())
            p[context, p[context].argmax()] = CERTAIN
    return TokenTable(p / p.sum(1, keepdims=True), TOKENS)


def claims() -> tuple:
    def risk(record, arm, at=AT):
        return record["curves"][f"{arm}/risk"][:, list(at)].astype(float)

    def loss(record):
        """(S, 5) excess nats of the model that was trained on each mixture."""
        curves = record["curves"]
        return np.stack([curves[f"real-{x:g}/kl_truth_model"][:, 2] for x in REAL], 1).astype(float)

    def later(record):
        """Cost of the last quarter of synthetic text, less that of the first three."""
        nats = loss(record)
        return nats[:, 4] - 2 * nats[:, 3] + nats[:, 0]

    def pairs_lost(record, arm):
        """(S, 1) share of the distinct word pairs of the first model's text that the last lacks."""
        distinct = record["curves"][f"{arm}/distinct_2"].astype(float)
        return 1 - distinct[:, [EDITS]] / distinct[:, [1]]

    tokens = {
        "at": (EDITS,),
        "evidence": "texts",
        "differs": "bigram tables of 40 words, edited in every generation by the model fitted to "
        "them, not Llama-3-8B that edits Dolma once",
    }
    exact = {"spread": 0.0, "at": (2,), "evidence": "tables"}
    differs = "tables of outcomes, not GPT-2 on Dolma and Cosmopedia"
    rows = "whole rows are edited, with new inputs, and not tokens"
    return (
        number(
            "Excess loss by the share of real text",
            "derived: KL to the mixture",
            loss,
            np.array([lost(real) for real in REAL]),
            (2,) * 5,
            spread=0.0,
            error=3e-5,
            evidence="tables",
            differs=differs,
        ),
        shape(
            "Each quarter of synthetic text costs more than the one before",
            f"table: perplexity {', '.join(f'{x:g}' for x in PERPLEXITY)}",
            lambda r: np.diff(loss(r), 2, axis=1).min(1),
            "21.4 to 27.0, then 49.3",
            above=0.0,
            differs=differs,
            **exact,
        ),
        shape(
            "The last quarter costs more than the first three",
            "table: 22.27 against 5.66 in perplexity",
            later,
            "27.03 to 49.30",
            above=0.0,
            differs=differs,
            **exact,
        ),
        number(
            "Replace: the test error of a linear model",
            "n s^2 d / (T - d - 1)",
            lambda r: risk(r, "replace"),
            lambda t: B * t,
            AT,
            error=0.02 * B * np.array(AT),
        ),
        shape(
            "Editing ever fewer rows keeps it bounded",
            "bound: 2 s^2 d / (T - d - 1)",
            lambda r: risk(r, "edit-ever-less"),
            "at most twice the first error",
            below=2 * B,
            at=AT,
            differs=rows,
        ),
        shape(
            "Editing a tenth of the rows each time does not",
            "the bound asks for ever smaller edits",
            lambda r: risk(r, "edit-tenth", (T,)),
            "grows",
            above=2 * B,
            at=(T,),
            differs=rows,
        ),
        shape(
            "It grows more slowly than replacing",
            "editing against full synthetic data",
            lambda r: risk(r, "edit-tenth", (10, T)) - risk(r, "replace", (10, T)),
            "editing is better",
            below=0.0,
            at=(10, T),
            differs=rows,
        ),
        shape(
            "Tokens of probability 0.99 and more drawn anew: the word pairs stay",
            "abstract: token editing does not collapse",
            lambda r: np.abs(pairs_lost(r, "edited")),
            "no collapse",
            below=0.05,
            **tokens,
        ),
        shape(
            "All tokens drawn anew: pairs that nobody wrote come up",
            "derived: neighbours that are drawn apart are no longer tied; why few are edited",
            lambda r: -pairs_lost(r, "all-edited"),
            "drift to noise",
            above=0.1,
            **tokens,
        ),
        shape(
            "Full synthetic text loses more word pairs than token editing",
            "abstract: editing against full synthetic data",
            lambda r: pairs_lost(r, "replaced") - pairs_lost(r, "edited"),
            "editing is better",
            above=0.1,
            **tokens,
        ),
    )
