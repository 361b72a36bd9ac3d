"""Dreams and islands: row by row, and by recursions for what two items have in common."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import collapse as c
from collapse.loop.prepare import prepare
from collapse.loop.simulate import run_arm
from collapse.numerics.pytree import replace
from collapse.types import Pool

LIMIT = 4.5
SEEDS = 4000
P = np.array([0.5, 0.3, 0.2])


def pool(rows, source, weight=None):
    one = jnp.ones(len(rows))
    weight = one if weight is None else jnp.asarray(weight, float)
    source = jnp.asarray(source, jnp.int32)
    return Pool(jnp.asarray(rows), one, weight, one, source, source * 0, {})


def absorb(regime, fresh, model):
    regime = replace(regime, n=len(fresh.mass))
    truth, t = c.Categorical(P), jnp.array(1)
    return regime.absorb(jax.random.key(0), fresh, fresh, truth, c.Plain(), t, model)


def moments(record, name, at):
    values = np.asarray(record["curves"][name], float)[:, list(at)]
    return values.mean(0), values.std(0, ddof=1) / np.sqrt(len(values))


@pytest.mark.slow
def test_dreams_come_first_then_the_rows_that_were_kept():
    fresh = pool(np.zeros(10, np.int32), np.zeros(10), np.full(10, 0.5))
    always = c.Categorical([0.0, 0.0, 1.0])
    mixed = absorb(c.Dreams(0.3, sampler=c.Plain()), fresh, always)
    np.testing.assert_array_equal(mixed.rows, [2] * 3 + [0] * 7)
    np.testing.assert_array_equal(mixed.count, [1] * 3 + [0.5] * 7)
    assert not mixed.reward[:3].any()
    assert float(replace(c.Dreams(0.3), n=10).taken(jnp.array(1))) == 7


def test_noisy_dreams_keep_the_error_of_their_recursion():
    """E|p_t - p*|^2: of n rows k are draws of p A. With M = (1 - k/n) I + (k/n) A the second moment
    S follows S' = M' S M + [(n - k)(diag m - S) + k (diag m A - A' S A)] / n^2."""
    n, k, noise, last = 10, 4, 0.5, 8
    arm = c.Arm(
        truth=c.Categorical(P),
        regime=c.Dreams(k / n, sampler=c.Corrupted(noise)),
        measures=(c.SquaredError(),),
        n=n,
        generations=last,
    )

    def law(noise):
        change = (1 - noise) * np.eye(3) + noise / 3
        both = (1 - k / n) * np.eye(3) + k / n * change
        mean, second = P, np.outer(P, P) + (np.diag(P) - np.outer(P, P)) / n
        path = []
        for _ in range(last):
            path.append(np.trace(second) - 2 * mean @ P + P @ P)
            own = np.diag(mean) - second
            other = np.diag(mean @ change) - change.T @ second @ change
            second = both.T @ second @ both + ((n - k) * own + k * other) / n**2
            mean = mean @ both
        return np.array(path)

    mean, error = moments(run_arm(jax.random.key(0), arm, SEEDS), "squared_error", range(1, 9))
    assert (np.abs(mean - law(noise)) < LIMIT * error).all()
    assert (np.abs(mean - law(noise + 0.3)) > LIMIT * error).any()


def test_wrong_dreams_are_told():
    def errors(truth=None, **settings):
        truth = truth or c.Categorical(P)
        arm = c.Arm(truth=truth, regime=c.Dreams(**settings), n=8, generations=2)
        with pytest.raises(c.UserError) as told:
            prepare(arm)
        return " ".join(told.value.sentences)

    assert "Dreams share must lie in [0, 1], not 1.2" in errors(share=1.2)
    assert "Dreams are items, and the sampler Support draws support" in errors(sampler=c.Support())
    assert "reshape tokens" in errors(truth=c.Gaussian(0.0, 1.0), sampler=c.Tempered(2.0))
    assert "Recombined reads points" in errors(sampler=c.Recombined())
    assert "at most 1" in errors(sampler=c.Corrupted(2.0))


def islands(members=2):
    return c.Population.of([c.Categorical(P)] * members, reads="own")


def test_rows_leave_evenly_and_to_the_others_in_turn():
    fresh = pool(np.arange(24, dtype=np.int32), np.arange(24) % 3)
    moved = absorb(c.Islands(0.25), fresh, islands(3))
    source = np.asarray(moved.source).reshape(8, 3)  # a column for each member
    np.testing.assert_array_equal(source[:, 0], [0, 0, 0, 1, 0, 0, 0, 2])
    np.testing.assert_array_equal(source[:, 2], [2, 2, 2, 0, 2, 2, 2, 1])
    np.testing.assert_array_equal(moved.rows, fresh.rows)
    stay = absorb(c.Islands(0.0), fresh, islands(3))
    np.testing.assert_array_equal(stay.source, fresh.source)
    gone = absorb(c.Islands(1.0), fresh, islands(3))
    assert (np.asarray(gone.source) != np.asarray(fresh.source)).all()


def test_rows_that_were_not_kept_do_not_count():
    weight = np.tile([1.0, 1.0, 0.0, 0.0], 6)
    moved = absorb(c.Islands(0.5), pool(np.zeros(24), np.arange(24) % 2, weight), islands())
    left = np.asarray(moved.source) != np.arange(24) % 2
    assert left.sum() == 6
    assert (weight[left] > 0).all()


@pytest.mark.slow
def test_islands_share_what_their_migrants_bring():
    """Two rows of an island are alike with J, of two islands with G, exactly: an island has f_j N
    rows from island j, so J' = 1/N + sum f_j (f_j - 1/N) J + sum of f_j f_l G, and G' is the same
    of two islands, whose rows are never one."""
    members, rows, rate, last = 3, 8, 0.25, 10
    arm = c.Arm(
        truth=c.Sources(None, (c.Categorical(P),) * members),
        model=islands(members),
        regime=c.Islands(rate),
        measures=(c.MemberSpread(),),
        n=members * rows,
        generations=last,
    )

    def law(rate):
        goes = np.full((members, members), rate / (members - 1))
        np.fill_diagonal(goes, 1 - rate)
        own = other = P @ P
        path = []
        for step in range(last):
            f = goes if step else np.eye(members)
            one, two = f[0], f[1]
            same = (one * (one - 1 / rows)).sum()
            unlike = 1 - (one**2).sum()
            own, other = (
                1 / rows + same * own + unlike * other,
                one @ two * own + (1 - one @ two) * other,
            )
            path.append((1 - own, 1 - (own + (members - 1) * other) / members))
        return np.array(path).T

    record = run_arm(jax.random.key(0), arm, SEEDS)
    at = range(1, last + 1)
    for name, expected, wrong in zip(("within", "together"), law(rate), law(0.1), strict=True):
        mean, error = moments(record, name, at)
        assert (np.abs(mean - expected) < LIMIT * error).all(), name
        assert (np.abs(mean - wrong) > LIMIT * error).any(), name


@pytest.mark.parametrize("model", [None, islands(1), c.Population.of([c.Categorical(P)] * 2)])
def test_islands_need_members_that_read_their_own_output(model):
    arm = c.Arm(
        truth=c.Categorical(P), model=model, regime=c.Islands(0.1), measures=(), n=8, generations=2
    )
    with pytest.raises(c.UserError, match="at least two members that read their own output"):
        prepare(arm)
    with pytest.raises(c.UserError, match=r"rate must lie in \[0, 1\], not -0.1"):
        prepare(replace(arm, regime=c.Islands(-0.1)))
