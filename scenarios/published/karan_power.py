"""Sharpening whole rows is not sharpening tokens: the power distribution against low temperature

Karan and Du (2025): rows drawn from p^alpha by Markov chain Monte Carlo from the base model. A
token with one likely future gains, where a low temperature takes it away. Two tables of tokens: the
paper's example of two places, and a random one of six.
"""

import numpy as np

from collapse import (
    Arm,
    FunctionReward,
    GoldReward,
    ItemDiversity,
    Likelihood,
    Power,
    Scenario,
    Tempered,
    TokenTable,
)
from collapse.scenario.published import comparison, number, shape

SIZES = {"quick": (2000, 16), "laptop": (20_000, 100)}  # rows, seeds
# Two tokens, two places: aa never, ab .40, ba and bb .25 each, of .90 together.
TWO = ((1, 0, 0), (0, 0, 1), (0, 0.5, 0.5), (0, 4 / 9, 5 / 9))
FIRST_A = {2: (0.5614, 0.3902), 4: (0.7662, 0.2906)}  # alpha: power, low temperature
ALPHA, STEPS = 4.0, (0, 2, 10)
DIFFERS = "a table of tokens, not a language model"


def chain() -> TokenTable:
    """Rows of six of three symbols that never end early, each given the two before it."""
    p = np.zeros((25, 4))
    p[:, 1:] = np.random.default_rng(2).dirichlet(np.full(3, 0.5), 25)
    return TokenTable(p, 6, order=3)


def scenario(size: str = "quick") -> Scenario:
    rows, seeds = SIZES[size]

    def arm(table, sampler, *measures):
        return Arm(
            truth=table,
            sampler=sampler,
            measures=measures,
            n=rows,
            generations=3,
            keep_reference=True,
        )

    begins = FunctionReward(lambda rows: (rows[:, 0] == 1) * 1.0)

    def two(sampler):
        return arm(TokenTable(TWO, length=2), sampler, GoldReward(begins))

    def six(sampler):
        likely = GoldReward(Likelihood(per="item", under="reference"))
        return arm(chain(), sampler, likely, ItemDiversity())

    arms = {f"two-power-{a}": two(Power(float(a), block=1, steps=30)) for a in FIRST_A}
    arms |= {f"two-cold-{a}": two(Tempered(1 / a)) for a in FIRST_A}
    arms |= {f"six-power-{s}": six(Power(ALPHA, block=2, steps=s)) for s in STEPS}
    arms |= {"six-cold": six(Tempered(1 / ALPHA)), "six-base": six(Tempered(1.0))}
    return comparison(
        arms,
        name="karan-power",
        title=__doc__.split("\n")[0],
        source="Karan and Du (2025)",
        paper="karan2025",
        minutes={"quick": 0.7, "laptop": 5},
        headline=("gold_reward", "entropy"),
        seeds=seeds,
        claims=claims(),
    )


def claims() -> tuple:
    shaped = {"differs": DIFFERS}

    def first(record, arm):
        return record["curves"][f"two-{arm}/gold_reward"][:, 1]

    def log_p(record, arm):
        return record["curves"][f"six-{arm}/gold_reward"][:, 1]

    def entropy(record, arm, t=1):
        return record["curves"][f"six-{arm}/entropy"][:, t]

    most = f"power-{STEPS[-1]}"
    sampled = [
        number(
            f"alpha = {a}: chance that a row begins with a, {words}",
            f"the example of two places; {form}",
            lambda r, a=a, kind=kind: first(r, f"{kind}-{a}"),
            printed[place],
            error=0.005,
        )
        for a, printed in FIRST_A.items()
        for place, (kind, words, form) in enumerate(
            (
                ("power", "rows sharpened", "sum over futures of p^alpha"),
                ("cold", "tokens sharpened", "p(token)^alpha"),
            )
        )
    ]
    return (
        *sampled,
        shape(
            "Rows are likelier under the base model with power sampling than at low temperature",
            "rows of higher likelihood",
            lambda r: np.stack(
                [log_p(r, most) - log_p(r, "cold"), log_p(r, "cold") - log_p(r, "base")], 1
            ),
            "power above low temperature above base",
            above=0.0,
            at=(1, 1),
            **shaped,
        ),
        shape(
            "More steps of the chain, likelier rows: 0, 2, 10",
            "2 steps already help, 10 help more",
            lambda r: np.diff(np.stack([log_p(r, f"power-{s}") for s in STEPS], 1), axis=1),
            "improves with steps",
            above=0.0,
            at=STEPS[1:],
            **shaped,
        ),
        shape(
            "Power sampling keeps the diversity of the base model",
            "abstract: without the loss of diversity of RL",
            lambda r: entropy(r, most) / entropy(r, "base"),
            "no loss",
            above=0.9,
            note="p^alpha has less entropy than p for every alpha above 1; the paper compares it "
            "with GRPO, at many tries a problem",
            **shaped,
        ),
        shape(
            "Fed back as training data, it compounds: p^alpha, p^(alpha^2), ...",
            "derived; not in the paper",
            lambda r: entropy(r, most, 2) - 0.5 * entropy(r, most, 1),
            "double-exponential collapse",
            below=0.0,
            at=(2,),
            **shaped,
        ),
    )
