"""How long counts, coins and tokens stay when each generation copies the one before

Suresh, Thangaraj and Khandavally (2024): the chance that a Poisson rate, a Bernoulli parameter or a
token is left after k generations follows one recursion, g_{k+1} = 1 - exp(-g_k), exactly or as a
bound.
"""

from functools import lru_cache

import numpy as np

from collapse import (
    Arm,
    Bernoulli,
    Categorical,
    ModelDiversity,
    Poisson,
    Scenario,
    zipf_mandelbrot,
)
from collapse.data.prose import prose
from collapse.laws import survival
from collapse.measures.tails import Survival
from collapse.scenario.published import comparison, number, shape, simulate_together

SEEDS = {"quick": 2000, "laptop": 5000, "paper": 5000}
T = 50
AT = (1, 5, 10, 20, T)
G10 = (1, 0.632121, 0.468536, 0.374082, 0.312080, 0.268077, 0.235151, 0.209548, 0.189050, 0.172255)
RATES, COUNTS = (1.0, 10.0), 10  # of fig. 4
COINS = {0.001: 10_000, 0.01: 100}  # of fig. 3: probability and rows
TOKENS, ROWS = 1000, 1000  # of fig. 7
MANDELBROT = {"a1": (1.0, 2.7), "a2": (2.0, 5.0)}
GRAMS, CHAINS, LAST = {1: "words", 2: "pairs of words"}, 64, 10  # of running text


def scenario(size: str = "quick") -> Scenario:
    def arm(truth, n, *measures):
        return Arm(truth=truth, measures=measures, n=n, generations=T)

    arms = {f"poisson-{rate:g}": arm(Poisson(rate), COUNTS, Survival()) for rate in RATES}
    arms |= {f"coin-{p:g}": arm(Bernoulli(p), n, Survival()) for p, n in COINS.items()}
    arms |= {
        f"tokens-{name}": arm(zipf_mandelbrot(TOKENS, a, b), ROWS, ModelDiversity())
        for name, (a, b) in MANDELBROT.items()
    }
    return comparison(
        arms,
        evidence={"text": text},
        name="suresh-survival",
        title=__doc__.split("\n")[0],
        source="Suresh, Thangaraj and Khandavally (2024)",
        paper="suresh2024",
        minutes={"quick": 0.5, "laptop": 1, "paper": 2},
        headline=("survival", "model_support"),
        seeds=SEEDS[size],
        claims=(*poisson_claims(size), *coin_claims(size), *token_claims(size), *text_claims()),
    )


@lru_cache
def shares(order: int) -> np.ndarray:
    """Shares of the n-grams of the built-in prose."""
    words = prose().rows.ravel()
    grams = np.stack([words[i : len(words) - order + 1 + i] for i in range(order)], 1)
    grams = grams[(grams > 0).all(1)]  # not across the end of a row
    _, counts = np.unique(grams, axis=0, return_counts=True)
    return counts / counts.sum()


def text(key, seeds: int) -> dict:
    """Chains of the n-grams of running text, of ROWS rows."""
    arms = {
        f"grams-{order}": Arm(
            truth=Categorical(shares(order)),
            measures=(ModelDiversity(),),
            n=ROWS,
            generations=LAST,
        )
        for order in GRAMS
    }
    return simulate_together(arms, key, CHAINS)


def text_claims() -> list:
    at, found = (1, 2, 5, LAST), []
    for order, name in GRAMS.items():
        lower, _ = survival.distinct_tokens(np.array(at), ROWS, shares(order))
        found.append(
            number(
                f"Different {name} left, running text",
                "sum (1 - exp(-n p g_k)), figures of WikiText-2",
                lambda r, order=order: r["curves"][f"grams-{order}/model_support"][:, list(at)],
                lower,
                at,
                error=0.02 * lower,
                evidence="text",
                differs="the built-in prose, not WikiText-2; 1000 rows",
                note="printed as a lower bound; taken as an approximation to 2 %, as in the figure",
            )
        )
    return found


def alive(arm: str, at=AT):
    return lambda record: record["curves"][f"{arm}/survival"][:, list(at)]


def poisson_claims(size: str) -> list:
    more = {"differs": "" if size == "paper" else f"{SEEDS[size]} chains, not 5000"}
    ten = tuple(range(1, 11))
    chances = {rate: 1 - np.exp(-COUNTS * rate * np.array(G10)) for rate in RATES}
    return [
        number(
            f"Poisson rate {rate:g}, n = {COUNTS}: chance that it is not 0",
            "Theorem: 1 - exp(-n rate g_k); fig. 4",
            alive(f"poisson-{rate:g}", ten),
            chance,
            ten,
            spread=np.sqrt(chance * (1 - chance)),  # all seeds may be alive
            **more,
        )
        for rate, chance in chances.items()
    ]


def coin_claims(size: str) -> list:
    more = {"differs": "" if size == "paper" else f"{SEEDS[size]} chains, not 5000"}
    found = []
    for p, n in COINS.items():
        lower = survival.token_survival(np.array(AT), n, p)
        upper = survival.token_survival_bound(np.array(AT), n, p)
        bounds = {"lower": ("above", lower - 0.03), "upper": ("below", upper + 0.03)}
        found += [
            shape(
                f"Bernoulli p = {p:g}, n = {n}: {which} bound on the chance that it is left",
                "Theorem; fig. 3",
                alive(f"coin-{p:g}"),
                "bounds, to 0.03, the width of a line",
                at=AT,
                **{side: values},
                **more,
            )
            for which, (side, values) in bounds.items()
        ]
    return found


def token_claims(size: str) -> list:
    found, at = [], (1, 2, 5, 10)
    differs = "the first model is fitted to the law itself, not to one draw of it"
    for name, (a, b) in MANDELBROT.items():
        p = 1 / (np.arange(1, TOKENS + 1) + b) ** a
        lower, _ = survival.distinct_tokens(np.array(at), ROWS, p / p.sum())
        found.append(
            number(
                f"Different tokens left, Zipf-Mandelbrot ({a:g}, {b:g})",
                "sum (1 - exp(-n p g_k)), fig. 7",
                lambda r, name=name: r["curves"][f"tokens-{name}/model_support"][:, list(at)],
                lower,
                at,
                error=0.02 * lower,
                differs=differs,
                note="printed as a lower bound; taken as an approximation to 2 %, as in the figure",
            )
        )
    return found
