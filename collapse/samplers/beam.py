"""Beam search: the likeliest continuation that a few hypotheses side by side can find."""

from dataclasses import KW_ONLY
from typing import TYPE_CHECKING, Any, final

import equinox as eqx
import jax
import jax.numpy as jnp
from jax import Array

from collapse.numerics.decode_loops import in_parts, over_places
from collapse.numerics.tokens import draw_token
from collapse.part import register
from collapse.samplers.whole import WholeRows
from collapse.types import Batch

if TYPE_CHECKING:
    from collapse.models.networks.autoregressive import Autoregressive


@register("beam", "the likeliest continuation of an opening")
@final
class Beam(WholeRows):
    """Each row starts with ``opening`` tokens drawn from the model, and goes on as its likeliest
    continuation among ``width`` hypotheses (beam search; 1 is greedy decoding).

    A beam is deterministic: the opening takes the place of the prompts that a paper continues
    (Drayson and Lampos 2025, width 5), and without one all rows are equal. A hypothesis that has
    ended stays in the beam with its log-probability, as it is: no bonus for length. As wide as
    there are rows of the model, a beam finds the likeliest of all.
    """

    unknown = "Beam does not draw from a law with log-probabilities"

    width: int = eqx.field(static=True, default=5)
    _: KW_ONLY
    opening: Array | int = 1

    def draw(self, noise, model, n, group, taken=None):
        search = lambda key, rows: self.search(key, model, len(rows))  # noqa: E731
        rows = in_parts(model, search, noise, jnp.zeros(n), wide=self.width)
        return Batch(rows, jnp.ones(n), jnp.zeros(n, jnp.int32))

    def search(self, key: Array, model: "Autoregressive", n: int) -> Array:
        """(n, L) the best hypothesis of each of n beams."""
        width, size = self.width, model.vocab_size
        axes = row_axes(model)
        first_row = width * jnp.arange(n)[:, None]
        alone = jnp.where(jnp.arange(width) == 0, 0.0, -jnp.inf)  # one hypothesis to begin with

        def step(carry, place):
            state, (token, score) = carry  # (n, width) each
            logits, state = model.read(state, token.ravel(), place)
            ended = (token == 0) & (place > 0)
            log_p = jax.nn.log_softmax(logits).reshape(n, width, size)
            # What has ended has one continuation, at no cost.
            log_p = jnp.where(
                ended[..., None], jnp.where(jnp.arange(size) == 0, 0, -jnp.inf), log_p
            )
            sums = (score[..., None] + log_p).reshape(n, -1)
            best, at = jax.lax.top_k(sums, width)
            parent, found = at // size, at % size
            # In the opening only the first hypothesis is alive, and goes where chance leads.
            drawn = draw_token(
                jax.random.fold_in(key, place), logits.reshape(n, width, size)[:, 0], None
            )
            drawn = jnp.where(ended[:, 0], 0, drawn)[:, None]
            opening = place < self.opening
            parent = jnp.where(opening, jnp.arange(width), parent)
            token = jnp.where(opening, drawn, found).astype(jnp.int32)
            score = jnp.where(opening, score, best)
            state = reordered(state, axes, (first_row + parent).ravel())
            return (state, (token, score)), (token, parent)

        carry = (jnp.zeros((n, width), jnp.int32), jnp.broadcast_to(alone, (n, width)))
        tokens, parents = over_places(model, step, n * width, carry)

        def back(hypothesis, told):
            token, parent = (jnp.take_along_axis(x, hypothesis[:, None], 1)[:, 0] for x in told)
            return parent, token

        # Hypotheses are in falling order: the best is the first, unless the opening was all.
        last = jnp.zeros(n, jnp.int32)
        return jax.lax.scan(back, last, (tokens, parents), reverse=True)[1].T

    def validate(self):
        errors = []
        if self.width < 1:
            errors.append(f"Beam width must be at least 1, not {self.width}.")
        opening = float(self.opening)
        if opening < 0 or opening != int(opening):
            errors.append(f"Beam opening must be a whole number from 0 on, not {opening:g}.")
        return errors


def row_axes(model: "Autoregressive") -> Any:
    """Which axis of each array of a decoding state counts rows: the one that grows with them."""
    few, more = (jax.eval_shape(lambda n=n: model.opened(n)) for n in (2, 3))

    def grown(a, b):
        return next(i for i, (x, y) in enumerate(zip(a.shape, b.shape, strict=True)) if x != y)

    return jax.tree.map(grown, few, more)


def reordered(state: Any, axes: Any, rows: Array) -> Any:
    """The state with those of its rows in those places."""
    return jax.tree.map(lambda x, axis: jnp.take(x, rows, axis=axis), state, axes)
