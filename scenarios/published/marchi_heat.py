"""Heat death: a corpus that grows by its own samples at a temperature forgets what it began with

Marchi et al. (2024): one sample of the model is appended at a time. At temperature 1 the
probabilities are a martingale that comes to rest near its start; above 1 they become uniform, below
1 a single outcome is left.
"""

import jax
import numpy as np

from collapse import Accumulate, Arm, Categorical, OutcomeShares, Scenario, Tempered
from collapse.laws import temperature
from collapse.scenario.published import comparison, number, shape

SEEDS = {"quick": 1000, "laptop": 4000, "paper": 20_000}
P = np.array([0.5, 0.3, 0.15, 0.05])
FIRST, STEPS = 40, 4000  # rows of the first corpus, samples appended
DEGREES = {"cold": 0.5, "neutral": 1.0, "hot": 4.0}
N, T = 20, 100  # rows a generation of the arms
SEEN = (100, 1000, STEPS)  # samples appended at which the corpus is looked at


def scenario(size: str = "quick") -> Scenario:
    arms = {
        name: Arm(
            truth=Categorical(P), regime=Accumulate(), sampler=Tempered(degrees),
            measures=(OutcomeShares(len(P)),), n=N, generations=T,
        )
        for name, degrees in DEGREES.items()
    }  # fmt: skip
    return comparison(
        arms,
        evidence={"one by one": one_by_one},
        name="marchi-heat",
        title=__doc__.split("\n")[0],
        source="Marchi et al. (2024)",
        paper="marchi2024",
        minutes={"quick": 0.2, "laptop": 1, "paper": 5},
        headline=("share_0", "share_3"),
        seeds=SEEDS[size],
        claims=claims(),
    )


def one_by_one(key, seeds: int) -> dict:
    """Curves cold, neutral and hot (S, 3, 4): the shares in a corpus of FIRST rows, as P has them,
    after so many samples of itself at a temperature."""
    rng = np.random.default_rng(np.asarray(jax.random.key_data(key)))
    curves = {}
    for name, degrees in DEGREES.items():
        count, found = np.tile(FIRST * P, (seeds, 1)), []
        for step in range(1, STEPS + 1):
            odds = count ** (1 / degrees)
            ends = odds.cumsum(1)
            drawn = (rng.random((seeds, 1)) * ends[:, -1:] > ends[:, :-1]).sum(1)
            count[np.arange(seeds), drawn] += 1
            if step in SEEN:
                found.append(count / count.sum(1, keepdims=True))
        curves[name] = np.stack(found, axis=1)
    return {"curves": curves | {"p": P, "first": np.array(FIRST), "seen": np.array(SEEN)}}


def claims() -> tuple:
    def shares(record, name, at=-1):
        return record["curves"][name][:, at]

    def batches(record, arm):
        """(S, 4) shares of the last model of an arm."""
        names = [f"{arm}/share_{i}" for i in range(len(P))]
        return np.stack([record["curves"][name][:, T] for name in names], axis=1)

    own = {"differs": "four outcomes of chance .5, .3, .15, .05"}
    exact = own | {"evidence": "one by one"}
    times = np.array(SEEN) + 1
    return (
        number(
            "Temperature 1: the expected shares stay",
            "a martingale",
            lambda r: shares(r, "neutral"),
            P,
            (STEPS,) * len(P),
            text="those of the first corpus",
            **exact,
        ),
        number(
            "Temperature 1: variance of the first share",
            "derived: a Polya urn; the paper bounds it by b sum 1 / (i + 1)^2",
            lambda r: (r["curves"]["neutral"][:, :, 0] - P[0]) ** 2,
            P[0] * (1 - P[0]) * temperature.append_one_variance(times, FIRST),
            SEEN,
            text="bounded, from the first size",
            **exact,
        ),
        shape(
            "Temperature 4: all shares go to a quarter",
            "T > 1: uniform on the surviving support",
            lambda r: np.abs(shares(r, "hot") - 0.25).max(1),
            "uniform",
            below=0.06,
            at=(STEPS,),
            **exact,
        ),
        shape(
            "Temperature 0.5: one outcome is left",
            "T < 1: a vertex",
            lambda r: shares(r, "cold").max(1),
            "a vertex",
            above=0.95,
            at=(STEPS,),
            **exact,
        ),
        shape(
            "Temperature 0.5: more so as the corpus grows",
            "T < 1: convergence to a vertex",
            lambda r: np.diff(r["curves"]["cold"].max(2)),
            "a vertex",
            above=0.0,
            at=SEEN[1:],
            **exact,
        ),
        shape(
            "Whole generations appended: the order is the same",
            "T above and below 1",
            lambda r: np.stack(
                [
                    batches(r, "cold").max(1) - batches(r, "neutral").max(1),
                    batches(r, "neutral").max(1) - batches(r, "hot").max(1),
                ],
                axis=1,
            ),
            "cold, neutral, hot",
            above=0.0,
            at=(T, T),
            differs=f"{N} samples at a time",
        ),
    )
