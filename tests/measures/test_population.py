"""How alike the members of a population answer: against all pairs of their answers."""

import itertools

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import collapse as c
from collapse.loop.prepare import prepare
from collapse.types import REAL, Batch, View

RNG = np.random.default_rng(3)
ROWS, SOURCE = RNG.integers(0, 4, 30).astype(np.int32), np.arange(30) % 3


def curves(measure, rows, source, kind="items", mass=None):
    mass = jnp.ones(len(rows)) if mass is None else jnp.asarray(mass, float)
    batch = Batch(jnp.asarray(rows), mass, jnp.asarray(source, jnp.int32), kind)
    view = View(batch, None, None, c.uniform(4), jnp.array(1), len(rows))
    found = measure.measure(jax.random.key(0), view)
    assert set(found) == set(measure.curves)
    return {name: float(x) for name, x in found.items()}


def alike(a, b):
    """The share of equal pairs of answers of two models; of one, of different rows."""
    mine, its = (np.flatnonzero(k == SOURCE) for k in (a, b))
    pairs = [(i, j) for i, j in itertools.product(mine, its) if i != j]
    return np.mean([ROWS[i] == ROWS[j] for i, j in pairs])


def test_collisions_are_those_of_all_pairs():
    found = curves(c.MemberCollision(pairs=True, members=3), ROWS, SOURCE)
    expected = {f"collision_{a}_{b}": alike(a, b) for a in range(3) for b in range(a, 3)}
    own = np.mean([expected[f"collision_{k}_{k}"] for k in range(3)])
    cross = np.mean([expected[f"collision_{a}_{b}"] for a, b in ((0, 1), (0, 2), (1, 2))])
    expected |= {"own_collision": own, "cross_collision": cross, "collision_ratio": cross / own}
    expected["effective_models"] = 3 * own / (own + 2 * cross)
    assert found == pytest.approx(expected, rel=1e-5)


def test_private_sources_are_the_members_of_the_truth():
    """Public rows, source REAL, are nobody's; a truth of one source has no members."""
    measure = c.MemberCollision(members=3)
    rows = np.concatenate([ROWS, [3, 3, 3]])
    source = np.concatenate([REAL - 1 - SOURCE, [REAL] * 3])
    assert curves(measure, rows, source) == pytest.approx(curves(measure, ROWS, SOURCE))
    assert np.isnan(curves(measure, ROWS, np.full(30, REAL))["own_collision"])


def test_a_support_has_the_collisions_of_its_probabilities():
    p = RNG.dirichlet(np.ones(4), 2)
    found = curves(
        c.MemberCollision(),
        np.tile(np.arange(4), 2),
        np.repeat([0, 1], 4),
        "support",
        p.ravel() / 2,
    )
    assert found["own_collision"] == pytest.approx((p**2).sum(1).mean(), rel=1e-5)
    assert found["cross_collision"] == pytest.approx(p[0] @ p[1], rel=1e-5)


def test_equal_and_disjoint_models():
    """Two that say the same are worth one; two that share nothing, two."""
    same = curves(c.MemberCollision(), np.repeat([0, 1], 200), np.arange(400) % 2)
    assert same["effective_models"] == pytest.approx(1, abs=0.01)
    apart = curves(c.MemberCollision(), np.arange(400) % 2, np.arange(400) % 2)
    assert apart["effective_models"] == pytest.approx(2)


@pytest.mark.parametrize("model", [None, c.Population.of([c.zipf(4)])])
def test_a_population_of_one_is_refused(model):
    arm = c.Arm(truth=c.zipf(4), model=model, measures=(c.MemberCollision(),), n=8, generations=1)
    with pytest.raises(c.UserError, match="needs a Population of at least two"):
        prepare(arm)
