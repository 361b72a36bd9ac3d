"""Precision and recall by brute force, ties and all; and the spread of latents by hand."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

import collapse as c
from collapse.loop.prepare import prepare
from collapse.loop.simulate import run_arm
from collapse.measures.latent import LatentSpread
from collapse.measures.neighbours import PrecisionRecall
from collapse.types import Batch, View
from tests.shared import slots


def view_of(rows, reference=None):
    rows = jnp.asarray(rows, jnp.float32)
    batch = Batch(rows, jnp.ones(len(rows)), jnp.zeros(len(rows), jnp.int32))
    return View(batch, None, reference, None, jnp.array(1), len(rows))


@eqx.filter_jit
def run(measure, view):
    return measure.measure(jax.random.key(0), view)


def found(real, output, **fields):
    real = jnp.asarray(real, jnp.float32)
    seen = run(PrecisionRecall(rows=real, **fields), view_of(output))
    return float(seen["precision"]), float(seen["recall"])


def brute(real, output, k):
    """The definition, pair by pair."""
    distance = lambda a, b: ((a - b) ** 2).sum()  # noqa: E731

    def ball(rows, i):
        return sorted(distance(rows[i], rows[j]) for j in range(len(rows)) if j != i)[k - 1]

    def share(rows, centres):
        reach = [ball(centres, i) for i in range(len(centres))]
        held = [any(distance(r, q) <= a for q, a in zip(centres, reach, strict=True)) for r in rows]
        return np.mean(held)

    return share(output, real), share(real, output)


@pytest.mark.slow
@pytest.mark.parametrize("k", [1, 5])
def test_against_brute_force(k):
    """Different sizes, and points of which no two distances are equal."""
    rng = np.random.default_rng(0)
    real, output = rng.normal(size=(60, 3)), 0.6 * rng.normal(size=(45, 3)) + 1.2
    law = brute(real, output, k)
    assert found(real, output, k=k) == pytest.approx(law)
    assert 0 < min(law) < max(law) < 1
    assert brute(real, output, k + 1) != law


@pytest.mark.slow
@pytest.mark.parametrize("k", [1, 2, 5])
def test_ties(k):
    """Points of a small lattice: many copies, and many distances that are equal."""
    rng = np.random.default_rng(1)
    real, output = rng.integers(0, 6, (50, 2)) * 1.0, rng.integers(1, 9, (40, 2)) * 1.0
    assert len(np.unique(real, axis=0)) < 40
    assert found(real, output, k=k) == pytest.approx(brute(real, output, k))


def test_all_alike_is_precise_and_recalls_nothing_else():
    real = np.arange(20.0)[:, None]
    assert found(real, np.full((20, 1), 3.0)) == pytest.approx((1.0, 1 / 20))
    assert found(real, np.full((20, 1), 300.0)) == (0.0, 0.0)
    assert found(real, real) == pytest.approx((1.0, 1.0))


@pytest.mark.slow
def test_a_label_is_left_out():
    rng = np.random.default_rng(0)
    real, output = rng.normal(size=(2, 40, 2))
    add = lambda rows, x: np.concatenate([rows, np.full((40, 1), x)], 1)  # noqa: E731
    plain = found(real, output)
    assert found(add(real, 0.0), add(output, 9.0), columns=2) == plain
    assert found(add(real, 0.0), add(output, 9.0)) == (0.0, 0.0)


def arm_of(model, *measures, **fields):
    truth = c.Gaussian(np.zeros(2), np.eye(2))
    fields = {"n": 200, "generations": 2} | fields
    parts = (c.KeepAll(), c.Replace(), c.MaximumLikelihood(), c.Plain(), measures)
    return c.Arm(**slots(truth, model, *parts), **fields)


@pytest.mark.slow
def test_in_an_arm():
    """A loop of a small VAE: every curve is there, and its first encoder sees less spread in what
    the mean of the decoder says than in the real rows."""
    training = c.Training(steps=400, batch=64, learning_rate=0.01)
    model = c.VAE(2, latent=1, layers="linear", decoder="gaussian", training=training)
    arm = arm_of(model, PrecisionRecall(), LatentSpread(), keep_reference=True, generations=3)
    curves = run_arm(jax.random.key(0), arm, 2)["curves"]
    assert set(curves) == {"precision", "recall", "latent_spread"}
    assert np.isnan(curves["latent_spread"][:, 0]).all()
    assert (curves["precision"][:, 0] > 0.9).all()  # real rows against real rows
    assert (curves["recall"][:, 0] > 0.9).all()
    assert (curves["recall"][:, 1:] < 0.8).all()  # on a line


def test_latent_spread_by_hand():
    """An encoder that doubles the first coordinate and halves the second."""
    encoder = {"w": jnp.array([[2.0, 0, 0, 0], [0, 0.5, 0, 0]]), "b": jnp.arange(4.0)}
    reference = c.VAE(2, latent=2, layers="linear", net={"encoder": [encoder], "decoder": []})
    rows = np.random.default_rng(0).normal(size=(30, 2))
    law = (4 * rows[:, 0].var() + 0.25 * rows[:, 1].var()) / 2
    spread = float(run(LatentSpread(), view_of(rows, reference))["latent_spread"])
    assert spread == pytest.approx(law, rel=1e-4)
    assert float(run(LatentSpread(), view_of(rows[:1], reference))["latent_spread"]) == 0
    assert abs(rows.var(0).mean() - law) > 0.1


def test_misfits_and_mistakes_are_sentences():
    gaussian = c.Gaussian(np.zeros(2), np.eye(2))
    assert len(LatentSpread().check_compatible(arm_of(gaussian))) == 2
    with pytest.raises(c.UserError):
        prepare(arm_of(gaussian, LatentSpread()))
    assert PrecisionRecall().check_compatible(arm_of(gaussian)) == []
    assert len(PrecisionRecall().check_compatible(arm_of(gaussian, n=5))) == 1
    assert len(PrecisionRecall(0, rows=np.zeros(3), columns=0).validate()) == 3
