"""The optimiser of a fit: every step against AdamW written out in NumPy."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

from collapse.models.networks.training import CHECKS, SCHEDULES, Fit, Training, optimiser_of
from collapse.numerics.pytree import replace
from tests.models.networks.pools import pool_of
from tests.models.networks.test_training import Mean

STEPS = 40
EVERY = pytest.mark.parametrize("schedule", SCHEDULES)


def rates(schedule: str, rate: float, steps: int) -> np.ndarray:
    """(steps,) what the docstring of ``Training`` says, step by step."""
    part = np.arange(steps) / steps
    half = 0.5 * (1 + np.cos(np.pi * part))
    rising = np.minimum((np.arange(steps) + 1) / (steps / 10), 1)  # over the first tenth
    each = {"constant": np.ones(steps), "cosine": half, "warmup": rising * half}
    return rate * each[schedule]


START = np.array([[1.0, -2.0, 0.5], [3.0, 0.1, -0.3]]), np.array([-1.5, 4.0])


def adamw(slopes, rate, clip, decay, net=START, whole=True, l2=False):
    """(steps, parameters) after each step: a bound on the norm, Adam of b1 = 0.9, b2 = 0.99 and
    eps = 1e-8, decay beside it. Mistakes to be told apart: not ``whole`` bounds each leaf by
    itself, ``l2`` lets Adam see the decay."""
    net, seen = [np.array(x, float) for x in net], []
    first, second = ([np.zeros_like(x) for x in net] for _ in range(2))
    for t, slope in enumerate(slopes):
        norms = np.array([np.sqrt(np.square(x).sum()) for x in slope])
        for i, g in enumerate(slope):
            g = g * min(1, clip / (np.sqrt((norms**2).sum()) if whole else norms[i]))
            g = g + l2 * decay * net[i]
            first[i] = 0.9 * first[i] + 0.1 * g
            second[i] = 0.99 * second[i] + 0.01 * g**2
            mean, square = first[i] / (1 - 0.9 ** (t + 1)), second[i] / (1 - 0.99 ** (t + 1))
            move = mean / (np.sqrt(square) + 1e-8) + (not l2) * decay * net[i]
            net[i] = net[i] - rate[t] * move
        seen.append(np.concatenate([x.ravel() for x in net]))
    return np.stack(seen)


def slopes_of(steps: int):
    """Gradients of the leaves, of norms from 0.1 to 10 together."""
    rng = np.random.default_rng(0)
    scale = 10 ** rng.uniform(-1, 1, steps)
    return [(s * rng.normal(size=(2, 3)), 0.2 * s * rng.normal(size=2)) for s in scale]


def stepped(training: Training, slopes) -> np.ndarray:
    """(steps, parameters) after each step of ``optimiser_of``, from START in double precision."""
    with jax.enable_x64(True):
        optimiser = optimiser_of(training, jnp.array(len(slopes)))
        net = jax.tree.map(jnp.asarray, START)
        each = [
            jnp.stack([jnp.broadcast_to(s[i], x.shape) for s in slopes]) * 1.0
            for i, x in enumerate(net)
        ]

        def step(carry, slope):
            moves, moments = optimiser.update(slope, carry[1], carry[0])
            net = optax.apply_updates(carry[0], moves)
            return (net, moments), jnp.concatenate([x.ravel() for x in net])

        run = jax.jit(lambda net, each: jax.lax.scan(step, (net, optimiser.init(net)), each)[1])
        return np.asarray(run(net, tuple(each)))


@EVERY
def test_every_step_is_adamw_at_the_rate_of_its_schedule(schedule):
    """Parameters in double precision, rates in single (40 moves of at most 0.02, each off by at
    most 6e-8 of the rate). Told from the other schedules, from the next step's rate, from no bound,
    a bound on each leaf, half the decay, and decay that goes through Adam."""
    slopes, rate, clip, decay = slopes_of(STEPS), 0.02, 1.0, 0.3
    training = Training(learning_rate=rate, schedule=schedule, clip=clip, decay=decay)
    found, at = stepped(training, slopes), rates(schedule, rate, STEPS)
    np.testing.assert_allclose(found, adamw(slopes, at, clip, decay), atol=1e-7)
    wrong = [adamw(slopes, rates(k, rate, STEPS), clip, decay) for k in {*SCHEDULES} - {schedule}]
    wrong += [adamw(slopes, at, 1e9, decay), adamw(slopes, at, clip, decay / 2)]
    wrong += [adamw(slopes, at, clip, decay, **kind) for kind in ({"whole": False}, {"l2": True})]
    if schedule != "constant":
        wrong.append(adamw(slopes, np.append(at[1:], 0), clip, decay))
    assert all(np.abs(found - other).max() > 0.01 for other in wrong)


def test_of_a_gradient_that_never_changes_each_move_is_the_rate():
    """Adam makes 1 of it (but for eps): rates written down by hand, where they start, peak and
    halve."""
    moves = {}
    for name in SCHEDULES:
        found = stepped(
            Training(learning_rate=0.05, schedule=name, clip=1e9), [(np.ones((2, 3)), 1)] * 40
        )
        moves[name] = -np.diff(found[:, 0], prepend=START[0][0, 0]) / 0.05
    half = np.cos(np.pi * np.arange(40) / 80) ** 2  # half a cosine, from 1 to 0
    np.testing.assert_allclose(moves["constant"], 1, atol=1e-6)
    np.testing.assert_allclose(moves["cosine"], half, atol=1e-6)
    np.testing.assert_allclose(moves["cosine"][[0, 20]], [1, 0.5], atol=1e-6)
    np.testing.assert_allclose(moves["warmup"][:4], half[:4] * [0.25, 0.5, 0.75, 1], atol=1e-6)
    np.testing.assert_allclose(moves["warmup"][4:], half[4:], atol=1e-6)


class Slope(Mean):
    """A loss that is linear in its parameters: the gradient is (3, -4) whatever they are."""

    def initial(self, key):
        return {"mean": jnp.zeros(2)}

    def losses(self, net, rows, key):
        return 0 * rows[:, 0] + net["mean"] @ jnp.array([3.0, -4.0])


@pytest.mark.slow
@EVERY
@pytest.mark.parametrize("way", ["steps", "epochs", "in parts"])
def test_a_whole_fit_goes_by_the_schedule(schedule, way):
    """80 steps, given as such, or as epochs of a pool of 5 in batches of 4, or part by part: the
    fit ends where AdamW does, which the schedule of a part of 10 steps, repeated, would not."""
    steps, pool = 10 * CHECKS, pool_of(np.zeros((5, 2)))
    training = Training(steps, 4, learning_rate=0.01, schedule=schedule, decay=0.5, start="warm")
    if way == "epochs":
        training = replace(training, steps=CHECKS, epochs=steps * 4 / 5)
    model = Slope(training=training, net={"mean": jnp.array([1.0, 2.0])}, fitted=Fit.none())
    model = model.part_by_part() if way == "in parts" else model
    fit = eqx.filter_jit(lambda model: model.fit(jax.random.key(0), pool))
    for _ in range(CHECKS if way == "in parts" else 1):
        model = fit(model)
    slopes = [(np.array([3.0, -4.0]),)] * steps
    law = lambda at: adamw(slopes, at, 1.0, 0.5, [[1.0, 2.0]])[-1]  # noqa: E731
    # Single precision: 80 sums of numbers near 2, each rounded by at most 1.2e-7.
    np.testing.assert_allclose(model.net["mean"], law(rates(schedule, 0.01, steps)), atol=1e-5)
    for name in set(SCHEDULES) - {schedule}:
        assert np.abs(model.net["mean"] - law(rates(name, 0.01, steps))).max() > 5e-3
    if schedule != "constant":
        again = np.tile(rates(schedule, 0.01, steps // CHECKS), CHECKS)
        assert np.abs(model.net["mean"] - law(again)).max() > 5e-3
