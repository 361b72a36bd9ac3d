"""States are lost, and the chain ends in one of them

Shumailov et al. (2024), the discrete argument: a categorical distribution is fitted by frequency to
its own samples. A state that is not drawn is gone, and a single state is all that can last.
"""

import numpy as np

from collapse import Arm, ModelDiversity, OutcomeShares, Scenario, zipf
from collapse.models.distributions.categorical import Categorical
from collapse.scenario.published import at_end, comparison, number, shape

SIZES = {"quick": (300, 4000), "laptop": (300, 40_000), "paper": (300, 100_000)}
P = np.array([0.5, 0.3, 0.15, 0.05])
M = 20  # samples a generation; the last state is expected once


def scenario(size: str = "quick") -> Scenario:
    generations, seeds = SIZES[size]
    measures = (ModelDiversity(), OutcomeShares(len(P)))
    chain = Arm(truth=Categorical(P), measures=measures, n=M, generations=generations)
    many = Arm(
        truth=zipf(100), measures=(ModelDiversity(), OutcomeShares(4)), n=M, generations=generations
    )
    return comparison(
        {"four-states": chain, "hundred-states": many},
        name="shumailov-discrete",
        title=__doc__.split("\n")[0],
        source="Shumailov et al. (2024), section 4.1",
        paper="shumailov2024",
        minutes={"quick": 0.4, "laptop": 3, "paper": 3},
        headline=("model_support", "model_entropy", "share_0"),
        seeds=seeds,
        claims=claims(generations),
    )


def claims(last: int) -> tuple:
    def shares(record, at):
        """(S, 4) probabilities of the states at a generation."""
        return np.stack(
            [record["curves"][f"four-states/share_{i}"][:, at] for i in range(len(P))], axis=1
        )

    own = "the paper names no states: 4 of chance .5, .3, .15, .05 and M = 20"
    return (
        shape(
            "All chains end in a single state",
            "section 4.1: the delta functions are the only absorbing states",
            lambda r: (at_end(r, "four-states/model_support") == 1).astype(float),
            "with probability 1",
            above=0.99,
            at=(last,),
            differs=own,
        ),
        number(
            "Chance to end in state i: its first probability",
            "section 4.1",
            lambda r: shares(r, last),
            P,
            (last,) * len(P),
            text="q_i",
            differs=own,
        ),
        number(
            "A state of chance 1/M appears once on average",
            "section 4.1: states with q <= 1/M are expected less than once",
            lambda r: M * shares(r, 1)[:, -1],
            1.0,
            differs=own,
        ),
        number(
            "Chance that the last state is lost: 1 - q",
            "section 4.1",
            lambda r: (shares(r, last)[:, -1] == 0).astype(float),
            1 - P[-1],
            (last,),
            note="true of a loss at any time; one generation loses it with (1 - q)^M",
            differs=own,
        ),
        shape(
            "A hundred states: fewer are left each time",
            "section 4.1: tails disappear first",
            lambda r: np.diff(r["curves"]["hundred-states/model_support"][:, [1, 4, 16, 64]]),
            "states are lost",
            below=0.0,
            at=(4, 16, 64),
            differs="100 states by Zipf's law",
        ),
    )
