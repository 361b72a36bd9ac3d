"""How many real rows, or which share of them? The number tells more, and few rows gain from a model

Kazdan et al. (2025), fine-tuning on real and synthetic data: the test loss follows the number of
real rows more closely than their share. Where there are few, some synthetic rows help; where there
are many, they harm. A linear regression on real rows and on rows labelled by a model that is off.
"""

import jax
import jax.numpy as jnp
import numpy as np

from collapse import Arm, ExcessRisk, FreshMix, LinearRegression, Scenario
from collapse.numerics.pytree import seed_keys
from collapse.scenario.published import comparison, number, shape

SEEDS = {"quick": 2000, "laptop": 4000, "paper": 10_000}
D = 4  # coefficients
WORTH = 650  # the model that labels is off by as much as a fit to so many real rows
SOME = 1024  # synthetic rows, as printed
ROWS, FEW, MANY = 2048, 256, 1792  # of the loop: all rows, and real ones among them
REAL = (64, 256, 1024, 4096)
SYNTHETIC = (0, 256, 1024, 4096, 16_384)
RICH = (512, 1024, 2048, 4096, 8192)  # real rows of a grid where there are many
PRINTED = "section on real-data cardinality"
DIFFERS = f"a regression with {D} coefficients, not language models; its own grid"


def models() -> tuple[LinearRegression, LinearRegression]:
    """The truth, and the model that labels synthetic rows."""
    axis = np.eye(D)[0]
    return LinearRegression(axis), LinearRegression(axis * (1 + (D / WORTH) ** 0.5))


def scenario(size: str = "quick") -> Scenario:
    truth, labels = models()
    arms = {
        f"{real}-real": Arm(
            truth=truth,
            model=labels,
            regime=FreshMix(real / ROWS, real_start=False),
            measures=(ExcessRisk(),),
            n=ROWS,
            generations=2,
        )
        for real in (FEW, MANY)
    }
    return comparison(
        arms,
        evidence={"grid": grid, "rich grid": rich},
        name="kazdan-cardinality",
        title=__doc__.split("\n")[0],
        source="Kazdan et al. (2025), real and synthetic data together",
        paper="kazdan2025",
        minutes={"quick": 0.3, "laptop": 0.5, "paper": 1},
        headline=("risk",),
        seeds=SEEDS[size],
        claims=claims(),
    )


def over_grid(key, seeds: int, real: tuple, synthetic: tuple) -> np.ndarray:
    """(S, real, synthetic) excess risk of one fit to so many rows of both kinds."""
    truth, labels = models()

    def risk(key, real, synthetic):
        counts = jnp.stack([real, synthetic])
        parts = [
            model.summary(model.noise(jax.random.fold_in(key, i), count), count)
            for i, (model, count) in enumerate(
                zip((truth, labels), (real, jnp.maximum(synthetic, D)), strict=True)
            )
        ]
        both = jax.tree.map(lambda *x: jnp.concatenate(x), *parts)
        return truth.fitted(both.merged(counts)).risk(truth)

    each = jax.vmap(jax.vmap(risk, (None, None, 0)), (None, 0, None))
    axes = [jnp.array(axis, float) for axis in (real, synthetic)]
    every = jax.jit(jax.vmap(lambda key: each(key, *axes)))
    return np.asarray(every(seed_keys(key, range(seeds))))


def grid(key, seeds: int) -> dict:
    settings = {"real": REAL, "synthetic": SYNTHETIC, "coefficients": D, "worth": WORTH}
    arrays = {name: np.array(x) for name, x in settings.items()}
    return {"curves": {"risk": over_grid(key, seeds, REAL, SYNTHETIC)} | arrays}


def rich(key, seeds: int) -> dict:
    return {"curves": {"risk": over_grid(key, seeds, RICH, SYNTHETIC[2:])}}


def expected(real, synthetic) -> np.ndarray:
    """The excess risk to first order: D / N of the noise, and (s / N)^2 D / WORTH of the labels."""
    total = np.add(real, synthetic)
    return D / total + (np.asarray(synthetic) / total) ** 2 * D / WORTH


def explained(risk: np.ndarray, real: tuple, synthetic: tuple) -> np.ndarray:
    """(B, 2) R^2 of lines through the mean risk of a tenth of the seeds, over the grid, in 1 /
    sqrt(real rows) and in the logarithm of their share."""
    n, s = (x.ravel() for x in np.meshgrid(real, synthetic, indexing="ij"))
    found = []
    for part in np.array_split(risk, 10):
        y = part.mean(0).ravel()
        found.append([np.corrcoef(x, y)[0, 1] ** 2 for x in (n**-0.5, np.log(n / (n + s)))])
    return np.array(found)


def claims() -> tuple:
    shaped, gridded = {"differs": DIFFERS}, {"evidence": "grid"}
    n, s = (x.ravel() for x in np.meshgrid(REAL[1:], SYNTHETIC, indexing="ij"))

    loop = np.array([FEW, MANY])

    def change(record, real):
        """(S,) what some synthetic rows add to the risk."""
        risk = record["curves"]["risk"][:, REAL.index(real)]
        return risk[:, SYNTHETIC.index(SOME)] - risk[:, 0]

    def lead(record, real, synthetic):
        """(B,) R^2 of the number less that of the share, where there are synthetic rows."""
        risk = record["curves"]["risk"][:, :, -len(synthetic) :]
        return explained(risk, real, synthetic) @ [1, -1]

    return (
        number(
            "Risk by real and synthetic rows",
            "derived: D / N + (s / N)^2 D / 650, to first order in D / N",
            lambda r: r["curves"]["risk"][:, 1:].reshape(len(r["curves"]["risk"]), -1),
            expected(n, s),
            tuple(range(len(n))),
            error=expected(n, s) * (D + 1) / (n + s),
            **gridded,
        ),
        number(
            "The same in the loop: generation 2 of a model as given",
            "derived: D / N + (s / N)^2 D / 650, to first order in D / N",
            lambda r: np.stack([r["curves"][f"{n}-real/risk"][:, 2] for n in (FEW, MANY)], 1),
            expected(loop, ROWS - loop),
            (2, 2),
            error=expected(loop, ROWS - loop) * (D + 1) / ROWS,
        ),
        *(
            shape(
                f"{real} real rows: {SOME} synthetic ones help",
                f"{PRINTED}: up to 1024 real rows",
                lambda r, real=real: change(r, real),
                "improve the test loss",
                below=0.0,
                **shaped,
                **gridded,
            )
            for real in (64, 1024)
        ),
        shape(
            f"4096 real rows: {SOME} synthetic ones harm",
            f"{PRINTED}: above 1024 real rows",
            lambda r: change(r, 4096),
            "worsen the test loss",
            above=0.0,
            **shaped,
            **gridded,
        ),
        shape(
            "The number of real rows explains more of the risk than their share: R^2",
            f"{PRINTED}: R^2 0.59 against 0.34",
            lambda r: lead(r, REAL, SYNTHETIC[1:]),
            "cardinality matters more",
            above=0.0,
            **shaped,
            **gridded,
        ),
        shape(
            "Among many real rows and much synthetic data the share explains more",
            "not in the paper: its order belongs to its grid",
            lambda r: lead(r, RICH, SYNTHETIC[2:]),
            "the order turns round",
            below=0.0,
            evidence="rich grid",
            **shaped,
        ),
    )
