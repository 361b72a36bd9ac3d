"""Hard selection in the precision in use, and the flag where rounding orders the rewards."""

from types import SimpleNamespace

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import collapse as c
from collapse.judges.base import top_fraction
from collapse.loop.simulate import run_arm
from collapse.numerics.top_k import cut_by_rounding, largest, ordered_bits
from collapse.report import run_summary
from tests.shared import slots

LIMIT = 4.5
N, LAST, SEEDS = 100, 24, 16
FAR = c.TopFraction(0.5, reward=c.Distance([1e4]))


def far_record(double: bool) -> dict:
    """A Gaussian of which the half nearest to a far point is kept, generation after generation."""
    with jax.enable_x64(double):
        truth = c.Gaussian(0.0, 1.0)
        parts = FAR, c.Replace(), c.MaximumLikelihood(), c.Plain(), (c.Moments(),)
        arm = c.Arm(**slots(truth, truth, *parts), n=N, generations=LAST)
        return run_arm(jax.random.key(0), arm, SEEDS)


def half_kept() -> tuple[float, float]:
    """Mean and standard deviation of the logarithm of the variance of the upper half of 2N standard
    normals: what each generation adds to the logarithm of the variance."""
    drawn = np.sort(np.random.default_rng(0).normal(size=(20_000, 2 * N)), axis=1)[:, N:]
    log = np.log(drawn.var(1))
    return log.mean(), log.std()


@pytest.mark.slow
def test_selection_far_from_the_target_goes_on_in_double_precision():
    """Rewards of 10^4 that differ by 10^-5 have an order in double precision."""
    found = far_record(double=True)
    step, spread = half_kept()
    log = np.log(np.asarray(found["curves"]["variance"], float))[:, 1:]
    steps = np.diff(log, axis=1)
    for part in (steps[:, : LAST // 2], steps[:, LAST // 2 :]):
        assert abs(part.mean() - step) < LIMIT * spread / np.sqrt(part.size)
    assert log[:, -1].mean() < -20
    assert not found["health"]["blurred"].any()


@pytest.mark.slow
def test_selection_among_rounded_rewards_is_flagged_in_single_precision():
    found = far_record(double=False)
    flagged = np.asarray(found["health"]["blurred"]) > 0
    log = np.log(np.asarray(found["curves"]["variance"], float))
    step, _ = half_kept()
    assert not flagged[:, :6].any()
    assert flagged[:, 10].all()
    stalled = np.diff(log[:, 18:], axis=1).mean()  # it has slowed down by far, and says so
    assert stalled > step / 2


def test_ordered_bits_of_doubles_have_their_order():
    rng = np.random.default_rng(0)
    edges = [0.0, 1.0, -1.0, 2.5e-308, -2.5e-308, 1e308, -1e308, np.inf, -np.inf]
    near = 1e4 + 1e-9 * rng.permutation(40)
    x = np.concatenate([edges, near, -near, rng.normal(size=40)])
    with jax.enable_x64(True):
        bits = np.asarray(ordered_bits(jnp.asarray(x)))
        zeros = np.asarray(ordered_bits(jnp.array([-0.0, 0.0])))
        nan = np.asarray(ordered_bits(jnp.array([np.nan, -np.inf])))
    assert bits.dtype == np.uint64
    np.testing.assert_array_equal(bits[:, None] < bits, x[:, None] < x)
    assert zeros[0] == zeros[1]
    assert nan[0] <= nan[1] < bits[1]


@pytest.mark.parametrize("size", [20, 200])
def test_the_best_fraction_of_rewards_that_differ_in_the_last_digits(size):
    """For few rivals and for many, which are chosen in different ways."""
    rank = np.random.default_rng(1).permutation(size)
    with jax.enable_x64(True):
        kept = np.asarray(top_fraction(jnp.asarray(1e4 + 1e-10 * rank), 0.25))
    np.testing.assert_array_equal(kept, rank >= size - size // 4)


def test_the_largest_of_64_bit_integers_by_a_sort():
    rng = np.random.default_rng(2)
    with jax.enable_x64(True):
        for k in (0, 1, 37, 90, 91):
            x = rng.integers(0, 2**64 - 1, 90, np.uint64) >> np.uint64(rng.choice([0, 60]))
            order = np.argsort(np.uint64(2**64 - 1) - x, kind="stable")
            law = np.isin(np.arange(90), order[:k])
            np.testing.assert_array_equal(largest(jnp.asarray(x), jnp.int32(k)), law)


STEP = 1e4 * np.finfo(np.float32).eps
RISING = np.arange(8.0)


@pytest.mark.parametrize(
    ("reward", "weight", "groups", "flagged"),
    [
        (1e4 + STEP * RISING, RISING > 3, 1, True),
        (-1e4 - STEP * RISING, RISING < 4, 1, True),
        (1e4 + 1000 * STEP * RISING, RISING > 3, 1, False),  # told apart well
        (1e4 + 0 * RISING, RISING > 3, 1, False),  # equal, not rounded
        (RISING // 4, RISING > 3, 1, False),  # true or false
        (1e4 + STEP * RISING, RISING < 4, 1, False),  # not an order of the rewards
        (1e4 + STEP * RISING, 1 - RISING / 8, 1, False),  # soft
        (1e4 + STEP * RISING, 1 + 0 * RISING, 1, False),  # all are kept
        (1e4 + STEP * RISING, RISING % 2 == 1, 4, True),  # the better of each two
        (1e4 + STEP * RISING, RISING % 2 == 1, 1, False),
        (np.where(RISING == 0, -np.inf, 1e4 + STEP * RISING), RISING > 3, 1, True),
        (np.where(RISING == 0, np.nan, 1e4 + STEP * RISING), RISING > 3, 1, True),
        (0 * RISING, RISING > 3, 1, False),
    ],
)
def test_what_is_flagged(reward, weight, groups, flagged):
    numbers = (jnp.asarray(x, float) for x in (reward, weight, 1 + 0 * RISING))
    found = cut_by_rounding(*numbers, groups)
    assert bool(found) == flagged


def test_the_notes_of_a_run_tell_of_it():
    flags = np.zeros((3, 6))
    flags[1, 4:] = 1
    manifest = {"layout": {"precision": "single"}}
    run = SimpleNamespace(curves=["blurred"], curve=lambda arm, name: flags, manifest=manifest)
    (said,) = run_summary.blurred(run, "far")
    assert said.startswith(
        "far: from generation 4 on, 1 of 3 seeds were judged by rewards so close"
    )
    assert "--precision double" in said
    flags[:] = 0
    assert run_summary.blurred(run, "far") == []
