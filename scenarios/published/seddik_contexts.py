"""Language models of one-hot contexts: each context collapses by itself, and real data stop it

Seddik et al. (2024): with one-hot contexts a softmax fitted to its own tokens is a table of
frequencies, one for each context. Every row of it ends at a single token; with the same real rows
in every generation it comes to rest at a distance that their number sets.
"""

import numpy as np

from collapse import (
    Arm,
    Bernoulli,
    Conditional,
    FixedRealMix,
    ModelDiversity,
    PromptDiversity,
    Scenario,
    zipf,
)
from collapse.laws import categorical_mixes as mixes
from collapse.laws.tails import power_law
from collapse.measures.tails import SquaredError, Undecided
from collapse.scenario.published import at_end, comparison, number, shape

SEEDS = {"quick": 1000, "laptop": 4000, "paper": 20_000}
N, T = 20, 100  # rows, generations
TOKENS, CONTEXTS, ROWS = 10, 5, 100  # ROWS: of all contexts together
COIN = 0.3
SHARES = {"quarter": 0.25, "half": 0.5}  # real rows among N
AT = (1, 5, 20, 60)


def scenario(size: str = "quick") -> Scenario:
    truth = zipf(TOKENS)

    def arm(truth, n, *measures, **more):
        return Arm(truth=truth, measures=measures, n=n, generations=T, **more)

    ranks = np.stack([np.roll(np.arange(TOKENS), 2 * c) for c in range(CONTEXTS)])
    table = Conditional(power_law(TOKENS, 1.0)[ranks], np.full(CONTEXTS, 1 / CONTEXTS))
    both = (ModelDiversity(), SquaredError())
    arms = {
        "one-context": arm(truth, N, *both),
        "coin": arm(Bernoulli(COIN), N, Undecided()),
        "contexts": arm(table, ROWS, PromptDiversity()),
    }
    for name, share in SHARES.items():
        arms[name] = arm(truth, N, *both, regime=FixedRealMix(share))
    return comparison(
        arms,
        name="seddik-contexts",
        title=__doc__.split("\n")[0],
        source="Seddik et al. (2024)",
        paper="seddik2024",
        minutes={"quick": 0.4, "laptop": 1, "paper": 3},
        headline=("model_gini", "squared_error", "per_prompt_entropy"),
        seeds=SEEDS[size],
        claims=claims(),
    )


def claims() -> tuple:
    p = power_law(TOKENS, 1.0)
    h0, at = 1 - p @ p, np.array(AT)
    left = (1 - 1 / N) ** at

    def gini(record, arm, at=AT):
        return record["curves"][f"{arm}/model_gini"][:, list(at)]

    def undecided(record, at):
        return record["curves"]["coin/undecided"][:, list(at)]

    def bound(factor, at):
        return factor * COIN * (1 - COIN) * (1 - 1 / N) ** np.array(at)

    early, late = (10, 40), (60, 80)
    own = {"differs": f"{TOKENS} tokens by Zipf's law, n = {N}"}
    return (
        number(
            "Fully synthetic: expected sum of squared probabilities",
            "S_m = 1 - (1 - 1/n)^m (1 - S_0)",
            lambda r: 1 - gini(r, "one-context"),
            1 - left * h0,
            AT,
            text="1 - (1 - 1/n)^m (1 - S_0)",
            **own,
        ),
        shape(
            "Two tokens: chance that both are left, lower bound",
            "eq. 7, by Suresh et al.: 4 p (1 - p)(1 - 1/n)^k",
            lambda r: undecided(r, early),
            "at least",
            above=bound(4, early),
            at=early,
            **own,
        ),
        shape(
            "Two tokens: chance that both are left, upper bound",
            "eq. 7, by Suresh et al.: 2 n p (1 - p)(1 - 1/n)^k",
            lambda r: undecided(r, late),
            "at most",
            below=bound(2 * N, late),
            at=late,
            **own,
        ),
        shape(
            "Contexts: every one loses its diversity",
            "collapse of each context's distribution",
            lambda r: (
                at_end(r, "contexts/per_prompt_entropy")
                - 0.05 * r["curves"]["contexts/per_prompt_entropy"][:, 0]
            ),
            "entropy of a context goes to 0",
            below=0.0,
            at=(T,),
            differs=f"{CONTEXTS} contexts; 0 is a twentieth of the first entropy",
        ),
        shape(
            "Contexts: together they keep more than one of them has",
            "each context ends at a token of its own",
            lambda r: (
                at_end(r, "contexts/across_prompt_entropy")
                - at_end(r, "contexts/per_prompt_entropy")
            ),
            "point masses differ between contexts",
            above=0.5,
            at=(T,),
            differs=f"{CONTEXTS} contexts",
        ),
        *(
            number(
                f"Partially synthetic, a {name} real: squared distance from the truth",
                "derived from the setting: a stable recursion, see docs/laws.md",
                lambda r, name=name: r["curves"][f"{name}/squared_error"][:, list(AT)],
                lambda t, share=share: mixes.fixed_mix_error(t, N, h0, round(share * N)),
                AT,
                text="a constant level",
                **own,
            )
            for name, share in SHARES.items()
        ),
        shape(
            "More real rows, less is lost",
            "collapse is avoided as long as synthetic data are few enough",
            lambda r: np.stack(
                [
                    at_end(r, "half/model_gini") - at_end(r, "quarter/model_gini"),
                    at_end(r, "quarter/model_gini") - at_end(r, "one-context/model_gini"),
                ],
                axis=1,
            ),
            "real data stop it",
            above=0.0,
            at=(T, T),
            **own,
        ),
    )
