"""Strong model collapse: a small constant share of synthetic data ends the scaling law

Dohmatob et al. (2025): a regression on real rows and on rows labelled by a model that is off.
Whatever the number of rows, the error stays above a plateau unless the synthetic share goes to 0,
and a larger model may suffer more.
"""

import jax
import jax.numpy as jnp
import numpy as np

from collapse import Arm, ExcessRisk, FreshMix, LinearRegression, Scenario
from collapse.numerics.pytree import replace, seed_keys
from collapse.scenario.published import comparison, number, shape

SEEDS = {"quick": 500, "laptop": 2000, "paper": 5000}
SHARES = (0.0, 0.001, 0.01, 0.1)  # synthetic
ROWS = (10**4, 10**6, 10**8)
SMALL, LARGE = 4, 40  # dimensions
FEW = 200  # rows of the comparison of sizes
OFF = 3.0  # |w' - w|, with label noise 1
PAPER = "Dohmatob et al. (2025), main theorem"
DIFFERS = "isotropic least squares; the theorem is about ridge and random features"


def scenario(size: str = "quick") -> Scenario:
    model = LinearRegression(np.ones(SMALL) / np.sqrt(SMALL))
    loop = Arm(
        truth=model, regime=FreshMix(0.9), measures=(ExcessRisk(),), n=1000, generations=10
    )  # the tenth of its own labels is off by no more than the last fit
    return comparison(
        {"own-labels": loop},
        evidence={"scaling": scaling, "sizes": sizes},
        name="dohmatob-strong",
        title=__doc__.split("\n")[0],
        source=PAPER,
        paper="dohmatob2025strong",
        minutes={"quick": 0.3, "laptop": 0.5, "paper": 1},
        headline=("risk",),
        seeds=SEEDS[size],
        claims=claims(),
    )


def fit_risk(d: int, rows: float, share: float, key) -> jax.Array:
    """The excess risk of one fit to rows of which a share is labelled by a model that is off."""
    truth = LinearRegression(jnp.ones(d) / jnp.sqrt(d))
    off = replace(truth, w=truth.w * (1 + OFF))
    counts = jnp.array([1 - share, share]) * rows
    parts = [
        model.summary(model.noise(jax.random.fold_in(key, i), counts[i]), counts[i])
        for i, model in enumerate((truth, off))
    ]
    both = jax.tree.map(lambda *x: jnp.concatenate(x), *parts)
    return truth.fitted(both.merged(counts)).risk(truth)


def scaling(key, seeds: int) -> dict:
    """Curve risk (S, shares, rows)."""
    risk = jax.vmap(
        jax.vmap(lambda key, share, rows: fit_risk(SMALL, rows, share, key), (None, None, 0)),
        (None, 0, None),
    )
    each = jax.jit(jax.vmap(lambda key: risk(key, jnp.array(SHARES), jnp.array(ROWS, float))))
    settings = {"shares": np.array(SHARES), "rows": np.array(ROWS), "off": np.array(OFF)}
    return {"curves": {"risk": np.asarray(each(seed_keys(key, range(seeds))))} | settings}


def sizes(key, seeds: int) -> dict:
    """Curve harm (S, 2): what half synthetic rows add to the risk, small and large model."""

    def harm(key):
        more = [fit_risk(d, FEW, 0.5, key) - fit_risk(d, FEW, 0.0, key) for d in (SMALL, LARGE)]
        return jnp.stack(more)

    return {"curves": {"harm": np.asarray(jax.jit(jax.vmap(harm))(seed_keys(key, range(seeds))))}}


def claims() -> tuple:
    def risk(record, share):
        return record["curves"]["risk"][:, SHARES.index(share)]

    def gone(share, i=1, j=2):
        """What is left of the mean risk when rows grow a hundredfold."""
        return lambda r: risk(r, share)[:, j] / risk(r, share)[:, i].mean()

    more = {"evidence": "scaling", "differs": DIFFERS}
    return (
        *(
            number(
                f"{100 * share:g} % synthetic: the plateau",
                "derived from the setting of the paper: share^2 |w' - w|^2",
                lambda r, share=share: risk(r, share)[:, 2],
                (share * OFF) ** 2,
                ROWS[2:],
                error=0.02 * (share * OFF) ** 2 + SMALL / ROWS[2],
                text="share^2 c^2",
                **more,
            )
            for share in SHARES[1:]
        ),
        *(
            shape(
                f"{100 * share:g} % synthetic: a hundred times the rows lower the error by less "
                "than half",
                f"{PAPER}: as little as 1 in 1000 ends the scaling",
                gone(share),
                "no scaling",
                above=0.5,
                at=ROWS[2:],
                **more,
            )
            for share in SHARES[1:]
        ),
        shape(
            "No synthetic rows: they lower it a hundredfold",
            "the usual scaling law",
            gone(0.0),
            "scaling",
            below=0.02,
            at=ROWS[2:],
            **more,
        ),
        shape(
            f"Half synthetic, {FEW} rows: a model of {LARGE} dimensions is harmed more than one "
            f"of {SMALL}",
            f"{PAPER}: larger models can amplify collapse",
            lambda r: np.diff(r["curves"]["harm"])[:, 0],
            "larger is worse",
            above=0.0,
            at=(LARGE,),
            evidence="sizes",
            differs="dimensions in place of width",
        ),
        shape(
            "A tenth of own labels, not of another model: the loop stays at a level",
            "the plateau is of labels that are off, not of synthetic rows as such",
            lambda r: np.diff(r["curves"]["own-labels/risk"][:, [3, 10]])[:, 0],
            "no growth",
            below=0.001,
            at=(10,),
            differs=DIFFERS,
        ),
    )
