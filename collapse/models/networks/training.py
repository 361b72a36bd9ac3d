"""Training of networks: minibatches drawn by weight, in one compiled loop."""

from collections.abc import Callable
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import optax
from jax import Array

from collapse.numerics.grouping import place_of, prefix_sum, rising_ends
from collapse.numerics.pytree import all_finite, all_in_range, replace
from collapse.part import Numbers, array, at_least, one_of, positive, range_errors
from collapse.types import Pool

CHECKS = 8  # parts of a fit; the losses are recorded after each
STARTS = ("scratch", "warm", "base")
SCHEDULES = ("constant", "cosine", "warmup")
COMPUTES = ("full", "bfloat16")
EXPLODED = 10.0  # a loss above first + EXPLODED * (1 + |first|) counts as divergence


class Training(eqx.Module):
    """AdamW (Loshchilov and Hutter 2019) for ``steps`` minibatches of ``batch`` rows.

    ``learning_rate`` is the peak learning rate. ``schedule``: "constant", "cosine" decay to 0, or
    "warmup", a linear rise over the first tenth and then the decay. ``clip`` bounds the norm of the
    gradient. Every fit starts from "scratch", from the previous model ("warm") or from the model's
    ``base``. ``held_out`` rows of real data are evaluated ``CHECKS`` times per fit: the best
    parameters are kept, and after ``patience`` evaluations without improvement training stops.
    ``epochs`` replaces ``steps``: that many passes over all items of a pool, so that training is
    longer for a growing pool.

    ``compute`` "bfloat16" multiplies matrices in bfloat16 during training and keeps sums and
    everything else in single precision (for accelerators). ``in_parts`` compiles the ``CHECKS``
    parts of a fit as separate programs, so that a run killed during a long fit resumes from its
    current part.
    """

    steps: int = at_least(CHECKS, default=400, static=True)
    batch: int = at_least(1, default=64, static=True)
    learning_rate: Numbers = positive(default=2e-3)
    schedule: str = one_of(*SCHEDULES, default="cosine")
    clip: Numbers = positive(default=1.0)
    decay: Numbers = at_least(0, default=0.0)
    start: str = one_of(*STARTS)
    patience: int = at_least(1, default=2, static=True)
    held_out: Any = array(default=None)
    epochs: Numbers | None = positive(default=None)
    compute: str = one_of(*COMPUTES)
    in_parts: bool = eqx.field(static=True, default=False)

    def each(self, count: Array) -> Array:
        """Steps in each of the ``CHECKS`` parts of a fit to ``count`` items."""
        if self.epochs is None:
            return jnp.array(self.steps // CHECKS, jnp.int32)
        each = self.epochs * count / (self.batch * CHECKS)
        return jnp.ceil(each * (1 - 1e-6)).astype(jnp.int32)  # rounding must not add a step

    def validate(self):
        return range_errors(self)


class Fit(eqx.Module):
    """Report of a fit: the mean training loss of each part, the held-out loss after it (NaN without
    held-out rows, or once training has stopped), and whether it diverged, so that the previous
    parameters were kept."""

    losses: Array  # (CHECKS,)
    held_out: Array  # (CHECKS,)
    diverged: Array  # bool

    @staticmethod
    def none() -> "Fit":
        blank = jnp.full(CHECKS, jnp.nan, jnp.result_type(float))
        return Fit(blank, blank, jnp.array(False))


class Progress(eqx.Module):
    """A fit with ``done`` of ``CHECKS`` parts finished: its complete state apart from pool and key.
    ``best`` are the parameters with the lowest held-out loss."""

    net: Any
    moments: Any  # state of the optimiser
    best: Any
    first: Array  # loss of the first batch, before any step
    least: Array  # held-out loss of ``best``
    since: Array  # evaluations since the last improvement
    done: Array
    losses: Array  # (CHECKS,)
    held_out: Array  # (CHECKS,)


def begun(net: Any, training: Training) -> Progress:
    """The progress of a fit before its first part."""
    moments, blank = optimiser_of(training, jnp.array(1)).init(net), Fit.none()
    least = jnp.array(jnp.inf, jnp.result_type(float))
    none = jnp.array(0, jnp.int32)
    return Progress(net, moments, net, least, least, none, none, blank.losses, blank.held_out)


def ended(progress: Progress, training: Training) -> tuple[Any, Fit]:
    """The parameters and the report of a fit after ``CHECKS`` parts."""
    # The best parameters by held-out loss are valid even if the fit diverged later.
    chosen = training.held_out is not None
    looked_at = progress.losses[:1] if chosen else progress.losses
    bound = progress.first + EXPLODED * (1 + jnp.abs(progress.first))
    sound = all_in_range(progress.best) & all_finite(looked_at) & (looked_at[-1] <= bound)
    sound = sound & jnp.isfinite(progress.least) if chosen else sound
    return progress.best, Fit(progress.losses, progress.held_out, ~sound)


def train(
    key: Array,
    net: Any,
    losses: Callable,
    pool: Pool,
    training: Training,
    piece: int | None = None,
) -> tuple[Any, Fit]:
    """Fit ``net`` to a pool; ``losses(net, rows, key)`` returns (b,) losses, one per row.

    ``piece`` is the number of rows of a batch processed at once, None for all: the gradient is the
    same, and its intermediate values stay in cache.
    """
    go = lambda _, progress: one_part(key, progress, losses, pool, training, piece)  # noqa: E731
    return ended(jax.lax.fori_loop(0, CHECKS, go, begun(net, training)), training)


def one_part(
    key: Array,
    progress: Progress,
    losses: Callable,
    pool: Pool,
    training: Training,
    piece: int | None = None,
) -> Progress:
    """The next part of a fit: its share of the steps, and the evaluation on held-out rows."""
    each = training.each(pool.count.sum())
    pick_key, step_key, look_key = jax.random.split(key, 3)
    ends = rising_ends(pool.count, prefix_sum(pool.count))
    optimiser = optimiser_of(training, each * CHECKS)

    def mean_loss(net, rows, key):
        return losses(rounded(net, training.compute), rows, key).mean()

    def step(i, carry):
        net, moments, total, first = carry
        i = progress.done * each + i
        at = jax.random.uniform(jax.random.fold_in(pick_key, i), (training.batch,)) * ends[-1]
        rows = jax.tree.map(lambda x: x[place_of(ends, at)], pool.rows)
        key = jax.random.fold_in(step_key, i)
        loss, slope = in_pieces(jax.value_and_grad(mean_loss), net, rows, key, piece)
        moves, moments = optimiser.update(slope, moments, net)
        first = jnp.where(i == 0, loss, first)
        return optax.apply_updates(net, moves), moments, total + loss, first

    def go(progress):
        start = progress.net, progress.moments, jnp.zeros_like(progress.least), progress.first
        net, moments, total, first = jax.lax.fori_loop(0, each, step, start)
        at = progress.done
        after = replace(progress, net=net, moments=moments, best=net, first=first, done=at + 1)
        after = replace(after, losses=progress.losses.at[at].set(total / each))
        if training.held_out is None:
            return after
        held = mean_loss(net, training.held_out, look_key)
        better = held < progress.least
        best = jax.tree.map(lambda new, old: jnp.where(better, new, old), net, progress.best)
        return replace(
            after,
            best=best,
            least=jnp.where(better, held, progress.least),
            since=jnp.where(better, 0, progress.since + 1),
            held_out=progress.held_out.at[at].set(held),
        )

    if training.held_out is None:
        return go(progress)
    stopped = lambda progress: replace(progress, done=progress.done + 1)  # noqa: E731
    return jax.lax.cond(progress.since < training.patience, go, stopped, progress)


def rounded(net: Any, compute: str) -> Any:
    """The net with its matrices in the precision ``compute``."""
    if compute == "full":
        return net
    return jax.tree.map(lambda x: x.astype(compute) if x.ndim > 1 else x, net)


def in_pieces(loss_and_slope: Callable, net: Any, rows: Any, key: Array, piece: int | None):
    """Loss and gradient of the mean over rows, computed for at most ``piece`` rows at a time (a
    number that divides the batch)."""
    batch = len(jax.tree.leaves(rows)[0])
    size = next(n for n in range(min(piece or batch, batch), 0, -1) if batch % n == 0)
    if size == batch:
        return loss_and_slope(net, rows, key)
    parts = batch // size
    cut = jax.tree.map(lambda x: x.reshape(parts, size, *x.shape[1:]), rows)

    def add(total, part):
        return jax.tree.map(jnp.add, total, loss_and_slope(net, *part)), None

    zero = jax.tree.map(
        lambda x: jnp.zeros(x.shape, x.dtype),
        jax.eval_shape(loss_and_slope, net, jax.tree.map(lambda x: x[0], cut), key),
    )
    total, _ = jax.lax.scan(add, zero, (cut, jax.random.split(key, parts)))
    return jax.tree.map(lambda x: x / parts, total)


def optimiser_of(training: Training, steps: Array) -> optax.GradientTransformation:
    """AdamW with a learning-rate schedule, after gradient clipping."""

    def rate(count):
        part = jnp.minimum(count / steps, 1.0)
        if training.schedule == "constant":
            return training.learning_rate
        rising = jnp.minimum(10 * (count + 1) / steps, 1.0) if training.schedule == "warmup" else 1
        return training.learning_rate * rising * 0.5 * (1 + jnp.cos(jnp.pi * part))

    return optax.chain(
        bounded(training.clip),
        optax.scale_by_adam(b2=0.99),
        optax.add_decayed_weights(training.decay),
        optax.scale_by_learning_rate(rate),
    )


def bounded(most: Array | float) -> optax.GradientTransformation:
    """Gradient clipping to norm ``most``, like ``optax.clip_by_global_norm`` where squares are
    finite. Where they overflow, the norm there is infinite and an exploding gradient would become 0
    (or not, if the compiler simplifies the root of a single square)."""

    def update(slope, state, params=None):
        def rescaled():
            largest = jax.tree.reduce(jnp.maximum, jax.tree.map(lambda x: jnp.abs(x).max(), slope))
            return largest * optax.tree.norm(jax.tree.map(lambda x: x / largest, slope))

        norm = optax.tree.norm(slope)
        norm = jax.lax.cond(jnp.isfinite(norm), lambda: norm, rescaled)
        return jax.tree.map(lambda x: jnp.where(norm < most, x, x / norm * most), slope), state

    return optax.GradientTransformation(lambda params: optax.EmptyState(), update)
