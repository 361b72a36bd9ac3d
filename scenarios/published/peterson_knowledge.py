"""Knowledge collapse: what is public narrows where people read the middle of it through a machine

Peterson (2024): public knowledge is a kernel density estimate of the last hundred samples of a
heavy-tailed truth. Samples that come through a machine are cut at 0.75 standard deviations; the
more of them, the farther public knowledge is from the truth, and the fewer its tails.
"""

import jax
import numpy as np

from collapse import KDE, Arm, FreshMix, HeldOutLogDensity, Moments, Replace, Scenario, StudentT
from collapse.metrics.distances import hellinger
from collapse.scenario.published import comparison, number, shape

SEEDS = {"quick": 100, "laptop": 400, "paper": 1000}
DF, CUT, LAST = 10.0, 0.75, 100  # degrees of freedom, cut in standard deviations, samples
READ = (0.0, 0.5, 0.75, 1.0)  # share that comes through a machine
GRID = np.linspace(-12, 12, 1201)
ROUNDS = 9  # generations
PRINTED = {0.0: 0.09, 1.0: 0.40}  # without a discount, and at half the price
TAIL = 2.0  # standard deviations


def scenario(size: str = "quick") -> Scenario:
    arms = {
        name: Arm(
            truth=StudentT(DF),
            model=KDE(1.0, rule="scott"),
            regime=regime,
            measures=(Moments(), HeldOutLogDensity(size=500)),
            n=LAST,
            generations=ROUNDS,
        )
        for name, regime in (("own", Replace()), ("half", FreshMix(0.5)))
    }
    return comparison(
        arms,
        evidence={"public": public},
        name="peterson-knowledge",
        title=__doc__.split("\n")[0],
        source="Peterson (2024)",
        paper="peterson2024",
        minutes={"quick": 0.3, "laptop": 0.4, "paper": 3},
        headline=("held_out_log_density", "variance"),
        seeds=SEEDS[size],
        claims=claims(),
    )


def public(key, seeds: int) -> dict:
    """Curves hellinger and tail (S, shares): the distance of public knowledge from the truth, and
    the mass that it has beyond two standard deviations, by share read through a machine."""
    rng = np.random.default_rng(np.asarray(jax.random.key_data(key)))
    truth = StudentT(DF)
    sd = float(truth.covariance[0, 0]) ** 0.5
    p = density(truth)
    draws = rng.standard_t(DF, (seeds, 20 * LAST))
    density_of = jax.jit(lambda rows: KDE.of(rows, rule="scott").log_prob(GRID[:, None]))
    apart, tail = [], []
    for own in draws:
        middle = own[np.abs(own) <= CUT * sd][:LAST]
        q = [
            np.exp(density_of(np.concatenate([middle[:read], own[::-1][: LAST - read]])))
            for read in np.round(LAST * np.array(READ)).astype(int)
        ]
        q = [one / one.sum() for one in q]
        apart.append([hellinger(p, one) for one in q])
        tail.append([one[np.abs(GRID) > TAIL * sd].sum() for one in q])
    settings = {"read": np.array(READ), "truth": p[np.abs(GRID) > TAIL * sd].sum()}
    return {"curves": {"hellinger": np.array(apart), "tail": np.array(tail)} | settings}


def density(model) -> np.ndarray:
    p = np.exp(np.asarray(model.log_prob(GRID[:, None]), float))
    return p / p.sum()


def claims() -> tuple:
    own = {"differs": "the share read through a machine is given, not chosen by 25 agents"}
    given = own | {"evidence": "public"}
    later = {"differs": "a share of new samples, nine generations"}

    def log_density(record, arm, at):
        return record["curves"][f"{arm}/held_out_log_density"][:, list(at)]

    return (
        *(
            number(
                f"Hellinger distance, {100 * read:g} % read through a machine",
                f"results after nine generations: {value:g}",
                lambda r, read=read: r["curves"]["hellinger"][:, READ.index(read)],
                value,
                (ROUNDS,),
                error=0.04,  # the rule of the kernel's width is not printed
                **given,
            )
            for read, value in PRINTED.items()
        ),
        shape(
            "The more is read through a machine, the farther from the truth",
            "results by the discount: .09, .22, .40",
            lambda r: np.diff(r["curves"]["hellinger"]),
            "cheaper, farther",
            above=0.0,
            at=tuple(round(100 * read) for read in READ[1:]),
            **given,
        ),
        shape(
            "The more is read through a machine, the fewer the tails",
            "figure of the public distribution",
            lambda r: np.diff(r["curves"]["tail"]),
            "tails vanish",
            below=0.0,
            at=tuple(round(100 * read) for read in READ[1:]),
            **given,
        ),
        shape(
            "Public knowledge that draws on itself alone leaves the truth",
            "generations compound",
            lambda r: np.diff(log_density(r, "own", (1, ROUNDS)))[:, 0],
            "compounds",
            below=0.0,
            at=(ROUNDS,),
            **later,
        ),
        shape(
            "Half of new samples from the whole truth hold it",
            "full-spectrum samples preserve knowledge",
            lambda r: (
                np.diff(log_density(r, "half", (1, ROUNDS)))[:, 0]
                - 0.5 * np.diff(log_density(r, "own", (1, ROUNDS)))[:, 0]
            ),
            "preserved",
            above=0.0,
            at=(ROUNDS,),
            **later,
        ),
    )
